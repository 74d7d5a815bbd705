# SPDX-License-Identifier: Apache-2.0
"""
The sequencer: gives the ledger's entries their numbers, and signs heads.

Any number of hubs run one; the lease lets one of them work. A step may end anywhere, by a crash, a lost
lease or a database that goes away: what was committed stands, and the next step of whoever holds the
lease then goes on from there. No transaction waits for a signature.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from exchange.codec.suite import Signer
from exchange.edge.lease import Fence, Lease, LeaseLost
from exchange.edge.ledger import BATCH, Growth, Ledger
from exchange.errors import Halt, Retry
from exchange.model.ledger_head import LedgerHead, SignedHead
from exchange.texts import Phrase

LEASE_NAME = "ledger-sequencer"
HEAD_SECONDS = 0.2  # at most one head in this time: five signatures a second, however busy the hub
IDLE_SECONDS = 0.2  # between two looks when less than a batch waits: each takes the database from others


class Sequencer:
    """
    One hub's candidate for the ledger's one writer.

    Args:
        clock: the hub's time, for the heads.
        elapsed: seconds that only grow, for the pace.
    """

    def __init__(
        self,
        ledger: Ledger,
        lease: Lease,
        *,
        signer: Signer,
        clock: Callable[[], datetime],
        elapsed: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._lease = lease
        self._signer = signer
        self._clock = clock
        self._elapsed = elapsed
        self._fence: Fence | None = None
        self._signed_size = 0
        self._signed_at = float("-inf")

    def run(self, stop: threading.Event) -> None:
        """
        Step until *stop* is set; then let another have the lease at once.

        Raises:
            Halt: EX-921, the ledger does not fit itself. Nothing more is numbered, so that nothing is
                built on it; entries wait, and nothing is lost.
        """
        try:
            while not stop.is_set():
                stop.wait(self._stepped())
        finally:
            with suppress(Retry):
                self._lease.release()

    def step(self) -> int:
        """
        Number a batch, and sign a head when one is due.

        Returns:
            How many entries were numbered; 0 also where another hub holds the lease.

        Raises:
            StoreDown: EX-902, the database is away; the step may be repeated.
            Halt: EX-921, the ledger does not fit itself.
        """
        try:
            fence = self._lease.hold()
            if fence is None:
                return 0
            self._take_up(fence)
            grown = self._ledger.sequence(fence)
            self._sign(fence, grown)
        except LeaseLost:
            return 0
        return grown.numbered

    def _stepped(self) -> float:
        """Take a step; the seconds until the next."""
        try:
            return 0.0 if self.step() == BATCH else IDLE_SECONDS
        except Retry as e:
            return e.after_seconds

    def _take_up(self, fence: Fence) -> None:
        """Before anything is built on what another left: does it still give the head that was signed?"""
        if fence == self._fence:
            return
        signed = self._ledger.head()
        if signed and not self._gives(signed):
            raise Halt("EX-921", reason=Phrase("ledger.broken.head", {"size": signed.size}))
        self._signed_size = signed.size if signed else 0
        self._fence = fence

    def _gives(self, signed: SignedHead) -> bool:
        return signed.size <= self._ledger.size() and self._ledger.root(signed.size) == signed.root

    def _sign(self, fence: Fence, grown: Growth) -> None:
        if grown.size == self._signed_size or self._elapsed() - self._signed_at < HEAD_SECONDS:
            return
        head = LedgerHead(grown.size, grown.root, self._clock())
        signature = self._signer.sign(head.to_bytes())
        self._ledger.publish(fence, SignedHead(head, signature, self._signer.certificate))
        self._signed_size, self._signed_at = head.size, self._elapsed()
