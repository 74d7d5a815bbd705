# SPDX-License-Identifier: Apache-2.0
"""A publisher whose flights land when a test says so, and end as it says: what a network does to a role."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from exchange.edge.broker import Flight, Outcome, Parcel, Publisher
from exchange.errors import BrokerDown


class HeldFlight(Flight):
    """In the air until it is told how it ended."""

    def __init__(self, parcels: Sequence[Parcel]) -> None:
        self.parcels = list(parcels)
        self._outcomes: Sequence[Outcome] | None = None
        self.once_asked: Callable[[], None] = lambda: None

    def land(self, outcomes: Sequence[Outcome]) -> None:
        self._outcomes = outcomes

    @property
    def landed(self) -> bool:
        landed = self._outcomes is not None
        once_asked, self.once_asked = self.once_asked, lambda: None
        once_asked()
        return landed

    def wait(self, seconds: float | None = None) -> bool:
        return self.landed

    @property
    def outcomes(self) -> Sequence[Outcome]:
        assert self._outcomes is not None
        return self._outcomes


class Harbour(Publisher):
    """
    Stands before a real publisher.

    patient: keep flights in the air until `let_go` or `lose`; away: there is no connection.
    """

    def __init__(self, real: Publisher, *, patient: bool = True) -> None:
        self._real = real
        self.patient = patient
        self.away = False
        self.flights: deque[HeldFlight] = deque()
        self.launched: list[Parcel] = []

    def launch(self, parcels: Sequence[Parcel]) -> Flight:
        if self.away:
            raise BrokerDown("EX-901", where="memory", reason="it does not answer")
        self.launched += parcels
        if not self.patient:
            return self._real.launch(parcels)
        self.flights.append(HeldFlight(parcels))
        return self.flights[-1]

    def let_go(self) -> None:
        """The oldest flight arrives."""
        flight = self.flights.popleft()
        flight.land(self._real.launch(flight.parcels).outcomes)

    def let_go_once_asked(self) -> None:
        """The oldest flight arrives right after somebody was told that it had not."""
        flight = self.flights.popleft()
        flight.once_asked = lambda: flight.land(self._real.launch(flight.parcels).outcomes)

    def lose(self, *, arrived: bool = False) -> None:
        """The oldest flight's connection broke; whether it *arrived* before that nobody here can know."""
        flight = self.flights.popleft()
        if arrived:
            self._real.launch(flight.parcels)
        flight.land([Outcome.LOST] * len(flight.parcels))

    def room(self) -> bool:
        return self._real.room()

    def close(self) -> None:
        self._real.close()
