# SPDX-License-Identifier: Apache-2.0
"""
Records between two forms: text by column, checked, and what was left behind counted.

A value is text as it was written, so that `007`, `1.50` and an identity number of eighteen digits stay
what they are. An empty value is none: no form can tell the two apart in all the others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping as Table
from typing import TypeAlias

from adapters.conversion.structured.mapping import Column, Mapping
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

Record: TypeAlias = Table[str, str]  # by column name; what is not there has no value

RECORDS_MOST = 1_000_000
VALUE_CHARACTERS = 1_000_000
NAMES_SAID = 20  # of what was left behind
_UNCARRIED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2
_FORMS = {
    "integer": re.compile(r"0|-?[1-9][0-9]*"),
    "decimal": re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?"),
    "boolean": re.compile(r"true|false"),
    "date": re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"),
    "time": re.compile(
        r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3])(:[0-5][0-9]){2}"
        r"(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})?"
    ),
}


class Leftovers:
    """What the mapping does not name, and so does not come through."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, name: str) -> None:
        """A value at *name* was left behind."""
        if name in self._counts or len(self._counts) < NAMES_SAID:
            self._counts[name] += 1
        else:
            self._counts["…"] += 1

    def phrases(self) -> tuple[Phrase, ...]:
        """One for each name."""
        return tuple(
            Phrase("structured.left-behind", {"name": name, "count": count})
            for name, count in self._counts.items()
        )


def checked(values: Table[str, str | None], mapping: Mapping, number: int) -> Record:
    """
    The record *number*, counted from 1, with its empty values left out.

    Raises:
        Unreadable: a value is not of its column's type, cannot be carried, or is missing; or there are
            too many records.
    """
    if number > RECORDS_MOST:
        raise Unreadable(Phrase("structured.too-many-records", {"limit": RECORDS_MOST}))
    record: dict[str, str] = {}
    for column in mapping.columns:
        value = values.get(column.name)
        if value:
            _check(value, column, number)
            record[column.name] = value
        elif column.required:
            raise refused(number, column, Phrase("structured.value-missing"))
    return record


def refused(number: int, column: Column, reason: Phrase) -> Unreadable:
    """The refusal of a value, with its place."""
    told = {"record": number, "column": column.title, "reason": reason}
    return Unreadable(Phrase("structured.value", told))


def _check(value: str, column: Column, number: int) -> None:
    if len(value) > VALUE_CHARACTERS:
        told = {"found": len(value), "limit": VALUE_CHARACTERS}
        raise refused(number, column, Phrase("structured.value-long", told))
    if found := _UNCARRIED.search(value):
        told_ = {"character": f"U+{ord(found[0]):04X}"}
        raise refused(number, column, Phrase("structured.value-character", told_))
    form = _FORMS.get(column.type)
    if form is not None and not form.fullmatch(value):
        reason = Phrase(
            "structured.value-type", {"value": value[:50], "type": Phrase(f"structured.{column.type}")}
        )
        raise refused(number, column, reason)
    if column.codes is not None and not column.codes.allows(value):
        told__ = {"value": value[:50], "standard": column.codes.standard}
        raise refused(number, column, Phrase("structured.value-code", told__))
