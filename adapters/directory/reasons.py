# SPDX-License-Identifier: Apache-2.0
"""
What stands in a reason file, and what the bus answered on the way there.

A reason is a code, a sentence and a hint in the configured language; a message to many receivers
has one for each that failed. Answers are kept in the claim, because the last receipt of a message
need not be the one that explains it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from adapters.directory.orders import Fault
from exchange import Settled, files, texts

FAILING = frozenset({"rejected", "returned", "expired", "recalled"})  # receipts that end badly


def of_fault(fault: Fault) -> bytes:
    """The reason file about files that never went out, or should not have."""
    return _file([fault.code, fault.text, fault.hint])


def of_answers(answers: Sequence[str], message_id: str, lang: str) -> bytes:
    """The reason file about a message that not all its receivers took."""
    about = [texts.say("hot-folder.message", lang, message_id=message_id)] if message_id else []
    return _file([*answers, *about])


class Answers:
    """The failing receipts about one claim, each as the paragraph that people will read."""

    def __init__(self, folder: Path, lang: str) -> None:
        self._path = folder / "answers.json"
        self._lang = lang

    def add(self, receipt: Settled) -> None:
        """Keep what *receipt* says, once."""
        said = self._said(receipt)
        known = self.all()
        if said not in known:
            files.replace(self._path, json.dumps([*known, said]).encode())

    def all(self) -> list[str]:
        try:
            known: list[str] = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return []
        return known

    def _said(self, receipt: Settled) -> str:
        at = receipt.at.astimezone().isoformat(sep=" ", timespec="seconds")  # local, with its offset
        key = "rejected-here" if receipt.receiver is None and receipt.kind == "rejected" else receipt.kind
        who = str(receipt.receiver or receipt.by)
        answer = texts.say(f"hot-folder.{key}", self._lang, who=who, by=receipt.by, at=at)
        hint = self._hint(receipt)
        return "\n".join(filter(None, (receipt.code, answer, receipt.text, hint)))

    def _hint(self, receipt: Settled) -> str:
        """What to do about it; nothing where its author has said so, or a place is only theirs to fill."""
        key = f"{receipt.code}.hint"
        if receipt.code not in texts.CODES:
            return ""
        said = any(texts.say(key, lang) in receipt.text for lang in texts.LANGUAGES)
        hint = texts.say(key, self._lang)
        return "" if said or "<" in hint else hint


def _file(paragraphs: Sequence[str]) -> bytes:
    # Line ends as the oldest Notepad wants them.
    return ("\n".join(paragraphs) + "\n").replace("\n", "\r\n").encode("utf-8", "replace")
