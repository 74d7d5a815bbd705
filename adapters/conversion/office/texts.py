# SPDX-License-Identifier: Apache-2.0
"""
What can be read in a document, counted character by character, to see what a conversion lost.

An office says how many characters it has seen, and is wrong about long documents; so both sides are
counted by us: PDF through PDFium, OOXML and OpenDocument in their XML. Order does not count, white
space does not, and what a result has more (numbers of lists, heads of pages) is no loss.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.conversion import formats as f
from adapters.conversion.containers import Container
from adapters.conversion.unreadable import Unreadable
from exchange import Seals

if TYPE_CHECKING:
    import pypdfium2

PART_BYTES: Final = 256 << 20
_OOXML_PARTS: Final = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_OOXML_TEXT: Final = re.compile(r"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_OOXML_TWICE: Final = re.compile(r"<mc:Fallback>.*?</mc:Fallback>", re.DOTALL)
_OOXML_PAGES: Final = re.compile(r"<Pages>(\d{1,7})</Pages>")
_ODF_UNSEEN: Final = re.compile(
    r"<(text:tracked-changes|office:annotation|office:scripts)\b.*?</\1>", re.DOTALL
)
_OOXML_SIGNATURE: Final = re.compile(r"_xmlsignatures/[^/]+\.xml", re.IGNORECASE)
_ODF_SIGNATURES: Final = "META-INF/documentsignatures.xml"
_ODF_SIGNATURE: Final = re.compile(r"<(?:\w+:)?Signature[\s/>]")
_TAG: Final = re.compile(r"<[^>]*>")
_SPACE: Final = re.compile(r"[\s\u00ad\u200b-\u200f\ufeff\x00-\x1f\ufffe\uffff]+")

Characters = Counter[str]


def characters_of(file: Path, form: str) -> Characters | None:
    """How often each character can be read in *file*; None: not counted in this format."""
    try:
        if form == f.PDF:
            return _counted(_pdf(file))
        if form in (f.DOCX, f.DOCM):
            return _counted(_ooxml(file))
        return _counted(_odt(file)) if form == f.ODT else None
    except (Unreadable, RuntimeError):  # PDFium's own is one
        return None


def lost(before: Characters | None, after: Characters | None) -> int | None:
    """How many characters of *before* are not in *after*; None: one of them was not counted."""
    return None if before is None or after is None else (before - after).total()


def pages_of(file: Path, form: str) -> int | None:
    """How many pages *file* has, or says that it had where it was last laid out; None: it does not say."""
    try:
        if form == f.PDF:
            with closing(_opened(file)) as document:
                return len(document)
        if form not in (f.DOCX, f.DOCM):
            return None
        with Container(file) as container:
            if not container.find("docProps/app.xml"):
                return None
            said = _OOXML_PAGES.search(_read(container, "docProps/app.xml"))
            return int(said[1]) if said else None
    except (Unreadable, RuntimeError):  # PDFium's own is one
        return None


def signatures_of(file: Path, form: str) -> Seals | None:
    """The digital signatures of *file*, which hold for no result and are not verified; None: not counted."""
    if form not in (f.DOCX, f.DOCM, f.ODT):
        return None
    try:
        with Container(file) as container:
            if form != f.ODT:
                return Seals(unproven=sum(map(bool, map(_OOXML_SIGNATURE.fullmatch, container.names))))
            if not container.find(_ODF_SIGNATURES):
                return Seals()
            return Seals(unproven=len(_ODF_SIGNATURE.findall(_read(container, _ODF_SIGNATURES))))
    except Unreadable:
        return None


def _counted(texts: Iterator[str]) -> Characters:
    counted: Characters = Counter()
    for text in texts:
        counted.update(unicodedata.normalize("NFKC", _SPACE.sub("", text)))
    return counted


def _opened(file: Path) -> pypdfium2.PdfDocument:
    import pypdfium2  # it comes with the office; what lacks it is told by `installation`

    return pypdfium2.PdfDocument(file)


def _pdf(file: Path) -> Iterator[str]:
    with closing(_opened(file)) as document:
        for page in document:
            with closing(page), closing(page.get_textpage()) as text:
                yield text.get_text_range()


def _ooxml(file: Path) -> Iterator[str]:
    with Container(file) as container:
        for name in filter(_OOXML_PARTS.fullmatch, container.names):
            xml = _OOXML_TWICE.sub("", _read(container, name))
            yield from (html.unescape(found[1]) for found in _OOXML_TEXT.finditer(xml))


def _odt(file: Path) -> Iterator[str]:
    with Container(file) as container:
        xml = _ODF_UNSEEN.sub("", _read(container, "content.xml"))
        yield html.unescape(_TAG.sub("", xml))


def _read(container: Container, name: str) -> str:
    return container.read(name, PART_BYTES).decode("utf-8", "replace")
