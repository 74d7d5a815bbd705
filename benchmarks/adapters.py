# SPDX-License-Identifier: Apache-2.0
"""
The adapter that the bench puts into the bus's daemons: a source from memory and a sink that notes times.

It sends what the desk orders, says when it is complete, and stores nothing, so that what is measured is
the bus and not an application. An exchange is complete when the application that sent has both receipts,
`accepted` and `delivered`. Times are of the machine's monotonic clock, the same in every process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.desk import FAILED, Caller
from exchange.adapter import Adapter, Content, Delivery, Outcome, Outgoing, Settled

ALL_RECEIPTS = frozenset({"accepted", "delivered"})
PING = "ping"  # what the keys of messages begin with whose arrival is told one by one


@dataclass(frozen=True, slots=True)
class Order:
    """
    Send *count* messages of one text or one file, and say when all are complete.

    ahead: how many may be incomplete at a time, 0 = any number; gap_seconds: from a message's last receipt
    to the next message; ping: the time of each message's departure and arrival is told.
    """

    name: str  # keys are made of it, so each order has its own
    type: str
    to: str
    priority: str
    count: int = 1
    text: str = ""
    file: str = ""
    ahead: int = 0
    gap_seconds: float = 0.0
    ping: bool = False

    def outgoing(self, number: int) -> Outgoing:
        key = f"{PING if self.ping else 'load'}-{self.name}-{number}"
        if self.file:
            part = Content("records.xml", _given_away(Path(self.file), key), "application/xml", take=True)
        else:
            part = Content("records.xml", self.text.encode(), "application/xml")
        return Outgoing(
            key=key,
            type=self.type, parts=(part,), to=(self.to,), priority=self.priority,
        )  # fmt: skip


def _given_away(file: Path, key: str) -> Path:
    """A second name for *file* that the bus may take away, as it takes a file out of a hot folder."""
    name = file.with_name(f"{file.name}.{key}")
    if not name.exists():
        name.hardlink_to(file)
    return name


class Progress:
    """How far one order is."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.started_ns = 0
        self.given = 0
        self.sent_ns: dict[str, int] = {}  # of pings
        self._wanted = order.count
        self._not_before_ns = 0
        self._receipts: dict[str, set[str]] = {}  # of incomplete messages, by key

    @property
    def complete(self) -> bool:
        return self.given >= self._wanted and not self._receipts

    def next(self) -> Iterator[Outgoing]:
        """What may be handed to the bus now."""
        while self.given < self._wanted and self._may_give():
            self.given += 1
            outgoing = self.order.outgoing(self.given)
            self._receipts[outgoing.key] = set()
            now = time.monotonic_ns()
            self.started_ns = self.started_ns or now
            if self.order.ping:
                self.sent_ns[outgoing.key] = now
            yield outgoing

    def enough(self) -> None:
        """Give nothing more; what was given will still be completed."""
        self._wanted = self.given

    def settle(self, key: str, kind: str) -> None:
        """
        Note a receipt; the message is complete when it has all.

        Raises:
            RuntimeError: the message failed, so the measurement is void.
        """
        if kind not in ALL_RECEIPTS:
            raise RuntimeError(f"{key} got the receipt {kind}")
        received = self._receipts.get(key)
        if received is None:
            return  # the same receipt again
        received.add(kind)
        if received == ALL_RECEIPTS:
            del self._receipts[key]
            self._not_before_ns = time.monotonic_ns() + int(self.order.gap_seconds * 1e9)

    def _may_give(self) -> bool:
        if self.order.ahead and len(self._receipts) >= self.order.ahead:
            return False
        return time.monotonic_ns() >= self._not_before_ns


class BenchAdapter(Adapter):
    """Sends what the bench's desk orders and tells it what came."""

    name = "bench"

    @dataclass(frozen=True)
    class Settings:
        desk: str  # the path of the bench's socket
        participant: str  # the name under which it reports there

    def __init__(self, settings: Any, **where: Any) -> None:
        super().__init__(settings, **where)
        self._caller: Caller | None = None
        self._progress: dict[str, Progress] = {}

    def open(self) -> None:
        self._caller = Caller(Path(self.settings.desk), self.settings.participant)

    def close(self) -> None:
        if self._caller is not None:
            self._caller.close()

    def collect(self) -> Iterator[Outgoing]:
        assert self._caller is not None
        for order in self._caller.orders():
            self._obey(order)
        for progress in tuple(self._progress.values()):
            yield from progress.next()

    def settled(self, key: str, receipt: Settled) -> None:
        name = key.split("-")[1]
        progress = self._progress.get(name)
        if progress is None:
            return
        try:
            progress.settle(key, receipt.kind)
        except RuntimeError as error:
            self._tell(FAILED, reason=f"{error}: {receipt.code} {receipt.text}")
            raise
        self._close_if_complete(progress)

    def deliver(self, delivery: Delivery) -> Outcome | None:
        if delivery.key.startswith(PING):
            self._tell("arrived", key=delivery.key, at_ns=time.monotonic_ns())
        return None

    def _obey(self, order: dict[str, Any]) -> None:
        if name := order.get("enough"):
            self._progress[name].enough()
            self._close_if_complete(self._progress[name])
        else:
            self._progress[order["name"]] = Progress(Order(**order))

    def _close_if_complete(self, progress: Progress) -> None:
        if progress.complete:
            name = progress.order.name
            del self._progress[name]
            seconds = (time.monotonic_ns() - progress.started_ns) / 1e9
            self._tell("complete", name=name, given=progress.given, seconds=seconds, sent_ns=progress.sent_ns)

    def _tell(self, event: str, **values: object) -> None:
        assert self._caller is not None
        self._caller.tell(event, **values)
