# SPDX-License-Identifier: Apache-2.0
"""
What CSV and XLSX have in common: headings, and codes shown by their names.

People fill these tables in, so a name and a code are both taken for the code.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.conversion.structured.mapping import Column, Mapping
from adapters.conversion.structured.records import Leftovers, Record
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase


def titles_of(mapping: Mapping) -> tuple[str, ...]:
    """The headings, in the mapping's order."""
    return tuple(column.title for column in mapping.columns)


def columns_of(
    titles: Sequence[str | None], mapping: Mapping, leftovers: Leftovers
) -> tuple[Column | None, ...]:
    """
    The column under each of *titles*; None under one that the mapping does not name.

    Raises:
        Unreadable: a title is there twice, or none of the mapping's is there.
    """
    known = {column.title: column for column in mapping.columns}
    plain = [(title or "").strip() for title in titles]
    found = tuple(known.get(title) for title in plain)
    there = [column for column in found if column]
    for title, column in zip(plain, found, strict=True):
        if column is None and title:
            leftovers.add(title)
        if column is not None and there.count(column) > 1:
            raise Unreadable(Phrase("structured.title-twice", {"title": title}))
    if not there:
        raise Unreadable(Phrase("structured.no-titles", {"wanted": ", ".join(known)}))
    return found


def named(record: Record, column: Column) -> str:
    """The value of *column* as a person reads it."""
    value = record.get(column.name, "")
    return column.codes.name_of(value) if column.codes is not None and value else value


def valued(cell: str, column: Column) -> str:
    """The value that a person wrote into *column*."""
    return column.codes.code_of(cell.strip()) if column.codes is not None else cell
