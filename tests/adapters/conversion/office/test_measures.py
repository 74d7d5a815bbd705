# SPDX-License-Identifier: Apache-2.0
"""What a conversion is measured by: characters on both sides, pages, and the faces that were taken."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from adapters.conversion import formats as f
from adapters.conversion.office import faces, fonts, texts
from exchange import Seals
from exchange.testing.official_document import OfficialDocument
from tests.adapters.conversion import documents as made
from tests.adapters.conversion.office import official

FALLBACK = made.paragraph("甲") + f"<mc:Fallback>{made.paragraph('甲')}</mc:Fallback>"
HEADED = {"word/header1.xml": "<w:t>眉</w:t>", "word/media/x.xml": "<w:t>x</w:t>"}
PAGES = {"docProps/app.xml": "<Properties><Pages>7</Pages></Properties>"}
SIGNED_TWICE = {
    "_xmlsignatures/origin.sigs": "",
    "_xmlsignatures/_rels/origin.sigs.rels": "",
    "_xmlsignatures/sig1.xml": "",
    "_xmlsignatures/sig2.xml": "",
}
ODF_SIGNED_TWICE = '<signatures><Signature Id="a"><SignatureValue/></Signature><ds:Signature/></signatures>'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize(
    ("data", "form", "counted"),
    [
        (made.docx(made.paragraph("甲 乙&amp;")), f.DOCX, "甲乙&"),
        (made.docx(made.paragraph("甲") * 2), f.DOCX, "甲甲"),
        (made.docx(FALLBACK), f.DOCX, "甲"),
        (made.docx("<w:p><w:r><w:delText>删</w:delText><w:tab/></w:r></w:p>"), f.DOCX, ""),
        (made.docx("", extra=HEADED), f.DOCX, "眉"),
        (made.docx(made.paragraph("ﬁ")), f.DOCX, "fi"),
        (made.odt("甲<t:s/>乙"), f.ODT, "甲乙"),
        (made.pdf(), f.PDF, ""),
    ],
)  # fmt: skip
def test_characters_are_counted_without_space_and_order(
    file: Path, data: bytes, form: str, counted: str
) -> None:
    file.write_bytes(data)
    assert texts.characters_of(file, form) == Counter(counted)


@pytest.mark.parametrize(("data", "form"), [(made.rtf(), f.RTF), (b"PK", f.DOCX), (b"%PDF-", f.PDF)])
def test_what_cannot_be_counted_is_not_guessed(file: Path, data: bytes, form: str) -> None:
    file.write_bytes(data)
    assert texts.characters_of(file, form) is None


def test_only_what_is_missing_is_lost() -> None:
    assert texts.lost(Counter("甲甲乙"), Counter("乙甲1")) == 1
    assert texts.lost(Counter("甲"), Counter("甲第1页")) == 0
    assert texts.lost(None, Counter()) is None


@pytest.mark.parametrize(
    ("data", "form", "pages"),
    [
        (made.pdf(), f.PDF, 1),
        (made.docx(extra=PAGES), f.DOCX, 7),
        (made.docx(), f.DOCX, None),
        (made.odt(), f.ODT, None),
        (b"PK", f.DOCX, None),
        (b"%PDF-", f.PDF, None),
    ],
)
def test_pages_are_those_that_the_document_says_it_has(
    file: Path, data: bytes, form: str, pages: int | None
) -> None:
    file.write_bytes(data)
    assert texts.pages_of(file, form) == pages


@pytest.mark.parametrize(
    ("data", "form", "count"),
    [
        (made.docx(extra=SIGNED_TWICE), f.DOCX, 2),
        (made.docx(extra=SIGNED_TWICE), f.DOCM, 2),
        (made.docx(), f.DOCX, 0),
        (made.container({"META-INF/documentsignatures.xml": ODF_SIGNED_TWICE}), f.ODT, 2),
        (made.container({"content.xml": ""}), f.ODT, 0),
        (made.rtf(), f.RTF, None),
        (b"PK", f.ODT, None),
    ],
)
def test_signatures_of_the_source_are_counted(file: Path, data: bytes, form: str, count: int | None) -> None:
    file.write_bytes(data)
    assert texts.signatures_of(file, form) == (None if count is None else Seals(unproven=count))


def test_the_faces_that_a_document_asks_for_are_found(file: Path) -> None:
    file.write_bytes(official.official())
    assert faces.asked(file, f.DOCX) == (
        "Times New Roman", "仿宋_GB2312", "方正小标宋简体", "楷体_GB2312", "黑体",
    )  # fmt: skip
    assert faces.asked(file, f.RTF) == ()
    file.write_bytes(OfficialDocument().docx())  # in its styles a language is called eastAsia too
    assert faces.asked(file, f.DOCX) == ("仿宋_GB2312", "方正小标宋简体", "黑体")
    file.write_bytes(b"PK")
    assert faces.asked(file, f.DOCX) == ()


def test_what_was_taken_for_a_face_that_is_not_there_is_said(tmp_path: Path) -> None:
    fonts.write_fonts(tmp_path / "fonts.conf")
    asked = ("仿宋_GB2312", "Liberation Serif", "Noto Serif CJK SC")
    assert faces.substituted(asked, tmp_path / "fonts.conf") == (("仿宋_GB2312", "Noto Serif CJK SC"),)
    assert faces.substituted(asked, tmp_path / "no such file") == ()
