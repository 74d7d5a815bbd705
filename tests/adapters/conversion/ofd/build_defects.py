# SPDX-License-Identifier: Apache-2.0
"""OFD fixtures of what real and hostile packages do."""

from __future__ import annotations

from tests.adapters.conversion.ofd import made_pictures
from tests.adapters.conversion.ofd.made_fonts import SQUARES
from tests.adapters.conversion.ofd.made_packages import (
    FONTS,
    Made,
    content,
    document,
    image,
    media,
    package,
    root,
    square,
    text,
    wrapped,
    zipped,
)
from tests.adapters.conversion.ofd.made_pictures import BLUE, RED


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
    said = '<ofd:TextCode X="0" Y="10" DeltaX="10">{}</ofd:TextCode>'
    shown = 'ID="2" Boundary="30 30 20 20" Substitution="80" Font="50" Size="10"'
    noted = text("60 60 30 20", said.format("AB"))
    objects = (
        '<ofd:VideoObject ID="1" Boundary="0 0 10 10" ResourceID="1"/>'
        + square(10, 10, "255 0 0")
        + f"<ofd:StampObject {shown}>{said.format('公文')}</ofd:StampObject>"
        + f'<ofd:NoteObject ID="3" Boundary="60 60 30 20">{noted}</ofd:NoteObject>'
    )
    resources = f"{FONTS}<ofd:MultiMedias>{media('80', 'a.png')}</ofd:MultiMedias>"
    files = {**SQUARES, "Res/a.png": made_pictures.png([[BLUE]])}
    return package(Made([content(""), content(objects)], resources, files=files))


def encrypted() -> bytes:
    files = {
        "OFD.xml": root("Doc_0"),
        "Encryptions.xml": b"<a/>",
        "Doc_0/Document.xml": bytes(range(200, 250)),
    }
    return zipped(files)


def no_pages() -> bytes:
    return package(Made([]))


def no_document() -> bytes:
    return zipped({"OFD.xml": root("Doc_0")})
