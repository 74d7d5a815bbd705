# SPDX-License-Identifier: Apache-2.0
"""
The seals that signatures show on pages: a picture, or a small page of its own, as large as the stamp.

A seal is read once, however many pages it stamps. That it is shown says nothing about its worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from adapters.conversion.ofd.geometry import Box, moved, times
from adapters.conversion.ofd.losses import Losses
from adapters.conversion.ofd.paths import rectangle
from adapters.conversion.ofd.signatures import Signature, Stamp
from adapters.conversion.ofd.values import ClipArea, Group, Held, ImageItem, Item, Page, Place
from exchange.texts import Phrase


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A seal that is a page."""

    sheet: Box
    items: tuple[Item, ...]


_Seal = Held | _Drawing


class Stamps:
    """
    The stamps of one document, by page.

    Args:
        first_page: the first page of the OFD package in these bytes; None, and a loss, where there is none.
    """

    def __init__(
        self, signed: tuple[Signature, ...], losses: Losses, first_page: Callable[[bytes], Page | None]
    ) -> None:
        self._losses = losses
        self._first_page = first_page
        self._seals: dict[int, _Seal | None] = {}
        self._by_page: dict[str, list[tuple[Signature, Stamp]]] = {}
        for signature in signed:
            for stamp in signature.stamps:
                self._by_page.setdefault(stamp.page, []).append((signature, stamp))

    def items(self, page: str) -> Iterator[Item]:
        """What stands on the page with this identifier."""
        for signature, stamp in self._by_page.get(page, ()):
            if id(signature) not in self._seals:
                self._seals[id(signature)] = self._seal(signature)
            seal = self._seals[id(signature)]
            if seal is not None:
                yield _placed(seal, stamp)

    def _seal(self, signature: Signature) -> _Seal | None:
        picture = signature.picture()
        if picture is None:
            name = signature.identifier or "-"
            self._losses.add(Phrase("conversion.ofd.no-seal-picture", {"name": name}))
            return None
        if not picture.data.startswith(b"PK"):
            return Held("seal", picture.data)
        page = self._first_page(picture.data)
        return _Drawing(page.areas.sheet, tuple(page.items)) if page is not None else None


def _placed(seal: _Seal, stamp: Stamp) -> Item:
    area = stamp.boundary
    clips: tuple[tuple[ClipArea, ...], ...] = ()
    if stamp.clip is not None and not stamp.clip.is_empty:
        clips = ((ClipArea(moved(area.x, area.y), rectangle(stamp.clip)),),)
    if isinstance(seal, Held):
        sized = (area.width, 0.0, 0.0, area.height, area.x, area.y)
        return ImageItem(Place(area, sized, 1.0, clips), seal, is_ink=True)
    scaled = (area.width / seal.sheet.width, 0.0, 0.0, area.height / seal.sheet.height, area.x, area.y)
    return Group(Place(area, times(moved(-seal.sheet.x, -seal.sheet.y), scaled), 1.0, clips), seal.items)
