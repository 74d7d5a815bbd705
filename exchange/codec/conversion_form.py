# SPDX-License-Identifier: Apache-2.0
"""
The certificate of a conversion in XML, as it stands in the private part of a receipt.

Whatever a converter said, the receipt must be written: what XML cannot carry is replaced, what is too
long is cut, and of very many conversions those are left out for which there is no room.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from exchange.codec.xmlform import Element, Reader, attribute, attribute_of, element, number, readable
from exchange.model.conversion import WHOLLY, Conversion, ConversionStep, Difference, Seals
from exchange.model.digest import Digest
from exchange.model.identity import NUMBER_LIMIT

CONVERSIONS_MOST = 64
BYTES_MOST = 16 * 1024  # of all certificates of one receipt
NAME_MOST = 120  # characters of any name
STEPS_MOST, FACES_MOST = 8, 20


def write_conversions(conversions: Iterable[Conversion]) -> str:
    """*conversions* as elements, as many as there is room for."""
    written, room = "", BYTES_MOST
    for each in islice(conversions, CONVERSIONS_MOST):
        one = _written(each)
        room -= len(one.encode())
        if room < 0:
            break
        written += one
    return written


def read_conversions(private: Reader) -> tuple[Conversion, ...]:
    """Those in the private part that *private* reads."""
    return tuple(_read(each) for each in private.every("conversion"))


def _written(one: Conversion) -> str:
    steps = "".join(
        f'<step converter="{_name(each.converter)}" version="{_name(each.version)}"'
        f' format="{_name(each.format)}"/>'
        for each in one.steps[:STEPS_MOST]
    )
    faces = "".join(
        f'<face asked="{_name(asked)}" taken="{_name(taken)}"/>' for asked, taken in one.faces[:FACES_MOST]
    )
    counts = "".join(
        element(name, None if count is None or not _can_be(count) else str(count))
        for name, count in (
            ("characters", one.characters),
            ("lost", one.lost),
            ("pages-before", one.pages_before),
            ("pages", one.pages),
        )
    )
    return (
        f'<conversion delivered="{"result" if one.delivered else "original"}">'
        f"{element('part', readable(one.part, NAME_MOST))}{element('found', readable(one.found, NAME_MOST))}"
        f"{element('source', str(one.source))}{element('result', str(one.result))}"
        f"{steps}{counts}{faces}{_difference(one.difference)}"
        f"{_seals('seals-before', one.seals_before)}{_seals('seals-after', one.seals_after)}</conversion>"
    )


def _difference(one: Difference | None) -> str:
    if one is None or not (0 <= one.worst <= WHOLLY and _can_be(one.page) and _can_be(one.pages)):
        return ""
    return f'<difference page="{one.page}" pages="{one.pages}" worst="{one.worst}"/>'


def _seals(name: str, one: Seals | None) -> str:
    if one is None or not all(_can_be(count) for count in (one.valid, one.invalid, one.unproven)):
        return ""
    return f'<{name} invalid="{one.invalid}" unproven="{one.unproven}" valid="{one.valid}"/>'


def _can_be(count: int) -> bool:
    return 0 <= count < NUMBER_LIMIT


def _name(value: str) -> str:
    return attribute(readable(value, NAME_MOST))


def _read(element: Element) -> Conversion:
    found = Reader(element, "a conversion")
    steps = (
        ConversionStep(each.get("converter", ""), each.get("version", ""), each.get("format", ""))
        for each in found.every("step")
    )
    return Conversion(
        part=found.text("part"),
        found=found.text("found"),
        source=Digest.parse(found.text("source")),
        result=Digest.parse(found.text("result")),
        steps=tuple(steps),
        delivered=element.get("delivered") == "result",
        characters=_count(found, "characters"),
        lost=_count(found, "lost"),
        pages_before=_count(found, "pages-before"),
        pages=_count(found, "pages"),
        faces=tuple((each.get("asked", ""), each.get("taken", "")) for each in found.every("face")),
        difference=_difference_in(found.child("difference")),
        seals_before=_seals_in(found.child("seals-before")),
        seals_after=_seals_in(found.child("seals-after")),
    )


def _difference_in(said: Element | None) -> Difference | None:
    if said is None:
        return None
    worst, page, pages = _numbers(said, "worst", "page", "pages")
    return Difference(worst, page, pages)


def _seals_in(said: Element | None) -> Seals | None:
    if said is None:
        return None
    valid, invalid, unproven = _numbers(said, "valid", "invalid", "unproven")
    return Seals(valid, invalid, unproven)


def _numbers(said: Element, *names: str) -> list[int]:
    return [number(attribute_of(said, name, "a conversion"), name) for name in names]


def _count(found: Reader, name: str) -> int | None:
    said = found.optional(name)
    return None if said is None else number(said, name)
