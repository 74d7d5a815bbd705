# SPDX-License-Identifier: Apache-2.0
"""
The pages of an OFD document, one after another: their areas, and all that stands on them in order.

A page's objects come from its own layers, from templates below and above them, from annotations and
from the stamps of signatures. Each page is read when it is asked for and forgotten afterwards; what
cannot be read is a loss, and its page stays, empty, so that page numbers stay right.
"""

from __future__ import annotations

import posixpath
from collections.abc import Container, Iterator
from dataclasses import dataclass

from adapters.conversion.ofd import resources as res
from adapters.conversion.ofd.geometry import IDENTITY, Box, box, moved
from adapters.conversion.ofd.losses import Losses
from adapters.conversion.ofd.objects import ObjectReader
from adapters.conversion.ofd.package import Document, Package
from adapters.conversion.ofd.signatures import Signature
from adapters.conversion.ofd.stamps import Stamps
from adapters.conversion.ofd.values import Areas, Group, Item, Page, Part, Place
from adapters.conversion.unreadable import Unreadable
from adapters.conversion.xml_parts import Element, attribute, child, children, descendants, text_of
from exchange.texts import Phrase

A4 = Box(0.0, 0.0, 210.0, 297.0)  # where a document does not say how large its pages are
SMALLEST, LARGEST = 1.0, 5000.0  # millimetres: PDF knows no page beyond 14,400 points

_RANKS = {"Background": 0, "Body": 1, "Foreground": 2}
_TEMPLATES = 16  # inside each other, or on one page


@dataclass(frozen=True, slots=True)
class _Layer:
    rank: int
    element: Element
    reader: ObjectReader


class PageReader:
    """
    Reads the pages of one document.

    Args:
        stamped: the document's signatures; none are drawn where none are given.
    """

    def __init__(self, package: Package, document: Document, stamped: tuple[Signature, ...] = ()) -> None:
        self._package = package
        self._losses: Losses = package.losses
        self._document = document
        self._shared = res.of_document(package, document)
        common = child(document.root, "CommonData")
        self._area = child(common, "PageArea")
        self._templates = {attribute(each, "ID"): each for each in children(common, "TemplatePage")}
        self._read: dict[str, tuple[Element, ObjectReader] | None] = {}
        self._annotations = _annotations(package, document)
        self._stamps = Stamps(stamped, self._losses, self._first_page)

    def pages(self, numbers: Container[int] | None = None) -> Iterator[Page]:
        """Every page, in order; or those of *numbers*, from 0."""
        for number, entry in enumerate(self._document.pages()):
            if numbers is not None and number not in numbers:
                continue
            yield self._page(attribute(entry, "ID"), attribute(entry, "BaseLoc"))

    def _page(self, identifier: str, location: str) -> Page:
        part = self._package.locate(location, self._document.folder)
        if part is None:
            self._losses.add(Phrase("conversion.ofd.no-page", {"name": location or identifier}))
        root = self._root(part) if part is not None else None
        if part is None or root is None:
            return Page(identifier, areas(self._area, None))
        folder = posixpath.dirname(part.name)
        own = res.of_page(self._package, root, folder=folder, document=self._document, shared=self._shared)
        return Page(identifier, areas(self._area, child(root, "Area")), self._items(identifier, root, own))

    def _items(self, identifier: str, root: Element, own: res.Resources) -> Iterator[Item]:
        layers = list(self._layers(root, ObjectReader(own, self._losses)))
        for layer in sorted(layers, key=lambda each: each.rank):
            yield from layer.reader.items(layer.element, attribute(layer.element, "DrawParam"))
        yield from self._annotated(identifier, own)
        yield from self._stamps.items(identifier)

    # ---- layers and templates

    def _layers(self, root: Element, reader: ObjectReader, depth: int = 0) -> Iterator[_Layer]:
        below: list[_Layer] = []
        above: list[_Layer] = []
        for use in list(children(root, "Template"))[:_TEMPLATES]:
            order = attribute(use, "ZOrder") or self._order_of(attribute(use, "TemplateID"))
            rank = _RANKS.get(order, 0)
            layers = self._template(attribute(use, "TemplateID"), depth)
            (above if rank == 2 else below).extend(_Layer(rank, each.element, each.reader) for each in layers)
        yield from below
        for layer in children(child(root, "Content"), "Layer"):
            yield _Layer(_RANKS.get(attribute(layer, "Type", "Body"), 1), layer, reader)
        yield from above

    def _order_of(self, identifier: str) -> str:
        entry = self._templates.get(identifier)
        return attribute(entry, "ZOrder", "Background") if entry is not None else "Background"

    def _template(self, identifier: str, depth: int) -> list[_Layer]:
        if depth >= _TEMPLATES:
            self._losses.add(Phrase("conversion.ofd.ring", {"name": identifier}))
            return []
        if identifier not in self._read:
            self._read[identifier] = self._template_read(identifier)
        found = self._read[identifier]
        return list(self._layers(*found, depth + 1)) if found is not None else []

    def _template_read(self, identifier: str) -> tuple[Element, ObjectReader] | None:
        entry = self._templates.get(identifier)
        location = attribute(entry, "BaseLoc") if entry is not None else ""
        part = self._package.locate(location, self._document.folder)
        if part is None:
            self._losses.add(Phrase("conversion.ofd.no-template", {"name": location or identifier}))
            return None
        root = self._root(part)
        if root is None:
            return None
        folder = posixpath.dirname(part.name)
        own = res.of_page(self._package, root, folder=folder, document=self._document, shared=self._shared)
        return root, ObjectReader(own, self._losses)

    # ---- what is put on top

    def _annotated(self, identifier: str, own: res.Resources) -> Iterator[Item]:
        for part in self._annotations.get(identifier, ()):
            root = self._root(part)
            if root is None:
                continue
            folder = posixpath.dirname(part.name)
            reader = ObjectReader(
                res.of_page(self._package, root, folder=folder, document=self._document, shared=own),
                self._losses,
            )
            for note in descendants(root, "Annot"):
                if attribute(note, "Visible").lower() not in ("false", "0"):
                    yield from _appearances(note, reader)

    def _first_page(self, data: bytes) -> Page | None:
        """The first page of a package inside this one, without its signatures."""
        try:
            package = Package(data, self._losses)
        except Unreadable as e:
            self._losses.add(e.reason)
            return None
        return next(PageReader(package, package.documents[0]).pages(), None)

    def _root(self, part: Part) -> Element | None:
        try:
            return self._package.xml(part)
        except Unreadable as e:
            self._losses.add(e.reason)
            return None


def areas(shared: Element | None, own: Element | None) -> Areas:
    """
    The boxes of a page: its own word first, then the document's.

    Source: GB/T 33190, 7.6: what is outside the application box is not shown; one that lies wholly
    outside the sheet, which would leave nothing, is not believed.
    """
    sheet = _said("PhysicalBox", own, shared)
    if sheet is None or not _sensible(sheet):
        sheet = A4
    shown = sheet
    for name in ("ApplicationBox", "CropBox"):
        said = _said(name, own, None if own is not None else shared)
        if said is not None and not said.within(shown).is_empty:
            shown = said.within(shown)
    return Areas(sheet, shown, _said("ContentBox", own, shared), _said("BleedBox", own, shared))


def _said(name: str, *places: Element | None) -> Box | None:
    for place in places:
        found = box(text_of(child(place, name)))
        if found is not None:
            return found
    return None


def _sensible(sheet: Box) -> bool:
    return all(SMALLEST <= side <= LARGEST for side in (sheet.width, sheet.height))


def _annotations(package: Package, document: Document) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for name in children(document.root, "Annotations"):
        listed = package.locate(text_of(name), document.folder)
        if listed is None:
            continue
        try:
            root = package.xml(listed)
        except Unreadable as e:
            package.losses.add(e.reason)
            continue
        for entry in descendants(root, "Page"):
            location = text_of(child(entry, "FileLoc"))
            part = package.locate(location, posixpath.dirname(listed.name), document.folder)
            if part is None:
                package.losses.add(Phrase("conversion.container.missing", {"what": location or "Annot"}))
            else:
                found.setdefault(attribute(entry, "PageID"), []).append(part)
    return found


def _appearances(note: Element, reader: ObjectReader) -> Iterator[Group]:
    for appearance in children(note, "Appearance"):
        boundary = box(attribute(appearance, "Boundary")) or Box(0.0, 0.0, 0.0, 0.0)
        way = moved(boundary.x, boundary.y) if boundary != Box(0.0, 0.0, 0.0, 0.0) else IDENTITY
        yield Group(Place(boundary, way), tuple(reader.items(appearance)))
