# SPDX-License-Identifier: Apache-2.0
"""
The PDF that is converted: opened without trust, refused by name, read page by page.

Two readers look at it. PDFium judges whether it can be opened at all and draws the pages that must
become pictures; pdfminer gives the objects. Objects are forgotten after each page, so that memory
does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

import pypdfium2
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFStream
from PIL import Image

from adapters.conversion.ofd_writing.geometry import MM_A_POINT, Box, Matrix
from adapters.conversion.ofd_writing.nesting import Forms
from adapters.conversion.ofd_writing.objects import BROKEN, array, dictionary, stream
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

MOST_PAGES: Final = 5_000
MOST_OBJECTS_KEPT: Final = 2_000  # between pages
PICTURE_DPI: Final = 200
LARGEST_PICTURE: Final = 25_000_000  # pixels of a page that becomes a picture
LARGEST_PAGE_MM: Final = 5_100.0  # 200 inches, PDF's own limit
_PLAIN: Final = 3  # FPDF_REMOVE_SECURITY
_PASSWORD: Final = 4  # FPDF_ERR_PASSWORD


@dataclass(frozen=True, slots=True)
class Page:
    """
    One page: where its content stands and what it looks like.

    key: the number of its object; box: of the OFD page, in millimetres, beginning at 0 0; ctm: from the
    page's user space to there.
    """

    number: int
    key: int
    box: Box
    ctm: Matrix
    contents: tuple[PDFStream, ...]
    resources: Mapping[str, Any]
    annotations: tuple[Any, ...]


class Source:
    """An open PDF."""

    def __init__(self, file: Path) -> None:
        self._pdfium = _opened(file)
        self.pages_stated = len(self._pdfium)
        if not self.pages_stated:
            raise Unreadable(Phrase("conversion.pdf.no-page"))
        if self.pages_stated > MOST_PAGES:
            limit = {"pages": self.pages_stated, "limit": MOST_PAGES}
            raise Unreadable(Phrase("conversion.pdf.pages", limit))
        self._file: BinaryIO = file.open("rb")
        try:
            self._document = self._read() or self._read_copy()
        except Unreadable:
            self.close()
            raise
        self.catalog: Mapping[str, Any] = self._document.catalog
        self.information: Mapping[str, Any] = (
            dictionary(self._document.info[0]) if self._document.info else {}
        )
        self.document = self._document

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self._pdfium.close()

    def _read(self) -> PDFDocument | None:
        """The document as pdfminer has it; None where it does not find all pages."""
        try:
            document = PDFDocument(PDFParser(self._file))
            found = sum(1 for _ in PDFPage.create_pages(document))
        except (*BROKEN, RecursionError):
            return None
        return document if found == self.pages_stated else None

    def _read_copy(self) -> PDFDocument:
        """The document from a copy that PDFium writes, for it bears more than pdfminer does."""
        copy = TemporaryFile()  # noqa: SIM115  (closed with this)
        self._file.close()
        self._file = copy
        try:
            self._pdfium.save(copy, flags=_PLAIN)
        except pypdfium2.PdfiumError as e:
            raise _damaged(e) from e
        document = self._read()
        if document is None:
            raise Unreadable(Phrase("conversion.pdf.pages-lost", {"stated": self.pages_stated}))
        return document

    def pages(self) -> Iterator[Page]:
        """The pages, in order."""
        found = PDFPage.create_pages(self._document)
        number = 0
        while True:
            try:
                page = next(found, None)
            except (*BROKEN, RecursionError) as e:
                raise _damaged(e) from e
            if page is None:
                break
            yield _page(page, number)
            number += 1
            self._forget()

    def _forget(self) -> None:
        # pdfminer keeps every object that it has read, for ever; what is needed again is read again.
        kept = self._document._cached_objs
        if len(kept) > MOST_OBJECTS_KEPT or sum(_weight(each) for each, _ in kept.values()) > 32 << 20:
            kept.clear()
            self._document._parsed_objs.clear()

    def text(self, number: int) -> str:
        """What PDFium reads within the edges of a page."""
        with self._page(number) as page:
            found: str = page.get_textpage().get_text_bounded(errors="ignore")
        return found

    def draw(self, number: int) -> Image.Image:
        """A page as PDFium draws it."""
        with self._page(number) as page:
            width, height = page.get_size()
            scale = PICTURE_DPI / 72
            scale *= min(1.0, (LARGEST_PICTURE / max(1.0, width * height * scale * scale)) ** 0.5)
            drawn: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
        return drawn

    @contextmanager
    def _page(self, number: int) -> Iterator[pypdfium2.PdfPage]:
        """
        A page as PDFium has it.

        Raises:
            Unreadable: PDFium cannot read it, whatever pdfminer can.
        """
        try:
            with closing(self._pdfium[number]) as page:
                yield page
        except pypdfium2.PdfiumError as e:
            raise _damaged(e) from e


def _opened(file: Path) -> pypdfium2.PdfDocument:
    with file.open("rb") as reading:
        if b"%PDF-" not in reading.read(1024):
            raise Unreadable(Phrase("conversion.pdf.no-pdf"))
    try:
        return pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as e:
        if getattr(e, "err_code", None) == _PASSWORD:
            raise Unreadable(Phrase("conversion.pdf.password")) from e
        raise _damaged(e) from e


def _damaged(error: BaseException) -> Unreadable:
    said = " ".join(str(error).split())[:200] or type(error).__name__
    return Unreadable(Phrase("conversion.pdf.damaged", {"error": said}))


def _weight(found: object) -> int:
    if not isinstance(found, PDFStream):
        return 0
    return len(found.data or b"") + len(found.rawdata or b"")


def _page(page: PDFPage, number: int) -> Page:
    box, ctm = _placed(_visible(page), page.rotate // 90 * 90 % 360)
    found = [stream(each) for each in page.contents]
    contents = tuple(each for each in found if each is not None)
    key = page.pageid if isinstance(page.pageid, int) else 0
    annotations = tuple(array(page.annots))
    resources = dictionary(page.resources)
    Forms().judge(contents, resources, annotations)
    return Page(number, key, box, ctm, contents, resources, annotations)


def judged(page: PDFPage) -> PDFPage:
    """
    *page*, for who reads it with pdfminer alone.

    Raises:
        Unreadable: it draws its forms more often than anybody can wait for.
    """
    found = [each for each in map(stream, page.contents) if each is not None]
    Forms().judge(found, dictionary(page.resources), array(page.annots))
    return page


def _visible(page: PDFPage) -> Box:
    """The crop box within the media box, in user space; the media box where they have nothing in common."""
    media, crop = (
        Box(min(x, u), min(y, v), max(x, u), max(y, v)) for x, y, u, v in (page.mediabox, page.cropbox)
    )
    met = media.meet(crop)
    found = media if met.empty else met
    return Box(0.0, 0.0, 612.0, 792.0) if found.empty else found


def _placed(box: Box, turn: int) -> tuple[Box, Matrix]:
    """The OFD page of a visible *box* turned clockwise, and the matrix from user space to it."""
    k = MM_A_POINT
    width, height = min(box.width * k, LARGEST_PAGE_MM), min(box.height * k, LARGEST_PAGE_MM)
    left, low, right, high = box.left * k, box.top * k, box.right * k, box.bottom * k
    if turn == 90:
        return Box(0, 0, height, width), (0, k, k, 0, -low, -left)
    if turn == 180:
        return Box(0, 0, width, height), (-k, 0, 0, k, right, -low)
    if turn == 270:
        return Box(0, 0, height, width), (0, -k, -k, 0, high, right)
    return Box(0, 0, width, height), (k, 0, 0, -k, -left, high)
