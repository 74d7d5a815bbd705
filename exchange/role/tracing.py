# SPDX-License-Identifier: Apache-2.0
"""
Tracing: what is known of a message's life, told in the order in which it happened.

Owns the putting together of what one side has: its own moments, the receipts, where each delivery
stands now, and at the hub the places in the ledger. How it is worded is the command line's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange.edge.dead_letters import DeadLetter
from exchange.edge.queries import FoundDelivery, FoundMessage, FoundReceipt, when
from exchange.errors import Reject
from exchange.model import instant
from exchange.model.journey import State
from exchange.model.ledger_entry import EntryKind, NumberedEntry
from exchange.role.proving import read_unproven


@dataclass(frozen=True, slots=True)
class Step:
    """
    One thing that happened, or how a delivery stands now.

    event: a moment of the store, a kind of receipt, a state, or `dead`; ledger: the number of the
    entry that records it, None where none does; now: it is how things stand, not what happened;
    receipt: the one that it is, which may say why.
    """

    at: datetime
    event: str
    by: str = ""
    receiver: str = ""
    code: str = ""
    text: str = ""
    ledger: int | None = None
    segments: tuple[int, int, int] | None = None  # there, of how many, sent again
    now: bool = False
    receipt: FoundReceipt | None = None


def trace(
    message: FoundMessage,
    at: datetime,
    *,
    entries: Sequence[NumberedEntry] = (),
    dead: Iterable[DeadLetter] = (),
) -> list[Step]:
    """
    The story of *message*, as it stands at that time.

    Args:
        entries: of the ledger, about it.
        dead: letters that were parked of it.
    """
    numbers = _numbers(entries)
    happened = [Step(moment, event, ledger=numbers.get(event)) for event, moment in message.moments]
    happened += [_of_receipt(receipt, numbers) for receipt in message.receipts]
    happened += [
        Step(instant.from_milliseconds(d.at_ms), "dead", code=d.code, text=d.reason, by=d.sender)
        for d in dead
    ]
    happened.sort(key=lambda step: when(step.at, step.event))
    return happened + [_standing(message, d, at) for d in message.deliveries if not _over(d)]


def _numbers(entries: Iterable[NumberedEntry]) -> Mapping[str, int]:
    """Where the ledger has the admission, and each receipt by its id."""
    found: dict[str, int] = {}
    for numbered in entries:
        if numbered.entry.kind is EntryKind.MESSAGE:
            found["admitted"] = found["came"] = numbered.number
        elif numbered.entry.kind is EntryKind.RECEIPT:
            try:
                found[read_unproven(numbered.entry.body).receipt_id] = numbered.number
            except Reject:
                continue  # a body that cannot be read is `ledger verify`'s business
    return found


def _of_receipt(receipt: FoundReceipt, numbers: Mapping[str, int]) -> Step:
    return Step(
        receipt.at,
        receipt.kind,
        by=receipt.by,
        receiver=receipt.receiver,
        code=receipt.code,
        text=receipt.text,
        ledger=numbers.get(receipt.receipt_id),
        receipt=receipt,
    )


def _standing(message: FoundMessage, delivery: FoundDelivery, at: datetime) -> Step:
    return Step(
        delivery.at,
        "overdue" if message.late(delivery, at) else delivery.state,
        receiver=delivery.to,
        text=delivery.reason,
        segments=(delivery.segments_forwarded, message.segments, delivery.segments_resent),
        now=True,
    )


def _over(delivery: FoundDelivery) -> bool:
    return State(delivery.state).is_final
