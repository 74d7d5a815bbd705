# SPDX-License-Identifier: Apache-2.0
"""
Why something was refused, as whoever reads it can use it: the sentence with its values, and the next step.

What stands in a receipt to a department has both in it already. At the hub they are said from what it noted
when it refused; what a receiver wrote for the sender alone is not known there, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from cli.context import lang, words
from cli.typable import at_hub, typable
from exchange.edge.queries import FoundReceipt
from exchange.model.receipt import HUB
from exchange.texts import CODES, TEXTS, Phrase, hint_of, say


def sentence(receipt: FoundReceipt) -> str:
    """What *receipt* says beside its code; empty where it says nothing, or nothing that is known here."""
    if receipt.text or receipt.reason is not None:
        return receipt.text or _said(receipt.reason)
    if receipt.code and receipt.by != HUB and _is_hubs():
        return words("receipt.for-the-sender")
    return _whole(receipt.code) if receipt.code in CODES else ""


def next_step(receipt: FoundReceipt) -> str:
    """What to do about it; empty where its author has said so, or where it cannot be said whole."""
    if receipt.text:
        return ""
    return step(receipt.code, receipt.reason)


def step(code: str, reason: Phrase | None = None) -> str:
    """What to try about *code*, as it can be typed where this command was; empty where it has open places."""
    if code not in CODES:
        return ""
    key = hint_of(code, at_hub=_is_hubs())
    return typable(_said(Phrase(key, reason.values)) if reason else _whole(key), _config())


def told(code: str, said: str, step_: str) -> Iterator[str]:
    """The lines that say it: code and sentence, and the next step below."""
    if code or said:
        yield f"{code}  {said}".strip()
    if step_:
        yield f"{words('check.next')}: {step_}"


def signer(by: str) -> object:
    """Who signed, as people are told it: a participant by its id, the hub by its word."""
    return Phrase("message.by-hub") if by == HUB else by


def _said(phrase: Phrase | None) -> str:
    return "" if phrase is None else say(phrase.key, lang(), **phrase.values)


def _whole(key: str) -> str:
    """The sentence *key* if it has no place to fill."""
    return say(key, lang()) if "{" not in TEXTS[key][0] else ""


def _config() -> Path | None:
    return click.get_current_context().params.get("config")


def _is_hubs() -> bool:
    return at_hub("", _config())
