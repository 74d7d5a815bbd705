# SPDX-License-Identifier: Apache-2.0
"""
XML that comes inside documents: read by one hardened parser, the one home of lxml among the converters.

Nothing is fetched, expanded or declared: a document type declaration refuses the part. Comments and
processing instructions are dropped. Bytes become text here, by the encoding that they declare (UTF-8,
UTF-16 or a GB encoding) and by no other, so that nothing hides from the checks in an encoding that the
parser alone understands. Size, depth and number of elements are bounded before anybody walks the tree.
"""

from __future__ import annotations

import codecs
import re
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from lxml import etree

from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

Element: TypeAlias = etree._Element

MIB = 1 << 20
PART_BYTES = 64 * MIB  # of one part; its tree takes some six times as much memory
DEPTH = 200  # nested elements; libxml2 itself ends at 256
ELEMENTS = 2_000_000  # of one part

_ENCODINGS = {
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii"), "utf-8"),
    **dict.fromkeys(("utf-16", "utf16", "utf-16le", "utf-16be"), "utf-16"),
    **dict.fromkeys(("gb18030", "gbk", "gb2312", "gb_2312-80", "cp936"), "gb18030"),
}
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*?\?>")
_DECLARED = re.compile(rb"""\A\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


class _RefuseAll(etree.Resolver):
    # lxml loads external DTDs again when collect_ids is off: keep it on, and refuse whatever is asked for.
    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        raise ValueError(f"external reference to {system_url} refused")


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.strict = _parser(recover=False)
        self.lenient = _parser(recover=True)


def _parser(*, recover: bool) -> etree.XMLParser:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
        encoding="utf-8",
    )
    parser.resolvers.add(_RefuseAll())
    return parser


_mine = _OfThread()


def parse(data: bytes, *, what: str, limit_bytes: int = PART_BYTES, lenient: bool = False) -> Element:
    """
    The root element of the XML part *data*.

    Args:
        what: the part's name, for the sentence of the refusal.
        lenient: repair what is not well-formed as far as it can be, such as undeclared prefixes and broken
            characters; a part without any element is refused all the same.

    Raises:
        Unreadable: too large, too deep, too many elements, another encoding, not well-formed, or it has
            a document type declaration.
    """
    if len(data) > limit_bytes:
        raise _refused("conversion.xml.large", what, found=len(data), limit=limit_bytes)
    body = _checked(_decoded(data, what, "replace" if lenient else "strict"), what)
    root = _parsed(body, what, _mine.lenient if lenient else _mine.strict)
    if count_elements(root) > ELEMENTS:
        raise _refused("conversion.xml.crowded", what, limit=ELEMENTS)
    if etree.XPath(f"boolean({'/*' * (DEPTH + 1)})")(root):
        raise _refused("conversion.xml.deep", what, limit=DEPTH)
    return root


def _decoded(data: bytes, what: str, errors: str) -> str:
    encoding = _encoding(data, what)
    try:
        return data.decode(encoding, errors).lstrip("\ufeff")
    except UnicodeDecodeError as e:
        reason = f"{e.encoding}: byte {e.start}"
        raise _refused("conversion.xml.malformed", what, reason=reason) from e


def _encoding(data: bytes, what: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if data[:4] in (b"<\0?\0", b"\0<\0?"):
        return "utf-16-le" if data[0] else "utf-16-be"
    declared = _DECLARED.match(data[:400])
    name = declared[1].decode().lower() if declared else "utf-8"
    if name not in _ENCODINGS:
        raise _refused("conversion.xml.encoding", what, found=name)
    return _ENCODINGS[name]


def _checked(text: str, what: str) -> bytes:
    declaration = _DECLARATION.match(text)
    body = text[declaration.end() :] if declaration else text
    if "<!DOCTYPE" in body or "<!ENTITY" in body:
        raise _refused("conversion.xml.doctype", what)
    return body.strip().encode("utf-8")


def _parsed(body: bytes, what: str, parser: etree.XMLParser) -> Element:
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as e:
        raise _refused("conversion.xml.malformed", what, reason=str(e)[:200]) from e
    if root is None:  # nothing could be repaired
        raise _refused("conversion.xml.malformed", what, reason="-")
    return root


def _refused(key: str, what: str, **values: object) -> Unreadable:
    return Unreadable(Phrase(key, {"what": what, **values}))


# ---- walking, by local names: namespaces in real documents are not to be relied on


def name_of(element: Element) -> str:
    """The local name of *element*; a prefix that nobody declared is none of it."""
    return _local(str(element.tag))


@lru_cache(4096)  # a document has few names and many elements
def _local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2]


def children(element: Element | None, *names: str) -> Iterator[Element]:
    """The children of *element*, those with one of the local *names* where any is given."""
    for child in element if element is not None else ():
        if not names or name_of(child) in names:
            yield child


def child(element: Element | None, name: str) -> Element | None:
    """The first child of *element* with the local *name*."""
    return next(children(element, name), None)


def text_of(element: Element | None, default: str = "") -> str:
    """The text of *element*, without white space around it; *default* where there is none."""
    return ((element.text or "").strip() if element is not None else "") or default


def attribute(element: Element, name: str, default: str = "") -> str:
    """The attribute with the local *name*, whatever namespace it was put into."""
    found = element.get(name)
    if found is not None:
        return str(found)
    for key in map(str, element.keys()):
        if key.endswith(name) and _local(key) == name:
            return str(element.get(key))
    return default


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """All elements below *element* with one of the local *names*, in the order of the document."""
    below = (each for each in element.iter(etree.Element) if each is not element)
    return (each for each in below if name_of(each) in names)


def count_elements(root: Element) -> int:
    """How many elements the tree has."""
    return sum(1 for _ in root.iter(etree.Element))


# ---- writing


def escaped(text: str) -> str:
    """*text* as character data or inside a quoted attribute; what XML cannot carry becomes U+FFFD."""
    plain = _UNWRITABLE.sub("\ufffd", text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def written(root: Element) -> bytes:
    """The document of *root*: UTF-8 with a declaration."""
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))
