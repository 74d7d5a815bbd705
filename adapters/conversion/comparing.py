# SPDX-License-Identifier: Apache-2.0
"""
What a PDF looks like and says, to be held against what it was made of or what became of it.

Looks are compared in small gray pictures of the same pages, drawn by one renderer: so small that another
way of smoothing edges hardly counts; a line, a stroke or a seal that is missing, moved or of another
colour does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Final

import pypdfium2
from PIL import Image, ImageChops, ImageStat

from exchange import Difference

DPI: Final = 50
REDUCED: Final = 2  # pixels across and down, taken together after drawing
LARGEST: Final = 1_000_000  # pixels of one picture, however large the page
MOST_PAGES: Final = 8  # that are compared: to draw a page again costs half as much as to convert it
WHOLLY: Final = 10_000  # ten-thousandths
_WHITE: Final = 255


def chosen(pages: int) -> tuple[int, ...]:
    """Which of *pages* are compared, from 0: all of a few, of many some from the first to the last."""
    if pages <= MOST_PAGES:
        return tuple(range(pages))
    return tuple(number * (pages - 1) // (MOST_PAGES - 1) for number in range(MOST_PAGES))


def compared(before: Path, after: Path | BinaryIO, numbers: Sequence[int]) -> Difference | None:
    """
    The pages *numbers* of the PDF *before* against the pages of the PDF *after*, which are these in order.

    None: there is nothing to compare.

    Raises:
        PdfiumError: one of them cannot be drawn.
    """
    with closing(pypdfium2.PdfDocument(before)) as source, closing(pypdfium2.PdfDocument(after)) as made:
        found = [
            (_distance(_drawn(source, number), _drawn(made, place) if place < len(made) else None), number)
            for place, number in enumerate(numbers)
        ]
    if not found:
        return None
    worst, number = max(found, key=lambda each: (each[0], -each[1]))
    return Difference(worst, number + 1, len(found))


def _distance(one: Image.Image, other: Image.Image | None) -> int:
    """The mean over all pixels, in ten-thousandths of the way from black to white."""
    if other is None:
        return WHOLLY
    apart = ImageChops.difference(one, other if other.size == one.size else other.resize(one.size))
    mean: float = ImageStat.Stat(apart).mean[0]
    return round(mean / _WHITE * WHOLLY)


def _drawn(document: pypdfium2.PdfDocument, number: int) -> Image.Image:
    with closing(document[number]) as page:
        width, height = page.get_size()
        scale = DPI / 72
        scale *= min(1.0, (LARGEST / max(1.0, width * height * scale * scale)) ** 0.5)
        drawn: Image.Image = page.render(scale=scale, grayscale=True, may_draw_forms=False).to_pil()
        return drawn.convert("L").reduce(REDUCED)


def said_in(pdf: Path) -> Iterator[str]:
    """
    What can be read in *pdf*, page by page.

    Raises:
        PdfiumError: it cannot be read.
    """
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for page in document:
            with closing(page), closing(page.get_textpage()) as text:
                yield text.get_text_range(errors="ignore")
