# SPDX-License-Identifier: Apache-2.0
"""A publisher or an intake whose I/O thread is turned by hand, and whose broker says what a test says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from exchange.edge.broker import Bell
from exchange.edge.rabbit.frames import FrameReader, Properties
from exchange.edge.rabbit.intake import RabbitIntake
from exchange.edge.rabbit.link import Address, Way
from exchange.edge.rabbit.publisher import RabbitPublisher

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


def publishing(thread: Any, **window: int) -> RabbitPublisher:
    made = RabbitPublisher(thread, WAY, Bell(), name="test", patience_seconds=0.0, **window)
    thread.forget()
    return made


def consuming(thread: Any) -> RabbitIntake:
    made = RabbitIntake(thread, WAY, [QUEUE], Bell(), name="test")
    thread.forget()
    return made
