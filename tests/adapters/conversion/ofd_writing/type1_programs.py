# SPDX-License-Identifier: Apache-2.0
"""A Type 1 font program made from the outlines of another font, as Adobe Type 1 Font Format lays it down."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Any

from fontTools.misc import eexec
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

EEXEC, CHARSTRING = 55665, 4330
HSBW, RMOVETO, RLINETO, RRCURVETO, CLOSEPATH, ENDCHAR = (13,), (21,), (5,), (8,), (9,), (14,)
SEAC = (12, 6)


class Charstring(BasePen):
    """Draws into a Type 1 charstring; quadratic curves become cubic ones on the way."""

    def __init__(self, glyphs: Any, width: int) -> None:
        super().__init__(glyphs)
        self.code = bytearray(_order((0, width), HSBW))
        self._at = (0, 0)

    def _step(self, points: Sequence[tuple[float, float]], operator: tuple[int, ...]) -> None:
        steps: list[int] = []
        for x, y in points:
            place = round(x), round(y)
            steps += [place[0] - self._at[0], place[1] - self._at[1]]
            self._at = place
        self.code += _order(steps, operator)

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self._step([pt], RMOVETO)

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self._step([pt], RLINETO)

    def _curveToOne(self, pt1: Any, pt2: Any, pt3: Any) -> None:
        self._step([pt1, pt2, pt3], RRCURVETO)

    def _closePath(self) -> None:
        self.code += bytes(CLOSEPATH)


def _order(values: Sequence[int], operator: tuple[int, ...]) -> bytes:
    return b"".join(_number(value) for value in values) + bytes(operator)


def _number(value: int) -> bytes:
    if -107 <= value <= 107:
        return bytes([value + 139])
    if 108 <= value <= 1131:
        return bytes([(value - 108) // 256 + 247, (value - 108) % 256])
    if -1131 <= value <= -108:
        return bytes([(-value - 108) // 256 + 251, (-value - 108) % 256])
    return b"\xff" + value.to_bytes(4, "big", signed=True)


@cache
def type1(truetype: bytes, letters: str) -> bytes:
    """A program with *letters* and Ä, which is composed of A and a dieresis; 2,048 units in the em."""
    font = TTFont(io.BytesIO(truetype))
    glyphs, names = font.getGlyphSet(), font.getBestCmap()
    codes: dict[str, bytes] = {".notdef": _order((0, 1000), HSBW) + bytes(ENDCHAR)}
    for letter in (*letters, "A", "¨"):
        name = names[ord(letter)]
        pen = Charstring(glyphs, round(glyphs[name].width))
        glyphs[name].draw(pen)
        codes[name] = bytes(pen.code) + bytes(ENDCHAR)
    composed = _order((0, 1401), HSBW) + _order((0, 200, 300, 65, 200), SEAC)  # codes of StandardEncoding
    codes["Adieresis"] = composed
    return _program(codes)


def _program(codes: dict[str, bytes]) -> bytes:
    clear = (
        b"%!PS-AdobeFont-1.0: Letters\n11 dict begin\n/FontName /Letters def\n"
        b"/PaintType 0 def\n/FontType 1 def\n"
        b"/FontMatrix [0.00048828125 0 0 0.00048828125 0 0] readonly def\n/Encoding StandardEncoding def\n"
        b"/FontBBox {-500 -500 2500 2500} readonly def\ncurrentdict end\ncurrentfile eexec\n"
    )
    private = (
        b"dup /Private 8 dict dup begin\n/RD {string currentfile exch readstring pop} executeonly def\n"
        b"/ND {noaccess def} executeonly def\n/NP {noaccess put} executeonly def\n/BlueValues [] def\n"
        b"/MinFeature {16 16} def\n/password 5839 def\n/lenIV 4 def\n/Subrs 1 array\n"
        + b"dup 0 "
        + _counted(b"\x0b")
        + b" NP\nND\n"
        + b"2 index /CharStrings %d dict dup begin\n" % len(codes)
    )
    for name, code in codes.items():
        private += b"/" + name.encode() + b" " + _counted(code) + b" ND\n"
    private += b"end\nend\nreadonly put\nnoaccess put\ndup/FontName get exch definefont pop\n"
    private += b"mark currentfile closefile\n"
    closed, _ = eexec.encrypt(b"\0\0\0\0" + private, EEXEC)
    return clear + closed + b"\n" + (b"0" * 64 + b"\n") * 8 + b"cleartomark\n"


def _counted(code: bytes) -> bytes:
    closed, _ = eexec.encrypt(b"\0\0\0\0" + code, CHARSTRING)
    return b"%d RD " % len(closed) + closed
