# SPDX-License-Identifier: Apache-2.0
"""
The directory and the routing table as a hub process sees them: from the database, kept at hand.

A change is seen within a fifth of a second, by every worker, without a restart; a newer revocation list
within five.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from exchange.codec.directory_form import sign_directory
from exchange.codec.suite import Signer
from exchange.edge import anchor_files
from exchange.edge.anchors import Anchors
from exchange.edge.ledger import Ledger
from exchange.edge.registry import Registry
from exchange.edge.routing_store import RoutingStore
from exchange.edge.trust import Trust
from exchange.errors import GovbusError
from exchange.model.head_proof import CitedHead, HeadProof, Link, cited
from exchange.role.surroundings import View

LOOK_SECONDS = 0.2


class HubView:
    """
    What is current; asked by every worker at every batch.

    elapsed: seconds that only grow; newer_anchors: trust anchors and revocation lists, where they changed.
    """

    def __init__(
        self,
        registry: Registry,
        routing: RoutingStore,
        anchors: Anchors,
        *,
        clock: Callable[[], datetime],
        elapsed: Callable[[], float],
        newer_anchors: Callable[[], Anchors | None] = lambda: None,
    ) -> None:
        self._newer_anchors = newer_anchors
        self._anchors_looked = elapsed()
        self._registry = registry
        self._routing = routing
        self._clock = clock
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._looked = elapsed()
        self._view = View(Trust(registry.directory(), anchors, clock), routing.current())

    def __call__(self) -> View:
        """The view; looked up again when a fifth of a second has passed."""
        if self._elapsed() - self._looked >= LOOK_SECONDS and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._view

    def look(self) -> None:
        """Look it up now: somebody has seen a later version."""
        with self._lock:
            self._look()

    def _look(self) -> None:
        directory, table = self._registry.directory(), self._routing.current()
        if directory is not self._view.trust.directory or table is not self._view.table:
            self._view = View(self._view.trust.renewed(directory), table)
        self._looked = self._elapsed()
        if self._looked - self._anchors_looked >= anchor_files.LOOK_SECONDS:
            self._anchors_looked = self._looked
            if anchors := self._newer_anchors():
                self._view = View(self._view.trust.renewed(directory, anchors), table)


class Documents:
    """What the hub's desk hands out to participants: signed views, and proofs about the ledger."""

    def __init__(self, registry: Registry, ledger: Ledger, signer: Signer) -> None:
        self._registry = registry
        self._ledger = ledger
        self._signer = signer

    def view_for(self, participant: str) -> bytes:
        """The signed directory as *participant* may see it."""
        return sign_directory(self._registry.view(participant), self._signer)

    def proof_since(self, heads: str) -> str:
        """
        The current head, and the proof that it only adds to the *heads* that a participant has seen.

        "" while there is no head. A head that this ledger never had has no proof, and the participant
        raises the alarm.

        Raises:
            Reject: EX-1xx, *heads* is misspelled.
        """
        wanted = cited(heads)
        now = self._ledger.head()
        if now is None:
            return ""
        return str(HeadProof(now.head, tuple(Link(one, self._path(one, now.size)) for one in wanted)))

    def _path(self, seen: CitedHead, size: int) -> tuple[bytes, ...]:
        try:
            return self._ledger.consistency(seen.size, size)
        except GovbusError:
            return ()
