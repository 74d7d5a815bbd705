# SPDX-License-Identifier: Apache-2.0
"""
What the roles want of a message broker: the contract, and nothing of any broker.

A role publishes *parcels* and watches the *flight* they are on; it takes *arrivals* and settles
them once what they said is durable. Both sides ring a *bell*, so that a role waits in one place.
No role's work ever runs on a broker's I/O thread. The two implementations, `rabbit` and `memory`,
pass the same tests.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from exchange.model.limits import MIB
from exchange.model.priority import Priority
from exchange.model.topology import Exchange, Queue

WINDOW_MESSAGES = 256  # unconfirmed at most; with the bytes below what a crash re-sends at most
WINDOW_BYTES = 8 * MIB

Thing = TypeVar("Thing")

SEGMENT, RECEIPT, NOTICE = "segment", "receipt", "notice"  # the AMQP type property


class Outcome(Enum):
    """What became of one parcel."""

    CONFIRMED = "confirmed"  # durable at every queue it was routed to
    REFUSED = "refused"  # the queue is full
    UNROUTABLE = "unroutable"  # no queue takes it: returned by the broker, though also confirmed
    LOST = "lost"  # the connection broke first: it may have arrived or not


@dataclass(frozen=True, slots=True)
class Parcel:
    """
    One thing to publish.

    key: the routing key; kind: SEGMENT, RECEIPT or NOTICE; user_id: the publishing broker user.
    """

    exchange: str
    key: str
    body: bytes
    kind: str
    message_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """
    One thing taken from a queue and not yet settled.

    exchange: where it was published, by its sender or by the broker when it was dead-lettered;
    first_queue, first_exchange: from which queue it was dead-lettered, and where it had been published
    before; to be believed of what comes from the dead queue alone; message_id, kind: the sender's
    words; token: the broker's own, opaque.
    """

    queue: str
    priority: Priority
    exchange: str
    user_id: str
    kind: str
    message_id: str
    body: bytes
    redelivered: bool = False
    first_queue: str = ""
    first_exchange: str = ""
    token: Any = field(default=None, compare=False)


class Bell:
    """
    Rung by whatever a loop may be waiting for; rings are kept until somebody waited for one.
    """

    def __init__(self) -> None:
        self._event = threading.Event()

    def ring(self) -> None:
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Wait for a ring, at most *seconds*; whether there was one."""
        rung = self._event.wait(seconds)
        self._event.clear()
        return rung


class Flight(ABC):
    """Parcels that were published together and are not all answered yet."""

    @property
    @abstractmethod
    def landed(self) -> bool:
        """Whether every parcel has its outcome."""

    @abstractmethod
    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it landed, at most *seconds*; whether it did."""

    @property
    @abstractmethod
    def outcomes(self) -> Sequence[Outcome]:
        """One for each parcel, in order, once landed."""


def parted(things: Iterable[Thing], flight_of: Callable[[Thing], Flight]) -> tuple[list[Thing], list[Thing]]:
    """
    Those of *things* whose flights have landed, and all the others.

    Each is asked once: one that lands in this very moment is among the others, never among neither.
    """
    landed: list[Thing] = []
    flying: list[Thing] = []
    for thing in things:
        (landed if flight_of(thing).landed else flying).append(thing)
    return landed, flying


def let_land(flights: Iterable[Flight], seconds: float) -> None:
    """Wait for flights at the end; where one has not landed after *seconds*, no other is waited for."""
    for flight in flights:
        if not flight.wait(seconds):
            return


class Publisher(ABC):
    """A connection that publishes, with confirms and a window."""

    @abstractmethod
    def launch(self, parcels: Sequence[Parcel]) -> Flight:
        """
        Publish *parcels* in order; rings the bell when they have landed.

        Waits while the window (256 parcels, 8 MiB) is full or the broker blocks publishers. When it
        raises, what it had published of *parcels* by then may have arrived or not.

        Raises:
            BrokerDown: EX-901, there was no connection for `patience_seconds`, or an alarm for minutes.
            Halt: EX-914, the broker refused by right something launched before: a foreign or missing
                exchange, a forged user. What was in the air then is LOST. Said once.
        """

    @abstractmethod
    def room(self) -> bool:
        """Whether one parcel more would be published at once."""

    def is_blocked(self) -> bool:
        """Whether the broker takes nothing from anyone, because of an alarm (memory or disk)."""
        return False

    @abstractmethod
    def close(self) -> None:
        """Let what is in the air land (at most a few seconds), then disconnect."""


class Intake(ABC):
    """A connection that consumes, from several queues into one heap: what is sooner comes out first."""

    @abstractmethod
    def take(self, *, most: int, most_bytes: int) -> list[Arrival]:
        """
        What is there now, the soonest class first and oldest first within it; never waits.

        At most *most* arrivals; stops before *most_bytes* are exceeded, but gives at least one.
        Now and then the longest waiting one comes first, whatever its class, so that bulk is never
        starved. What came before a lost connection is not given out.
        """

    def is_consuming(self) -> bool:
        """Whether the broker delivers from every one of its queues now."""
        return True

    @abstractmethod
    def settle(self, arrivals: Sequence[Arrival]) -> None:
        """Acknowledge: what they said is durable. Those of a lost connection are passed over."""

    @abstractmethod
    def bury(self, arrivals: Sequence[Arrival]) -> None:
        """Refuse for good: the broker dead-letters them."""

    @abstractmethod
    def close(self) -> None:
        """Stop consuming; what is unsettled comes again to whoever consumes next."""


@dataclass(frozen=True, slots=True)
class Depth:
    """
    How full a queue is.

    messages: that wait, not handed out yet; consumers: without standbys.
    """

    messages: int
    consumers: int


class Broker(ABC):
    """One participant's (or the hub's) way to the broker."""

    patience_seconds: float = 10.0

    @abstractmethod
    def publisher(self, bell: Bell) -> Publisher:
        """A publishing connection of its own."""

    @abstractmethod
    def intake(self, queues: Sequence[str], bell: Bell) -> Intake:
        """A consuming connection of its own; rings *bell* when something arrived."""

    @abstractmethod
    def declare(
        self,
        exchanges: Sequence[Exchange],
        queues: Sequence[Queue],
        bindings: Sequence[tuple[str, str, str]] = (),
    ) -> None:
        """
        Declare durable direct *exchanges*, then *queues* with theirs, then (queue, exchange, key) *bindings*.

        Raises:
            BrokerDown: EX-901, there is no connection.
            Halt: EX-911, something stands there already with other arguments.
        """

    @abstractmethod
    def remove(self, exchanges: Sequence[str], queues: Sequence[str]) -> None:
        """Delete them; what is not there is no error."""

    @abstractmethod
    def depths(self, queues: Sequence[str]) -> dict[str, Depth]:
        """
        How full each queue is; a queue that is not there is left out.

        Raises:
            BrokerDown: EX-901, there is no connection.
        """

    @abstractmethod
    def close(self) -> None:
        """Close every connection made here."""
