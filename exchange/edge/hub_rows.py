# SPDX-License-Identifier: Apache-2.0
"""
The hub's tables of messages, flows, deliveries and receipts, and the values that their rows become.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from exchange.edge.hub_refusals import Refusal, refusal
from exchange.edge.tables import metadata
from exchange.model import journey
from exchange.model.digest import Digest
from exchange.model.identity import Address
from exchange.model.journey import Event, State
from exchange.model.priority import Priority
from exchange.model.ranges import Indices

_MESSAGE_KEY = ("sender", "message_id")

message = sa.Table(
    "hub_message",
    metadata,
    sa.Column("message_id", sa.String(36), primary_key=True),  # first: ids grow, and they alone find a row
    sa.Column("sender", sa.String(64), primary_key=True),  # the participant
    sa.Column("application", sa.String(64), nullable=False),  # of the sender
    sa.Column("digest", sa.String(80), nullable=False),
    sa.Column("type", sa.String(128), nullable=False),
    sa.Column("priority", sa.String(8), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("segments", sa.Integer, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),  # ms, as all times here
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("admitted", sa.BigInteger, nullable=False),
    sa.Column("routing_version", sa.Integer, nullable=False),  # pinned: the route does not change on the way
    sa.Column("outcome", sa.String(12), nullable=False),
    sa.Column("finished", sa.BigInteger),
    sa.Index("hub_message_admitted", "admitted"),
    sa.Index("hub_message_outcome", "outcome", "expires"),
)

flow = sa.Table(
    "hub_flow",
    metadata,
    sa.Column("message_id", sa.String(36), primary_key=True),
    sa.Column("sender", sa.String(64), primary_key=True),
    sa.Column("participant", sa.String(64), primary_key=True),  # the receiver
    sa.Column("priority", sa.String(8), nullable=False),
    sa.Column("segments", sa.Integer, nullable=False),
    sa.Column("forwarded", sa.LargeBinary(1 << 20), nullable=False),
    sa.Column("resent", sa.Integer, nullable=False),
    sa.Column("held_since", sa.BigInteger),  # NULL: flowing
    sa.Column("held_depth", sa.Integer, nullable=False, default=0),  # messages in the queue when it was full
    sa.Column("deaths", sa.Integer, nullable=False, default=0),  # segments that came back dead
    sa.Column("moved", sa.BigInteger, nullable=False),  # when something last happened
    sa.Index("hub_flow_held", "held_since"),
)

delivery = sa.Table(
    "hub_delivery",
    metadata,
    sa.Column("message_id", sa.String(36), primary_key=True),
    sa.Column("sender", sa.String(64), primary_key=True),
    sa.Column("receiver", sa.String(129), primary_key=True),
    sa.Column("participant", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("overdue", sa.Boolean, nullable=False, default=False),
    sa.Index("hub_delivery_state", "state", "at"),
)

receipt = sa.Table(
    "hub_receipt",
    metadata,
    sa.Column("receipt_id", sa.String(36), primary_key=True),
    sa.Column("sender", sa.String(64), nullable=False),
    sa.Column("message_id", sa.String(36), nullable=False),
    sa.Column("receiver", sa.String(129), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("code", sa.String(16), nullable=False),
    sa.Column("priority", sa.String(8), nullable=False),
    sa.Column("document", sa.LargeBinary(1 << 20), nullable=False),
    sa.Index("hub_receipt_message", "message_id", "sender"),
)

HUB_TABLES = (message, flow, delivery, receipt)


class MessageKey(NamedTuple):
    """The identity of a message: the participant that sent it, and its id."""

    sender: str
    message_id: str


class FlowKey(NamedTuple):
    """A flow: one message on its way to one participant."""

    sender: str
    message_id: str
    participant: str


@dataclass(frozen=True, slots=True)
class NewMessage:
    """
    A message seen for the first time, as it is to be remembered.

    refused: the state in which its deliveries end, None where it passes; named: whom the envelope names
    of a refused one, which goes nowhere.
    """

    key: MessageKey
    application: str
    digest: Digest
    type: str
    priority: Priority
    size_bytes: int
    segments: int
    created_ms: int
    expires_ms: int
    admitted_ms: int
    routing_version: int
    receivers: tuple[Address, ...]
    refused: State | None = None
    named: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A message that the hub knows, as it stood when it was read."""

    key: MessageKey
    digest: Digest
    segments: int
    priority: Priority
    outcome: str
    receivers: tuple[Address, ...]
    forwarded: Mapping[str, Indices]  # by receiving participant

    @property
    def participants(self) -> tuple[str, ...]:
        return tuple(self.forwarded)


def known_of(new: NewMessage) -> Known:
    """What is known of a message that was inserted just now."""
    forwarded = {r.participant: Indices(new.segments) for r in new.receivers}
    outcome = "failed" if new.refused else "open"
    return Known(new.key, new.digest, new.segments, new.priority, outcome, new.receivers, forwarded)


@dataclass(frozen=True, slots=True)
class ReceiptRecord:
    """A receipt as the hub keeps it; receiver is "" where it speaks of the message as a whole."""

    receipt_id: str
    key: MessageKey
    receiver: str
    kind: str
    by: str
    at_ms: int
    code: str
    priority: Priority
    document: bytes
    refusal: Refusal | None = None  # why the hub says no, where it does


@dataclass(frozen=True, slots=True)
class Progress:
    """
    What marking did to a flow: whether its last segment went, and whether it has just been put on hold.

    accepted: its receipts were given when it was whole before; segments were asked for again since.
    """

    completed: bool
    newly_held: bool
    forwarded: Indices
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class HeldFlow:
    """A flow that waits for something, and the segments that it waits for."""

    key: FlowKey
    priority: Priority
    segments: Indices


@dataclass(frozen=True, slots=True)
class LateFlow:
    """A flow, with what a receipt about it must say."""

    key: FlowKey
    sender: Address
    digest: Digest
    priority: Priority
    expires_ms: int
    untouched: bool  # no segment was forwarded: the hub may end it


def about(table: sa.Table) -> sa.Select[Any]:
    """Rows of *table* about any of the message ids `ids`; ids may be shared between senders."""
    return sa.select(table).where(table.c.message_id.in_(sa.bindparam("ids", expanding=True)))


def same(table: sa.Table, key: MessageKey | FlowKey) -> Any:
    """Rows about this message."""
    return sa.and_(table.c.sender == key.sender, table.c.message_id == key.message_id)


def late(row: sa.Row[Any]) -> LateFlow:
    """A flow, from a row of its message joined with its own."""
    return LateFlow(
        FlowKey(row.sender, row.message_id, row.participant),
        Address(row.sender, row.application),
        Digest.parse(row.digest),
        Priority(row.priority),
        row.expires,
        not any(row.forwarded),
    )


def held_flow(row: sa.Row[Any]) -> HeldFlow:
    """A flow and what it lacks, from its row."""
    return HeldFlow(
        FlowKey(row.sender, row.message_id, row.participant),
        Priority(row.priority),
        Indices.from_bytes(row.segments, row.forwarded).missing,
    )


def not_to(besides: Mapping[Priority, Collection[str]]) -> Any:
    """Flows to none of *besides*: participants, by class."""
    others = (
        sa.or_(flow.c.priority != priority.value, flow.c.participant.not_in(who))
        for priority, who in besides.items()
    )
    return sa.and_(sa.true(), *others)


def movable(event: Event) -> Any:
    """Deliveries in a state that *event* may change; without IN, which is not executed for many rows."""
    return sa.or_(*(delivery.c.state == state.value for state in State if journey.allows(state, event)))


def target(event: Event) -> str:
    """The state that *event* leads to."""
    return next(to for (_, e), to in journey.TABLE.items() if e is event).value


MOVE_FLOW = {
    event: sa.update(delivery)
    .where(
        delivery.c.sender == sa.bindparam("s"),
        delivery.c.message_id == sa.bindparam("m"),
        delivery.c.participant == sa.bindparam("p"),
        movable(event),
    )
    .values(state=target(event), at=sa.bindparam("t"))
    for event in Event
}
SETTLE = {
    event: sa.update(delivery)
    .where(
        delivery.c.sender == sa.bindparam("s"),
        delivery.c.message_id == sa.bindparam("m"),
        sa.or_(delivery.c.receiver == sa.bindparam("r"), sa.bindparam("r") == ""),
        movable(event),
    )
    .values(state=target(event), at=sa.bindparam("t"), overdue=False)
    for event in Event
}
WRITE_FLOW = (
    sa.update(flow)
    .where(
        flow.c.sender == sa.bindparam("s"),
        flow.c.message_id == sa.bindparam("m"),
        flow.c.participant == sa.bindparam("p"),
    )
    .values(
        forwarded=sa.bindparam("f"),
        held_since=sa.bindparam("h"),
        held_depth=sa.bindparam("d"),
        moved=sa.bindparam("t"),
    )
)


def message_values(m: NewMessage) -> dict[str, Any]:
    """A new message as a row."""
    return {
        "sender": m.key.sender,
        "message_id": m.key.message_id,
        "application": m.application,
        "digest": str(m.digest),
        "type": m.type,
        "priority": m.priority.value,
        "size": m.size_bytes,
        "segments": m.segments,
        "created": m.created_ms,
        "expires": m.expires_ms,
        "admitted": m.admitted_ms,
        "routing_version": m.routing_version,
        "outcome": "failed" if m.refused else "open",
        "finished": m.admitted_ms if m.refused else None,
    }


def flow_values(m: NewMessage, participant: str) -> dict[str, Any]:
    """Its flow to one participant as a row."""
    return {
        "sender": m.key.sender,
        "message_id": m.key.message_id,
        "participant": participant,
        "priority": m.priority.value,
        "segments": m.segments,
        "forwarded": b"",
        "resent": 0,
        "held_since": None,
        "held_depth": 0,
        "deaths": 0,
        "moved": m.admitted_ms,
    }


def delivery_values(m: NewMessage, receiver: Address) -> dict[str, Any]:
    """Its delivery to one application as a row."""
    return {
        "sender": m.key.sender,
        "message_id": m.key.message_id,
        "receiver": str(receiver),
        "participant": receiver.participant,
        "state": (m.refused or State.TRANSFERRING).value,
        "at": m.admitted_ms,
        "overdue": False,
    }


def receipt_values(r: ReceiptRecord) -> dict[str, Any]:
    """A receipt as a row."""
    return {
        "receipt_id": r.receipt_id,
        "sender": r.key.sender,
        "message_id": r.key.message_id,
        "receiver": r.receiver,
        "kind": r.kind,
        "by": r.by,
        "at": r.at_ms,
        "code": r.code,
        "priority": r.priority.value,
        "document": r.document,
    }


def receipt_record(row: sa.Row[Any]) -> ReceiptRecord:
    """A receipt from its row."""
    return ReceiptRecord(
        row.receipt_id,
        MessageKey(row.sender, row.message_id),
        row.receiver,
        row.kind,
        row.by,
        row.at,
        row.code,
        Priority(row.priority),
        row.document,
    )


MESSAGES, FLOWS, DELIVERIES = about(message), about(flow), about(delivery)
FLOWS_LOCKED = FLOWS.with_for_update()
STATES = sa.select(delivery.c.sender, delivery.c.message_id, delivery.c.state).where(
    delivery.c.message_id.in_(sa.bindparam("ids", expanding=True))
)
CONCLUDE = (
    sa.update(message)
    .where(message.c.sender == sa.bindparam("s"), message.c.message_id == sa.bindparam("m"))
    .values(outcome=sa.bindparam("o"), finished=sa.bindparam("t"))
)
OF_FLOW = sa.and_(
    delivery.c.message_id == flow.c.message_id,
    delivery.c.sender == flow.c.sender,
    delivery.c.participant == flow.c.participant,
)
# Of a flow: that one of its deliveries is not final.
UNDER_WAY = sa.exists().where(OF_FLOW, delivery.c.state.not_in([state.value for state in journey.FINAL]))
# Always in this order: of two transactions that want the same messages, one waits.
LOCK = (
    sa.select(message.c.message_id)
    .where(message.c.message_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(message.c.message_id, message.c.sender)
    .with_for_update()
)
ACCEPTED = sa.select(receipt.c.receiver).where(
    receipt.c.message_id == sa.bindparam("m"),
    receipt.c.sender == sa.bindparam("s"),
    receipt.c.kind == "accepted",
)
DROP = tuple(
    sa.delete(table).where(table.c.sender == sa.bindparam("s"), table.c.message_id == sa.bindparam("m"))
    for table in (receipt, refusal, delivery, flow, message)
)
NAMED = sa.select(receipt).where(receipt.c.receipt_id.in_(sa.bindparam("ids", expanding=True)))
HAVE = sa.select(receipt.c.receipt_id).where(receipt.c.receipt_id.in_(sa.bindparam("ids", expanding=True)))
