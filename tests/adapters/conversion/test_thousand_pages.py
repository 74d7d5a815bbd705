# SPDX-License-Identifier: Apache-2.0
"""A document of a thousand pages is one document as any other, on every way."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pypdfium2
import pytest
from reportlab.pdfgen.canvas import Canvas

from adapters.conversion.ofd.edge import OfdToPdf
from adapters.conversion.ofd_writing import PdfToOfd
from adapters.conversion.office.edges import OfficeToPdf
from adapters.conversion.reconstruction.edge import PdfToDocx
from exchange import Converter
from exchange.edge.conversion_process import ConversionProcess
from tests.adapters.conversion.documents import docx, paragraph

PAGES = 1_000
BREAK = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("long") / "long.pdf"
    canvas = Canvas(str(made), invariant=1)
    for number in range(PAGES):
        canvas.drawString(100, 700, f"Page {number}.")
        canvas.showPage()
    canvas.save()
    return made


def converted(source: Path, *ways: Converter) -> Path:
    with ConversionProcess() as process:
        for number, way in enumerate(ways):
            target = source.with_name(f"{type(way).__name__}-{number}")
            process.convert(way, source, target, from_format="a/document")
            source = target
    return source


def texts(pdf: Path) -> list[str]:
    """The text of each page."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return [page.get_textpage().get_text_range().strip() for page in document]


def test_a_long_pdf_becomes_ofd_and_pdf_again(pdf: Path) -> None:
    assert texts(converted(pdf, PdfToOfd(), OfdToPdf())) == [f"Page {number}." for number in range(PAGES)]


def test_a_long_word_file_becomes_pdf(tmp_path: Path) -> None:
    source = tmp_path / "long.docx"
    source.write_bytes(docx(BREAK.join(paragraph(f"Page {number}.") for number in range(PAGES))))
    assert [text for text in texts(converted(source, OfficeToPdf())) if text][-1] == f"Page {PAGES - 1}."


def test_a_long_pdf_is_reconstructed(pdf: Path) -> None:
    assert converted(pdf, PdfToDocx()).stat().st_size > 0
