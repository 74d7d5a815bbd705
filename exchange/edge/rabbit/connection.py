# SPDX-License-Identifier: Apache-2.0
"""
One AMQP connection and the thread that does its input and output.

pika opens the connection, negotiates, beats its heart and closes; our `FrameReader` stands between
the socket and pika, and what we publish goes to the socket as joined bytes. This module knows no
parcel, no queue and no reconnection. Its rule: a `Connection` is touched on its thread only.

It overrides five names of pika that are not promised to stay. `tests/edge/test_rabbit_connection.py`
fails when one of them changes its meaning.
"""

from __future__ import annotations

import logging
import struct
import threading
from collections.abc import Callable
from typing import Any

import pika
import pika.adapters.select_connection
import pika.exceptions
import pika.frame
import pika.spec

from exchange.edge.rabbit.frames import FrameReader, Properties
from exchange.model.limits import KIB, MIB

RECEIVE_BYTES = 16 * KIB  # asked of the socket at a time: a whole TLS record, where pika asks for 4 KiB
TURN_BYTES = 1 * MIB  # read from one connection before the others of the thread have their turn
JOIN_SECONDS = 5.0

_UNREADABLE = (
    pika.exceptions.AMQPError,
    struct.error,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    OSError,  # a timestamp that no clock shows
    RecursionError,
)

# What pika says of a lost connection at level ERROR, in many lines, we say once, with our code.
logging.getLogger("pika").setLevel(logging.CRITICAL)


class _Loop(pika.adapters.select_connection.IOLoop):  # type: ignore[misc]  # pika has no types
    """pika's loop, which also calls back when all that was ready has been dealt with."""

    def __init__(self) -> None:
        self._at_turn: dict[Callable[[], None], None] = {}
        super().__init__()

    def at_turn(self, call: Callable[[], None]) -> None:
        """Call *call* once before the loop waits again; asking twice changes nothing."""
        self._at_turn[call] = None

    def process_timeouts(self) -> None:
        super().process_timeouts()
        while self._at_turn:
            calls, self._at_turn = self._at_turn, {}
            for call in calls:
                call()


class IoThread:
    """A thread that serves connections until it is closed; it never keeps the interpreter from ending."""

    def __init__(self, name: str) -> None:
        self.loop = _Loop()
        self._ends: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._ended = False
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def call(self, what: Callable[[], None]) -> bool:
        """From any thread: have *what* done on this one, soon; False where this thread has ended."""
        with self._lock:
            if not self._ended:
                self.loop.add_callback_threadsafe(what)
            return not self._ended

    def later(self, seconds: float, what: Callable[[], None]) -> Callable[[], None]:
        """On this thread: have *what* done in *seconds*; the answer cancels that."""
        timer = self.loop.call_later(seconds, what)
        return lambda: self.loop.remove_timeout(timer)

    def at_end(self, what: Callable[[], None]) -> None:
        """Have *what* done when the thread ends, for whatever reason: nobody shall wait for it any more."""
        self._ends.append(what)

    def close(self) -> None:
        """Stop serving and wait for the thread's end."""
        self.call(self.loop.stop)
        self._thread.join(JOIN_SECONDS)

    @property
    def alive(self) -> bool:
        return not self._ended

    def check(self) -> None:
        """
        Say so where this thread has ended of itself: no connection comes back then, and no wait helps.

        Raises:
            RuntimeError: by a bug, which is its cause.
        """
        if self._fault is not None:
            raise RuntimeError("the broker connection's thread has died") from self._fault

    def _serve(self) -> None:
        try:
            self.loop.start()
        except BaseException as e:  # noqa: BLE001  kept for those who use the connections: see `check`
            self._fault = e
        finally:
            with self._lock:
                self._ended = True
            for what in self._ends:
                what()
            self.loop.close()


class Connection(pika.SelectConnection):  # type: ignore[misc]  # pika has no types
    """A pika connection whose deliveries, confirms and publishes go the short way."""

    def __init__(
        self,
        parameters: pika.ConnectionParameters,
        loop: _Loop,
        *,
        opened: Callable[[Connection], None],
        failed: Callable[[Connection, BaseException], None],
        lost: Callable[[Connection, BaseException], None],
    ) -> None:
        self.reader = FrameReader(self._take_frame, _understand)
        super().__init__(
            parameters,
            on_open_callback=opened,
            on_open_error_callback=failed,
            on_close_callback=lost,
            custom_ioloop=loop,
        )

    @property
    def frame_max(self) -> int:
        """As negotiated, in bytes."""
        return int(self.params.frame_max)

    def write(self, frames: bytes | memoryview) -> None:
        """Send *frames* as they are; nothing happens once the connection is closed."""
        if self.is_closed:
            return
        self.bytes_sent += len(frames)
        # A view, because the transport cuts off what a send took: of bytes that is a copy each time.
        self._adapter_emit_data(memoryview(frames))

    def abort(self) -> None:
        """Drop the connection without a word, as when the broker does not answer any more."""
        if self._transport is not None:
            self._transport.abort()

    def _proto_connection_made(self, transport: Any) -> None:
        transport._MAX_RECV_BYTES = RECEIVE_BYTES
        transport._MAX_CONSUME_BYTES = TURN_BYTES
        super()._proto_connection_made(transport)

    def _on_data_available(self, data_in: bytes) -> None:
        self.bytes_received += len(data_in)  # what the heartbeat looks at
        self.reader.feed(data_in)

    def _take_frame(self, frame: bytes) -> None:
        _, value = pika.frame.decode_frame(frame)
        self._process_frame(value)


def _understand(properties: bytes) -> Properties:
    """
    Any properties at all, such as those of a message that was dead-lettered or came again.

    They are their sender's words, and the broker looks at few of them. What cannot be read says nothing;
    an error here would end the connection, and the message would come again and again.
    """
    found = pika.spec.BasicProperties()
    try:
        found.decode(properties)
    except _UNREADABLE:
        return Properties("", "", "")
    return properties_of(found)


def properties_of(found: Any) -> Properties:
    """From pika's form of them, where a string that is not UTF-8 is bytes."""
    message_id, kind, user_id = (
        value.decode(errors="replace") if isinstance(value, bytes) else value or ""
        for value in (found.message_id, found.type, found.user_id)
    )
    return Properties(message_id, kind, user_id, found.headers)


__all__ = ["Connection", "IoThread", "properties_of"]
