# SPDX-License-Identifier: Apache-2.0
"""
Small fonts for fixtures: every letter is a square on the line, 0.8 em wide and high, in an advance of 1 em.

Drawn here, so that their glyphs, their widths and their bytes are known.
"""

from __future__ import annotations

import io
import struct
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen

EM = 1000
SIDE = 800
LETTERS = (
    "公文ABfil"  # in the order of their glyphs: 公 is 2, 文 is 3, A is 4 ... after .notdef and the space
)
NAMES = [".notdef", "space", *(f"uni{ord(letter):04X}" for letter in LETTERS), "half"]
HALF = len(NAMES) - 1  # a glyph that no character has: a square of half the height


def truetype(*, with_cmap: bool = True) -> bytes:
    """A TrueType font; its last glyph is made of another, moved down by half."""
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder(NAMES)
    builder.setupCharacterMap(_characters())
    shapes = {name: _square(TTGlyphPen(None), SIDE if name != "half" else SIDE // 2) for name in NAMES[2:]}
    empty = TTGlyphPen(None).glyph()
    builder.setupGlyf(
        {".notdef": empty, "space": empty, **{name: pen.glyph() for name, pen in shapes.items()}}
    )
    builder.setupHorizontalMetrics({name: (EM if name != "space" else EM // 2, 0) for name in NAMES})
    builder.setupHorizontalHeader(ascent=SIDE, descent=-200)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    if not with_cmap:
        del builder.font["cmap"]
    return _saved(builder)


def opentype_cff() -> bytes:
    """The same as OpenType with CFF outlines."""
    return _saved(_cff_builder())


def bare_cff() -> bytes:
    """The same as CFF by itself, as many documents embed it."""
    data = opentype_cff()
    count = struct.unpack_from(">H", data, 4)[0]
    for index in range(count):
        tag, _, offset, length = struct.unpack_from(">4sLLL", data, 12 + 16 * index)
        if tag == b"CFF ":
            return data[offset : offset + length]
    raise AssertionError("no CFF table")


def truetype_of_components() -> bytes:
    """A TrueType font whose A is made of the square of 公 and nothing of its own."""
    builder = FontBuilder(EM, isTTF=True)
    builder.setupGlyphOrder([".notdef", "square", "A"])
    builder.setupCharacterMap({ord("A"): "A"})
    square = _square(TTGlyphPen(None), SIDE).glyph()
    composed = TTGlyphPen({"square": square})
    composed.addComponent("square", (1, 0, 0, 1, 0, 0))
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "square": square, "A": composed.glyph()})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "square", "A"), (EM, 0)))
    builder.setupHorizontalHeader(ascent=SIDE, descent=-200)
    builder.setupNameTable({"familyName": "Composed", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    return _saved(builder)


def _cff_builder() -> FontBuilder:
    builder = FontBuilder(EM, isTTF=False)
    builder.setupGlyphOrder(NAMES)
    builder.setupCharacterMap(_characters())
    shapes = {}
    for name in NAMES:
        pen = T2CharStringPen(EM if name != "space" else EM // 2, {})
        if name not in (".notdef", "space"):
            _square(pen, SIDE if name != "half" else SIDE // 2)
        shapes[name] = pen.getCharString()
    builder.setupCFF("Squares-Regular", {}, shapes, {})
    builder.setupHorizontalMetrics({name: (EM if name != "space" else EM // 2, 0) for name in NAMES})
    builder.setupHorizontalHeader(ascent=SIDE, descent=-200)
    builder.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    return builder


def _characters() -> dict[int, str]:
    return {ord(" "): "space", **{ord(letter): f"uni{ord(letter):04X}" for letter in LETTERS}}


def _square(pen: Any, height: int) -> Any:
    pen.moveTo((0, 0))
    pen.lineTo((0, height))
    pen.lineTo((SIDE, height))
    pen.lineTo((SIDE, 0))
    pen.closePath()
    return pen


def _saved(builder: FontBuilder) -> bytes:
    builder.font["head"].created = builder.font["head"].modified = 3_000_000_000  # the same on every day
    builder.font.recalcTimestamp = False
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


SQUARES = {"Res/squares.ttf": truetype()}  # the file of the font that most fixtures name
