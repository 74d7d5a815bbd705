# SPDX-License-Identifier: Apache-2.0
"""
The PDFs of `fixtures/`, each made for a part of the format.

    python -m tests.adapters.conversion.ofd_writing.build

writes them anew; a test holds the committed files against this script. Nothing in them is packed, so
that the same script makes the same bytes with any library. The glyphs are those of Bitstream Vera,
which reportlab brings along.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from tests.adapters.conversion.ofd_writing import fonts
from tests.adapters.conversion.ofd_writing.pdfs import Pdf, composite, to_unicode

FOLDER = Path(__file__).with_name("fixtures")
KAPPA = 0.5523  # of a circle in Bézier curves


class Plain(Pdf):
    """A PDF in which nothing is packed."""

    def stream(self, content: str | bytes, attributes: str = "", *, packed: bool = False) -> str:
        return super().stream(content, attributes, packed=packed)


def letters(pdf: Pdf) -> str:
    """The letters of ASCII as a simple font."""
    widths = " ".join(str(round(1000 * width)) for width in fonts.widths())
    program = pdf.stream(fonts.latin())
    descriptor = pdf.add(
        f"<< /Type /FontDescriptor /FontName /AAAAAA+Letters /Flags 32 /FontFile2 {program} >>"
    )
    return pdf.add(
        f"<< /Type /Font /Subtype /TrueType /BaseFont /AAAAAA+Letters /Encoding /WinAnsiEncoding "
        f"/FontDescriptor {descriptor} /FirstChar 32 /LastChar 126 /Widths [{widths}] >>"
    )


def circle(x: float, y: float, radius: float) -> str:
    """A circle as PDF draws it."""
    k = KAPPA * radius
    return (
        f"{x + radius} {y} m {x + radius} {y + k} {x + k} {y + radius} {x} {y + radius} c "
        f"{x - k} {y + radius} {x - radius} {y + k} {x - radius} {y} c "
        f"{x - radius} {y - k} {x - k} {y - radius} {x} {y - radius} c "
        f"{x + k} {y - radius} {x + radius} {y - k} {x + radius} {y} c h"
    )


def star(x: float, y: float, radius: float) -> str:
    """A five-pointed star whose lines cross one another."""
    corners = [math.pi / 2 + 4 * math.pi / 5 * step for step in range(5)]
    places = [f"{x + radius * math.cos(turn):.2f} {y + radius * math.sin(turn):.2f}" for turn in corners]
    return f"{places[0]} m " + " ".join(f"{place} l" for place in places[1:]) + " h"


def official_document() -> bytes:
    """A red head, a body, a table, and a seal that lets the text under it through."""
    pdf = Plain()
    body = " ".join(
        f"BT /F 11 Tf 72 {620 - 18 * line} Td (Line {line}: departments exchange documents in full.) Tj ET"
        for line in range(12)
    )
    grid = " ".join(f"72 {380 - 20 * row} m 523 {380 - 20 * row} l S" for row in range(4))
    grid += " " + " ".join(f"{x} 380 m {x} 320 l S" for x in (72, 222, 372, 523))
    cells = " ".join(
        f"BT /F 9 Tf {80 + 150 * column} {366 - 20 * row} Td (row {row} column {column}) Tj ET"
        for row in range(3)
        for column in range(3)
    )
    seal = f"q /Half gs 1 0 0 RG 1 0 0 rg 3 w {circle(430, 440, 55)} S {star(430, 440, 22)} f Q"
    content = (
        "1 0 0 rg BT /F 26 Tf 110 740 Td (GENERAL OFFICE OF THE CITY) Tj ET "
        "1 0 0 RG 2.5 w 72 715 m 523 715 l S "
        "0 g BT /F 16 Tf 150 670 Td (Notice about the exchange of data) Tj ET 0 G 0.6 w "
        f"{body} {grid} {cells} {seal}"
    )
    resources = f"/Font << /F {letters(pdf)} >> /ExtGState << /Half << /ca 0.6 /CA 0.6 >> >>"
    pdf.page(content, resources=resources)
    return pdf.bytes()


def shapes() -> bytes:
    """Fills, lines with all their ends and corners, both rules, clips, and transparency."""
    pdf = Plain()
    lines = " ".join(
        f"q {cap} J {cap} j 14 w 60 {700 - 60 * cap} m 140 {740 - 60 * cap} l 220 {700 - 60 * cap} l S Q"
        for cap in range(3)
    )
    dashes = (
        "q 3 w [12 4 2 4] 5 d 300 740 m 540 700 l S Q "
        "q 2 w [6] 0 d 300 700 m 540 660 l S Q 0 w 300 650 m 540 650 l S"
    )
    rules = f"q 0 0.5 0 rg {star(130, 450, 70)} f {star(330, 450, 70)} f* Q"
    clipped = (
        f"q {circle(460, 450, 60)} W n 0.2 0.4 1 rg 400 390 60 120 re f 1 0.6 0 rg 460 390 60 120 re f Q"
    )
    nested = f"q 60 220 150 120 re W n {circle(135, 280, 70)} W n 0.8 0 0.8 rg 0 0 600 842 re f Q"
    glass = "q /Half gs 1 0 0 rg 260 220 90 90 re f 0 1 0 rg 300 250 90 90 re f 0 0 1 rg 280 280 90 60 re B Q"
    turned = "q 0.866 0.5 -0.5 0.866 480 220 cm 0.9 0.9 0 rg 0 0 70 70 re B Q"
    pdf.page(
        " ".join([lines, dashes, rules, clipped, nested, glass, turned]),
        resources="/ExtGState << /Half << /ca 0.5 /CA 0.5 >> >>",
    )
    return pdf.bytes()


def gradients() -> bytes:
    """Gradients along an axis and between circles, bent ones, and a tiled pattern."""
    pdf = Plain()
    red_to_blue = "<< /FunctionType 2 /Domain [0 1] /C0 [1 0 0] /C1 [0 0 1] /N 1 >>"
    bent = (
        f"<< /FunctionType 3 /Domain [0 1] /Bounds [0.3] /Encode [0 1 0 1] /Functions [{red_to_blue} "
        "<< /FunctionType 2 /Domain [0 1] /C0 [0 0 1] /C1 [1 1 0] /N 1.8 >>] >>"
    )
    axis = (
        "<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [80 560 240 640] "
        f"/Function {red_to_blue} /Extend [true true] >>"
    )
    along = f"<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [60 0 540 0] /Function {bent} >>"
    ball = f"<< /ShadingType 3 /ColorSpace /DeviceRGB /Coords [400 600 10 400 600 80] /Function {bent} >>"
    tile = pdf.stream(
        "0 0.6 0 rg 2 2 m 18 2 l 10 18 l f",
        "/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 20 20] /XStep 24 /YStep 22 /Resources << >>",
    )
    content = (
        "q 60 550 200 100 re W n /A sh Q q 320 520 160 160 re W n /B sh Q "
        f"/Pattern cs /L scn {star(160, 380, 110)} f /T scn {circle(420, 380, 90)} f"
    )
    patterns = f"/Pattern << /L << /PatternType 2 /Shading {along} >> /T {tile} >>"
    pdf.page(content, resources=f"/Shading << /A {axis} /B {ball} >> {patterns}")
    return pdf.bytes()


def font_kinds() -> bytes:
    """TrueType simple and composite, CFF, Type 1, drawn glyphs; turned, narrow, outlined, kerned."""
    pdf = Plain()
    simple = letters(pdf)
    spelt = {fonts.glyph(letter): letter for letter in "Composite"}
    program = pdf.stream(fonts.latin())
    wide = composite(pdf, program, "CIDFontType2", spelt, f"/W [0 [{' '.join(['700'] * 3)}]] /DW 640")
    names = ("C", "F")
    bare = pdf.stream(fonts.cff(*names), "/Subtype /CIDFontType0C")
    cids = composite(pdf, bare, "CIDFontType0", {1: "C", 2: "F"}, "/DW 750")
    garden = pdf.stream(fonts.type1())
    old = pdf.add(f"<< /Type /FontDescriptor /FontName /AAAAAA+Old /Flags 4 /FontFile {garden} >>")
    gothic = pdf.add(
        "<< /Type /Font /Subtype /Type1 /BaseFont /AAAAAA+Old /FirstChar 65 /LastChar 90 "
        f"/FontDescriptor {old} /Widths [{' '.join(['700'] * 26)}] >>"
    )
    square = pdf.stream("1000 0 0 0 750 750 d1 0 0 750 750 re 200 200 350 350 re f*")
    mouth = to_unicode(pdf, {97: "口"}, 2)
    drawn = pdf.add(
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 750 750] /FontMatrix [0.001 0 0 0.001 0 0] "
        f"/CharProcs << /square {square} >> /Encoding << /Type /Encoding /Differences [97 /square] >> "
        f"/FirstChar 97 /LastChar 97 /Widths [1000] /Resources << >> /ToUnicode {mouth} >>"
    )
    spelled = "".join(f"{fonts.glyph(letter):04x}" for letter in "Composite")
    content = (
        "BT /S 24 Tf 60 760 Td (Simple, with words) Tj ET "
        f"BT /W 24 Tf 60 710 Td <{spelled}> Tj ET BT /C 36 Tf 60 650 Td <00010002> Tj ET "
        "BT /G 36 Tf 60 590 Td (GARDEN) Tj ET 0 0 1 rg BT /D 30 Tf 60 540 Td (aaa) Tj ET 0 g "
        "BT /S 20 Tf 0.866 0.5 -0.5 0.866 80 380 Tm (turned by thirty degrees) Tj ET "
        "BT /S 20 Tf 50 Tz 60 330 Td (narrow) Tj ET BT /S 20 Tf 3 Tc 10 Tw 60 290 Td (far apart words) Tj ET "
        "BT /S 40 Tf 1 Tr 0.8 w 60 230 Td (outlined) Tj ET BT /S 40 Tf 2 Tr 1 0 0 rg 300 230 Td (both) Tj ET "
        "0 g BT /S 14 Tf 0 Tr 60 180 Td [(T) 120 (o) -400 (kerned) ] TJ 5 Ts (raised) Tj ET"
    )
    resources = f"/Font << /S {simple} /W {wide} /C {cids} /G {gothic} /D {drawn} >>"
    pdf.page(content, resources=resources)
    return pdf.bytes()


def turned_pages() -> bytes:
    """Four pages, turned each its way, with a crop box."""
    pdf = Plain()
    font = letters(pdf)
    for turn in (0, 90, 180, 270):
        pdf.page(
            f"BT /F 30 Tf 90 400 Td (turned by {turn}) Tj ET "
            "1 0 0 rg 60 60 120 60 re f 0 0 1 RG 4 w 60 60 400 500 re S",
            resources=f"/Font << /F {font} >>",
            size=(520, 620),
            more=f"/Rotate {turn} /CropBox [40 40 500 600]",
        )
    return pdf.bytes()


def pictures() -> bytes:
    """Raw pictures in gray, RGB, palette and single bits; soft mask, stencil; turned, mirrored, clipped."""
    pdf = Plain()
    side = 32
    rainbow = bytes(
        level for y in range(side) for x in range(side) for level in (8 * x, 8 * y, 255 - 4 * (x + y))
    )
    gray = bytes((x * 8) ^ (y * 8) for y in range(side) for x in range(side))
    fade = bytes(8 * x for _ in range(side) for x in range(side))
    bits = bytes([0b10101010, 0b11001100, 0b11110000, 0b00001111] * side)
    head = f"/Type /XObject /Subtype /Image /Width {side} /Height {side}"
    mask = pdf.stream(fade, f"{head} /ColorSpace /DeviceGray /BitsPerComponent 8")
    kinds = {
        "Rgb": pdf.stream(rainbow, f"{head} /ColorSpace /DeviceRGB /BitsPerComponent 8"),
        "Gray": pdf.stream(gray, f"{head} /ColorSpace /DeviceGray /BitsPerComponent 8"),
        "Soft": pdf.stream(rainbow, f"{head} /ColorSpace /DeviceRGB /BitsPerComponent 8 /SMask {mask}"),
        "Bits": pdf.stream(bits, f"{head} /ColorSpace /DeviceGray /BitsPerComponent 1"),
        "Stencil": pdf.stream(bits, f"{head} /ImageMask true /BitsPerComponent 1"),
        "Palette": pdf.stream(
            bits, f"{head} /ColorSpace [/Indexed /DeviceRGB 1 <00800000ffff>] /BitsPerComponent 1"
        ),
    }
    places = [(60 + 180 * (number % 3), 620 - 180 * (number // 3)) for number in range(6)]
    drawn = " ".join(
        f"q 140 0 0 140 {x} {y} cm /{name} Do Q" for name, (x, y) in zip(kinds, places, strict=True)
    )
    content = (
        f"0.9 0.9 1 rg 0 0 600 842 re f 0.8 0 0 rg {drawn} q 100 60 -60 100 160 220 cm /Rgb Do Q "
        f"q -140 0 0 140 400 220 cm /Rgb Do Q q {circle(490, 290, 60)} W n 140 0 0 140 420 220 cm /Rgb Do Q"
    )
    named = " ".join(f"/{name} {made}" for name, made in kinds.items())
    pdf.page(content, resources=f"/XObject << {named} >>")
    return pdf.bytes()


def not_in_ofd() -> bytes:
    """Blending, a soft mask and a mesh beside text that stays text."""
    pdf = Plain()
    font = letters(pdf)
    shade = pdf.stream(
        "/S sh",
        "/Type /XObject /Subtype /Form /BBox [60 300 300 400] /Group << /S /Transparency /CS /DeviceGray >> "
        "/Resources << /Shading << /S << /ShadingType 2 /ColorSpace /DeviceGray /Coords [60 0 300 0] "
        "/Function << /FunctionType 2 /Domain [0 1] /C0 [0] /C1 [1] /N 1 >> >> >> >>",
    )
    corners = [(0, 0, 0, 255, 0, 0), (0, 255, 0, 0, 255, 0), (0, 128, 255, 0, 0, 255)]
    mesh = pdf.stream(
        b"".join(bytes(corner) for corner in corners),
        "/ShadingType 4 /ColorSpace /DeviceRGB /BitsPerCoordinate 8 /BitsPerComponent 8 /BitsPerFlag 8 "
        "/Decode [340 500 300 400 0 1 0 1 0 1]",
    )
    content = (
        "BT /F 20 Tf 60 700 Td (This text stays text) Tj ET BT /F 20 Tf 60 600 Td (marked text) Tj ET "
        "q /Mark gs 1 1 0 rg 55 590 150 30 re f Q q /Fade gs 1 0 0 rg 60 300 240 100 re f Q "
        "q 340 300 160 100 re W n /M sh Q BT /F 20 Tf 60 200 Td (and this as well) Tj ET"
    )
    states = f"/Mark << /BM /Multiply >> /Fade << /SMask << /S /Luminosity /G {shade} >> >>"
    pdf.page(content, resources=f"/Font << /F {font} >> /ExtGState << {states} >> /Shading << /M {mesh} >>")
    return pdf.bytes()


FIXTURES: dict[str, Callable[[], bytes]] = {
    made.__name__: made
    for made in (*(official_document, shapes, gradients, font_kinds, turned_pages, pictures, not_in_ofd),)
}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, made in FIXTURES.items():
        (FOLDER / f"{name}.pdf").write_bytes(made())
