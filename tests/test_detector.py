# SPDX-License-Identifier: Apache-2.0
"""Which format a part has, of what its sender declared and what a detector found in it."""

from __future__ import annotations

import pytest

from exchange import Detected
from exchange.detector import judged
from exchange.texts import Phrase

KNOWS = ("application/pdf", "application/msword")


@pytest.mark.parametrize(
    ("declared", "found", "judgement"),
    [
        ("application/pdf", "application/pdf", "application/pdf"),
        ("application/pdf", "application/msword", "application/msword"),
        ("application/msword", "application/msword;maker=wps", "application/msword;maker=wps"),
        ("application/octet-stream", "application/pdf", "application/pdf"),
        ("application/octet-stream", "application/zip", "application/zip"),
        ("application/pdf", "application/octet-stream", "application/octet-stream"),
        ("application/pdf", "text/plain;charset=utf-8", "text/plain;charset=utf-8"),
        ("application/vnd.cad", "application/octet-stream", "application/vnd.cad"),
        ("application/vnd.cad", "application/zip", "application/vnd.cad"),
        ("application/vnd.cad", "text/plain;charset=us-ascii", "application/vnd.cad"),
        ("application/vnd.cad", "application/pdf", "application/pdf"),
        ("text/plain", "text/plain;charset=gb18030", "text/plain;charset=gb18030"),
        ("text/plain;charset=utf-8", "text/plain;charset=gb18030", "text/plain;charset=gb18030"),
        ("text/plain;charset=gb18030", "text/plain;charset=us-ascii", "text/plain;charset=gb18030"),
        ("text/plain", "text/plain;charset=us-ascii", "text/plain;charset=utf-8"),
        ("text/plain", "text/csv;charset=utf-8", "text/plain;charset=utf-8"),
        ("text/csv;header=present", "text/plain;charset=gb18030", "text/csv;charset=gb18030;header=present"),
        (
            "application/x.notice+xml",
            "application/xml;charset=utf-8",
            "application/x.notice+xml;charset=utf-8",
        ),
        ("application/json", "application/json", "application/json"),
        ("application/octet-stream", "application/json;charset=us-ascii", "application/json;charset=utf-8"),
    ],
)
def test_content_counts_and_a_declaration_only_where_content_cannot_contradict_it(
    declared: str, found: str, judgement: str
) -> None:
    assert judged(declared, Detected(found), KNOWS) == judgement


@pytest.mark.parametrize("found", ["application/octet-stream", "application/zip"])
def test_what_cannot_be_opened_stays_what_it_was_declared_to_be(found: str) -> None:
    locked = Detected(found, Phrase("detection.encrypted"))
    assert judged("Application/PDF", locked, KNOWS) == "application/pdf"
