# SPDX-License-Identifier: Apache-2.0
"""A package is looked at again after it was written: how unlike its PDF it looks, and what was signed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from adapters.conversion.comparing import MOST_PAGES
from adapters.conversion.formats import PDF
from adapters.conversion.ofd_writing import PdfToOfd, looking_back
from adapters.conversion.ofd_writing.looking_back import difference
from adapters.conversion.unreadable import Unreadable
from exchange import Seals
from exchange.edge.conversion_process import ConversionProcess
from exchange.texts import Phrase
from tests.adapters.conversion.ofd_writing.build import FIXTURES, FOLDER
from tests.adapters.conversion.ofd_writing.pdfs import Pdf

CLOSE = 20  # ten-thousandths
SQUARE = "0 g 100 100 200 200 re f"


@pytest.mark.parametrize("name", FIXTURES)
def test_what_was_converted_well_hardly_differs(name: str, tmp_path: Path) -> None:
    report = PdfToOfd().convert(FOLDER / f"{name}.pdf", tmp_path / "a.ofd")
    assert report.difference is not None
    assert report.difference.worst < CLOSE
    assert report.difference.pages == report.pages


def test_the_difference_comes_out_of_the_process_of_the_bus(tmp_path: Path) -> None:
    with ConversionProcess() as process:
        source = FOLDER / "official_document.pdf"
        report = process.convert(PdfToOfd(), source, tmp_path / "a", from_format=PDF)
    assert report.difference is not None
    assert (report.difference.page, report.difference.pages) == (1, 1)
    assert (report.seals_before, report.seals_after) == (Seals(), Seals())


def test_it_is_not_measured_where_nobody_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PdfToOfd, "given", {"measure": False})
    report = PdfToOfd().convert(FOLDER / "shapes.pdf", tmp_path / "a.ofd")
    assert (report.difference, report.pages) == (None, 1)


def changed(ofd: Path, target: Path, page: str) -> Path:
    """*ofd* without what stands on *page*."""
    with zipfile.ZipFile(ofd) as reading, zipfile.ZipFile(target, "w") as writing:
        for name in reading.namelist():
            data = reading.read(name)
            if page in name:
                data = data.replace(b"ofd:PathObject", b"ofd:Nothing")
            writing.writestr(name, data)
    return target


def test_a_page_on_which_something_is_missing_is_named(tmp_path: Path) -> None:
    pdf = Pdf()
    for _ in range(3):
        pdf.page(SQUARE)
    (tmp_path / "a.pdf").write_bytes(pdf.bytes())
    PdfToOfd().convert(tmp_path / "a.pdf", tmp_path / "a.ofd")
    without = changed(tmp_path / "a.ofd", tmp_path / "b.ofd", "Page_1")
    found = difference(tmp_path / "a.pdf", without, 3)
    assert found is not None
    assert (found.page, found.pages) == (2, 3)
    assert found.share == pytest.approx(0.08, abs=0.01)


def test_of_a_long_document_some_pages_are_compared(tmp_path: Path) -> None:
    pdf = Pdf()
    for _ in range(MOST_PAGES + 3):
        pdf.page(SQUARE)
    (tmp_path / "a.pdf").write_bytes(pdf.bytes())
    report = PdfToOfd().convert(tmp_path / "a.pdf", tmp_path / "a.ofd")
    assert report.difference is not None
    assert report.difference.pages == MOST_PAGES
    assert report.difference.worst < CLOSE


@pytest.mark.parametrize(
    "trouble", [Unreadable(Phrase("conversion.ofd.no-pages")), MemoryError(), ValueError()]
)
def test_what_cannot_be_looked_at_again_is_converted_all_the_same(
    trouble: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise trouble

    monkeypatch.setattr(looking_back, "paint_pages", fail)
    report = PdfToOfd().convert(FOLDER / "shapes.pdf", tmp_path / "a.ofd")
    assert (report.difference, report.pages) == (None, 1)


# ---- signatures


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """
    Two signature fields that hold a signature, one of them within another field; and three that hold none.

    One field is said to be among its own.
    """
    pdf = Pdf()
    pdf.page("")
    value = pdf.add("<< /Type /Sig /Filter /Adobe.PPKLite /Contents <00> >>")
    plain = pdf.add(f"<< /FT /Sig /T (one) /V {value} >>")
    kid = pdf.add(f"<< /T (two) /V {value} >>")
    parent = pdf.add(f"<< /FT /Sig /T (form) /Kids [{kid}] >>")
    empty = pdf.add("<< /FT /Sig /T (three) >>")
    text = pdf.add(f"<< /FT /Tx /T (four) /V {value} >>")
    ring = pdf.add(f"<< /T (five) /Kids [{len(pdf._objects) + 1} 0 R] >>")
    pdf.catalogue = f"/AcroForm << /Fields [{plain} {parent} {empty} {text} {ring} 7] /SigFlags 3 >>"
    (tmp_path / "signed.pdf").write_bytes(pdf.bytes())
    return tmp_path / "signed.pdf"


def test_the_signatures_of_the_pdf_are_counted_and_none_is_left(signed: Path, tmp_path: Path) -> None:
    report = PdfToOfd().convert(signed, tmp_path / "a.ofd")
    assert (report.seals_before, report.seals_after) == (Seals(unproven=2), Seals())
