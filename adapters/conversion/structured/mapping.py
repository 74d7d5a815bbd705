# SPDX-License-Identifier: Apache-2.0
"""
The mapping of a message type: where its records stand in each form, and their columns.

    type = "civil.household.v1"

    [xml]
    root = "h:households"
    record = "h:list/h:household"            # below the root
    namespaces = { h = "urn:civil:household:1" }
    before = "flat.xsl"                      # makes such a document of the sender's, where his is another
    after = "official.xsl"                   # makes the document that is wanted of such a one

    [json]
    record = "households"                    # keys, by dots; "" = the document is the list

    [csv]
    encoding = "gb18030"                     # utf-8, gb18030 or gbk
    spreadsheet = true                       # long numbers are kept from becoming 4.4E+17

    [xlsx]
    sheet = "登记表"

    [[column]]
    name = "id-number"                       # the key in JSON
    title = "公民身份号码"                    # the heading in CSV and XLSX
    xml = "h:person/@id"                     # below the record
    type = "text"                            # text, integer, decimal, boolean, date or time
    required = true

    [[column]]
    name = "sex"
    title = "性别"
    xml = "h:person/h:sex"
    codes = "GB/T 2261.1"                    # the value is a code; tables show its name

This module reads no records.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from adapters.conversion.structured.codes import CodeTable, code_table
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

TYPES = ("text", "integer", "decimal", "boolean", "date", "time")
ENCODINGS = ("utf-8", "gb18030", "gbk")
COLUMNS_MOST = 500
_NAME = re.compile(r"[^\W\d][\w.-]*")
_STEP = re.compile(r"@?(?:([^\W\d][\w.-]*):)?([^\W\d][\w.-]*)")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path in XML: a name with the namespace that it is in."""

    name: str
    namespace: str = ""
    attribute: bool = False

    @property
    def tag(self) -> str:
        """The name as lxml spells it."""
        return f"{{{self.namespace}}}{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the records."""

    name: str
    title: str
    path: tuple[Step, ...]
    type: str = "text"
    required: bool = False
    codes: CodeTable | None = None


@dataclass(frozen=True, slots=True)
class XmlPlace:
    """
    Where records stand in XML.

    before, after: stylesheets, b"" for none: what makes of a document one that has records there, and what
    makes of such a one the document that is wanted.
    """

    root: Step = Step("records")
    record: tuple[Step, ...] = (Step("record"),)
    namespaces: Table[str, str] = field(default_factory=dict)
    before: bytes = field(default=b"", repr=False)
    after: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class CsvPlace:
    """How CSV is written."""

    encoding: str = "utf-8"
    delimiter: str = ","
    spreadsheet: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping."""

    type: str
    columns: tuple[Column, ...]
    xml: XmlPlace = field(default_factory=XmlPlace)
    json: tuple[str, ...] = ()
    csv: CsvPlace = field(default_factory=CsvPlace)
    sheet: str = "Sheet1"


def read_mapping(text: str, folder: Path | None = None) -> Mapping:
    """
    The mapping that the TOML document *text* is.

    Args:
        folder: where it lies, for the stylesheets that it names.

    Raises:
        Unreadable: it is no mapping; the reason names the place.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise _wrong("mapping", Phrase("structured.toml", {"reason": str(e)})) from e
    _known(table, ("type", "xml", "json", "csv", "xlsx", "column"), "mapping")
    xml = _xml(_table(table, "xml"), folder or Path())
    columns = tuple(_columns(table, xml.namespaces))
    _distinct(columns)
    return Mapping(
        type=_text(table, "type", "mapping"),
        columns=columns,
        xml=xml,
        json=_json(_table(table, "json")),
        csv=_csv(_table(table, "csv")),
        sheet=_sheet(_table(table, "xlsx")),
    )


def _xml(table: Table[str, Any], folder: Path) -> XmlPlace:
    _known(table, ("root", "record", "namespaces", "before", "after"), "xml")
    spaces = table.get("namespaces", {})
    if not isinstance(spaces, dict) or not all(isinstance(each, str) for each in spaces.values()):
        raise _wrong("xml.namespaces", Phrase("structured.must-be-text"))
    root = _path(_text(table, "root", "xml", "records"), spaces, "xml.root")
    record = _path(_text(table, "record", "xml", "record"), spaces, "xml.record")
    if len(root) != 1 or any(step.attribute for step in (*root, *record)):
        raise _wrong("xml.root", Phrase("structured.path", {"path": str(table.get("root"))}))
    before, after = (_stylesheet(_text(table, name, "xml", ""), folder, name) for name in ("before", "after"))
    return XmlPlace(root[0], record, dict(spaces), before, after)


def _stylesheet(file: str, folder: Path, name: str) -> bytes:
    try:
        return (folder / file).read_bytes() if file else b""
    except OSError as e:
        raise _wrong(
            f"xml.{name}", Phrase("structured.no-stylesheet", {"reason": e.strerror or str(e)})
        ) from e


def _json(table: Table[str, Any]) -> tuple[str, ...]:
    _known(table, ("record",), "json")
    return tuple(filter(None, _text(table, "record", "json", "").split(".")))


def _csv(table: Table[str, Any]) -> CsvPlace:
    _known(table, tuple(each.name for each in fields(CsvPlace)), "csv")
    made = CsvPlace(
        encoding=_text(table, "encoding", "csv", "utf-8").lower(),
        delimiter=_text(table, "delimiter", "csv", ","),
        spreadsheet=_flag(table, "spreadsheet", "csv"),
    )
    if made.encoding not in ENCODINGS:
        raise _wrong("csv.encoding", Phrase("structured.one-of", {"wanted": ", ".join(ENCODINGS)}))
    if made.delimiter not in (",", ";", "\t", "|"):
        raise _wrong("csv.delimiter", Phrase("structured.one-of", {"wanted": ", ; | \\t"}))
    return made


def _sheet(table: Table[str, Any]) -> str:
    _known(table, ("sheet",), "xlsx")
    name = _text(table, "sheet", "xlsx", "Sheet1")
    if len(name) > 31 or re.search(r"[\[\]:*?/\\]", name):  # Excel's own limits
        raise _wrong("xlsx.sheet", Phrase("structured.sheet-name"))
    return name


def _columns(table: Table[str, Any], spaces: Table[str, str]) -> Iterator[Column]:
    listed = table.get("column")
    if not isinstance(listed, list) or not 0 < len(listed) <= COLUMNS_MOST:
        raise _wrong("column", Phrase("structured.columns", {"limit": COLUMNS_MOST}))
    for number, each in enumerate(listed, 1):
        yield _column(each, spaces, f"column {number}")


def _column(table: Table[str, Any], spaces: Table[str, str], where: str) -> Column:
    _known(table, ("name", "title", "xml", "type", "required", "codes"), where)
    name = _text(table, "name", where)
    if not _NAME.fullmatch(name):
        raise _wrong(f"{where}: name", Phrase("structured.path", {"path": name}))
    kind = _text(table, "type", where, "text")
    if kind not in TYPES:
        raise _wrong(f"{where}: type", Phrase("structured.one-of", {"wanted": ", ".join(TYPES)}))
    codes = _text(table, "codes", where, "")
    path = _path(_text(table, "xml", where, name), spaces, f"{where}: xml")
    if any(step.attribute for step in path[:-1]):
        raise _wrong(f"{where}: xml", Phrase("structured.path", {"path": table["xml"]}))
    return Column(
        name=name,
        title=_text(table, "title", where, name),
        path=path,
        type=kind,
        required=_flag(table, "required", where),
        codes=code_table(codes) if codes else None,
    )


def _distinct(columns: tuple[Column, ...]) -> None:
    """No two columns stand at one place, and none within the value of another."""
    seen: set[tuple[str, object]] = set()
    for number, each in enumerate(columns, 1):
        for place in (("name", each.name), ("title", each.title), ("xml", each.path)):
            if place in seen:
                raise _wrong(f"column {number}: {place[0]}", Phrase("structured.twice"))
            seen.add(place)
    paths = {each.path for each in columns}
    for number, each in enumerate(columns, 1):
        element = each.path[:-1] if each.path[-1].attribute else each.path
        if any(element[:end] in paths for end in range(1, len(element))):
            raise _wrong(f"column {number}: xml", Phrase("structured.within"))


def _path(text: str, spaces: Table[str, str], where: str) -> tuple[Step, ...]:
    steps = []
    for written in text.split("/"):
        found = _STEP.fullmatch(written)
        if found is None:
            raise _wrong(where, Phrase("structured.path", {"path": text}))
        prefix, name = found.groups()
        if prefix is not None and prefix not in spaces:
            raise _wrong(where, Phrase("structured.prefix", {"prefix": prefix}))
        steps.append(Step(name, spaces[prefix] if prefix else "", written.startswith("@")))
    return tuple(steps)


def _table(table: Table[str, Any], name: str) -> Table[str, Any]:
    found = table.get(name, {})
    if not isinstance(found, dict):
        raise _wrong(name, Phrase("structured.must-be-a-table"))
    return found


def _text(table: Table[str, Any], name: str, where: str, default: str | None = None) -> str:
    found = table.get(name, default)
    if not isinstance(found, str) or (default is None and not found):
        raise _wrong(f"{where}: {name}", Phrase("structured.must-be-text"))
    return found


def _flag(table: Table[str, Any], name: str, where: str) -> bool:
    found = table.get(name, False)
    if not isinstance(found, bool):
        raise _wrong(f"{where}: {name}", Phrase("structured.must-be-a-flag"))
    return found


def _known(table: object, names: tuple[str, ...], where: str) -> None:
    if not isinstance(table, dict):
        raise _wrong(where, Phrase("structured.must-be-a-table"))
    if unknown := sorted(set(table) - set(names)):
        raise _wrong(f"{where}: {unknown[0]}", Phrase("structured.unknown"))


def _wrong(where: str, reason: Phrase) -> Unreadable:
    return Unreadable(Phrase("structured.mapping", {"where": where, "reason": reason}))
