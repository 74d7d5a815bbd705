# SPDX-License-Identifier: Apache-2.0
"""
What the objects of a page refer to by identifier: fonts, colour spaces, media, drawing parameters, units.

Resource parts are read once for a document, and once more for a page that has its own; the page's own
win. A resource part that is missing is a loss, not a refusal: most documents say everything twice.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from adapters.conversion.containers import joined
from adapters.conversion.ofd.package import Document, Package
from adapters.conversion.ofd.values import Face, Part
from adapters.conversion.unreadable import Unreadable
from adapters.conversion.xml_parts import Element, attribute, child, children, descendants, name_of, text_of
from exchange.texts import Phrase

INHERITED = 16  # drawing parameters in one chain


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """How the numbers of a colour are meant."""

    kind: str  # GRAY, RGB or CMYK
    largest: int = 255
    palette: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything by its identifier."""

    fonts: dict[str, Face] = field(default_factory=dict)
    colour_spaces: dict[str, ColourSpace] = field(default_factory=dict)
    media: dict[str, Part | None] = field(default_factory=dict)
    draw_params: dict[str, Element] = field(default_factory=dict)
    units: dict[str, Element] = field(default_factory=dict)
    default_space: str = ""

    def with_those_of(self, other: Resources) -> Resources:
        """These, and those of *other*, which win."""
        return Resources(
            self.fonts | other.fonts,
            self.colour_spaces | other.colour_spaces,
            self.media | other.media,
            self.draw_params | other.draw_params,
            self.units | other.units,
            self.default_space,
        )


@dataclass(frozen=True, slots=True)
class Style:
    """An object's own words first, then its drawing parameters', then those of its layer."""

    elements: tuple[Element, ...]

    def word(self, name: str, default: str = "") -> str:
        """The attribute *name*, from the first that has it."""
        return next((word for each in self.elements if (word := attribute(each, name))), default)

    def element(self, name: str) -> Element | None:
        """The child *name*, from the first that has it."""
        return next((found for each in self.elements if (found := child(each, name)) is not None), None)


def chain(identifiers: Iterable[str], draw_params: Mapping[str, Element]) -> Iterator[Element]:
    """The drawing parameters named, each followed by those it is relative to; a ring ends where it began."""
    for identifier in identifiers:
        seen: set[str] = set()
        while identifier in draw_params and identifier not in seen and len(seen) < INHERITED:
            seen.add(identifier)
            yield draw_params[identifier]
            identifier = attribute(draw_params[identifier], "Relative")


def of_document(package: Package, document: Document) -> Resources:
    """The resources of a whole document."""
    shared = child(document.root, "CommonData")
    default = text_of(child(shared, "DefaultCS"))
    found = Resources(default_space=default)
    for name in children(shared, "PublicRes", "DocumentRes"):
        found = found.with_those_of(_read(package, text_of(name), document.folder, document.folder))
    return found


def of_page(
    package: Package, page: Element, *, folder: str, document: Document, shared: Resources
) -> Resources:
    """The resources of a page: the document's, and its own."""
    found = shared
    for name in children(page, "PageRes"):
        found = found.with_those_of(_read(package, text_of(name), folder, document.folder))
    return found


def _read(package: Package, name: str, folder: str, document_folder: str) -> Resources:
    part = package.locate(name, folder, document_folder)
    if part is None:
        package.losses.add(Phrase("conversion.ofd.no-resources", {"name": name}))
        return Resources()
    try:
        root = package.xml(part)
    except Unreadable as e:
        package.losses.add(e.reason)
        return Resources()
    own = posixpath.dirname(part.name)
    folders = (joined(own, attribute(root, "BaseLoc") or "."), own, document_folder)
    found = Resources()
    for each in descendants(root, "Font", "ColorSpace", "MultiMedia", "DrawParam", "CompositeGraphicUnit"):
        _take(each, found, package, folders)
    return found


def _take(each: Element, found: Resources, package: Package, folders: tuple[str, ...]) -> None:
    identifier = attribute(each, "ID")
    match name_of(each):
        case "Font":
            found.fonts[identifier] = _face(each, package, folders)
        case "ColorSpace":
            found.colour_spaces[identifier] = _colour_space(each)
        case "MultiMedia":
            found.media[identifier] = package.locate(text_of(child(each, "MediaFile")), *folders)
        case "DrawParam":
            found.draw_params[identifier] = each
        case _:
            found.units[identifier] = each


def _face(each: Element, package: Package, folders: tuple[str, ...]) -> Face:
    written = text_of(child(each, "FontFile"))
    name = attribute(each, "FontName")
    part = package.locate(written, *folders)
    if written and part is None:
        package.losses.add(Phrase("conversion.ofd.no-font-file", {"name": name, "file": written}))
    return Face(
        name=name,
        family=attribute(each, "FamilyName"),
        bold=_true(each, "Bold"),
        italic=_true(each, "Italic"),
        file=part,
    )


def _colour_space(each: Element) -> ColourSpace:
    bits = attribute(each, "BitsPerComponent", "8")
    largest = (1 << int(bits)) - 1 if bits in ("1", "2", "4", "8", "16") else 255
    palette = tuple(text_of(entry) for entry in children(child(each, "Palette"), "CV"))
    return ColourSpace(attribute(each, "Type", "RGB").upper(), largest, palette)


def _true(each: Element, name: str) -> bool:
    return attribute(each, name).strip().lower() in ("true", "1")
