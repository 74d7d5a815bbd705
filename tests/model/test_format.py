# SPDX-License-Identifier: Apache-2.0
"""What formats are called: media types, and the words that people use for them."""

from __future__ import annotations

import pytest

from adapters.conversion import formats
from exchange.model.format import WORDS, fits, format_name, format_word, is_format, renamed, truly_named


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("pdf", "application/pdf"),
        (" PDF ", "application/pdf"),
        ("application/pdf", "application/pdf"),
        ("text", "text/plain;charset=utf-8"),
        ("csv;charset=gbk", "text/csv;charset=gbk"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_word_is_a_media_type(text: str, name: str) -> None:
    assert format_name(text) == name


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("application/pdf", "pdf"),
        ("text/plain;charset=utf-8", "text"),
        ("text/plain;charset=gb18030", "text/plain;charset=gb18030"),
        ("application/msword;maker=wps", "doc (maker=wps)"),
        ("application/x-cad", "application/x-cad"),
    ],
)
def test_a_media_type_is_told_by_its_word(name: str, word: str) -> None:
    assert format_word(name) == word


@pytest.mark.parametrize(
    ("name", "found", "made", "new"),
    [
        ("通知.docx", "docx", "ofd", "通知.ofd"),
        ("通知.DOC", "doc", "application/pdf", "通知.pdf"),
        ("汕府2026.1号通知", "docx", "pdf", "汕府2026.1号通知.pdf"),
        (".docx", "docx", "pdf", ".docx.pdf"),
        ("表.csv", "text/csv;charset=gb18030", "text/csv;charset=utf-8", "表.csv"),
        ("图.jpg", "jpeg", "png", "图.png"),
        ("a.docx", "docx", "application/x-cad", "a.docx"),
    ],
)
def test_what_was_converted_is_called_what_it_is(name: str, found: str, made: str, new: str) -> None:
    assert renamed(name, found, made) == new


@pytest.mark.parametrize(
    ("name", "form", "new"),
    [
        ("通知.docx", "application/pdf", "通知.pdf"),
        ("通知.DOCX", "pdf", "通知.pdf"),
        ("通知.docx", WORDS["doc"], "通知.doc"),
        ("通知.pdf", "application/pdf", "通知.pdf"),
        ("通知.wps", WORDS["doc"], "通知.wps"),
        ("通知.wps", WORDS["docx"], "通知.wps"),
        ("通知.wps", "application/pdf", "通知.pdf"),
        ("页.jpg", "image/jpeg", "页.jpg"),
        ("页.jpg", "image/png", "页.png"),
        ("表.txt", "text/csv;charset=utf-8", "表.txt"),
        ("表.csv", "text/plain;charset=gb18030", "表.csv"),
        ("表.xml", "application/json", "表.xml"),
        ("通知.pdf", "text/plain;charset=utf-8", "通知.pdf"),
        ("通知.docx", "application/octet-stream", "通知.docx"),
        ("报告.v2", "application/pdf", "报告.v2"),
        ("docx", "application/pdf", "docx"),
        ("通知", "application/pdf", "通知"),
        (".docx", "application/pdf", ".docx.pdf"),
    ],
)
def test_a_suffix_is_one_that_opens_the_file(name: str, form: str, new: str) -> None:
    assert truly_named(name, form) == new


def test_words_fit_what_they_mean() -> None:
    assert fits("application/msword;maker=wps", "doc")
    assert fits("ofd", "application/OFD")
    assert not fits("docx", "doc")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("pdf", True), ("a/b", True), ("a/*", True), ("pfd", False), ("", False), ("a/", False)],
)
def test_what_is_no_name_of_a_format_is_told_apart(text: str, is_one: bool) -> None:
    assert is_format(text) is is_one


def test_the_words_and_the_constants_of_the_converters_agree() -> None:
    constants = {name: value for name, value in vars(formats).items() if name.isupper()}
    assert {word: WORDS[word] for word in WORDS if word.upper() in constants and word != "text"} == {
        word: constants[word.upper()] for word in WORDS if word.upper() in constants and word != "text"
    }
    assert WORDS["text"] == formats.TEXT_UTF8
    assert {word.upper() for word in WORDS} <= set(constants)
    assert all(format_name(value) == value for value in constants.values())
