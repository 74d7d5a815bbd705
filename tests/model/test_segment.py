# SPDX-License-Identifier: Apache-2.0
"""How a payload is cut: in order, without gaps, and the empty one too."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.model.limits import LIMITS, SEGMENT_BYTES
from exchange.model.segment import PATH_MOST, SALT_BYTES, Slice, Span, check_place, count_segments, plan, span
from tests.refusals import refusal

sizes = st.integers(0, 5000)
segment_sizes = st.integers(1, 700)


def piece(**changes: Any) -> Slice:
    fields: dict[str, Any] = {
        "index": 0,
        "offset": 0,
        "size": 1,
        "salt": bytes(SALT_BYTES),
        "compressed": "",
        "path": (),
    }
    return Slice(**{**fields, **changes})


@given(sizes, segment_sizes)
def test_spans_leave_no_gap_and_do_not_overlap(size: int, segment: int) -> None:
    spans = plan(size, segment)
    assert spans[0].offset == 0
    assert all(a.offset + a.size == b.offset for a, b in pairwise(spans))
    assert spans[-1].offset + spans[-1].size == size


@given(sizes, segment_sizes)
def test_all_spans_but_the_last_have_the_full_size(size: int, segment: int) -> None:
    *full, last = plan(size, segment)
    assert all(s.size == segment for s in full)
    assert last.size <= segment


@given(sizes, segment_sizes)
def test_spans_are_numbered_in_order(size: int, segment: int) -> None:
    assert [s.index for s in plan(size, segment)] == list(range(count_segments(size, segment)))


@given(st.integers(1, 5000), segment_sizes)
def test_no_span_of_a_payload_is_empty(size: int, segment: int) -> None:
    assert all(s.size > 0 for s in plan(size, segment))


def test_an_empty_payload_has_one_empty_span() -> None:
    assert plan(0) == (Span(0, 0, 0),)


@pytest.mark.parametrize(
    ("size", "count"), [(0, 1), (1, 1), (SEGMENT_BYTES, 1), (SEGMENT_BYTES + 1, 2), (2 * SEGMENT_BYTES, 2)]
)
def test_the_count_rises_with_the_first_byte_too_many(size: int, count: int) -> None:
    assert count_segments(size) == count


@pytest.mark.parametrize(("size", "segment"), [(-1, 1), (1, 0), (1, -5)])
def test_a_size_that_is_none_is_refused(size: int, segment: int) -> None:
    assert refusal(count_segments, size, segment) == "EX-104"


@pytest.mark.parametrize("index", [-1, 3])
def test_a_slice_that_the_message_has_not_is_refused(index: int) -> None:
    assert refusal(span, index, 30, 10) == "EX-104"


def test_more_segments_than_a_message_may_have_are_refused_before_memory_is_taken() -> None:
    assert refusal(plan, LIMITS.segments * 10 + 1, 10) == "EX-103"


@pytest.mark.parametrize(
    "changes",
    [
        {"salt": b""},
        {"salt": bytes(SALT_BYTES + 1)},
        {"compressed": "gzip"},
        {"path": (bytes(31),)},
        {"path": (bytes(32),) * (PATH_MOST + 1)},
    ],
)
def test_a_slice_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    assert refusal(piece, **changes) == "EX-104"


def test_a_slice_in_its_place_is_taken() -> None:
    check_place(piece(index=2, offset=20, size=5), 25, 10)


@pytest.mark.parametrize(
    "changes",
    [
        {"index": 2, "offset": 20, "size": 10},
        {"index": 1, "offset": 20, "size": 10},
        {"index": 1, "offset": 11, "size": 10},
        {"index": 3, "offset": 30, "size": 0},
    ],
)
def test_a_slice_that_says_it_lies_elsewhere_is_refused(changes: dict[str, int]) -> None:
    assert refusal(check_place, piece(**changes), 25, 10) == "EX-104"
