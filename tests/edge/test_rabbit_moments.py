# SPDX-License-Identifier: Apache-2.0
"""What happens between two moments: the I/O thread is turned by hand, and the broker's words are ours."""

from __future__ import annotations

import threading
from typing import Any

import pika.exceptions
import pytest

from exchange.edge.broker import SEGMENT, Outcome, Parcel
from exchange.edge.rabbit.frames import acknowledged
from exchange.edge.rabbit.publisher import RabbitFlight, RabbitPublisher
from exchange.errors import Halt
from tests.edge.broker_places import until
from tests.edge.by_hand import ByHand, Wire, consuming, publishing


@pytest.fixture
def thread() -> Any:
    return ByHand()


@pytest.fixture
def wires() -> list[Any]:
    """One, and the one after it."""
    return [Wire(), Wire()]


def parcel(message_id: str = "m") -> Parcel:
    return Parcel("out", "a.bulk", b"<segment/>", SEGMENT, message_id, "hub")


def refused() -> BaseException:
    return pika.exceptions.ChannelClosedByBroker(404, "NOT_FOUND - no exchange")


def test_a_channel_that_is_to_be_opened_again_is_not_where_the_connection_was_made_anew(
    thread: Any, wires: list[Any]
) -> None:
    """Two channels for one publisher: what the broker says on the first of them would reach nobody."""
    publisher = publishing(thread)
    publisher._up(wires[0])
    wires[0].channels[0].closed(wires[0].channels[0], refused())
    publisher._down("cut")
    publisher._up(wires[1])
    with pytest.raises(Halt):
        publisher.launch([parcel()])
    flight = publisher.launch([parcel()])
    thread.turn()
    thread.let_time_pass()
    wires[1].reader.feed(acknowledged(1, 1, multiple=False))
    thread.turn()
    assert flight.landed
    assert flight.outcomes == [Outcome.CONFIRMED]


def test_a_channel_that_was_refused_is_opened_again_on_the_same_connection(
    thread: Any, wires: list[Any]
) -> None:
    publisher = publishing(thread)
    publisher._up(wires[0])
    wires[0].channels[0].closed(wires[0].channels[0], refused())
    assert not publisher.room()
    thread.let_time_pass()
    assert publisher.room()


@pytest.mark.parametrize("cancelled", [True, False], ids=["cancelled", "channel closed"])
def test_a_queue_that_is_to_be_read_again_is_not_read_twice_where_the_connection_was_made_anew(
    thread: Any, wires: list[Any], cancelled: bool
) -> None:
    intake = consuming(thread)
    intake._up(wires[0])
    channel = wires[0].channels[0]
    if cancelled:
        channel.cancelled(None)
    else:
        channel.closed(channel, refused())
    intake._down("cut")
    intake._up(wires[1])
    thread.let_time_pass()
    assert len(wires[1].channels) == 1
    wires[1].channels[0].cancelled(None)
    assert not intake.is_consuming()
    thread.let_time_pass()
    assert intake.is_consuming()


def test_what_is_handed_over_to_a_thread_that_ends_before_it_takes_it_is_lost_and_not_in_the_air(
    thread: Any, wires: list[Any]
) -> None:
    """Its connection was closed between the room that was found for it and its being handed over."""
    publisher = publishing(thread)
    publisher._up(wires[0])
    air, count = publisher._reserve([parcel()], 0)
    publisher._down("closed")
    publisher._link._closed.set()
    flight = publisher_flight(publisher, air, count)
    thread.end()
    assert flight.landed
    assert flight.outcomes == [Outcome.LOST]
    assert publisher._messages == publisher._bytes == 0


def publisher_flight(publisher: RabbitPublisher, air: Any, count: int) -> Any:
    flight = RabbitFlight(count, publisher._changed)
    publisher._hand_over(publisher._framed(flight, 0, [parcel()], air))
    return flight


def test_room_that_an_impossible_name_gives_back_is_told_to_whoever_waits_for_it(
    thread: Any, wires: list[Any]
) -> None:
    publisher = publishing(thread, window_messages=1)
    publisher._up(wires[0])
    impossible = parcel("x" * 300)
    air, _ = publisher._reserve([impossible], 0)
    other = threading.Thread(target=publisher.launch, args=([parcel()],), daemon=True)
    other.start()
    until(lambda: publisher._changed._waiters)  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="at most 255"):
        publisher._framed(RabbitFlight(1, publisher._changed), 0, [impossible], air)
    other.join(5)
    assert not other.is_alive()
