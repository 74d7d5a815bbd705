# SPDX-License-Identifier: Apache-2.0
"""
Font programs: glyphs by index or by character, how wide they are, and their shapes as they are stored.

TrueType glyphs are passed on as raw bytes, never redrawn; CFF glyphs, bare or inside OpenType, are drawn
by fontTools. A font that cannot be read is `Defective`: whoever asked takes another.
"""

from __future__ import annotations

import io
import struct
from functools import cached_property
from typing import Any

from fontTools.agl import toUnicode
from fontTools.cffLib import CFFFontSet
from fontTools.misc.psCharStrings import CharStringCompileError
from fontTools.ttLib import TTLibError

from adapters.conversion.ofd.fonts import sfnt

# What fontTools raises when a font is not what it should be.
DEFECTS = (
    *(AssertionError, AttributeError, EOFError, IndexError, KeyError, NotImplementedError, OverflowError),
    *(
        MemoryError,
        NameError,
        RuntimeError,
        struct.error,
        TypeError,
        UnicodeError,
        ValueError,
        ZeroDivisionError,
    ),
    *(TTLibError, CharStringCompileError),
)
COMPONENTS = 64  # of one composite glyph


class Defective(Exception):
    """A font cannot be used."""


class TrueTypeProgram:
    """
    A font with quadratic outlines.

    Attributes:
        units: of the em square.
        count: glyphs in it.
    """

    def __init__(self, tables: dict[str, memoryview]) -> None:
        self.tables = tables
        try:
            head = tables["head"]
            self.units: int = struct.unpack_from(">H", head, 18)[0] or 1000
            self.box: tuple[int, ...] = struct.unpack_from(">4h", head, 36)
            wide = struct.unpack_from(">h", head, 50)[0] != 0
            self.count: int = struct.unpack_from(">H", tables["maxp"], 4)[0]
            self._glyf = tables["glyf"]
            self._places = _places(tables["loca"], self.count, wide=wide)
            self._widths = _Widths(tables)
        except (KeyError, struct.error) as e:
            raise Defective(str(e)) from e

    @cached_property
    def characters(self) -> dict[int, int]:
        """Code points and their glyphs; none where the font does not say."""
        return sfnt.characters(self.tables["cmap"]) if "cmap" in self.tables else {}

    def advance(self, glyph: int) -> float:
        """How wide a glyph is, in em."""
        return self._widths.of(glyph) / self.units

    def shape(self, glyph: int) -> bytes:
        """A glyph as it is stored; empty: it shows nothing, or is not there."""
        if glyph + 1 >= len(self._places):
            return b""
        start, end = self._places[glyph], self._places[glyph + 1]
        return bytes(self._glyf[start:end]) if end > start else b""


class CffProgram:
    """A font with cubic outlines, in an OpenType file or by itself."""

    def __init__(self, cff: bytes, tables: dict[str, memoryview]) -> None:
        self.tables = tables
        try:
            fonts = CFFFontSet()
            fonts.decompile(io.BytesIO(cff), None)
            self._top = fonts[fonts.fontNames[0]]
            self._shapes = self._top.CharStrings.charStringsIndex
            self.matrix: list[float] = list(getattr(self._top, "FontMatrix", [0.001, 0, 0, 0.001, 0, 0]))
            self.count: int = len(self._shapes)
            self._widths = _Widths(tables) if {"hhea", "hmtx"} <= set(tables) else None
        except DEFECTS as e:
            raise Defective(str(e)) from e
        self.units = round(1 / self.matrix[0]) if self.matrix[0] else 1000
        self.box = (0, -self.units // 5, self.units, self.units)

    @cached_property
    def characters(self) -> dict[int, int]:
        """Code points and their glyphs: by the cmap, else by the names that glyphs have."""
        if "cmap" in self.tables:
            return sfnt.characters(self.tables["cmap"])
        try:
            if hasattr(self._top, "ROS"):
                return {}
            named = [(toUnicode(name), glyph) for glyph, name in enumerate(self._top.charset)]
        except DEFECTS:
            return {}
        return {ord(text): glyph for text, glyph in named if len(text) == 1}

    def advance(self, glyph: int) -> float:
        """How wide a glyph is, in em."""
        if self._widths is not None:
            return self._widths.of(glyph) / self.units
        return self.draw(glyph, _Nowhere()) / self.units

    def draw(self, glyph: int, pen: Any) -> float:
        """
        Draw a glyph with a fontTools pen, and say how wide it is, in units.

        Raises:
            Defective: its program makes no sense.
        """
        try:
            shape = self._shapes[glyph]
            shape.draw(pen)
            return float(shape.width)
        except DEFECTS as e:
            raise Defective(str(e)) from e


Program = TrueTypeProgram | CffProgram


def program(data: sfnt.Data, face: int = 0) -> Program:
    """
    The font in *data*: TrueType, OpenType, a collection of either, or bare CFF.

    Raises:
        Defective: it cannot be used.
    """
    if sfnt.is_sfnt(data):
        tables = sfnt.tables(data, face)
        if "CFF " in tables:
            return CffProgram(bytes(tables["CFF "]), tables)
        return TrueTypeProgram(tables)
    if len(data) > 4 and data[0] == 1 and data[2] <= 8:  # CFF: version 1, a header of a few bytes
        return CffProgram(bytes(data), {})
    raise Defective("neither TrueType nor CFF")


def components(shape: bytes) -> list[tuple[int, int]]:
    """(offset of its glyph number, glyph) of each part of a composite glyph; none of a simple one."""
    if len(shape) < 12 or struct.unpack_from(">h", shape)[0] >= 0:
        return []
    found: list[tuple[int, int]] = []
    at, more = 10, True
    while more and at + 4 <= len(shape) and len(found) < COMPONENTS:
        flags, glyph = struct.unpack_from(">HH", shape, at)
        found.append((at + 2, glyph))
        at += 8 if flags & 0x1 else 6
        at += 2 if flags & 0x8 else 4 if flags & 0x40 else 8 if flags & 0x80 else 0
        more = bool(flags & 0x20)
    return found


class _Widths:
    def __init__(self, tables: dict[str, memoryview]) -> None:
        self._table = tables["hmtx"]
        written = struct.unpack_from(">H", tables["hhea"], 34)[0]
        self._count = max(0, min(written, len(self._table) // 4))

    def of(self, glyph: int) -> int:
        if self._count == 0:
            return 0
        at = 4 * min(glyph, self._count - 1)
        width: int = struct.unpack_from(">H", self._table, at)[0]
        return width


def _places(table: memoryview, count: int, *, wide: bool) -> tuple[int, ...]:
    size = 4 if wide else 2
    known = min(count + 1, len(table) // size)
    if wide:
        return struct.unpack_from(f">{known}L", table)
    return tuple(2 * each for each in struct.unpack_from(f">{known}H", table))


class _Nowhere:
    """A pen that draws nothing: only the width is wanted."""

    def __getattr__(self, name: str) -> Any:
        return lambda *points: None
