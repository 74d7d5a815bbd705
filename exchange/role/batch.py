# SPDX-License-Identifier: Apache-2.0
"""
A batch at a hub worker: what arrived together, and what it comes to on its way to the second transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from exchange.edge.broker import Arrival, Flight, Parcel
from exchange.edge.hub_store import FlowKey, Known, MessageKey
from exchange.model.identity import Address
from exchange.model.ledger_entry import Entry
from exchange.model.ranges import Indices
from exchange.role.issuing import About, Issued
from exchange.role.reading import ReadReceipt, ReadSegment
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
    abouts: dict[FlowKey, About] = field(default_factory=dict)
    receipts: list[ReadReceipt] = field(default_factory=list)
    issued: list[Issued] = field(default_factory=list)  # what ends or begins deliveries
    turned_away: dict[object, TurnedAway] = field(default_factory=dict)  # what is not believed, each no once
    owed: list[Parcel] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    promised: list[Parcel] = field(default_factory=list)  # durably owed; to be posted after the commit
