# SPDX-License-Identifier: Apache-2.0
"""
Font programs: what a PDF embeds, read, and written again as an OpenType file of only what is used.

The file written has a character map of our own, so that a reader finds each glyph by the character
it stands for: what looks exact stays text, in every reader. Knows glyphs, names and codes; nothing
of PDF's font dictionaries. fontTools is known here alone.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Mapping
from typing import Any, Final

from fontTools import subset
from fontTools.cffLib import CFFFontSet
from fontTools.fontBuilder import FontBuilder
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont, TTLibError, newTable
from fontTools.ttLib.tables._g_l_y_f import Glyph

from adapters.conversion.ofd_writing.type1 import Type1, Type1Error

EMPTY: Final = -1  # the glyph that draws nothing and takes no room
_MADE: Final = 3029529600  # 2000-01-01 as OpenType counts; the same font makes the same bytes
_EMPTY_NAME: Final = "govbus.empty"
_NOT_KEPT: Final = ("BASE", "GDEF", "GPOS", "GSUB", "JSTF", "kern", "DSIG", "vhea", "vmtx", "VORG", "gasp")
_NEVER_KEPT: Final = ("EBDT", "EBLC", "EBSC", "hdmx", "VDMX", "LTSH", "PCLT", "meta", "STAT", "name", "post")

# What fontTools raises over a font that is not what it says.
BROKEN: Final = (
    TTLibError,
    Type1Error,
    AssertionError,
    AttributeError,
    ArithmeticError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
    struct.error,
    EOFError,
)


class Program:
    """
    A font program that was read.

    glyphs: their names, in order, by which `write` knows them; a glyph's number is its place there.
    """

    extension = "ttf"

    def __init__(self, font: TTFont) -> None:
        self.font = font
        self.glyphs: list[str] = font.getGlyphOrder()
        self._codes: dict[tuple[int, int], Mapping[int, int]] | None = None

    def named(self, glyph: str) -> int | None:
        """The glyph of that name."""
        return None

    def coded(self, code: int) -> int | None:
        """The glyph that the program's own encoding has for *code*."""
        return None

    def by_cid(self, cid: int) -> int:
        """The glyph of a composite font's CID, where the PDF has no map of its own."""
        return cid

    def shown_by(self, character: str) -> int | None:
        """The glyph that the program's own map has for *character*."""
        return None

    def advance(self, glyph: int) -> float | None:
        """The width of *glyph* in the em; None where the program does not say."""
        return None

    def write(self, characters: Mapping[int, int], label: str) -> bytes:
        """
        An OpenType file with the glyphs that *characters* maps code points to.

        Raises:
            one of BROKEN.
        """
        return _written(self._kept(set(characters.values()) - {EMPTY}), characters, self.glyphs, label)

    def _kept(self, glyphs: Iterable[int]) -> TTFont:
        """A font with at least *glyphs*, under the names they have here."""
        raise NotImplementedError


class TrueType(Program):
    """A program with `glyf` outlines, or an OpenType file around CFF; maybe without names and maps."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        font = _opened(data)
        if "CFF " not in font and "glyf" not in font:
            raise TTLibError("no outlines")
        count = font["maxp"].numGlyphs
        if "CFF " not in font:
            font.setGlyphOrder([f"g{number}" for number in range(count)])
        super().__init__(font)
        self.extension = "otf" if "CFF " in font else "ttf"
        self._keyed = "CFF " in font and hasattr(font["CFF "].cff[0], "ROS")
        self._names: dict[str, int] | None = None
        self._characters: dict[int, str] | None = None

    def maps(self) -> dict[tuple[int, int], Mapping[int, int]]:
        """The character maps, by platform and encoding: glyphs by code."""
        if self._codes is None:
            self._codes = {}
            places = {glyph: number for number, glyph in enumerate(self.glyphs)}
            try:
                for table in self.font["cmap"].tables if "cmap" in self.font else ():
                    codes = {code: places.get(glyph, 0) for code, glyph in getattr(table, "cmap", {}).items()}
                    self._codes.setdefault((table.platformID, table.platEncID), codes)
            except BROKEN:
                pass  # a map that cannot be read maps nothing
        return self._codes

    def by_cid(self, cid: int) -> int:
        if not self._keyed:
            return cid
        return self.named(f"cid{cid:05d}") or 0

    def named(self, glyph: str) -> int | None:
        if self._names is None:
            self._names = self._post()
        return self._names.get(glyph)

    def _post(self) -> dict[str, int]:
        if "CFF " in self.font:
            return {glyph: number for number, glyph in enumerate(self.glyphs)}
        try:
            with_names = TTFont(io.BytesIO(self._data), lazy=True)
            table = with_names.get("post")
            if table is None or table.formatType == 3.0:
                return {}
            return {glyph: number for number, glyph in enumerate(table.getGlyphOrder() or ())}
        except BROKEN:
            return {}

    def coded(self, code: int) -> int | None:
        """ISO 32000-1, 9.6.6.4: symbolic codes stand in (3, 0), maybe raised by 0xF000, or in (1, 0)."""
        maps = self.maps()
        symbols = maps.get((3, 0), {})
        for raised in (0, 0xF000, 0xF100, 0xF200):
            if code + raised in symbols:
                return symbols[code + raised]
        if code in maps.get((1, 0), {}):
            return maps[1, 0][code]
        return None

    def shown_by(self, character: str) -> int | None:
        maps = self.maps()
        for key in ((3, 10), (3, 1), (0, 4), (0, 3), (0, 6), (0, 1), (0, 0)):
            if len(character) == 1 and ord(character) in maps.get(key, {}):
                return maps[key][ord(character)]
        return None

    def characters(self) -> dict[int, str]:
        """The characters by glyph, as the program's own map has them."""
        if self._characters is None:
            maps = self.maps()
            self._characters = {
                glyph: chr(code)
                for key in ((0, 3), (3, 1), (3, 10))
                for code, glyph in sorted(maps.get(key, {}).items(), reverse=True)
            }
        return self._characters

    def advance(self, glyph: int) -> float | None:
        try:
            width, em = self.font["hmtx"][self.glyphs[glyph]][0], self.font["head"].unitsPerEm
            return float(width) / float(em)
        except BROKEN:
            return None

    def _kept(self, glyphs: Iterable[int]) -> TTFont:
        font = self._bared()
        try:
            _subset(font, glyphs)
        except BROKEN:  # some glyph or table that nobody may need is damaged: it stays as it is
            font = self._bared()
        return font

    def _bared(self) -> TTFont:
        font = _opened(self._data)
        if "CFF " not in font:
            font.setGlyphOrder(list(self.glyphs))
        for table in ("cmap", "OS/2", "name"):
            if table in font:
                del font[table]
        return font


class Cff(Program):
    """A bare CFF program: Type 1C, or the CIDs of a composite font."""

    extension = "otf"

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._top, font = _wrapped(data)
        super().__init__(font)
        self.keyed = hasattr(self._top, "ROS")
        self._places = {glyph: number for number, glyph in enumerate(self.glyphs)}
        matrix = getattr(self._top, "FontMatrix", None) or (0.001,)
        self._em = round(1 / matrix[0]) if 1e-5 < abs(matrix[0]) < 1 else 1000

    def named(self, glyph: str) -> int | None:
        return self._places.get(glyph)

    def coded(self, code: int) -> int | None:
        table = getattr(self._top, "Encoding", None)
        if self.keyed or table is None:
            return None
        if isinstance(table, str):
            from adapters.conversion.ofd_writing.encodings import encoding

            return self._places.get(encoding("StandardEncoding").get(code, ".notdef"))
        glyph = table[code] if code < len(table) else ".notdef"
        return None if glyph == ".notdef" else self._places.get(glyph)

    def by_cid(self, cid: int) -> int:
        return self._places.get(f"cid{cid:05d}", 0) if self.keyed else cid

    def _kept(self, glyphs: Iterable[int]) -> TTFont:
        _, font = _wrapped(self._data)
        _dressed(font, self._em)
        kept = set(glyphs)
        if len(self.glyphs) > 2 * len(kept) + 20:
            _subset(font, kept)
        return font


class Outlines(Program):
    """A Type 1 program, whose outlines are written as CFF."""

    extension = "otf"

    def __init__(self, data: bytes) -> None:
        self._type1 = Type1(data)
        self.glyphs = [".notdef", *(glyph for glyph in self._type1.glyphs if glyph != ".notdef")]
        self._places = {glyph: number for number, glyph in enumerate(self.glyphs)}

    def named(self, glyph: str) -> int | None:
        return self._places.get(glyph)

    def coded(self, code: int) -> int | None:
        return self._places.get(self._type1.encoding.get(code, ""))

    def _kept(self, glyphs: Iterable[int]) -> TTFont:
        names = [".notdef", *(self.glyphs[glyph] for glyph in sorted(set(glyphs)) if glyph)]
        strings = {each: self._string(each) for each in names}
        building = FontBuilder(self._type1.em, isTTF=False)
        building.setupGlyphOrder(names)
        building.setupCharacterMap({})
        building.setupCFF("Embedded", {}, strings, {})
        _dressed(building.font, self._type1.em)
        return building.font

    def _string(self, glyph: str) -> T2CharString:
        pen = T2CharStringPen(0, None)
        self._type1.draw(glyph, pen)
        return pen.getCharString()


def read(data: bytes) -> Program | None:
    """The program that *data* is, whatever the PDF called it; None where it is none that can be read."""
    try:
        if data[:4] in (b"\0\1\0\0", b"true", b"OTTO", b"ttcf"):
            return TrueType(data)
        if data[:1] == b"\1" and data[:2] != b"\1\2":
            return Cff(data)
        if data[:2] == b"%!" or data[:1] == b"\x80":
            return Outlines(data)
    except BROKEN:
        return None
    return None


def _opened(data: bytes) -> TTFont:
    return TTFont(io.BytesIO(data), lazy=True, recalcBBoxes=False, recalcTimestamp=False, fontNumber=0)


def _wrapped(data: bytes) -> tuple[Any, TTFont]:
    font = TTFont(sfntVersion="OTTO", recalcTimestamp=False)
    table = newTable("CFF ")
    font["CFF "] = table
    table.cff = CFFFontSet()
    table.cff.decompile(io.BytesIO(data), font)
    top = table.cff[0]
    font.setGlyphOrder(list(top.charset))
    return top, font


def _dressed(font: TTFont, em: int) -> None:
    """Give bare outlines the tables that an OpenType file must have."""
    building = FontBuilder(font=font, isTTF=False)
    building.setupHead(unitsPerEm=em, created=_MADE, modified=_MADE)
    building.setupHorizontalMetrics(dict.fromkeys(font.getGlyphOrder(), (em, 0)))
    building.setupHorizontalHeader(ascent=round(0.88 * em), descent=round(-0.12 * em))
    building.setupMaxp()


def _subset(font: TTFont, glyphs: Iterable[int]) -> None:
    options = subset.Options(
        layout_features=[],
        notdef_outline=True,
        recommended_glyphs=False,
        glyph_names=True,
        drop_tables=[*_NOT_KEPT, *_NEVER_KEPT],
        passthrough_tables=True,
        recalc_bounds=False,
        recalc_timestamp=False,
        hinting=True,
    )
    cutter = subset.Subsetter(options)
    cutter.populate(gids=sorted({0, *glyphs}))
    cutter.subset(font)


def _written(font: TTFont, characters: Mapping[int, int], glyphs: list[str], label: str) -> bytes:
    empty = _add_empty(font) if EMPTY in characters.values() else ""
    names = {code: empty if glyph == EMPTY else glyphs[glyph] for code, glyph in characters.items()}
    building = FontBuilder(font=font, isTTF="glyf" in font)
    for table in (*_NOT_KEPT, *_NEVER_KEPT):
        if table in font:
            del font[table]
    building.setupCharacterMap(names, allowFallback=True)
    building.setupNameTable({"familyName": label, "styleName": "Regular", "psName": label}, mac=False)
    em = font["head"].unitsPerEm
    lines = {"sTypoAscender": round(0.88 * em), "sTypoDescender": round(-0.12 * em)}
    building.setupOS2(**lines, usWinAscent=em, usWinDescent=round(0.2 * em), fsType=0)
    building.setupPost(keepGlyphNames=False)
    font["head"].created = font["head"].modified = _MADE
    out = io.BytesIO()
    font.save(out, reorderTables=False)
    return out.getvalue()


def _add_empty(font: TTFont) -> str:
    """Add a glyph that draws nothing; its name."""
    name = _empty_name(font)
    order = [*font.getGlyphOrder(), name]
    if "glyf" in font:
        font["glyf"][name] = Glyph()
        font["glyf"].glyphOrder = order
    else:
        _add_empty_string(font["CFF "].cff[0], name)
    font.setGlyphOrder(order)
    font["hmtx"][name] = (0, 0)
    font["maxp"].numGlyphs = len(order)
    return name


def _empty_name(font: TTFont) -> str:
    """In a program of CIDs, a glyph's name is its CID."""
    if "glyf" in font or not hasattr(font["CFF "].cff[0], "ROS"):
        return _EMPTY_NAME
    taken = [int(glyph[3:]) for glyph in font.getGlyphOrder() if glyph.startswith("cid")]
    return f"cid{max(taken, default=0) + 1:05d}"


def _add_empty_string(top: Any, name: str) -> None:
    strings = top.CharStrings
    private = strings[top.charset[0]].private
    string = T2CharString(program=["endchar"], private=private, globalSubrs=strings.globalSubrs)
    if strings.charStringsAreIndexed:
        strings.charStringsIndex.append(string)
        strings.charStrings[name] = len(strings.charStringsIndex) - 1
    else:
        strings.charStrings[name] = string
    if hasattr(top, "FDSelect"):
        top.FDSelect.append(0)
    if name not in top.charset:  # it may be the very list of the font's glyph order
        top.charset.append(name)
