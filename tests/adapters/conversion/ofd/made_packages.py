# SPDX-License-Identifier: Apache-2.0
"""OFD packages for fixtures, put together from the XML of their pages; stored, so bytes never differ."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NAMESPACE = "http://www.ofdspec.org/2016"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Made:
    """What a package holds, beyond what every package does; everything lies in Doc_0."""

    pages: Sequence[str]  # the content of each Page
    resources: str = ""  # of PublicRes.xml
    document: str = ""  # further children of Document
    common: str = ""  # further children of CommonData
    body: str = ""  # further children of DocBody
    area: str = "<ofd:PhysicalBox>0 0 100 100</ofd:PhysicalBox>"
    files: Mapping[str, bytes] = field(default_factory=dict)  # names from Doc_0


def package(made: Made) -> bytes:
    """The package as bytes."""
    return zipped({"OFD.xml": root("Doc_0", made.body), **document("Doc_0", made)})


def root(folder: str, body: str = "", more: str = "") -> bytes:
    """OFD.xml."""
    return wrapped("OFD", doc_body(folder, body) + more, ' Version="1.0" DocType="OFD"')


def doc_body(folder: str, body: str = "") -> str:
    """One DocBody."""
    info = "<ofd:DocInfo><ofd:DocID>0</ofd:DocID><ofd:Title>试验</ofd:Title></ofd:DocInfo>"
    return f"<ofd:DocBody>{info}<ofd:DocRoot>{folder}/Document.xml</ofd:DocRoot>{body}</ofd:DocBody>"


def document(folder: str, made: Made) -> dict[str, bytes]:
    """The files of one document."""
    entries = "".join(
        f'<ofd:Page ID="{100 + index}" BaseLoc="Pages/Page_{index}/Content.xml"/>'
        for index in range(len(made.pages))
    )
    common = (
        f"<ofd:CommonData><ofd:MaxUnitID>9999</ofd:MaxUnitID><ofd:PageArea>{made.area}</ofd:PageArea>"
        f"<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>{made.common}</ofd:CommonData>"
    )
    files = {
        "Document.xml": wrapped("Document", f"{common}<ofd:Pages>{entries}</ofd:Pages>{made.document}"),
        "PublicRes.xml": wrapped("Res", made.resources, ' BaseLoc="Res"'),
        **{f"Pages/Page_{index}/Content.xml": wrapped("Page", page) for index, page in enumerate(made.pages)},
        **made.files,
    }
    return {f"{folder}/{name}": data for name, data in files.items()}


def wrapped(name: str, content: str, attributes: str = "") -> bytes:
    """A document element with the namespace of OFD."""
    return f'{HEAD}<ofd:{name} xmlns:ofd="{NAMESPACE}"{attributes}>{content}</ofd:{name}>'.encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files as a container, with one date for all."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as writing:
        for name, data in files.items():
            info = zipfile.ZipInfo("x", (2020, 1, 1, 0, 0, 0))
            info.filename = name  # ZipInfo itself would mend it
            writing.writestr(info, data)
    return out.getvalue()


# ---- pieces of pages


def content(objects: str, layer: str = "", before: str = "") -> str:
    """A page's children: one layer with these objects."""
    return f'{before}<ofd:Content><ofd:Layer ID="1"{layer}>{objects}</ofd:Layer></ofd:Content>'


def square(x: float, y: float, colour: str, side: float = 10, attributes: str = "") -> str:
    """A filled square without a line."""
    fill = f'<ofd:FillColor Value="{colour}"/>' if colour else ""
    return (
        f'<ofd:PathObject ID="2" Boundary="{x} {y} {side} {side}" Stroke="false" Fill="true"{attributes}>'
        f"{fill}<ofd:AbbreviatedData>M 0 0 L {side} 0 L {side} {side} L 0 {side} C</ofd:AbbreviatedData>"
        "</ofd:PathObject>"
    )


def path(boundary: str, data: str, attributes: str = "", inner: str = "") -> str:
    """A path."""
    return (
        f'<ofd:PathObject ID="3" Boundary="{boundary}"{attributes}>{inner}'
        f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def text(boundary: str, code: str, attributes: str = "", inner: str = "", font: str = "50") -> str:
    """A text object of 10 mm letters; *code* is one TextCode or several, with transforms."""
    return (
        f'<ofd:TextObject ID="4" Boundary="{boundary}" Font="{font}" Size="10"{attributes}>{inner}{code}'
        "</ofd:TextObject>"
    )


def image(boundary: str, resource: str, attributes: str = "") -> str:
    """A picture."""
    return f'<ofd:ImageObject ID="5" Boundary="{boundary}" ResourceID="{resource}"{attributes}/>'


def font(identifier: str, file: str, name: str = "Squares") -> str:
    """A font resource."""
    return (
        f'<ofd:Font ID="{identifier}" FontName="{name}"><ofd:FontFile>{file}</ofd:FontFile></ofd:Font>'
        if file
        else f'<ofd:Font ID="{identifier}" FontName="{name}"/>'
    )


def media(identifier: str, file: str) -> str:
    """A picture resource."""
    return (
        f'<ofd:MultiMedia ID="{identifier}" Type="Image">'
        f"<ofd:MediaFile>{file}</ofd:MediaFile></ofd:MultiMedia>"
    )


FONTS = f"<ofd:Fonts>{font('50', 'squares.ttf')}</ofd:Fonts>"  # the one that most fixtures name
