# SPDX-License-Identifier: Apache-2.0
"""One scale, in one direction."""

from __future__ import annotations

import pytest

from exchange.model.priority import BULK_SEGMENTS, Priority, default_priority

FLASH, URGENT, ROUTINE, BULK = Priority


def test_flash_goes_first_and_bulk_last() -> None:
    assert sorted(Priority, key=lambda p: p.rank) == [FLASH, URGENT, ROUTINE, BULK]


def test_sooner_means_a_smaller_rank() -> None:
    assert FLASH.sooner_than(URGENT)
    assert not BULK.sooner_than(ROUTINE)


def test_no_class_is_sooner_than_itself() -> None:
    assert not any(p.sooner_than(p) for p in Priority)


def test_only_flash_and_urgent_need_a_grant() -> None:
    assert [p for p in Priority if p.needs_grant] == [FLASH, URGENT]


@pytest.mark.parametrize(
    ("message", "receipt"), [(FLASH, FLASH), (URGENT, URGENT), (ROUTINE, ROUTINE), (BULK, ROUTINE)]
)
def test_a_receipt_travels_in_its_messages_class_but_never_in_bulk(
    message: Priority, receipt: Priority
) -> None:
    assert message.of_receipts is receipt


def test_a_payload_of_up_to_16_segments_is_routine() -> None:
    assert [default_priority(1), default_priority(BULK_SEGMENTS)] == [ROUTINE, ROUTINE]


def test_a_payload_of_more_than_16_segments_is_bulk() -> None:
    assert default_priority(BULK_SEGMENTS + 1) is BULK
