# SPDX-License-Identifier: Apache-2.0
"""
RabbitMQ as the contract wants it: `RabbitBroker` makes what publishes, consumes and declares.

It reads the addresses and files of a configuration; what flows and where is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exchange.edge.broker import WINDOW_BYTES, WINDOW_MESSAGES, Bell, Broker, Depth
from exchange.edge.rabbit.connection import IoThread
from exchange.edge.rabbit.declarations import Declarations
from exchange.edge.rabbit.intake import RabbitIntake
from exchange.edge.rabbit.link import reachable
from exchange.edge.rabbit.publisher import RabbitPublisher
from exchange.model.topology import Exchange, Queue


class RabbitBroker(Broker):
    """
    One user's way to a RabbitMQ broker or cluster.

    urls: `amqps://host[:port][/vhost]`, one for each host; tried in an order of chance.
    ca_file, certificate_file, key_file: PEM; the user is the certificate's common name.
    name: shows beside each connection in the broker's own tools and in our log.
    patience_seconds: how long `launch` waits for a connection.
    window_messages, window_bytes: of each publisher; unconfirmed at most.

    Raises:
        Halt: EX-901, an address is none.
        ConfigInvalid: EX-904, a file cannot be used.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        ca_file: Path,
        certificate_file: Path,
        key_file: Path,
        name: str,
        patience_seconds: float = Broker.patience_seconds,
        window_messages: int = WINDOW_MESSAGES,
        window_bytes: int = WINDOW_BYTES,
    ) -> None:
        self.patience_seconds = patience_seconds
        self._way = reachable(urls, ca_file=ca_file, certificate_file=certificate_file, key_file=key_file)
        self._name = name
        self._window = (window_messages, window_bytes)
        self._declarations = Declarations(self._way, name=f"{name} declares")
        self._made: dict[RabbitPublisher | RabbitIntake, IoThread] = {}

    def publisher(self, bell: Bell) -> RabbitPublisher:
        messages, size = self._window
        name = f"{self._name} publishes"
        thread = IoThread(name)
        made = RabbitPublisher(
            thread,
            self._way,
            bell,
            name=name,
            patience_seconds=self.patience_seconds,
            window_messages=messages,
            window_bytes=size,
        )
        self._made[made] = thread
        return made

    def intake(self, queues: Sequence[str], bell: Bell) -> RabbitIntake:
        name = f"{self._name} consumes"
        thread = IoThread(name)
        made = RabbitIntake(thread, self._way, queues, bell, name=name, closed=self._forget)
        self._made[made] = thread
        return made

    def declare(
        self,
        exchanges: Sequence[Exchange],
        queues: Sequence[Queue],
        bindings: Sequence[tuple[str, str, str]] = (),
    ) -> None:
        self._declarations.declare(exchanges, queues, bindings)

    def remove(self, exchanges: Sequence[str], queues: Sequence[str]) -> None:
        self._declarations.remove(exchanges, queues)

    def depths(self, queues: Sequence[str]) -> dict[str, Depth]:
        return self._declarations.depths(queues)

    def close(self) -> None:
        made, self._made = self._made, {}
        for each in made:
            each.close()
        self._declarations.close()
        for thread in made.values():
            thread.close()

    def _forget(self, intake: RabbitIntake) -> None:
        self._made.pop(intake, None)
