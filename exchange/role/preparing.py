# SPDX-License-Identifier: Apache-2.0
"""
Preparing: messages are made ready for an application off the path on which it gets them.

A conversion takes seconds, or as long as its limit. What came from one participant in one class is one
line: made ready in the order in which it came, one after the other, and handed over in that order.
Lines do not wait for each other, so a flash message goes before a routine one that is being converted.
Nothing is kept of it but in memory: after a crash what was not handed over is made ready again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from exchange.edge.hub_store import MessageKey
from exchange.edge.inbox import Waiting
from exchange.model.envelope import Envelope

LINES_MOST = 8  # of one class, and so many threads; who comes from others in this class waits
LINE_MOST = 16  # messages of one line, which are kept in memory

T = TypeVar("T")
Start = Callable[[Callable[[], None]], None]


class Line(NamedTuple):
    """The messages of one class that one participant sent."""

    rank: int
    sender: str


@dataclass(slots=True, eq=False)
class Preparation(Generic[T]):
    """One message that is being made ready; over: it is, or it cannot be."""

    waiting: Waiting
    envelope: Envelope
    over: bool = False
    _made: list[T] = field(default_factory=list)
    _trouble: BaseException | None = None

    @property
    def line(self) -> Line:
        message = self.waiting.message
        return Line(message.priority.rank, message.key.sender)

    def run(self, make: Callable[[Preparation[T]], T]) -> None:
        try:
            self._made.append(make(self))
        except BaseException as e:  # noqa: BLE001  (whoever hands it over hears of it, as if made there)
            self._trouble = e
        self.over = True

    def result(self) -> T:
        """
        What it was made into.

        Raises:
            BaseException: whatever stood in the way.
        """
        if self._trouble is not None:
            raise self._trouble
        return self._made[0]


class Preparing(Generic[T]):
    """
    What is being made ready for one application; one thread asks, and *start* may use others.

    make: makes one message ready; ready: called when one is; most: messages of one line at a time.
    """

    def __init__(
        self,
        make: Callable[[Preparation[T]], T],
        *,
        start: Start,
        ready: Callable[[], None] = lambda: None,
        most: int = LINE_MOST,
    ) -> None:
        self._make = make
        self._start = start
        self._ready = ready
        self._most = most
        self._lines: dict[Line, list[Preparation[T]]] = {}
        self._after: dict[Line, MessageKey] = {}  # whose next message follows one that is being made ready
        self._closed = False

    @property
    def lines(self) -> frozenset[Line]:
        """Those of which nothing further can begin now."""
        return frozenset(self._lines.keys() | self._after.keys())

    @property
    def full(self) -> frozenset[int]:
        """The ranks of classes of which no further line can begin now."""
        ranks = [line.rank for line in self._lines]
        return frozenset(rank for rank in ranks if ranks.count(rank) >= LINES_MOST)

    def begin(self, some: Iterable[Preparation[T]]) -> bool:
        """Begin with those of *some*, in their order, whose lines are free; whether there are any."""
        offered = list(some)
        begun: dict[Line, list[Preparation[T]]] = {}
        put_off: set[Line] = set()  # whose next message follows one that is further behind
        for number, one in enumerate(offered, 1):
            if one.line in self.lines | put_off:
                continue
            if one.line not in begun and self._is_full(one.line.rank, begun):
                continue
            followed = self._followed(one, [*self._lines.items(), *begun.items()])
            if followed is not None:
                self._after[one.line] = followed
            elif self._followed(one, ((other.line, [other]) for other in offered[number:])):
                put_off.add(one.line)  # only till then: two that follow each other wait for nobody
            elif len(its := begun.setdefault(one.line, [])) < self._most:
                its.append(one)
        for line, its in begun.items():
            self._lines[line] = its
            self._start(partial(self._work_off, tuple(its)))
        return bool(begun)

    def _is_full(self, rank: int, begun: Iterable[Line]) -> bool:
        return sum(line.rank == rank for line in (*self._lines, *begun)) >= LINES_MOST

    @staticmethod
    def _followed(
        one: Preparation[T], among: Iterable[tuple[Line, Sequence[Preparation[T]]]]
    ) -> MessageKey | None:
        """The message that must come before *one*, where it is *among* those of other lines."""
        if one.envelope.follows is None:
            return None
        key = MessageKey(one.line.sender, one.envelope.follows)
        known = (other.waiting.message.key for line, its in among if line != one.line for other in its)
        return key if key in known else None

    def _work_off(self, its: Sequence[Preparation[T]]) -> None:
        for one in its:
            if self._closed:
                return
            one.run(self._make)
            self._ready()

    def ready(self) -> list[Preparation[T]]:
        """What can be handed over, the soonest class first; it stays until it is `done`."""
        found: list[Preparation[T]] = []
        for its in self._lines.values():
            for one in its:
                if not one.over:
                    break
                found.append(one)
        return sorted(found, key=lambda one: one.line.rank)

    def done(self, some: Iterable[Preparation[T]]) -> None:
        """These are over: handed over, put off, or not wanted any more."""
        for one in some:
            its = self._lines[one.line]
            its.remove(one)
            if not its:
                del self._lines[one.line]
            key = one.waiting.message.key
            self._after = {line: after for line, after in self._after.items() if after != key}

    def close(self) -> None:
        """Begin nothing more; what is being made ready is nobody's."""
        self._closed = True


def at_once(work: Callable[[], None]) -> None:
    """Where making ready takes no time worth a thread."""
    work()


def apart(work: Callable[[], None]) -> None:
    """In a thread of its own, which does not hold up the end of the process."""
    threading.Thread(target=work, name="preparing", daemon=True).start()
