# SPDX-License-Identifier: Apache-2.0
"""Tables in tables are counted before an office is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.conversion import formats as f
from adapters.conversion.office import nesting
from tests.adapters.conversion import documents as made
from tests.adapters.conversion.office import official


@pytest.mark.parametrize(
    ("xml", "depth"),
    [
        (b"<w:p/>", 0),
        (b"<w:tbl></w:tbl><w:tbl><w:tblPr/></w:tbl>", 1),
        (b"<w:tbl ><x:tbl a='1'></x:tbl></w:tbl>", 2),
        (b"<table:table><table:table-row><table:table/></table:table-row></table:table>", 1),
        (b"<tbl><tbl></tbl></tbl>", 2),
    ],
)
def test_what_lies_in_what_is_counted(xml: bytes, depth: int) -> None:
    assert nesting.depth_of(xml) == depth


@pytest.mark.parametrize(
    ("data", "form", "said"),
    [
        (made.docx(official.nested(50)), f.DOCX, "None"),
        (made.docx(official.nested(51)), f.DOCX, "51 tables lie in each other; at most 50 are opened"),
        (made.docx(official.nested(51)), f.RTF, "None"),
        (made.odt("<table:table>" * 51), f.ODT, "51 tables lie in each other; at most 50 are opened"),
        (b"PK", f.ODT, "the ZIP container is damaged: File is not a zip file"),
    ],
)
def test_too_deep_a_document_is_not_opened(tmp_path: Path, data: bytes, form: str, said: str) -> None:
    (tmp_path / "file").write_bytes(data)
    assert str(nesting.trouble(tmp_path / "file", form)) == said
