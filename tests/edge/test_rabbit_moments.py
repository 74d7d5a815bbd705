# SPDX-License-Identifier: Apache-2.0
"""What happens between two moments: the I/O thread is turned by hand, and the broker's words are ours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pika.exceptions
import pytest

from exchange.edge.broker import SEGMENT, Bell, Outcome, Parcel
from exchange.edge.rabbit.frames import FrameReader, Properties, acknowledged
from exchange.edge.rabbit.intake import RabbitIntake
from exchange.edge.rabbit.link import Address, Way
from exchange.edge.rabbit.publisher import RabbitFlight, RabbitPublisher
from exchange.errors import Halt
from tests.edge.broker_places import until

QUEUE = "hub.routine"
WAY = Way((Address("broker.example", 5671, "govbus"),), Path("ca"), Path("certificate"), Path("key"))


class ByHand:
    """In place of an `IoThread`, and of its loop: what is to be done is done when a test says so."""

    alive = True

    def __init__(self) -> None:
        self.loop = self
        self._calls: list[Callable[[], None]] = []
        self._timers: list[Callable[[], None]] = []
        self._ends: list[Callable[[], None]] = []

    def call(self, what: Callable[[], None]) -> bool:
        self._calls.append(what)
        return True

    at_turn = call

    def later(self, _seconds: float, what: Callable[[], None]) -> Callable[[], None]:
        self._timers.append(what)
        return lambda: self._timers.remove(what)

    def at_end(self, what: Callable[[], None]) -> None:
        self._ends.append(what)

    def check(self) -> None:
        pass

    def forget(self) -> None:
        """What it was asked for until now, such as to connect: the connections are ours."""
        self._calls.clear()

    def turn(self) -> None:
        while self._calls:
            self._calls.pop(0)()

    def let_time_pass(self) -> None:
        timers, self._timers = self._timers, []
        for what in timers:
            what()
        self.turn()

    def end(self) -> None:
        """Without doing what it was asked to do."""
        for what in self._ends:
            what()


class Channel:
    """As much of a pika channel as is used."""

    is_open = True

    def __init__(self, number: int) -> None:
        self.channel_number = number
        self.closed: Callable[[Channel, BaseException], None]
        self.cancelled: Callable[[object], None]

    def add_on_close_callback(self, call: Callable[[Channel, BaseException], None]) -> None:
        self.closed = call

    def add_on_cancel_callback(self, call: Callable[[object], None]) -> None:
        self.cancelled = call

    def add_on_return_callback(self, call: object) -> None:
        pass

    def confirm_delivery(self, _answered: object, callback: Callable[[object], None]) -> None:
        callback(None)

    def basic_qos(self, *, prefetch_count: int) -> None:
        pass

    def basic_consume(self, _queue: str, _delivered: object, callback: Callable[[object], None]) -> None:
        callback(None)

    def close(self) -> None:
        self.is_open = False


class Wire:
    """As much of a connection as is used: every channel that is asked for is opened."""

    is_open = True
    frame_max = 131_072

    def __init__(self) -> None:
        self.channels: list[Channel] = []
        self.reader = FrameReader(lambda _frame: None, lambda _words: Properties("", "", ""))

    def channel(self, *, on_open_callback: Callable[[Channel], None]) -> None:
        self.channels.append(Channel(len(self.channels) + 1))
        on_open_callback(self.channels[-1])

    def add_on_connection_blocked_callback(self, call: object) -> None:
        pass

    add_on_connection_unblocked_callback = add_on_connection_blocked_callback

    def write(self, frames: object) -> None:
        pass


@pytest.fixture
def thread() -> Any:
    return ByHand()


@pytest.fixture
def wires() -> list[Any]:
    """One, and the one after it."""
    return [Wire(), Wire()]


def publishing(thread: Any, **window: int) -> RabbitPublisher:
    made = RabbitPublisher(thread, WAY, Bell(), name="test", patience_seconds=0.0, **window)
    thread.forget()
    return made


def consuming(thread: Any) -> RabbitIntake:
    made = RabbitIntake(thread, WAY, [QUEUE], Bell(), name="test")
    thread.forget()
    return made


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
