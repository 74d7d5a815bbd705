# SPDX-License-Identifier: Apache-2.0
"""Tables for people: as wide as what stands in them, and folded where the terminal is narrower."""

from __future__ import annotations

import shutil
import sys
from os import terminal_size

import pytest

from cli import context

TITLES = ["id", "name", "state"]
ROWS = [["1", "财政局", "delivered"], ["22", "x", ""]]
Captured = pytest.CaptureFixture[str]


def shown(columns: int | None, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> list[str]:
    if columns is not None:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setattr(shutil, "get_terminal_size", lambda: terminal_size((columns, 24)))
    context.show_table(TITLES, ROWS)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("columns", [None, 80, 21])
def test_a_table_that_fits_or_goes_into_a_pipe_has_a_line_for_each_row(
    columns: int | None, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    assert shown(columns, monkeypatch, capsys) == [
        "id  name    state",
        "1   财政局  delivered",
        "22  x",
    ]


def test_what_does_not_fit_goes_on_in_the_next_line_in_columns_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    assert shown(20, monkeypatch, capsys) == [
        "id  name", "    state",
        "1   财政局", "    delivered",
        "22  x",
    ]  # fmt: skip


def test_a_column_wider_than_the_terminal_is_not_cut(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    assert "    delivered" in shown(3, monkeypatch, capsys)


@pytest.mark.parametrize(
    ("columns", "line"), [(12, "a  event  by"), (11, "a  event\n    by"), (None, "a  event  by")]
)
def test_a_line_of_a_story_goes_on_in_the_next_where_it_is_too_long(
    columns: int | None, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "room", lambda: columns)
    assert context.folded(["a", "event", "", "by"], 2) == line
