# SPDX-License-Identifier: Apache-2.0
"""
Declaring, removing and measuring: work for tools and for quiet moments, one call after the other.

It happens on the caller's thread, on a connection that is kept between calls but not looked after:
the broker may drop it meanwhile, and then the call is made again on a new one. What there is to declare
stands in `exchange.model.topology`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import pika
import pika.exceptions

from exchange.edge.broker import Depth
from exchange.edge.rabbit.link import Way, away, words
from exchange.errors import Halt
from exchange.model.topology import Exchange, Queue

_T = TypeVar("_T")

_ACCESS_REFUSED, _NOT_FOUND = 403, 404
_LOGIN_REFUSED = (pika.exceptions.ProbableAuthenticationError, pika.exceptions.ProbableAccessDeniedError)
_TOO_MANY = "limit"  # in the broker's words when a user has too many connections: it passes


class Declarations:
    """What `Broker.declare`, `remove` and `depths` do; *name* shows in the broker's own tools."""

    def __init__(self, way: Way, *, name: str) -> None:
        self._way = way
        self._name = name
        self._lock = threading.Lock()  # pika's blocking connection serves one thread at a time
        self._connection: Any = None

    def declare(
        self,
        exchanges: Sequence[Exchange],
        queues: Sequence[Queue],
        bindings: Sequence[tuple[str, str, str]],
    ) -> None:
        def work(connection: Any) -> None:
            channel = connection.channel()
            for exchange in exchanges:
                with _refusals(f"exchange {exchange.name}"):
                    channel.exchange_declare(exchange.name, "direct", durable=True)
            for queue in queues:
                with _refusals(f"queue {queue.name}"):
                    channel.queue_declare(queue.name, durable=True, arguments=queue.arguments)
                for exchange_name, key in queue.bindings:
                    _bind(channel, queue.name, exchange_name, key)
            for queue_name, exchange_name, key in bindings:
                _bind(channel, queue_name, exchange_name, key)
            channel.close()

        self._do(work)

    def remove(self, exchanges: Sequence[str], queues: Sequence[str]) -> None:
        def work(connection: Any) -> None:
            channel = connection.channel()
            for queue_name in queues:
                with _refusals(f"queue {queue_name}"):
                    channel.queue_delete(queue_name)
            for exchange_name in exchanges:
                with _refusals(f"exchange {exchange_name}"):
                    channel.exchange_delete(exchange_name)
            channel.close()

        self._do(work)

    def depths(self, queues: Sequence[str]) -> dict[str, Depth]:
        def work(connection: Any) -> dict[str, Depth]:
            found = {}
            channel = connection.channel()
            for queue_name in queues:
                with _refusals(f"queue {queue_name}"):
                    try:
                        answer = channel.queue_declare(queue_name, passive=True).method
                        found[queue_name] = Depth(answer.message_count, answer.consumer_count)
                    except pika.exceptions.ChannelClosedByBroker as e:
                        if e.reply_code != _NOT_FOUND:
                            raise
                        channel = connection.channel()  # the broker closed the one that asked
            channel.close()
            return found

        return self._do(work)

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _do(self, work: Callable[[Any], _T]) -> _T:
        """Have *work* done on the kept connection, or once more on a new one when that was dead."""
        with self._lock:
            kept, self._connection = self._connection, None
            if kept is not None and kept.is_open:
                with contextlib.suppress(pika.exceptions.AMQPError, OSError):
                    return self._work_on(kept, work)
            try:
                return self._work_on(self._connect(), work)
            except (pika.exceptions.AMQPError, OSError) as e:
                raise away(self._way.where, words(e)) from e

    def _work_on(self, connection: Any, work: Callable[[Any], _T]) -> _T:
        """The connection is kept unless it failed; the broker's refusals close a channel only."""
        try:
            return work(connection)
        finally:
            if connection.is_open:
                self._connection = connection

    def _connect(self) -> Any:
        try:
            return pika.BlockingConnection(
                [self._way.parameters(address, self._name) for address in self._way.shuffled()]
            )
        except _LOGIN_REFUSED as e:
            if _TOO_MANY in str(e):
                raise
            raise Halt("EX-914", what=f"the login of {self._name}", reason=words(e)) from e

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and connection.is_open:
            with contextlib.suppress(pika.exceptions.AMQPError, OSError):
                connection.close()


@contextlib.contextmanager
def _refusals(what: str) -> Iterator[None]:
    """What the broker says when it closes a channel, in our words."""
    try:
        yield
    except pika.exceptions.ChannelClosedByBroker as e:
        code = "EX-914" if e.reply_code == _ACCESS_REFUSED else "EX-911"
        raise Halt(code, what=what, reason=e.reply_text) from e


def _bind(channel: Any, queue: str, exchange: str, key: str) -> None:
    with _refusals(f"binding of {queue} to {exchange}"):
        channel.queue_bind(queue, exchange, key)
