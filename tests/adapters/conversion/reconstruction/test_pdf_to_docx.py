# SPDX-License-Identifier: Apache-2.0
"""PDF to Word: text, paragraphs, tables, rules and pictures come back from where they stand."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from adapters.conversion.reconstruction.edge import PdfToDocx
from adapters.conversion.reconstruction.writing import WordFile
from exchange import Reject, Seals
from exchange.converter import Report, plan

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
CHINESE = "STSong-Light"
LEFT, RIGHT, TOP = 80.0, 520.0, 760.0  # where the text of our pages stands, in points


@pytest.fixture
def convert(tmp_path: Path) -> Callable[..., Element]:
    """Draw with a canvas, convert, and give the body of the Word file."""
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))

    def made(draw: Callable[[Canvas], None], **options: object) -> Element:
        canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(600, 840), invariant=1, **options)
        draw(canvas)
        canvas.save()
        made.report = PdfToDocx().convert(tmp_path / "a.pdf", tmp_path / "a.docx")  # type: ignore[attr-defined]
        with zipfile.ZipFile(tmp_path / "a.docx") as package:
            assert package.testzip() is None
            body = ElementTree.fromstring(package.read("word/document.xml")).find(f"{W}body")
        assert body is not None
        return body

    return made


def texts(body: Element) -> list[str]:
    """The text of each paragraph that has any."""
    return list(filter(None, ("".join(p.itertext()) for p in body.findall(f"{W}p"))))


def paragraph(body: Element, begins: str) -> Element:
    (found,) = (p for p in body.iter(f"{W}p") if "".join(p.itertext()).startswith(begins))
    return found


def of(found: Element, path: str, name: str) -> str:
    """The attribute *name* of what stands at *path* in *found*."""
    here = found.find("/".join(W + step for step in path.split("/")))
    assert here is not None, path
    return here.get(W + name, "")


def lines(canvas: Canvas, *rows: tuple[float, str], size: float = 16, pitch: float = 28) -> None:
    canvas.setFont(CHINESE, size)
    for number, (x, text) in enumerate(rows):
        canvas.drawString(x, TOP - number * pitch, text)


FULL = "各部门要坚持先有预算后有支出未列入预算的事项一律不得安排"  # 440 points at 16: as wide as the text


def test_lines_that_run_to_the_edge_are_one_paragraph(convert: Callable[..., Element]) -> None:
    body = convert(lambda c: lines(c, (LEFT, FULL[:27] + "支"), (LEFT, "请遵照执行。"), (LEFT, "特此通知。")))
    assert texts(body) == [FULL[:27] + "支请遵照执行。", "特此通知。"]


def test_an_indented_line_begins_a_paragraph_and_keeps_its_indent(convert: Callable[..., Element]) -> None:
    body = convert(lambda c: lines(c, (LEFT, FULL[:28]), (LEFT + 32, "一、" + FULL[:24]), (LEFT, "执行。")))
    assert texts(body) == [FULL[:28], "一、" + FULL[:24] + "执行。"]
    assert of(paragraph(body, "一、"), "pPr/ind", "firstLine") == "640"


def test_what_is_set_in_the_middle_or_at_the_right_stays_there(convert: Callable[..., Element]) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, (LEFT, FULL[:28]))
        canvas.drawCentredString((LEFT + RIGHT) / 2, 700, "通知")
        canvas.drawRightString(RIGHT - 8, 600, "2026年1月15日")

    body = convert(draw)
    assert of(paragraph(body, "通知"), "pPr/jc", "val") == "center"
    assert of(paragraph(body, "2026"), "pPr/jc", "val") == "right"


def test_letters_keep_size_colour_and_weight(convert: Callable[..., Element]) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-BoldOblique", 22)
        canvas.setFillColorRGB(1, 0, 0)
        canvas.drawString(LEFT, TOP, "Red")

    run = convert(draw).find(f".//{W}r/{W}rPr/..")
    assert run is not None
    assert [each.tag.removeprefix(W) for each in run[0]][1:3] == ["b", "i"]
    assert of(run, "rPr/color", "val") == "FF0000"
    assert of(run, "rPr/sz", "val") == "44"


def test_words_are_parted_where_the_pdf_has_only_a_gap(convert: Callable[..., Element]) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 12)
        canvas.drawString(LEFT, TOP, "Annual")
        canvas.drawString(LEFT + 60, TOP, "budget")

    assert texts(convert(draw)) == ["Annual budget"]


def grid(canvas: Canvas, xs: list[float], ys: list[float]) -> None:
    for x in xs:
        canvas.line(x, ys[0], x, ys[-1])
    for y in ys:
        canvas.line(xs[0], y, xs[-1], y)


def rows(body: Element) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row.findall(f"{W}tc")] for row in body.iter(f"{W}tr")]


def test_strokes_that_are_a_grid_are_a_table_with_its_text_in_its_cells(
    convert: Callable[..., Element],
) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, (LEFT, "表前"))
        grid(canvas, [80, 200, 320, 520], [600, 640, 680])
        canvas.setFont("Helvetica", 12)
        for y, row in ((655, ("1", "Education", "12,480.50")), (615, ("2", "Archive", "418.30"))):
            for x, text in zip((90, 210, 330), row, strict=True):
                canvas.drawString(x, y, text)
        canvas.setFont(CHINESE, 16)
        canvas.drawString(LEFT, 560, "表后")

    body = convert(draw)
    assert rows(body) == [["1", "Education", "12,480.50"], ["2", "Archive", "418.30"]]
    assert [column.get(f"{W}w") for column in body.iter(f"{W}gridCol")] == ["2400", "2400", "4000"]
    kinds = ["".join(each.itertext()) for each in body if each.tag == f"{W}tbl" or "".join(each.itertext())]
    assert kinds[0] == "表前"
    assert kinds[2] == "表后"


def test_cells_without_a_stroke_between_them_are_one(convert: Callable[..., Element]) -> None:
    def draw(canvas: Canvas) -> None:
        for y, start in ((600, 80), (640, 200), (680, 80), (720, 80)):  # the first column spans two rows
            canvas.line(start, y, 400, y)
        for x, end in ((80, 720), (200, 680), (300, 680), (400, 720)):  # the first row spans all columns
            canvas.line(x, 600, x, end)
        canvas.setFont("Helvetica", 12)
        for x, y, text in (
            (90, 695, "head"),
            (90, 640, "both"),
            (210, 655, "a"),
            (310, 655, "b"),
            (210, 615, "c"),
        ):
            canvas.drawString(x, y, text)

    body = convert(draw)
    assert rows(body) == [["head"], ["both", "a", "b"], ["", "c", ""]]
    spans = [each.get(f"{W}val") for each in body.iter(f"{W}gridSpan")]
    merges = [each.get(f"{W}val") for each in body.iter(f"{W}vMerge")]
    assert (spans, merges) == (["3"], ["restart", None])


def test_a_long_stroke_by_itself_is_a_rule_in_its_colour(convert: Callable[..., Element]) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, (LEFT, FULL[:28]))
        canvas.setStrokeColorRGB(1, 0, 0)
        canvas.setLineWidth(2.25)
        canvas.line(LEFT, 700, RIGHT, 700)

    (rule,) = convert(draw).iter(f"{W}bottom")
    assert (rule.get(f"{W}color"), rule.get(f"{W}sz")) == ("FF0000", "18")


def test_a_picture_stands_where_it_stood(convert: Callable[..., Element]) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, (LEFT, "公章"))
        canvas.drawImage(ImageReader(Image.new("RGB", (10, 10), (255, 0, 0))), 400, 100, 80, 60)

    (anchor,) = convert(draw).iter(f"{WP}anchor")
    size = anchor.find(f"{WP}extent")
    assert size is not None
    assert (size.get("cx"), size.get("cy")) == (str(80 * 12700), str(60 * 12700))
    left, top = (int(offset.text or "") / 12700 for offset in anchor.iter(f"{WP}posOffset"))
    assert (left, top) == (400, 840 - 160)


def test_each_page_stays_a_page_of_its_size(convert: Callable[..., Element]) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, (LEFT, "一"))
        canvas.showPage()
        canvas.setPageSize((840, 600))
        canvas.showPage()  # and one with nothing on it
        canvas.setPageSize((600, 840))
        lines(canvas, (LEFT, "三"))

    body = convert(draw)
    sizes = [(size.get(f"{W}w"), size.get(f"{W}h")) for size in body.iter(f"{W}pgSz")]
    assert sizes == [("12000", "16800"), ("16800", "12000"), ("12000", "16800")]
    assert texts(body) == ["一", "三"]


def test_what_is_not_carried_over_is_said(convert: Callable[..., Element]) -> None:
    def draw(canvas: Canvas) -> None:
        lines(canvas, (LEFT, "图"))
        canvas.circle(300, 300, 50)

    convert(draw)
    report: Report = convert.report  # type: ignore[attr-defined]
    assert (report.characters, report.lost, report.pages_before) == (1, 0, 1)
    assert (report.seals_before, report.seals_after) == (Seals(), Seals())
    assert [str(loss) for loss in report.losses] == [
        "the layout, which was reconstructed from where the letters stand", "drawn shapes: 1",
    ]  # fmt: skip


def test_it_is_never_taken_unless_loss_is_allowed() -> None:
    with pytest.raises(Reject, match="EX-313"):
        plan("pdf", ["docx"], [PdfToDocx()])
    assert plan("pdf", ["docx"], [PdfToDocx()], allow_lossy=True)


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"", "no PDF"), (b"%PDF-1.4\ngarbage", "damaged"), (b"PK\x03\x04", "no PDF")],
    ids=["empty", "cut short", "another format"],
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "a.pdf").write_bytes(data)
    with pytest.raises(Reject, match="EX-311") as refused:
        PdfToDocx().convert(tmp_path / "a.pdf", tmp_path / "a.docx")
    assert reason in refused.value.text()


def test_one_that_wants_a_password_is_refused_by_name(convert: Callable[..., Element]) -> None:
    with pytest.raises(Reject, match="password"):
        convert(lambda canvas: lines(canvas, (LEFT, "密")), encrypt="secret")


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        WordFile(tmp_path / "a.docx")


def test_forms_that_draw_one_another_over_and_over_are_refused(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), invariant=1)
    canvas.beginForm("form0")
    canvas.drawString(0, 0, "x")
    canvas.endForm()
    for number in range(1, 14):
        canvas.beginForm(f"form{number}")
        for _ in range(10):
            canvas.doForm(f"form{number - 1}")
        canvas.endForm()
    canvas.doForm("form13")
    canvas.save()
    with pytest.raises(Reject) as caught:
        PdfToDocx().convert(tmp_path / "a.pdf", tmp_path / "a.docx")
    assert caught.value.values["reason"].key == "conversion.pdf.forms"
