# SPDX-License-Identifier: Apache-2.0
"""What a child says is read as a report, or counts as not said."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.conversion.gb18030 import Gb18030ToUtf8
from exchange import Difference, Report, Seals
from exchange.edge.conversion_answers import report_of


def read(**answer: Any) -> Report:
    return report_of(answer, Gb18030ToUtf8(), "text/plain")


def test_differences_and_seals_are_three_counts_each() -> None:
    report = read(difference=[240, 2, 3], seals_before=[1, 2, 3], seals_after=[0, 0, 0])
    assert report == Report(
        difference=Difference(240, 2, 3), seals_before=Seals(1, 2, 3), seals_after=Seals()
    )


@pytest.mark.parametrize(
    "said", [None, 3, "abc", [], [1, 2], [1, 2, 3, 4], [1, -2, 3], [1, 2, "3"], [1, 2, 0.5]]
)
def test_what_is_not_three_counts_was_not_measured(said: object) -> None:
    assert read(difference=said, seals_before=said, seals_after=said) == Report()
