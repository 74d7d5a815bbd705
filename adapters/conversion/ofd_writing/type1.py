# SPDX-License-Identifier: Apache-2.0
"""
Type 1 font programs: names, encoding and outlines.

Read with a parser of our own for what a PDF embeds, since no PostScript of a stranger's is to be run:
the private part is decrypted, its subroutines and charstrings are taken by their counted bytes, and
fontTools draws them.
"""

from __future__ import annotations

import re
from typing import Any, Final

from fontTools.misc import eexec
from fontTools.misc.psCharStrings import T1CharString

MOST_GLYPHS: Final = 20_000
_EEXEC, _CHARSTRING = 55665, 4330  # the keys of Adobe Type 1 Font Format, 7.1 and 7.3
_COUNTED = re.compile(rb"(?:dup\s+(\d+)|/([^\s/{}\[\]()<>%]+))\s+(\d+)\s+(?:RD|-\||\S+)\s")
_ENCODED = re.compile(rb"dup\s+(\d+)\s*/([^\s/{}\[\]()<>%]+)\s+put")
_MATRIX = re.compile(rb"/FontMatrix\s*\[\s*([-+.\deE]+)")
_LENIV = re.compile(rb"/lenIV\s+(-?\d+)")


class Type1Error(ValueError):
    """It is no Type 1 program."""


class Type1:
    """
    A Type 1 program.

    glyphs: their names; encoding: names by code, as the program has them; em: units in the em.
    """

    def __init__(self, data: bytes) -> None:
        clear, private = _halves(_unpacked_pfb(data))
        skip = _LENIV.search(private)
        self._skip = max(0, int(skip[1])) if skip else 4
        self._subroutines: list[T1CharString | None] = []
        self._strings: dict[str, T1CharString] = {}
        self._read(private)
        if not self._strings:
            raise Type1Error("no charstrings")
        self.glyphs = list(self._strings)
        self.encoding = _encoding(clear)
        matrix = _MATRIX.search(clear)
        share = float(matrix[1]) if matrix else 0.001
        self.em = round(1 / share) if 1e-5 < share < 1 else 1000

    def draw(self, glyph: str, pen: Any) -> None:
        """Draw *glyph* with a fontTools *pen*; accents of composed glyphs are placed."""
        self._strings[glyph].draw(_Placing(pen, self))

    def _read(self, private: bytes) -> None:
        split = private.find(b"/CharStrings")
        if split < 0:
            raise Type1Error("no charstrings")
        at, subroutines = 0, self._subroutines
        while len(self._strings) < MOST_GLYPHS:
            found = _COUNTED.search(private, at)
            if found is None:
                return
            start, end = found.end(), found.end() + int(found[3])
            at = start
            if found[1] is not None and found.start() < split:
                self._put(subroutines, int(found[1]), private[start:end])
                at = end
            elif found[2] is not None and found.start() > split:
                self._strings[found[2].decode("latin-1")] = self._string(private[start:end])
                at = end

    def _put(self, subroutines: list[T1CharString | None], number: int, data: bytes) -> None:
        if number < MOST_GLYPHS:
            subroutines.extend([None] * (number + 1 - len(subroutines)))
            subroutines[number] = self._string(data)

    def _string(self, data: bytes) -> T1CharString:
        plain, _ = eexec.decrypt(data, _CHARSTRING)
        return T1CharString(plain[self._skip :], subrs=self._subroutines)


class _Placing:
    """A pen that draws the parts of a composed glyph in its place, for CFF knows no parts."""

    def __init__(self, pen: Any, program: Type1) -> None:
        self._pen, self._program = pen, program
        self._dx = self._dy = 0.0

    def _at(self, point: tuple[float, float]) -> tuple[float, float]:
        return point[0] + self._dx, point[1] + self._dy

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802  (a fontTools pen)
        self._pen.moveTo(self._at(point))

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802  (a fontTools pen)
        self._pen.lineTo(self._at(point))

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802  (a fontTools pen)
        self._pen.curveTo(*(self._at(point) for point in points))

    def closePath(self) -> None:  # noqa: N802  (a fontTools pen)
        self._pen.closePath()

    def endPath(self) -> None:  # noqa: N802  (a fontTools pen)
        self._pen.endPath()

    def addComponent(self, glyph: str, place: tuple[float, ...]) -> None:  # noqa: N802  (a fontTools pen)
        part = self._program._strings.get(glyph)
        if part is None or self._dx or self._dy:
            return
        self._dx, self._dy = place[4], place[5]
        part.draw(self)
        self._dx = self._dy = 0.0


def _unpacked_pfb(data: bytes) -> bytes:
    parts, at = [], 0
    while data[at : at + 1] == b"\x80" and data[at + 1 : at + 2] in (b"\1", b"\2"):
        length = int.from_bytes(data[at + 2 : at + 6], "little")
        parts.append(data[at + 6 : at + 6 + length])
        at += 6 + length
    return b"".join(parts) if parts else data


def _halves(data: bytes) -> tuple[bytes, bytes]:
    """What stands in the clear, and what stands after `eexec`, decrypted."""
    split = data.find(b"eexec")
    if split < 0:
        raise Type1Error("no eexec")
    start = split + 5
    while data[start : start + 1] in (b" ", b"\t", b"\r", b"\n"):
        start += 1
    closed = data[start:]
    if re.fullmatch(rb"[0-9A-Fa-f\s]{4}", closed[:4]):
        digits = re.sub(rb"\s", b"", closed)
        digits = re.match(rb"[0-9A-Fa-f]*", digits)[0]  # type: ignore[index]  # an empty match is one
        closed = bytes.fromhex(digits[: len(digits) // 2 * 2].decode())
    private, _ = eexec.decrypt(closed, _EEXEC)
    return data[:split], private[4:]


def _encoding(clear: bytes) -> dict[int, str]:
    if re.search(rb"/Encoding\s+StandardEncoding", clear):
        from adapters.conversion.ofd_writing.encodings import encoding

        return dict(encoding("StandardEncoding"))
    return {int(code): glyph.decode("latin-1") for code, glyph in _ENCODED.findall(clear)}
