# SPDX-License-Identifier: Apache-2.0
"""
pika at its best, and nothing above it: confirmed publishing in a window, consuming with batched acks.

This is the ground that the yardstick stands on. It knows queues and bodies, no envelope, no database and
no signature. All links of one process share one I/O loop and so one thread: with two, Python's lock is
handed to and fro for every frame, and small messages go slower.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pika
from pika.adapters.select_connection import IOLoop

HEARTBEAT_SECONDS = 60
ACK_DELAY_SECONDS = 0.005  # an ack waits at most this long for company
RECEIVE_BYTES = 65536  # pika asks for 4 KiB at a time, which costs a third of a bulk consumer's CPU

Confirmed = Callable[[], None]
Use = Callable[[Any], None]  # of a channel
Consumed = Callable[[str, Any, bytes, Confirmed], None]  # exchange, properties, body, settle


class LinkFailed(RuntimeError):
    """The broker refused, returned or closed; the measurement is void."""


@dataclass(frozen=True, slots=True)
class Wire:
    """How one user reaches the broker: mutual TLS, identity from the certificate alone."""

    host: str
    port: int
    vhost: str
    user: str
    ca_file: str
    certificate_file: str
    key_file: str

    def parameters(self) -> pika.ConnectionParameters:
        context = ssl.create_default_context(cafile=self.ca_file)
        context.load_cert_chain(self.certificate_file, self.key_file)
        return pika.ConnectionParameters(
            host=self.host,
            port=self.port,
            virtual_host=self.vhost,
            ssl_options=pika.SSLOptions(context, self.host),
            credentials=pika.credentials.ExternalCredentials(),
            heartbeat=HEARTBEAT_SECONDS,
        )


class Links:
    """
    The connections of one process, opened one after the other on one loop.

    `connect` asks for a connection with some channels; `run` serves them all until `stop`.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._loop = IOLoop()
        self._wanted: list[tuple[Use, ...]] = []
        self._open = 0
        self._error: str | None = None
        self._ready: Callable[[], None] = lambda: None

    @property
    def user(self) -> str:
        return self._wire.user

    def connect(self, *uses: Use) -> None:
        """Open one more connection and hand a channel of it to each of *uses*."""
        self._wanted.append(uses)

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until `stop`; *ready* is called once when every channel is open."""
        _widen_reads()
        self._ready = ready
        for uses in self._wanted:
            self._start(uses)
        self._loop.start()
        if self._error is not None:
            raise LinkFailed(self._error)

    def stop(self) -> None:
        self._loop.add_callback_threadsafe(self._loop.stop)

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self._loop.call_later(seconds, call)

    def from_thread(self, call: Callable[[], None]) -> None:
        self._loop.add_callback_threadsafe(call)

    def fail(self, reason: object) -> None:
        self._error = self._error or str(reason)
        self._loop.stop()

    def _start(self, uses: tuple[Use, ...]) -> None:
        def opened(connection: Any) -> None:
            for use in uses:
                connection.channel(on_open_callback=lambda channel, use=use: self._use(channel, use))

        pika.SelectConnection(
            self._wire.parameters(),
            on_open_callback=opened,
            on_open_error_callback=lambda _, reason: self.fail(reason),
            on_close_callback=lambda _, reason: self.fail(reason),
            custom_ioloop=self._loop,
        )

    def _use(self, channel: Any, use: Use) -> None:
        channel.add_on_close_callback(lambda _, reason: self.fail(reason))
        use(channel)
        self._open += 1
        if self._open == sum(map(len, self._wanted)):
            self._ready()


class Publisher:
    """Publishes persistently and mandatorily, and calls back when the broker has confirmed."""

    def __init__(self, links: Links, *, window: int) -> None:
        self._links = links
        self._window = window
        self._user = links.user
        self._channel: Any = None
        self._tag = 0
        self._pending: dict[int, Confirmed] = {}
        links.connect(self._use)

    @property
    def has_room(self) -> bool:
        return len(self._pending) < self._window

    def publish(
        self, exchange: str, key: str, body: bytes, confirmed: Confirmed, *, name: str, kind: str
    ) -> None:
        self._tag += 1
        self._pending[self._tag] = confirmed
        properties = pika.BasicProperties(delivery_mode=2, message_id=name, type=kind, user_id=self._user)
        self._channel.basic_publish(exchange, key, body, properties, mandatory=True)

    def _use(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_return_callback(lambda _, method, *__: self._links.fail(f"returned: {method}"))
        channel.confirm_delivery(self._answered)

    def _answered(self, frame: Any) -> None:
        method = frame.method
        if method.NAME != "Basic.Ack":
            self._links.fail(f"not confirmed: {method}")
            return
        for tag in self._confirmed_by(method):
            self._pending.pop(tag)()

    def _confirmed_by(self, method: Any) -> list[int]:
        if not method.multiple:
            return [method.delivery_tag]
        return [tag for tag in self._pending if tag <= method.delivery_tag]  # in order of publishing


class Consumer:
    """Consumes one queue on a channel of its own; acks go in batches, never past the lowest unsettled tag."""

    def __init__(self, links: Links, queue: str, *, prefetch: int, consumed: Consumed) -> None:
        self._links = links
        self._queue = queue
        self._prefetch = prefetch
        self._consumed = consumed
        self._channel: Any = None
        self._settled: set[int] = set()
        self._lowest = 0  # every tag up to here is settled
        self._acked = 0
        self._waiting = False

    def use(self, channel: Any) -> None:
        """Begin, on *channel*."""
        self._channel = channel
        channel.basic_qos(prefetch_count=self._prefetch)
        channel.basic_consume(self._queue, self._on_message)

    def _on_message(self, _: Any, method: Any, properties: Any, body: bytes) -> None:
        tag = method.delivery_tag
        self._consumed(method.exchange, properties, body, lambda: self._settle(tag))

    def _settle(self, tag: int) -> None:
        self._settled.add(tag)
        while self._lowest + 1 in self._settled:
            self._lowest += 1
            self._settled.remove(self._lowest)
        if self._lowest - self._acked >= max(1, self._prefetch // 4):
            self._ack()
        elif not self._waiting:
            self._waiting = True
            self._links.later(ACK_DELAY_SECONDS, self._ack_late)

    def _ack_late(self) -> None:
        self._waiting = False
        self._ack()

    def _ack(self) -> None:
        if self._lowest > self._acked:
            self._acked = self._lowest
            self._channel.basic_ack(self._lowest, multiple=True)


def _widen_reads() -> None:
    from pika.adapters.utils import io_services_utils

    io_services_utils._AsyncTransportBase._MAX_RECV_BYTES = RECEIVE_BYTES
