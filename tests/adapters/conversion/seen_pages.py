# SPDX-License-Identifier: Apache-2.0
"""
What is seen of a PDF, for comparing: pictures of its pages, drawn by PDFium, and its letters.

A difference is the mean over all pixels of a slightly blurred gray picture, in hundredths of the way
from black to white; the blur forgives another way of smoothing edges, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops, ImageFilter, ImageStat

PIXELS_PER_MM = 5
POINTS_PER_MM = 72 / 25.4


def drawn(file: Path) -> list[Image.Image]:
    with closing(pypdfium2.PdfDocument(file)) as document:
        return [page.render(scale=PIXELS_PER_MM / POINTS_PER_MM).to_pil().convert("RGB") for page in document]


def letters(file: Path) -> Counter[str]:
    with closing(pypdfium2.PdfDocument(file)) as document:
        said = "".join(page.get_textpage().get_text_range() for page in document)
    return Counter(each for each in said if not each.isspace())


def difference(one: Image.Image, other: Image.Image) -> float:
    blurred = [each.convert("L").resize(one.size).filter(ImageFilter.BoxBlur(2)) for each in (one, other)]
    mean: float = ImageStat.Stat(ImageChops.difference(*blurred)).mean[0]
    return mean / 2.55
