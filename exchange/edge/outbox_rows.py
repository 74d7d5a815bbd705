# SPDX-License-Identifier: Apache-2.0
"""
The outbox's tables, the values that its rows become, and the way between them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from exchange.edge.tables import metadata
from exchange.model import journey
from exchange.model.digest import Digest
from exchange.model.identity import Address
from exchange.model.priority import Priority
from exchange.model.ranges import Indices

SILENT = (journey.State.QUEUED.value, journey.State.TRANSFERRING.value)  # the hub owes us a word
INLINE_BYTES = 64 * 1024  # a payload up to this size stands in its row: one flush instead of four

outgoing = sa.Table(
    "outgoing",
    metadata,
    sa.Column("message_id", sa.String(36), primary_key=True),
    sa.Column("application", sa.String(64), nullable=False),
    sa.Column("key", sa.String(256), nullable=False),
    sa.Column("type", sa.String(128), nullable=False),
    sa.Column("priority", sa.String(8)),
    sa.Column("created", sa.BigInteger, nullable=False),  # ms, as all times here
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("head", sa.Text, nullable=False),  # JSON: to, attributes, conversation, …
    sa.Column("parts", sa.Text, nullable=False),  # JSON: a list of stored parts
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column(
        "stage", sa.String(8), nullable=False
    ),  # claimed, sealed, held, sent (every segment confirmed), done
    sa.Column("outcome", sa.String(12), nullable=False),  # open, delivered, failed, partial
    sa.Column("digest", sa.String(80)),
    sa.Column("secret", sa.LargeBinary(64)),
    sa.Column("segment_bytes", sa.Integer),
    sa.Column("segments", sa.Integer),
    sa.Column("confirmed", sa.LargeBinary(1 << 20)),
    sa.Column("resent", sa.Integer, nullable=False, default=0),
    sa.Column("finished", sa.BigInteger),
    # What is large stands last: to read a column, SQLite goes through all that stands before it in its row.
    sa.Column("envelope", sa.LargeBinary(1 << 20)),
    sa.Column("leaves", sa.LargeBinary(1 << 26)),
    sa.Column("payload", sa.LargeBinary(1 << 24)),  # inline, or NULL: in the message's folder
    sa.UniqueConstraint("application", "key"),
    sa.Index("outgoing_stage", "stage", "priority", "message_id"),
    sa.Index("outgoing_finished", "finished"),
)
UNFORGOTTEN = outgoing.c.leaves.is_not(None)
sa.Index("outgoing_unforgotten", outgoing.c.finished, sqlite_where=UNFORGOTTEN, postgresql_where=UNFORGOTTEN)

outgoing_delivery = sa.Table(
    "outgoing_delivery",
    metadata,
    sa.Column("message_id", sa.String(36), primary_key=True),
    sa.Column("receiver", sa.String(129), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)

receipt = sa.Table(
    "receipt",
    metadata,
    sa.Column("receipt_id", sa.String(36), primary_key=True),
    sa.Column("message_id", sa.String(36), nullable=False, index=True),
    sa.Column("receiver", sa.String(129), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("code", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column(
        "application", sa.String(64), nullable=False
    ),  # whose message it was, and by which key it knows it
    sa.Column("key", sa.String(256), nullable=False),
    sa.Column("told", sa.Boolean, nullable=False),  # the adapter's `settled` has returned
    sa.Column("document", sa.LargeBinary(1 << 20), nullable=False),
)
# Small for ever: what was told leaves it. Without it each look for untold ones reads every receipt there is.
UNTOLD = receipt.c.told.is_(sa.false())
sa.Index("receipt_untold", receipt.c.application, receipt.c.at, sqlite_where=UNTOLD, postgresql_where=UNTOLD)


class KeyTaken(Exception):
    """An application has a message of that key already."""


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part of an outgoing payload as it lies in the outbox; file is its name in the message's folder."""

    name: str
    media_type: str
    role: str
    size_bytes: int
    file: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """What the application said about a message, besides its content."""

    to: tuple[str, ...] = ()
    attributes: Mapping[str, str] | None = None
    conversation: str | None = None
    in_reply_to: str | None = None
    follows: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that the bus has taken over; not yet sealed."""

    message_id: str
    application: str
    key: str
    type: str
    priority: Priority | None
    created_ms: int
    expires_ms: int
    head: Head
    parts: tuple[StoredPart, ...]
    size_bytes: int
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """What sealing adds: once committed it never changes, so that a restart sends the same envelope."""

    message_id: str
    envelope: bytes
    digest: Digest
    secret: bytes
    leaves: bytes
    priority: Priority
    segment_bytes: int
    segments: int
    receivers: tuple[Address, ...]
    parts: tuple[StoredPart, ...]


@dataclass(frozen=True, slots=True)
class Transfer:
    """A sealed message whose segments are not all confirmed."""

    message_id: str
    application: str
    priority: Priority
    envelope: bytes
    digest: Digest
    secret: bytes
    leaves: bytes
    segment_bytes: int
    segments: int
    size_bytes: int
    confirmed: Indices
    receivers: tuple[str, ...]
    parts: tuple[StoredPart, ...]
    payload: bytes | None
    expires_ms: int
    answered: bool = False  # the hub has spoken of every delivery


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A message whose segments the hub's queues have all confirmed, and that the hub has not spoken of."""

    message_id: str
    priority: Priority
    size_bytes: int
    receivers: int


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt as the outbox keeps it."""

    receipt_id: str
    message_id: str
    receiver: str
    kind: str
    by: str
    at_ms: int
    code: str
    text: str
    document: bytes
    application: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Untold:
    """
    A receipt that the adapter has not been told of, and the outcome of its message by now.

    outcome: open while a later receipt about it is untold, too: the last word comes with the last one.
    """

    row: ReceiptRow
    outcome: str


@dataclass(frozen=True, slots=True)
class Own:
    """What a receipt about a message of ours is held against and filed under."""

    digest: Digest
    application: str
    key: str


def transfer_of(claimed: Claimed, sealed: Sealed) -> Transfer:
    """What was claimed and sealed just now, without reading it back."""
    return Transfer(
        message_id=sealed.message_id,
        application=claimed.application,
        priority=sealed.priority,
        envelope=sealed.envelope,
        digest=sealed.digest,
        secret=sealed.secret,
        leaves=sealed.leaves,
        segment_bytes=sealed.segment_bytes,
        segments=sealed.segments,
        size_bytes=claimed.size_bytes,
        confirmed=Indices(sealed.segments),
        receivers=tuple(map(str, sealed.receivers)),
        parts=sealed.parts,
        payload=claimed.payload,
        expires_ms=claimed.expires_ms,
    )


def event_of(kind: str) -> journey.Event:
    """What a receipt of this kind does to its delivery."""
    return journey.Event.FORWARDED if kind == "accepted" else journey.Event(kind)


def head_json(head: Head) -> dict[str, Any]:
    """A head as its column holds it."""
    return {
        "to": list(head.to),
        "attributes": dict(head.attributes or {}),
        "conversation": head.conversation,
        "in_reply_to": head.in_reply_to,
        "follows": head.follows,
    }


def parts_json(parts: Sequence[StoredPart]) -> str:
    """Parts as their column holds them."""
    return json.dumps([[p.name, p.media_type, p.role, p.size_bytes, p.file, p.digest] for p in parts])


def _parts(text: str) -> tuple[StoredPart, ...]:
    return tuple(StoredPart(*row) for row in json.loads(text))


def claimed(row: sa.Row[Any]) -> Claimed:
    """A claimed message from its row."""
    head = json.loads(row.head)
    return Claimed(
        message_id=row.message_id,
        application=row.application,
        key=row.key,
        type=row.type,
        priority=Priority(row.priority) if row.priority else None,
        created_ms=row.created,
        expires_ms=row.expires,
        head=Head(
            tuple(head["to"]), head["attributes"], head["conversation"], head["in_reply_to"], head["follows"]
        ),
        parts=_parts(row.parts),
        size_bytes=row.size,
        payload=row.payload,
    )


def transfer(row: sa.Row[Any], states: Mapping[str, str]) -> Transfer:
    """A transfer from its row, and the states of its deliveries by receiver."""
    return Transfer(
        message_id=row.message_id,
        application=row.application,
        priority=Priority(row.priority),
        envelope=row.envelope,
        digest=Digest.parse(row.digest),
        secret=row.secret,
        leaves=row.leaves,
        segment_bytes=row.segment_bytes,
        segments=row.segments,
        size_bytes=row.size,
        confirmed=Indices.from_bytes(row.segments, row.confirmed or b""),
        receivers=tuple(states),
        parts=_parts(row.parts),
        payload=row.payload,
        expires_ms=row.expires,
        answered=bool(states) and not any(state in SILENT for state in states.values()),
    )


def receipt_values(r: ReceiptRow) -> dict[str, Any]:
    """A receipt as a row."""
    return {
        "receipt_id": r.receipt_id,
        "message_id": r.message_id,
        "receiver": r.receiver,
        "kind": r.kind,
        "by": r.by,
        "at": r.at_ms,
        "code": r.code,
        "text": r.text,
        "document": r.document,
        "told": False,
        "application": r.application,
        "key": r.key,
    }


def receipt_row(row: sa.Row[Any]) -> ReceiptRow:
    """A receipt from its row."""
    return ReceiptRow(
        row.receipt_id,
        row.message_id,
        row.receiver,
        row.kind,
        row.by,
        row.at,
        row.code,
        row.text,
        row.document,
        row.application,
        row.key,
    )


# Built once: what is executed for every batch need not be put together for every batch.
CLAIM = sa.insert(outgoing)
SEAL = (
    sa.update(outgoing)
    .where(outgoing.c.message_id == sa.bindparam("of"))
    .values(
        stage="sealed",
        envelope=sa.bindparam("e"),
        digest=sa.bindparam("d"),
        secret=sa.bindparam("s"),
        leaves=sa.bindparam("l"),
        priority=sa.bindparam("p"),
        segment_bytes=sa.bindparam("sb"),
        segments=sa.bindparam("n"),
        parts=sa.bindparam("parts_json"),
        confirmed=b"",
    )
)
CONFIRM = (
    sa.update(outgoing)
    .where(outgoing.c.message_id == sa.bindparam("of"), outgoing.c.stage != "done")
    .values(
        confirmed=sa.bindparam("bits"),
        stage=sa.case((sa.bindparam("whole", type_=sa.Boolean), "sent"), else_=outgoing.c.stage),
    )
)
BEYOND = (
    sa.select(sa.literal(1))
    .select_from(outgoing)
    .where(outgoing.c.stage == "sealed")
    .limit(1)
    .offset(sa.bindparam("count"))
)
OWN = sa.select(outgoing.c.message_id, outgoing.c.digest, outgoing.c.application, outgoing.c.key).where(
    outgoing.c.message_id.in_(sa.bindparam("ids", expanding=True)), outgoing.c.digest.is_not(None)
)
KNOWN = sa.select(outgoing.c.key, outgoing.c.message_id).where(
    outgoing.c.application == sa.bindparam("application"),
    outgoing.c.key.in_(sa.bindparam("keys", expanding=True)),
)
HAVE = sa.select(receipt.c.receipt_id).where(receipt.c.receipt_id.in_(sa.bindparam("ids", expanding=True)))
STATES = sa.select(
    outgoing_delivery.c.message_id, outgoing_delivery.c.receiver, outgoing_delivery.c.state
).where(outgoing_delivery.c.message_id.in_(sa.bindparam("ids", expanding=True)))
AWAITED = (
    sa.select(
        outgoing.c.message_id,
        outgoing.c.priority,
        outgoing.c.size,
        sa.func.count(outgoing_delivery.c.receiver).label("receivers"),
    )
    .outerjoin(outgoing_delivery, outgoing_delivery.c.message_id == outgoing.c.message_id)
    .where(outgoing.c.stage == "sent")
    .group_by(outgoing.c.message_id, outgoing.c.priority, outgoing.c.size)
    .having(
        sa.or_(
            sa.func.count(outgoing_delivery.c.receiver) == 0,
            sa.func.sum(sa.case((outgoing_delivery.c.state.in_(SILENT), 1), else_=0)) > 0,
        )
    )
    .order_by(outgoing.c.message_id)
)
MOVE = (
    sa.update(outgoing_delivery)
    .where(
        outgoing_delivery.c.message_id == sa.bindparam("m"), outgoing_delivery.c.receiver == sa.bindparam("r")
    )
    .values(state=sa.bindparam("s"), at=sa.bindparam("t"))
)
CONCLUDE = (
    sa.update(outgoing)
    .where(outgoing.c.message_id == sa.bindparam("of"))
    .values(stage="done", outcome=sa.bindparam("o"), finished=sa.bindparam("t"))
)
_later = receipt.alias("later")
_more_to_tell = sa.exists().where(
    _later.c.message_id == receipt.c.message_id,
    _later.c.told.is_(sa.false()),
    sa.or_(
        _later.c.at > receipt.c.at,
        sa.and_(_later.c.at == receipt.c.at, _later.c.receipt_id > receipt.c.receipt_id),
    ),
)
UNTOLD_OF = (
    sa.select(receipt, sa.case((_more_to_tell, "open"), else_=outgoing.c.outcome).label("outcome"))
    .join(outgoing, outgoing.c.message_id == receipt.c.message_id)
    .where(UNTOLD, receipt.c.application == sa.bindparam("application"))
    .order_by(receipt.c.at, receipt.c.receipt_id)
    .limit(sa.bindparam("most"))
)
TOLD = sa.update(receipt).where(receipt.c.receipt_id == sa.bindparam("of")).values(told=True)
