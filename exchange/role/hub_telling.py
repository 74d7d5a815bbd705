# SPDX-License-Identifier: Apache-2.0
"""
What a running hub says of itself: the questions of its health page, and its measures.

Owns the choice. How an answer is judged stands in `exchange.role.checkup`; what needs the broker's
administration is left to `govbus hub check`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from exchange.edge import lease, spool
from exchange.edge.keystore import load_identity
from exchange.edge.metrics import Measure
from exchange.edge.tables import reading
from exchange.model import instant
from exchange.model.receipt import HUB
from exchange.role import checkup, telling
from exchange.role.checkup import Findings, Question, Verdict, good, poor

if TYPE_CHECKING:
    from exchange.role.hub_service import HubParts


class HubTelling:
    """
    What the main process of a hub tells.

    workers: how many live; wanted: how many there should be; trouble: what the janitor waits for.
    """

    def __init__(
        self,
        parts: HubParts,
        *,
        clock: Callable[[], datetime],
        workers: Callable[[], int],
        wanted: int,
        trouble: Callable[[], str | None],
    ) -> None:
        self._parts = parts
        self._clock = clock
        self._workers = workers
        self._wanted = wanted
        self._trouble = trouble

    def questions(self) -> list[Question]:
        """Those that cost no connection."""
        now, trust = self._clock(), self._parts.around.view().trust
        directory, anchors = trust.directory, trust.anchors
        return [
            Question("database", self._database),
            Question("identity", lambda: checkup.hub_is_listed(directory, self._own(), anchors, now)),
            Question("certificates", lambda: checkup.certificates(anchors, directory, self._own(), now)),
            Question("revocations", lambda: checkup.revocation_lists(anchors, now)),
            Question("clock", self._clocks),
            Question(
                "disk", lambda: checkup.disk(self._free(), self._parts.settings.watch.disk_threshold_bytes)
            ),
            Question("workers", self._work),
        ]

    def measures(self) -> list[Measure]:
        parts, at = self._parts, self._clock()
        directory = parts.registry.directory()
        return [
            *telling.of_either(HUB, directory, own=self._own(), free_bytes=self._free(), at=at),
            *telling.of_hub(parts.store, parts.ledger, parts.dead, directory, workers=self._workers(), at=at),
        ]

    def _own(self) -> bytes:
        return load_identity(self._parts.settings.hub.keys).certificate

    def _free(self) -> int:
        return spool.free_bytes(self._parts.settings.hub.folder)

    def _database(self) -> Findings:
        parts = self._parts
        yield good("database", version=parts.registry.directory().version, entries=parts.ledger.size())

    def _clocks(self) -> Iterator[checkup.Finding]:
        parts = self._parts
        head = parts.ledger.head()
        with reading(parts.store.engine) as connection:
            there = instant.from_milliseconds(lease.database_time(connection))
        skew = timedelta(seconds=parts.settings.limits.clock_skew_seconds)
        return checkup.clocks(self._clock(), there, head.at if head else None, skew=skew)

    def _work(self) -> Findings:
        alive, trouble = self._workers(), self._trouble()
        if alive < self._wanted:
            yield poor("workers", Verdict.BAD, "workers.few", alive=alive, wanted=self._wanted)
        elif trouble:
            yield poor("workers", Verdict.BAD, "workers.janitor", reason=trouble)
        else:
            yield good("workers", alive=alive)
