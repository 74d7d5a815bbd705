# SPDX-License-Identifier: Apache-2.0
"""Points in time: UTC, to the millisecond, in one spelling."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.model import instant
from tests.refusals import refusal
from tests.strategies import instants

BEIJING = timezone(timedelta(hours=8))


@given(instants)
def test_a_time_reads_back_as_it_was_spelled(at: datetime) -> None:
    assert instant.parse(instant.spell(at)) == at


@given(instants, st.integers(0, 999), st.timezones())
def test_any_time_with_a_zone_is_spelled_as_it_is_cut(at: datetime, broken: int, zone: tzinfo) -> None:
    at = (at + timedelta(microseconds=broken)).astimezone(zone)
    assert instant.parse(instant.spell(at)) == instant.cut(at)


def test_a_time_elsewhere_is_spelled_in_utc() -> None:
    assert instant.spell(datetime(2026, 11, 21, 16, 30, 0, 125_999, BEIJING)) == "2026-11-21T08:30:00.125Z"


def test_years_have_four_digits() -> None:
    assert instant.spell(datetime(33, 4, 3, tzinfo=UTC)) == "0033-04-03T00:00:00.000Z"


def test_a_time_is_cut_to_the_millisecond_not_rounded() -> None:
    assert instant.cut(datetime(2026, 1, 1, 0, 0, 0, 999_999, UTC)).microsecond == 999_000


def test_what_is_cut_is_in_utc() -> None:
    assert instant.cut(datetime(2026, 1, 1, tzinfo=BEIJING)).tzinfo is UTC


@pytest.mark.parametrize("use", [instant.spell, instant.cut])
def test_a_time_without_a_zone_is_refused(use: Callable[[datetime], object]) -> None:
    assert refusal(use, datetime(2026, 1, 1)) == "EX-104"  # noqa: DTZ001  that is the defect


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-21", "2026-11-21T08:30:00Z", "2026-11-21T08:30:00.1Z", "2026-11-21T08:30:00.125000Z",
     "2026-11-21 08:30:00.125Z", "2026-11-21T08:30:00.125", "2026-11-21T08:30:00.125+00:00",
     "2026-11-21T08:30:00.125z", "2026-11-21T24:00:00.000Z", "2026-11-21T23:59:60.000Z",
     "2026-02-29T00:00:00.000Z", "2026-13-01T00:00:00.000Z", "0000-01-01T00:00:00.000Z",
     "20261121T083000.125Z",
     "２026-11-21T08:30:00.125Z",
     "2026-11-21T08:30:00.125Z\n"],
)  # fmt: skip
def test_any_other_spelling_is_refused(text: str) -> None:
    assert refusal(instant.parse, text) == "EX-110"


@given(instants)
def test_milliseconds_lead_back_to_the_time(at: datetime) -> None:
    assert instant.from_milliseconds(instant.milliseconds(at)) == at


def test_in_a_sentence_a_time_has_seconds_and_its_zone() -> None:
    at = datetime(2026, 11, 21, 16, 30, 5, 125_999, tzinfo=timezone(timedelta(hours=8)))
    assert instant.readable(at) == "2026-11-21 08:30:05 UTC"
