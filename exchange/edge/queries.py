# SPDX-License-Identifier: Apache-2.0
"""
The reading side: messages, deliveries and receipts as a person asks for them, at the hub and at a daemon.

Owns the questions that `govbus message` and `govbus receipt` ask, and one form of answer for both
databases. It changes nothing, and judges no signature.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa

from exchange.codec import envelope_form, receipt_form, signature
from exchange.edge import hub_store as hub
from exchange.edge import inbox, outbox
from exchange.edge.dead_letters import DeadLetter
from exchange.edge.hub_store import MessageKey
from exchange.edge.tables import reading
from exchange.model import instant, journey
from exchange.model.journey import State
from exchange.model.ranges import Indices

OUTCOMES = ("open", "delivered", "failed", "partial")  # of messages; other states are of deliveries


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """One receipt; text is what its private part says, where we may read it."""

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

    segments: 0 while it is not sealed; key: the application's own name for it, "" at the hub;
    moments: what happened to it here besides receipts, in order: claimed, admitted, arriving, whole.
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


# ---- the hub


class HubMessages:
    """The hub's database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def find(self, message_id: str) -> list[FoundMessage]:
        m = hub.message.c
        return self._messages(sa.select(hub.message).where(m.message_id == message_id).order_by(m.admitted))

    def newest(self, wanted: Wanted) -> list[FoundMessage]:
        m, d = hub.message.c, hub.delivery.c
        query = sa.select(hub.message).order_by(m.admitted.desc(), m.message_id.desc()).limit(wanted.limit)
        query = _narrowed(query, m.type, wanted.type)
        if wanted.since is not None:
            query = query.where(m.admitted >= instant.milliseconds(wanted.since))
        if wanted.sender:
            query = query.where(_is_party(m.sender, m.application, wanted.sender))
        here = sa.exists().where(d.sender == m.sender, d.message_id == m.message_id)
        if wanted.receiver:
            query = query.where(here.where(_is_address(d.receiver, wanted.receiver)))
        if wanted.state in OUTCOMES:
            query = query.where(m.outcome == wanted.state)
        elif wanted.state:
            query = query.where(here.where(d.state == wanted.state))
        return self._messages(query)

    def receipts(self, wanted: Wanted, *, message_id: str = "", kind: str = "") -> list[FoundReceipt]:
        r = hub.receipt.c
        query = sa.select(hub.receipt).order_by(r.at.desc(), r.receipt_id.desc()).limit(wanted.limit)
        query = _receipts_narrowed(query, r, wanted, message_id=message_id, kind=kind)
        if wanted.sender:
            query = query.where(r.sender == wanted.sender.partition("/")[0])
        with reading(self._engine) as connection:
            return [_hub_receipt(row) for row in connection.execute(query)]

    def receipt(self, receipt_id: str) -> FoundReceipt | None:
        with reading(self._engine) as connection:
            query = sa.select(hub.receipt).where(hub.receipt.c.receipt_id == receipt_id)
            row = connection.execute(query).first()
        return None if row is None else _hub_receipt(row)

    def _messages(self, query: Any) -> list[FoundMessage]:
        with reading(self._engine) as connection:
            rows = list(connection.execute(query))
            keys = [MessageKey(r.sender, r.message_id) for r in rows]
            flows = self._of(connection, hub.flow, keys)
            deliveries = self._of(connection, hub.delivery, keys)
            receipts = self._of(connection, hub.receipt, keys)
        return [
            _hub_message(row, flows.get(key, ()), deliveries.get(key, ()), receipts.get(key, ()))
            for row, key in zip(rows, keys, strict=True)
        ]

    @staticmethod
    def _of(
        connection: sa.Connection, table: sa.Table, keys: Sequence[MessageKey]
    ) -> dict[MessageKey, list[Any]]:
        found: dict[MessageKey, list[Any]] = {}
        where = sa.tuple_(table.c.sender, table.c.message_id).in_([tuple(key) for key in keys])
        for row in connection.execute(sa.select(table).where(where)) if keys else ():
            found.setdefault(MessageKey(row.sender, row.message_id), []).append(row)
        return found


def _hub_message(
    row: Any, flows: Iterable[Any], deliveries: Iterable[Any], receipts: Iterable[Any]
) -> FoundMessage:
    given = tuple(sorted((_hub_receipt(r) for r in receipts), key=_in_order))
    flow_of = {f.participant: f for f in flows}
    found = tuple(
        FoundDelivery(
            to=d.receiver,
            state=d.state,
            at=instant.from_milliseconds(d.at),
            segments_forwarded=_count(flow_of[d.participant].segments, flow_of[d.participant].forwarded),
            segments_resent=flow_of[d.participant].resent,
            receipts=_about(d.receiver, given),
            overdue=bool(d.overdue),
        )
        for d in sorted(deliveries, key=lambda d: str(d.receiver))
    )
    return FoundMessage(
        message_id=row.message_id,
        type=row.type,
        sender=f"{row.sender}/{row.application}",
        to=tuple(d.to for d in found),
        priority=row.priority,
        state=row.outcome,
        size=row.size,
        segments=row.segments,
        created=instant.from_milliseconds(row.created),
        expires=instant.from_milliseconds(row.expires),
        deliveries=found,
        receipts=given,
        moments=(("admitted", instant.from_milliseconds(row.admitted)),),
        digest=row.digest,
    )


def _hub_receipt(row: Any) -> FoundReceipt:
    return FoundReceipt(
        row.receipt_id, row.kind, row.message_id, row.sender, row.receiver, row.by,
        instant.from_milliseconds(row.at), row.code, "", row.document,
    )  # fmt: skip


# ---- a daemon


class DaemonMessages:
    """
    A daemon's database: what it sent, and what it received.

    me: the participant.
    """

    def __init__(self, engine: sa.Engine, me: str) -> None:
        self._engine = engine
        self._me = me

    def find(self, message_id: str) -> list[FoundMessage]:
        o, i = outbox.outgoing.c, inbox.incoming.c
        sent = self._sent(sa.select(*_SENT).where(o.message_id == message_id))
        return sent + self._received(sa.select(*_RECEIVED).where(i.message_id == message_id))

    def newest(self, wanted: Wanted) -> list[FoundMessage]:
        found = self._newest_sent(wanted) + self._newest_received(wanted)
        found.sort(key=lambda m: (m.created, m.message_id), reverse=True)
        return found[: wanted.limit]

    def _newest_sent(self, wanted: Wanted) -> list[FoundMessage]:
        o, d = outbox.outgoing.c, outbox.outgoing_delivery.c
        query = sa.select(*_SENT).order_by(o.created.desc(), o.message_id.desc()).limit(wanted.limit)
        query = _narrowed(query, o.type, wanted.type)
        if wanted.since is not None:
            query = query.where(o.created >= instant.milliseconds(wanted.since))
        if wanted.sender:
            query = query.where(_is_party(sa.literal(self._me), o.application, wanted.sender))
        here = sa.exists().where(d.message_id == o.message_id)
        if wanted.receiver:
            query = query.where(here.where(_is_address(d.receiver, wanted.receiver)))
        if wanted.state in OUTCOMES:
            query = query.where(o.outcome == wanted.state)
        elif wanted.state:
            query = query.where(here.where(d.state == wanted.state))
        return self._sent(query)

    def _newest_received(self, wanted: Wanted) -> list[FoundMessage]:
        """What only the envelope says is looked at after reading: the table has no column for it."""
        i = inbox.incoming.c
        query = sa.select(*_RECEIVED).order_by(i.first.desc(), i.message_id.desc())
        if wanted.since is not None:
            query = query.where(i.first >= instant.milliseconds(wanted.since))
        if wanted.sender:
            query = query.where(i.sender == wanted.sender.partition("/")[0])
        found: list[FoundMessage] = []
        for start in range(0, 100_000, 500):
            page = self._received(query.limit(500).offset(start))
            found += [message for message in page if _fits(message, wanted)]
            if len(page) < 500 or len(found) >= wanted.limit:
                break
        return found[: wanted.limit]

    def receipts(self, wanted: Wanted, *, message_id: str = "", kind: str = "") -> list[FoundReceipt]:
        r = outbox.receipt.c
        query = sa.select(outbox.receipt).order_by(r.at.desc(), r.receipt_id.desc()).limit(wanted.limit)
        query = _receipts_narrowed(query, r, wanted, message_id=message_id, kind=kind)
        with reading(self._engine) as connection:
            got = [self._got_receipt(row) for row in connection.execute(query)]
        found = got + [r for r in self._given(message_id, wanted.limit) if _receipt_fits(r, wanted, kind)]
        found = [r for r in found if not wanted.sender or r.sender == wanted.sender.partition("/")[0]]
        found.sort(key=_in_order, reverse=True)
        return found[: wanted.limit]

    def receipt(self, receipt_id: str) -> FoundReceipt | None:
        with reading(self._engine) as connection:
            query = sa.select(outbox.receipt).where(outbox.receipt.c.receipt_id == receipt_id)
            row = connection.execute(query).first()
            if row is not None:
                return self._got_receipt(row)
            given = sa.select(*_GIVEN).where(inbox.handover.c.receipt_id == receipt_id)
            row = connection.execute(given).first()
        return None if row is None else self._given_receipt(row)

    def _given(self, message_id: str, most: int) -> list[FoundReceipt]:
        """What we ourselves answered, the newest first."""
        h = inbox.handover.c
        query = sa.select(*_GIVEN).where(h.receipt.is_not(None)).order_by(h.since.desc()).limit(most)
        if message_id:
            query = query.where(h.message_id == message_id)
        with reading(self._engine) as connection:
            return [self._given_receipt(row) for row in connection.execute(query)]

    def unhappy(self, *, most: int = 100) -> list[DeadLetter]:
        """What an application of ours has not taken, for good or for now; the newest first."""
        h = inbox.handover.c
        query = (
            sa.select(inbox.handover)
            .where(h.code != "", h.state.in_(("waiting", "returned")))
            .order_by(h.since.desc())
            .limit(most)
        )
        with reading(self._engine) as connection:
            return [
                DeadLetter(
                    r.message_id,
                    r.since,
                    f"{r.application} {r.state}",
                    r.sender,
                    r.message_id,
                    r.code,
                    r.reason,
                )
                for r in connection.execute(query)
            ]

    # ---- sent

    def _sent(self, query: Any) -> list[FoundMessage]:
        d = outbox.outgoing_delivery.c
        with reading(self._engine) as connection:
            rows = list(connection.execute(query))
            ids = [row.message_id for row in rows]
            deliveries = _by_message(
                connection.execute(sa.select(outbox.outgoing_delivery).where(d.message_id.in_(ids)))
            )
            of = outbox.receipt.c.message_id
            receipts = _by_message(connection.execute(sa.select(outbox.receipt).where(of.in_(ids))))
        return [
            self._sent_message(row, deliveries.get(row.message_id, ()), receipts.get(row.message_id, ()))
            for row in rows
        ]

    def _sent_message(self, row: Any, deliveries: Iterable[Any], receipts: Iterable[Any]) -> FoundMessage:
        got = tuple(sorted((self._got_receipt(r) for r in receipts), key=_in_order))
        segments = row.segments or 0
        found = tuple(
            FoundDelivery(
                to=d.receiver,
                state=d.state,
                at=instant.from_milliseconds(d.at),
                segments_forwarded=_gone(segments, row.confirmed or b"", State(d.state)),
                segments_resent=row.resent,
                receipts=_about(d.receiver, got),
            )
            for d in sorted(deliveries, key=lambda d: str(d.receiver))
        )
        return FoundMessage(
            message_id=row.message_id,
            type=row.type,
            sender=f"{self._me}/{row.application}",
            to=tuple(d.to for d in found) or tuple(json.loads(row.head)["to"]),
            priority=row.priority or "",
            state=row.outcome,
            size=row.size,
            segments=segments,
            created=instant.from_milliseconds(row.created),
            expires=instant.from_milliseconds(row.expires),
            deliveries=found,
            receipts=got,
            moments=(("claimed", instant.from_milliseconds(row.created)),),
            key=row.key,
            digest=row.digest or "",
        )

    def _got_receipt(self, row: Any) -> FoundReceipt:
        return FoundReceipt(
            row.receipt_id, row.kind, row.message_id, self._me, row.receiver, row.by,
            instant.from_milliseconds(row.at), row.code, row.text, row.document,
        )  # fmt: skip

    # ---- received

    def _received(self, query: Any) -> list[FoundMessage]:
        h = inbox.handover.c
        with reading(self._engine) as connection:
            rows = list(connection.execute(query))
            keys = [(row.sender, row.message_id) for row in rows]
            handed = sa.select(inbox.handover).where(sa.tuple_(h.sender, h.message_id).in_(keys))
            handovers: dict[tuple[str, str], list[Any]] = {}
            for found in connection.execute(handed) if keys else ():
                handovers.setdefault((found.sender, found.message_id), []).append(found)
        return [
            self._received_message(row, handovers.get(key, ())) for row, key in zip(rows, keys, strict=True)
        ]

    def _received_message(self, row: Any, handovers: Iterable[Any]) -> FoundMessage:
        envelope = _envelope(row.envelope)
        received = row.segments if row.stage != "receiving" else _count(row.segments, row.received)
        found = tuple(
            self._handover(h, received) for h in sorted(handovers, key=lambda h: str(h.application))
        )
        if not found:  # still arriving
            at = instant.from_milliseconds(row.last)
            to = tuple(str(a) for a in envelope.to if a.participant == self._me) or (self._me,)
            found = tuple(FoundDelivery(a, State.TRANSFERRING.value, at, received, 0) for a in to)
        return FoundMessage(
            message_id=row.message_id,
            type=envelope.type,
            sender=str(envelope.sender),
            to=tuple(d.to for d in found),
            priority=row.priority,
            state=journey.of_message(State(d.state) for d in found),
            size=row.size,
            segments=row.segments,
            created=envelope.created,
            expires=envelope.expires,
            deliveries=found,
            receipts=tuple(r for d in found for r in d.receipts),
            moments=_arrival(row),
            key=row.key,
            digest=row.digest,
        )

    def _handover(self, h: Any, received: int) -> FoundDelivery:
        waiting = h.state == "waiting"
        given = () if h.receipt is None else (self._given_receipt(h),)
        return FoundDelivery(
            to=f"{self._me}/{h.application}",
            state=State.CONVERTING.value if waiting else h.state,
            at=given[0].at if given else instant.from_milliseconds(h.since),
            segments_forwarded=received,
            segments_resent=0,
            receipts=given,
            tries=h.tries,
            reason=f"{h.code} {h.reason}".strip() if waiting else "",
        )

    def _given_receipt(self, h: Any) -> FoundReceipt:
        read = receipt_form.read_receipt(signature.take_apart(h.receipt, "the receipt").content)
        return FoundReceipt(
            read.receipt_id, read.kind.value, read.message_id, read.sender.participant,
            str(read.receiver or ""), read.by, read.at, read.code, h.reason, h.receipt,
        )  # fmt: skip


_SENT = tuple(
    outbox.outgoing.c[name]
    for name in (
        "message_id", "application", "key", "type", "priority", "created", "expires", "head", "size", "stage",
        "outcome", "digest", "segments", "confirmed", "resent",
    )
)  # fmt: skip
_RECEIVED = tuple(
    inbox.incoming.c[name]
    for name in (
        "sender", "message_id", "digest", "envelope", "key", "priority", "size", "segments", "received",
        "stage", "first", "last",
    )
)  # fmt: skip
_GIVEN = tuple(inbox.handover.c[name] for name in ("receipt_id", "receipt", "reason"))


def _arrival(row: Any) -> tuple[tuple[str, datetime], ...]:
    began = ("arriving", instant.from_milliseconds(row.first))
    if row.stage == "receiving":
        return (began,)
    return (began, ("whole", instant.from_milliseconds(row.last)))


def _envelope(document: bytes) -> Any:
    return envelope_form.read(signature.take_apart(document, "the envelope").content)


# ---- narrowing


def _narrowed(query: Any, column: Any, type_: str) -> Any:
    if type_.endswith("*"):
        return query.where(column.startswith(type_[:-1], autoescape=True))
    return query.where(column == type_) if type_ else query


def _is_party(participant: Any, application: Any, word: str) -> Any:
    name, slash, below = word.partition("/")
    return sa.and_(participant == name, application == below) if slash else participant == name


def _is_address(column: Any, word: str) -> Any:
    return column == word if "/" in word else column.startswith(f"{word}/", autoescape=True)


def _receipts_narrowed(query: Any, r: Any, wanted: Wanted, *, message_id: str, kind: str) -> Any:
    if message_id:
        query = query.where(r.message_id == message_id)
    if kind:
        query = query.where(r.kind == kind)
    if wanted.since is not None:
        query = query.where(r.at >= instant.milliseconds(wanted.since))
    if wanted.receiver:
        query = query.where(_is_address(r.receiver, wanted.receiver))
    return query


def _fits(message: FoundMessage, wanted: Wanted) -> bool:
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


def _receipt_fits(receipt: FoundReceipt, wanted: Wanted, kind: str) -> bool:
    return (
        (not kind or receipt.kind == kind)
        and (wanted.since is None or receipt.at >= wanted.since)
        and _at(receipt.receiver, wanted.receiver)
    )


def _at(address: str, word: str) -> bool:
    return not word or address == word or address.startswith(f"{word}/")


# ---- small


def _gone(segments: int, confirmed: bytes, state: State) -> int:
    """Segments that left a daemon; the receiver's word may be there before the broker's is written down."""
    return segments if state.is_good else _count(segments, confirmed)


def _count(segments: int, bits: bytes) -> int:
    return len(Indices.from_bytes(segments, bits)) if segments else 0


def _about(receiver: str, receipts: Sequence[FoundReceipt]) -> tuple[FoundReceipt, ...]:
    """Those about one delivery, and those about the message as a whole."""
    return tuple(r for r in receipts if r.receiver in ("", receiver))


def _by_message(rows: Iterable[Any]) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.message_id, []).append(row)
    return found


def _in_order(receipt: FoundReceipt) -> tuple[datetime, str]:
    return receipt.at, receipt.receipt_id
