# SPDX-License-Identifier: Apache-2.0
"""
The child processes of a daemon in which documents are converted: so many at once, and no more.

An office takes a processor and 200 MB: the pool keeps their number, not the applications'. Who waits
gets one by the class of the message, the sooner first, and bulk has its turn. Of several places one is
kept free of routine and bulk, so that a flash message waits for no document of theirs; and what a part
is, is seen in places of their own, so that what needs no conversion waits for none. The process that
was busy last is taken first, since it is warm.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from exchange.edge.conversion_process import ConversionProcess
from exchange.errors import Retry
from exchange.model.priority import Priority
from exchange.model.topology import EXPRESS
from exchange.texts import Phrase

LOOKS = 2  # parts looked at at once: one for routine and bulk, one for what is more urgent
TURN = 16  # every so many times who has waited longest goes first, whatever its class


@dataclass(slots=True, eq=False)
class _Waiting:
    """Somebody who wants a place; void: the pool was closed meanwhile."""

    priority: Priority
    void: bool = False

    @property
    def is_express(self) -> bool:
        return self.priority in EXPRESS


class Places:
    """
    At most *most* processes at once, of which one is for flash and urgent alone where there are several.

    Attributes:
        busy, waiting: how many have a place, and how many want one.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._freight_most = max(1, most - 1)
        self._changed = threading.Condition()
        self._line: list[_Waiting] = []  # as they came
        self._idle: list[ConversionProcess] = []
        self._at_work: dict[ConversionProcess, bool] = {}  # whether it is at something of the express classes
        self._given = 0

    @property
    def busy(self) -> int:
        with self._changed:
            return len(self._at_work)

    @property
    def waiting(self) -> int:
        with self._changed:
            return len(self._line)

    @contextmanager
    def one(self, priority: Priority) -> Iterator[ConversionProcess]:
        """
        A process for the caller alone, once one is free for it.

        Raises:
            Retry: EX-511, the places were closed meanwhile.
        """
        process = self._taken(_Waiting(priority))
        try:
            yield process
        finally:
            with self._changed:
                del self._at_work[process]
                self._idle.append(process)
                self._changed.notify_all()

    def _taken(self, me: _Waiting) -> ConversionProcess:
        with self._changed:
            self._line.append(me)
            self._changed.wait_for(lambda: me.void or self._next() is me)
            if me.void:
                reason = Phrase("conversion.closed")
                raise Retry("EX-511", after_seconds=1.0, program="govbus", reason=reason)
            self._line.remove(me)
            self._given += 1
            process = self._idle.pop() if self._idle else ConversionProcess()
            self._at_work[process] = me.is_express
            self._changed.notify_all()  # there may be a place for the next one too
            return process

    def _next(self) -> _Waiting | None:
        """Who is to have the place that is free, if one is free for anybody who waits."""
        if len(self._at_work) >= self._most:
            return None
        freight = sum(not express for express in self._at_work.values())
        may = [each for each in self._line if each.is_express or freight < self._freight_most]
        if self._given % TURN == TURN - 1:
            return next(iter(may), None)
        return min(may, key=lambda each: each.priority.rank, default=None)

    def close(self, seconds: float) -> None:
        """
        End every process, those at work too, and send away who waits; a further call starts others.

        What was at work fails with Retry; it is waited for so long that it has cleared up behind itself.
        """
        with self._changed:
            for each in self._line:
                each.void = True
            self._line.clear()
            self._changed.notify_all()
            for process in self._at_work:
                process.interrupt()
            self._changed.wait_for(lambda: not self._at_work, seconds)
            idle, self._idle = self._idle, []
        for process in idle:
            process.close()


class ConversionPool:
    """At most *workers* conversions at once; processes are started when they are first needed."""

    def __init__(self, workers: int = 1) -> None:
        self.converting = Places(workers)
        self.looking = Places(LOOKS)

    def process(self, priority: Priority = Priority.ROUTINE) -> AbstractContextManager[ConversionProcess]:
        """One in which to convert, as `Places.one`."""
        return self.converting.one(priority)

    def look(self, priority: Priority = Priority.ROUTINE) -> AbstractContextManager[ConversionProcess]:
        """One in which to see what a part is, as `Places.one`."""
        return self.looking.one(priority)

    def close(self, seconds: float = 10.0) -> None:
        """As `Places.close`."""
        self.converting.close(seconds)
        self.looking.close(seconds)
