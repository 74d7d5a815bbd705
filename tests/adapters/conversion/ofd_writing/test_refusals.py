# SPDX-License-Identifier: Apache-2.0
"""PDFs that cannot be converted are refused by name; what is merely odd is converted all the same."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from adapters.conversion.ofd_writing import PdfToOfd, interpreter, source, unpacking
from exchange import Reject
from tests.adapters.conversion.ofd_writing.packages import NS, converted
from tests.adapters.conversion.ofd_writing.pdfs import Pdf, helvetica


def refused(data: bytes, folder: Path) -> str:
    """The key of the reason for which *data* is refused."""
    file = folder / "source.pdf"
    file.write_bytes(data)
    with pytest.raises(Reject) as caught:
        PdfToOfd().convert(file, folder / "target.ofd")
    assert caught.value.code == "EX-311"
    reason = caught.value.values["reason"]
    return str(reason.key)


def plain() -> Pdf:
    pdf = Pdf()
    pdf.page("BT /F 12 Tf 72 700 Td (text) Tj ET", resources=f"/Font << /F {helvetica(pdf)} >>")
    return pdf


def protected(user: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(user, ownerPassword="owner", canModify=0), invariant=1)
    canvas.drawString(72, 700, "secret")
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize("data", [b"", b"no PDF at all", b"PK\3\4" + bytes(2000)])
def test_what_is_no_pdf_is_called_that(tmp_path: Path, data: bytes) -> None:
    assert refused(data, tmp_path) == "conversion.pdf.no-pdf"


def test_a_password_is_asked_for(tmp_path: Path) -> None:
    assert refused(protected("open sesame"), tmp_path) == "conversion.pdf.password"


def test_a_pdf_that_only_restricts_what_is_done_with_it_is_converted(tmp_path: Path) -> None:
    written, _ = converted(protected(""), tmp_path)
    assert written.texts() == ["secret"]


def test_a_truncated_pdf_is_damaged(tmp_path: Path) -> None:
    assert refused(plain().bytes()[:60], tmp_path) == "conversion.pdf.damaged"


def test_a_pdf_without_pages_is_refused(tmp_path: Path) -> None:
    assert refused(Pdf().bytes(), tmp_path) in ("conversion.pdf.no-page", "conversion.pdf.damaged")


def test_more_pages_than_are_converted_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_PAGES", 1)
    pdf = plain()
    pdf.page("")
    assert refused(pdf.bytes(), tmp_path) == "conversion.pdf.pages"


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "LARGEST_STREAM", 1 << 20)
    pdf = Pdf()
    pdf.page(b"0 0 9 9 re f\n" + b" " * (8 << 20))
    assert refused(pdf.bytes(), tmp_path) == "conversion.pdf.bomb"


def nested(levels: int, times: int, *, own: bool = True, last: str = "0 0 9 9 re f", note: str = "") -> bytes:
    """Forms of which each draws the next *times* over; *own*: each has resources of its own."""
    pdf = Pdf()
    form = pdf.stream(last, "/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    for _ in range(levels):
        named = f"/Resources << /XObject << /A {form} >> >>" if own else ""
        drawn = f"/A {note} Do " * times
        form = pdf.stream(drawn, f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] {named}")
    annotation = pdf.add(f"<< /Subtype /Stamp /Rect [0 0 9 9] /AP << /N {form} >> >>")
    pdf.page("/A Do", resources=f"/XObject << /A {form} >>")
    pdf.page("", more=f"/Annots [{annotation}]")
    return pdf.bytes()


@pytest.mark.parametrize("note", ["", "%note\n"])
@pytest.mark.parametrize("levels", [14, 30])
def test_forms_that_draw_one_another_over_and_over_are_refused(
    tmp_path: Path, levels: int, note: str
) -> None:
    assert refused(nested(levels, 10, note=note), tmp_path) == "conversion.pdf.forms"


def test_what_draws_nothing_is_not_counted(tmp_path: Path) -> None:
    converted(nested(14, 10, note="5"), tmp_path)


def test_forms_within_forms_are_drawn_where_they_are_few(tmp_path: Path) -> None:
    written, _ = converted(nested(5, 3), tmp_path)
    assert len(written.objects("PathObject")) == 3**5
    assert len(written.objects("PathObject", 1)) == 3**5


def test_a_long_form_counts_as_long_as_it_is(tmp_path: Path) -> None:
    long = "0 0 9 9 re f " * 4000
    assert refused(nested(3, 9, last=long), tmp_path) == "conversion.pdf.forms"


def test_a_form_that_draws_itself_is_drawn_as_deep_as_forms_go(tmp_path: Path) -> None:
    converted(nested(1, 1, own=False), tmp_path)
    (tmp_path / "target.ofd").unlink()
    assert refused(nested(1, 3, own=False), tmp_path) == "conversion.pdf.forms"


def test_glyphs_that_are_streams_are_counted_as_they_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreter, "MOST_INNER", 300)
    assert refused(nested(5, 3), tmp_path) == "conversion.pdf.forms"


def test_an_index_that_is_lost_is_made_anew(tmp_path: Path) -> None:
    data = plain().bytes()
    at = data.index(b"startxref\n") + len(b"startxref\n")
    written, _ = converted(data[:at] + b"7\n%%EOF\n", tmp_path)
    assert written.texts() == ["text"]


def test_what_only_pdfium_can_open_is_read_from_its_copy(tmp_path: Path) -> None:
    """Something stands before the head, and every place in the index is that much off."""
    written, _ = converted(b"From: a mail gateway\r\n\r\n" + plain().bytes(), tmp_path)
    assert written.texts() == ["text"]


def test_content_that_breaks_off_is_drawn_until_there(tmp_path: Path) -> None:
    pdf = Pdf()
    pdf.page("0 0 9 9 re f (not closed")
    written, _ = converted(pdf.bytes(), tmp_path)
    assert len(written.objects("PathObject")) == 1


@pytest.mark.parametrize(
    "content",
    [
        "f f* S re 1 re (x) Tj /None Do /None gs /None sh Q Q Q cm",
        "BT /None 12 Tf (x) Tj [(x) /y << >>] TJ ET",
        "/Pattern cs /None scn 0 0 9 9 re f",
        "1e400 0 0 1e400 0 0 cm 0 0 9 9 re f",
        "0 0 0 0 0 0 cm 0 0 9 9 re f BT /F 12 Tf (x) Tj ET",
        "99999999999999999999 0 m 5 5 l S",
        "[] 0 d [0 0] 0 d -5 w 9 J 9 j 0 0 m 9 9 l S",
        "BI /W 999999999 /H 999999999 /CS /RGB /BPC 8 ID x EI",
        "q " * 3000 + "0 0 9 9 re f",
        "<< /A [ [ [ ] ] ] >> BDC EMC EMC EMC",
    ],
)
def test_operators_that_make_no_sense_do_no_harm(tmp_path: Path, content: str) -> None:
    pdf = Pdf()
    pdf.page(content, resources=f"/Font << /F {helvetica(pdf)} >>")
    converted(pdf.bytes(), tmp_path)


@pytest.mark.parametrize(
    "resources",
    [
        "/Font << /F 99 0 R >>",
        "/Font << /F << /Type /Font >> >>",
        "/Font << /F << /Type /Font /Subtype /Type0 /Encoding /Identity-H >> >>",
        "/Font << /F << /Type /Font /Subtype /Type3 >> >>",
        "/Font << /F << /Subtype /TrueType /FontDescriptor << /FontFile2 99 0 R >> /Widths 3 >> >>",
        "/Font [1 2 3]",
    ],
)
def test_fonts_that_make_no_sense_do_no_harm(tmp_path: Path, resources: str) -> None:
    pdf = Pdf()
    pdf.page("BT /F 12 Tf 72 700 Td (text) Tj ET", resources=resources)
    converted(pdf.bytes(), tmp_path)


def test_damaged_data_in_a_stream_reads_as_far_as_it_goes(tmp_path: Path) -> None:
    pdf = Pdf()
    lines = b"".join(b"%d 0 9 9 re f\n" % number for number in range(2000))
    packed = bytearray(zlib.compress(lines))
    packed[len(packed) // 2 :] = bytes(len(packed) - len(packed) // 2)
    stream = pdf.stream(bytes(packed), "/Filter /FlateDecode", packed=False)
    pdf.page("", size=(3000, 100), more=f"/Contents {stream}")
    written, _ = converted(pdf.bytes(), tmp_path)
    assert 500 < len(written.objects("PathObject")) < 2000


def test_many_pages_are_pages(tmp_path: Path) -> None:
    pdf = Pdf()
    font = helvetica(pdf)
    for number in range(200):
        pdf.page(f"BT /F 12 Tf 72 700 Td (page {number}) Tj ET", resources=f"/Font << /F {font} >>")
    written, report = converted(pdf.bytes(), tmp_path)
    assert len(list(written.xml("Doc_0/Document.xml").iter(f"{NS}Page"))) == 200
    assert written.texts(199) == ["page 199"]
    assert report.characters == sum(len(f"page{number}") for number in range(200))
    assert (report.pages_before, report.pages, report.lost) == (200, 200, 0)
