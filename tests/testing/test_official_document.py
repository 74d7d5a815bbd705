# SPDX-License-Identifier: Apache-2.0
"""The official document that demo and tests send: a Word file with all that such a document has."""

from __future__ import annotations

import zipfile
from io import BytesIO
from xml.etree import ElementTree

from PIL import Image

from exchange.testing.official_document import OfficialDocument, seal_picture

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def words(data: bytes) -> str:
    with zipfile.ZipFile(BytesIO(data)) as packed:
        root = ElementTree.fromstring(packed.read("word/document.xml"))
    lines = ("".join(t.text or "" for t in p.iter(f"{WORD}t")) for p in root.iter(f"{WORD}p"))
    return "\n".join(filter(None, lines))


def test_every_word_of_it_is_in_the_file_and_in_order() -> None:
    document = OfficialDocument()
    assert words(document.docx()) == document.text()


def test_the_same_words_give_the_same_bytes() -> None:
    assert OfficialDocument().docx() == OfficialDocument().docx()
    assert OfficialDocument(number="汕府〔2026〕2号").docx() != OfficialDocument().docx()


def test_what_is_markup_elsewhere_is_text_in_it() -> None:
    document = OfficialDocument(title="“A&B”<1>", table=())
    assert "“A&B”<1>" in words(document.docx())


def test_it_can_be_had_without_a_seal() -> None:
    with zipfile.ZipFile(BytesIO(OfficialDocument(sealed=False).docx())) as packed:
        assert b"pic:pic" not in packed.read("word/document.xml")


def test_the_seal_is_a_red_ring_with_a_star_on_nothing() -> None:
    with Image.open(BytesIO(seal_picture(100))) as seal:
        assert seal.size == (100, 100)
        red, nothing = (0xD0, 0x10, 0x10, 0xFF), (0, 0, 0, 0)
        assert [seal.getpixel((x, 50)) for x in (3, 20, 50)] == [red, nothing, red]
        assert seal.getpixel((0, 0)) == nothing
