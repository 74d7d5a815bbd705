# SPDX-License-Identifier: Apache-2.0
"""
The OFD fixtures, each named by the feature or the defect that it has.

    python -m tests.adapters.conversion.ofd.build

writes them anew; a test holds the committed files against this script. Every page is a square of 100 mm,
so that a place in millimetres says where to look.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.adapters.conversion.ofd import made_fonts, made_pictures
from tests.adapters.conversion.ofd.made_packages import (
    Made,
    content,
    doc_body,
    document,
    font,
    image,
    media,
    package,
    path,
    root,
    square,
    text,
    wrapped,
    zipped,
)
from tests.adapters.conversion.ofd.made_pictures import BLUE, GREEN, RED, WHITE

FOLDER = Path(__file__).with_name("fixtures")
FONTS = f"<ofd:Fonts>{font('50', 'squares.ttf')}</ofd:Fonts>"
SQUARES = {"Res/squares.ttf": made_fonts.truetype()}


# ---- text


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


# ---- outlines and colours


def path_verbs() -> bytes:
    fill = ' Stroke="false" Fill="true"'
    red = '<ofd:FillColor Value="255 0 0"/>'
    line = '<ofd:StrokeColor Value="0 0 255"/>'
    objects = (
        path("5 5 20 20", "S 0 0 L 20 0 L 20 20 L 0 20 C", fill, red)
        + path("40 5 20 20", "M 0 10 A 10 10 0 1 1 20 10 A 10 10 0 1 1 0 10 C", fill, red)
        + path("75 5 20 20", "M 0 20 Q 10 -20 20 20 C", fill, red)
        + path("5 40 20 20", "M 0 20 B 0 -6 20 -6 20 20 C", fill, red)
        + path(
            "40 40 20 20",
            "M 0 0 L 20 0 L 20 20 L 0 20 C M 5 5 L 15 5 L 15 15 L 5 15 C",
            f'{fill} Rule="Even-Odd"',
            red,
        )
        + path("75 40 20 20", "M 0 10 L 20 10", ' LineWidth="4" DashPattern="5 5"', line)
        + path("5 75 20 20", "M 4 4 L 16 4 L 16 16 L 4 16 C", ' LineWidth="2" Fill="true"', red + line)
        + path("40 75 20 20", "M 0 0 L 20 0 L 20 20 X 1 2 3", ' LineWidth="2"', line)
        + path("75 75 20 20", "M 0 0 L 40 0 L 40 40 L 0 40 C", fill, red)
    )
    return package(Made([content(objects)]))


def colour_spaces() -> bytes:
    spaces = (
        '<ofd:ColorSpaces><ofd:ColorSpace ID="60" Type="GRAY"/><ofd:ColorSpace ID="61" Type="CMYK"/>'
        '<ofd:ColorSpace ID="62" Type="RGB"><ofd:Palette><ofd:CV>0 255 0</ofd:CV><ofd:CV>0 0 255</ofd:CV>'
        "</ofd:Palette></ofd:ColorSpace>"
        '<ofd:ColorSpace ID="63" Type="RGB" BitsPerComponent="4"/></ofd:ColorSpaces>'
    )

    def filled(x: int, y: int, colour: str) -> str:
        return path(f"{x} {y} 10 10", "M 0 0 L 10 0 L 10 10 L 0 10 C", ' Stroke="false" Fill="true"', colour)

    objects = (
        filled(5, 5, '<ofd:FillColor Value="128" ColorSpace="60"/>')
        + filled(25, 5, '<ofd:FillColor Value="0 255 255 0" ColorSpace="61"/>')
        + filled(45, 5, '<ofd:FillColor Index="1" ColorSpace="62"/>')
        + filled(65, 5, '<ofd:FillColor Value="15 0 0" ColorSpace="63"/>')
        + filled(85, 5, '<ofd:FillColor Value="#00 #FF #00"/>')
        + filled(5, 25, '<ofd:FillColor Value="255 0 0" Alpha="128"/>')
        + filled(25, 25, "<ofd:FillColor/>")
        + filled(45, 25, "")
        + square(65, 25, "0 0 255", attributes=' Alpha="128"')
    )
    return package(Made([content(objects)], spaces))


def draw_params() -> bytes:
    params = (
        '<ofd:DrawParams><ofd:DrawParam ID="70" LineWidth="4">'
        '<ofd:StrokeColor Value="255 0 0"/></ofd:DrawParam>'
        '<ofd:DrawParam ID="71" Relative="70"><ofd:FillColor Value="0 255 0"/></ofd:DrawParam>'
        '<ofd:DrawParam ID="72" Relative="73"/>'
        '<ofd:DrawParam ID="73" Relative="72">'
        '<ofd:StrokeColor Value="0 0 255"/></ofd:DrawParam></ofd:DrawParams>'
    )
    line = "M 0 5 L 20 5"
    objects = (
        path("10 10 20 10", line, ' DrawParam="71"')
        + path("40 10 20 20", "M 0 0 L 20 0 L 20 20 L 0 20 C", ' DrawParam="71" Stroke="false" Fill="true"')
        + path("10 50 20 10", line, ' DrawParam="72" LineWidth="4"')
        + path("40 50 20 10", line)
    )
    return package(Made([content(objects, ' DrawParam="70"')], params))


def gradients() -> bytes:
    def filled(x: int, y: int, shade: str, side: int = 20) -> str:
        data = f"M 0 0 L {side} 0 L {side} {side} L 0 {side} C"
        fill = f'<ofd:FillColor Value="0 0 0">{shade}</ofd:FillColor>'
        return path(f"{x} {y} {side} {side}", data, ' Stroke="false" Fill="true"', fill)

    def stop(position: str, colour: str, alpha: int = 255) -> str:
        return (
            f'<ofd:Segment Position="{position}"><ofd:Color Value="{colour}" Alpha="{alpha}"/></ofd:Segment>'
        )

    red_blue = stop("0", "255 0 0") + stop("1", "0 0 255")
    objects = (
        filled(5, 5, f'<ofd:AxialShd StartPoint="0 0" EndPoint="20 0">{red_blue}</ofd:AxialShd>')
        + filled(40, 5, f'<ofd:AxialShd StartPoint="5 0" EndPoint="15 0">{red_blue}</ofd:AxialShd>')
        + filled(
            75, 5, f'<ofd:AxialShd StartPoint="5 0" EndPoint="15 0" Extend="3">{red_blue}</ofd:AxialShd>'
        )
        + filled(
            *(5, 40),
            '<ofd:AxialShd StartPoint="0 0" EndPoint="20 0" MapType="Repeat" MapUnit="10">'
            f"{red_blue}</ofd:AxialShd>",
        )
        + filled(
            *(40, 40),
            '<ofd:AxialShd StartPoint="0 0" EndPoint="20 0" MapType="Reflect" MapUnit="10">'
            f"{red_blue}</ofd:AxialShd>",
        )
        + filled(
            *(75, 40),
            '<ofd:RadialShd StartPoint="10 10" StartRadius="0" EndPoint="10 10" EndRadius="10">'
            f"{red_blue}</ofd:RadialShd>",
        )
        + filled(
            *(5, 75),
            '<ofd:RadialShd StartPoint="10 10" StartRadius="0" EndPoint="10 10" EndRadius="10"'
            f' Eccentricity="0.866" Angle="90">{red_blue}</ofd:RadialShd>',
        )
        + filled(
            *(40, 75),
            '<ofd:AxialShd StartPoint="0 0" EndPoint="20 0">'
            f"{stop('0', '255 0 0', 0)}{stop('1', '255 0 0', 255)}</ofd:AxialShd>",
        )
        + filled(75, 75, "<ofd:GouraudShd>" + _corners() + "</ofd:GouraudShd>")
    )
    return package(Made([content(objects)]))


def _corners() -> str:
    points = ((0, 0, "255 0 0"), (20, 0, "255 0 0"), (0, 20, "255 0 0"))
    return "".join(
        f'<ofd:Point X="{x}" Y="{y}" EdgeFlag="0"><ofd:Color Value="{colour}"/></ofd:Point>'
        for x, y, colour in points
    )


def patterns() -> bytes:
    def filled(x: int, y: int, pattern: str) -> str:
        fill = f"<ofd:FillColor>{pattern}</ofd:FillColor>"
        return path(f"{x} {y} 40 40", "M 0 0 L 40 0 L 40 40 L 0 40 C", ' Stroke="false" Fill="true"', fill)

    cell = f"<ofd:CellContent>{square(0, 0, '255 0 0', 5)}</ofd:CellContent>"
    objects = (
        filled(5, 5, f'<ofd:Pattern Width="10" Height="10">{cell}</ofd:Pattern>')
        + filled(55, 5, f'<ofd:Pattern Width="10" Height="10" RelativeTo="Page">{cell}</ofd:Pattern>')
        + filled(5, 55, f'<ofd:Pattern Width="10" Height="10" ReflectMethod="Column">{cell}</ofd:Pattern>')
        + filled(55, 55, f'<ofd:Pattern Width="10" Height="10" CTM="2 0 0 2 0 0">{cell}</ofd:Pattern>')
    )
    return package(Made([content(objects)]))


def clips() -> bytes:
    def clipped(x: int, y: int, clip: str, attributes: str = "") -> str:
        data = "M 0 0 L 20 0 L 20 20 L 0 20 C"
        inner = f'<ofd:FillColor Value="255 0 0"/><ofd:Clips{attributes}>{clip}</ofd:Clips>'
        return path(f"{x} {y} 20 20", data, ' Stroke="false" Fill="true"', inner)

    def area(data: str, attributes: str = "") -> str:
        shape = f'<ofd:Path Boundary="0 0 20 20"><ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:Path>'
        return f"<ofd:Area{attributes}>{shape}</ofd:Area>"

    left = "M 0 0 L 10 0 L 10 20 L 0 20 C"
    top = "M 0 0 L 20 0 L 20 10 L 0 10 C"
    letter = (
        '<ofd:Area><ofd:Text Boundary="0 0 20 20" Font="50" Size="10"><ofd:TextCode X="0" Y="10">公'
        "</ofd:TextCode></ofd:Text></ofd:Area>"
    )
    moved = ' CTM="1 0 0 1 10 0"'
    scaled = path(
        "5 75 20 20",
        "M 0 0 L 10 0 L 10 10 L 0 10 C",
        ' Stroke="false" Fill="true" CTM="2 0 0 2 0 0"',
        '<ofd:FillColor Value="255 0 0"/><ofd:Clips TransFlag="false"><ofd:Clip>'
        f"{area('M 0 0 L 5 0 L 5 20 L 0 20 C')}</ofd:Clip></ofd:Clips>",
    )
    objects = (
        clipped(5, 5, f"<ofd:Clip>{area(left)}</ofd:Clip>")
        + clipped(40, 5, f"<ofd:Clip>{area(left)}</ofd:Clip><ofd:Clip>{area(top)}</ofd:Clip>")
        + clipped(75, 5, f"<ofd:Clip>{area(left)}{area(top)}</ofd:Clip>")
        + clipped(5, 40, f"<ofd:Clip>{letter}</ofd:Clip>")
        + clipped(40, 40, f"<ofd:Clip>{area(left, moved)}</ofd:Clip>")
        + clipped(75, 40, f"<ofd:Clip>{area('M 10 0 L 20 0 L 20 20 L 10 20 C')}{letter}</ofd:Clip>")
        + scaled
    )
    return package(Made([content(objects)], FONTS, files=SQUARES))


# ---- pictures


def pictures() -> bytes:
    quarters: list[list[tuple[int, ...]]] = [[RED, GREEN], [BLUE, WHITE]]
    files = {
        "Res/a.png": made_pictures.png(quarters),
        "Res/b.bmp": made_pictures.bmp(quarters),
        "Res/c.tif": made_pictures.tiff(quarters),
        "Res/d.jpg": made_pictures.jpeg_blue(),
        "Res/e.jb2": made_pictures.jbig2_black(8),
        "Res/f.png": made_pictures.png([[(255, 0, 0, 255), (255, 0, 0, 0)]]),
        "Res/mask.png": made_pictures.png([[(255,), (0,)]]),
        "Res/broken.png": made_pictures.png(quarters)[:40],
    }
    names = ("a.png", "b.bmp", "c.tif", "d.jpg", "e.jb2", "f.png", "mask.png", "broken.png")
    resources = "".join(media(str(80 + index), name) for index, name in enumerate(names))
    fill = ' CTM="20 0 0 20 0 0"'
    objects = (
        "".join(image(f"{5 + 35 * (i % 3)} {5 + 30 * (i // 3)} 20 20", str(80 + i), fill) for i in range(6))
        + image("5 65 20 20", "80", f'{fill} ImageMask="86"')
        + image("40 65 20 20", "80")
        + image("75 65 20 20", "80", ' CTM="0 20 -20 0 20 0"')
        + image("5 90 5 5", "87", fill)
        + image("40 90 5 5", "99", fill)
    )
    return package(Made([content(objects)], f"<ofd:MultiMedias>{resources}</ofd:MultiMedias>", files=files))


def borders_and_lattices() -> bytes:
    line = '<ofd:Border LineWidth="2"><ofd:BorderColor Value="0 0 255"/></ofd:Border>'
    framed = (
        '<ofd:ImageObject ID="5" Boundary="10 10 20 20" ResourceID="80" CTM="20 0 0 20 0 0">'
        f"{line}</ofd:ImageObject>"
    )
    corners = ((0, 0), (20, 0), (0, 20), (20, 20), (0, 40), (20, 40))
    points = "".join(
        f'<ofd:Point X="{x}" Y="{y}"><ofd:Color Value="{"255 0 0" if y < 40 else "0 0 255"}"/></ofd:Point>'
        for x, y in corners
    )
    shade = f'<ofd:LaGouraudShd VerticesPerRow="2">{points}</ofd:LaGouraudShd>'
    fill = f"<ofd:FillColor>{shade}</ofd:FillColor>"
    lattice = path("50 10 20 40", "M 0 0 L 20 0 L 20 40 L 0 40 C", ' Stroke="false" Fill="true"', fill)
    ring = (
        '<ofd:RadialShd StartPoint="10 10" StartRadius="0" EndPoint="10 10" EndRadius="10" MapType="Repeat"'
    )
    stops = (
        '<ofd:Segment><ofd:Color Value="255 0 0"/></ofd:Segment>'
        '<ofd:Segment><ofd:Color Value="0 0 0 0" ColorSpace=""/></ofd:Segment>'
    )
    fill = f'<ofd:FillColor>{ring} MapUnit="5" Extend="3">{stops}</ofd:RadialShd></ofd:FillColor>'
    rings = path("10 60 20 20", "M 0 0 L 20 0 L 20 20 L 0 20 C", ' Stroke="false" Fill="true"', fill)
    empty = "<ofd:FillColor><ofd:AxialShd/></ofd:FillColor>"
    black = path("50 60 20 20", "M 0 0 L 20 0 L 20 20 L 0 20 C", ' Stroke="false" Fill="true"', empty)
    tiny = '<ofd:FillColor><ofd:Pattern Width="0" Height="5"/></ofd:FillColor>'
    nothing = path("80 60 20 20", "M 0 0 L 20 0 L 20 20 L 0 20 C", ' Stroke="false" Fill="true"', tiny)
    resources = f"<ofd:MultiMedias>{media('80', 'a.png')}</ofd:MultiMedias>"
    files = {"Res/a.png": made_pictures.png([[RED]])}
    return package(Made([content(framed + lattice + rings + black + nothing)], resources, files=files))


# ---- structure


def templates() -> bytes:
    common = (
        '<ofd:TemplatePage ID="90" BaseLoc="Tpls/below.xml" ZOrder="Background"/>'
        '<ofd:TemplatePage ID="91" BaseLoc="Tpls/above.xml"/>'
    )
    files = {
        "Tpls/below.xml": wrapped("Page", content(square(10, 10, "255 0 0", 20))),
        "Tpls/above.xml": wrapped("Page", content(square(20, 20, "0 0 255", 20))),
    }
    uses = '<ofd:Template TemplateID="91" ZOrder="Foreground"/><ofd:Template TemplateID="90"/>'
    layers = (
        '<ofd:Content><ofd:Layer ID="1" Type="Foreground">' + square(60, 60, "0 0 255", 20) + "</ofd:Layer>"
        '<ofd:Layer ID="2" Type="Background">' + square(50, 50, "255 0 0", 20) + "</ofd:Layer>"
        '<ofd:Layer ID="3">'
        + square(15, 15, "0 255 0", 20)
        + square(55, 55, "0 255 0", 20)
        + "</ofd:Layer></ofd:Content>"
    )
    return package(Made([uses + layers, uses], common=common, files=files))


def page_areas() -> bytes:
    first = "<ofd:Area><ofd:PhysicalBox>10 20 50 40</ofd:PhysicalBox></ofd:Area>"
    second = (
        "<ofd:Area><ofd:PhysicalBox>0 0 80 60</ofd:PhysicalBox>"
        "<ofd:ApplicationBox>10 10 60 40</ofd:ApplicationBox>"
        "<ofd:ContentBox>20 20 40 20</ofd:ContentBox></ofd:Area>"
    )
    third = "<ofd:Area><ofd:PhysicalBox>0 0 0 0</ofd:PhysicalBox></ofd:Area>"
    red = content(square(10, 20, "255 0 0"))
    return package(Made([first + red, second + red, third + red, red]))


def composite_units() -> bytes:
    units = (
        '<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="95" Width="20" Height="20"><ofd:Content>'
        f"{square(0, 0, '255 0 0')}{square(5, 5, '0 0 255')}</ofd:Content></ofd:CompositeGraphicUnit>"
        '<ofd:CompositeGraphicUnit ID="96" Width="20" Height="20"><ofd:Content>'
        '<ofd:CompositeObject ID="6" Boundary="0 0 20 20" ResourceID="95"/>'
        "</ofd:Content></ofd:CompositeGraphicUnit>"
        "</ofd:CompositeGraphicUnits>"
    )

    def used(boundary: str, unit: str, attributes: str = "") -> str:
        return f'<ofd:CompositeObject ID="7" Boundary="{boundary}" ResourceID="{unit}"{attributes}/>'

    objects = (
        used("5 5 20 20", "95")
        + used("40 5 40 40", "96", ' CTM="2 0 0 2 0 0"')
        + used("5 60 20 20", "95", ' Alpha="128"')
        + used("40 60 20 20", "none")
        + '<ofd:PageBlock ID="8">'
        f'<ofd:PageBlock ID="9">{square(70, 60, "0 255 0")}</ofd:PageBlock></ofd:PageBlock>'
        + square(85, 85, "0 0 0", attributes=' Visible="false"')
    )
    return package(Made([content(objects)], units))


def annotations() -> bytes:
    notes = (
        '<ofd:Annot ID="1" Type="Stamp"><ofd:Appearance Boundary="10 10 20 20">'
        f"{square(0, 0, '255 0 0')}</ofd:Appearance></ofd:Annot>"
        '<ofd:Annot ID="2" Type="Watermark" Visible="false"><ofd:Appearance Boundary="40 10 20 20">'
        f"{square(0, 0, '255 0 0')}</ofd:Appearance></ofd:Annot>"
        '<ofd:Annot ID="3" Type="Link"><ofd:Appearance Boundary="70 10 20 20"/></ofd:Annot>'
    )
    files = {
        "Annots/Annotations.xml": wrapped(
            "Annotations", '<ofd:Page PageID="100"><ofd:FileLoc>Page_0/Annot.xml</ofd:FileLoc></ofd:Page>'
        ),
        "Annots/Page_0/Annot.xml": wrapped("PageAnnot", notes),
    }
    named = "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>"
    return package(Made([content(square(10, 10, "0 0 255"))], document=named, files=files))


def seals() -> bytes:
    drawn = package(Made([content(square(0, 0, "0 0 255", 50))]))
    picture = made_pictures.png([[RED, WHITE]])
    files = {
        "Signs/Signatures.xml": wrapped(
            "Signatures",
            "<ofd:MaxSignId>2</ofd:MaxSignId>"
            '<ofd:Signature ID="1" Type="Seal" BaseLoc="Sign_0/Signature.xml"/>'
            '<ofd:Signature ID="2" Type="Seal" BaseLoc="Sign_1/Signature.xml"/>'
            '<ofd:Signature ID="3" Type="Sign" BaseLoc="Sign_2/Signature.xml"/>',
        ),
        "Signs/Sign_0/Signature.xml": wrapped(
            "Signature",
            _signed(
                '<ofd:StampAnnot ID="1" PageRef="100" Boundary="10 10 20 20"/>'
                '<ofd:StampAnnot ID="2" PageRef="101" Boundary="10 10 20 20" Clip="0 0 5 20"/>'
            ),
        ),
        "Signs/Sign_0/SignedValue.dat": seal_value("PNG", picture),
        "Signs/Sign_1/Signature.xml": wrapped(
            "Signature", _signed('<ofd:StampAnnot ID="3" PageRef="100" Boundary="50 50 40 40"/>')
        ),
        "Signs/Sign_1/SignedValue.dat": seal_value("OFD", drawn),
        "Signs/Sign_2/Signature.xml": wrapped("Signature", _signed("")),
        "Signs/Sign_2/SignedValue.dat": b"no seal at all",
    }
    pages = [content(square(10, 10, "0 255 0", 5) + square(20, 10, "0 255 0", 5)), content("")]
    named = "<ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures>"
    return package(Made(pages, body=named, files=files))


def _signed(stamps: str) -> str:
    return (
        '<ofd:SignedInfo><ofd:Provider ProviderName="maker"/><ofd:SignatureMethod>1.2.156.10197.1.501'
        "</ofd:SignatureMethod><ofd:SignatureDateTime>20200101000000Z</ofd:SignatureDateTime>"
        '<ofd:References CheckMethod="SM3"><ofd:Reference FileRef="/Doc_0/Document.xml"><ofd:CheckValue>AAEC'
        '</ofd:CheckValue></ofd:Reference><ofd:Reference FileRef="/Doc_0/gone.xml"><ofd:CheckValue>?'
        f"</ofd:CheckValue></ofd:Reference></ofd:References>{stamps}</ofd:SignedInfo>"
        "<ofd:SignedValue>SignedValue.dat</ofd:SignedValue>"
    )


def seal_value(kind: str, picture: bytes) -> bytes:
    """The bare shape of a SES_Signature: nothing in it is signed, the picture lies where it belongs."""
    info = _der(
        0x30, _der(0x16, kind.encode()) + _der(0x04, picture) + _der(0x02, b"\x14") + _der(0x02, b"\x14")
    )
    header = _der(0x30, _der(0x16, b"ES") + _der(0x02, b"\x04") + _der(0x16, b"maker"))
    seal = _der(0x30, _der(0x30, header + _der(0x16, b"id") + _der(0x30, b"") + info))
    return _der(0x30, _der(0x30, _der(0x02, b"\x04") + seal) + _der(0x03, bytes(65)))


def _der(tag: int, body: bytes) -> bytes:
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes(4, "big").lstrip(b"\0")
    return bytes([tag, 0x80 | len(length)]) + length + body


def attachments() -> bytes:
    files = {
        "Attachs/Attachments.xml": wrapped(
            "Attachments",
            '<ofd:Attachment ID="1" Name="清单" Format="txt">'
            "<ofd:FileLoc>list.txt</ofd:FileLoc></ofd:Attachment>"
            '<ofd:Attachment ID="2" Name="清单.txt">'
            "<ofd:FileLoc>/Doc_0/Attachs/other.txt</ofd:FileLoc></ofd:Attachment>"
            '<ofd:Attachment ID="3" Name="gone"><ofd:FileLoc>gone.txt</ofd:FileLoc></ofd:Attachment>',
        ),
        "Attachs/list.txt": "一".encode(),
        "Attachs/other.txt": "二".encode(),
    }
    named = "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>"
    return package(Made([content("")], document=named, files=files))


def outlines() -> bytes:
    def goto(page: int, place: str = "") -> str:
        dest = f'<ofd:Dest Type="XYZ" PageID="{page}"{place}/>'
        return (
            f'<ofd:Actions><ofd:Action Event="CLICK"><ofd:Goto>{dest}</ofd:Goto></ofd:Action></ofd:Actions>'
        )

    marked = goto(0).replace('<ofd:Dest Type="XYZ" PageID="0"/>', '<ofd:Bookmark Name="here"/>')
    place = ' Left="10" Top="20"'
    elements = (
        f'<ofd:OutlineElem Title="第一章">{goto(100)}<ofd:OutlineElem Title="第一节">'
        f"{goto(101, place)}</ofd:OutlineElem></ofd:OutlineElem>"
        f'<ofd:OutlineElem Title="附录" Expanded="false">{marked}</ofd:OutlineElem>'
        '<ofd:OutlineElem Title="无处可去"/>'
    )
    named = (
        f'<ofd:Outlines>{elements}</ofd:Outlines><ofd:Bookmarks><ofd:Bookmark Name="here">'
        '<ofd:Dest Type="Fit" PageID="101"/></ofd:Bookmark></ofd:Bookmarks>'
    )
    return package(Made([content(""), content("")], document=named))


def page_resources() -> bytes:
    own = '<ofd:ColorSpaces><ofd:ColorSpace ID="60" Type="GRAY"/></ofd:ColorSpaces>'
    colour = '<ofd:FillColor Value="0" ColorSpace="60"/>'
    filled = path("10 10 10 10", "M 0 0 L 10 0 L 10 10 L 0 10 C", ' Stroke="false" Fill="true"', colour)
    files = {"Pages/Page_0/Res.xml": wrapped("Res", own), "Pages/Page_1/Res.xml": b"<!DOCTYPE a><a/>"}
    named = "<ofd:PageRes>Res.xml</ofd:PageRes>"
    return package(Made([named + content(filled), named + content("")], files=files))


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


def links() -> bytes:
    def leading(action: str) -> str:
        return f'<ofd:Actions><ofd:Action Event="CLICK">{action}</ofd:Action></ofd:Actions>'

    square_of_ten = "M 0 0 L 10 0 L 10 10 L 0 10 C"
    actions = (
        '<ofd:URI URI="https://www.example.org/a"/>',
        '<ofd:Goto><ofd:Dest Type="XYZ" PageID="101" Left="0" Top="50"/></ofd:Goto>',
        '<ofd:URI URI="javascript:alert(1)"/>',
        '<ofd:Goto><ofd:Dest Type="Fit" PageID="999"/></ofd:Goto>',
    )
    objects = "".join(
        path(f"{10 + 20 * index} 10 10 10", square_of_ten, inner=leading(action))
        for index, action in enumerate(actions)
    )
    return package(Made([content(objects), content("")]))


def encrypted() -> bytes:
    files = {
        "OFD.xml": root("Doc_0"),
        "Encryptions.xml": b"<a/>",
        "Doc_0/Document.xml": bytes(range(200, 250)),
    }
    return zipped(files)


def two_documents() -> bytes:
    one, two = Made([content(square(10, 10, "255 0 0"))]), Made([content(square(10, 10, "0 0 255"))])
    opening = root("Doc_0", more=doc_body("Doc_1"))
    return zipped({"OFD.xml": opening, **document("Doc_0", one), **document("Doc_1", two)})


# ---- what real and hostile packages do


def wrong_case_and_backslashes() -> bytes:
    made = Made(
        [content(image("10 10 20 20", "80"))],
        f"<ofd:MultiMedias>{media('80', 'PICTURES' + chr(92) + 'A.png')}</ofd:MultiMedias>",
        files={"res/pictures/a.PNG": made_pictures.png([[RED]])},
    )
    files = {"OFD.xml": root("Doc_0"), **document("Doc_0", made)}
    return zipped({name.replace("/", "\\").replace("Pages", "pages"): data for name, data in files.items()})


def odd_namespaces() -> bytes:
    files = {"OFD.xml": root("Doc_0"), **document("Doc_0", Made([content(square(10, 10, "255 0 0"))]))}
    plain = {name: data.replace(b"ofd:", b"").replace(b"xmlns:ofd", b"xmlns") for name, data in files.items()}
    page = "Doc_0/Pages/Page_0/Content.xml"
    return zipped({**plain, page: files[page].replace(b' xmlns:ofd="http://www.ofdspec.org/2016"', b"")})


def missing_parts() -> bytes:
    made = Made(
        ['<ofd:Template TemplateID="5"/>' + content(square(10, 10, "255 0 0")), content(""), content("")],
        common="<ofd:DocumentRes>gone.xml</ofd:DocumentRes>",
        document="<ofd:Annotations>gone.xml</ofd:Annotations>",
        body="<ofd:Signatures>gone.xml</ofd:Signatures>",
    )
    files = {"OFD.xml": root("Doc_0", made.body), **document("Doc_0", made)}
    del files["Doc_0/Pages/Page_1/Content.xml"]
    files["Doc_0/Pages/Page_2/Content.xml"] = b"<!DOCTYPE a><a/>"
    return zipped(files)


def rings() -> bytes:
    used = '<ofd:CompositeObject ID="7" Boundary="0 0 50 50" ResourceID="{}"/>'
    unit = (
        '<ofd:CompositeGraphicUnit ID="{}" Width="9" Height="9">'
        "<ofd:Content>{}</ofd:Content></ofd:CompositeGraphicUnit>"
    )
    units = (
        "<ofd:CompositeGraphicUnits>"
        + unit.format("95", square(0, 0, "255 0 0") + used.format("96"))
        + unit.format("96", used.format("95"))
        + "</ofd:CompositeGraphicUnits>"
    )
    use = '<ofd:Template TemplateID="90"/>'
    below = wrapped("Page", use + content(square(60, 60, "0 0 255")))
    common = '<ofd:TemplatePage ID="90" BaseLoc="below.xml"/>'
    return package(Made([use + content(used.format("95"))], units, common=common, files={"below.xml": below}))


def bomb_of_units() -> bytes:
    used = '<ofd:CompositeObject ID="7" Boundary="0 0 50 50" ResourceID="{}"/>'
    unit = (
        '<ofd:CompositeGraphicUnit ID="{}" Width="9" Height="9">'
        "<ofd:Content>{}</ofd:Content></ofd:CompositeGraphicUnit>"
    )
    units = [unit.format("0", square(0, 0, "255 0 0"))]
    units += [unit.format(str(level), used.format(str(level - 1)) * 10) for level in range(1, 13)]
    resources = f"<ofd:CompositeGraphicUnits>{''.join(units)}</ofd:CompositeGraphicUnits>"
    return package(Made([content(used.format("12"))], resources))


def unknown_objects() -> bytes:
    objects = '<ofd:VideoObject ID="1" Boundary="0 0 10 10" ResourceID="1"/>' + square(10, 10, "255 0 0")
    return package(Made([content(objects)]))


def no_pages() -> bytes:
    return package(Made([]))


def no_document() -> bytes:
    return zipped({"OFD.xml": root("Doc_0")})


FIXTURES: dict[str, Callable[[], bytes]] = {
    each.__name__: each
    for each in (
        *(text_steps, text_directions, text_looks, embedded_fonts, glyph_transforms, font_not_embedded),
        *(path_verbs, colour_spaces, draw_params, gradients, patterns, clips, pictures),
        *(templates, page_areas, composite_units, annotations, seals, attachments, two_documents),
        *(wrong_case_and_backslashes, odd_namespaces, missing_parts, rings, bomb_of_units, unknown_objects),
        *(
            links,
            borders_and_lattices,
            page_resources,
            broken_font,
            outlines,
            encrypted,
            no_pages,
            no_document,
        ),
    )
}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, made in FIXTURES.items():
        (FOLDER / f"{name}.ofd").write_bytes(made())
