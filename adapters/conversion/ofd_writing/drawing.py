# SPDX-License-Identifier: Apache-2.0
"""
What all pages of one conversion share, and what a page's content says that OFD has no words for.

A page's interpreter draws to a canvas of its own and takes fonts and pictures from here; losses are
noted here, each once. Knows no operator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pdfminer.pdftypes import PDFStream

from adapters.conversion.ofd_writing.colours import Rgb
from adapters.conversion.ofd_writing.fonts import Font, Programs, font
from adapters.conversion.ofd_writing.images import Picture, picture
from adapters.conversion.ofd_writing.layers import Layers
from adapters.conversion.ofd_writing.objects import dictionary, filters, identity
from adapters.conversion.ofd_writing.package import Package
from adapters.conversion.ofd_writing.shelf import Shelf
from adapters.conversion.ofd_writing.unsupported import Unsupported
from exchange.texts import Phrase


@dataclass(slots=True)
class Shared:
    """
    What outlives a page.

    layers: which optional content is shown;
    files: what is attached to places on pages;
    approximate: what made a colour or a transparency come through as a near one.
    """

    package: Package
    shelf: Shelf
    layers: Layers
    files: list[Mapping[str, Any]] = field(default_factory=list)
    approximate: set[str] = field(default_factory=set)
    _programs: Programs = field(default_factory=Programs)
    _fonts: dict[int, Font] = field(default_factory=dict)
    _pictures: dict[tuple[int, Rgb], int | None] = field(default_factory=dict)

    def font(self, value: object) -> Font:
        """The font that a resource refers to, read once."""
        key = identity(value)
        if not key:
            return font(value, self._programs)
        if key not in self._fonts:
            self._fonts[key] = font(value, self._programs)
        return self._fonts[key]

    def picture(self, found: PDFStream, named: Mapping[str, object] | None, ink: Rgb) -> int:
        """
        The ID of the resource that shows a picture, stored once.

        Raises:
            Unsupported: it cannot be read.
        """
        key = (found.objid or 0, ink)
        known = self._pictures.get(key) if found.objid else None
        if known is None:
            made = picture(found, named, ink)
            if made is None:
                coding = ", ".join(filters(found)) or "-"
                raise Unsupported(Phrase("conversion.feature.picture", {"coding": coding}))
            known = self._stored(made)
            if found.objid:
                self._pictures[key] = known
        return known

    def _stored(self, made: Picture) -> int:
        if made.approximate:
            self.approximate.add("colours")
        return self.package.picture(made.content, made.extension)


@dataclass(frozen=True, slots=True)
class Resources:
    """A content stream's resources; what a form lacks, it takes from the stream that draws it."""

    attributes: Mapping[str, Any]
    above: Resources | None = None

    def of(self, kind: str) -> Mapping[str, Any]:
        """The resources of one kind, by name."""
        return dictionary(self.attributes.get(kind))

    def named(self, kind: str, label: str) -> Any:
        """One resource, None where there is none of that name."""
        found = self.of(kind).get(label)
        if found is None and self.above is not None:
            return self.above.named(kind, label)
        return found
