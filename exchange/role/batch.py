# SPDX-License-Identifier: Apache-2.0
"""
A batch at a hub worker: what arrived together, and what it comes to on its way to the second transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from exchange.edge.broker import Arrival, Flight, Parcel
from exchange.edge.hub_store import FlowKey, Known, MessageKey
from exchange.errors import Reject
from exchange.model.identity import Address
from exchange.model.ledger_entry import Entry, EntryKind
from exchange.model.ranges import Indices
from exchange.role.issuing import About, Issued
from exchange.role.reading import ReadReceipt, ReadSegment
from exchange.role.surroundings import Surroundings
from exchange.role.turning_away import TurnedAway


@dataclass(slots=True)
class Course:
    """What was pinned about a message, as this worker remembers it."""

    known: Known
    forwarded: dict[str, Indices]  # by receiving participant; what another worker cleared may still be in it
    paused: dict[str, int] = field(default_factory=dict)  # participant -> until, ms
    keyless: set[str] = field(default_factory=set)  # receivers whose key was asked for

    def lacks_keys(self, segment: ReadSegment, participant: str) -> tuple[Address, ...]:
        have = {key.receiver for key in segment.cut.keys}
        return tuple(r for r in self.known.receivers if r.participant == participant and r not in have)


@dataclass(slots=True)
class Sent:
    """One parcel of a batch: what is marked when it was confirmed."""

    parcel: Parcel
    flow: FlowKey | None = None
    index: int = 0
    receipt: ReadReceipt | None = None


@dataclass(slots=True, eq=False)
class Batch:
    """Arrivals on their way from the first transaction to the second."""

    arrivals: list[Arrival]
    sent: list[Sent] = field(default_factory=list)
    flight: Flight | None = None
    express: bool = False
    confirmed: dict[FlowKey, list[int]] = field(default_factory=dict)
    refused: set[FlowKey] = field(default_factory=set)
    again: list[Sent] = field(default_factory=list)  # nobody knows what became of them
    fresh: set[MessageKey] = field(default_factory=set)  # first seen in this batch
    courses: dict[MessageKey, Course] = field(default_factory=dict)  # of its segments, as they were begun
    abouts: dict[FlowKey, About] = field(default_factory=dict)
    receipts: list[ReadReceipt] = field(default_factory=list)
    issued: list[Issued] = field(default_factory=list)  # what ends or begins deliveries
    turned_away: dict[object, TurnedAway] = field(default_factory=dict)  # what is not believed, each no once
    owed: list[Parcel] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    promised: list[Parcel] = field(default_factory=list)  # durably owed; to be posted after the commit

    @property
    def concerned(self) -> set[MessageKey]:
        """The messages about which its second transaction writes."""
        return {
            *map(message_of, self.confirmed),
            *map(message_of, self.refused),
            *map(receipt_key, self.receipts),
            *map(issued_key, self.issued),
        }


def key_of(segment: ReadSegment) -> MessageKey:
    """The message of a segment."""
    return MessageKey(segment.envelope.sender.participant, segment.envelope.message_id)


def receipt_key(read: ReadReceipt) -> MessageKey:
    """The message that a receipt speaks of."""
    return MessageKey(read.receipt.sender.participant, read.receipt.message_id)


def issued_key(issued: Issued) -> MessageKey:
    """The message that a receipt of ours speaks of."""
    return MessageKey(issued.receipt.sender.participant, issued.receipt.message_id)


def message_of(flow: FlowKey) -> MessageKey:
    """The message that a flow carries."""
    return MessageKey(flow.sender, flow.message_id)


def about_of(segment: ReadSegment) -> About:
    """What a receipt about its message speaks of."""
    envelope = segment.envelope
    return About(envelope.message_id, envelope.sender, segment.digest, envelope.priority)


def admission_of(segment: ReadSegment, around: Surroundings) -> Entry:
    """That its message came, as the ledger keeps it."""
    return Entry(EntryKind.MESSAGE, segment.envelope.message_id, around.now(), segment.cut.envelope)


def changed_since(segment: ReadSegment, course: Course) -> Reject:
    """The same id was seen with another envelope."""
    return Reject(
        "EX-402",
        message_id=segment.envelope.message_id,
        sender=segment.envelope.sender.participant,
        found=segment.digest,
        wanted=course.known.digest,
    )
