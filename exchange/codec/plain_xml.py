# SPDX-License-Identifier: Apache-2.0
"""
A small XML document as plain values, for adapters that read files which people write.

The parser is the one hardened parser of `xmlform`; its elements do not leave this floor. Each
value knows its line, so that a complaint can name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exchange.codec import xmlform


@dataclass(frozen=True, slots=True)
class PlainElement:
    """One element: local name, line in the file, attributes, stripped text, children in order."""

    name: str
    line: int
    attributes: Mapping[str, str]
    text: str
    children: tuple[PlainElement, ...]


def read_xml(data: bytes, *, limit_bytes: int, what: str) -> PlainElement:
    """
    The document in *data*, named *what* in complaints.

    Raises:
        Reject: EX-101 or EX-103, as `xmlform.parse`.
    """
    return _plain(xmlform.parse(data, limit_bytes=limit_bytes, what=what), _lines_before(data))


def _lines_before(data: bytes) -> int:
    """The line ends in and after an XML declaration, which the parser does not see."""
    declaration, close, body = data.partition(b"?>")
    if not close or not data.startswith(b"<?xml "):
        return 0
    return declaration.count(b"\n") + body[: len(body) - len(body.lstrip())].count(b"\n")


def _plain(element: xmlform.Element, before: int) -> PlainElement:
    attributes = {str(name): str(value) for name, value in element.attrib.items()}
    children = tuple(_plain(child, before) for child in element)
    text = (element.text or "").strip()
    return PlainElement(xmlform.local(element), before + _line(element), attributes, text, children)


def _line(element: xmlform.Element) -> int:
    line: object = element.sourceline
    return line if isinstance(line, int) else 0
