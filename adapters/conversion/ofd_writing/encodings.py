# SPDX-License-Identifier: Apache-2.0
"""
What a character code means: the encodings of simple fonts, the CMaps of composite ones, and Unicode.

Knows codes, glyph names, CIDs and characters; no font program and no page.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, Final

from pdfminer.cmapdb import CMap, CMapBase, CMapDB, CMapParser, FileCMap, FileUnicodeMap, IdentityCMap
from pdfminer.encodingdb import name2unicode
from pdfminer.latin_enc import ENCODING
from pdfminer.psparser import PSLiteral
from pdfminer.utils import choplist, nunpack

from adapters.conversion.ofd_writing.objects import BROKEN, array, name, plain, stream
from adapters.conversion.ofd_writing.unpacking import unpacked

LONGEST_CODE: Final = 4  # bytes
MOST_CODES: Final = 70_000  # of one CMap that a file brings
LARGEST_MAP: Final = 4 << 20  # bytes of one CMap that a file brings
_COLUMNS: Final = {"StandardEncoding": 1, "MacRomanEncoding": 2, "WinAnsiEncoding": 3}


@cache
def encoding(label: str) -> Mapping[int, str]:
    """The glyph names of one of PDF's encodings, by code; Standard where *label* is none of them."""
    column = _COLUMNS.get(label, 1)
    found = {code: row[0] for row in ENCODING if isinstance(code := row[column], int)}
    if label == "WinAnsiEncoding":
        found |= {code: "bullet" for code in range(127, 256) if code not in found}
        found |= {160: "space", 173: "hyphen"}
    return found


def with_differences(plain_names: Mapping[int, str], differences: object) -> dict[int, str]:
    """*plain_names* as an encoding's `Differences` change them."""
    names, code = dict(plain_names), 0
    for each in array(differences):
        found = plain(each)
        if isinstance(found, int):
            code = found
        elif isinstance(found, PSLiteral):
            names[code] = name(found)
            code += 1
    return names


@cache
def characters(glyph: str) -> str:
    """The characters that a glyph of this name stands for; "" where the name does not say."""
    try:
        return name2unicode(glyph)
    except (KeyError, ValueError, OverflowError):
        return ""


@cache
def glyph_name(character: str) -> tuple[str, ...]:
    """The names that Standard, MacRoman and WinAnsi know for *character*."""
    return tuple({row[0] for row in ENCODING if characters(row[0]) == character})


# Radicals that stand for the character they look like, beside those of U+2F00 that Unicode itself resolves:
# producers that know a glyph only by its shape write them in its place, and nobody would find the word.
_RADICALS: Final = dict(
    zip(
        "⺟⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳",
        "母民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟",
        strict=True,
    )
)
_LIGATURES: Final = {unicodedata.normalize("NFKC", one): one for one in "ﬀﬁﬂﬃﬄ"}


def searchable(said: str) -> str:
    """
    *said* as people write it: a ligature by its letters, a radical by its character.

    A ligature whose letters are the same cannot be taken apart where each character has one glyph.
    """
    if said in _LIGATURES:
        return _LIGATURES[said] if said.startswith("ff") else said
    if len(said) != 1:
        return said
    if "\u2f00" <= said <= "\u2fd5" or said in "ﬁﬂ":
        return unicodedata.normalize("NFKC", said)
    return _RADICALS.get(said, said)


def to_unicode(value: object) -> Mapping[int, str]:
    """A font's `ToUnicode`: characters by code."""
    found = stream(value)
    if found is None:
        return {}
    held = FileUnicodeMap()
    with suppress(*BROKEN):  # what was read until then counts
        CMapParser(held, io.BytesIO(unpacked(found)[:LARGEST_MAP])).run()
    return held.cid2unichr


def collection(registry: str) -> Mapping[int, str]:
    """The characters of a character collection such as Adobe-GB1, by CID; none for an unknown one."""
    try:
        return CMapDB.get_unicode_map(registry).cid2unichr
    except (CMapDB.CMapNotFound, KeyError):
        return {}


class Codes:
    """A composite font's CMap: cuts a string into codes and gives each its CID."""

    def __init__(self, value: object) -> None:
        self.label = name(value)
        self._cmap, self._tree = _cmap(value)
        self.vertical = bool(self._cmap.is_vertical())

    def cut(self, data: bytes) -> Iterator[tuple[int, int, int]]:
        """Code, its length in bytes, and its CID, for each of the codes in *data*."""
        if self._tree is None:
            for at in range(0, len(data) - 1, 2):
                code = data[at] << 8 | data[at + 1]
                yield code, 2, code
            return
        at = 0
        while at < len(data):
            length, cid = _longest(self._tree, data, at)
            yield int.from_bytes(data[at : at + length], "big"), length, cid
            at += length


def _cmap(value: object) -> tuple[CMapBase, Mapping[int, Any] | None]:
    """The CMap, and its tree by bytes; None for the identity."""
    found = stream(value)
    if found is not None:
        return _brought(unpacked(found), found.get("UseCMap"), found.get("WMode"))
    try:
        known = CMapDB.get_cmap(name(value) or "Identity-H")
    except CMapDB.CMapNotFound:
        return IdentityCMap(WMode=int(name(value).endswith("-V"))), None
    return known, known.code2cid if isinstance(known, CMap) else None


def _brought(data: bytes, used: object, direction: object) -> tuple[CMapBase, Mapping[int, Any] | None]:
    held = _BroughtMap()
    if name(used):
        _, tree = _cmap(used)
        if tree is not None:
            held.code2cid.update(tree)
    with suppress(*BROKEN):  # what was read until then counts
        _Parser(held, io.BytesIO(data[:LARGEST_MAP])).run()
    if plain(direction) == 1:
        held.set_attr("WMode", 1)
    return held, held.code2cid or None


class _BroughtMap(FileCMap):
    """pdfminer reads a CMap's ranges as if they were of Unicode; here they are what they say."""

    count = 0

    def add_range(self, start: bytes, end: bytes, cid: int) -> None:
        first, last = nunpack(start), nunpack(end)
        for step in range(min(last - first + 1, MOST_CODES - self.count)):
            code = (first + step).to_bytes(len(start), "big")
            self.add_code2cid(code.decode("latin-1"), cid + step)
            self.count += 1


class _Parser(CMapParser):
    cmap: _BroughtMap

    def do_keyword(self, pos: int, token: Any) -> None:
        if token is self.KEYWORD_ENDCIDRANGE:
            for start, end, cid in choplist(3, [each for _, each in self.popall()]):
                if isinstance(start, bytes) and isinstance(end, bytes) and isinstance(cid, int):
                    self.cmap.add_range(start, end, cid)
        elif token is self.KEYWORD_ENDCIDCHAR:
            for code, cid in choplist(2, [each for _, each in self.popall()]):
                if isinstance(code, bytes) and isinstance(cid, int):
                    self.cmap.add_range(code, code, cid)
        else:
            super().do_keyword(pos, token)


def _longest(tree: Mapping[int, Any], data: bytes, at: int) -> tuple[int, int]:
    """Length and CID of the code that begins at *at*; an unknown one has CID 0."""
    branch: Any = tree
    for length in range(1, min(LONGEST_CODE, len(data) - at) + 1):
        branch = branch.get(data[at + length - 1])
        if isinstance(branch, int):
            return length, branch
        if branch is None:
            return max(length, _shortest(tree)), 0
    return max(1, len(data) - at), 0


def _shortest(tree: Mapping[int, Any]) -> int:
    return 1 if any(isinstance(branch, int) for branch in tree.values()) else 2
