# SPDX-License-Identifier: Apache-2.0
"""
Real OFD packages look in the PDF as ofd.js shows them in Chromium, wherever ofd.js can show them.

Pages are compared as grey pictures, blurred over 6 pixels and made 8 times smaller, so that another face
of the same character counts little and a thing that is missing, moved or in another colour counts much.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageFilter

from adapters.conversion.ofd.conversion import converted
from tests.adapters.conversion.reference.ofd_js import PIXELS_PER_MM, Reference

LIMIT = 9.0  # mean difference of a page, of 255; what differs most is text in another face
PAGES = 6  # of each package

# Where the reference is wrong, and how it was seen.
NOT_COMPARED = {
    "ofdrw-converter__testImageOverridePage": "it shows a turned picture beside its place",
    "ofdrw-converter__testPathFillOpacity": "its browser refuses embedded fonts: text is missing",
}


@pytest.mark.slow
def test_pages_look_as_an_independent_reader_shows_them(corpus: Path) -> None:
    packages = [file for file in sorted((corpus / "ofd").glob("*.ofd")) if file.stem not in NOT_COMPARED]
    compared: dict[str, float] = {}
    for package in packages:
        compared |= {f"{package.stem} {page}": score for page, score in _scores(package)}
    shown = {name.rpartition(" ")[0] for name in compared}
    assert {name: score for name, score in compared.items() if score > LIMIT} == {}
    assert len(shown) * 2 > len(packages), "the reference opened less than half of them"


def _scores(package: Path) -> Iterator[tuple[int, float]]:
    try:
        with Reference() as reference:
            theirs = reference.render(package)[:PAGES]
    except AssertionError:  # it cannot open this package
        return
    for page, picture in enumerate(theirs):
        other = Image.open(io.BytesIO(picture))
        own = _own(package, page).resize(other.size)
        grey = ImageChops.difference(_coarse(own), _coarse(other)).tobytes()
        yield page, sum(grey) / len(grey)


def _own(package: Path, page: int) -> Image.Image:
    with TemporaryDirectory() as folder:
        target = Path(folder, "a.pdf")
        converted(package, target)
        document = pypdfium2.PdfDocument(target.read_bytes())
        drawn: Image.Image = document[page].render(scale=PIXELS_PER_MM * 25.4 / 72).to_pil()
        document.close()
    return drawn


def _coarse(picture: Image.Image) -> Image.Image:
    grey = picture.convert("L").filter(ImageFilter.GaussianBlur(6))
    return grey.resize((max(1, grey.width // 8), max(1, grey.height // 8)))
