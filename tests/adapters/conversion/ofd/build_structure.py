# SPDX-License-Identifier: Apache-2.0
"""OFD fixtures about what a package holds beside its objects: templates, units, notes, seals, attachments."""

from __future__ import annotations

from tests.adapters.conversion.ofd import made_pictures
from tests.adapters.conversion.ofd.made_packages import (
    Made,
    content,
    doc_body,
    document,
    package,
    path,
    root,
    square,
    wrapped,
    zipped,
)
from tests.adapters.conversion.ofd.made_pictures import RED, WHITE


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


def two_documents() -> bytes:
    one, two = Made([content(square(10, 10, "255 0 0"))]), Made([content(square(10, 10, "0 0 255"))])
    opening = root("Doc_0", more=doc_body("Doc_1"))
    return zipped({"OFD.xml": opening, **document("Doc_0", one), **document("Doc_1", two)})
