# SPDX-License-Identifier: Apache-2.0
"""
The sealer: large things that were claimed are hashed, described and signed, one after the other.

Small ones are sealed by the commit that claims them. Owns the order and what becomes of those that
cannot be sealed: what the bus can never carry fails with our own word, and what cannot be read now
waits by itself, so that it holds up no other.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from exchange.edge.outbox import Claimed, Outbox, ReceiptRow
from exchange.errors import Reject, Retry
from exchange.role.sealing import Sealing
from exchange.role.surroundings import Surroundings
from exchange.texts import Phrase

AT_ONCE = 8  # looked up in one go
UNREADABLE_MS = 30_000  # before one is tried again whose payload could not be read

log = logging.getLogger("govbus")


class Sealer:
    """
    One thread calls `step`.

    sealed: something can leave; failed: something never will, and its application is to be told.
    """

    def __init__(
        self,
        outbox: Outbox,
        around: Surroundings,
        sealing: Sealing,
        *,
        sealed: Callable[[], None],
        failed: Callable[[], None],
    ) -> None:
        self.sealing = sealing
        self._outbox = outbox
        self._around = around
        self._sealed = sealed
        self._failed = failed
        self._unreadable: dict[str, int] = {}  # message id -> not before, in milliseconds

    def step(self) -> bool:
        """
        Seal some of what waits; whether there was anything.

        Raises:
            Retry: EX-902, the outbox is away; EX-213, the directory expired: keys may have been revoked
                that it still names.
        """
        self._around.view().trust.check_current()
        now = self._around.now_ms()
        self._unreadable = {m: until for m, until in self._unreadable.items() if until > now}
        claimed = self._outbox.claimed(AT_ONCE, besides=tuple(self._unreadable))
        for one in claimed:
            self._seal(one)
        return bool(claimed)

    def _seal(self, one: Claimed) -> None:
        try:
            sealed = self.sealing.seal(one)
        except Reject as refusal:
            self._outbox.fail(one.message_id, self._own_word(one, refusal), self._around.now_ms())
            self._failed()
            return
        except Retry as why:  # those behind it need not wait for it
            self._unreadable[one.message_id] = self._around.now_ms() + UNREADABLE_MS
            facts = {"code": why.code, "reason": why}
            log.warning(Phrase("log.waits", {"name": one.message_id}), extra=facts)
            return
        with self._outbox.writing() as connection:
            self._outbox.seal(connection, [sealed], self._around.now_ms())
        self._sealed()

    def _own_word(self, claimed: Claimed, refusal: Reject) -> ReceiptRow:
        return ReceiptRow(
            receipt_id=self._around.new_id(),
            message_id=claimed.message_id,
            receiver="",
            kind="rejected",
            by=self._around.me,
            at_ms=self._around.now_ms(),
            code=refusal.code,
            text=self._around.reason(refusal),
            document=b"",
            application=claimed.application,
            key=claimed.key,
        )
