# SPDX-License-Identifier: Apache-2.0
"""
Routing tables as files: XML for programs and version control, CSV for people with spreadsheets.

Reads and writes rule by rule, so that a million rules need no more memory than one. Every complaint
names the line and the rule. Files are written by people: an XML file may have comments between its
elements, a CSV file may be GB18030 or have a byte order mark, as Excel leaves it. What a rule may
say is `model.rule`'s business, and XML's shape is `schemas/exchange/routing.xsd`'s.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

from lxml import etree

from exchange.codec import schema
from exchange.codec.xmlform import Element, attribute, text
from exchange.errors import Reject
from exchange.model import instant
from exchange.model.decision import Query
from exchange.model.identity import Address, message_type
from exchange.model.limits import KIB, MIB
from exchange.model.priority import Priority
from exchange.model.rule import ANY, RoutingInvalid, Rule, sorted_tests
from exchange.model.rule_index import Names
from exchange.texts import Phrase, say

NAMESPACE = "urn:govbus:routing:1"
RULE_BYTES_MOST = 1 * MIB  # of one rule in XML; 1,024 receivers take 150 KiB

_BLOCK = 64 * KIB
_RULE = f"{{{NAMESPACE}}}rule"
_TABLE = f"{{{NAMESPACE}}}routing-table"
_FORBIDDEN = re.compile(rb"<!(?!--|-?\Z)[A-Za-z\[]{0,7}|<\?")


def _invalid(because: str, **values: object) -> RoutingInvalid:
    return RoutingInvalid("EX-303", because=f"route.bad.{because}", **values)


def read_table(source: BinaryIO) -> Iterator[Rule]:
    """
    The rules in *source*, seekable, XML or CSV by its first character.

    Raises:
        RoutingInvalid: EX-303, with line and rule. What was read before it may be used by nobody.
    """
    start = source.read(512).removeprefix(codecs.BOM_UTF8).lstrip()
    source.seek(0)
    return read_xml(source) if start.startswith(b"<") else read_csv(source)


def _each_once(rules: Iterable[tuple[int, Rule]]) -> Iterator[Rule]:
    """The *rules* with their lines taken off; after the last of them, that no id came twice."""
    names = Names()
    for line, rule in rules:
        names.add(rule.id, line)
        yield rule
    if again := names.twice():
        rule_id, first, second = again
        raise _invalid("twice.line", line=second, rule=rule_id, first=first)


# ---- a rule as an XML element


def write_rule(rule: Rule) -> str:
    """*rule* as a canonical element that restates its namespace, to stand in another document."""
    pairs = "".join(f' {name}="{attribute(value)}"' for name, value in sorted(_attributes(rule)))
    return f'<rule xmlns="{NAMESPACE}"{pairs}>{"".join(_children(rule))}</rule>'


def read_rule(element: Element) -> Rule:
    """
    The rule in *element*, proven against the schema.

    Raises:
        RoutingInvalid: EX-303, naming the line.
    """
    compiled = schema.compiled("routing")
    line, rule_id = _line_of(element), str(element.get("id", ""))[:64]
    if element.tag != _RULE:
        raise _invalid("no-rule", line=line, found=f"<{_name(element)}>")
    if not compiled.validate(element):
        log: Any = compiled.error_log
        found = re.sub(r"\{[^}]*\}", "", log[0].message)[:300]
        raise _invalid("schema", line=log[0].line or line, rule=rule_id, found=found)
    try:
        return _rule(element)
    except RoutingInvalid as e:
        raise e.at(line=line, rule=rule_id) from e


def _attributes(rule: Rule) -> Iterator[tuple[str, str]]:
    """The attributes of *rule*'s element, in the order in which people read them."""
    yield "id", rule.id
    yield "type", rule.type
    if rule.sender != ANY:
        yield "from", rule.sender
    if rule.to != ANY:
        yield "to", rule.to
    if rule.priority_floor is not None:
        yield "priority-floor", rule.priority_floor.value
    if rule.priority_ceiling is not None:
        yield "priority-ceiling", rule.priority_ceiling.value
    if rule.deadline_seconds is not None:
        yield "deadline-seconds", str(rule.deadline_seconds)
    if rule.grant is not None:
        yield "grant", rule.grant
    if not rule.enabled:
        yield "enabled", "false"
    if rule.valid_from is not None:
        yield "valid-from", instant.spell(rule.valid_from)
    if rule.valid_until is not None:
        yield "valid-until", instant.spell(rule.valid_until)


def _children(rule: Rule) -> Iterator[str]:
    if rule.comment:
        yield f"<comment>{text(rule.comment)}</comment>"
    for name, value in rule.attributes:
        yield f'<attribute name="{attribute(name)}">{text(value)}</attribute>'
    if rule.gateway is not None:
        yield f"<gateway>{rule.gateway}</gateway>"
    else:
        yield f"<deliver>{''.join(f'<to>{address}</to>' for address in rule.deliver)}</deliver>"


def _rule(element: Element) -> Rule:
    """The rule in an *element* that fits the schema."""
    tests: dict[str, str] = {}
    deliver: tuple[Address, ...] = ()
    comment, gateway = "", None
    for child in element:
        match _name(child):
            case "comment":
                comment = _value(child)
            case "attribute":
                name = str(child.get("name"))
                if name in tests:
                    raise _invalid("attribute.order", found=name)
                tests[name] = _value(child)
            case "gateway":
                gateway = _value(child)
            case "":
                continue  # a comment
            case _:
                deliver = tuple(Address.parse(_value(to)) for to in child if _name(to))
    get: Callable[[str], str | None] = element.get
    seconds = get("deadline-seconds")
    return Rule(
        str(get("id")), str(get("type")), get("to") or ANY, get("from") or ANY, sorted_tests(tests), deliver,
        gateway, _priority(get("priority-floor")), _priority(get("priority-ceiling")),
        None if seconds is None else int(seconds), get("grant"), comment=comment,
        enabled=get("enabled") != "false", valid_from=_moment(get("valid-from"), "valid-from"),
        valid_until=_moment(get("valid-until"), "valid-until"),
    )  # fmt: skip


def _value(element: Element) -> str:
    """The text of *element*; a comment in its midst would be read by one reader and not by another."""
    if len(element):
        raise _invalid("forbidden", found="<!--")
    return element.text or ""


def _priority(found: str | None) -> Priority | None:
    return Priority(found) if found else None


def _moment(found: str | None, name: str) -> datetime | None:
    """A time with any offset, as people write it."""
    if not found:
        return None
    try:
        at = datetime.fromisoformat(found)
    except ValueError as e:
        raise _invalid("time", name=name, found=found[:40]) from e
    return at.astimezone(UTC) if at.tzinfo else at


# ---- XML


def write_xml(rules: Iterable[Rule]) -> Iterator[bytes]:
    """A file with *rules*, piece by piece."""
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<routing-table xmlns="{NAMESPACE}" version="1">\n'.encode()
    for rule in rules:
        pairs = "".join(f' {name}="{attribute(value)}"' for name, value in _attributes(rule))
        children = "".join(f"    {child}\n" for child in _children(rule)).replace(
            "<deliver></deliver>", "<deliver/>"
        )
        yield f"  <rule{pairs}>\n{children}  </rule>\n".encode()
    yield b"</routing-table>\n"


def read_xml(source: BinaryIO) -> Iterator[Rule]:
    """
    The rules of an XML file.

    Raises:
        RoutingInvalid: EX-303, with line and rule.
    """
    return _each_once(_read_xml(source))


def _read_xml(source: BinaryIO) -> Iterator[tuple[int, Rule]]:
    reading = _Reading()
    try:
        for block in _safe_blocks(source):
            yield from reading.feed(block)
        reading.close()
    except etree.XMLSyntaxError as e:
        raise _invalid("xml", line=e.lineno or reading.line, found=str(e.msg)[:200]) from e


class _Reading:
    """A parser that is fed block by block and forgets what it has given out."""

    def __init__(self) -> None:
        self._parser: Any = etree.XMLPullParser(
            events=("end",), tag=_RULE, resolve_entities=False, no_network=True, load_dtd=False,
            dtd_validation=False, attribute_defaults=False, huge_tree=False, recover=False, encoding="utf-8",
        )  # fmt: skip
        self._waiting_bytes = 0  # since the last rule
        self.line = 1  # of the last rule

    def feed(self, block: bytes) -> Iterator[tuple[int, Rule]]:
        self._waiting_bytes += len(block)
        self._parser.feed(block)
        for _, element in self._parser.read_events():
            self._waiting_bytes = 0
            self._check_place(element)
            self.line = _line_of(element)
            yield self.line, read_rule(element)
            _forget(element)
        if self._waiting_bytes > RULE_BYTES_MOST:
            raise _invalid("large", line=self.line, limit=RULE_BYTES_MOST)

    def close(self) -> None:
        root = self._parser.close()
        if root.tag != _TABLE or root.get("version") != "1" or len(root.attrib) > 1:
            raise _invalid("root", line=_line_of(root), found=f"<{_name(root)}>")
        self._check_text(root.text, self.line)
        for child in root:
            self._check_sibling(child)

    def _check_place(self, element: Element) -> None:
        """That *element* stands where rules do, with nothing before it that would be passed over."""
        parent, line = element.getparent(), _line_of(element)
        if parent is None or parent.tag != _TABLE or parent.getparent() is not None:
            raise _invalid("misplaced", line=line)
        self._check_text(parent.text, line)
        before = element.getprevious()  # what stood before the last rule has been forgotten
        while before is not None:
            self._check_sibling(before)
            before = before.getprevious()

    def _check_sibling(self, element: Element) -> None:
        line = _line_of(element)
        if element.tag not in (_RULE, etree.Comment):
            raise _invalid("among", line=line, found=f"<{_name(element)}>")
        self._check_text(element.tail, line)

    def _check_text(self, found: str | None, line: int) -> None:
        if found and not found.isspace():
            raise _invalid("among", line=line, found=repr(found.strip()[:40]))


def _name(element: Element) -> str:
    """The local name of *element*, "" for a comment."""
    tag: Any = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _line_of(element: Element) -> int:
    known: Any = element
    return int(known.sourceline or 0)


def _forget(element: Element) -> None:
    """Drop *element* and what stands before it: memory stays flat."""
    parent = element.getparent()
    assert parent is not None  # _check_place has seen to it
    tail = element.tail
    element.clear()
    element.tail = tail  # it is judged when the next rule comes
    while (before := element.getprevious()) is not None:
        parent.remove(before)


def _safe_blocks(source: BinaryIO) -> Iterator[bytes]:
    """
    *source* in blocks, without its byte order mark.

    Raises:
        RoutingInvalid: EX-303, it has a DTD, CDATA or a processing instruction, or declares another encoding.
    """
    block = source.read(_BLOCK).removeprefix(codecs.BOM_UTF8)
    line = 1  # in which *before* begins
    before = b""  # the end of the block before, in which a mark may begin
    if block.startswith(b"<?xml "):
        declaration, _, body = block.partition(b"?>")
        if b"encoding" in declaration and b"utf-8" not in declaration.lower():
            raise _invalid("forbidden", line=1, found=declaration[:60].decode("ascii", "replace"))
        yield declaration + b"?>"
        line += declaration.count(b"\n")
        block = body
    while block:
        scanned = before + block
        if found := _FORBIDDEN.search(scanned):
            at = line + scanned.count(b"\n", 0, found.start())
            raise _invalid("forbidden", line=at, found=found[0].decode("ascii"))
        yield block
        before = scanned[-3:]
        line += scanned.count(b"\n") - before.count(b"\n")
        block = source.read(_BLOCK)


# ---- CSV

COLUMNS = (
    "id", "type", "from", "to", "attributes", "deliver", "gateway", "priority-floor", "priority-ceiling",
    "deadline-seconds", "grant", "enabled", "valid-from", "valid-until", "comment",
)  # fmt: skip
QUERY_COLUMNS = ("type", "from", "to", "attributes", "priority")
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
    return _each_once(_read_csv(source))


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
        raise _invalid(
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
                raise _invalid("cells", line=line, found=len(row), wanted=len(columns))
            if any(cell and not cell.isspace() for cell in row):
                yield line, {name: _unshielded(cell) for name, cell in zip(columns, row, strict=False)}
    except csv.Error as e:
        raise _invalid("csv", found=str(e)) from e
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
    raise _invalid("encoding")


def _columns(headings: list[str], known: tuple[str, ...], *, needed: tuple[str, ...]) -> list[str]:
    """The columns that stand under *headings*, in either language."""
    names = {heading(name, lang): name for name in known for lang in ("en", "zh")}
    columns: list[str] = []
    for found in map(str.strip, headings):
        name = names.get(found, names.get(found.lower()))
        if name is None:
            raise _invalid("heading", line=1, found=found[:40], wanted=", ".join(known))
        if name in columns:
            raise _invalid("heading.twice", line=1, found=found)
        columns.append(name)
    for name in needed:
        if name not in columns:
            raise _invalid("heading.absent", line=1, wanted=name)
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
        valid_from=_moment(cell("valid-from"), "valid-from"),
        valid_until=_moment(cell("valid-until"), "valid-until"),
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
            raise _invalid("cell", name="attributes", found=piece[:80], wanted="name=value; name=value")
        name, value = (re.sub(r"\\(.)", r"\1", side, flags=re.DOTALL) for side in test.groups())
        if name in tests:
            raise _invalid("attribute.order", found=name)
        tests[name] = value
    return sorted_tests(tests)


def _read_deliver(found: str) -> tuple[Address, ...]:
    if found in ("", ADDRESSED):
        return ()
    try:
        return tuple(map(Address.parse, re.split(r"[\s;,]+", found)))
    except Reject as e:
        wanted = Phrase("route.wanted.deliver", {"addressed": ADDRESSED})
        raise _invalid("cell", name="deliver", found=str(e.values["found"]), wanted=wanted) from e


def _read_priority(found: str, name: str) -> Priority | None:
    if found and found.lower() not in _PRIORITIES:
        raise _invalid("cell", name=name, found=found[:40], wanted="flash, urgent, routine, bulk")
    return _PRIORITIES[found.lower()] if found else None


def _read_seconds(found: str) -> int | None:
    if not found:
        return None
    if not (found.isascii() and found.isdecimal() and len(found) <= 10):
        raise _invalid("cell", name="deadline-seconds", found=found[:40], wanted="86400")
    return int(found)


def _read_enabled(found: str) -> bool:
    if found.lower() not in _YES | _NO:
        raise _invalid("cell", name="enabled", found=found[:40], wanted="yes, no")
    return found.lower() in _YES
