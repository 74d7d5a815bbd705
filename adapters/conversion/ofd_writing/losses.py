# SPDX-License-Identifier: Apache-2.0
"""
What did not come through, or came through as something near it: gathered, and said in few words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from adapters.conversion.ofd_writing.appearances import PLAYED, SIGNATURE
from adapters.conversion.ofd_writing.drawing import Shared
from exchange.texts import Phrase

MOST_NAMES: Final = 12


class Losses:
    """The losses of one conversion."""

    def __init__(self) -> None:
        self._said: list[Phrase] = []
        self._pictures = _Places()
        self._regions = _Places()

    def picture(self, page: int, feature: Phrase) -> None:
        """A page became a picture for the sake of *feature*."""
        self._pictures.add(page, feature)

    def region(self, page: int, feature: Phrase) -> None:
        """A part of a page became a picture for the sake of *feature*."""
        self._regions.add(page, feature)

    def gather(self, shared: Shared, kinds: Counter[str]) -> None:
        """What the drawing of all pages has noted."""
        shelf = shared.shelf
        if shelf.not_embedded:
            self._add("conversion.loss.fonts", fonts=_some(sorted(shelf.not_embedded)))
        if shelf.damaged:
            self._add("conversion.loss.font-damaged", fonts=_some(sorted(shelf.damaged)))
        if shelf.unnamed:
            self._add("conversion.loss.unnamed", count=shelf.unnamed)
        for kind in sorted(shared.approximate):
            self._said.append(Phrase(_NEAR[kind]))
        for kind, key in _BY_KIND:
            if kinds[kind]:
                self._add(key, count=kinds[kind])

    def _add(self, key: str, **values: object) -> None:
        self._said.append(Phrase(key, values))

    def said(self) -> tuple[Phrase, ...]:
        pages = [Phrase("conversion.loss.page-picture", place) for place in self._pictures.said()]
        parts = [Phrase("conversion.loss.region-picture", place) for place in self._regions.said()]
        return (*pages, *parts, *self._said)


class _Places:
    """Pages, by the feature that stands on them."""

    def __init__(self) -> None:
        self._pages: dict[str, tuple[Phrase, list[int]]] = {}

    def add(self, page: int, feature: Phrase) -> None:
        _, pages = self._pages.setdefault(str(feature), (feature, []))
        if pages[-1:] != [page]:
            pages.append(page)

    def said(self) -> Iterator[dict[str, object]]:
        for feature, pages in self._pages.values():
            yield {"pages": _some([str(page) for page in pages]), "feature": feature}


_BY_KIND: Final = (
    (SIGNATURE, "conversion.loss.signatures"),
    ("Link", "conversion.loss.links"),
    ("Widget", "conversion.loss.fields"),
    (PLAYED, "conversion.loss.played"),
)
_NEAR: Final = {
    "colours": "conversion.loss.colours",
    "transparency": "conversion.loss.transparency",
}


def _some(names: list[str]) -> str:
    rest = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" … (+{rest})" if rest > 0 else "")
