# SPDX-License-Identifier: Apache-2.0
"""
The OFD package as it is written: one document, its pages and its resources, in a ZIP archive.

The same content makes the same bytes: entries come in a fixed order and bear a fixed time. Pages and
pictures are written as they come, so that memory does not grow with the document. Knows the structure
of GB/T 33190 and no PDF.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from adapters.conversion.ofd_writing.geometry import Box, boundary
from adapters.conversion.ofd_writing.identities import Identities

NAMESPACE: Final = "http://www.ofdspec.org/2016"
FOLDER: Final = "Doc_0"
_ENTRY_TIME: Final = (1980, 1, 1, 0, 0, 0)
_STORED: Final = frozenset({"png", "jpg"})
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


class Package:
    """An OFD package being written to a file that does not exist yet."""

    def __init__(self, target: Path, identities: Identities) -> None:
        self._archive = zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED)
        self._identities = identities
        self._pictures: list[str] = []
        self._pages: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def add(self, place: str, content: bytes) -> None:
        """One entry."""
        entry = zipfile.ZipInfo(place, _ENTRY_TIME)
        entry.compress_type = (
            zipfile.ZIP_STORED if place.rpartition(".")[2] in _STORED else zipfile.ZIP_DEFLATED
        )
        entry.external_attr = 0o644 << 16
        self._archive.writestr(entry, content)

    def xml(self, place: str, root: str, body: str, attributes: str = "") -> None:
        """One entry in XML: *root* with the namespace around *body*."""
        text = f'{_HEAD}<ofd:{root} xmlns:ofd="{NAMESPACE}"{attributes}>{body}</ofd:{root}>'
        self.add(place, text.encode("utf-8"))

    def picture(self, content: bytes, extension: str) -> int:
        """Store a picture; the ID of its resource."""
        identity = self._identities.next()
        file = f"image_{identity}.{extension}"
        self.add(f"{FOLDER}/Res/{file}", content)
        kind = "JPEG" if extension == "jpg" else "PNG"
        self._pictures.append(
            f'<ofd:MultiMedia ID="{identity}" Type="Image" Format="{kind}">'
            f"<ofd:MediaFile>{file}</ofd:MediaFile></ofd:MultiMedia>"
        )
        return identity

    def page(self, identity: int, box: Box, parts: Sequence[str]) -> None:
        """Write one page, the next in order, with its objects."""
        layer = f'<ofd:Layer ID="{self._identities.next()}" Type="Body">{"".join(parts)}</ofd:Layer>'
        content = f"<ofd:Content>{layer}</ofd:Content>" if parts else ""
        self.xml(
            f"{FOLDER}/Pages/Page_{len(self._pages)}/Content.xml",
            "Page",
            f"<ofd:Area><ofd:PhysicalBox>{boundary(box)}</ofd:PhysicalBox></ofd:Area>{content}",
        )
        self._pages.append(identity)

    def resources(self, fonts: str) -> str:
        """Write the resources; the elements of `CommonData` that name them."""
        said = ""
        if fonts:
            self.xml(f"{FOLDER}/PublicRes.xml", "Res", fonts, ' BaseLoc="Res"')
            said += "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
        if self._pictures:
            media = f"<ofd:MultiMedias>{''.join(self._pictures)}</ofd:MultiMedias>"
            self.xml(f"{FOLDER}/DocumentRes.xml", "Res", media, ' BaseLoc="Res"')
            said += "<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>"
        return said

    def document(self, box: Box, resources: str, *, outlines: str, attachments: str) -> None:
        """Write the document's root; nothing gets an ID after it."""
        pages = "".join(
            f'<ofd:Page ID="{identity}" BaseLoc="Pages/Page_{number}/Content.xml"/>'
            for number, identity in enumerate(self._pages)
        )
        area = f"<ofd:PageArea><ofd:PhysicalBox>{boundary(box)}</ofd:PhysicalBox></ofd:PageArea>"
        unit = f"<ofd:MaxUnitID>{self._identities.last}</ofd:MaxUnitID>"
        self.xml(
            f"{FOLDER}/Document.xml",
            "Document",
            f"<ofd:CommonData>{unit}{area}{resources}</ofd:CommonData>"
            f"<ofd:Pages>{pages}</ofd:Pages>{outlines}{attachments}",
        )

    def entrance(self, information: str) -> None:
        """Write OFD.xml, where a reader begins."""
        root = f"<ofd:DocRoot>{FOLDER}/Document.xml</ofd:DocRoot>"
        body = f"<ofd:DocBody><ofd:DocInfo>{information}</ofd:DocInfo>{root}</ofd:DocBody>"
        self.xml("OFD.xml", "OFD", body, ' Version="1.0" DocType="OFD"')
