# SPDX-License-Identifier: Apache-2.0
"""OFD fixtures about outlines, colours, clips and pictures."""

from __future__ import annotations

from tests.adapters.conversion.ofd import made_pictures
from tests.adapters.conversion.ofd.made_fonts import SQUARES
from tests.adapters.conversion.ofd.made_packages import (
    FONTS,
    Made,
    content,
    image,
    media,
    package,
    path,
    square,
)
from tests.adapters.conversion.ofd.made_pictures import BLUE, GREEN, RED, WHITE


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
