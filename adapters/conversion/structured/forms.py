# SPDX-License-Identifier: Apache-2.0
"""
Any form of records into any other, by a mapping.

Forms are media types; a parameter `charset` is heeded where a form has a choice. A row is read, checked
and written before the next is, so that only XML and JSON are held in memory, when they are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from adapters.conversion import formats as f
from adapters.conversion.structured.csv_form import read_csv, write_csv
from adapters.conversion.structured.json_form import read_json, write_json
from adapters.conversion.structured.mapping import ENCODINGS, Mapping
from adapters.conversion.structured.records import Leftovers, Record
from adapters.conversion.structured.xlsx_form import read_xlsx, write_xlsx
from adapters.conversion.structured.xml_form import read_xml, write_xml
from adapters.conversion.unreadable import Unreadable
from exchange import Reject, Report
from exchange.texts import Phrase

FORMS = (f.XML, f.JSON, f.CSV, f.XLSX)
_OTHER_NAMES = {"text/xml": f.XML, "gb2312": "gbk", "us-ascii": "utf-8"}


def convert_records(source: Path, target: Path, *, found: str, wanted: str, mapping: Mapping) -> Report:
    """
    Write the records in *source*, of the form *found*, into *target* in the form *wanted*.

    Raises:
        Reject: EX-311, it is not as the mapping says; the reason names record and column.
    """
    leftovers = Leftovers()
    try:
        records = _reading(source, found, mapping, leftovers)
        _write(target, wanted, records, mapping)
    except Unreadable as e:
        target.unlink(missing_ok=True)  # half of the records are none
        raise e.refusal(found, wanted) from e
    return Report(losses=leftovers.phrases())


def _reading(source: Path, found: str, mapping: Mapping, leftovers: Leftovers) -> Iterator[Record]:
    form, encoding = _form(found)
    if form == f.XML:
        return read_xml(source, mapping, leftovers)
    if form == f.JSON:
        return read_json(source, mapping, leftovers, encoding=encoding or "utf-8")
    if form == f.CSV:
        return read_csv(source, mapping, leftovers, encoding=encoding)
    return read_xlsx(source, mapping, leftovers)


def _write(target: Path, wanted: str, records: Iterator[Record], mapping: Mapping) -> int:
    form, encoding = _form(wanted)
    if form == f.XML:
        return write_xml(target, records, mapping, encoding=encoding or "utf-8")
    if form == f.JSON:
        return write_json(target, records, mapping)
    if form == f.CSV:
        return write_csv(target, records, mapping, encoding=encoding)
    return write_xlsx(target, records, mapping)


def _form(media_type: str) -> tuple[str, str]:
    """The form of *media_type*, and the character set that it names."""
    name, *parameters = (part.strip().lower() for part in media_type.split(";"))
    form = _OTHER_NAMES.get(name, name)
    if form not in FORMS:
        raise Reject("EX-310", found=media_type, wanted=", ".join(FORMS))
    charset = next((each.partition("=")[2] for each in parameters if each.startswith("charset=")), "")
    encoding = _OTHER_NAMES.get(charset, charset)
    if encoding and encoding not in ENCODINGS:
        raise Unreadable(Phrase("structured.one-of", {"wanted": ", ".join(ENCODINGS)}))
    return form, encoding
