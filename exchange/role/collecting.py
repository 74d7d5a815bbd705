# SPDX-License-Identifier: Apache-2.0
"""
Collecting: one application is asked, again and again, what it has for the bus.

What it yields is taken over in batches, small things claimed and sealed by one commit; then the
application is told, and told again whenever a receipt came. One thread per application calls `step`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from exchange.adapter import Adapter, Outgoing, Settled
from exchange.edge.outbox import Claimed, Outbox, Transfer, Untold, transfer_of
from exchange.edge.tables import Connection
from exchange.errors import GovbusError, Reject, Retry
from exchange.model import instant
from exchange.model.identity import Address
from exchange.role.outbound import Outbound
from exchange.role.sealing import Sealing
from exchange.role.submission import Submission
from exchange.role.surroundings import Surroundings
from exchange.texts import Phrase

BATCH = 64
Answer = TypeVar("Answer")
log = logging.getLogger("govbus")


class Collecting:
    """
    The sending half of one application's adapter.

    sealed_later: told when something large waits to be sealed by its own thread.
    """

    def __init__(
        self,
        application: str,
        adapter: Adapter,
        *,
        outbox: Outbox,
        around: Surroundings,
        submission: Submission,
        sealing: Sealing,
        outbound: Outbound,
        sealed_later: Callable[[], None],
        poll_ms: int,
    ) -> None:
        self._application = application
        self._adapter = adapter
        self._outbox = outbox
        self._around = around
        self._submission = submission
        self._sealing = sealing
        self._outbound = outbound
        self._sealed_later = sealed_later
        self._poll_ms = poll_ms
        self._next_ms = 0
        self._things: Iterator[Outgoing] | None = None
        self._told: list[str] = []  # receipts that the adapter knows and the outbox not yet

    def step(self) -> bool:
        """
        One batch from the application, one batch of receipts to it; whether there was anything.

        Raises:
            Retry: nothing can be taken now; receipts were told nevertheless.
        """
        try:
            moved = self._collect()
        except Retry:
            self._tell()
            raise
        return self._tell() or moved

    def _collect(self) -> bool:
        if self._things is None:
            if self._around.now_ms() < self._next_ms:
                return False
            self._submission.check_room()
            self._around.view().trust.check_current()  # what is small is sealed as it is taken
            self._things = iter(self._guarded(self._adapter.collect))
        batch, failure = self._next_batch(self._things)
        if len(batch) < BATCH and failure is None:
            self._things = None
            self._next_ms = self._around.now_ms() + self._poll_ms
        if batch:
            self._take(batch)
        if failure is not None:
            raise failure
        return bool(batch)

    def _next_batch(self, things: Iterator[Outgoing]) -> tuple[list[Outgoing], GovbusError | None]:
        """What the application gives, and the failure that ended it: a bad row keeps back none before it."""
        batch: list[Outgoing] = []
        try:
            while len(batch) < BATCH and (thing := self._guarded(lambda: next(things, None))) is not None:
                batch.append(thing)
        except GovbusError as failure:
            return batch, failure
        return batch, None

    def _take(self, batch: Sequence[Outgoing]) -> None:
        """All in one commit; where one thing can never be sent, each in its own."""
        try:
            self._take_all(batch)
        except Reject as refusal:
            if len(batch) == 1:
                self._turn_down(batch[0].key, refusal)
                return
            for thing in batch:
                self._take([thing])

    def _turn_down(self, key: str, refusal: Reject) -> None:
        """It can never be sent, and the application learns it in the same way as from a receipt."""
        log.warning(Phrase("log.turned-down"), extra={"code": refusal.code, "reason": refusal})
        told = Settled(
            message_id="",
            kind="rejected",
            receiver=None,
            by=self._around.me,
            at=self._around.now(),
            code=refusal.code,
            text=refusal.text(),
            message_state="failed",
            document=b"",
        )
        self._guarded(lambda: self._adapter.settled(key, told))

    def _take_all(self, batch: Sequence[Outgoing]) -> None:
        transfers: list[Transfer] = []
        large = 0

        def seal(connection: Connection, claimed: list[Claimed]) -> None:
            nonlocal large
            small = [c for c in claimed if c.payload is not None]
            large = len(claimed) - len(small)
            sealed = [self._sealing.seal(c) for c in small]
            if sealed:
                self._outbox.seal(connection, sealed, self._around.now_ms())
            self._outbox.told(connection, self._told)
            transfers.extend(transfer_of(c, s) for c, s in zip(small, sealed, strict=True))

        taken, new = self._submission.take(self._application, batch, also=seal)
        if new:
            self._told.clear()
        self._outbound.send(transfers)
        if large:
            self._sealed_later()
        for one in taken:
            self._guarded(lambda key=one.key: self._adapter.stored(key))  # type: ignore[misc]

    def _tell(self) -> bool:
        """What was told is noted with the next messages that are taken over, else before the next look."""
        self.note_told()
        untold = self._outbox.untold(self._application)
        for one in untold:
            self._guarded(lambda one=one: self._adapter.settled(one.row.key, _settled(one)))  # type: ignore[misc]
            self._told.append(one.row.receipt_id)
        return bool(untold)

    def note_told(self) -> None:
        """Note which receipts the adapter knows; after a crash it is told the others again."""
        if self._told:
            with self._outbox.writing() as connection:
                self._outbox.told(connection, self._told)
            self._told.clear()

    def _guarded(self, call: Callable[[], Answer]) -> Answer:
        """The adapter's own code: what it raises by mistake is a bug of its own, and is tried again later."""
        try:
            return call()
        except GovbusError:
            self._things = None
            raise
        except Exception as bug:
            self._things = None
            log.exception(Phrase("log.adapter-failed", {"name": self._adapter.name}))
            reason = f"{type(bug).__name__}: {bug}"
            raise Retry(
                "EX-503", after_seconds=10.0, adapter=self._adapter.name, times=1, reason=reason
            ) from bug


def _settled(one: Untold) -> Settled:
    row = one.row
    return Settled(
        message_id=row.message_id,
        kind=row.kind,
        receiver=Address.parse(row.receiver) if row.receiver else None,
        by=row.by,
        at=instant.from_milliseconds(row.at_ms),
        code=row.code,
        text=row.text,
        message_state=one.outcome,
        document=row.document,
    )
