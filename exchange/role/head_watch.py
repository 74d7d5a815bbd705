# SPDX-License-Identifier: Apache-2.0
"""
A daemon's eye on the hub's ledger: no head is believed that does not follow from those seen before.

Each time the directory is asked for, the last proven head and the newest seen one are cited, and
the hub's answer must link both to its present one. A hub that shows different ledgers to different
participants, or an old one again, is found out here.
"""

from __future__ import annotations

from collections.abc import Callable

from exchange.edge.seen_heads import SeenHeads
from exchange.errors import Reject
from exchange.model.head_proof import CitedHead, HeadProof, cite
from exchange.model.ledger_head import LedgerHead
from exchange.model.receipt import HUB
from exchange.texts import Phrase


class HeadWatch:
    """Keeps the last proven head; now_ms: the daemon's clock."""

    def __init__(self, heads: SeenHeads, now_ms: Callable[[], int]) -> None:
        self._heads = heads
        self._now_ms = now_ms

    def cite(self, newest: LedgerHead | None) -> str:
        """What to ask about: the last proven head, and the *newest* that a receipt of the hub named."""
        return cite(head for head in (self._heads.proven(), newest) if head is not None)

    def judge(self, answer: str) -> LedgerHead | None:
        """
        The present head, proven by the hub's *answer* and remembered; None where there is nothing to judge.

        An answer that does not speak of the last proven head belongs to an older question.

        Raises:
            Reject: EX-209, the ledger is not the one that was seen before; EX-110, it is no answer.
                Nothing was taken over, and the alarm is remembered.
        """
        if not answer:
            return None
        proof = HeadProof.parse(answer)
        last = self._heads.proven()
        if last is not None and CitedHead.of(last) not in [link.cited for link in proof.links]:
            return None
        for link in proof.links:
            if not link.leads_to(proof.head):
                raise self._alarm(link.cited, CitedHead.of(proof.head))
        self._heads.keep(proof.head, self._now_ms())
        return proof.head

    def _alarm(self, seen: CitedHead, shown: CitedHead) -> Reject:
        self._heads.raise_alarm(seen, shown, self._now_ms())
        return not_linked(str(seen), str(shown))


def not_linked(seen: str, shown: str) -> Reject:
    """The alarm in words: EX-209."""
    return Reject("EX-209", what=HUB, reason=Phrase("ledger.head.unlinked", {"seen": seen, "shown": shown}))
