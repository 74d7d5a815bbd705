# SPDX-License-Identifier: Apache-2.0
"""
What a receipt's private part says about conversions, for `govbus receipt show` at the sender.

Only the sender has the key that opens it; the hub shows nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from cli.context import show
from cli.sides import Side
from exchange.codec.suite_intl import INTL
from exchange.converter import Report
from exchange.edge.keystore import load_decryption_keys
from exchange.edge.settings import AdapterSettings
from exchange.model.conversion import Conversion, Seals
from exchange.model.format import format_word
from exchange.model.receipt import Receipt
from exchange.role.settling import said_privately
from exchange.texts import Phrase


def conversions_in(side: Side, receipt: Receipt) -> tuple[Conversion, ...]:
    """The certificates in *receipt*, where it was written to us."""
    settings = side.settings
    if not receipt.private or not isinstance(settings, AdapterSettings) or receipt.by == side.me:
        return ()
    private = said_privately(receipt, load_decryption_keys(settings.participant.keys), INTL)
    return () if private is None else private.conversions


def facts(one: Conversion) -> Mapping[str, Any]:
    """A certificate as JSON has it."""
    return {
        "part": one.part,
        "found": one.found,
        "source": str(one.source),
        "result": str(one.result),
        "delivered": "result" if one.delivered else "original",
        "steps": [{"converter": s.converter, "version": s.version, "format": s.format} for s in one.steps],
        "characters": one.characters,
        "lost": one.lost,
        "pages_before": one.pages_before,
        "pages": one.pages,
        "faces": dict(one.faces),
        **measured(one),
    }


def measured(one: Conversion | Report) -> Mapping[str, Any]:
    """What was measured on both sides, as JSON has it; null = it was not."""
    found = one.difference
    return {
        "difference": found and {"share": found.share, "page": found.page, "pages": found.pages},
        "seals_before": _counts(one.seals_before),
        "seals_after": _counts(one.seals_after),
    }


def _counts(seals: Seals | None) -> Mapping[str, int] | None:
    return None if seals is None else {"count": seals.count, **asdict(seals)}


def show_conversions(conversions: tuple[Conversion, ...]) -> None:
    """The certificates for people, below the receipt's fields."""
    for one in conversions:
        way = " -> ".join(map(format_word, (one.found, *(step.format for step in one.steps))))
        show("conversion.certificate", part=one.part, way=way)
        for key, values in _lines(one):
            show(key, **values)


def _lines(one: Conversion) -> Iterator[tuple[str, dict[str, object]]]:
    yield "conversion.certificate.source", {"digest": one.source}
    yield "conversion.certificate.result", {"digest": one.result}
    for step in one.steps:
        yield "conversion.certificate.step", {"converter": step.converter, "version": step.version}
    if one.characters is not None:
        lost = "?" if one.lost is None else one.lost
        yield "conversion.certificate.characters", {"characters": one.characters, "lost": lost}
    if one.pages is not None:
        before = "?" if one.pages_before is None else one.pages_before
        yield "conversion.certificate.pages", {"before": before, "pages": one.pages}
    for asked, taken in one.faces:
        yield "conversion.certificate.face", {"asked": asked, "taken": taken}
    yield from measured_lines(one)
    if not one.delivered:
        yield "conversion.report.original", {}


def measured_lines(one: Conversion | Report) -> Iterator[tuple[str, dict[str, object]]]:
    """The same for people; nothing of what was not measured."""
    if (found := one.difference) is not None:
        values = {"page": found.page, "percent": f"{found.share:.2%}", "pages": found.pages}
        yield "conversion.certificate.difference", values
    before, after = one.seals_before, one.seals_after
    if before is not None or after is not None:
        yield "conversion.certificate.seals", {"before": _said(before), "after": _said(after)}
    if before is not None and after is not None and before.count > after.count:
        yield "conversion.certificate.seals.pictures", {}


def _said(seals: Seals | None) -> str | Phrase:
    if seals is None:
        return "?"
    return Phrase("conversion.seals", {"count": seals.count, **asdict(seals)}) if seals.count else "0"
