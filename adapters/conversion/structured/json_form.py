# SPDX-License-Identifier: Apache-2.0
"""
Records as JSON: a list of objects, at the place that the mapping says.

Numbers are taken as they are written, digit by digit, and written so; an integer that a JavaScript
reader would round is written as text. Text is always text.

Source: RFC 8259 (UTF-8, numbers), RFC 7493 2.2 (integers that all readers keep).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from adapters.conversion.structured.mapping import Column, Mapping
from adapters.conversion.structured.records import Leftovers, Record, checked, refused
from adapters.conversion.structured.text_files import read_text
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

EXACT_DIGITS = 15  # of a number that every reader keeps


class _Number(str):
    """A number, in the digits in which it was written."""

    __slots__ = ()


def read_json(
    source: Path, mapping: Mapping, leftovers: Leftovers, *, encoding: str = "utf-8"
) -> Iterator[Record]:
    """
    The records in *source*.

    Raises:
        Unreadable: it is no JSON, or not as the mapping says.
    """
    records = _records(_parsed(read_text(source, encoding)), mapping, leftovers)
    for number, values in enumerate(records, 1):
        if not isinstance(values, dict):
            raise Unreadable(Phrase("structured.json-record", {"record": number}))
        yield checked(dict(_values(values, mapping, leftovers, number)), mapping, number)


def write_json(target: Path, records: Iterable[Record], mapping: Mapping) -> int:
    """Write *records* into *target*, a line each; how many there were."""
    count = 0
    with target.open("x", encoding="utf-8", newline="\n") as writing:
        writing.write("".join(f"{{{_quoted(key)}: " for key in mapping.json) + "[")
        for count, record in enumerate(records, 1):
            writing.write(("," if count > 1 else "") + "\n" + _object(record, mapping))
        writing.write("\n]" + "}" * len(mapping.json) + "\n")
    return count


def _parsed(text: str) -> Any:
    try:
        return json.loads(
            text, parse_int=_Number, parse_float=_Number, parse_constant=_Number, object_pairs_hook=_once
        )
    except (ValueError, RecursionError) as e:
        raise Unreadable(Phrase("structured.json", {"reason": str(e)[:200]})) from e


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("an object has a key twice")
    return made


def _records(document: Any, mapping: Mapping, leftovers: Leftovers) -> list[Any]:
    for key in mapping.json:
        if not isinstance(document, dict) or key not in document:
            raise Unreadable(Phrase("structured.json-place", {"place": ".".join(mapping.json)}))
        for other in document:
            if other != key:
                leftovers.add(other)
        document = document[key]
    if not isinstance(document, list):
        raise Unreadable(Phrase("structured.json-place", {"place": ".".join(mapping.json) or "."}))
    return document


def _values(
    values: dict[str, Any], mapping: Mapping, leftovers: Leftovers, number: int
) -> Iterator[tuple[str, str | None]]:
    columns = {column.name: column for column in mapping.columns}
    if values and not columns.keys() & values.keys():
        raise Unreadable(Phrase("structured.json-foreign", {"record": number}))
    for name, value in values.items():
        if name in columns:
            yield name, _text(value, columns[name], number)
        else:
            leftovers.add(name)


def _text(value: Any, column: Column, number: int) -> str | None:
    if value is None or (isinstance(value, str) and not isinstance(value, _Number)):
        return value
    if isinstance(value, bool) and column.type == "boolean":
        return "true" if value else "false"
    if isinstance(value, _Number) and column.type in ("integer", "decimal"):
        return str(value)
    raise refused(
        number, column, Phrase("structured.json-type", {"type": Phrase(f"structured.{column.type}")})
    )


def _object(record: Record, mapping: Mapping) -> str:
    columns = (column for column in mapping.columns if column.name in record)
    pairs = (f"{_quoted(column.name)}: {_literal(record[column.name], column)}" for column in columns)
    return "{" + ", ".join(pairs) + "}"


def _literal(value: str, column: Column) -> str:
    digits = sum(character.isdigit() for character in value)
    number = column.type in ("integer", "decimal") and digits <= EXACT_DIGITS
    return value if number or column.type == "boolean" else _quoted(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
