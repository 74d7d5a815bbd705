# SPDX-License-Identifier: Apache-2.0
"""
An OFD package: its documents, and the way from a name written in one part to the part that it means.

Real packages write paths from the root, from the part, from the document, in another case and with
backslashes; `Package.locate` tries what readers try, in one order. What is inside the parts is read
elsewhere.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from adapters.conversion.containers import Container, joined
from adapters.conversion.ofd.losses import Losses
from adapters.conversion.ofd.values import Part
from adapters.conversion.unreadable import Missing, Unreadable
from adapters.conversion.xml_parts import Element, attribute, child, children, descendants, parse, text_of
from exchange.texts import Phrase

ROOT = "OFD.xml"
DOCUMENTS = 100  # of one package; what comes after is left out and said
PAGES = 20_000  # of one document


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a package: its root part, and what OFD.xml says of it."""

    body: Element  # DocBody in OFD.xml
    root: Element  # Document.xml
    folder: str  # of Document.xml

    @property
    def number_of_pages(self) -> int:
        """How many pages it says that it has."""
        return sum(1 for _ in children(child(self.root, "Pages"), "Page"))

    def pages(self) -> list[Element]:
        """Its Page entries, in order, no more than are read."""
        return list(children(child(self.root, "Pages"), "Page"))[:PAGES]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a document carries along."""

    name: str
    part: Part


class Package:
    """
    An open OFD package; a context manager.

    Raises:
        Unreadable: it is no container, has no OFD.xml, or none of its documents can be read.
    """

    def __init__(self, source: Path | bytes, losses: Losses) -> None:
        self.losses = losses
        self.container = Container(source)
        try:
            self.root = self._rooted()
            self.documents = self._documents()
        except BaseException:
            self.container.close()
            raise

    def __enter__(self) -> Package:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self.container.close()

    def _rooted(self) -> Element:
        if self.container.find(ROOT) is None:
            raise Unreadable(Phrase("conversion.ofd.no-root"))
        return self.xml(Part(self.container, ROOT))

    def _documents(self) -> tuple[Document, ...]:
        found: list[Document] = []
        refused: Unreadable | None = None
        bodies = list(children(self.root, "DocBody"))
        if len(bodies) > DOCUMENTS:
            values = {"found": len(bodies), "limit": DOCUMENTS}
            self.losses.add(Phrase("conversion.ofd.too-many-documents", values))
        for body in bodies[:DOCUMENTS]:
            try:
                found.append(self._document(body))
            except Unreadable as e:
                refused = e
                self.losses.add(e.reason)
        if not found and any(name.casefold().endswith("encryptions.xml") for name in self.container.names):
            raise Unreadable(Phrase("conversion.ofd.encrypted"))
        if not found:
            raise refused or Unreadable(Phrase("conversion.ofd.no-document"))
        return tuple(found)

    def _document(self, body: Element) -> Document:
        name = text_of(child(body, "DocRoot"))
        part = self.locate(name, "")
        if not name or part is None:
            raise Missing(Phrase("conversion.container.missing", {"what": name or "DocRoot"}))
        document = Document(body, self.xml(part), posixpath.dirname(part.name))
        if document.number_of_pages > PAGES:
            values = {"found": document.number_of_pages, "limit": PAGES}
            self.losses.add(Phrase("conversion.ofd.too-many-pages", values))
        return document

    def xml(self, part: Part) -> Element:
        """
        The root element of an XML part.

        Raises:
            Unreadable: it cannot be read.
        """
        return parse(part.read(), what=part.name, lenient=True)

    def locate(self, name: str, *folders: str) -> Part | None:
        """The part that *name* means where it stands in the first of *folders*, else in another of them."""
        if not name.strip():
            return None
        tried = [joined(folder, name) for folder in (*folders, "")]
        tried += [joined(folder, name.strip().lstrip("/\\")) for folder in folders]
        for each in tried:
            found = self.container.find(each)
            if found is not None:
                return Part(self.container, found)
        return None

    def attachments(self, document: Document) -> list[Attachment]:
        """The files that a document carries along; one that is not there is a loss."""
        listed = self.locate(text_of(child(document.root, "Attachments")), document.folder)
        if listed is None:
            return []
        found = []
        for entry in descendants(self._or_nothing(listed), "Attachment"):
            location = text_of(child(entry, "FileLoc"))
            part = self.locate(location, posixpath.dirname(listed.name), document.folder)
            name = attribute(entry, "Name") or posixpath.basename(location)
            if part is None:
                self.losses.add(Phrase("conversion.ofd.no-attachment", {"name": name}))
            else:
                found.append(Attachment(_with_suffix(name, part.name), part))
        return found

    def _or_nothing(self, part: Part) -> Element:
        try:
            return self.xml(part)
        except Unreadable as e:
            self.losses.add(e.reason)
            return parse(b"<nothing/>", what=part.name)


def _with_suffix(name: str, stored: str) -> str:
    suffix = posixpath.splitext(stored)[1]
    return name if posixpath.splitext(name)[1] or not suffix else name + suffix
