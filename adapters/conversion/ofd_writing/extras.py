# SPDX-License-Identifier: Apache-2.0
"""
What a PDF holds beside its pages: title and dates, bookmarks, attached files; as OFD says them.

Names in a PDF never become names in the package. Knows both formats' words for these three things,
and no page content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdftypes import PDFStream

from adapters.conversion.ofd_writing.geometry import MM_A_POINT, figure
from adapters.conversion.ofd_writing.identities import Identities
from adapters.conversion.ofd_writing.objects import (
    BROKEN,
    array,
    dictionary,
    identity,
    name,
    number,
    plain,
    stream,
    text,
)
from adapters.conversion.ofd_writing.package import FOLDER, Package
from adapters.conversion.ofd_writing.shelf import writable
from adapters.conversion.ofd_writing.unpacking import unpacked

MOST_BOOKMARKS: Final = 10_000
MOST_ATTACHMENTS: Final = 1_000
DEEPEST: Final = 32  # bookmarks and name trees within one another
_DATE = re.compile(r"D?:?(\d{4})(\d{2})?(\d{2})?")
_FIELDS: Final = (("Title", "Title"), ("Author", "Author"), ("Subject", "Subject"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bookmark leads: a page's ID in the package, and its height in millimetres."""

    page: int
    height: float
    shift: float  # of the page's upper edge, in user space points


def information(given: Mapping[str, Any], digest: str) -> str:
    """The children of `DocInfo`, in the standard's order."""
    said = [f"<ofd:DocID>{digest[:32]}</ofd:DocID>"]
    said += [_element(label, text(given.get(key))) for key, label in _FIELDS]
    said += [_element("CreationDate", _date(given.get("CreationDate")))]
    said += [_element("ModDate", _date(given.get("ModDate")))]
    words = [word for word in re.split(r"[,;，；、]\s*|\s{2,}", text(given.get("Keywords"))) if word.strip()]
    if words:
        said.append(
            f"<ofd:Keywords>{''.join(_element('Keyword', word) for word in words[:50])}</ofd:Keywords>"
        )
    said.append(_element("Creator", text(given.get("Creator")) or text(given.get("Producer"))))
    return "".join(said)


def _element(label: str, content: str) -> str:
    clean = writable(content).strip()
    return f"<ofd:{label}>{escape(clean)}</ofd:{label}>" if clean else ""


def _date(value: object) -> str:
    found = _DATE.match(text(value).strip())
    if found is None:
        return ""
    year, month, day = found[1], found[2] or "01", found[3] or "01"
    return f"{year}-{month}-{day}" if "01" <= month <= "12" and "01" <= day <= "31" else ""


# ---- bookmarks


def outlines(document: PDFDocument, places: Mapping[int, Place], order: Sequence[int]) -> tuple[str, int]:
    """The `Outlines` element, "" where there are none, and how many bookmarks it holds."""
    top = dictionary(document.catalog.get("Outlines"))
    seen: set[int] = set()
    body = "".join(_bookmarks(document, top.get("First"), places, order, seen, 0))
    return (f"<ofd:Outlines>{body}</ofd:Outlines>" if body else ""), len(seen)


def _bookmarks(
    document: PDFDocument,
    first: object,
    places: Mapping[int, Place],
    order: Sequence[int],
    seen: set[int],
    depth: int,
) -> Iterator[str]:
    entry = first
    while entry is not None and depth < DEEPEST and len(seen) < MOST_BOOKMARKS:
        key = identity(entry)
        if key in seen:
            return
        seen.add(key)
        attributes = dictionary(entry)
        title = quoteattr(writable(text(attributes.get("Title"))).strip() or "-")
        inner = list(_bookmarks(document, attributes.get("First"), places, order, seen, depth + 1))
        count = f' Count="{len(inner)}"' if inner else ""
        shut = ' Expanded="false"' if inner and number(attributes.get("Count")) < 0 else ""
        leads = _action(_destination(document, attributes), places, order)
        yield f"<ofd:OutlineElem Title={title}{count}{shut}>{leads}{''.join(inner)}</ofd:OutlineElem>"
        entry = attributes.get("Next")


def _destination(document: PDFDocument, attributes: Mapping[str, Any]) -> list[Any]:
    found = plain(attributes.get("Dest"))
    if found is None:
        action = dictionary(attributes.get("A"))
        found = plain(action.get("D")) if name(action.get("S")) == "GoTo" else None
    if found is not None and not isinstance(found, list):
        found = _named(document, found)
    return array(found)


def _named(document: PDFDocument, label: object) -> object:
    try:
        found = plain(document.get_dest(label if isinstance(label, bytes) else name(label)))
    except (*BROKEN, RecursionError):
        return None
    return found if isinstance(found, list) else dictionary(found).get("D")


def _action(destination: Sequence[Any], places: Mapping[int, Place], order: Sequence[int]) -> str:
    if not destination:
        return ""
    page = identity(destination[0])
    index = plain(destination[0])
    if page not in places and isinstance(index, int) and 0 <= index < len(order):
        page = order[index]
    if page not in places:
        return ""
    place = places[page]
    kind = name(destination[1]) if len(destination) > 1 else ""
    at = {"XYZ": 3, "FitH": 2, "FitBH": 2, "FitR": 5}.get(kind, 0)
    stated = plain(destination[at]) if 0 < at < len(destination) else None
    top = (place.shift - number(stated)) * MM_A_POINT if isinstance(stated, int | float) else 0.0
    inside = min(max(top, 0.0), place.height)
    dest = f'<ofd:Dest Type="XYZ" PageID="{place.page}" Left="0" Top="{figure(inside)}" Zoom="0"/>'
    return f'<ofd:Actions><ofd:Action Event="CLICK"><ofd:Goto>{dest}</ofd:Goto></ofd:Action></ofd:Actions>'


# ---- attachments


def attachments(
    catalog: Mapping[str, Any],
    files: Sequence[Mapping[str, Any]],
    package: Package,
    identities: Identities,
) -> tuple[str, int]:
    """
    Write the attached files into the package; the element that names them, and how many they are.

    files: those that are attached to places on pages; one that is also attached to the document is one.
    """
    said: list[str] = []
    seen: set[int] = set()
    tree = dictionary(catalog.get("Names")).get("EmbeddedFiles")
    for label, specification in (*_leaves(tree, set(), 0), *(("", file) for file in files)):
        held = dictionary(specification.get("EF"))
        found = stream(held.get("UF")) or stream(held.get("F"))
        if found is None or (found.objid or id(found)) in seen or len(said) >= MOST_ATTACHMENTS:
            continue
        seen.add(found.objid or id(found))
        title = text(specification.get("UF")) or text(specification.get("F")) or label
        said.append(_attach(found, title, package, identities))
    if not said:
        return "", 0
    package.xml(f"{FOLDER}/Attachs/Attachments.xml", "Attachments", "".join(said))
    return "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>", len(said)


def _attach(found: PDFStream, title: str, package: Package, identities: Identities) -> str:
    clean = writable(title).strip() or "attachment"
    kind = re.search(r"\.([A-Za-z0-9]{1,8})$", clean)
    extension = kind[1].lower() if kind else "bin"
    key, content = identities.next(), unpacked(found)
    file = f"attachment_{key}.{extension}"
    package.add(f"{FOLDER}/Attachs/{file}", content)
    created = _date(dictionary(found.get("Params")).get("CreationDate"))
    when = f' CreationDate="{created}T00:00:00"' if created else ""
    return (
        f'<ofd:Attachment ID="{key}" Name={quoteattr(clean)} Format={quoteattr(extension)}{when} '
        f'Size="{figure(len(content) / 1024)}"><ofd:FileLoc>{file}</ofd:FileLoc></ofd:Attachment>'
    )


def _leaves(node: object, seen: set[int], depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    key = identity(node)
    if (key and key in seen) or depth > DEEPEST:
        return
    seen.add(key)
    attributes = dictionary(node)
    pairs = array(attributes.get("Names"))
    for label, value in zip(pairs[::2], pairs[1::2], strict=False):
        yield text(label), dictionary(value)
    for kid in array(attributes.get("Kids")):
        yield from _leaves(kid, seen, depth + 1)
