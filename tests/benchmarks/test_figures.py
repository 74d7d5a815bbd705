# SPDX-License-Identifier: Apache-2.0
"""The arithmetic behind the benchmark's figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Repeats, percentile

MEASURED = st.lists(st.floats(0.001, 1e9), min_size=1, max_size=9)


def test_the_median_of_three_repeats_is_the_middle_one() -> None:
    assert Repeats.of([30, 10, 20]).median == 20


def test_the_spread_is_the_width_as_a_share_of_the_median() -> None:
    assert Repeats.of([90, 100, 120]).spread == pytest.approx(0.3)


def test_equal_repeats_have_no_spread_even_at_zero() -> None:
    assert Repeats.of([0, 0, 0]).spread == 0


def test_two_subjects_are_compared_repeat_by_repeat() -> None:
    quiet_then_busy, half_of_it = Repeats.of([100, 10, 50]), Repeats.of([50, 5, 25])
    assert quiet_then_busy.over(half_of_it).values == (2, 2, 2)


def test_different_numbers_of_repeats_are_not_compared() -> None:
    with pytest.raises(ValueError, match="3 repeats cannot be divided by 2"):
        Repeats.of([1, 2, 3]).over(Repeats.of([1, 2]))


def test_nothing_measured_is_no_figure() -> None:
    with pytest.raises(ValueError, match="at least one measurement"):
        Repeats.of([])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_no_figure(value: float) -> None:
    with pytest.raises(ValueError, match="not a figure"):
        Repeats.of([1, value])


@given(MEASURED)
def test_the_median_lies_between_low_and_high(values: list[float]) -> None:
    repeats = Repeats.of(values)
    assert repeats.low <= repeats.median <= repeats.high


def test_the_99th_of_a_hundred_is_the_last_but_one() -> None:
    assert percentile(range(1, 101), 0.99) == 99


def test_the_median_percentile_of_an_even_number_is_a_value_that_was_seen() -> None:
    assert percentile([4, 1, 3, 2], 0.5) == 2


@given(MEASURED, st.floats(0.01, 1))
def test_a_percentile_is_not_exceeded_by_its_share(values: list[float], share: float) -> None:
    answer = percentile(values, share)
    assert sum(value <= answer for value in values) >= share * len(values) - 1e-9


@pytest.mark.parametrize("share", [0, 1.01, -1])
def test_a_share_outside_nought_and_one_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="a share is above 0"):
        percentile([1], share)


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)
