# SPDX-License-Identifier: Apache-2.0
"""Sets of segment indices, held against Python's own sets."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.model.ranges import RANGES_MOST, Indices
from tests.refusals import refusal, verdict
from tests.strategies import indices


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Indices, Indices]:
    """Two sets below one count."""
    one = draw(indices())
    chosen = st.sets(st.integers(0, one.count - 1)) if one.count else st.just(set[int]())
    return one, Indices.of(one.count, draw(chosen))


@given(st.sets(st.integers(0, 300)))
def test_it_holds_what_was_put_in(some: set[int]) -> None:
    assert set(Indices.of(301, some)) == some


@given(indices())
def test_it_gives_its_indices_in_order(some: Indices) -> None:
    assert list(some) == sorted(set(some))


@given(indices())
def test_it_counts_what_it_holds(some: Indices) -> None:
    assert (len(some), bool(some)) == (len(set(some)), bool(set(some)))


@given(indices(), st.integers(-5, 250))
@example(Indices.of(3, [2]), -1)
def test_it_contains_what_it_holds_and_nothing_else(some: Indices, index: int) -> None:
    assert (index in some) == (index in set(some))


@given(indices())
def test_ranges_read_back_as_they_were_spelled(some: Indices) -> None:
    assert Indices.parse(some.count, str(some)) == some


@given(indices())
def test_a_bitmap_reads_back_as_it_was_stored(some: Indices) -> None:
    assert Indices.from_bytes(some.count, some.to_bytes()) == some


@given(indices())
def test_runs_neither_touch_nor_overlap(some: Indices) -> None:
    runs = list(some.ranges())
    assert all(last + 1 < first for (_, last), (first, _) in itertools.pairwise(runs))


@given(pairs())
def test_it_joins_meets_and_subtracts_as_sets_do(two: tuple[Indices, Indices]) -> None:
    a, b = two
    assert (set(a | b), set(a & b), set(a - b)) == (set(a) | set(b), set(a) & set(b), set(a) - set(b))


@given(indices())
def test_what_is_missing_is_everything_else(some: Indices) -> None:
    assert set(some.missing) == set(range(some.count)) - set(some)


@given(indices())
def test_it_is_whole_when_nothing_is_missing(some: Indices) -> None:
    assert some.whole == (not some.missing)


@given(st.integers(0, 100))
def test_all_of_them_are_whole(count: int) -> None:
    assert set(Indices.all(count)) == set(range(count))
    assert Indices.all(count).whole


@given(indices(), st.integers(1, 250))
def test_its_head_is_its_first_few(some: Indices, most: int) -> None:
    assert list(some.head(most)) == list(some)[:most]


def test_it_is_spelled_as_people_write_ranges() -> None:
    assert str(Indices.of(32, [0, 1, 2, 3, 4, 7, *range(9, 32)])) == "0-4,7,9-31"


def test_nothing_is_spelled_as_nothing() -> None:
    assert (str(Indices(5)), Indices.parse(5, "")) == ("", Indices(5))


@pytest.mark.parametrize(
    "text",
    ["x", "1-", "-1", "1-x", "1--2", " 1", "1 ", "1,", ",1", "1;2", "１", "5", "0-5", "3-2", "2,1", "1,1",
     "1-2,2-3", "9999999999", "0-9999999999", "9" * 5000, "0-" + "9" * 5000, "+1", "1.0"],
)  # fmt: skip
def test_any_other_spelling_is_refused(text: str) -> None:
    assert refusal(Indices.parse, 5, text) == "EX-104"


def test_more_ranges_than_a_notice_may_have_are_refused() -> None:
    assert (
        refusal(Indices.parse, 10**6, ",".join(str(2 * index) for index in range(RANGES_MOST + 1)))
        == "EX-103"
    )


def test_a_scattered_set_goes_into_one_notice_as_far_as_it_may() -> None:
    scattered = Indices.of(3 * RANGES_MOST, range(0, 3 * RANGES_MOST, 2))
    first = scattered.in_one_notice
    assert list(first) == list(scattered)[:RANGES_MOST]
    assert Indices.parse(scattered.count, str(first)) == first


@given(indices())
def test_a_set_of_few_ranges_goes_into_one_notice_whole(some: Indices) -> None:
    assert some.in_one_notice == some


@given(st.text("0123456789-, x", max_size=20))
def test_any_text_is_a_set_or_refused(text: str) -> None:
    assert verdict(Indices.parse, 50, text) in ("", "EX-104")


@pytest.mark.parametrize(("count", "bits"), [(3, 8), (0, 1), (3, -1), (-1, 0)])
def test_an_index_that_is_none_of_the_messages_is_refused(count: int, bits: int) -> None:
    assert refusal(Indices, count, bits) == "EX-104"


@pytest.mark.parametrize("index", [-1, 3])
def test_an_index_outside_is_not_taken_in(index: int) -> None:
    assert refusal(Indices.of, 3, [index]) == "EX-104"
