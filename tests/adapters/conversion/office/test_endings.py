# SPDX-License-Identifier: Apache-2.0
"""A table that a document ends with is seen before an office is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.conversion.office import endings
from tests.adapters.conversion import documents as made
from tests.adapters.conversion.office.official import PAGE, ROWS, line, table

MARK = '<w:bookmarkEnd w:id="0"/>'


@pytest.mark.parametrize(
    ("data", "is_one"),
    [
        (made.docx(table(ROWS)), True),
        (made.docx(line("甲") + table(ROWS) + PAGE), True),
        (made.docx(table(ROWS) + MARK + '<w:sectPr w:rsidR="1"/>'), True),
        (made.docx(table(ROWS) + line("甲") + PAGE), False),
        (made.docx(line("甲")), False),
        (made.docx(table(ROWS) + line("甲" * endings.END_BYTES)), False),
        (made.container({"content.xml": "<o:text><t:table></t:table></o:text>"}), True),
        (made.odt(), False),
        (made.rtf(), False),
        (b"PK\x03\x04 cut short", False),
    ],
)
def test_it_is_seen(tmp_path: Path, data: bytes, is_one: bool) -> None:
    (tmp_path / "file").write_bytes(data)
    assert endings.is_a_table(tmp_path / "file") is is_one
