# SPDX-License-Identifier: Apache-2.0
"""What a name from the wire becomes, and which names are the same to somebody."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.model.filename import (
    NAME_BYTES,
    UNNAMED,
    likeness,
    numbered,
    safe_name,
    shortened,
    split_name,
)

AWKWARD = st.text('con.nulaux1/\\:<>|?*" \t\n\0\u202e\u200b\u3000e\u0301é长.', max_size=60)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("关于2026年预算的通知.docx", "关于2026年预算的通知.docx"),
        ("a\u3000b （1）.txt", "a\u3000b （1）.txt"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\x.dll", "x.dll"),
        ("folder/", "folder"),
        ("..", UNNAMED),
        ("", UNNAMED),
        ("///", UNNAMED),
        ("a\0b\nc\x7f", "abc"),
        ("invoice\u202excod.exe", "invoicexcod.exe"),
        ("\ufeffx\u200by", "xy"),
        ("a:b*c?.txt", "a_b_c_.txt"),
        (".hidden", "hidden"),
        ("trailing. . ", "trailing"),
        ("CON", "_CON"),
        ("con.tar.gz", "_con.tar.gz"),
        ("Nul .txt", "_Nul .txt"),
        ("COM1", "_COM1"),
        ("LPT³.doc", "_LPT³.doc"),
        ("CONTRACT.doc", "CONTRACT.doc"),
        ("COM10", "COM10"),
        ("Desktop.ini", "_Desktop.ini"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("\udcff.txt", "txt"),
    ],
)
def test_a_name_becomes_a_safe_one_that_reads_like_it(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=400) | AWKWARD)
@example("长" * 300 + ".docx")
@example("con" + "." * 300)
def test_a_safe_name_is_safe_everywhere_and_stays_as_it_is(name: str) -> None:
    safe = safe_name(name)
    assert safe == safe_name(safe)
    assert 0 < len(safe.encode()) <= NAME_BYTES
    assert not set(safe) & set('/\\<>:"|?*')
    assert safe.strip(" .") == safe
    assert unicodedata.is_normalized("NFC", safe)
    assert all(unicodedata.category(character) not in ("Cc", "Cf", "Cs") for character in safe)


def test_a_long_name_is_cut_between_characters_and_keeps_its_ending() -> None:
    assert safe_name("长" * 300 + ".docx") == "长" * 65 + ".docx"
    assert len(safe_name("x." + "y" * 300)) == NAME_BYTES
    assert shortened("short.txt", 100) == "short.txt"
    assert shortened("\udcff" * 100 + ".txt", 50) == ".txt"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a.txt", ("a", ".txt")),
        ("a.tar.gz", ("a.tar", ".gz")),
        ("a", ("a", "")),
        (".profile", (".profile", "")),
        ("a.", ("a.", "")),
        ("第1. 关于进一步加强财政管理的通知", ("第1. 关于进一步加强财政管理的通知", "")),
    ],
)
def test_a_name_has_a_stem_and_a_short_ending(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


def test_a_number_stands_before_the_ending() -> None:
    assert numbered("报告.docx", 2) == "报告 (2).docx"
    assert numbered("README", 3) == "README (3)"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Report.DOCX", "report.docx", True),
        ("cafe\u0301", "CAF\u00c9", True),
        ("STRASSE", "straße", True),
        ("a.txt", "b.txt", False),
        ("报告", "報告", False),
    ],
)
def test_names_are_alike_when_a_windows_share_or_a_mac_cannot_tell_them_apart(
    one: str, other: str, alike: bool
) -> None:
    assert (likeness(one) == likeness(other)) is alike
