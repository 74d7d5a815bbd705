# SPDX-License-Identifier: Apache-2.0
"""Font programs for tests: what a PDF may embed, from the fonts that reportlab brings along."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import reportlab
from fontTools import subset
from fontTools.cffLib import FDArrayIndex, FDSelect, FontDict
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont, newTable

from tests.adapters.conversion.ofd_writing import type1_programs

_FOLDER = Path(reportlab.__file__).parent / "fonts"


@cache
def truetype() -> bytes:
    """A whole TrueType font, Bitstream Vera Sans."""
    return (_FOLDER / "Vera.ttf").read_bytes()


@cache
def latin() -> bytes:
    """The TrueType font with the glyphs of ASCII alone, their numbers as they were."""
    font = TTFont(io.BytesIO(truetype()), recalcTimestamp=False)
    options = subset.Options(
        retain_gids=True, drop_tables=["GSUB", "GPOS", "GDEF", "kern"], notdef_outline=True
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=range(32, 127))
    cutter.subset(font)
    font["name"].names = []  # it is another font now
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def widths() -> list[float]:
    """The widths of ASCII from the space on, in shares of the em."""
    font = TTFont(io.BytesIO(truetype()))
    names = font.getBestCmap()
    return [font["hmtx"][names[code]][0] / font["head"].unitsPerEm for code in range(32, 127)]


def type1() -> bytes:
    """A Type 1 font with a few of the glyphs of the TrueType font."""
    return type1_programs.type1(truetype(), "ADEGNRg")


@cache
def bare(*tables: str) -> bytes:
    """The TrueType font without *tables*, as many producers embed it."""
    font = TTFont(io.BytesIO(truetype()))
    for table in tables:
        del font[table]
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


@cache
def cff(*names: str) -> bytes:
    """A bare CFF program with the glyphs *names* of the TrueType font, after .notdef."""
    building, out = _cff(names), io.BytesIO()
    building.font["CFF "].cff.compile(out, building.font)
    return out.getvalue()


def _cff(names: tuple[str, ...]) -> FontBuilder:
    source = TTFont(io.BytesIO(truetype()))
    glyphs = source.getGlyphSet()
    strings = {}
    for name in (".notdef", *names):
        pen = T2CharStringPen(0, glyphs)
        glyphs[name].draw(pen)
        strings[name] = pen.getCharString()
    building = FontBuilder(2048, isTTF=False)
    building.setupGlyphOrder(list(strings))
    building.setupCharacterMap({})
    matrix = {"FontMatrix": [1 / 2048, 0, 0, 1 / 2048, 0, 0]}
    building.setupCFF("Test", matrix, strings, {})
    return building


@cache
def cid_keyed(cids: tuple[tuple[int, str], ...]) -> bytes:
    """A bare CFF program whose glyphs have CIDs: of each, the glyph of the TrueType font that it shows."""
    building = _cff(tuple(name for _, name in cids))
    table = building.font["CFF "].cff
    top = table[0]
    labels = [".notdef", *(f"cid{cid:05d}" for cid, _ in cids)]
    strings = top.CharStrings
    strings.charStrings = dict(zip(labels, strings.charStrings.values(), strict=True))
    top.charset = labels
    top.ROS, top.CIDCount = ("Adobe", "Identity", 0), max(cid for cid, _ in cids) + 1
    part = FontDict()
    part.Private, part.FontName = top.Private, "Part"
    array = FDArrayIndex()
    array.append(part)
    top.FDArray, top.FDSelect = array, FDSelect()
    top.FDSelect.format, top.FDSelect.gidArray = 3, [0] * len(labels)
    for label in ("Private", "Encoding"):
        top.rawDict.pop(label, None)
        if hasattr(top, label):
            delattr(top, label)
    building.font.setGlyphOrder(labels)
    out = io.BytesIO()
    table.compile(out, building.font)
    return out.getvalue()


@cache
def opentype(cids: tuple[tuple[int, str], ...]) -> bytes:
    """The program of CIDs within an OpenType file."""
    font = TTFont(sfntVersion="OTTO", recalcTimestamp=False)
    font["CFF "] = newTable("CFF ")
    font["CFF "].decompile(cid_keyed(cids), font)
    building = FontBuilder(font=font, isTTF=False)
    order = font.getGlyphOrder()
    building.setupHead(unitsPerEm=2048)
    building.setupHorizontalMetrics(dict.fromkeys(order, (2048, 0)))
    building.setupHorizontalHeader()
    building.setupMaxp()
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


@cache
def damaged_glyph(name: str) -> bytes:
    """The TrueType font with rubbish in the place of one glyph's outline."""
    font = TTFont(io.BytesIO(truetype()))
    start = font["loca"][font.getGlyphID(name)]
    reader = font.reader
    at = reader.tables["glyf"].offset + start
    return truetype()[: at + 10] + b"\xff" * 8 + truetype()[at + 18 :]


def glyph(name: str) -> int:
    """The number of a glyph in the TrueType font."""
    return int(TTFont(io.BytesIO(truetype())).getGlyphID(name))


def outline(data: bytes, character: str) -> list[object]:
    """What a reader draws for *character* with the font file *data*, in shares of the em."""
    font = TTFont(io.BytesIO(data))
    em = font["head"].unitsPerEm
    pen = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[font.getBestCmap()[ord(character)]].draw(pen)
    return [
        (kind, tuple((round(x / em, 3), round(y / em, 3)) for point in points if point for x, y in [point]))
        for kind, points in pen.value
    ]


def box(data: bytes, character: str) -> tuple[float, float, float, float] | None:
    """The box around all points of the glyph of *character*; None for one that draws nothing."""
    points = [point for _, points in outline(data, character) for point in points]  # type: ignore[attr-defined]
    if not points:
        return None
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)
