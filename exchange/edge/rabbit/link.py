# SPDX-License-Identifier: Apache-2.0
"""
A link: one connection to the broker that is made again whenever it is lost, until it is closed.

Owns where the broker is, how one proves oneself there, and how long to wait between attempts.
What is published or consumed is not known here. Everything but `close` happens on the I/O thread.
"""

from __future__ import annotations

import itertools
import logging
import random
import re
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pika

from exchange.edge.rabbit.connection import Connection, IoThread
from exchange.errors import BrokerDown, ConfigInvalid, GovbusError, Halt
from exchange.model.topology import VHOST
from exchange.texts import Phrase

_log = logging.getLogger(__name__)
_SHUT = re.compile(r"user '([^']+)': user connection limit \(0\)")  # RabbitMQ 3.10 to 4.x

AMQPS_PORT = 5671
HEARTBEAT_SECONDS = 30  # a broker that says nothing for this long, and 5 s more, is taken for dead
CONNECT_SECONDS = 10.0  # for TCP, and again for TLS and AMQP together
RETRY_FIRST_SECONDS = 0.1  # doubled with each attempt, halved at random
RETRY_MOST_SECONDS = 5.0
STABLE_SECONDS = 5.0  # a connection that lived this long makes the next attempt a first one
CLOSE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Address:
    """One host of the broker, from `amqps://host[:port][/vhost]`."""

    host: str
    port: int
    vhost: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """
        Read *url*; without a vhost it means govbus's own.

        Raises:
            Halt: EX-901, it is not an address of a broker with TLS.
        """
        try:
            parts = urllib.parse.urlsplit(url)
            host, port = parts.hostname, parts.port or AMQPS_PORT
        except ValueError as e:
            raise Halt("EX-901", where=url, reason=e) from e
        if parts.scheme != "amqps" or not host or parts.username or parts.query or parts.fragment:
            # The user is in the certificate; a password in the address is refused rather than ignored.
            where = f"{parts.scheme}://{host or '?'}"
            raise Halt("EX-901", where=where, reason="wanted amqps://host[:port][/vhost], without a user")
        return cls(host, port, urllib.parse.unquote(parts.path[1:]) or VHOST)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"amqps://{host}:{self.port}/{urllib.parse.quote(self.vhost, safe='')}"


@dataclass(frozen=True, slots=True)
class Way:
    """How one user reaches the broker: any of its hosts, by mutual TLS; the name is in the certificate."""

    addresses: tuple[Address, ...]
    ca_file: Path
    certificate_file: Path
    key_file: Path

    @property
    def where(self) -> str:
        return ", ".join(map(str, self.addresses))

    def shuffled(self) -> list[Address]:
        """The hosts in an order of chance, so that clients spread over a cluster."""
        return random.sample(self.addresses, len(self.addresses))

    def parameters(self, address: Address, name: str) -> pika.ConnectionParameters:
        """
        pika's parameters; *name* shows in the broker's own tools.

        The files are read anew each time: a renewed certificate is taken up by the next connection.

        Raises:
            ConfigInvalid: EX-904, a file cannot be used.
        """
        return pika.ConnectionParameters(
            host=address.host,
            port=address.port,
            virtual_host=address.vhost,
            ssl_options=pika.SSLOptions(self._context(), address.host),
            credentials=pika.credentials.ExternalCredentials(),
            heartbeat=HEARTBEAT_SECONDS,
            socket_timeout=CONNECT_SECONDS,
            stack_timeout=CONNECT_SECONDS,
            connection_attempts=1,
            client_properties={"connection_name": name, "product": "govbus"},
        )

    def _context(self) -> ssl.SSLContext:
        file = self.ca_file
        try:
            context = ssl.create_default_context(cafile=str(file))
            file = self.certificate_file
            context.load_cert_chain(file, self.key_file)
        except (OSError, ssl.SSLError) as e:
            raise ConfigInvalid("EX-904", file=file, reason=e) from e
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


class Link:
    """
    Keeps one connection up. *up* is called with each new one, *down* with the reason when it is gone.

    reason: why there is no connection now, for whoever waits too long for one.
    """

    def __init__(
        self,
        thread: IoThread,
        way: Way,
        *,
        name: str,
        up: Callable[[Connection], None],
        down: Callable[[str], None],
    ) -> None:
        self.name = name
        self.reason = "not connected yet"
        self._thread = thread
        self._way = way
        self._up = up
        self._down = down
        self._hosts = _round(way)
        self._address = way.addresses[0]
        self._connection: Connection | None = None
        self._pauses = pauses()
        self._up_at = 0.0
        self._cancel_retry: Callable[[], None] | None = None
        self._closing = False
        self._closed = threading.Event()
        thread.at_end(self._thread_ended)
        thread.call(self._connect)

    @property
    def where(self) -> str:
        """The host last tried."""
        return str(self._address)

    def close(self) -> None:
        """From any thread: disconnect, politely if the broker answers in a few seconds."""
        for step in (self._close, self._abort):
            self._thread.call(step)
            if self._closed.wait(CLOSE_SECONDS) or not self._thread.alive:
                return

    def replace(self, reason: str) -> None:
        """Go to another host: this connection is of no use."""
        if self._connection is not None and self._connection.is_open:
            self._connection.close(reply_text=reason)

    def _connect(self) -> None:
        self._cancel_retry = None
        if self._closing:
            self._closed.set()
            return
        self._address = next(self._hosts)
        try:
            parameters = self._way.parameters(self._address, self.name)
        except GovbusError as e:
            self._again(str(e))
            return
        self._connection = Connection(
            parameters, self._thread.loop, opened=self._opened, failed=self._failed, lost=self._lost
        )

    def _opened(self, connection: Connection) -> None:
        if self._closing:
            connection.close()
            return
        self._up_at = time.monotonic()
        _log.info(Phrase("rabbit.connected", {"name": self.name, "where": self._address}))
        self._up(connection)

    def _failed(self, _connection: Connection, error: BaseException) -> None:
        self._gone(words(error))

    def _lost(self, _connection: Connection, error: BaseException) -> None:
        if time.monotonic() - self._up_at >= STABLE_SECONDS:
            self._pauses = pauses()
        self._gone(words(error))

    def _gone(self, reason: str) -> None:
        self._connection = None
        if self._closing:
            self._down(reason)
            self._closed.set()
        else:
            self._again(reason)

    def _again(self, reason: str) -> None:
        if reason != self.reason:
            error = away(self._address, reason)
            why = Phrase(error.code, error.values)
            _log.warning(
                Phrase("rabbit.away", {"name": self.name, "reason": why}), extra={"code": error.code}
            )
        self.reason = reason
        self._down(reason)
        self._cancel_retry = self._thread.later(next(self._pauses), self._connect)

    def _close(self) -> None:
        self._closing = True
        if self._cancel_retry is not None:
            self._cancel_retry()
            self._cancel_retry = None
        if self._connection is None:
            self._closed.set()
        elif self._connection.is_open:
            self._connection.close()
        # else it is opening: pika stumbles when it is closed then, so its end or success is awaited

    def _thread_ended(self) -> None:
        if not self._closed.is_set():
            self.reason = "the connection's thread has ended"
            self._down(self.reason)
            self._closed.set()

    def _abort(self) -> None:
        if self._connection is not None and self._connection.is_closing:
            self._connection.abort()
        else:
            self._closed.set()  # still opening: it ends with its thread


def away(where: object, reason: str) -> BrokerDown:
    """
    Why there is no connection, as people can act on it.

    A login that the hub has closed is limited to no connections at all: whoever meets that is suspended.
    """
    shut = _SHUT.search(reason)
    return BrokerDown("EX-204", who=shut[1]) if shut else BrokerDown("EX-901", where=where, reason=reason)


def pauses() -> Iterator[float]:
    """Seconds to wait before each attempt: growing, bounded, and different for everyone."""
    for attempt in itertools.count():
        most = min(RETRY_MOST_SECONDS, RETRY_FIRST_SECONDS * 2 ** min(attempt, 16))
        yield most * random.uniform(0.5, 1.0)  # noqa: S311  (no secret)


def _round(way: Way) -> Iterator[Address]:
    while True:
        yield from way.shuffled()


def words(error: BaseException) -> str:
    """What happened, without pika's wrappings."""
    for inner in (*getattr(error, "exceptions", ())[-1:], getattr(error, "exception", None), *error.args[:1]):
        if isinstance(inner, BaseException):
            return words(inner)
    text = getattr(error, "reply_text", "") or str(error)
    return text or type(error).__name__


def reachable(urls: Sequence[str], *, ca_file: Path, certificate_file: Path, key_file: Path) -> Way:
    """
    Check what a configuration says.

    Raises:
        Halt: EX-901, an address is none; ConfigInvalid: EX-904, a file cannot be used.
    """
    if not urls:
        raise Halt("EX-901", where="?", reason="no address is configured")
    made = Way(tuple(map(Address.parse, urls)), ca_file, certificate_file, key_file)
    made.parameters(made.addresses[0], "check")
    return made
