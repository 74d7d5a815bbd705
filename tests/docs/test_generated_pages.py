# SPDX-License-Identifier: Apache-2.0
"""The pages about commands and metrics say what the program does, in both languages."""

from __future__ import annotations

import re

import pytest

from docs import cli_page, metrics_page
from exchange.edge.metrics import METRICS
from exchange.texts import LANGUAGES

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize(("name", "lang"), cli_page.PAGES.items())
def test_the_page_of_commands_is_current(name: str, lang: str) -> None:
    written = (cli_page.REFERENCE / name).read_text("utf-8")
    assert written == cli_page.page(lang), "run: python -m docs.cli_page"


def test_the_page_of_metrics_is_current() -> None:
    assert metrics_page.PAGE.read_text("utf-8") == metrics_page.page(), "run: python -m docs.metrics_page"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_metric_is_explained_once_where_it_is_told(lang: str) -> None:
    page = metrics_page.page(lang)
    assert all(f"| `{name}` |" in page for name in METRICS)


def test_every_option_is_explained_in_chinese() -> None:
    rows = [line for line in cli_page.page("zh").splitlines() if line.startswith("| `")]
    assert rows
    assert [row for row in rows if not CHINESE.search(row)] == []
