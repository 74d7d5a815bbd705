# SPDX-License-Identifier: Apache-2.0
"""What the tests of brokers share: a place to publish and consume in, and patience with a deadline."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from exchange.edge.broker import SEGMENT, Arrival, Bell, Broker, Flight, Intake, Outcome, Parcel, Publisher
from exchange.edge.broker_admin import PrivateNodeAdmin
from exchange.edge.private_node import PrivateNode
from exchange.edge.rabbit import RabbitBroker
from exchange.model.topology import DEAD, Exchange, Queue, Rights
from tests.certificates import ClientAuthority, ClientFiles

DEADLINE_SECONDS = 120.0  # of a machine that has much else to do
ALL = Rights(".*", ".*", ".*")
HUB = "hub"

_users: dict[object, ClientFiles] = {}
_numbers = itertools.count(1)
_ids = itertools.count(1)


def until(condition: Callable[[], object], *, seconds: float = DEADLINE_SECONDS) -> None:
    """Wait for *condition*; it is a failure when it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


@dataclass
class Place:
    """
    A broker and names of its own.

    broker: with all rights; another: a second one like it.
    """

    broker: Broker
    another: Callable[[], Broker]
    bell: Bell = field(default_factory=Bell)
    number: int = field(default_factory=lambda: next(_numbers))
    _queues: list[str] = field(default_factory=list)

    @property
    def exchange(self) -> str:
        return f"place{self.number}"

    def queue(self, word: str = "routine", **arguments: object) -> str:
        """A new quorum queue, reached under its own name; the *arguments* have underscores for hyphens."""
        name = f"place{self.number}.{len(self._queues)}.{word}"
        spelt = {key.replace("_", "-"): value for key, value in arguments.items()}
        queue = Queue(name, {"x-queue-type": "quorum", **spelt}, ((self.exchange, name),))
        self.broker.declare([Exchange(self.exchange)], [queue])
        self._queues.append(name)
        return name

    def dead_queue(self) -> str:
        """A queue for dead letters, and the arguments that lead there."""
        name = f"place{self.number}.{DEAD}"
        queue = Queue(name, {"x-queue-type": "quorum"}, ((self.exchange, DEAD),))
        self.broker.declare([Exchange(self.exchange)], [queue])
        self._queues.append(name)
        return name

    @property
    def to_dead(self) -> dict[str, object]:
        return {
            "x_dead_letter_exchange": self.exchange,
            "x_dead_letter_routing_key": DEAD,
            "x_dead_letter_strategy": "at-least-once",
            "x_overflow": "reject-publish",
        }

    def publisher(self) -> Publisher:
        return self.broker.publisher(self.bell)

    def intake(self, *queues: str) -> Intake:
        return self.broker.intake(queues, self.bell)

    def parcel(self, key: str, body: bytes = b"<segment/>", **more: str) -> Parcel:
        values = {"kind": SEGMENT, "message_id": f"id-{next(_ids)}", "user_id": HUB, **more}
        return Parcel(values.pop("exchange", self.exchange), key, body, **values)

    def parcels(self, key: str, count: int) -> list[Parcel]:
        return [self.parcel(key, f"<segment>{n}</segment>".encode()) for n in range(count)]

    def collect(self, intake: Intake, count: int, *, most: int = 64) -> list[Arrival]:
        """Take until there are *count*."""
        taken: list[Arrival] = []

        def enough() -> bool:
            taken.extend(intake.take(most=min(most, count - len(taken)), most_bytes=1 << 30))
            return len(taken) == count

        until(enough)
        return taken

    def waiting(self, queue: str) -> int:
        return self.broker.depths([queue])[queue].messages

    def left(self, queue: str) -> int:
        """What waits there once nobody consumes any more, and what was unsettled is back."""
        until(lambda: self.broker.depths([queue])[queue].consumers == 0)
        return self.waiting(queue)

    def close(self) -> None:
        self.broker.close()
        if self._queues:
            self.broker.remove([self.exchange], self._queues)


def landed(flight: Flight) -> list[Outcome]:
    """Its outcomes, once it is down."""
    assert flight.wait(DEADLINE_SECONDS)
    return list(flight.outcomes)


def send(publisher: Publisher, parcels: Sequence[Parcel]) -> None:
    """Publish; all are confirmed."""
    assert landed(publisher.launch(parcels)) == [Outcome.CONFIRMED] * len(parcels)


def user(node: PrivateNode, authority: ClientAuthority, name: str, rights: Rights = ALL) -> ClientFiles:
    """A broker user with a certificate; the same when asked again, since each costs a call of a slow tool."""
    key = (node.directory, authority.folder, name, rights)
    if key not in _users:
        PrivateNodeAdmin(node).ensure_user(name, rights, max_connections=100, max_channels=200)
        _users[key] = authority.issue(name)
    return _users[key]


def rabbit(node: PrivateNode, files: ClientFiles, **options: object) -> RabbitBroker:
    """A broker of one user of *node*."""
    given: dict[str, object] = {"name": "test", "urls": [node.url], "patience_seconds": 60.0, **options}
    return RabbitBroker(
        ca_file=node.ca_file,
        certificate_file=files.certificate,
        key_file=files.key,
        **given,  # type: ignore[arg-type]
    )
