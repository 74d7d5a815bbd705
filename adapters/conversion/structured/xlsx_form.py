# SPDX-License-Identifier: Apache-2.0
"""
Records as XLSX, by openpyxl: read and written row by row, the one home of openpyxl.

Every text is a cell of text: no formula, and no number that would be rounded or lose its zeros. A number
is a number only where its digits come back the same. The container is judged before openpyxl opens it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from adapters.conversion.containers import Container
from adapters.conversion.structured.mapping import Column, Mapping
from adapters.conversion.structured.records import Leftovers, Record, checked, refused
from adapters.conversion.structured.tables import columns_of, named, titles_of, valued
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

CELL_CHARACTERS = 32_767  # Excel's own limits
ROWS_MOST = 1_048_576
EXACT_DIGITS = 15
PART_BYTES = 512 << 20  # of one part, unpacked; they are read as a stream
_TEXT_FORMAT = "@"
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # ECMA-376 22.9.2.19: what would be read as a character
_ESCAPES = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DOCTYPE = b"<!DOCTYPE"


def read_xlsx(source: Path, mapping: Mapping, leftovers: Leftovers) -> Iterator[Record]:
    """
    The records in the sheet of *source* that the mapping names, or in its only one.

    Raises:
        Unreadable: it is no workbook, or not as the mapping says.
    """
    _judge(source)
    with source.open("rb") as reading:  # openpyxl would judge a path by its name
        book = _opened(reading)
        try:
            yield from _records(book, mapping, leftovers)
        except (
            KeyError,
            ValueError,
            TypeError,
            AttributeError,
            SyntaxError,
        ) as e:  # a part damaged, found late
            raise Unreadable(Phrase("structured.xlsx", {"reason": str(e)[:200]})) from e
        finally:
            book.close()


def _opened(reading: BinaryIO) -> Any:
    try:
        return load_workbook(reading, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError, SyntaxError) as e:
        raise Unreadable(Phrase("structured.xlsx", {"reason": str(e)[:200]})) from e


def _records(book: Any, mapping: Mapping, leftovers: Leftovers) -> Iterator[Record]:
    rows = _sheet(book, mapping).iter_rows(values_only=True)
    columns = columns_of([_said(cell) for cell in next(rows, ())], mapping, leftovers)
    for number, row in enumerate((row for row in rows if any(cell is not None for cell in row)), 1):
        yield _record(row, columns, mapping, number)


def write_xlsx(target: Path, records: Iterable[Record], mapping: Mapping) -> int:
    """
    Write *records* into *target*, under a heading that stays in sight; how many there were.

    Raises:
        Unreadable: a value or their number is more than Excel takes.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(mapping.sheet)
    sheet.freeze_panes = "A2"
    sheet.append([_heading(sheet, title) for title in titles_of(mapping)])
    try:
        count = _append(sheet, records, mapping)
    except BaseException:
        _abandon(sheet)
        raise
    book.save(target)
    return count


def _append(sheet: Any, records: Iterable[Record], mapping: Mapping) -> int:
    count = 0
    for count, record in enumerate(records, 1):
        if count >= ROWS_MOST:
            raise Unreadable(Phrase("structured.too-many-records", {"limit": ROWS_MOST - 1}))
        sheet.append([_cell(sheet, record, column, count) for column in mapping.columns])
    return count


def _abandon(sheet: Any) -> None:
    """Close what was begun, and remove it: openpyxl would leave its file behind and complain at the end."""
    sheet.close()
    sheet._writer.cleanup()


def _judge(source: Path) -> None:
    """Refuse bombs, and document types, which openpyxl's own parser might follow."""
    with Container(source) as package:
        for name in package.names:
            if name.lower().endswith((".xml", ".rels", ".vml")):
                data = package.read(name, PART_BYTES)
                if _DOCTYPE in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
                    raise Unreadable(Phrase("conversion.xml.doctype", {"what": name}))


def _sheet(book: Any, mapping: Mapping) -> Any:
    if mapping.sheet in book.sheetnames:
        return book[mapping.sheet]
    if len(book.worksheets) == 1:
        return book.worksheets[0]
    told = {"sheet": mapping.sheet, "found": ", ".join(book.sheetnames)[:200]}
    raise Unreadable(Phrase("structured.xlsx-sheet", told))


def _record(
    row: tuple[object, ...], columns: tuple[Column | None, ...], mapping: Mapping, number: int
) -> Record:
    if any(cell is not None for cell in row[len(columns) :]):
        raise Unreadable(Phrase("structured.row-long", {"record": number}))
    pairs = zip(columns, row, strict=False)
    values = {column.name: valued(_text(cell, column, number), column) for column, cell in pairs if column}
    return checked(values, mapping, number)


def _text(cell: object, column: Column, number: int) -> str:
    if isinstance(cell, float) and column.type not in ("integer", "decimal"):
        if not cell.is_integer() or abs(cell) >= 10**EXACT_DIGITS:
            raise refused(number, column, Phrase("structured.xlsx-rounded", {"value": repr(cell)}))
        return str(int(cell))
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= 10**EXACT_DIGITS:
        raise refused(number, column, Phrase("structured.xlsx-rounded", {"value": str(cell)}))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if column.type == "date" else cell.isoformat(timespec="seconds")
    return _said(cell)


def _said(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{Decimal(repr(cell)):f}"
    if isinstance(cell, date | time):
        return cell.isoformat()
    return _ESCAPES.sub(lambda found: chr(int(found[1], 16)), str(cell))


def _heading(sheet: object, title: str) -> WriteOnlyCell:
    cell = _text_cell(sheet, title)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: object, record: Record, column: Column, number: int) -> WriteOnlyCell | None:
    value = named(record, column)
    if not value:
        return None
    if column.type == "boolean":
        return WriteOnlyCell(sheet, value == "true")
    if column.type in ("integer", "decimal") and _comes_back(value):
        return WriteOnlyCell(sheet, int(value) if column.type == "integer" else float(value))
    if len(value) > CELL_CHARACTERS:
        told = {"found": len(value), "limit": CELL_CHARACTERS}
        raise refused(number, column, Phrase("structured.value-long", told))
    return _text_cell(sheet, value)


def _comes_back(value: str) -> bool:
    """Whether a spreadsheet keeps the digits of *value* and shows them so."""
    digits = sum(character.isdigit() for character in value)
    return digits <= EXACT_DIGITS and _said(float(value)) == value


def _text_cell(sheet: object, text: str) -> WriteOnlyCell:
    escaped = _ESCAPED.sub("_x005F_", text).replace("\r", "_x000D_")
    cell = WriteOnlyCell(sheet, escaped)
    cell.data_type = "s"  # openpyxl would make a formula of what begins with "="
    cell.number_format = _TEXT_FORMAT
    return cell
