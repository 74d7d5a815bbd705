# SPDX-License-Identifier: Apache-2.0
"""A PDF's pages as OFD pages: their size and turn, text, paths, colours and clips."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.conversion.ofd_writing.packages import NS, converted
from tests.adapters.conversion.ofd_writing.pdfs import Pdf, helvetica


def one_page(content: str, **page: object) -> bytes:
    pdf = Pdf()
    font = helvetica(pdf)
    pdf.page(content, resources=f"/Font << /F {font} >>", **page)  # type: ignore[arg-type]
    return pdf.bytes()


def test_a_page_has_its_size_in_millimetres(tmp_path: Path) -> None:
    written, _ = converted(one_page("", size=(720, 360)), tmp_path)
    assert written.page().findtext(f"{NS}Area/{NS}PhysicalBox") == "0 0 254 127"


@pytest.mark.parametrize(("turn", "box"), [(90, "0 0 127 254"), (180, "0 0 254 127"), (270, "0 0 127 254")])
def test_a_turned_page_has_its_sides_turned(tmp_path: Path, turn: int, box: str) -> None:
    written, _ = converted(one_page("", size=(720, 360), more=f"/Rotate {turn}"), tmp_path)
    assert written.page().findtext(f"{NS}Area/{NS}PhysicalBox") == box


@pytest.mark.parametrize(
    ("turn", "where"),
    [(0, (25.4, 101.6)), (90, (0.0, 25.4)), (180, (203.2, 0.0)), (270, (101.6, 203.2))],
)
def test_a_turned_page_has_its_content_turned(tmp_path: Path, turn: int, where: tuple[float, float]) -> None:
    """A square of an inch, an inch from the left and on the lower edge of the page before it is turned."""
    written, _ = converted(one_page("72 0 72 72 re f", size=(720, 360), more=f"/Rotate {turn}"), tmp_path)
    (shape,) = written.objects("PathObject")
    left, top, width, height = (float(each) for each in shape.attrib["Boundary"].split())
    assert (left, top, width, height) == pytest.approx((*where, 25.4, 25.4), abs=0.01)


def test_the_crop_box_is_what_is_seen(tmp_path: Path) -> None:
    data = one_page("144 144 72 72 re f", size=(720, 360), more="/CropBox [72 72 360 288]")
    written, _ = converted(data, tmp_path)
    assert written.page().findtext(f"{NS}Area/{NS}PhysicalBox") == "0 0 101.6 76.2"
    assert written.objects("PathObject")[0].get("Boundary") == "25.4 25.4 25.4 25.4"


def test_text_is_text_where_it_stood(tmp_path: Path) -> None:
    written, report = converted(one_page("BT /F 36 Tf 72 360 Td (Hello) Tj ET", size=(720, 720)), tmp_path)
    (text,) = written.objects("TextObject")
    code = text.findall(f"{NS}TextCode")[0]
    left, top, _, _ = (float(each) for each in text.attrib["Boundary"].split())
    assert written.texts() == ["Hello"]
    assert report.characters == 5
    assert float(text.attrib["Size"]) == pytest.approx(12.7)
    assert left + float(code.attrib["X"]) == pytest.approx(25.4, abs=0.002)
    assert top + float(code.attrib["Y"]) == pytest.approx(127, abs=0.002)
    steps = [float(step) for step in code.attrib["DeltaX"].split()]
    assert steps == pytest.approx([each * 12.7 for each in (0.722, 0.556, 0.222, 0.222)], abs=0.002)
