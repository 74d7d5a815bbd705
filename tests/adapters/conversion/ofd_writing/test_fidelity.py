# SPDX-License-Identifier: Apache-2.0
"""
What a PDF shows, its OFD shows: pictures of both compared, by our own reader and by one that is not ours.

A difference is the mean over all pixels of a slightly blurred gray picture, in hundredths of the way
from black to white; the blur forgives another way of smoothing edges, and nothing else.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from adapters.conversion.ofd.edge import OfdToPdf
from adapters.conversion.ofd_writing import PdfToOfd
from tests.adapters.conversion.ofd_writing.build import FIXTURES, FOLDER
from tests.adapters.conversion.ofd_writing.packages import Written, defects
from tests.adapters.conversion.reference.ofd_js import Reference
from tests.adapters.conversion.seen_pages import difference, drawn, letters

CLOSE, NEAR = 0.5, 1.0  # to our own reader, and to the reference, which smooths text in its own way

# Fixtures of what the reference draws too; it knows no clips, gradients, even-odd rule nor outlined text.
OFD = Path(__file__).parents[1] / "ofd" / "fixtures"
OFD_FOR_THE_REFERENCE = ("annotations", "page_resources")  # most others are of what it does not draw
FOR_THE_REFERENCE = ("font_kinds", "not_in_ofd", "official_document", "turned_pages")


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


@pytest.mark.slow
@pytest.mark.parametrize("name", FOR_THE_REFERENCE)
def test_what_an_ofd_shows_to_the_reference_its_pdf_shows(
    name: str, reference: Reference, tmp_path: Path
) -> None:
    ofd = as_ofd(name, tmp_path)
    assert apart_from_the_reference(ofd, reference, tmp_path) < NEAR


@pytest.mark.slow
@pytest.mark.parametrize("name", OFD_FOR_THE_REFERENCE)
def test_what_an_ofd_fixture_shows_to_the_reference_its_pdf_shows(
    name: str, reference: Reference, tmp_path: Path
) -> None:
    assert apart_from_the_reference(OFD / f"{name}.ofd", reference, tmp_path) < NEAR


def apart_from_the_reference(ofd: Path, reference: Reference, folder: Path) -> float:
    """How far the PDF of *ofd* is at most from what the reference shows of it."""
    pdf = folder / "straight.pdf"
    OfdToPdf().convert(ofd, pdf)
    pictures = [Image.open(io.BytesIO(each)) for each in reference.render(ofd)]
    return max(difference(*pair) for pair in zip(drawn(pdf), pictures, strict=True))
