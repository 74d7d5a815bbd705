# SPDX-License-Identifier: Apache-2.0
"""The benchmark's tables line up in a terminal."""

from __future__ import annotations

import pytest

from benchmarks.table import number, padded, table, width


def test_a_chinese_character_takes_two_columns() -> None:
    assert width("财政局 ok") == 9


def test_a_combining_mark_takes_none() -> None:
    assert width("e\N{COMBINING ACUTE ACCENT}") == 1


def test_what_is_longer_than_its_column_stays_whole() -> None:
    assert padded("汉字", 3) == "汉字"


def test_columns_line_up_whatever_the_script() -> None:
    lines = table(("部门", "n"), [("财政局", "1"), ("tax", "20")]).splitlines()
    assert lines == ["部门     n", "──────  ──", "财政局   1", "tax     20"]


def test_a_row_with_a_cell_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells under 2 heads"):
        table(("a", "b"), [("only",)])


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.6, "1,235"), (45.67, "45.7"), (4.567, "4.57"), (0.25, "0.25"), (0.012345, "0.0123"), (0, "0.00")],
)
def test_a_figure_has_three_meaningful_digits(value: float, text: str) -> None:
    assert number(value) == text
