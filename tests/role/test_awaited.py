# SPDX-License-Identifier: Apache-2.0
"""How long the hub's silence is borne, message by message, and how much is offered again at a time."""

from __future__ import annotations

import pytest

from exchange.model.priority import Priority
from exchange.role.awaited import OFFER_MS, OFFERED_MOST, OFFERS_DOUBLED, Awaited


def awaiting(count: int = 1, receivers: int = 1) -> Awaited:
    awaited = Awaited()
    for number in range(count):
        awaited.add(str(number), Priority.ROUTINE, 10, receivers=receivers, now_ms=0)
    return awaited


def test_bytes_are_counted_by_class_until_the_hub_has_spoken() -> None:
    awaited = awaiting(2)
    assert (awaited.bytes_of(Priority.ROUTINE), awaited.bytes_of(Priority.BULK)) == (20, 0)
    awaited.remove("0")
    assert awaited.bytes_of(Priority.ROUTINE) == 10


def test_a_message_counts_once() -> None:
    awaited = awaiting()
    awaited.add("0", Priority.ROUTINE, 10, receivers=1, now_ms=5)
    assert awaited.bytes_of(Priority.ROUTINE) == 10


def test_what_is_not_awaited_may_be_removed() -> None:
    awaited = awaiting()
    awaited.remove("another")
    assert awaited.bytes_of(Priority.ROUTINE) == 10


def test_nothing_is_due_before_its_time() -> None:
    awaited = awaiting(receivers=3)
    assert list(awaited.due(OFFER_MS - 1)) == []
    assert list(awaited.due(OFFER_MS)) == [("0", 3)]


def test_each_offer_is_followed_by_a_silence_twice_as_long_up_to_a_limit() -> None:
    awaited, now, pauses = awaiting(), 0, []
    for _ in range(OFFERS_DOUBLED + 2):
        began = now
        while not list(awaited.due(now)):
            now += OFFER_MS
        pauses.append((now - began) // OFFER_MS)
    assert pauses == [*(2**n for n in range(OFFERS_DOUBLED + 1)), 2**OFFERS_DOUBLED]


def test_no_more_are_offered_than_may_be_unanswered() -> None:
    awaited = awaiting(OFFERED_MOST + 5)
    assert len(list(awaited.due(OFFER_MS))) == OFFERED_MOST
    assert list(awaited.due(OFFER_MS + 1)) == []


def test_an_answer_makes_room_for_another_offer() -> None:
    awaited = awaiting(OFFERED_MOST + 5)
    list(awaited.due(OFFER_MS))
    awaited.remove("3")
    assert list(awaited.due(OFFER_MS + 1)) == [(str(OFFERED_MOST), 1)]


@pytest.mark.parametrize(("receivers", "one"), [(0, False), (1, True), (2, False)])
def test_one_word_is_enough_where_there_is_one_receiver(receivers: int, one: bool) -> None:
    assert awaiting(receivers=receivers).has_one_receiver("0") is one
