# SPDX-License-Identifier: Apache-2.0
"""
A routing table in XML: one rule as an element, for the directory too, and a file of any length.

Reads rule by rule, so that a million rules need no more memory than one. Files are written by
people: comments may stand between elements. What a rule may say is `model.rule`'s business, and its
shape is `schemas/exchange/routing.xsd`'s.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from lxml import etree

from exchange.codec import schema
from exchange.codec.routing_spelling import each_once, invalid, moment
from exchange.codec.xmlform import Element, attribute, text
from exchange.model import instant
from exchange.model.identity import Address
from exchange.model.limits import KIB, MIB
from exchange.model.priority import Priority
from exchange.model.rule import ANY, RoutingInvalid, Rule, sorted_tests

NAMESPACE = "urn:govbus:routing:1"
RULE_BYTES_MOST = 1 * MIB  # of one rule in XML; 1,024 receivers take 150 KiB

_BLOCK = 64 * KIB
_RULE = f"{{{NAMESPACE}}}rule"
_TABLE = f"{{{NAMESPACE}}}routing-table"
_FORBIDDEN = re.compile(rb"<!(?!--|-?\Z)[A-Za-z\[]{0,7}|<\?")


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
        raise invalid("no-rule", line=line, found=f"<{_name(element)}>")
    if not compiled.validate(element):
        log: Any = compiled.error_log
        found = re.sub(r"\{[^}]*\}", "", log[0].message)[:300]
        raise invalid("schema", line=log[0].line or line, rule=rule_id, found=found)
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
                    raise invalid("attribute.order", found=name)
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
        enabled=get("enabled") != "false", valid_from=moment(get("valid-from"), "valid-from"),
        valid_until=moment(get("valid-until"), "valid-until"),
    )  # fmt: skip


def _value(element: Element) -> str:
    """The text of *element*; a comment in its midst would be read by one reader and not by another."""
    if len(element):
        raise invalid("forbidden", found="<!--")
    return element.text or ""


def _priority(found: str | None) -> Priority | None:
    return Priority(found) if found else None


# ---- a file


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
    return each_once(_read_xml(source))


def _read_xml(source: BinaryIO) -> Iterator[tuple[int, Rule]]:
    reading = _Reading()
    try:
        for block in _safe_blocks(source):
            yield from reading.feed(block)
        reading.close()
    except etree.XMLSyntaxError as e:
        raise invalid("xml", line=e.lineno or reading.line, found=str(e.msg)[:200]) from e


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
            raise invalid("large", line=self.line, limit=RULE_BYTES_MOST)

    def close(self) -> None:
        root = self._parser.close()
        if root.tag != _TABLE or root.get("version") != "1" or len(root.attrib) > 1:
            raise invalid("root", line=_line_of(root), found=f"<{_name(root)}>")
        self._check_text(root.text, self.line)
        for child in root:
            self._check_sibling(child)

    def _check_place(self, element: Element) -> None:
        """That *element* stands where rules do, with nothing before it that would be passed over."""
        parent, line = element.getparent(), _line_of(element)
        if parent is None or parent.tag != _TABLE or parent.getparent() is not None:
            raise invalid("misplaced", line=line)
        self._check_text(parent.text, line)
        before = element.getprevious()  # what stood before the last rule has been forgotten
        while before is not None:
            self._check_sibling(before)
            before = before.getprevious()

    def _check_sibling(self, element: Element) -> None:
        line = _line_of(element)
        if element.tag not in (_RULE, etree.Comment):
            raise invalid("among", line=line, found=f"<{_name(element)}>")
        self._check_text(element.tail, line)

    def _check_text(self, found: str | None, line: int) -> None:
        if found and not found.isspace():
            raise invalid("among", line=line, found=repr(found.strip()[:40]))


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
            raise invalid("forbidden", line=1, found=declaration[:60].decode("ascii", "replace"))
        yield declaration + b"?>"
        line += declaration.count(b"\n")
        block = body
    while block:
        scanned = before + block
        if found := _FORBIDDEN.search(scanned):
            at = line + scanned.count(b"\n", 0, found.start())
            raise invalid("forbidden", line=at, found=found[0].decode("ascii"))
        yield block
        before = scanned[-3:]
        line += scanned.count(b"\n") - before.count(b"\n")
        block = source.read(_BLOCK)
