# SPDX-License-Identifier: Apache-2.0
"""The page about PDF to OFD names every loss and every cause of a picture, in the words of the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.texts.ofd_writing import TEXTS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "pdf-to-ofd.md"


@pytest.mark.parametrize(
    "key", [key for key in TEXTS if key.startswith(("conversion.loss", "conversion.feature"))]
)
def test_the_page_says_what_the_report_says(key: str) -> None:
    english, _ = TEXTS[key]
    assert english in PAGE.read_text("utf-8")
