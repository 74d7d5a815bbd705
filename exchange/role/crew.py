# SPDX-License-Identifier: Apache-2.0
"""
The hub's worker processes: started, started again when they end, and ended.

Owns how long a place stays empty. One that ends again and again is left alone for longer and longer,
so that a defect that every start meets costs a start a minute and not a machine.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from exchange.texts import Phrase

log = logging.getLogger("govbus")

PAUSE_SECONDS = 1.0  # before a worker that ended is started again; twice as long for each that ended soon
PAUSE_MOST_SECONDS = 60.0
SETTLED_SECONDS = 60.0  # whoever lived so long did not end soon


class Worker(Protocol):
    """As much of a process as is needed here."""

    @property
    def exitcode(self) -> int | None: ...
    def is_alive(self) -> bool: ...
    def takes(self) -> bool: ...
    def terminate(self) -> None: ...
    def join(self, timeout: float | None = None) -> None: ...
    def kill(self) -> None: ...


@dataclass(slots=True, eq=False)
class _Place:
    """Where one worker is or is to be; due: when it is started again, None before its end was seen."""

    worker: Worker
    since: float
    soon: int = 0  # how many in a row ended soon after their start
    due: float | None = None


class Crew:
    """
    As many workers as are wanted.

    hire: starts a worker; elapsed: seconds of a clock that never goes back.
    """

    def __init__(self, hire: Callable[[], Worker], wanted: int, *, elapsed: Callable[[], float]) -> None:
        self._hire = hire
        self._elapsed = elapsed
        self._wanted = wanted
        self._places: list[_Place] = []

    def start(self) -> None:
        self._places = [_Place(self._hire(), self._elapsed()) for _ in range(self._wanted)]

    @property
    def alive(self) -> int:
        """How many are there now."""
        return sum(place.worker.is_alive() for place in self._places)

    def takes(self) -> bool:
        """Whether all of them are there and take what comes."""
        return all(place.worker.is_alive() and place.worker.takes() for place in self._places)

    def look(self) -> None:
        """Notice who has ended; fill the places that are due."""
        for place in self._places:
            if not place.worker.is_alive():
                self._fill(place, self._elapsed())

    def _fill(self, place: _Place, now: float) -> None:
        if place.due is None:
            soon = 0 if now - place.since >= SETTLED_SECONDS else place.soon + 1
            found, seconds = place.worker.exitcode, self._put_off(place, soon, now)
            log.error(Phrase("log.worker-again", {"found": found, "seconds": seconds}))
        elif now >= place.due:
            try:
                place.worker = self._hire()
            except OSError as e:  # no room for another process: the others go on meanwhile
                seconds = self._put_off(place, place.soon + 1, now)
                log.error(Phrase("log.worker-not-started", {"reason": e.strerror, "seconds": seconds}))
            else:
                place.since, place.due = now, None

    def _put_off(self, place: _Place, soon: int, now: float) -> int:
        """Leave it empty for some seconds: for how many."""
        pause = min(PAUSE_SECONDS * 2 ** max(0, soon - 1), PAUSE_MOST_SECONDS)
        place.soon, place.due = soon, now + pause
        return int(pause)

    def end(self, seconds: float) -> None:
        """Tell all to end, wait for so long altogether, and kill who is still there."""
        for place in self._places:
            place.worker.terminate()
        for place in self._places:
            place.worker.join(seconds)
            if place.worker.is_alive():
                log.error(Phrase("log.worker-killed"))
                place.worker.kill()
                seconds = 0.0  # the others have had it meanwhile
