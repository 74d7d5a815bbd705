# SPDX-License-Identifier: Apache-2.0
"""
XSLT 1.0 that can compute and do nothing else: no file, no network, no extension.

What a stylesheet might reach out by is refused before it runs, with its name; libxslt denies it once
more. A stylesheet comes from a message type's maker, but its effects must not depend on his goodwill.
It runs in the conversion's own process, whose limits end what does not end by itself.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeAlias

from lxml import etree

from adapters.conversion import formats as f
from adapters.conversion.unreadable import Unreadable
from adapters.conversion.xml_parts import PART_BYTES, parse
from exchange import Report
from exchange.texts import Phrase

Element: TypeAlias = etree._Element

MIB = 1 << 20
STYLESHEET_BYTES = 4 * MIB
OUTPUT_BYTES = 256 * MIB
DEPTH = 500  # templates within templates
_XSLT = "{http://www.w3.org/1999/XSL/Transform}"
_REACHES_OUT = frozenset({f"{_XSLT}import", f"{_XSLT}include"})
_EXTENSIONS = ("extension-element-prefixes", f"{_XSLT}extension-element-prefixes")
_FOREIGN_CALL = re.compile(r"(?<![\w.:-])([^\W\d][\w.-]*:[^\W\d][\w.-]*)\s*\(")
_OWN_CALL = re.compile(r"(?<![\w.:-])(document|unparsed-text|system-property)\s*\(")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")

_xslt: Any = etree  # the stubs know less than the library
_xslt.XSLT.set_global_max_depth(DEPTH)


def transform(source: Path, target: Path, *, stylesheet: bytes, produces: str = f.XML) -> Report:
    """
    Write what *stylesheet* makes of the XML *source* into *target*, in the encoding that it names.

    Raises:
        Reject: EX-311, the stylesheet or the source cannot be read, or the transformation failed.
    """
    try:
        made = _transformed(source, _compiled(stylesheet))
    except Unreadable as e:
        raise e.refusal(f.XML, produces) from e
    with target.open("xb") as writing:
        writing.write(made)
    return Report()


def applied(root: Element, stylesheet: bytes) -> Element:
    """
    The root of what *stylesheet* makes of the document of *root*.

    Raises:
        Unreadable: the stylesheet cannot be read, fails, or makes no document.
    """
    made: Element | None = _run(_compiled(stylesheet), root).getroot()
    if made is None:
        raise Unreadable(Phrase("structured.stylesheet", {"reason": "-"}))
    return made


def check(stylesheet: bytes) -> None:
    """
    Whether *stylesheet* can be run at all.

    Raises:
        Unreadable: it cannot be read, or reaches out.
    """
    _compiled(stylesheet)


def _run(style: Any, root: Element) -> Any:
    try:
        return style(root)
    except etree.XSLTError as e:
        raise Unreadable(Phrase("structured.stylesheet", {"reason": str(e)[:200]})) from e


def _compiled(stylesheet: bytes) -> Any:
    root = parse(stylesheet, what="stylesheet", limit_bytes=STYLESHEET_BYTES)
    for element in root.iter(etree.Element):
        _judge(element)
    try:
        return _xslt.XSLT(root, regexp=False, access_control=_xslt.XSLTAccessControl.DENY_ALL)
    except etree.XSLTParseError as e:
        raise Unreadable(Phrase("structured.stylesheet", {"reason": str(e)[:200]})) from e


def _judge(element: Element) -> None:
    if element.tag in _REACHES_OUT:
        raise _forbidden(f"xsl:{str(element.tag).removeprefix(_XSLT)}")
    for name, value in element.attrib.items():
        if name in _EXTENSIONS:
            raise _forbidden("extension-element-prefixes")
        expression = _QUOTED.sub("''", str(value))
        for pattern in (_FOREIGN_CALL, _OWN_CALL):
            if found := pattern.search(expression):
                raise _forbidden(f"{found[1]}()")


def _forbidden(what: str) -> Unreadable:
    return Unreadable(Phrase("structured.stylesheet-forbidden", {"what": what}))


def _transformed(source: Path, style: Any) -> bytes:
    size = source.stat().st_size
    if size > PART_BYTES:
        raise Unreadable(Phrase("structured.file-large", {"found": size, "limit": PART_BYTES}))
    root = parse(source.read_bytes(), what=source.name)
    made = bytes(_run(style, root))
    if len(made) > OUTPUT_BYTES:
        raise Unreadable(Phrase("structured.file-large", {"found": len(made), "limit": OUTPUT_BYTES}))
    return made
