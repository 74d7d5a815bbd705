# SPDX-License-Identifier: Apache-2.0
"""What two PDFs look like and say, held against each other: what is missing counts, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.conversion import comparing
from adapters.conversion.comparing import MOST_PAGES, chosen, compared, said_in
from exchange import Difference
from tests.adapters.conversion.ofd_writing.pdfs import Pdf, helvetica

SQUARE = "0 g 100 100 200 200 re f"  # 40,000 square points, of an A4 page's 501,168
BLACK = "0 g 0 0 600 850 re f"
WHITE = ""


def pdf(file: Path, *pages: str, size: tuple[float, float] = (595.276, 841.89)) -> Path:
    made = Pdf()
    font = helvetica(made)
    for page in pages:
        made.page(page, resources=f"/Font << /F {font} >>", size=size)
    file.write_bytes(made.bytes())
    return file


def measured(folder: Path, before: list[str], after: list[str]) -> Difference | None:
    numbers = range(len(before))
    return compared(pdf(folder / "before.pdf", *before), pdf(folder / "after.pdf", *after), numbers)


def test_what_looks_the_same_does_not_differ(tmp_path: Path) -> None:
    assert measured(tmp_path, [SQUARE, WHITE], [SQUARE, WHITE]) == Difference(0, 1, 2)


def test_the_difference_is_that_of_the_page_that_differs_most(tmp_path: Path) -> None:
    small = "0 g 0 0 10 10 re f"
    found = measured(tmp_path, [SQUARE, SQUARE, small], [SQUARE, WHITE, WHITE])
    assert found is not None
    assert (found.page, found.pages) == (2, 3)
    assert found.share == pytest.approx(40_000 / 501_168, abs=0.003)


def test_black_and_white_are_as_far_apart_as_can_be(tmp_path: Path) -> None:
    assert measured(tmp_path, [BLACK], [WHITE]) == Difference(10_000, 1, 1)


def test_a_page_that_is_not_there_any_more_differs_wholly(tmp_path: Path) -> None:
    assert measured(tmp_path, [WHITE, WHITE], [WHITE]) == Difference(10_000, 2, 2)


def test_a_line_of_text_that_is_missing_counts_more_than_smoothing_does(tmp_path: Path) -> None:
    line = "BT /F 12 Tf 72 700 Td (The quick brown fox jumps over the lazy dog, twice a day) Tj ET"
    moved = line.replace("72 700", "72.1 700.1")
    missing, smoothed = (measured(tmp_path, [line], [other]) for other in (WHITE, moved))
    assert missing is not None
    assert smoothed is not None
    assert missing.worst > 3 * smoothed.worst


def test_pages_of_another_size_are_laid_on_each_other(tmp_path: Path) -> None:
    before, after = pdf(tmp_path / "a", BLACK), pdf(tmp_path / "b", BLACK, size=(300, 400))
    assert compared(before, after, [0]) == Difference(0, 1, 1)


def test_a_page_is_drawn_small_however_large_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "LARGEST", 100)
    assert measured(tmp_path, [BLACK], [WHITE]) == Difference(10_000, 1, 1)


def test_of_nothing_there_is_no_difference(tmp_path: Path) -> None:
    file = pdf(tmp_path / "a", WHITE)
    assert compared(file, file, []) is None


def test_all_of_a_few_pages_are_compared_and_of_many_some_from_the_first_to_the_last() -> None:
    assert chosen(0) == ()
    assert chosen(MOST_PAGES) == tuple(range(MOST_PAGES))
    for pages in (MOST_PAGES + 1, 100, 5_000):
        some = chosen(pages)
        assert len(set(some)) == MOST_PAGES
        assert (some[0], some[-1]) == (0, pages - 1)
        assert list(some) == sorted(some)


def test_what_can_be_read_is_read_page_by_page(tmp_path: Path) -> None:
    file = pdf(tmp_path / "a", "BT /F 12 Tf 72 700 Td (one) Tj ET", "BT /F 12 Tf 72 700 Td (two) Tj ET")
    assert list(said_in(file)) == ["one", "two"]
