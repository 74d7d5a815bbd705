# SPDX-License-Identifier: Apache-2.0
"""
Office documents through the real LibreOffice: what comes out, and what becomes of bad ones.

One office serves all of these tests, so whatever one document does to it, the next must not notice.
"""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

import pypdfium2
import pytest

from adapters.conversion import formats as f
from adapters.conversion.detection import detect
from adapters.conversion.office.edges import (
    OfficeConverter,
    OfficeToDoc,
    OfficeToDocx,
    OfficeToOdt,
    OfficeToPdf,
)
from adapters.conversion.office.wps import DocToWps
from exchange import Converter, Reject, Report
from exchange.edge.conversion_process import ConversionProcess, convert_part
from tests.adapters.conversion import documents as made
from tests.adapters.conversion.office import official
from tests.edge.broker_places import until
from tests.edge.test_conversion_process import is_running

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
PICTURE = "http://schemas.openxmlformats.org/drawingml/2006/picture"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"


class Bench:
    """A folder, the child process with its office, and numbered files."""

    def __init__(self, folder: Path) -> None:
        self.process = ConversionProcess()
        self.folder = folder
        self._numbers = count()

    def file(self, data: bytes) -> Path:
        path = self.folder / f"{next(self._numbers)}.in"
        path.write_bytes(data)
        return path

    def convert(self, converter: Converter, data: bytes) -> bytes:
        return self.reported(converter, data)[0]

    def reported(self, converter: Converter, data: bytes) -> tuple[bytes, Report]:
        target = self.folder / f"{next(self._numbers)}.out"
        report = self.process.convert(converter, self.file(data), target, from_format="a/document")
        return target.read_bytes(), report

    def pdf_text(self, data: bytes) -> str:
        return text_of(self.convert(OfficeToPdf(), data))

    def offices(self) -> list[int]:
        return [pid for pid, name in self.running() if name == "soffice.bin"]

    def running(self) -> list[tuple[int, str]]:
        """What runs under the child."""
        child = self.process._process
        return list(below(child.pid)) if child is not None else []


def below(pid: int) -> Iterator[tuple[int, str]]:
    """All processes that descend from *pid*."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                name, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
            except OSError:
                continue
            parents[int(entry.name)] = (int(rest.split()[1]), name)
    for one, (_, name) in parents.items():
        above = one
        while above in parents and above != pid:
            above = parents[above][0]
        if above == pid and one != pid:
            yield one, name


def text_of(pdf: bytes) -> str:
    """All that can be read in a PDF, without white space."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = Bench(tmp_path_factory.mktemp("office"))
    bench.convert(OfficeToPdf(), made.docx())  # so that each test, run by itself too, finds it warm
    yield bench
    bench.process.close()


# ---- what comes out


def test_an_official_document_becomes_a_pdf_with_its_text_and_faces(bench: Bench) -> None:
    pdf, report = bench.reported(OfficeToPdf(), official.official())
    text = text_of(pdf)
    for wanted in (official.HEAD, official.TITLE, official.BODY, *official.ROWS[1]):
        assert "".join(wanted.split()) in text
    assert pdf.count(b"NotoSerifCJK") >= 2  # 仿宋 and 宋体, and the title's bold
    assert b"NotoSerifCJKjp-Bold" in pdf or b"NotoSerifCJKsc-Bold" in pdf
    assert b"DejaVu" not in pdf
    assert report.characters == len(text)
    assert (report.lost, report.pages, report.losses) == (0, 1, ())
    assert ("仿宋_GB2312", "Noto Serif CJK SC") in report.fonts


def test_a_document_that_says_nothing_of_its_page_gets_a4(bench: Bench) -> None:
    with closing(pypdfium2.PdfDocument(bench.convert(OfficeToPdf(), made.odt()))) as document:
        assert [round(side) for side in document[0].get_size()] == [595, 842]


def test_a_signature_is_spoken_of_as_lost(bench: Bench) -> None:
    signed = made.docx(extra={"_xmlsignatures/sig1.xml": "<x/>"})
    assert "digital signature" in str(bench.reported(OfficeToPdf(), signed)[1].losses[0])


@pytest.mark.parametrize("pages", [1, 5])
def test_a_pdf_has_the_pages_of_its_document(bench: Bench, pages: int) -> None:
    pdf = bench.convert(OfficeToPdf(), official.official(pages=pages))
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        assert len(document) >= pages


@pytest.mark.parametrize(
    ("data", "converter"),
    [
        (made.docx(), OfficeToDoc()),
        (made.odt(), OfficeToDoc()),
        (made.rtf(), OfficeToDoc()),
        (made.docm(), OfficeToDocx()),
        (made.odt(), OfficeToDocx()),
        (made.rtf(), OfficeToDocx()),
        (made.docx(), OfficeToOdt()),
        (made.rtf(), OfficeToOdt()),
    ],
    ids=lambda it: type(it).__name__ if isinstance(it, Converter) else "",
)
def test_each_way_gives_the_format_it_says_with_all_characters(
    bench: Bench, data: bytes, converter: OfficeConverter
) -> None:
    result = bench.convert(converter, data)
    assert detect(bench.file(result)).format.split(";")[0] == converter.produces
    assert bench.pdf_text(result) == "关于报送材料的通知"


@pytest.mark.parametrize("converter", [OfficeToOdt(), OfficeToPdf()], ids=["odt", "pdf"])
def test_what_is_not_there_any_more_is_counted(bench: Bench, converter: OfficeConverter) -> None:
    hidden = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>看不见</w:t></w:r></w:p>"
    _, report = bench.reported(converter, made.docx(made.paragraph("看得见") + hidden))
    wanted = (3, ["3 characters"]) if isinstance(converter, OfficeToPdf) else (0, [])
    assert (report.lost, [str(loss) for loss in report.losses]) == wanted


def test_a_document_survives_the_whole_round(bench: Bench) -> None:
    here = official.official()
    text = bench.pdf_text(here)
    for converter in (OfficeToDoc(), OfficeToDocx(), OfficeToOdt(), OfficeToDoc(), OfficeToOdt()):
        here = bench.convert(converter, here)
    assert bench.pdf_text(here) == text


def test_wps_is_word_97_under_another_name_both_ways(bench: Bench) -> None:
    converted = convert_part(
        bench.file(made.docx()),
        f.DOCX,
        accepts=[f.WPS],
        folder=bench.folder,
        converters=[OfficeToDoc(), OfficeToPdf(), DocToWps()],
        process=bench.process,
    )
    assert converted.format == f.WPS
    assert detect(converted.path).format == f.DOC
    assert str(converted.report.notes[0]) == "WPS here is Word 97 binary under the name .wps"
    assert bench.pdf_text(converted.path.read_bytes()) == "关于报送材料的通知"


def test_a_name_and_a_declaration_mean_nothing(bench: Bench) -> None:
    assert bench.pdf_text(made.rtf("其实是富文本")) == "其实是富文本"


def test_what_one_document_says_is_not_in_the_next(bench: Bench) -> None:
    assert bench.pdf_text(made.docx(made.paragraph("甲"))) == "甲"
    assert bench.pdf_text(made.docx(made.paragraph("乙"))) == "乙"


# ---- bad ones


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (made.docx()[:700], "its end is missing"),
        (made.rtf()[:-2], "its end is missing"),
        (PNG, "its content is no office document"),
        (b"PK\x03\x04" + bytes(100), "its end is missing"),
        (os.urandom(4096), "its content is no office document"),
        (made.spreadsheet(), "its content is no office document"),
        (made.compound({"EncryptedPackage": b"x"}), "protected by a password"),
        (made.word_97(flags=0x100), "protected by a password"),
        (made.odt(encrypted=True), "protected by a password"),
        (made.container({"word/document.xml": bytes(80 << 20)}), "times is believed"),
        (b"<html><body>hello</body></html>", "its content is no office document"),
        (made.docx(official.nested(300)), "300 tables lie in each other; at most 50 are opened"),
    ],
    ids=["empty", "cut docx", "cut rtf", "picture", "zeros", "noise", "table", "locked docx", "locked doc",
         "locked odt", "bomb", "html", "nested tables"],
)  # fmt: skip
def test_what_is_no_readable_document_is_refused_with_the_reason(
    bench: Bench, data: bytes, reason: str
) -> None:
    before = bench.offices()
    with pytest.raises(Reject) as raised:
        bench.convert(OfficeToPdf(), data)
    assert raised.value.code == "EX-311"
    assert reason in raised.value.text()
    assert bench.offices() == before


@pytest.mark.parametrize(
    "data",
    [
        made.docx(official.nested(50)),
        made.docx("<w:p><w:r><w:t>not closed"),
        made.word_97(),
        made.docx(made.paragraph("长") * 20_000),
    ],
    ids=["nested tables", "broken XML", "hollow doc", "long"],
)
def test_a_document_that_an_office_can_hardly_bear_harms_no_other(bench: Bench, data: bytes) -> None:
    try:
        assert text_of(bench.convert(OfficeToPdf(), data)) is not None
    except Reject as e:
        assert e.code == "EX-311"  # noqa: PT017  (what LibreOffice makes of them differs by version)
    assert bench.pdf_text(made.docx()) == "关于报送材料的通知"


def test_macros_do_not_come_along_and_are_spoken_of(bench: Bench) -> None:
    result, report = bench.reported(OfficeToDocx(), made.docm())
    assert detect(bench.file(result)).notes == ()
    assert [str(note) for note in report.notes] == ["it has macros, which are never run"]


def with_picture(url: str) -> bytes:
    """A Word document whose one picture lies elsewhere."""
    relation = (
        '<Relationship Id="p1" TargetMode="External"'
        ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"'
        f' Target="{url}"/>'
    )
    picture = (
        f'<w:p><w:r><w:drawing><wp:inline xmlns:wp="{DRAWING}/wordprocessingDrawing">'
        '<wp:extent cx="914400" cy="914400"/><wp:docPr id="1" name="p"/>'
        f'<a:graphic xmlns:a="{DRAWING}/main"><a:graphicData uri="{PICTURE}"><p:pic xmlns:p="{PICTURE}">'
        '<p:nvPicPr><p:cNvPr id="1" name="p"/><p:cNvPicPr/></p:nvPicPr>'
        '<p:blipFill><a:blip r:link="p1"/><a:stretch><a:fillRect/></a:stretch></p:blipFill>'
        '<p:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="914400" cy="914400"/></a:xfrm>'
        '<a:prstGeom prst="rect"/></p:spPr></p:pic></a:graphicData></a:graphic></wp:inline></w:drawing>'
        "</w:r></w:p>"
    )
    return made.docx(picture + made.paragraph("正文"), relations=relation)


def test_a_picture_on_the_network_is_not_fetched(bench: Bench) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.setblocking(False)
        pdf = bench.convert(OfficeToPdf(), with_picture(f"http://127.0.0.1:{server.getsockname()[1]}/a.png"))
        with pytest.raises(BlockingIOError):
            server.accept()
    assert "正文" in text_of(pdf)


def test_a_picture_of_this_machine_is_not_taken_in(bench: Bench) -> None:
    picture = bench.file(PNG).rename(bench.folder / "secret.png")
    assert b"/Subtype/Image" not in bench.convert(OfficeToPdf(), with_picture(picture.as_uri()))


def test_a_text_of_this_machine_is_not_taken_in(bench: Bench) -> None:
    field = (
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve">'
        ' INCLUDETEXT "file:///etc/passwd" </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        '<w:r><w:t>-</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )
    assert "root:" not in bench.pdf_text(made.docx(field))


# ---- an office that dies


def test_an_office_that_died_is_replaced_and_the_document_converted(bench: Bench) -> None:
    bench.pdf_text(made.docx())
    (office,) = bench.offices()
    os.kill(office, signal.SIGKILL)
    until(lambda: not is_running(office))
    assert bench.pdf_text(made.docx()) == "关于报送材料的通知"
    assert len(bench.offices()) == 1


def test_an_office_that_dies_of_a_document_is_named_as_the_reason(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ConversionProcess() as fresh, pytest.raises(Reject) as raised:
        fresh.convert(
            DeadlyOffice(), bench.file(made.docx()), bench.folder / "never", from_format="a/document"
        )
    assert raised.value.text().partition("failed: ")[2].startswith("the office ended while it was at it")


class DeadlyOffice(OfficeToPdf):
    """Its office is killed under it each time."""

    kept = "deadly"

    def convert(self, source: Path, target: Path) -> Report:
        from adapters.conversion.office import office

        process = office.warm()._process
        for pid, name in below(process.pid):
            if name == "soffice.bin":
                os.kill(pid, signal.SIGKILL)
        return super().convert(source, target)


def test_temporary_files_may_lie_where_the_office_must_not_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/var/tmp")
    bench = Bench(tmp_path)
    assert bench.pdf_text(made.docx()) == "关于报送材料的通知"
    bench.process.close()


class Unwalled(OfficeToPdf):
    """Its office is granted no /tmp of its own; it says what temporary files and sockets that one has."""

    kept = "unwalled"

    def start(self) -> None:
        from adapters.conversion.office import walls

        vars(walls)["wall_in"] = os.chdir
        super().start()

    def convert(self, source: Path, target: Path) -> Report:
        report = super().convert(source, target)
        inside = [path.name for path in Path.cwd().glob("lu*.tmp")]
        target.write_text("\n".join([str(len(inside)), *sockets_below(os.getpid())]))
        return report


def sockets_below(pid: int) -> Iterator[str]:
    """Where the sockets lie that processes below *pid* have open."""
    held = set()
    for one, _ in below(pid):
        for descriptor in Path(f"/proc/{one}/fd").iterdir():
            with suppress(OSError):  # it is closed meanwhile
                held.add(str(descriptor.readlink()))
    for line in Path("/proc/self/net/unix").read_text().splitlines():
        inode, _, place = line.partition(" /")
        if place and f"socket:[{inode.split()[-1]}]" in held:
            yield f"/{place}"


def test_an_office_that_is_granted_no_tmp_of_its_own_keeps_its_files_in_its_folder(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    try:
        inside, *left = bench.convert(Unwalled(), made.docx()).decode().splitlines()
    finally:
        bench.process.close()
    assert int(inside) > 0
    assert left, "it puts sockets into /tmp whatever it is told"
    for place in set(left):
        Path(place).unlink(missing_ok=True)  # the next office would


def test_nothing_stays_behind(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.pdf_text(made.docx())
    folder, left = bench.process._folder, [pid for pid, _ in bench.running()]
    assert folder is not None
    assert len(left) == 3  # the kept process, the script, the office
    bench.process.close()
    until(lambda: not any(is_running(pid) for pid in left))
    assert not folder.path.exists()
