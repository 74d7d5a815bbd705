# SPDX-License-Identifier: Apache-2.0
"""
Publishing: confirmed, in a window, on a connection of its own.

What a role launches is framed on the role's thread, handed to the I/O thread in one piece, and
answered by the broker's confirms. What the broker did with each parcel is known here; what that
means for a message is not.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pika.exceptions
import pika.spec

from exchange.edge.broker import WINDOW_BYTES, WINDOW_MESSAGES, Bell, Flight, Outcome, Parcel, Publisher
from exchange.edge.rabbit.connection import Connection, IoThread
from exchange.edge.rabbit.frames import PublishedFrames
from exchange.edge.rabbit.link import Link, Way, away, pauses
from exchange.errors import BrokerDown, GovbusError, Halt
from exchange.texts import Phrase

_log = logging.getLogger(__name__)

LANDING_SECONDS = 5.0  # what `close` leaves to what is in the air
BLOCKED_SECONDS = 300.0  # of an alarm, before whoever waits for room is told that the broker is away
STREAK_SECONDS = 0.5  # of nothing but nacks on several keys: not full queues, but a broken channel
STREAK_ONE_KEY_SECONDS = 15.0  # on a single key it may be either, and another channel does no harm
_REFUSALS = frozenset({403, 404, 405, 406})  # channel closed: not ours, not there, locked, not so


class RabbitFlight(Flight):
    """Written on the I/O thread under the publisher's condition; may be asked from any thread."""

    def __init__(self, count: int, changed: threading.Condition) -> None:
        self._outcomes: list[Outcome] = [Outcome.LOST] * count
        self._left = count
        self._changed = changed

    @property
    def landed(self) -> bool:
        return not self._left

    def wait(self, seconds: float | None = None) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.landed, seconds)

    @property
    def outcomes(self) -> Sequence[Outcome]:
        return self._outcomes

    def answer(self, index: int, outcome: Outcome) -> bool:
        """One parcel's outcome; whether it was the last that was missing."""
        self._outcomes[index] = outcome
        self._left -= 1
        return not self._left


@dataclass(slots=True)
class _Flying:
    """One published parcel without an answer."""

    flight: RabbitFlight
    index: int
    parcel: Parcel
    returned: bool = False


@dataclass(slots=True)
class _Launched:
    """Parcels of one flight, from *first* on, on their way to the I/O thread."""

    flight: RabbitFlight
    first: int
    parcels: Sequence[Parcel]
    frames: list[bytes | memoryview]
    air: _Air

    def flying(self) -> list[_Flying]:
        return [_Flying(self.flight, index, parcel) for index, parcel in enumerate(self.parcels, self.first)]


_Landed = tuple[_Flying, Outcome]


@dataclass(slots=True)
class Streak:
    """Nacks since the last positive confirm; times are the caller's, in seconds."""

    count: int = 0
    since: float = 0.0
    keys: set[tuple[str, str]] = field(default_factory=set)

    def add(self, parcel: Parcel, *, at: float) -> None:
        if not self.count:
            self.since = at
        self.count += 1
        self.keys.add((parcel.exchange, parcel.key))

    def tells_of_a_broken_channel(self, window: int, *, at: float) -> bool:
        """Whether this cannot well be full queues; *window*: so many nacks on several keys are enough."""
        if not self.count:
            return False
        lasted = at - self.since
        if len(self.keys) > 1:
            return self.count >= window or lasted >= STREAK_SECONDS
        return lasted >= STREAK_ONE_KEY_SECONDS


class _Air:
    """What one channel has published and the broker has not answered. On the I/O thread, but for `frames`."""

    def __init__(self, connection: Connection, channel: Any, wake: Callable[[], None]) -> None:
        self.channel = channel
        self.frames = PublishedFrames(channel.channel_number, connection.frame_max)
        self.streak = Streak()
        self._connection = connection
        self._wake = wake
        self._flying: dict[int, _Flying] = {}
        self._next = 1  # the delivery tag of the next publish
        self._lowest = 1  # no lower tag is without an answer
        self._landed: list[_Landed] = []

    def send(self, launched: _Launched) -> None:
        for flying in launched.flying():
            self._flying[self._next] = flying
            self._next += 1
        for frames in launched.frames:
            self._connection.write(frames)

    def confirmed(self, tag: int, multiple: bool, positive: bool) -> None:
        """basic.ack or basic.nack of *tag*, or of all up to it."""
        for each in range(self._lowest if multiple else tag, tag + 1):
            flying = self._flying.pop(each, None)
            if flying is not None:
                self._landed.append((flying, self._outcome(flying, positive=positive)))
        while self._lowest < self._next and self._lowest not in self._flying:
            self._lowest += 1
        self._wake()

    def _outcome(self, flying: _Flying, *, positive: bool) -> Outcome:
        if positive:
            if self.streak.count:
                self.streak = Streak()
            return Outcome.UNROUTABLE if flying.returned else Outcome.CONFIRMED
        self.streak.add(flying.parcel, at=time.monotonic())
        return Outcome.REFUSED

    def returned(self, exchange: str, key: str, message_id: str, body: bytes) -> None:
        """
        The broker found no queue for this one.

        A return bears no tag, so the parcel is found by all that it is; of equal ones any will do.
        """
        for flying in self._flying.values():
            parcel = flying.parcel
            if (
                not flying.returned
                and parcel.message_id == message_id
                and (parcel.exchange, parcel.key) == (exchange, key)
                and parcel.body == body
            ):
                flying.returned = True
                return

    def landed(self) -> list[_Landed]:
        """What was answered since this was asked last."""
        landed, self._landed = self._landed, []
        return landed

    def lost(self) -> list[_Landed]:
        """The channel is gone, and with it the answers to all that flies."""
        self._connection.reader.forget(self.channel.channel_number)
        flying, self._flying = self._flying, {}
        return [*self.landed(), *((each, Outcome.LOST) for each in flying.values())]


class RabbitPublisher(Publisher):
    """
    See `Publisher`. `_changed` guards all that both threads touch: the room that is left, what was
    handed over, the flights, and how the connection is. `_air` is set on the I/O thread only.
    """

    def __init__(
        self,
        thread: IoThread,
        way: Way,
        bell: Bell,
        *,
        name: str,
        patience_seconds: float,
        window_messages: int = WINDOW_MESSAGES,
        window_bytes: int = WINDOW_BYTES,
    ) -> None:
        self._thread = thread
        self._bell = bell
        self._patience_seconds = patience_seconds
        self._window_messages = window_messages
        self._window_bytes = window_bytes
        self._changed = threading.Condition()
        self._messages = 0  # launched and not answered
        self._bytes = 0
        self._handed: list[_Launched] = []
        self._air: _Air | None = None
        self._blocked = False
        self._blocked_since = 0.0
        self._closed = False
        self._refusal: GovbusError | None = None
        self._down_since = time.monotonic()
        self._connection: Connection | None = None
        self._pauses = pauses()
        self._ailing = 0  # cures and refusals since something was confirmed
        self._cured_at = 0.0
        thread.at_end(self._lose_handed)  # a link that was closed before says nothing then
        self._link = Link(thread, way, name=name, up=self._up, down=self._down)

    # ---- on the role's thread ------------------------------------------------------------------

    def launch(self, parcels: Sequence[Parcel]) -> Flight:
        flight = RabbitFlight(len(parcels), self._changed)
        at = 0
        while at < len(parcels):
            air, count = self._reserve(parcels, at)
            self._hand_over(self._framed(flight, at, parcels[at : at + count], air))
            at += count
        if not parcels:
            self._bell.ring()
        return flight

    def room(self) -> bool:
        self._thread.check()
        with self._changed:
            return self._air is not None and self._has_room(1)

    def is_blocked(self) -> bool:
        return self._blocked

    def close(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._air is None or not self._messages, LANDING_SECONDS)
            self._closed = True
            self._changed.notify_all()
        self._link.close()

    def _reserve(self, parcels: Sequence[Parcel], at: int) -> tuple[_Air, int]:
        """Room for some of the parcels from *at* on, once there is any."""
        with self._changed:
            air = self._await_room(len(parcels[at].body))
            count = 0
            while at + count < len(parcels) and self._has_room(len(parcels[at + count].body)):
                self._messages += 1
                self._bytes += len(parcels[at + count].body)
                count += 1
            return air, count

    def _await_room(self, size: int) -> _Air:
        while True:
            if self._refusal is not None:
                refusal, self._refusal = self._refusal, None
                raise refusal
            if self._closed:
                raise BrokerDown("EX-901", where=self._link.where, reason="this publisher was closed")
            if self._air is not None and self._has_room(size):
                return self._air
            self._changed.wait(self._patience_left())

    def _patience_left(self) -> float | None:
        """Seconds to wait for a connection; None while there is one."""
        if self._air is not None and not self._blocked:
            return None
        end = self._down_since + self._patience_seconds
        if self._air is not None:
            end = self._blocked_since + BLOCKED_SECONDS
        left = end - time.monotonic()
        self._thread.check()
        if left <= 0 or not self._thread.alive:
            raise away(self._link.where, self._link.reason)
        return left

    def _has_room(self, size: int) -> bool:
        """Whether a parcel of *size* bytes may fly too; one larger than the window flies alone."""
        if self._blocked:
            return False
        fits = self._messages < self._window_messages and self._bytes + size <= self._window_bytes
        return fits or not self._messages

    def _framed(self, flight: RabbitFlight, first: int, parcels: Sequence[Parcel], air: _Air) -> _Launched:
        try:
            return _Launched(flight, first, parcels, list(air.frames.buffers(parcels)), air)
        except ValueError:
            with self._changed:
                self._free(parcels)
                self._changed.notify_all()
            raise

    def _free(self, parcels: Iterable[Parcel]) -> None:
        for parcel in parcels:
            self._messages -= 1
            self._bytes -= len(parcel.body)

    def _hand_over(self, launched: _Launched) -> None:
        with self._changed:
            self._handed.append(launched)
            first = len(self._handed) == 1
        if first and not self._thread.call(self._send):
            self._lose_handed()

    # ---- on the I/O thread ---------------------------------------------------------------------

    def _send(self) -> None:
        for launched in self._take_handed():
            if launched.air is self._air:
                launched.air.send(launched)
            else:
                self._lose(launched)

    def _take_handed(self) -> list[_Launched]:
        with self._changed:
            handed, self._handed = self._handed, []
        return handed

    def _lose_handed(self) -> None:
        """Nobody will send these."""
        for launched in self._take_handed():
            self._lose(launched)

    def _lose(self, launched: _Launched) -> None:
        self._land([(flying, Outcome.LOST) for flying in launched.flying()])

    def _up(self, connection: Connection) -> None:
        self._connection = connection
        connection.add_on_connection_blocked_callback(self._on_blocked)
        connection.add_on_connection_unblocked_callback(self._on_unblocked)
        self._open_channel(connection)

    def _down(self, _reason: str) -> None:
        self._connection = None
        self._ground()
        self._lose_handed()
        self._set_blocked(blocked=False)

    def _open_channel(self, connection: Connection | None) -> None:
        """None is opened where *connection* was lost meanwhile: the one after it has its channel."""
        if connection is not None and connection is self._connection and connection.is_open:
            connection.channel(on_open_callback=lambda channel: self._channel_opened(connection, channel))

    def _channel_opened(self, connection: Connection, channel: Any) -> None:
        air = _Air(connection, channel, self._wake)
        channel.add_on_close_callback(lambda _, reason: self._channel_closed(air, reason))
        channel.add_on_return_callback(
            lambda _, method, properties, body: air.returned(
                method.exchange, method.routing_key, properties.message_id or "", body
            )
        )
        # Should pika ever pass our reader by, the confirms still come here.
        channel.confirm_delivery(
            lambda frame: air.confirmed(
                frame.method.delivery_tag,
                frame.method.multiple,
                isinstance(frame.method, pika.spec.Basic.Ack),
            ),
            callback=lambda _: self._confirming(connection, air),
        )

    def _confirming(self, connection: Connection, air: _Air) -> None:
        connection.reader.announce_confirms(air.channel.channel_number, air.confirmed)
        with self._changed:
            self._air = air
            self._changed.notify_all()
        self._bell.ring()

    def _channel_closed(self, air: _Air, reason: BaseException) -> None:
        if air is self._air:
            self._ground()
        if not isinstance(reason, pika.exceptions.ChannelClosedByBroker):
            return  # the connection's end, which its link deals with; or ours, and another is being opened
        if reason.reply_code in _REFUSALS:
            with self._changed:
                what = f"a publish by {self._link.name}"
                self._refusal = Halt("EX-914", what=what, reason=reason.reply_text)
                self._changed.notify_all()
            self._bell.ring()
        self._ailing = self._ailing or 1
        connection = self._connection
        self._thread.later(next(self._pauses), lambda: self._open_channel(connection))

    def _wake(self) -> None:
        self._thread.loop.at_turn(self._settle)

    def _settle(self) -> None:
        """Once a turn: the answers that came, all under one lock."""
        air = self._air
        if air is None:
            return
        landed = air.landed()
        self._land(landed)
        if self._ailing and any(outcome is Outcome.CONFIRMED for _, outcome in landed):
            self._ailing = 0
            self._pauses = pauses()
        if air.streak.tells_of_a_broken_channel(self._window_messages, at=time.monotonic()):
            self._cure(air)

    def _land(self, landed: Sequence[_Landed]) -> None:
        down = False
        with self._changed:
            self._free(flying.parcel for flying, _ in landed)
            for flying, outcome in landed:
                down |= flying.flight.answer(flying.index, outcome)
            self._changed.notify_all()
        if down:
            self._bell.ring()

    def _ground(self) -> None:
        """Nothing can be published now, and what was in the air is lost."""
        with self._changed:
            air, self._air = self._air, None
            if air is not None:
                self._down_since = time.monotonic()
        if air is not None:
            self._land(air.lost())

    def _cure(self, air: _Air) -> None:
        """
        Nothing but nacks on a healthy connection: another channel, and if that does no better, another host.

        After that the queues are believed to be full, and the next attempt takes its time.
        """
        if self._ailing > 1 and time.monotonic() - self._cured_at < STREAK_ONE_KEY_SECONDS:
            return
        self._ailing += 1
        self._cured_at = time.monotonic()
        _log.warning(Phrase("rabbit.channel_replaced", {"name": self._link.name, "where": self._link.where}))
        self._ground()
        if self._ailing > 1:
            self._link.replace("every publish is refused")
        elif air.channel.is_open:
            air.channel.close()
            self._open_channel(self._connection)

    def _on_blocked(self, _connection: Connection, frame: Any) -> None:
        reason = frame.method.reason
        values = {"name": self._link.name, "where": self._link.where, "reason": reason}
        _log.warning(Phrase("rabbit.blocked", values))
        self._set_blocked(blocked=True)

    def _on_unblocked(self, _connection: Connection, _frame: Any) -> None:
        _log.info(Phrase("rabbit.unblocked", {"name": self._link.name, "where": self._link.where}))
        self._set_blocked(blocked=False)

    def _set_blocked(self, *, blocked: bool) -> None:
        with self._changed:
            self._blocked = blocked
            self._blocked_since = time.monotonic()
            self._changed.notify_all()
        if not blocked:
            self._bell.ring()
