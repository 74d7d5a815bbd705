# SPDX-License-Identifier: Apache-2.0
"""
Broken habits: each one makes a recorded process break a promise that only a power cut would show.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from exchange.edge import tables
from exchange.edge.broker import Arrival, Parcel
from exchange.edge.tables import Connection
from exchange.role.batch import Batch
from exchange.role.handover import Handover
from exchange.role.hub import Worker
from exchange.role.inbound import Inbound
from exchange.role.lane import Lane


def _database_not_flushed() -> None:
    settle = tables._settle_sqlite

    def careless(raw: Any, _record: object) -> None:
        settle(raw, _record)
        raw.execute("PRAGMA synchronous=OFF").close()

    tables._settle_sqlite = careless


def _slices_not_flushed() -> None:
    os.fdatasync = lambda fd: None


def _files_not_flushed() -> None:
    _flush_only(stat.S_ISDIR)


def _folders_not_flushed() -> None:
    _flush_only(stat.S_ISREG)


def _flush_only(kind: Callable[[int], bool]) -> None:
    flush = os.fsync

    def careless(descriptor: int) -> None:
        if kind(os.fstat(descriptor).st_mode):
            flush(descriptor)

    os.fsync = careless  # type: ignore[assignment]


def _acknowledges_first() -> None:
    take = Inbound._take

    def hasty(self: Inbound, lane: Lane, arrivals: Sequence[Arrival]) -> None:
        lane.settle(arrivals)
        take(self, lane, arrivals)

    Inbound._take = hasty  # type: ignore[method-assign]


def _answers_first() -> None:
    commit = Handover._commit

    def hasty(self: Handover, results: Sequence[Any]) -> None:
        self._posting.post([parcel for result in results for parcel in result.parcels])
        commit(self, results)

    Handover._commit = hasty  # type: ignore[method-assign]


def _hub_acknowledges_first() -> None:
    commit = Worker._commit

    def hasty(self: Worker, batches: Sequence[Batch]) -> None:
        for batch in batches:
            self._lanes[batch.express][0].settle(batch.arrivals)
        commit(self, batches)

    Worker._commit = hasty  # type: ignore[method-assign]


def _hub_answers_first() -> None:
    promise = Worker._promise

    def hasty(self: Worker, connection: Connection, batch: Batch, parcels: Sequence[Parcel]) -> None:
        promise(self, connection, batch, parcels)
        self.posting.post(parcels)

    Worker._promise = hasty  # type: ignore[method-assign]


HABITS: Mapping[str, Callable[[], None]] = {
    "the database is not flushed": _database_not_flushed,
    "slices are not flushed": _slices_not_flushed,
    "files are not flushed": _files_not_flushed,
    "folders are not flushed": _folders_not_flushed,
    "it acknowledges first": _acknowledges_first,
    "it answers first": _answers_first,
    "the hub acknowledges first": _hub_acknowledges_first,
    "the hub answers first": _hub_answers_first,
}
