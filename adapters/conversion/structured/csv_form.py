# SPDX-License-Identifier: Apache-2.0
"""
Records as CSV, safe to open in a spreadsheet.

A value that a spreadsheet would take for a formula gets an apostrophe before it, and one that begins
with apostrophes and would then be taken for such a value gets one more; reading takes one off again, so
that nothing is changed by going there and back. Where the mapping says `spreadsheet`, a text that looks
like a number gets a tab before it, because Excel would round an identity number to 4.40501E+17.

Source: RFC 4180; OWASP, CSV injection.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from adapters.conversion.structured.mapping import Column, Mapping
from adapters.conversion.structured.records import VALUE_CHARACTERS, Leftovers, Record, checked
from adapters.conversion.structured.tables import columns_of, named, titles_of, valued
from adapters.conversion.structured.text_files import read_text, write_text
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

_FORMULA = re.compile("'*[=+\\-@\t\r＝＋－＠]")
_ROUNDED = re.compile(r"0[0-9]+|[0-9]{12,}|[0-9]+[eE][0-9]+")  # what a spreadsheet would not leave alone


def read_csv(source: Path, mapping: Mapping, leftovers: Leftovers, *, encoding: str = "") -> Iterator[Record]:
    """
    The records in *source*, whose first line has the titles of columns, in any order.

    Args:
        encoding: the one that the sender named; else the mapping's.

    Raises:
        Unreadable: it is no CSV, or not as the mapping says.
    """
    text = read_text(source, encoding or mapping.csv.encoding)
    rows = _rows(text, mapping.csv.delimiter)
    columns = columns_of(next(rows, []), mapping, leftovers)
    for number, row in enumerate((row for row in rows if any(row)), 1):
        if len(row) > len(columns):
            raise Unreadable(Phrase("structured.row-long", {"record": number}))
        pairs = zip(columns, row, strict=False)
        values = {column.name: valued(_unguarded(cell, column), column) for column, cell in pairs if column}
        yield checked(values, mapping, number)


def write_csv(target: Path, records: Iterable[Record], mapping: Mapping, *, encoding: str = "") -> int:
    """Write *records* into *target*; how many there were."""
    count = 0

    def lines() -> Iterator[str]:
        nonlocal count
        yield _line(titles_of(mapping), mapping)
        for count, record in enumerate(records, 1):  # noqa: B007  (it is the answer)
            values = (_guarded(named(record, column), column, mapping) for column in mapping.columns)
            yield _line(values, mapping)

    write_text(target, lines(), encoding or mapping.csv.encoding, mark=mapping.csv.spreadsheet)
    return count


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(VALUE_CHARACTERS + 10)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as e:
        raise Unreadable(Phrase("structured.csv", {"reason": str(e)})) from e


def _line(values: Iterable[str], mapping: Mapping) -> str:
    line = io.StringIO(newline="")
    csv.writer(line, delimiter=mapping.csv.delimiter, lineterminator="\r\n").writerow(values)
    return line.getvalue()


def _guarded(value: str, column: Column, mapping: Mapping) -> str:
    if column.type in ("integer", "decimal"):
        return value  # its form was checked, and a negative number is no formula
    if _FORMULA.match(value):
        return "'" + value
    return "\t" + value if mapping.csv.spreadsheet and _ROUNDED.fullmatch(value) else value


def _unguarded(cell: str, column: Column) -> str:
    if column.type in ("integer", "decimal"):
        return cell.strip()
    if cell.startswith("'") and _FORMULA.match(cell[1:]):
        return cell[1:]
    return cell[1:] if cell.startswith("\t") else cell
