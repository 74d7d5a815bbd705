# SPDX-License-Identifier: Apache-2.0
"""OFD fixtures about text and fonts."""

from __future__ import annotations

from tests.adapters.conversion.ofd import made_fonts
from tests.adapters.conversion.ofd.made_fonts import SQUARES
from tests.adapters.conversion.ofd.made_packages import FONTS, Made, content, font, package, text


def text_steps() -> bytes:
    codes = (
        '<ofd:TextCode X="0" Y="10" DeltaX="g 2 20 10">公文AB</ofd:TextCode>'
        '<ofd:TextCode X="0" Y="30" DeltaX="0" DeltaY="15">公文</ofd:TextCode>'
    )
    natural = '<ofd:TextCode X="0" Y="10">公文</ofd:TextCode>'
    objects = (
        text("10 10 80 50", codes)
        + text("10 60 80 12", natural, ' HScale="0.5"')
        + text("50 60 40 12", '<ofd:TextCode X="0" Y="10">公 文</ofd:TextCode>')
    )
    return package(Made([content(objects)], FONTS, files=SQUARES))


def text_directions() -> bytes:
    turned = '<ofd:TextCode X="0" Y="0">公</ofd:TextCode>'
    down = '<ofd:TextCode X="0" Y="10">公文</ofd:TextCode>'
    objects = (
        text("20 20 20 20", turned, ' CharDirection="90"')
        + text("50 20 20 20", turned, ' CharDirection="180"')
        + text("80 20 20 20", turned, ' CharDirection="270"')
        + text("10 50 20 40", down, ' ReadDirection="90"')
        + text("60 60 30 30", down, ' Italic="true"')
    )
    return package(Made([content(objects)], FONTS, files=SQUARES))


def text_looks() -> bytes:
    code = '<ofd:TextCode X="0" Y="10">公</ofd:TextCode>'
    red, green = '<ofd:FillColor Value="255 0 0"/>', '<ofd:StrokeColor Value="0 255 0"/>'
    objects = (
        text("10 10 20 20", code, inner=red)
        + text("40 10 20 20", code, ' Fill="false" Stroke="true" LineWidth="2"', green)
        + text("70 10 20 20", code, ' Stroke="true" LineWidth="2"', red + green)
        + text("10 40 20 20", code, ' Fill="false"')
        + text("40 40 20 20", code, ' CTM="2 0 0 2 0 0"', red)
        + text("10 70 20 20", code, ' Weight="900"', red)
    )
    return package(Made([content(objects)], FONTS, files=SQUARES))


def embedded_fonts() -> bytes:
    files = {
        "Res/a.ttf": made_fonts.truetype(),
        "Res/b.otf": made_fonts.opentype_cff(),
        "Res/c.cff": made_fonts.bare_cff(),
        "Res/d.ttf": made_fonts.truetype_of_components(),
    }
    names = ("a.ttf", "b.otf", "c.cff", "d.ttf")
    fonts = "".join(font(str(50 + index), name) for index, name in enumerate(names))
    code = '<ofd:TextCode X="0" Y="10">{}</ofd:TextCode>'
    objects = "".join(
        text(f"10 {5 + 20 * index} 80 12", code.format("公文" if index < 3 else "A"), font=str(50 + index))
        for index in range(4)
    )
    return package(Made([content(objects)], f"<ofd:Fonts>{fonts}</ofd:Fonts>", files=files))


def glyph_transforms() -> bytes:
    fonts = font("50", "a.ttf") + font("51", "c.cff")
    files = {"Res/a.ttf": made_fonts.truetype(with_cmap=False), "Res/c.cff": made_fonts.bare_cff()}

    def code(transform: str, characters: str, steps: str = "") -> str:
        return f'{transform}<ofd:TextCode X="0" Y="10" DeltaX="{steps}">{characters}</ofd:TextCode>'

    def transform(position: int, codes: int, glyphs: str) -> str:
        return (
            f'<ofd:CGTransform CodePosition="{position}" CodeCount="{codes}"'
            f' GlyphCount="{len(glyphs.split())}"><ofd:Glyphs>{glyphs}</ofd:Glyphs></ofd:CGTransform>'
        )

    half = made_fonts.HALF
    objects = (
        text("10 5 80 12", code(transform(0, 2, f"2 {half}"), "甲乙", "20"))
        + text("10 25 80 12", code(transform(0, 3, "2 2 2"), "一二一", "20 20"), font="51")
        + text("10 45 80 12", code(transform(0, 2, "6") + transform(2, 1, "3"), "fix", "20"))
        + text("10 65 80 12", code(transform(1, 1, f"2 {half}") + transform(0, 1, "3"), "甲乙", "20 20"))
    )
    return package(Made([content(objects)], f"<ofd:Fonts>{fonts}</ofd:Fonts>", files=files))


def font_not_embedded() -> bytes:
    fonts = f"<ofd:Fonts>{font('50', '', '仿宋_GB2312')}{font('51', 'gone.ttf', '楷体')}</ofd:Fonts>"
    code = '<ofd:TextCode X="0" Y="10" DeltaX="10">公文</ofd:TextCode>'
    narrow = '<ofd:TextCode X="0" Y="10" DeltaX="5 5">ABA</ofd:TextCode>'
    objects = text("10 10 80 12", code) + text("10 30 80 12", code, font="51") + text("10 50 80 12", narrow)
    return package(Made([content(objects)], fonts))


def broken_font() -> bytes:
    fonts = f"<ofd:Fonts>{font('50', 'a.ttf')}</ofd:Fonts>"
    letters = text("10 10 80 12", '<ofd:TextCode X="0" Y="10" DeltaX="10">公A☃</ofd:TextCode>')
    joined = (
        '<ofd:CGTransform CodePosition="0" CodeCount="2" GlyphCount="1">'
        "<ofd:Glyphs>5</ofd:Glyphs></ofd:CGTransform>"
        '<ofd:TextCode X="0" Y="10" DeltaX="30">AB文</ofd:TextCode>'
    )
    objects = letters + text("10 50 80 12", joined)
    return package(Made([content(objects)], fonts, files={"Res/a.ttf": b"no font"}))
