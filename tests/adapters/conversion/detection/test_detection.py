# SPDX-License-Identifier: Apache-2.0
"""What a file is, by its content and never by its name; and whatever the bytes, an answer."""

from __future__ import annotations

import io
import random
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from adapters.conversion import formats as f
from adapters.conversion.detection import DocumentDetector, detect, packages, pages
from exchange import Detected
from tests.adapters.conversion import documents as made

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
CHINESE = "各区县人民政府，市政府各部门：\n现将有关事项通知如下。\n" * 3
SOUND = {
    "doc": (made.word_97(), f.DOC),
    "doc of WPS": (made.word_97(WpsCustomData=b"x"), f"{f.DOC};maker=wps"),
    "docx": (made.docx(), f.DOCX),
    "docx of WPS": (
        made.docx(extra={"docProps/app.xml": "<P><Application>WPS Office_11</Application></P>"}),
        f"{f.DOCX};maker=wps",
    ),
    "docx with types in UTF-16": (
        made.docx(extra={"[Content_Types].xml": "<wordprocessingml.document.main+xml/>".encode("utf-16")}),
        f.DOCX,
    ),
    "docm": (made.docm(), f.DOCM),
    "xlsx": (made.spreadsheet(), f.XLSX),
    "odt": (made.odt(), f.ODT),
    "ofd": (made.ofd(), f.OFD),
    "ofd with backslashes": (made.container({"\\ofd.XML": "<x/>"}), f.OFD),
    "another container": (made.container({"a.txt": "a"}), f.ZIP),
    "xls": (made.compound({"Workbook": b"x"}), f.XLS),
    "ppt": (made.compound({"PowerPoint Document": b"x"}), f.PPT),
    "Works": (made.compound({"CONTENTS": b"CHNKWKS "}), f.WORKS),
    "Works, later": (made.compound({"MatOST": b"x"}), f.WORKS),
    "another compound file": (made.compound({"Anything": b"x"}), f.UNKNOWN),
    "rtf": (made.rtf(), f.RTF),
    "pdf": (made.pdf(), f.PDF),
    "pdf after other bytes": (b"\0" * 900 + made.pdf(), f.PDF),
    "ceb": (b"Founder CEB 1.0" + bytes(50), f.CEB),
    "cebx": (b"@XDA" + bytes(50), f.CEBX),
    "png": (PNG, f.PNG),
    "jpeg": (b"\xff\xd8\xff\xe0" + bytes(20), f.JPEG),
    "tiff": (b"II*\x00" + bytes(20), f.TIFF),
    "tiff, the other way round": (b"MM\x00*" + bytes(20), f.TIFF),
    "UTF-8": (CHINESE.encode(), f.TEXT_UTF8),
    "UTF-8 with its mark": (b"\xef\xbb\xbf" + CHINESE.encode(), f.TEXT_UTF8),
    "UTF-16": (CHINESE.encode("utf-16"), "text/plain;charset=utf-16"),
    "GB18030": (CHINESE.encode("gb18030"), "text/plain;charset=gb18030"),
    "ASCII": (b"hello\nworld\n", "text/plain;charset=us-ascii"),
    "xml": ("<?xml version='1.0'?><通知/>".encode(), "application/xml;charset=utf-8"),
    "xml without declaration": (b"<a:notice xmlns:a='x'>1</a:notice>\n", "application/xml;charset=us-ascii"),
    "html": (b"<!DOCTYPE html><html></html>", "text/html;charset=us-ascii"),
    "json": (b'{"a": [1, 2]}', "application/json;charset=us-ascii"),
    "a list as json": (b"[1, 2]", "application/json;charset=us-ascii"),
    "csv": ("编号,名称\n1,甲\n2,乙\n".encode("gb18030"), "text/csv;charset=gb18030"),
    "csv by tabs": ("编号\t名称\n1\t甲\n".encode(), "text/csv;charset=utf-8"),
    "text with brackets": (b"[sic] it was said\n", "text/plain;charset=us-ascii"),
    "text with a tag": (b"<b>not the end", "text/plain;charset=us-ascii"),
    "bytes": (bytes(range(256)), f.UNKNOWN),
}  # fmt: skip


def encrypted(user: str, bits: int = 128) -> bytes:
    """A PDF that must not be printed, and that opens with the password *user*."""
    out = io.BytesIO()
    lock = StandardEncryption(user, "owner", canPrint=0, strength=bits)
    canvas = Canvas(out, encrypt=lock, invariant=1)
    canvas.drawString(72, 700, "text")
    canvas.save()
    return out.getvalue()


MANY = made.container({f"{n}.txt": "" for n in range(20_001)})
TROUBLED = {
    "empty": (b"", f.UNKNOWN, "detection.empty"),
    "docx with a password": (made.compound({"EncryptedPackage": b"x"}), f.UNKNOWN, "detection.encrypted"),
    "doc with a password": (made.word_97(flags=0x0100), f.DOC, "detection.encrypted"),
    "odt with a password": (made.odt(encrypted=True), f.ODT, "detection.encrypted"),
    "pdf with a password": (encrypted("open sesame"), f.PDF, "detection.encrypted"),
    "pdf with a lock of another kind": (
        made.pdf(trailer="/Encrypt <</Filter/Adobe.PubSec/V 4>>"),
        f.PDF,
        "detection.encrypted",
    ),
    "docx cut in half": (made.docx()[:600], f.ZIP, "detection.truncated"),
    "doc cut in half": (made.word_97()[:-4096], f.DOC, "detection.truncated"),
    "doc cut in its header": (made.word_97()[:300], f.UNKNOWN, "detection.truncated"),
    "doc without its block": (made.compound({"WordDocument": b"x" * 40}), f.DOC, "detection.damaged"),
    "pdf cut in half": (made.pdf()[:100], f.PDF, "detection.truncated"),
    "rtf cut in half": (made.rtf()[:-2], f.RTF, "detection.truncated"),
    "a bomb": (made.container({"word/document.xml": bytes(80 << 20)}), f.ZIP, "conversion.container.bomb"),
    "very many entries": (MANY, f.ZIP, "conversion.container.entries"),
}


@pytest.mark.parametrize("bits", [40, 128])
def test_a_pdf_that_only_forbids_printing_can_be_opened(file: Path, bits: int) -> None:
    assert found(file, encrypted("", bits)) == Detected(f.PDF)
    said = found(file, encrypted("open sesame", bits))
    assert said.trouble is not None
    assert said.trouble.key == "detection.encrypted"


def test_a_pdf_that_only_names_a_lock_has_none(file: Path) -> None:
    assert found(file, made.pdf(trailer="/Encrypt 4 0 R")) == Detected(f.PDF)
    assert found(file, made.pdf(trailer="/Note (see /Encrypt 5 0 R)")) == Detected(f.PDF)


def test_where_nothing_can_open_pdfs_a_lock_that_is_named_counts(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    said = found(file, encrypted(""))
    assert said.trouble is not None
    assert said.trouble.key == "detection.encrypted"


def test_most_pdfs_are_not_opened_to_know_them(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_is_locked", pytest.fail)
    assert found(file, made.pdf()) == Detected(f.PDF)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "named.exe"  # no name helps


def found(file: Path, data: bytes) -> Detected:
    file.write_bytes(data)
    return detect(file)


@pytest.mark.parametrize("name", SOUND)
def test_a_file_is_known_by_its_content(file: Path, name: str) -> None:
    data, wanted = SOUND[name]
    assert (found(file, data).format, found(file, data).trouble) == (wanted, None)


@pytest.mark.parametrize("name", TROUBLED)
def test_what_cannot_be_opened_is_said_with_the_reason(file: Path, name: str) -> None:
    data, wanted, reason = TROUBLED[name]
    said = found(file, data)
    assert said.trouble is not None
    assert (said.format, said.trouble.key) == (wanted, reason)


@pytest.mark.parametrize(
    ("data", "notes"),
    [
        (made.docx(), []),
        (made.docm(), ["detection.macros"]),
        (made.docx(extra={"word/vbaProject.bin": b""}), ["detection.macros"]),
        (made.word_97(Macros=b""), ["detection.macros"]),
        (made.word_97(WpsCustomData=b""), ["detection.wps"]),
        (made.container({"mimetype": f.ODT, "Basic/Standard/x.xml": ""}), ["detection.macros"]),
    ],
    ids=["docx", "docm", "docx with macros", "doc with macros", "doc of WPS", "odt with macros"],
)
def test_macros_and_wps_are_said(file: Path, data: bytes, notes: list[str]) -> None:
    assert [note.key for note in found(file, data).notes] == notes


def test_a_container_whose_directory_is_huge_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytearray(made.docx())
    end = data.rfind(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<L", 5 << 20)
    monkeypatch.delattr(packages, "Container")
    said = found(file, bytes(data))
    assert said.trouble is not None
    assert said.trouble.key == "conversion.container.large"


def test_a_compound_file_that_announces_more_than_it_has_is_not_read(file: Path) -> None:
    data = bytearray(made.word_97())
    data[0x2C:0x30] = b"\xff\xff\xff\x00"
    said = found(file, bytes(data))
    assert said.trouble is not None
    assert said.trouble.key == "detection.truncated"


def test_a_character_set_is_judged_by_the_whole_file(file: Path) -> None:
    assert found(file, b"a\n" * 100_000 + CHINESE.encode("gb18030") * 2000).format.endswith("=gb18030")


def test_text_that_is_one_line_is_cut_nowhere(file: Path) -> None:
    assert found(file, "公文".encode() * 40_000).format == f.TEXT_UTF8


def test_the_detector_is_the_same_for_the_bus(file: Path) -> None:
    file.write_bytes(made.pdf())
    assert DocumentDetector().detect(file) == detect(file) == Detected(f.PDF)
    assert f.PDF in DocumentDetector.knows


# ---- whatever the bytes


HEADS = [
    b"",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"%PDF-",
    b"{\\rtf",
    b"<?xml",
    b"[",
    b"\xff\xfe",
]


@given(head=st.sampled_from(HEADS), rest=st.binary(max_size=2000))
def test_random_bytes_never_surprise_it(
    tmp_path_factory: pytest.TempPathFactory, head: bytes, rest: bytes
) -> None:
    file = tmp_path_factory.mktemp("random") / "file"
    assert isinstance(found(file, head + rest), Detected)


@pytest.mark.parametrize("name", SOUND)
def test_a_damaged_file_never_surprises_it(file: Path, name: str) -> None:
    sound = SOUND[name][0]
    chance = random.Random(name)
    for _ in range(60):
        data = bytearray(sound)
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        assert isinstance(found(file, bytes(data[: chance.randrange(1, len(data) + 1)])), Detected)
