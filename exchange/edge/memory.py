# SPDX-License-Identifier: Apache-2.0
"""
A broker in memory: the contract without a network, shipped for tests and for integrators.

It keeps what RabbitMQ keeps (bindings, byte limits with reject-publish, a single active consumer,
redelivery after a lost consumer, delivery limits, dead letters) and loses what a crash of a
consumer loses. It confirms at once, on the caller's thread.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from exchange.edge.broker import Arrival, Bell, Broker, Depth, Flight, Intake, Outcome, Parcel, Publisher
from exchange.edge.heap import ArrivalHeap
from exchange.model import topology
from exchange.model.topology import Exchange, Queue


@dataclass(slots=True)
class _Waiting:
    parcel: Parcel
    tries: int = 0
    first_queue: str = ""


@dataclass(slots=True)
class _Line:
    """One queue."""

    name: str
    arguments: dict[str, Any]
    waiting: deque[_Waiting] = field(default_factory=deque)
    held_bytes: int = 0
    consumers: list[MemoryIntake] = field(default_factory=list)

    def has_room(self, size: int) -> bool:
        limit = self.arguments.get("x-max-length-bytes")
        return limit is None or self.held_bytes + size <= int(limit)


class MemoryNode:
    """What all brokers in memory of one test share: the node itself."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.bindings: dict[tuple[str, str], list[str]] = {}
        self.exchanges: set[str] = set()
        self.lines: dict[str, _Line] = {}
        self.refusing: set[str] = set()  # routing keys that nack: a test's way to make a queue full

    def publish(self, parcel: Parcel) -> Outcome:
        with self.lock:
            names = self.bindings.get((parcel.exchange, parcel.key), [])
            if parcel.key in self.refusing or not all(self.lines[n].has_room(len(parcel.body)) for n in names):
                return Outcome.REFUSED
            for name in names:
                self._append(self.lines[name], _Waiting(parcel))
            return Outcome.CONFIRMED if names else Outcome.UNROUTABLE

    def put_back(self, line: _Line, waiting: _Waiting) -> None:
        """A consumer went away with it, or refused it: again, until its delivery limit."""
        waiting.tries += 1
        line.held_bytes -= len(waiting.parcel.body)
        limit = line.arguments.get("x-delivery-limit")
        if limit is not None and waiting.tries > int(limit):
            self.bury(line, waiting)
        else:
            self._append(line, waiting, front=True)

    def bury(self, line: _Line, waiting: _Waiting) -> None:
        target = line.arguments.get("x-dead-letter-exchange")
        key = str(line.arguments.get("x-dead-letter-routing-key", waiting.parcel.key))
        for name in self.bindings.get((str(target), key), []):
            self._append(self.lines[name], _Waiting(waiting.parcel, first_queue=line.name))

    def _append(self, line: _Line, waiting: _Waiting, front: bool = False) -> None:  # noqa: FBT001, FBT002
        line.held_bytes += len(waiting.parcel.body)
        if front:
            line.waiting.appendleft(waiting)
        else:
            line.waiting.append(waiting)
        self.feed(line)

    def feed(self, line: _Line) -> None:
        """Hand what waits to the first consumer; the others of a line are standbys."""
        if line.consumers:
            line.consumers[0].receive(line)


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

    def launch(self, parcels: Sequence[Parcel]) -> Flight:
        flight = MemoryFlight([self._node.publish(parcel) for parcel in parcels])
        self._bell.ring()
        return flight

    def room(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is ever in the air."""


class MemoryIntake(Intake):
    def __init__(self, node: MemoryNode, queues: Sequence[str], bell: Bell) -> None:
        self._node = node
        self._bell = bell
        self._heap = ArrivalHeap()
        self._unsettled: dict[int, tuple[_Line, _Waiting]] = {}
        self._next = 0
        self._lines = [node.lines[name] for name in queues]
        with node.lock:
            for line in self._lines:
                line.consumers.append(self)
                node.feed(line)

    def receive(self, line: _Line) -> None:
        """Take over what waits in *line*, up to the class's prefetch."""
        priority = topology.priority_of(line.name)
        held = sum(1 for other, _ in self._unsettled.values() if other is line)
        while line.waiting and held < topology.PREFETCH[priority]:
            waiting = line.waiting.popleft()
            self._next += 1
            held += 1
            self._unsettled[self._next] = (line, waiting)
            self._heap.push(_arrival(line, waiting, self._next))
        self._bell.ring()

    def take(self, *, most: int, most_bytes: int) -> list[Arrival]:
        with self._node.lock:
            return self._heap.take(most=most, most_bytes=most_bytes)

    def settle(self, arrivals: Sequence[Arrival]) -> None:
        with self._node.lock:
            for line, waiting in self._gone(arrivals):
                line.held_bytes -= len(waiting.parcel.body)
                self._node.feed(line)

    def bury(self, arrivals: Sequence[Arrival]) -> None:
        with self._node.lock:
            for line, waiting in self._gone(arrivals):
                line.held_bytes -= len(waiting.parcel.body)
                self._node.bury(line, waiting)
                self._node.feed(line)

    def _gone(self, arrivals: Sequence[Arrival]) -> list[tuple[_Line, _Waiting]]:
        found = [self._unsettled.pop(arrival.token, None) for arrival in arrivals]
        return [pair for pair in found if pair is not None]

    def close(self) -> None:
        with self._node.lock:
            for line in self._lines:
                if self in line.consumers:
                    line.consumers.remove(self)
            unsettled, self._unsettled = self._unsettled, {}
            self._heap.clear()
            for line, waiting in reversed(unsettled.values()):
                self._node.put_back(line, waiting)


def _arrival(line: _Line, waiting: _Waiting, token: int) -> Arrival:
    parcel = waiting.parcel
    return Arrival(
        queue=line.name,
        priority=topology.priority_of(line.name),
        exchange=parcel.exchange,
        user_id=parcel.user_id,
        kind=parcel.kind,
        message_id=parcel.message_id,
        body=parcel.body,
        redelivered=waiting.tries > 0,
        first_queue=waiting.first_queue,
        token=token,
    )


class MemoryBroker(Broker):
    """One party's view of a shared `MemoryNode`."""

    def __init__(self, node: MemoryNode) -> None:
        self._node = node
        self._intakes: list[MemoryIntake] = []

    def publisher(self, bell: Bell) -> Publisher:
        return MemoryPublisher(self._node, bell)

    def intake(self, queues: Sequence[str], bell: Bell) -> Intake:
        made = MemoryIntake(self._node, queues, bell)
        self._intakes.append(made)
        return made

    def declare(
        self,
        exchanges: Sequence[Exchange],
        queues: Sequence[Queue],
        bindings: Sequence[tuple[str, str, str]] = (),
    ) -> None:
        with self._node.lock:
            self._node.exchanges.update(exchange.name for exchange in exchanges)
            for queue in queues:
                self._node.lines.setdefault(queue.name, _Line(queue.name, dict(queue.arguments)))
            own = [(queue.name, exchange, key) for queue in queues for exchange, key in queue.bindings]
            for name, exchange, key in [*own, *bindings]:
                bound = self._node.bindings.setdefault((exchange, key), [])
                if name not in bound:
                    bound.append(name)

    def remove(self, exchanges: Sequence[str], queues: Sequence[str]) -> None:
        with self._node.lock:
            self._node.exchanges.difference_update(exchanges)
            for name in queues:
                self._node.lines.pop(name, None)
            kept = {
                place: [name for name in names if name not in queues]
                for place, names in self._node.bindings.items()
                if place[0] not in exchanges
            }
            self._node.bindings = kept

    def depths(self, queues: Sequence[str]) -> dict[str, Depth]:
        with self._node.lock:
            found = {name: self._node.lines[name] for name in queues if name in self._node.lines}
            return {name: Depth(len(line.waiting), len(line.consumers)) for name, line in found.items()}

    def close(self) -> None:
        for intake in self._intakes:
            intake.close()


__all__ = ["MemoryBroker", "MemoryNode"]
