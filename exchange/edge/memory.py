# SPDX-License-Identifier: Apache-2.0
"""
A broker in memory: the contract without a network, shipped for tests and for integrators.

It keeps what RabbitMQ keeps (bindings, byte limits with reject-publish, a single active consumer,
redelivery after a lost consumer, delivery limits, dead letters) and loses what a crash of a
consumer loses. It confirms at once, on the caller's thread.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from exchange.edge.broker import Arrival, Bell, Broker, Depth, Flight, Intake, Outcome, Parcel, Publisher
from exchange.edge.heap import ArrivalHeap
from exchange.errors import BrokerDown, Halt
from exchange.model import topology
from exchange.model.topology import Exchange, Queue


@dataclass(slots=True)
class _Waiting:
    parcel: Parcel
    tries: int = 0
    exchange: str = ""  # where it was dead-lettered to
    first_queue: str = ""
    first_exchange: str = ""


@dataclass(slots=True)
class _Line:
    """One queue."""

    name: str
    arguments: dict[str, Any]
    waiting: deque[_Waiting] = field(default_factory=deque)
    held_bytes: int = 0
    consumers: list[MemoryIntake] = field(default_factory=list)

    @property
    def has_standbys(self) -> bool:
        return bool(self.arguments.get("x-single-active-consumer"))

    @property
    def active(self) -> list[MemoryIntake]:
        return self.consumers[:1] if self.has_standbys else self.consumers

    def has_room(self, size: int) -> bool:
        limit = self.arguments.get("x-max-length-bytes")
        return limit is None or self.held_bytes + size <= int(limit)


class _NoExchange(Exception):
    """There is no such exchange."""


class MemoryNode:
    """What all brokers in memory of one test share: the node itself."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.bindings: dict[tuple[str, str], list[str]] = {}
        self.exchanges: set[str] = set()
        self.lines: dict[str, _Line] = {}
        self.intakes: list[MemoryIntake] = []
        self.alarm = False  # as of memory or disk: publishers are to wait
        self.refusing: set[str] = set()  # routing keys that nack: a test's way to make a queue full

    def publish(self, parcel: Parcel) -> Outcome:
        with self.lock:
            if parcel.exchange not in self.exchanges:
                raise _NoExchange(parcel.exchange)
            lines = [self.lines[name] for name in self.bindings.get((parcel.exchange, parcel.key), [])]
            size = len(parcel.body)
            if parcel.key in self.refusing or not all(line.has_room(size) for line in lines):
                return Outcome.REFUSED
            for line in lines:
                self._append(line, _Waiting(parcel))
            return Outcome.CONFIRMED if lines else Outcome.UNROUTABLE

    def declare_exchange(self, name: str) -> None:
        self.exchanges.add(name)

    def declare_queue(self, queue: Queue) -> None:
        there = self.lines.get(queue.name)
        if there is None:
            self.lines[queue.name] = _Line(queue.name, dict(queue.arguments))
            for intake in self.intakes:
                intake.attend(queue.name)
        elif there.arguments != queue.arguments:
            reason = f"{there.arguments} stands there, not {queue.arguments}"
            raise Halt("EX-911", what=f"queue {queue.name}", reason=reason)

    def bind(self, queue: str, exchange: str, key: str) -> None:
        if queue not in self.lines or exchange not in self.exchanges:
            raise Halt("EX-911", what=f"binding of {queue} to {exchange}", reason="one of them is not there")
        bound = self.bindings.setdefault((exchange, key), [])
        if queue not in bound:
            bound.append(queue)

    def remove(self, exchanges: Sequence[str], queues: Sequence[str]) -> None:
        self.exchanges.difference_update(exchanges)
        for name in queues:
            self.lines.pop(name, None)
        self.bindings = {
            place: [name for name in names if name not in queues]
            for place, names in self.bindings.items()
            if place[0] not in exchanges
        }

    def put_back(self, line: _Line, waiting: _Waiting) -> None:
        """A consumer went away with it, or refused it: again, until its delivery limit."""
        waiting.tries += 1
        limit = line.arguments.get("x-delivery-limit")
        if limit is not None and waiting.tries > int(limit):
            self.bury(line, waiting)
        else:
            line.waiting.appendleft(waiting)
            self.feed(line)

    def settle(self, line: _Line, waiting: _Waiting) -> None:
        line.held_bytes -= len(waiting.parcel.body)
        self.feed(line)

    def bury(self, line: _Line, waiting: _Waiting) -> None:
        self.settle(line, waiting)
        target = line.arguments.get("x-dead-letter-exchange")
        key = str(line.arguments.get("x-dead-letter-routing-key", waiting.parcel.key))
        for name in self.bindings.get((str(target), key), []):
            came = waiting.exchange or waiting.parcel.exchange
            dead = _Waiting(waiting.parcel, exchange=str(target), first_queue=line.name, first_exchange=came)
            self._append(self.lines[name], dead)

    def _append(self, line: _Line, waiting: _Waiting) -> None:
        line.held_bytes += len(waiting.parcel.body)
        line.waiting.append(waiting)
        self.feed(line)

    def feed(self, line: _Line) -> None:
        """Hand what waits to the consumers in turn; where one alone is active, to the first."""
        while line.waiting and (ready := [each for each in line.active if each.has_room(line)]):
            ready[0].receive(line, line.waiting.popleft())
            if not line.has_standbys:
                line.consumers.remove(ready[0])
                line.consumers.append(ready[0])


class MemoryFlight(Flight):
    def __init__(self, outcomes: list[Outcome]) -> None:
        self._outcomes = outcomes

    @property
    def landed(self) -> bool:
        return True

    def wait(self, seconds: float | None = None) -> bool:
        return True

    @property
    def outcomes(self) -> Sequence[Outcome]:
        return self._outcomes


class MemoryPublisher(Publisher):
    def __init__(self, node: MemoryNode, bell: Bell) -> None:
        self._node = node
        self._bell = bell
        self._closed = False
        self._refusal: Halt | None = None

    def launch(self, parcels: Sequence[Parcel]) -> Flight:
        if self._refusal is not None:
            refusal, self._refusal = self._refusal, None
            raise refusal
        if self._closed:
            raise BrokerDown("EX-901", where="memory", reason="this publisher was closed")
        flight = MemoryFlight([self._publish(parcel) for parcel in parcels])
        self._bell.ring()
        return flight

    def _publish(self, parcel: Parcel) -> Outcome:
        """What is refused by right is lost, with all after it; the next launch says so."""
        if self._refusal is not None:
            return Outcome.LOST
        try:
            return self._node.publish(parcel)
        except _NoExchange as e:
            self._refusal = Halt("EX-914", what="a publish", reason=f"no exchange '{e}'")
            return Outcome.LOST

    def room(self) -> bool:
        return not self._closed and not self._node.alarm

    def is_blocked(self) -> bool:
        return self._node.alarm

    def close(self) -> None:
        self._closed = True


class MemoryIntake(Intake):
    def __init__(self, node: MemoryNode, queues: Sequence[str], bell: Bell) -> None:
        self._node = node
        self._bell = bell
        self._heap = ArrivalHeap()
        self._unsettled: dict[object, tuple[_Line, _Waiting]] = {}
        self._held: Counter[str] = Counter()
        self._queues = tuple(queues)
        with node.lock:
            node.intakes.append(self)
            for name in queues:
                self.attend(name)

    def attend(self, name: str) -> None:
        """Consume from a queue, once it is there."""
        line = self._node.lines.get(name)
        if line is not None and name in self._queues:
            line.consumers.append(self)
            self._node.feed(line)

    def has_room(self, line: _Line) -> bool:
        """Whether less than the class's prefetch is unsettled here."""
        return self._held[line.name] < topology.PREFETCH[topology.priority_of(line.name)]

    def receive(self, line: _Line, waiting: _Waiting) -> None:
        token = object()
        self._held[line.name] += 1
        self._unsettled[token] = (line, waiting)
        self._heap.push(_arrival(line, waiting, token))
        self._bell.ring()

    def take(self, *, most: int, most_bytes: int) -> list[Arrival]:
        with self._node.lock:
            return self._heap.take(most=most, most_bytes=most_bytes)

    def settle(self, arrivals: Sequence[Arrival]) -> None:
        with self._node.lock:
            for line, waiting in self._gone(arrivals):
                self._node.settle(line, waiting)

    def bury(self, arrivals: Sequence[Arrival]) -> None:
        with self._node.lock:
            for line, waiting in self._gone(arrivals):
                self._node.bury(line, waiting)

    def _gone(self, arrivals: Sequence[Arrival]) -> list[tuple[_Line, _Waiting]]:
        found = [self._unsettled.pop(arrival.token, None) for arrival in arrivals]
        gone = [pair for pair in found if pair is not None]
        self._held.subtract(line.name for line, _ in gone)
        return gone

    def close(self) -> None:
        with self._node.lock:
            if self in self._node.intakes:
                self._node.intakes.remove(self)
            for line in self._node.lines.values():
                if self in line.consumers:
                    line.consumers.remove(self)
            unsettled, self._unsettled = self._unsettled, {}
            self._held.clear()
            self._heap.clear()
            for line, waiting in reversed(unsettled.values()):
                if self._node.lines.get(line.name) is line:
                    self._node.put_back(line, waiting)


def _arrival(line: _Line, waiting: _Waiting, token: object) -> Arrival:
    parcel = waiting.parcel
    return Arrival(
        queue=line.name,
        priority=topology.priority_of(line.name),
        exchange=waiting.exchange or parcel.exchange,
        user_id=parcel.user_id,
        kind=parcel.kind,
        message_id=parcel.message_id,
        body=parcel.body,
        redelivered=waiting.tries > 0,
        first_queue=waiting.first_queue,
        first_exchange=waiting.first_exchange,
        token=token,
    )


class MemoryBroker(Broker):
    """One party's view of a shared `MemoryNode`."""

    def __init__(self, node: MemoryNode) -> None:
        self._node = node
        self._made: list[MemoryPublisher | MemoryIntake] = []

    def publisher(self, bell: Bell) -> Publisher:
        made = MemoryPublisher(self._node, bell)
        self._made.append(made)
        return made

    def intake(self, queues: Sequence[str], bell: Bell) -> Intake:
        made = MemoryIntake(self._node, queues, bell)
        self._made.append(made)
        return made

    def declare(
        self,
        exchanges: Sequence[Exchange],
        queues: Sequence[Queue],
        bindings: Sequence[tuple[str, str, str]] = (),
    ) -> None:
        with self._node.lock:
            for each in exchanges:
                self._node.declare_exchange(each.name)
            for queue in queues:
                self._node.declare_queue(queue)
            own = [(queue.name, exchange, key) for queue in queues for exchange, key in queue.bindings]
            for name, exchange, key in [*own, *bindings]:
                self._node.bind(name, exchange, key)

    def remove(self, exchanges: Sequence[str], queues: Sequence[str]) -> None:
        with self._node.lock:
            self._node.remove(exchanges, queues)

    def depths(self, queues: Sequence[str]) -> dict[str, Depth]:
        with self._node.lock:
            found = {name: self._node.lines[name] for name in queues if name in self._node.lines}
            return {name: Depth(len(line.waiting), len(line.active)) for name, line in found.items()}

    def close(self) -> None:
        for made in self._made:
            made.close()


__all__ = ["MemoryBroker", "MemoryNode"]
