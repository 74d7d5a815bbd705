# SPDX-License-Identifier: Apache-2.0
"""
What a PDF shows, its OFD shows: pictures of both compared, by our own reader and by one that is not ours.

A difference is the mean over all pixels of a slightly blurred gray picture, in hundredths of the way
from black to white; the blur forgives another way of smoothing edges, and nothing else.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from adapters.conversion.ofd.edge import OfdToPdf
from adapters.conversion.ofd_writing import PdfToOfd
from tests.adapters.conversion.ofd_writing.build import FIXTURES, FOLDER
from tests.adapters.conversion.ofd_writing.packages import Written, defects
from tests.adapters.conversion.reference.ofd_js import PIXELS_PER_MM, Reference

POINTS_PER_MM = 72 / 25.4
CLOSE, NEAR = 0.5, 1.0  # to our own reader, and to the reference, which smooths text in its own way

# Fixtures of what the reference draws too; it knows no clips, gradients, even-odd rule nor outlined text.
FOR_THE_REFERENCE = ("font_kinds", "not_in_ofd", "official_document", "turned_pages")


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


def as_ofd(name: str, folder: Path) -> Path:
    target = folder / f"{name}.ofd"
    PdfToOfd().convert(FOLDER / f"{name}.pdf", target)
    assert list(defects(Written(target))) == []
    return target


@pytest.mark.parametrize("name", FIXTURES)
def test_the_fixture_is_what_its_script_makes(name: str) -> None:
    assert (FOLDER / f"{name}.pdf").read_bytes() == FIXTURES[name]()


@pytest.mark.parametrize("name", FIXTURES)
def test_what_a_pdf_shows_its_ofd_shows_to_our_own_reader(name: str, tmp_path: Path) -> None:
    back = tmp_path / "back.pdf"
    OfdToPdf().convert(as_ofd(name, tmp_path), back)
    source = FOLDER / f"{name}.pdf"
    before, after = drawn(source), drawn(back)
    assert [each.size for each in after] == [each.size for each in before]
    assert max(difference(*pair) for pair in zip(before, after, strict=True)) < CLOSE
    assert letters(back) == letters(source)


@pytest.fixture(scope="module")
def reference() -> Iterator[Reference]:
    with Reference() as reference:
        yield reference


@pytest.mark.slow
@pytest.mark.parametrize("name", FOR_THE_REFERENCE)
def test_what_a_pdf_shows_its_ofd_shows_to_the_reference(
    name: str, reference: Reference, tmp_path: Path
) -> None:
    pictures = [Image.open(io.BytesIO(each)) for each in reference.render(as_ofd(name, tmp_path))]
    before = drawn(FOLDER / f"{name}.pdf")
    assert reference.refused_fonts == []
    assert len(pictures) == len(before)
    assert max(difference(*pair) for pair in zip(before, pictures, strict=True)) < NEAR
