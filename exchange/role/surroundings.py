# SPDX-License-Identifier: Apache-2.0
"""
What every role is given instead of reaching for it: a name, a clock, randomness, keys, the directory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from exchange.codec.suite import Signer, Suite
from exchange.edge.trust import Trust
from exchange.errors import Reject
from exchange.model import instant
from exchange.model.identity import uuid7
from exchange.model.ledger_head import LedgerHead
from exchange.model.route import RoutingTable
from exchange.texts import say


@dataclass(frozen=True, slots=True)
class View:
    """The directory as it is now, ready for use: keys that verify, and a compiled routing table."""

    trust: Trust
    table: RoutingTable

    @property
    def version(self) -> int:
        return self.trust.directory.version


class Surroundings:
    """
    What a role needs to know of the world; one for each process, shared by its threads.

    me: the participant's id, or `hub`; draw: random bytes, so many; lang: in which reasons are told;
    look: has the view looked up at once, where that can be done.
    """

    def __init__(
        self,
        me: str,
        *,
        signer: Signer,
        suite: Suite,
        view: Callable[[], View],
        clock: Callable[[], datetime],
        draw: Callable[[int], bytes],
        lang: str = "en",
        look: Callable[[], None] = lambda: None,
    ) -> None:
        self.me = me
        self.lang = lang
        self.signer = signer
        self.suite = suite
        self.view = view
        self._look = look
        self._clock = clock
        self.draw = draw
        self._lock = threading.Lock()
        self._head: LedgerHead | None = None

    def view_since(self, version: int) -> View:
        """The view; looked up at once where it is older than a *version* that somebody has seen."""
        if self.view().version < version:
            self._look()
        return self.view()

    def now(self) -> datetime:
        return instant.cut(self._clock())

    def now_ms(self) -> int:
        return instant.milliseconds(self._clock())

    def new_id(self) -> str:
        """An id for a message, receipt or notice of ours."""
        return uuid7(self.now_ms(), self.draw(10))

    def reason(self, refusal: Reject) -> str:
        """What is told to whoever is refused: what was wrong, and what to do."""
        text, hint = refusal.text(self.lang), refusal.hint(self.lang)
        return say("receipt.reason", self.lang, text=text, hint=hint)

    @property
    def ledger_head(self) -> LedgerHead | None:
        """The last ledger head that was seen; it goes into what we sign."""
        return self._head

    def saw_head(self, head: LedgerHead | None) -> None:
        """Remember *head* if it is newer; whether it is consistent is judged where proofs are at hand."""
        if head is None:
            return
        with self._lock:
            if self._head is None or head.size > self._head.size:
                self._head = head
