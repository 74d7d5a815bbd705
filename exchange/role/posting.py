# SPDX-License-Identifier: Apache-2.0
"""
Posting: what a transaction promised goes out, and is forgotten when the broker has it.

A promise is a row in `owed`, made with whatever it is a promise about. It is posted right after the
commit; what a crash or a full queue left behind is posted again. Threads of one process share this.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from exchange.edge.broker import Flight, Outcome, Parcel, Publisher, let_land, parted
from exchange.edge.owed import Owed, owed_id
from exchange.edge.tables import Connection
from exchange.model import topology
from exchange.model.priority import Priority
from exchange.role.surroundings import Surroundings

AGAIN_MS = 5_000  # after so long without a confirm a promise is posted again
SETTLE_AT = 256  # confirmed promises wait for somebody's transaction, at most until there are so many
SETTLE_MS = 1_000  # or until they have waited so long


class Posting:
    """Makes promises, posts them, strikes them off."""

    def __init__(self, owed: Owed, around: Surroundings, *, express: Publisher, freight: Publisher) -> None:
        self._owed = owed
        self._around = around
        self._lanes = {True: express, False: freight}
        self._lock = threading.Lock()
        self._flights: list[tuple[Flight, list[Parcel]]] = []
        self._confirmed: list[str] = []
        self._struck_ms = 0
        self._in_the_air: set[str] = set()

    def promise(self, connection: Connection, parcels: Sequence[Parcel]) -> None:
        """In the caller's transaction: these will go out."""
        self._owed.enter(connection, parcels, self._around.now_ms())

    def post(self, parcels: Sequence[Parcel]) -> None:
        """After the commit: out with them, or by and by if the broker takes nothing now."""
        for express, publisher in self._lanes.items():
            own = [p for p in parcels if _is_express(p) is express]
            if own and not publisher.is_blocked():
                flight = publisher.launch(own)
                with self._lock:
                    self._flights.append((flight, own))
                    self._in_the_air.update(map(owed_id, own))

    def collect(self) -> bool:
        """Note what the broker has confirmed; whether anything landed."""
        with self._lock:
            landed, self._flights = parted(self._flights, lambda pair: pair[0])
            for flight, parcels in landed:
                self._in_the_air.difference_update(map(owed_id, parcels))
                pairs = zip(parcels, flight.outcomes, strict=True)
                self._confirmed += [owed_id(p) for p, outcome in pairs if outcome is Outcome.CONFIRMED]
        return bool(landed)

    def strike_off(self, connection: Connection) -> None:
        """In the caller's transaction: what was confirmed is no longer owed."""
        self._owed.settle(connection, self._take_confirmed())

    def tidy(self) -> None:
        """Strike off in a transaction of its own what nobody's transaction took along for a while."""
        with self._lock:
            late = self._around.now_ms() - self._struck_ms >= SETTLE_MS
            due = len(self._confirmed) >= SETTLE_AT or (bool(self._confirmed) and late)
        if due:
            self.flush()

    def flush(self) -> None:
        """The same at once."""
        self.collect()
        if confirmed := self._take_confirmed():
            self._owed.settle_now(confirmed)

    def _take_confirmed(self) -> list[str]:
        with self._lock:
            confirmed, self._confirmed = self._confirmed, []
            self._struck_ms = self._around.now_ms()
        return confirmed

    def repost(self, *, older_than_ms: int = AGAIN_MS) -> int:
        """Post what was promised a while ago and is not known to have arrived; how many."""
        waiting = self._owed.waiting(before_ms=self._around.now_ms() - older_than_ms)
        with self._lock:
            again = [
                p for p in waiting if owed_id(p) not in self._in_the_air and owed_id(p) not in self._confirmed
            ]
        self.post(again)
        return len(again)

    def close(self) -> None:
        """Wait a little for what is in the air, and strike it off."""
        let_land([flight for flight, _ in list(self._flights)], 2.0)
        self.flush()


def _is_express(parcel: Parcel) -> bool:
    return Priority(parcel.key.rsplit(".", 1)[-1]) in topology.EXPRESS
