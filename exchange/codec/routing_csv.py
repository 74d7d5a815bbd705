# SPDX-License-Identifier: Apache-2.0
"""
A routing table in CSV, for people with spreadsheets; and lists of questions to ask one.

Files are as Excel leaves them: GB18030 or UTF-8 with a byte order mark, commas, semicolons or tabs,
headings in either language. What a rule may say is `model.rule`'s business.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from exchange.codec.routing_spelling import each_once, invalid, moment
from exchange.errors import Reject
from exchange.model import instant
from exchange.model.decision import Query
from exchange.model.identity import Address, message_type
from exchange.model.limits import KIB
from exchange.model.priority import Priority
from exchange.model.rule import ANY, RoutingInvalid, Rule, sorted_tests
from exchange.texts import Phrase, say

COLUMNS = (
    "id", "type", "from", "to", "attributes", "deliver", "gateway", "priority-floor", "priority-ceiling",
    "deadline-seconds", "grant", "enabled", "valid-from", "valid-until", "comment",
)  # fmt: skip
QUERY_COLUMNS = ("type", "from", "to", "attributes", "priority")
_BLOCK = 64 * KIB
ADDRESSED = "addressed"  # in column deliver: to the applications that the message is addressed to

_YES = frozenset({"", "yes", "true", "1", "是", "启用"})
_NO = frozenset({"no", "false", "0", "否", "停用"})
_PRIORITIES: Mapping[str, Priority] = {
    **{priority.value: priority for priority in Priority},
    "特急": Priority.FLASH, "加急": Priority.URGENT, "平急": Priority.ROUTINE, "批量": Priority.BULK,
}  # fmt: skip
# A cell that begins so is a formula to a spreadsheet: it gets an apostrophe in front, which shields it.
_FORMULA = re.compile(r"'*[=+\-@\t]")
_SHIELDED = re.compile(r"'+[=+\-@\t]")
_ATOM = r"(?:\\.|[^\\=])"
_TEST = re.compile(rf"\s*({_ATOM}*?)\s*=\s*({_ATOM}*?)\s*", re.DOTALL)
_TESTS = re.compile(r"(?:\\.|[^;\\])+", re.DOTALL)


def write_csv(rules: Iterable[Rule], *, lang: str = "en") -> Iterator[bytes]:
    """A file with *rules*, piece by piece: UTF-8 with a byte order mark, so that Excel knows it."""
    yield codecs.BOM_UTF8 + _csv_line(heading(name, lang) for name in COLUMNS)
    for rule in rules:
        yield _csv_line(_cells(rule))


def heading(column: str, lang: str) -> str:
    """What stands over *column*."""
    return say(f"route.column.{column}", lang)


def read_csv(source: BinaryIO) -> Iterator[Rule]:
    """
    The rules of a CSV file, *source*, seekable: UTF-8 or GB18030, with commas, semicolons or tabs.

    Raises:
        RoutingInvalid: EX-303, with line and rule.
    """
    return each_once(_read_csv(source))


def _csv_line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells])
    return line.getvalue().encode()


def _cells(rule: Rule) -> Iterator[str]:
    yield rule.id
    yield rule.type
    yield rule.sender
    yield rule.to
    yield "; ".join(f"{_escaped(name)}={_escaped(value)}" for name, value in rule.attributes)
    yield ADDRESSED if rule.is_addressed else " ".join(map(str, rule.deliver))
    yield rule.gateway or ""
    yield rule.priority_floor.value if rule.priority_floor else ""
    yield rule.priority_ceiling.value if rule.priority_ceiling else ""
    yield str(rule.deadline_seconds or "")
    yield rule.grant or ""
    yield "yes" if rule.enabled else "no"
    yield instant.spell(rule.valid_from) if rule.valid_from else ""
    yield instant.spell(rule.valid_until) if rule.valid_until else ""
    yield rule.comment


def read_queries(source: BinaryIO) -> Iterator[Query]:
    """
    What to ask a table, from a CSV file with the columns of *QUERY_COLUMNS*.

    Raises:
        RoutingInvalid: EX-303, with the line.
    """
    for line, cells in _rows(source, QUERY_COLUMNS, needed=("type", "from")):
        try:
            yield _query_from({name: cell.strip() for name, cell in cells.items()})
        except RoutingInvalid as e:
            raise e.at(line=line) from e


def _query_from(cells: Mapping[str, str]) -> Query:
    try:
        sender, type_name = Address.parse(cells["from"]), message_type(cells["type"])
    except Reject as e:
        raise invalid(
            "cell", name=e.values["what"], found=e.values["found"], wanted=e.values["wanted"]
        ) from e
    return Query(
        type_name,
        sender,
        _read_deliver(cells.get("to", "")),
        dict(_read_tests(cells.get("attributes", ""))),
        _read_priority(cells.get("priority", ""), "priority") or Priority.ROUTINE,
    )


def _read_csv(source: BinaryIO) -> Iterator[tuple[int, Rule]]:
    for line, cells in _rows(source, COLUMNS, needed=("id", "type")):
        rule_id = cells.get("id", "").strip()
        try:
            yield line, _rule_from(rule_id, cells)
        except RoutingInvalid as e:
            raise e.at(line=line, rule=rule_id[:64]) from e


def _rows(
    source: BinaryIO, known: tuple[str, ...], *, needed: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows that are not empty: line, and cells by column."""
    lines = io.TextIOWrapper(source, _encoding(source), newline="")
    try:
        first = lines.readline()
        delimiter = max(",;\t", key=first.count)
        columns = _columns(
            next(csv.reader([first], delimiter=delimiter, strict=True), []), known, needed=needed
        )
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        for row in rows:
            line = rows.line_num + 1
            if len(row) > len(columns):
                raise invalid("cells", line=line, found=len(row), wanted=len(columns))
            if any(cell and not cell.isspace() for cell in row):
                yield line, {name: _unshielded(cell) for name, cell in zip(columns, row, strict=False)}
    except csv.Error as e:
        raise invalid("csv", found=str(e)) from e
    finally:
        lines.detach()


def _unshielded(cell: str) -> str:
    return cell[1:] if _SHIELDED.match(cell) else cell


def _encoding(source: BinaryIO) -> str:
    """
    How *source* is written, by reading all of it once.

    Raises:
        RoutingInvalid: EX-303, neither UTF-8 nor GB18030.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        source.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while block := source.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        source.seek(0)
        return encoding
    raise invalid("encoding")


def _columns(headings: list[str], known: tuple[str, ...], *, needed: tuple[str, ...]) -> list[str]:
    """The columns that stand under *headings*, in either language."""
    names = {heading(name, lang): name for name in known for lang in ("en", "zh")}
    columns: list[str] = []
    for found in map(str.strip, headings):
        name = names.get(found, names.get(found.lower()))
        if name is None:
            raise invalid("heading", line=1, found=found[:40], wanted=", ".join(known))
        if name in columns:
            raise invalid("heading.twice", line=1, found=found)
        columns.append(name)
    for name in needed:
        if name not in columns:
            raise invalid("heading.absent", line=1, wanted=name)
    return columns


def _rule_from(rule_id: str, cells: Mapping[str, str]) -> Rule:
    def cell(name: str) -> str:
        return cells.get(name, "").strip()

    return Rule(
        rule_id, cell("type") or ANY, cell("to") or ANY, cell("from") or ANY,
        _read_tests(cells.get("attributes", "")), _read_deliver(cell("deliver")), cell("gateway") or None,
        _read_priority(cell("priority-floor"), "priority-floor"),
        _read_priority(cell("priority-ceiling"), "priority-ceiling"), _read_seconds(cell("deadline-seconds")),
        cell("grant") or None, comment=cells.get("comment", ""), enabled=_read_enabled(cell("enabled")),
        valid_from=moment(cell("valid-from"), "valid-from"),
        valid_until=moment(cell("valid-until"), "valid-until"),
    )  # fmt: skip


def _escaped(value: str) -> str:
    """*value* with a backslash before what would end it, and before blanks at its ends."""
    inner = re.sub(r"([\\;=])", r"\\\1", value)
    return re.sub(r"\A(\s)|(?<!\\)(\s)\Z", r"\\\1\2", inner)


def _read_tests(found: str) -> tuple[tuple[str, str], ...]:
    tests: dict[str, str] = {}
    for piece in _TESTS.findall(found):
        if piece.isspace():
            continue
        test = _TEST.fullmatch(piece)
        if test is None:
            raise invalid("cell", name="attributes", found=piece[:80], wanted="name=value; name=value")
        name, value = (re.sub(r"\\(.)", r"\1", side, flags=re.DOTALL) for side in test.groups())
        if name in tests:
            raise invalid("attribute.order", found=name)
        tests[name] = value
    return sorted_tests(tests)


def _read_deliver(found: str) -> tuple[Address, ...]:
    if found in ("", ADDRESSED):
        return ()
    try:
        return tuple(map(Address.parse, re.split(r"[\s;,]+", found)))
    except Reject as e:
        wanted = Phrase("route.wanted.deliver", {"addressed": ADDRESSED})
        raise invalid("cell", name="deliver", found=str(e.values["found"]), wanted=wanted) from e


def _read_priority(found: str, name: str) -> Priority | None:
    if found and found.lower() not in _PRIORITIES:
        raise invalid("cell", name=name, found=found[:40], wanted="flash, urgent, routine, bulk")
    return _PRIORITIES[found.lower()] if found else None


def _read_seconds(found: str) -> int | None:
    if not found:
        return None
    if not (found.isascii() and found.isdecimal() and len(found) <= 10):
        raise invalid("cell", name="deadline-seconds", found=found[:40], wanted="86400")
    return int(found)


def _read_enabled(found: str) -> bool:
    if found.lower() not in _YES | _NO:
        raise invalid("cell", name="enabled", found=found[:40], wanted="yes, no")
    return found.lower() in _YES
