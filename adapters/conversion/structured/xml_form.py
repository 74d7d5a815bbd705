# SPDX-License-Identifier: Apache-2.0
"""
Records as XML: elements and attributes at the paths that the mapping says.

Read by the hardened parser; written as text, record by record, so that memory does not grow with their
number. What a record has beyond the mapping is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adapters.conversion.structured.mapping import Mapping, Step
from adapters.conversion.structured.records import Leftovers, Record, checked, refused
from adapters.conversion.structured.text_files import write_text
from adapters.conversion.structured.xslt import applied, transform
from adapters.conversion.unreadable import Unreadable
from adapters.conversion.xml_parts import PART_BYTES, Element, parse
from exchange.texts import Phrase

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})
_IN_ATTRIBUTES = str.maketrans({"\t": "&#9;", "\n": "&#10;"})


def read_xml(source: Path, mapping: Mapping, leftovers: Leftovers) -> Iterator[Record]:
    """
    The records in *source*.

    Raises:
        Unreadable: it is no XML that is read here, or not as the mapping says.
    """
    size = source.stat().st_size
    if size > PART_BYTES:
        raise Unreadable(Phrase("structured.file-large", {"found": size, "limit": PART_BYTES}))
    root = parse(source.read_bytes(), what=source.name)
    if mapping.xml.before:
        root = applied(root, mapping.xml.before)
    if root.tag != mapping.xml.root.tag:
        raise Unreadable(
            Phrase("structured.xml-root", {"found": str(root.tag), "wanted": mapping.xml.root.tag})
        )
    for number, element in enumerate(_at(root, mapping.xml.record, leftovers), 1):
        values = dict(_values(element, mapping, leftovers, number))
        yield checked(values, mapping, number)


def write_xml(target: Path, records: Iterable[Record], mapping: Mapping, *, encoding: str = "utf-8") -> int:
    """Write *records* into *target*; how many there were."""
    if mapping.xml.after:
        return _write_through(target, records, mapping)
    return _write(target, records, mapping, encoding)


def _write_through(target: Path, records: Iterable[Record], mapping: Mapping) -> int:
    """The stylesheet says in which encoding it writes."""
    between = target.with_name(f"{target.name}.records")
    try:
        count = _write(between, records, mapping, "utf-8")
        transform(between, target, stylesheet=mapping.xml.after)
    finally:
        between.unlink(missing_ok=True)
    return count


def _write(target: Path, records: Iterable[Record], mapping: Mapping, encoding: str) -> int:
    count = 0

    def pieces() -> Iterator[str]:
        nonlocal count
        *around, record_step = mapping.xml.record
        spelling = _Spelling(mapping)
        yield f'<?xml version="1.0" encoding="{encoding.upper()}"?>\n'
        yield f"<{spelling.of(mapping.xml.root)}{spelling.declarations}>"
        yield "".join(f"<{spelling.of(step)}>" for step in around)
        for count, record in enumerate(records, 1):  # noqa: B007  (it is the answer)
            yield "\n" + _tree(record, record_step, mapping).written(spelling)
        yield (
            "\n" + "".join(f"</{spelling.of(step)}>" for step in reversed((mapping.xml.root, *around))) + "\n"
        )

    write_text(target, pieces(), encoding)
    return count


# ---- reading


def _at(root: Element, path: tuple[Step, ...], leftovers: Leftovers) -> Iterator[Element]:
    """The elements at *path* below *root*; others on the way are left behind."""
    here, *further = path
    for child in root:
        if child.tag != here.tag:
            leftovers.add(_name(child.tag))
        elif further:
            yield from _at(child, tuple(further), leftovers)
        else:
            yield child


def _values(
    element: Element, mapping: Mapping, leftovers: Leftovers, number: int
) -> Iterator[tuple[str, str | None]]:
    columns = {column.path: column for column in mapping.columns}
    seen: set[tuple[Step, ...]] = set()
    for path, value in _leaves(element, (), {column.path for column in mapping.columns}):
        column = columns.get(path)
        if column is None:
            leftovers.add("/".join(("@" if step.attribute else "") + step.name for step in path))
            continue
        if path in seen:
            raise refused(number, column, Phrase("structured.value-twice"))
        seen.add(path)
        yield column.name, value


def _leaves(
    element: Element, path: tuple[Step, ...], known: set[tuple[Step, ...]]
) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Every value in *element*: its attributes, and its text where it has no elements or is a column."""
    for name, value in element.attrib.items():
        yield (*path, _step(str(name), attribute=True)), str(value)
    text = (element.text or "") + "".join(child.tail or "" for child in element)
    if path in known or text.strip():
        yield path, text
    for child in element:
        yield from _leaves(child, (*path, _step(str(child.tag))), known)


def _step(tag: str, *, attribute: bool = False) -> Step:
    space, _, name = tag.rpartition("}")
    return Step(name, space.removeprefix("{"), attribute)


def _name(tag: object) -> str:
    return str(tag).rpartition("}")[2]


# ---- writing


class _Spelling:
    """Names with their prefixes; every namespace that the mapping uses is declared once, at the root."""

    def __init__(self, mapping: Mapping) -> None:
        self._prefixes = {space: prefix for prefix, space in mapping.xml.namespaces.items()}
        self.declarations = "".join(
            f' xmlns:{prefix}="{space.translate(_ESCAPES)}"' for space, prefix in self._prefixes.items()
        )

    def of(self, step: Step) -> str:
        prefix = self._prefixes.get(step.namespace, "")
        return f"{prefix}:{step.name}" if prefix else step.name


@dataclass
class _Node:
    """An element that is being put together from the paths of columns."""

    step: Step
    text: str = ""
    attributes: dict[Step, str] = field(default_factory=dict)
    children: dict[Step, _Node] = field(default_factory=dict)

    def put(self, path: tuple[Step, ...], value: str) -> None:
        here, *further = path
        if here.attribute:
            self.attributes[here] = value
            return
        child = self.children.setdefault(here, _Node(here))
        if further:
            child.put(tuple(further), value)
        else:
            child.text = value

    def written(self, spelling: _Spelling) -> str:
        name = spelling.of(self.step)
        attributes = "".join(
            f' {spelling.of(step)}="{value.translate(_ESCAPES).translate(_IN_ATTRIBUTES)}"'
            for step, value in self.attributes.items()
        )
        inside = self.text.translate(_ESCAPES) + "".join(
            each.written(spelling) for each in self.children.values()
        )
        return f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes}/>"


def _tree(record: Record, step: Step, mapping: Mapping) -> _Node:
    node = _Node(step)
    for column in mapping.columns:
        if column.name in record:
            node.put(column.path, record[column.name])
    return node
