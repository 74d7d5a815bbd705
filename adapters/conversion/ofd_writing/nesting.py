# SPDX-License-Identifier: Apache-2.0
"""
How often a page draws its forms, counted before anything is drawn.

A form may draw another, ten times over, and that one the next: a few kilobytes that no reader finishes.
Nothing is executed here: how often each form is drawn follows from how often it is named, level by level.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pdfminer.pdftypes import PDFStream

from adapters.conversion.ofd_writing.objects import dictionary, name, stream
from adapters.conversion.ofd_writing.unpacking import unpacked
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

MOST_STEPS: Final = 100_000  # of one page: forms drawn, and what is in those drawn again
STEP_BYTES: Final = 256  # of content that is drawn again
DEEPEST: Final = 40  # as deep as PDFium goes
_DRAWN: Final = re.compile(
    rb"/([^\x00\s()<>\[\]{}/%]+)(?:[\x00\s]|%[^\r\n]*[\r\n])+Do(?![^\x00\s()<>\[\]{}/%])"
)
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")

_Named = Mapping[str, Any]  # the resources in force


class Forms:
    """The forms of one page."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[PDFStream, _Named]] = {}
        self._inside: dict[tuple[int, int], Counter[tuple[int, int]]] = {}
        self._contexts: dict[int, _Named] = {}
        self._times: Counter[int] = Counter()

    def judge(self, contents: Sequence[PDFStream], resources: _Named, annotations: Sequence[Any]) -> None:
        """
        Whether a page of *contents* and *annotations* can be drawn in a time that is worth waiting for.

        Raises:
            Unreadable: it cannot.
        """
        level = Counter[tuple[int, int]]()
        for each in contents:
            level += self._named_in(each, resources)
        level.update(self._key(found, resources) for each in annotations for found in _appearances(each))
        for _ in range(DEEPEST):
            if not level:
                return
            self._count(level)
            below = Counter[tuple[int, int]]()
            for key, times in level.items():
                for inner, often in self._within(key).items():
                    below[inner] += times * often
            level = below

    def _count(self, level: Counter[tuple[int, int]]) -> None:
        for (form, _), times in level.items():
            self._times[form] += times
        steps = sum(
            times + (times - 1) * (len(unpacked(self._kept[form][0])) // STEP_BYTES)
            for form, times in self._times.items()
        )
        if steps > MOST_STEPS:
            raise Unreadable(Phrase("conversion.pdf.forms", {"limit": MOST_STEPS}))

    def _within(self, key: tuple[int, int]) -> Counter[tuple[int, int]]:
        if key not in self._inside:
            self._inside[key] = self._named_in(self._kept[key[0]][0], self._contexts[key[1]])
        return self._inside[key]

    def _named_in(self, found: PDFStream, resources: _Named) -> Counter[tuple[int, int]]:
        """The forms that a content stream draws, and how often it names each."""
        objects = dictionary(resources.get("XObject"))
        named = (
            Counter(_ESCAPE.sub(_byte, each) for each in _DRAWN.findall(unpacked(found))) if objects else {}
        )
        drawn = Counter[tuple[int, int]]()
        for label, times in named.items():
            form = stream(objects.get(label.decode("utf-8", "ignore"), objects.get(label.decode("latin-1"))))
            if form is not None and name(form.get("Subtype")) == "Form":
                drawn[self._key(form, resources)] += times
        return drawn

    def _key(self, form: PDFStream, outer: _Named) -> tuple[int, int]:
        """What stands for *form* where *outer* is in force: a form without resources takes those."""
        number = form.objid or id(form)
        _, own = self._kept.setdefault(number, (form, dictionary(form.get("Resources"))))
        context = own or outer
        self._contexts[id(context)] = context
        return number, id(context)


def _byte(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 16)])


def _appearances(annotation: object) -> Iterator[PDFStream]:
    normal = dictionary(dictionary(annotation).get("AP")).get("N")
    itself = stream(normal)
    states = [itself] if itself is not None else [stream(each) for each in dictionary(normal).values()]
    yield from (each for each in states if each is not None)
