# SPDX-License-Identifier: Apache-2.0
"""
The reading side: messages, deliveries and receipts as a person asks for them.

Owns the form of question and answer that the hub's database and a daemon's have in common, and how
a list is narrowed. Which database answers is not known here; nothing is changed, no signature judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa

from exchange.model import instant
from exchange.model.journey import State
from exchange.model.ranges import Indices
from exchange.texts import Phrase

OUTCOMES = ("open", "delivered", "failed", "partial")  # of messages; other states are of deliveries


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """
    One receipt.

    text: what its private part says, where we may read it; reason: at the hub, why it itself said no.
    """

    receipt_id: str
    kind: str
    message_id: str
    sender: str  # participant: the message's
    receiver: str
    by: str
    at: datetime
    code: str
    text: str
    document: bytes
    reason: Phrase | None = None


@dataclass(frozen=True, slots=True)
class FoundDelivery:
    """One delivery; at: since when it is in its state."""

    to: str
    state: str
    at: datetime
    segments_forwarded: int
    segments_resent: int
    receipts: tuple[FoundReceipt, ...] = ()
    overdue: bool = False
    tries: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """
    One message as its side knows it.

    to: empty where the envelope names nobody, and the routing table has not decided (for it);
    segments: 0 while it is not sealed; key: the application's own name for it, "" at the hub;
    moments: what happened to it here besides receipts, in order: claimed, admitted (came, where it was
    refused), arriving, whole; direction: sent or received, "" at the hub.
    """

    message_id: str
    type: str
    sender: str  # address
    to: tuple[str, ...]
    priority: str
    state: str
    size: int
    segments: int
    created: datetime
    expires: datetime
    deliveries: tuple[FoundDelivery, ...]
    receipts: tuple[FoundReceipt, ...]  # all of them, also those about the message as a whole
    moments: tuple[tuple[str, datetime], ...] = ()
    key: str = ""
    digest: str = ""
    direction: str = ""

    def late(self, delivery: FoundDelivery, at: datetime) -> bool:
        """Whether the deadline of *delivery* has passed at that time, and nobody has ended it."""
        return delivery.overdue or (self.expires <= at and not State(delivery.state).is_final)

    def overdue(self, at: datetime) -> bool:
        """Whether any delivery of it is."""
        return any(self.late(delivery, at) for delivery in self.deliveries)


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What a list is narrowed to; "" and None narrow nothing.

    state: an outcome of messages, or a state that one of its deliveries must be in;
    type: exact, or a prefix that ends with `*`; sender, receiver: a participant or an address.
    """

    state: str = ""
    type: str = ""
    sender: str = ""
    receiver: str = ""
    since: datetime | None = None
    limit: int = 50


class Messages(Protocol):
    """What either side can be asked."""

    def find(self, message_id: str) -> list[FoundMessage]:
        """The messages with that id: one, unless two participants gave the same."""

    def newest(self, wanted: Wanted) -> list[FoundMessage]:
        """The newest that fit, the newest first."""

    def receipts(self, wanted: Wanted, *, message_id: str = "", kind: str = "") -> list[FoundReceipt]:
        """The newest receipts that fit, the newest first; the state of *wanted* is not looked at."""

    def receipt(self, receipt_id: str) -> FoundReceipt | None:
        """That one."""


# ---- narrowing


def of_type(query: Any, column: Any, type_: str) -> Any:
    """*query* for messages of this type, or of all that begin so."""
    if type_.endswith("*"):
        return query.where(column.startswith(type_[:-1], autoescape=True))
    return query.where(column == type_) if type_ else query


def is_party(participant: Any, application: Any, word: str) -> Any:
    """Whether these columns are the participant or address *word*."""
    name, slash, below = word.partition("/")
    return sa.and_(participant == name, application == below) if slash else participant == name


def is_address(column: Any, word: str) -> Any:
    """Whether the addresses of this column are *word*, or of the participant *word*."""
    return column == word if "/" in word else column.startswith(f"{word}/", autoescape=True)


def receipts_narrowed(query: Any, r: Any, wanted: Wanted, *, message_id: str, kind: str) -> Any:
    """*query* for receipts that are wanted; *r*: their columns."""
    if message_id:
        query = query.where(r.message_id == message_id)
    if kind:
        query = query.where(r.kind == kind)
    if wanted.since is not None:
        query = query.where(r.at >= instant.milliseconds(wanted.since))
    if wanted.receiver:
        query = query.where(is_address(r.receiver, wanted.receiver))
    return query


def fits(message: FoundMessage, wanted: Wanted) -> bool:
    """Whether *message* is wanted, of which no column says so."""
    kind_fits = not wanted.type or (
        message.type.startswith(wanted.type[:-1])
        if wanted.type.endswith("*")
        else message.type == wanted.type
    )
    state_fits = not wanted.state or (
        message.state == wanted.state
        if wanted.state in OUTCOMES
        else any(d.state == wanted.state for d in message.deliveries)
    )
    return (
        kind_fits
        and state_fits
        and _at(message.sender, wanted.sender)
        and (not wanted.receiver or any(_at(to, wanted.receiver) for to in message.to))
    )


def receipt_fits(receipt: FoundReceipt, wanted: Wanted, kind: str) -> bool:
    """The same for a receipt that stands in no table of receipts."""
    return (
        (not kind or receipt.kind == kind)
        and (wanted.since is None or receipt.at >= wanted.since)
        and _at(receipt.receiver, wanted.receiver)
    )


def _at(address: str, word: str) -> bool:
    return not word or address == word or address.startswith(f"{word}/")


# ---- small


def count(segments: int, bits: bytes) -> int:
    """How many of so many segments *bits* has."""
    return len(Indices.from_bytes(segments, bits)) if segments else 0


def about(receiver: str, receipts: Sequence[FoundReceipt]) -> tuple[FoundReceipt, ...]:
    """Those about one delivery, and those about the message as a whole."""
    return tuple(r for r in receipts if r.receiver in ("", receiver))


def in_order(receipt: FoundReceipt) -> tuple[datetime, int, datetime, str]:
    """The order in which receipts are told."""
    return *when(receipt.at, receipt.kind), receipt.receipt_id


def when(at: datetime, event: str) -> tuple[datetime, int, datetime]:
    """
    The place of *event* in a story.

    Two clocks wrote it: what is of the same second to a reader comes in the order of the journey.
    """
    return at.replace(microsecond=0), _JOURNEY.get(event, len(_JOURNEY)), at


# What comes first when it is of the same second; all that ends a delivery comes after these, and then what
# was said of it once more.
_JOURNEY = {
    name: at for at, name in enumerate(("claimed", "came", "admitted", "arriving", "whole", "accepted"))
}
