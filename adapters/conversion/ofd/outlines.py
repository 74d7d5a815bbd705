# SPDX-License-Identifier: Apache-2.0
"""The outline of a document, GB/T 33190, 7.8: titles that lead to places on pages, inside each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.conversion.ofd.geometry import number
from adapters.conversion.ofd.package import Document
from adapters.conversion.ofd.values import Target
from adapters.conversion.xml_parts import Element, attribute, child, children, descendants

ENTRIES = 10_000  # of one document


@dataclass(frozen=True, slots=True)
class Entry:
    """A title of the outline, and what is under it."""

    title: str
    target: Target | None
    below: tuple[Entry, ...] = ()
    is_open: bool = True


def outline(document: Document) -> tuple[Entry, ...]:
    """The entries of the outermost level."""
    found = child(document.root, "Outlines")
    left = [ENTRIES]
    return tuple(_entries(found, _bookmarks(document), left)) if found is not None else ()


def _entries(parent: Element, bookmarks: dict[str, Target], left: list[int]) -> Iterator[Entry]:
    for each in children(parent, "OutlineElem"):
        left[0] -= 1
        if left[0] < 0:
            return
        yield Entry(
            attribute(each, "Title"),
            _target(child(each, "Actions"), bookmarks),
            tuple(_entries(each, bookmarks, left)),
            attribute(each, "Expanded", "true").lower() not in ("false", "0"),
        )


def _bookmarks(document: Document) -> dict[str, Target]:
    listed = children(child(document.root, "Bookmarks"), "Bookmark")
    return {attribute(each, "Name"): place for each in listed if (place := destination(child(each, "Dest")))}


def _target(actions: Element | None, bookmarks: dict[str, Target]) -> Target | None:
    if actions is None:
        return None
    for goto in descendants(actions, "Goto"):
        named = child(goto, "Bookmark")
        place = (
            bookmarks.get(attribute(named, "Name")) if named is not None else destination(child(goto, "Dest"))
        )
        if place is not None:
            return place
    return None


def destination(dest: Element | None) -> Target | None:
    """The place that a Dest says."""
    if dest is None:
        return None
    left, top = attribute(dest, "Left"), attribute(dest, "Top")
    return Target(
        attribute(dest, "PageID"),
        number(left, 0.0) if left else None,
        number(top, 0.0) if top else None,
    )
