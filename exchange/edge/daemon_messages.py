# SPDX-License-Identifier: Apache-2.0
"""
What a daemon's database knows: the messages it sent, those it received, and their receipts.

Owns the reading of outbox and inbox rows; the form of the answers is `exchange.edge.queries`'.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from exchange.codec import envelope_form, receipt_form, signature
from exchange.edge import inbox, outbox
from exchange.edge.dead_letters import DeadLetter
from exchange.edge.queries import (
    OUTCOMES,
    FoundDelivery,
    FoundMessage,
    FoundReceipt,
    Wanted,
    about,
    count,
    fits,
    in_order,
    is_address,
    is_party,
    of_type,
    receipt_fits,
    receipts_narrowed,
)
from exchange.edge.tables import reading
from exchange.model import instant, journey
from exchange.model.journey import State


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
        query = of_type(query, o.type, wanted.type)
        if wanted.since is not None:
            query = query.where(o.created >= instant.milliseconds(wanted.since))
        if wanted.sender:
            query = query.where(is_party(sa.literal(self._me), o.application, wanted.sender))
        here = sa.exists().where(d.message_id == o.message_id)
        if wanted.receiver:
            query = query.where(here.where(is_address(d.receiver, wanted.receiver)))
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
            found += [message for message in page if fits(message, wanted)]
            if len(page) < 500 or len(found) >= wanted.limit:
                break
        return found[: wanted.limit]

    def receipts(self, wanted: Wanted, *, message_id: str = "", kind: str = "") -> list[FoundReceipt]:
        r = outbox.receipt.c
        query = sa.select(outbox.receipt).order_by(r.at.desc(), r.receipt_id.desc()).limit(wanted.limit)
        query = receipts_narrowed(query, r, wanted, message_id=message_id, kind=kind)
        with reading(self._engine) as connection:
            got = [self._got_receipt(row) for row in connection.execute(query)]
        ours = [r for r in self._given(message_id, wanted.limit) if receipt_fits(r, wanted, kind)]
        known = {r.receipt_id for r in got}  # of a message to ourselves the receipt was given and got
        found = got + [r for r in ours if r.receipt_id not in known]
        found = [r for r in found if not wanted.sender or r.sender == wanted.sender.partition("/")[0]]
        found.sort(key=in_order, reverse=True)
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
        got = tuple(sorted((self._got_receipt(r) for r in receipts), key=in_order))
        segments = row.segments or 0
        found = tuple(
            FoundDelivery(
                to=d.receiver,
                state=d.state,
                at=instant.from_milliseconds(d.at),
                segments_forwarded=_gone(segments, row.confirmed or b"", State(d.state)),
                segments_resent=row.resent,
                receipts=about(d.receiver, got),
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
            direction="sent",
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
        received = row.segments if row.stage != "receiving" else count(row.segments, row.received)
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
            direction="received",
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


def _by_message(rows: Iterable[Any]) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.message_id, []).append(row)
    return found


def _gone(segments: int, confirmed: bytes, state: State) -> int:
    """Segments that left a daemon; the receiver's word may be there before the broker's is written down."""
    return segments if state.is_good else count(segments, confirmed)
