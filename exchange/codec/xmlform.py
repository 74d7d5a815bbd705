# SPDX-License-Identifier: Apache-2.0
"""
XML in and out: one hardened parser, one canonical writer, and nothing between.

Documents travel in exclusive canonical form, so that equal documents are equal bytes and a
signature needs no second serialisation. The writer here emits that form directly; the parser
refuses everything a canonical document cannot contain, and `parse_canonical` proves that what
was read is what was sent. XML elements never leave `codec`.
"""

from __future__ import annotations

import binascii
import re
import threading
from collections.abc import Iterable
from typing import Any, TypeAlias

from lxml import etree

from exchange.errors import Reject
from exchange.model.limits import LIMITS

NAMESPACE = "urn:govbus:exchange:1"
_PREFIX = f"{{{NAMESPACE}}}"
Element: TypeAlias = etree._Element

_FORBIDDEN = (b"<!", b"<?")  # DTD, CDATA, comments, processing instructions and the XML declaration
_NAMESPACES_MOST = 64  # declarations in one document; ours has two
_ATTRIBUTES_MOST = 64  # on one element; canonical form sorts them in quadratic time
_TOO_MUCH = f"boolean(//@*[{_ATTRIBUTES_MOST + 1}] or {'/*' * (LIMITS.depth + 1)})"
_DECLARATION = re.compile(rb"xmlns(?::[^=\s:]*)?\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


class _RefuseAll(etree.Resolver):
    # lxml loads external DTDs again when collect_ids is off: keep it on, and refuse whatever is asked for.
    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        raise ValueError(f"external reference to {system_url} refused")


class _OfThread(threading.local):
    # A parser that has parsed before costs half; one that two threads share makes them wait for each other.
    def __init__(self) -> None:
        self.parser = hardened_parser()
        self.is_too_much = etree.XPath(_TOO_MUCH)


def hardened_parser() -> etree.XMLParser:
    """The one way in which XML is read here: nothing is fetched, expanded, repaired or defaulted."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_blank_text=False,
        recover=False,
        encoding="utf-8",
    )
    parser.resolvers.add(_RefuseAll())
    return parser


def parse(data: bytes, *, limit_bytes: int, what: str) -> Element:
    """
    The root element of the document *data*, by the hardened parser.

    Raises:
        Reject: EX-103, too large, too deep or too crowded; EX-101, not well-formed UTF-8 XML, or with a DTD,
            CDATA, comment or processing instruction. An XML declaration that says UTF-8 passes.
    """
    if len(data) > limit_bytes:
        raise Reject("EX-103", what=what, found=f"{len(data)} bytes", limit=f"{limit_bytes} bytes")
    body = _without_declaration(data, what)
    for mark in _FORBIDDEN:
        if mark in body:
            raise Reject("EX-101", what=what, reason=f"{mark.decode()} is not allowed")
    # A canonical directory restates the namespace of each of its rules; what costs libxml2 is different ones.
    declared = body.count(b"xmlns")
    if declared > _NAMESPACES_MOST and (declared := len(set(_DECLARATION.findall(body)))) > _NAMESPACES_MOST:
        raise Reject("EX-103", what=what, found=f"{declared} namespace declarations", limit=_NAMESPACES_MOST)
    try:
        body.decode("utf-8")
        root = etree.fromstring(body, _mine.parser)
    except etree.XMLSyntaxError as e:
        raise Reject("EX-101", what=what, reason=e.msg[:200]) from e
    except ValueError as e:
        raise Reject("EX-101", what=what, reason=str(e)[:200]) from e
    if _mine.is_too_much(root):
        limit = f"{LIMITS.depth} nested elements, {_ATTRIBUTES_MOST} attributes on one"
        raise Reject("EX-103", what=what, found="a deeper or more crowded tree", limit=limit)
    return root


def parse_canonical(data: bytes, *, limit_bytes: int, what: str) -> Element:
    """
    The root element of *data*, which must be in exclusive canonical form.

    Raises:
        Reject: EX-101, it is not; otherwise as `parse`.
    """
    root = parse(data, limit_bytes=limit_bytes, what=what)
    try:
        form = canonical(root)
    except etree.C14NError as e:  # such as a relative namespace: it has no canonical form
        raise Reject("EX-101", what=what, reason=str(e)[:200]) from e
    if form != data:
        raise Reject("EX-101", what=what, reason="it is not in exclusive canonical form")
    return root


def canonical(root: Element) -> bytes:
    """*root* as exclusive canonical XML without comments."""
    return etree.tostring(root, method="c14n", exclusive=True, with_comments=False)


def _without_declaration(data: bytes, what: str) -> bytes:
    if not data.startswith(b"<?xml "):
        return data
    declaration, close, body = data.partition(b"?>")
    if not close or (b"encoding" in declaration and b"utf-8" not in declaration.lower()):
        raise Reject("EX-101", what=what, reason="the encoding must be UTF-8")
    return body.lstrip(b"\r\n\t ")


_mine = _OfThread()


# ---- writing


def text(value: str) -> str:
    """
    *value* as character data in canonical form.

    Raises:
        Reject: EX-104, it has a character that XML cannot carry.
    """
    if found := _UNWRITABLE.search(value):
        raise Reject(
            "EX-104", what="text", found=f"character U+{ord(found[0]):04X}", wanted="characters of XML 1.0"
        )
    if "&" in value or "<" in value or ">" in value or "\r" in value:
        return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")
    return value


def readable(value: str, limit: int) -> str:
    """*value* in at most *limit* characters, what XML cannot carry replaced."""
    shown = _UNWRITABLE.sub("\ufffd", value)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def attribute(value: str) -> str:
    """*value* as an attribute's value, without its quotes, in canonical form."""
    escaped = text(value).replace("&gt;", ">").replace('"', "&quot;")
    return escaped.replace("\t", "&#x9;").replace("\n", "&#xA;")


def element(name: str, value: str | None) -> str:
    """`<name>value</name>`, or nothing at all for None."""
    return "" if value is None else f"<{name}>{text(value)}</{name}>"


def base64_text(data: bytes) -> str:
    """*data* in base64, on one line."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def base64_bytes(value: str | bytes | memoryview, what: str) -> bytes:
    """
    The bytes behind *value*.

    Raises:
        Reject: EX-104, it is not base64 in its one canonical spelling.
    """
    try:
        data = binascii.a2b_base64(value, strict_mode=True)
    except ValueError as e:
        raise Reject("EX-104", what=what, found=str(e), wanted="base64") from e
    if not has_canonical_end(value, data):
        raise Reject("EX-104", what=what, found="base64 with something behind its end", wanted="base64")
    return data


def has_canonical_end(value: str | bytes | memoryview, data: bytes) -> bool:
    """
    Whether *value* is the one base64 spelling of *data*, which it was decoded to.

    Source: RFC 4648, section 3.5: "pad bits MUST be set to zero by conforming encoders"; the
    decoder does not look at them, nor at padding behind four whole characters.
    """
    if len(value) != -(-len(data) // 3) * 4:
        return False
    over = len(data) % 3
    if not over:
        return True
    end = value[-4:]
    found = end.encode() if isinstance(end, str) else bytes(end)
    return binascii.b2a_base64(data[-over:], newline=False) == found


# ---- reading


class Reader:
    """
    The children of one element, by local name: what a codec reads a value from.

    Every look-up says what it wants; what nobody asked for is left to the schema. Children of
    another namespace have no name here.
    """

    __slots__ = ("_children", "what")

    def __init__(self, element: Element, what: str) -> None:
        self.what = what
        self._children: dict[str, list[Element]] = {}
        for child in element:
            tag = child.tag
            if tag.startswith(_PREFIX):
                self._children.setdefault(tag[len(_PREFIX) :], []).append(child)

    def text(self, name: str) -> str:
        """
        The text of child *name*.

        Raises:
            Reject: EX-102, there is none.
        """
        found = self._children.get(name)
        if found is None:
            raise Reject("EX-102", what=self.what, line=0, reason=f"element {name} is missing")
        return found[0].text or ""

    def optional(self, name: str) -> str | None:
        found = self._children.get(name)
        return None if found is None else found[0].text or ""

    def number(self, name: str) -> int:
        return number(self.text(name), f"{self.what}: {name}")

    def child(self, name: str) -> Element | None:
        """The first child called *name*."""
        found = self._children.get(name)
        return None if found is None else found[0]

    def every(self, name: str) -> list[Element]:
        """All children called *name*, in order."""
        return self._children.get(name, [])


def local(element: Element) -> str:
    """The local name of *element*, whose namespace the schema has checked."""
    return element.tag.rpartition("}")[2]


def number(value: str, what: str) -> int:
    """
    A whole number of at most 18 digits, 0 or more.

    Raises:
        Reject: EX-104, it is spelled otherwise.
    """
    if not (value.isascii() and value.isdecimal() and len(value) <= 18) or (
        len(value) > 1 and value[0] == "0"
    ):
        raise Reject("EX-104", what=what, found=value[:40], wanted="a whole number")
    return int(value)


def boolean(value: str | None, what: str) -> bool:
    """
    `true` or `false`.

    Raises:
        Reject: EX-104, it is spelled otherwise.
    """
    if value not in ("true", "false"):
        raise Reject("EX-104", what=what, found=str(value)[:40], wanted="true or false")
    return value == "true"


def attribute_of(element: Element, name: str, what: str) -> str:
    """
    The attribute *name* of *element*.

    Raises:
        Reject: EX-102, there is none.
    """
    value = element.get(name)
    if value is None:
        raise Reject("EX-102", what=what, line=element.sourceline, reason=f"attribute {name} is missing")
    return value


def hashes(value: str, what: str) -> tuple[bytes, ...]:
    """The 32-byte hashes joined in one base64 *value*."""
    data = base64_bytes(value, what) if value else b""
    if len(data) % 32:
        raise Reject("EX-104", what=what, found=f"{len(data)} bytes", wanted="hashes of 32 bytes")
    return tuple(data[i : i + 32] for i in range(0, len(data), 32))


def joined(parts: Iterable[bytes]) -> str:
    """*parts*, one after the other, in one base64 text."""
    return base64_text(b"".join(parts))
