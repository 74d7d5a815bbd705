# SPDX-License-Identifier: Apache-2.0
"""
The yardstick: raw pika moving the same bytes over the same hops as the bus.

A sender, one or more hub workers and a receiver, each a process of its own with separate publishing and
consuming connections, on quorum queues, persistent and confirmed. What it does not do is what the bus is
for: nothing is signed, encrypted, recorded, written to disk by us, or proved. Its rule: be as fast as raw
pika can honestly be, for a weak yardstick flatters the bus.

    sender  --in.sender-->    hub.<class>  hub  --out-->  to.receiver.<class>  receiver
    sender  <--to.sender--    hub  (accepted, once the message's publish is confirmed)
    sender  <--to.sender--    hub  <--hub.<class>--in.receiver--  receiver (delivered)
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.children import Child, Children, on_orders, say
from benchmarks.raw_link import Confirmed, Consumer, Links, Publisher, Wire
from exchange.model import topology
from exchange.model.priority import Priority

SENDER, HUB, RECEIVER = "sender", "hub", "receiver"
IN_SENDER, IN_RECEIVER = f"in.{SENDER}", f"in.{RECEIVER}"
MESSAGE, SLICE, LAST, CREDIT = "message", "slice", "last", "credit"  # what a body is, in the property `type`
ACCEPTED, DELIVERED = "accepted", "delivered"
CREDIT_SLICES = 16  # the receiver of bulk says so often how far it is
AHEAD_SLICES = 128  # the sender of bulk is never further ahead than this, so that the broker's memory is flat


@dataclass(frozen=True, slots=True)
class Load:
    """What goes over the hops."""

    priority: str
    message_bytes: int  # of a body on the wire; for bulk, of one slice
    receipt_bytes: int
    window: int  # messages published and not yet confirmed
    count: int = 0  # of messages, or of pings
    file: str = ""  # bulk: the file that is sent
    gap_seconds: float = 0.0  # between a ping's receipt and the next ping

    @property
    def lane(self) -> Priority:
        return Priority(self.priority)


class Role:
    """
    One process: its links, and what it does with what comes.

    As in the bus there are two connections that publish and two that consume: for flash and urgent, and
    for routine and bulk.
    """

    def __init__(self, wire: Wire, load: Load, *, queues: str) -> None:
        self.load = load
        self.links = Links(wire)
        self.receipt = b"r" * load.receipt_bytes
        for lane in (topology.EXPRESS, topology.FREIGHT):
            publisher = Publisher(self.links, window=load.window)
            if load.lane in lane:
                self.publisher = publisher
            self.links.connect(*(self._consumer(queues, priority).use for priority in lane))

    def _consumer(self, queues: str, priority: Priority) -> Consumer:
        prefetch = topology.PREFETCH[priority]
        return Consumer(self.links, f"{queues}.{priority.value}", prefetch=prefetch, consumed=self.consumed)

    @property
    def receipt_class(self) -> str:
        return self.load.lane.of_receipts.value

    def consumed(self, exchange: str, properties: Any, body: bytes, settle: Confirmed) -> None:
        raise NotImplementedError

    def run(self) -> None:
        on_orders(lambda line: self.links.from_thread(self.go if line == "go" else self.links.stop))
        self.links.run(lambda: say("ready"))

    def go(self) -> None:
        """The order to begin; only a sender has something to begin with."""


class Hub(Role):
    """Passes everything on, and says `accepted` to the sender once that is confirmed."""

    def __init__(self, wire: Wire, load: Load) -> None:
        super().__init__(wire, load, queues=HUB)

    def consumed(self, exchange: str, properties: Any, body: bytes, settle: Confirmed) -> None:
        name, kind = properties.message_id, properties.type
        if exchange == IN_RECEIVER:
            self.publisher.publish(
                "out", f"{SENDER}.{self.receipt_class}", body, settle, name=name, kind=kind
            )
            return
        then = settle if kind == SLICE else lambda: self._accept(name, settle)
        self.publisher.publish("out", f"{RECEIVER}.{self.load.priority}", body, then, name=name, kind=kind)

    def _accept(self, name: str, settle: Confirmed) -> None:
        key = f"{SENDER}.{self.receipt_class}"
        self.publisher.publish("out", key, self.receipt, settle, name=name, kind=ACCEPTED)


class Receiver(Role):
    """Takes messages and says `delivered`; of bulk it counts the bytes and grants credit."""

    def __init__(self, wire: Wire, load: Load) -> None:
        super().__init__(wire, load, queues=f"to.{RECEIVER}")
        self._bytes = 0
        self._slices = 0
        self._latencies: list[float] = []

    def consumed(self, exchange: str, properties: Any, body: bytes, settle: Confirmed) -> None:
        kind = properties.type
        if self.load.gap_seconds:
            self._latencies.append((time.monotonic_ns() - int(body[:20])) / 1e9)
        self._bytes += len(body)
        self._slices += 1
        if kind != SLICE:
            self._answer(properties.message_id, DELIVERED, settle)
        elif self._slices % CREDIT_SLICES == 0:
            self._answer(properties.message_id, CREDIT, settle)
        else:
            settle()

    def _answer(self, name: str, kind: str, settle: Confirmed) -> None:
        self.publisher.publish(IN_RECEIVER, self.receipt_class, self.receipt, settle, name=name, kind=kind)

    def run(self) -> None:
        super().run()
        say("took", bytes=self._bytes, latencies=self._latencies)


class Sender(Role):
    """Sends, and counts what comes back; subclasses say what and how."""

    def __init__(self, wire: Wire, load: Load) -> None:
        super().__init__(wire, load, queues=f"to.{SENDER}")
        self.started = 0.0

    def go(self) -> None:
        self.started = time.monotonic()
        self.more()

    def more(self) -> None:
        """Send what may be sent now."""
        raise NotImplementedError

    def send(self, name: str, kind: str, body: bytes) -> None:
        self.publisher.publish(IN_SENDER, self.load.priority, body, self.more, name=name, kind=kind)

    def finish(self, **values: object) -> None:
        say("done", seconds=time.monotonic() - self.started, **values)


class ExchangeSender(Sender):
    """Messages as fast as the window lets them; an exchange is complete with both its receipts."""

    def __init__(self, wire: Wire, load: Load) -> None:
        super().__init__(wire, load)
        self._body = b"m" * load.message_bytes
        self._sent = 0
        self._owed: dict[str, int] = {}
        self._complete = 0

    def more(self) -> None:
        while self._sent < self.load.count and self.publisher.has_room:
            name = f"00000000-0000-7000-8000-{self._sent:012x}"
            self._owed[name] = 2
            self._sent += 1
            self.send(name, MESSAGE, self._body)

    def consumed(self, exchange: str, properties: Any, body: bytes, settle: Confirmed) -> None:
        settle()
        name = properties.message_id
        self._owed[name] -= 1
        if self._owed[name]:
            return
        del self._owed[name]
        self._complete += 1
        if self._complete == self.load.count:
            self.finish(exchanges=self._complete)


class FileSender(Sender):
    """One file in slices, never more than AHEAD_SLICES before the receiver."""

    def __init__(self, wire: Wire, load: Load) -> None:
        super().__init__(wire, load)
        self._slices = slices(Path(load.file), load.message_bytes)
        self._next: bytes | None = next(self._slices)
        self._sent = 0
        self._taken = 0
        self._name = "00000000-0000-7000-8000-000000000000"

    def more(self) -> None:
        while self._next is not None and self.publisher.has_room and self._sent - self._taken < AHEAD_SLICES:
            body, self._next = self._next, next(self._slices, None)
            self._sent += 1
            self.send(self._name, SLICE if self._next is not None else LAST, body)

    def consumed(self, exchange: str, properties: Any, body: bytes, settle: Confirmed) -> None:
        settle()
        if properties.type == CREDIT:
            self._taken += CREDIT_SLICES
            self.more()
        elif properties.type == DELIVERED:
            self.finish(slices=self._sent)


class PingSender(Sender):
    """One message at a time, the next a little after the last one's receipt."""

    def __init__(self, wire: Wire, load: Load) -> None:
        super().__init__(wire, load)
        self._fill = b"m" * (load.message_bytes - 20)
        self._sent = 0

    def more(self) -> None:
        if self._sent == 0:
            self._ping()

    def _ping(self) -> None:
        self._sent += 1
        self.send(f"ping-{self._sent}", MESSAGE, b"%020d" % time.monotonic_ns() + self._fill)

    def consumed(self, exchange: str, properties: Any, body: bytes, settle: Confirmed) -> None:
        settle()
        if properties.type != DELIVERED:
            return
        if self._sent == self.load.count:
            self.finish(pings=self._sent)
        else:
            self.links.later(self.load.gap_seconds, self._ping)


def slices(path: Path, size: int) -> Iterator[bytes]:
    """The content of a file in pieces of *size* bytes, the last one shorter."""
    with path.open("rb") as file:
        while piece := file.read(size):
            yield piece


def sender_for(load: Load) -> type[Sender]:
    if load.file:
        return FileSender
    return PingSender if load.gap_seconds else ExchangeSender


# --- from outside ----------------------------------------------------------------------------------


class RawBus:
    """The processes of one raw run; `go` measures once, from the first publish to the last receipt."""

    def __init__(self, wire: Wire, load: Load, *, workers: int = 1) -> None:
        names = [RECEIVER, *(f"hub worker {n + 1}" for n in range(workers)), SENDER]
        self._children = Children()
        self._by_name: dict[str, Child] = {}
        for name in names:
            role = HUB if name.startswith(HUB) else name
            order = {"wire": asdict(wire), "load": asdict(load)}
            child = Child.python(f"raw {name}", "benchmarks.raw_pika", role, order=order)
            self._by_name[name] = self._children.add(child)

    def __enter__(self) -> RawBus:
        try:
            for child in self._by_name.values():
                child.hear("ready")
        except BaseException:
            self._children.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *details: object) -> None:
        self._children.__exit__(None, None, None)

    def pids(self) -> dict[int, str]:
        """Whom to watch, and under which name; hub workers share one."""
        return {
            child.pid: "raw hub" if name.startswith(HUB) else f"raw {name}"
            for name, child in self._by_name.items()
        }

    def go(self) -> dict[str, Any]:
        """Send everything; what the sender measured."""
        self._by_name[SENDER].tell("go")
        return self._by_name[SENDER].hear("done")

    def took(self) -> dict[str, Any]:
        """What the receiver took since it began; it ends with this."""
        self._by_name[RECEIVER].tell("stop")
        return self._by_name[RECEIVER].hear("took")


def main(role: str) -> None:
    order = json.loads(sys.stdin.readline())
    wire, load = Wire(**order["wire"]), Load(**order["load"])
    kinds: dict[str, Any] = {HUB: Hub, RECEIVER: Receiver, SENDER: sender_for(load)}
    kinds[role](wire, load).run()


if __name__ == "__main__":
    main(sys.argv[1])
