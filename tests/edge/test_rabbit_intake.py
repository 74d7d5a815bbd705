# SPDX-License-Identifier: Apache-2.0
"""Acknowledgements that the broker can believe, and queues that come and go."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pika
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.edge.broker import SEGMENT, Arrival
from exchange.edge.heap import ArrivalHeap
from exchange.edge.private_node import PrivateNode
from exchange.edge.rabbit import intake as intake_module
from exchange.edge.rabbit.intake import (
    BATCH_ARRIVALS,
    BATCH_BYTES,
    LINGER_SECONDS,
    Patience,
    RabbitIntake,
    Tally,
)
from exchange.model.limits import KIB, MIB
from exchange.model.priority import Priority
from exchange.model.topology import Queue, Rights
from tests.certificates import ClientAuthority
from tests.clients import connect
from tests.edge.broker_places import HUB, Place, rabbit, send, until, user


@pytest.fixture
def place(node: PrivateNode, authority: ClientAuthority) -> Iterator[Place]:
    files = user(node, authority, HUB)
    place = Place(rabbit(node, files), lambda: rabbit(node, files))
    yield place
    place.close()


class Ledger:
    """The broker's side: what was delivered and is not acknowledged. It takes no unknown tag."""

    def __init__(self, count: int) -> None:
        self.outstanding = set(range(1, count + 1))

    def acknowledge(self, tag: int, *, multiple: bool) -> None:
        assert tag in self.outstanding, f"PRECONDITION_FAILED - unknown delivery tag {tag}"
        self.outstanding -= {each for each in self.outstanding if each == tag or (multiple and each < tag)}


def told(ledger: Ledger, tally: Tally, tags: list[int]) -> int:
    """Settle *tags*; how many frames that took."""
    up_to, singly = tally.settle(tags)
    if up_to:
        ledger.acknowledge(up_to, multiple=True)
    for tag in singly:
        ledger.acknowledge(tag, multiple=False)
    return bool(up_to) + len(singly)


@given(
    st.permutations(range(1, 25)),
    st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=24, max_size=24),
)
def test_exactly_what_was_settled_is_acknowledged_at_once(
    order: list[int], portions: list[tuple[int, bool]]
) -> None:
    """In any order, grouping and mixture with burials."""
    ledger, tally = Ledger(24), Tally()
    settled: set[int] = set()
    for size, bury in portions:
        tags = [order.pop() for _ in range(min(size, len(order)))]
        again = [*tags, *list(settled)[:2]]  # settling twice changes nothing
        if bury:
            for tag in tally.bury(again):
                ledger.acknowledge(tag, multiple=False)
        else:
            told(ledger, tally, again)
        settled |= set(tags)
        assert ledger.outstanding == set(range(1, 25)) - settled


def test_a_batch_in_order_is_one_acknowledgement() -> None:
    ledger, tally = Ledger(100), Tally()
    assert told(ledger, tally, list(range(1, 51))) == 1
    assert told(ledger, tally, list(range(51, 101))) == 1
    assert ledger.outstanding == set()


def test_above_a_gap_each_is_acknowledged_by_itself_and_the_gap_then_alone() -> None:
    ledger, tally = Ledger(10), Tally()
    assert told(ledger, tally, [2, 3, 4]) == 3
    assert told(ledger, tally, [1]) == 1
    assert told(ledger, tally, [5, 6]) == 1


@pytest.mark.broker
def test_a_queue_that_is_made_anew_is_read_again(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """The broker cancels the consumer; we look again, ever more seldom, until the queue is back."""
    queue, other = place.queue(), place.queue()
    intake = place.intake(queue, other)
    publisher = place.publisher()
    send(publisher, [place.parcel(queue)])
    arrivals = place.collect(intake, 1)
    with caplog.at_level(logging.WARNING):
        place.broker.remove([], [queue])
        until(lambda: "no queue" in caplog.text)
    intake.settle(arrivals)  # of the queue that was: passed over
    send(publisher, [place.parcel(other)])
    assert [arrival.queue for arrival in place.collect(intake, 1)] == [other]
    place.broker.declare([], [Queue(queue, {"x-queue-type": "quorum"}, ((place.exchange, queue),))])
    send(publisher, [place.parcel(queue, b"<new/>")])
    assert [arrival.body for arrival in place.collect(intake, 1)] == [b"<new/>"]


@pytest.mark.broker
def test_a_queue_that_may_not_be_read_does_not_hold_up_another(
    place: Place, node: PrivateNode, authority: ClientAuthority, caplog: pytest.LogCaptureFixture
) -> None:
    own, foreign = place.queue(), place.queue()
    reader = rabbit(node, user(node, authority, "reader", Rights("^$", "^$", re.escape(own))))
    try:
        with caplog.at_level(logging.WARNING):
            intake = reader.intake([foreign, own], place.bell)
            until(lambda: "refused" in caplog.text)
        send(place.publisher(), [place.parcel(foreign), place.parcel(own)])
        assert [arrival.queue for arrival in place.collect(intake, 1)] == [own]
        until(lambda: place.waiting(foreign) == 1)
    finally:
        reader.close()


@pytest.mark.broker
def test_arrivals_are_taken_while_others_still_come(place: Place) -> None:
    queue = place.queue()
    publisher, intake = place.publisher(), place.intake(queue)
    flight = publisher.launch([place.parcel(queue, b"%d" % n) for n in range(400)])
    bodies: list[bytes] = []

    def all_there() -> bool:
        arrivals = intake.take(most=7, most_bytes=MIB)
        intake.settle(arrivals)
        bodies.extend(arrival.body for arrival in arrivals)
        return len(bodies) == 400

    until(all_there)
    assert bodies == [b"%d" % n for n in range(400)]
    assert flight.wait(60)


@pytest.mark.broker
def test_a_sender_cannot_say_where_its_message_died(
    place: Place, node: PrivateNode, authority: ClientAuthority
) -> None:
    dead = place.dead_queue()
    queue = place.queue(**place.to_dead)
    lies = {
        "x-death": [{"queue": "to.other.flash", "exchange": "in.other", "reason": "rejected", "count": 9}],
        "x-first-death-queue": "to.other.flash",
    }
    connection = connect(node, user(node, authority, HUB))
    channel = connection.channel()
    properties = pika.BasicProperties(delivery_mode=2, headers=lies, message_id=b"\xff\xfe")
    channel.basic_publish(place.exchange, queue, b"<segment/>", properties)
    intake = place.intake(queue, dead)
    (arrival,) = place.collect(intake, 1)
    assert arrival.message_id == "\ufffd\ufffd"
    assert (arrival.kind, arrival.user_id) == ("", "")
    intake.bury([arrival])
    (buried,) = place.collect(intake, 1)
    assert (buried.queue, buried.first_queue) == (dead, queue)
    assert buried.first_exchange == place.exchange
    connection.close()


@pytest.mark.broker
def test_who_has_much_in_hand_is_given_no_more_before_it_settles(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many messages the prefetch would allow."""
    monkeypatch.setattr(intake_module, "HELD_BYTES_MOST", 64 * KIB)
    monkeypatch.setattr(intake_module, "STUCK_SECONDS", 3600.0)
    queue = place.queue()
    send(place.publisher(), [place.parcel(queue, b"%d" % n + bytes(200 * KIB)) for n in range(20)])
    intake = place.intake(queue)
    assert isinstance(intake, RabbitIntake)
    until(lambda: intake._held_bytes > 64 * KIB)
    held = intake.take(most=100, most_bytes=100 * MIB)
    assert 0 < len(held) < 20  # its thread waits: nothing comes
    bodies = [arrival.body for arrival in held]
    intake.settle(held)

    def all_there() -> bool:
        arrivals = intake.take(most=100, most_bytes=100 * MIB)
        bodies.extend(arrival.body for arrival in arrivals)
        intake.settle(arrivals)
        return len(bodies) == 20

    until(all_there)
    assert [body[:2].rstrip(b"\0") for body in bodies] == [b"%d" % n for n in range(20)]


# ---- waiting for a batch


def waiting(count: int, priority: Priority = Priority.ROUTINE, size: int = 10) -> ArrivalHeap:
    heap = ArrivalHeap()
    for _ in range(count):
        heap.push(Arrival("q", priority, "in.a", "a", SEGMENT, "m", bytes(size)))
    return heap


def streaming() -> Patience:
    """Something was taken at 10.0, and something has come since."""
    patience = Patience()
    patience.took(5, 10.0)
    patience.came(10.001)
    return patience


SOON = 10.002


def test_in_a_stream_a_few_wait_for_more_and_then_no_longer() -> None:
    assert not streaming().is_over(waiting(3), SOON)
    assert streaming().is_over(waiting(3), SOON + LINGER_SECONDS)


def test_a_batch_that_is_worth_it_waits_for_nothing() -> None:
    assert streaming().is_over(waiting(BATCH_ARRIVALS), SOON)
    assert streaming().is_over(waiting(1, size=BATCH_BYTES), SOON)


def test_what_comes_after_a_pause_does_not_wait() -> None:
    patience = Patience()
    patience.took(5, 10.0)
    patience.came(10.5)
    assert patience.is_over(waiting(1), 10.5)


def test_what_was_left_over_does_not_wait_again() -> None:
    patience = streaming()
    patience.took(3, SOON)
    assert patience.is_over(waiting(1), SOON)


@pytest.mark.parametrize("priority", [p for p in Priority if p is not Priority.ROUTINE])
def test_no_other_class_waits(priority: Priority) -> None:
    heap = waiting(1)
    heap.push(Arrival("q", priority, "in.a", "a", SEGMENT, "m", b""))
    assert streaming().is_over(heap, SOON)
