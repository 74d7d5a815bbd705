# SPDX-License-Identifier: Apache-2.0
"""
What did not come through, or came through as something near it: gathered, and said in few words.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from adapters.conversion.ofd_writing.drawing import Shared
from exchange.texts import Phrase

MOST_NAMES: Final = 12


class Losses:
    """The losses of one conversion."""

    def __init__(self) -> None:
        self._said: list[Phrase] = []
        self._pictures: dict[str, list[int]] = {}
        self._regions: dict[str, list[int]] = {}

    def picture(self, page: int, feature: str) -> None:
        """A page became a picture for the sake of *feature*."""
        self._pictures.setdefault(feature, []).append(page)

    def region(self, page: int, feature: str) -> None:
        """A part of a page became a picture for the sake of *feature*."""
        pages = self._regions.setdefault(feature, [])
        if pages[-1:] != [page]:
            pages.append(page)

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
        if kinds["Link"]:
            self._add("conversion.loss.links", count=kinds["Link"])
        if kinds["Widget"]:
            self._add("conversion.loss.fields", count=kinds["Widget"])

    def _add(self, key: str, **values: object) -> None:
        self._said.append(Phrase(key, values))

    def said(self) -> tuple[str, ...]:
        whole, parts = self._pictures.items(), self._regions.items()
        pictures = [
            *(Phrase("conversion.loss.page-picture", _where(pages, feature)) for feature, pages in whole),
            *(Phrase("conversion.loss.region-picture", _where(pages, feature)) for feature, pages in parts),
        ]
        return tuple(str(each) for each in (*pictures, *self._said))


_NEAR: Final = {
    "colours": "conversion.loss.colours",
    "transparency": "conversion.loss.transparency",
}


def _where(pages: list[int], feature: str) -> dict[str, object]:
    return {"pages": _some([str(page) for page in pages]), "feature": feature}


def _some(names: list[str]) -> str:
    rest = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" … (+{rest})" if rest > 0 else "")
