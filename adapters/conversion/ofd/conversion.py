# SPDX-License-Identifier: Apache-2.0
"""
OFD (GB/T 33190) to PDF: all documents of a package, page by page, with text as text.

Reads and paints one page at a time, so that memory does not grow with the number of pages. Attachments
go along as embedded files. What could not be brought over stands in the report.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adapters.conversion.ofd.losses import Losses
from adapters.conversion.ofd.outlines import Entry, outline
from adapters.conversion.ofd.package import Attachment, Document, Package
from adapters.conversion.ofd.pages import PageReader
from adapters.conversion.ofd.painting.outlines import Places, write_outline
from adapters.conversion.ofd.painting.painter import Painted, Painter
from adapters.conversion.ofd.painting.pdf_file import Name, PdfFile, Ref, Value
from adapters.conversion.ofd.signatures import signatures
from adapters.conversion.unreadable import Unreadable
from adapters.conversion.xml_parts import child, text_of
from exchange.texts import Phrase

ATTACHED_BYTES = 256 << 20  # of all attachments; what is beyond is left out and said


_COST_NO_TEXT = {
    f"conversion.ofd.{loss}"
    for loss in (
        *("bad-font", "bad-path", "bad-pattern", "bad-picture", "large-picture", "no-attachment"),
        *("no-font-file", "no-glyph", "no-picture", "no-seal-picture", "ring"),
        *("unknown-shown", "unknown-text"),
    )
}


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of a package."""

    pages_before: int  # that the documents say they have
    pages: int
    said: Counter[str]  # what can be read in the documents, and how often
    is_whole: bool  # nothing with text in it was left out: every character was at least seen
    losses: tuple[Phrase, ...]
    substituted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # font asked for: fonts shown
    attachments: tuple[str, ...] = ()
    stamps: int = 0  # seals on pages
    signatures: int = 0

    def notes(self) -> tuple[Phrase, ...]:
        """What is worth saying although nothing was lost."""
        attached = (Phrase("conversion.ofd.attached", {"name": name}) for name in self.attachments)
        stamped = (Phrase("conversion.ofd.stamped", {"count": self.stamps}),) if self.stamps else ()
        return (*attached, *stamped)


def converted(source: Path, target: Path) -> Conversion:
    """
    Write the PDF *target* from the OFD package *source*.

    Raises:
        Unreadable: it is no OFD package, or has no page.
    """
    losses = Losses()
    with Package(source, losses) as package, target.open("xb") as out:
        file = PdfFile(out)
        painter = Painter(file, losses)
        signed = tuple(signatures(package))
        attached: list[Attachment] = []
        entries: list[tuple[Entry, Places]] = []
        for number, document in enumerate(package.documents):
            own = tuple(each for each in signed if each.document == number)
            places: dict[str, Painted] = {}
            reader = PageReader(package, document, own)
            losses.page = len(painter.pages) + 1
            for page in reader.pages():
                places[page.identifier] = painter.page(page)
                losses.page = len(painter.pages) + 1
            losses.page = 0
            painter.lead(places)
            entries += [(entry, places) for entry in outline(document)]
            attached += package.attachments(document)
        if not painter.pages:
            raise Unreadable(Phrase("conversion.ofd.no-pages"))
        catalogue: dict[str, Value] = {"Type": Name("Catalog"), "Pages": painter.finish()}
        contents = write_outline(file, entries)
        if contents is not None:
            catalogue |= {"Outlines": contents, "PageMode": Name("UseOutlines")}
        files = _embedded(file, attached, losses)
        if files:
            named: list[Value] = [part for name, ref in sorted(files.items()) for part in (name, ref)]
            catalogue["Names"] = {"EmbeddedFiles": {"Names": named}}
        file.close(file.add(catalogue), file.add(_about(package.documents[0])), _identifier(source))
    return Conversion(
        pages_before=sum(document.number_of_pages for document in package.documents),
        pages=len(painter.pages),
        said=painter.lettering.said,
        is_whole=losses.keys() <= _COST_NO_TEXT,
        losses=losses.phrases(),
        substituted={
            asked: tuple(sorted(shown)) for asked, shown in sorted(painter.fonts.substituted.items())
        },
        attachments=tuple(files),
        stamps=sum(len(each.stamps) for each in signed),
        signatures=len(signed),
    )


def _identifier(source: Path) -> bytes:
    with source.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").digest()[:16]


def _about(document: Document) -> dict[str, Value]:
    info = child(document.body, "DocInfo")
    named = (("Title", "Title"), ("Author", "Author"), ("Subject", "Subject"), ("Creator", "Creator"))
    said: dict[str, Value] = {key: text for key, name in named if (text := text_of(child(info, name)))}
    day = re.match(r"(\d{4})-(\d\d)-(\d\d)", text_of(child(info, "CreationDate")))
    if day:
        said["CreationDate"] = f"D:{day[1]}{day[2]}{day[3]}".encode("ascii")
    return {**said, "Producer": "govbus"}


def _embedded(file: PdfFile, attached: list[Attachment], losses: Losses) -> dict[str, Ref]:
    left = ATTACHED_BYTES
    found: dict[str, Ref] = {}
    for each in attached:
        try:
            data = each.part.read(left)
        except Unreadable as e:
            losses.add(e.reason)
            continue
        left -= len(data)
        name = _free(each.name, found)
        stream = file.add_stream({"Type": Name("EmbeddedFile"), "Params": {"Size": len(data)}}, data)
        head: dict[str, Value] = {"Type": Name("Filespec"), "F": name, "UF": name, "EF": {"F": stream}}
        found[name] = file.add(head)
    return found


def _free(name: str, taken: Mapping[str, Ref]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        stem, dot, suffix = name.rpartition(".")
        free = f"{stem}-{number}{dot}{suffix}" if dot else f"{name}-{number}"
    return free
