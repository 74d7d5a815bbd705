# SPDX-License-Identifier: Apache-2.0
"""A converted fixture, seen by others: PDFium draws it and reads its text, pdfminer reads it again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pypdfium2
from pdfminer.high_level import extract_text
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1
from PIL import Image

from adapters.conversion.ofd.conversion import Conversion, converted
from tests.adapters.conversion.ofd.build import FIXTURES

PIXELS = 4  # in a millimetre
MILLIMETRE = 72 / 25.4  # points

Colour = tuple[int, int, int]


class Seen:
    """The PDF of an OFD package, and what the conversion said of it."""

    def __init__(self, ofd: bytes) -> None:
        with TemporaryDirectory() as folder:
            source, target = Path(folder, "a.ofd"), Path(folder, "a.pdf")
            source.write_bytes(ofd)
            self.said: Conversion = converted(source, target)
            self.pdf = target.read_bytes()
        self._pictures: dict[int, Image.Image] = {}

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """The document as PDFium has it."""
        document = pypdfium2.PdfDocument(self.pdf)
        try:
            yield document
        finally:
            document.close()

    @property
    def losses(self) -> tuple[str, ...]:
        """What was lost, in words."""
        return tuple(map(str, self.said.losses))

    def __len__(self) -> int:
        with self.opened() as document:
            return len(document)

    def colour(self, x: float, y: float, page: int = 0) -> Colour:
        """The colour at a place in millimetres from the upper left corner."""
        if page not in self._pictures:
            with self.opened() as document:
                drawn = document[page].render(scale=PIXELS / MILLIMETRE).to_pil()
                self._pictures[page] = drawn.convert("RGB")
        found = self._pictures[page].getpixel((round(x * PIXELS), round(y * PIXELS)))
        assert isinstance(found, tuple)
        return found

    def text(self, page: int = 0) -> str:
        """The text of a page as PDFium reads it, lines joined."""
        with self.opened() as document:
            read: str = document[page].get_textpage().get_text_bounded()
        return read.replace("\r", "").replace("\n", "")

    def text_elsewhere(self) -> str:
        """The text of all pages as pdfminer reads it."""
        return "".join(extract_text(io.BytesIO(self.pdf)).split())

    def boxes(self, page: int = 0) -> list[tuple[str, tuple[float, ...]]]:
        """Each character with its origin's box in millimetres: left, top, right, bottom."""
        found = []
        with self.opened() as document:
            text, height = document[page].get_textpage(), document[page].get_height()
            for index in range(text.count_chars()):
                left, bottom, right, top = text.get_charbox(index)
                box = (left, height - top, right, height - bottom)
                place = tuple(round(each / MILLIMETRE, 2) for each in box)
                found.append((text.get_text_range(index, 1), place))
        return found

    def links(self) -> list[tuple[tuple[float, ...], str | int | None]]:
        """The places to click on the first page, in millimetres, and the address or the page they lead to."""
        pages = list(PDFPage.create_pages(PDFDocument(PDFParser(io.BytesIO(self.pdf)))))
        numbers = {page.pageid: number for number, page in enumerate(pages)}
        found: list[tuple[tuple[float, ...], str | int | None]] = []
        for each in map(resolve1, resolve1(pages[0].annots)):
            left, bottom, right, top = (value / MILLIMETRE for value in each["Rect"])
            height = pages[0].mediabox[3] / MILLIMETRE
            leads = each["A"]["URI"].decode() if "A" in each else None
            if "Dest" in each:
                leads = numbers[each["Dest"][0].objid]
            found.append(((left, height - top, right, height - bottom), leads))
        return found

    def size(self, page: int = 0) -> tuple[float, float]:
        """What is shown of a page, in millimetres."""
        with self.opened() as document:
            width, height = document[page].get_size()
        return round(width / MILLIMETRE, 1), round(height / MILLIMETRE, 1)


@cache
def seen(name: str) -> Seen:
    """A fixture, converted once for all tests."""
    return Seen(FIXTURES[name]())


def near(found: Colour, wanted: Colour, by: int = 12) -> bool:
    """Whether two colours are the same to the eye."""
    return all(abs(one - other) <= by for one, other in zip(found, wanted, strict=True))
