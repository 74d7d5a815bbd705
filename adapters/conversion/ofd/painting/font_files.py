# SPDX-License-Identifier: Apache-2.0
"""
The fonts of a PDF: from each font program the glyphs that are used, each with the text that it stands for.

A code is a pair of a glyph and its text, not a glyph: where one shape stands for two characters, each
keeps its own, and what is copied or searched is exactly what the document said. Codes are glyph numbers
of the new, small font: TrueType shapes are copied as they are stored, CFF shapes drawn anew.
"""

from __future__ import annotations

import io
import re
import struct
from typing import Any, TypeAlias

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.transformPen import TransformPen

from adapters.conversion.ofd.fonts import sfnt
from adapters.conversion.ofd.fonts.programs import (
    COMPONENTS,
    DEFECTS,
    CffProgram,
    Defective,
    Program,
    TrueTypeProgram,
    components,
)
from adapters.conversion.ofd.painting.pdf_file import Name, PdfFile, Ref, Value

Stack: TypeAlias = tuple[tuple[int, int, int], ...]  # glyphs shown together: each with its place, in units
Shape: TypeAlias = int | Stack

CODES = 60_000  # of one font; parts of composite glyphs need the rest
BLANK = -1  # a glyph that shows nothing, for white space that a font lacks
_BLANK_WIDTH = 0.5  # em
_COPIED = ("cvt ", "fpgm", "prep")


class PdfFont:
    """One font of the file; glyphs are added as they are met, and `finish` writes it."""

    def __init__(self, file: PdfFile, program: Program, label: str) -> None:
        self.ref = file.reserve()
        self._file = file
        self._program = program
        self._label = re.sub(r"[^A-Za-z0-9-]", "", label)[:40] or "Font"
        self._codes: dict[tuple[Shape, str], int] = {}
        self._glyphs: list[Shape] = [0]  # by code; 0 is .notdef
        self._texts: list[str] = [""]
        self._advances: list[float] = [0.0]

    @property
    def is_full(self) -> bool:
        """Whether no further code can be given."""
        return len(self._glyphs) >= CODES

    def code(self, glyph: Shape, text: str) -> int:
        """The code that shows *glyph*, or a stack of glyphs, and means *text*."""
        key = (glyph, text)
        found = self._codes.get(key)
        if found is None:
            found = self._codes[key] = len(self._glyphs)
            self._glyphs.append(glyph)
            self._texts.append(text)
            self._advances.append(width_of(self._program, glyph))
        return found

    def advance(self, code: int) -> float:
        """How wide a code is, in em."""
        return self._advances[code]

    def stacked(self, codes: list[tuple[int, float, float]]) -> int:
        """
        The code that shows several codes at once, as far apart as said in em, and means what the first means.

        A document may show one character by several glyphs: only one of them can mean it.
        """
        stack: list[tuple[int, int, int]] = []
        for code, across, up in codes:
            shape = self._glyphs[code]
            if isinstance(shape, int) and shape > 0:
                stack.append((shape, round(across * self._program.units), round(up * self._program.units)))
        return self.code(tuple(stack), self._texts[codes[0][0]]) if stack else codes[0][0]

    # ---- writing

    def finish(self) -> None:
        """Write the font, its program and its texts."""
        tag = "".join(chr(65 + (self.ref.number // 26**place) % 26) for place in range(6))
        base = Name(f"{tag}+{self._label}")
        descendant = self._file.add(self._descendant(base))
        texts = self._file.add_stream({}, to_unicode(self._texts))
        whole: dict[str, Value] = {
            "Type": Name("Font"),
            "Subtype": Name("Type0"),
            "BaseFont": base,
            "Encoding": Name("Identity-H"),
            "DescendantFonts": [descendant],
            "ToUnicode": texts,
        }
        self._file.write(self.ref, whole)

    def _descendant(self, base: Name) -> dict[str, Value]:
        whole: dict[str, Value] = {
            "Type": Name("Font"),
            "Subtype": Name("CIDFontType2"),
            "BaseFont": base,
            "CIDSystemInfo": {"Registry": b"Adobe", "Ordering": b"Identity", "Supplement": 0},
            "FontDescriptor": self._descriptor(base),
            "DW": 1000,
            "W": [0, [round(each * 1000, 2) for each in self._advances]],
        }
        if isinstance(self._program, TrueTypeProgram):
            return {**whole, "CIDToGIDMap": Name("Identity")}
        return {**whole, "Subtype": Name("CIDFontType0")}

    def _descriptor(self, base: Name) -> Ref:
        scale = 1000 / self._program.units
        box = [round(each * scale) for each in self._program.box]
        if isinstance(self._program, TrueTypeProgram):
            data = _truetype(self._program, self._glyphs)
            program: dict[str, Value] = {"FontFile2": self._file.add_stream({"Length1": len(data)}, data)}
        else:
            data = _cff(self._program, self._glyphs, self._label)
            program = {"FontFile3": self._file.add_stream({"Subtype": Name("CIDFontType0C")}, data)}
        head: dict[str, Value] = {
            "Type": Name("FontDescriptor"),
            "FontName": base,
            "Flags": 4,
            "FontBBox": list(box),
            "ItalicAngle": 0,
            "Ascent": box[3],
            "Descent": box[1],
            "CapHeight": box[3],
            "StemV": 80,
        }
        return self._file.add({**head, **program})


def width_of(program: Program, shape: Shape) -> float:
    """How wide a shape is, in em; a stack is as wide as its first glyph."""
    glyph = shape if isinstance(shape, int) else shape[0][0]
    try:
        return program.advance(glyph) if glyph != BLANK else _BLANK_WIDTH
    except Defective:
        return _BLANK_WIDTH


def to_unicode(texts: list[str]) -> bytes:
    """The CMap from codes to texts; a code without text has none."""
    lines = [f"<{code:04X}> <{_utf16(text)}>" for code, text in enumerate(texts) if code and text]
    blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return f"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{body}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
""".encode("ascii")


def _utf16(text: str) -> str:
    return text.encode("utf-16-be", "replace").hex().upper()


# ---- TrueType


def _truetype(program: TrueTypeProgram, glyphs: list[Shape]) -> bytes:
    slots = list(glyphs)
    places = {
        glyph: slot for slot, glyph in reversed(list(enumerate(glyphs))) if slot and isinstance(glyph, int)
    }
    shapes: list[bytes] = []
    while len(shapes) < len(slots):  # parts of composite glyphs are added at the end
        glyph = slots[len(shapes)]
        shape = program.shape(max(0, glyph)) if isinstance(glyph, int) else _composed(glyph)
        hidden = glyph == BLANK or not shapes
        shapes.append(b"" if hidden else _renumbered(shape, slots, places))
    offsets, glyf = [0], bytearray()
    for shape in shapes:
        glyf += shape + bytes(-len(shape) % 4)
        offsets.append(len(glyf))
    widths = [round(width_of(program, each) * program.units) for each in slots]
    hmtx = b"".join(
        struct.pack(">Hh", min(width, 0xFFFF), _left(shape))
        for width, shape in zip(widths, shapes, strict=True)
    )
    tables: dict[str, bytes] = {tag: bytes(program.tables[tag]) for tag in _COPIED if tag in program.tables}
    return sfnt.written(
        {
            **tables,
            "head": _head(program),
            "hhea": _hhea(program, len(slots)),
            "maxp": _maxp(program, len(slots)),
            "hmtx": hmtx,
            "loca": struct.pack(f">{len(offsets)}L", *offsets),
            "glyf": bytes(glyf) or bytes(4),
        }
    )


def _composed(stack: Stack) -> bytes:
    """A composite glyph; its box is left empty, which no reader minds."""
    parts = []
    for index, (glyph, across, up) in enumerate(stack):
        flags = 0x3 | (0x20 if index + 1 < len(stack) else 0)  # words, which are places; more follow
        parts.append(struct.pack(">HHhh", flags, glyph, _short(across), _short(up)))
    return struct.pack(">5h", -1, 0, 0, 0, 0) + b"".join(parts)


def _short(value: int) -> int:
    return max(-0x8000, min(0x7FFF, value))


def _renumbered(shape: bytes, slots: list[Shape], places: dict[int, int]) -> bytes:
    parts = components(shape)
    if not parts:
        return shape
    changed = bytearray(shape)
    for offset, glyph in parts:
        if glyph not in places:
            places[glyph] = len(slots)
            slots.append(glyph)
        struct.pack_into(">H", changed, offset, places[glyph] & 0xFFFF)
    return bytes(changed)


def _left(shape: bytes) -> int:
    return struct.unpack_from(">h", shape, 2)[0] if len(shape) >= 10 else 0


def _head(program: TrueTypeProgram) -> bytes:
    head = bytearray(bytes(program.tables["head"])[:54].ljust(54, b"\0"))
    struct.pack_into(">L", head, 0, 0x00010000)
    struct.pack_into(">L", head, 12, 0x5F0F3CF5)  # the magic number, which some writers forget
    struct.pack_into(">H", head, 18, program.units)
    struct.pack_into(">hh", head, 50, 1, 0)  # long offsets
    return bytes(head)


def _hhea(program: TrueTypeProgram, count: int) -> bytes:
    known = bytes(program.tables.get("hhea", memoryview(b"")))[:36].ljust(36, b"\0")
    hhea = bytearray(known)
    struct.pack_into(">L", hhea, 0, 0x00010000)
    struct.pack_into(">H", hhea, 34, count)
    return bytes(hhea)


def _maxp(program: TrueTypeProgram, count: int) -> bytes:
    maxp = bytearray(bytes(program.tables["maxp"])[:32].ljust(32, b"\0"))
    struct.pack_into(">H", maxp, 4, count)
    for at, least in ((28, COMPONENTS), (30, 8)):  # parts of composite glyphs, and how deep
        struct.pack_into(">H", maxp, at, max(least, struct.unpack_from(">H", maxp, at)[0]))
    return bytes(maxp)


# ---- CFF


def _cff(program: CffProgram, glyphs: list[Shape], label: str) -> bytes:
    names = [".notdef", *(f"g{code}" for code in range(1, len(glyphs)))]
    shapes = {name: _shape(program, glyph) for name, glyph in zip(names, glyphs, strict=True)}
    builder = FontBuilder(program.units, isTTF=False)
    builder.setupGlyphOrder(names)
    about = {} if program.units == 1000 else {"FontMatrix": program.matrix}
    builder.setupCFF(label, about, shapes, {})
    out = io.BytesIO()
    builder.font["CFF "].cff.compile(out, builder.font, isCFF2=False)
    return out.getvalue()


def _shape(program: CffProgram, shape: Shape) -> Any:
    stack = shape if not isinstance(shape, int) else ((shape, 0, 0),) if shape > 0 else ()
    width = width_of(program, shape) * program.units
    pen = T2CharStringPen(width, {})
    try:
        for glyph, across, up in stack:
            program.draw(glyph, TransformPen(pen, (1, 0, 0, 1, across, up)))
        return pen.getCharString()
    except (Defective, *DEFECTS):  # half a shape is none
        return T2CharStringPen(width, {}).getCharString()
