# SPDX-License-Identifier: Apache-2.0
"""
Whatever a broker says, and in whatever order: every flight lands, and all room comes back.

The moments are drawn, from seeds that stay the same; `test_rabbit_moments` names those that were wrong once.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pika.exceptions
import pytest

from exchange.edge.broker import SEGMENT, Flight, Parcel
from exchange.edge.rabbit.frames import acknowledged, buried
from exchange.edge.rabbit.publisher import RabbitFlight
from exchange.errors import Halt
from tests.edge.by_hand import ByHand, Channel, Wire, publishing

SEEDS, MOMENTS = 400, 160


class LateChannel(Channel):
    """It is opened, confirms, and is closed when a test says so."""

    opened: Callable[[LateChannel], None]
    confirms: Callable[[object], None] | None = None
    is_gone = False

    def confirm_delivery(self, _answered: object, callback: Callable[[object], None]) -> None:
        self.confirms = callback

    def end(self, why: BaseException) -> None:
        self.is_open, self.is_gone = False, True
        self.closed(self, why)


class LateWire(Wire):
    def channel(self, *, on_open_callback: Callable[[Any], None]) -> None:
        taken = {one.channel_number for one in self.channels if not one.is_gone}  # type: ignore[attr-defined]
        made = LateChannel(min(set(range(1, 99)) - taken))
        made.opened = on_open_callback
        self.channels.append(made)

    def add_on_connection_blocked_callback(self, call: object) -> None:
        self.blocked = call

    def add_on_connection_unblocked_callback(self, call: object) -> None:
        self.unblocked = call


class Fate:
    """A publisher and what may happen to it: each public method is one thing, where it can happen now."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._thread: Any = ByHand()
        window = self._draw.choice((2, 3, 6))
        self.publisher = publishing(self._thread, window_messages=window, window_bytes=80)
        self.flights: list[Flight] = []
        self._is_to_be_replaced = False
        self._reserved: list[tuple[Any, Parcel]] = []
        self._wire: Any = None
        words: Any = {"name": "test", "where": "there", "reason": "none", "replace": self._replace}
        self.publisher._link = SimpleNamespace(**words)  # type: ignore[assignment]

    def _replace(self, _why: str) -> None:
        self._is_to_be_replaced = True

    def _channels(self, *, opened: bool) -> list[Any]:
        there = [] if self._wire is None else [one for one in self._wire.channels if not one.is_gone]
        return [one for one in there if hasattr(one, "closed") is opened]

    def _parcel(self) -> Parcel:
        return Parcel("out", self._draw.choice(("a.bulk", "b.bulk")), bytes(10), SEGMENT, "m", "hub")

    # ---- on the role's thread

    def launch(self) -> None:
        if self.publisher.room():
            with contextlib.suppress(Halt):
                self.flights.append(self.publisher.launch([self._parcel()]))

    def find_room(self) -> None:
        if self.publisher.room() and self.publisher._refusal is None:
            parcel = self._parcel()
            self._reserved.append((self.publisher._reserve([parcel], 0)[0], parcel))

    def hand_over(self) -> None:
        if self._reserved:
            air, parcel = self._reserved.pop()
            self.flights.append(RabbitFlight(1, self.publisher._changed))
            self.publisher._hand_over(self.publisher._framed(self.flights[-1], 0, [parcel], air))  # type: ignore[arg-type]

    # ---- on the I/O thread

    def turn(self) -> None:
        self._thread.turn()

    def let_time_pass(self) -> None:
        self._thread.let_time_pass()

    def connect(self) -> None:
        if self._wire is None:
            self._wire = LateWire()
            self.publisher._up(self._wire)

    def lose(self) -> None:
        if self._wire is not None:
            for channel in self._channels(opened=True):
                channel.end(pika.exceptions.StreamLostError("cut"))
            self._wire.is_open, self._wire, self._is_to_be_replaced = False, None, False
            self.publisher._down("cut")

    def replace(self) -> None:
        if self._is_to_be_replaced:
            self.lose()

    # ---- the broker's words

    def open(self) -> None:
        for channel in self._channels(opened=False):
            channel.opened(channel)

    def confirm_from_now_on(self) -> None:
        for channel in self._channels(opened=True):
            if channel.confirms is not None:
                said, channel.confirms = channel.confirms, None
                said(None)

    def answer(self) -> None:
        air = self.publisher._air
        if air is not None and air._flying:
            tag, number = self._draw.choice(list(air._flying)), air.channel.channel_number
            word = self._draw.randrange(3)
            frame = buried(number, tag) if word == 0 else acknowledged(number, tag, multiple=word == 1)
            self._wire.reader.feed(frame)

    def refuse(self) -> None:
        for channel in self._channels(opened=True):
            if channel.is_open:
                channel.end(pika.exceptions.ChannelClosedByBroker(self._draw.choice((404, 311)), "so"))

    def close_the_channel_that_we_closed(self) -> None:
        for channel in self._channels(opened=True):
            if not channel.is_open:
                channel.end(pika.exceptions.ChannelClosedByClient(200, "so"))

    def block(self) -> None:
        if self._wire is not None:
            self._wire.blocked(self._wire, SimpleNamespace(method=SimpleNamespace(reason="memory")))

    def unblock(self) -> None:
        if self._wire is not None:
            self._wire.unblocked(self._wire, None)


USUAL = ("launch", "connect", "open", "confirm_from_now_on", "turn", "answer")
RARE = tuple(name for name in vars(Fate) if not name.startswith("_") and name not in USUAL)
AT_LAST = ("hand_over", "replace", "close_the_channel_that_we_closed", "unblock", "let_time_pass", *USUAL[1:])


@pytest.mark.parametrize("part", range(4))
def test_every_flight_lands_and_all_room_comes_back(part: int) -> None:
    for seed in range(part * SEEDS, (part + 1) * SEEDS):
        fate = Fate(seed)
        draw = random.Random(seed)
        moments = draw.choices(USUAL * 3 + RARE, k=MOMENTS) + list(AT_LAST) * 20
        for moment in moments:
            getattr(fate, moment)()
        publisher = fate.publisher
        assert all(flight.landed for flight in fate.flights), seed
        assert (publisher._messages, publisher._bytes) == (0, 0), seed
        assert publisher._refusal is not None or publisher.room(), seed
        assert len(fate._channels(opened=True)) == 1, seed
