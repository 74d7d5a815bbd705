# SPDX-License-Identifier: Apache-2.0
"""
What the hub's database knows of messages and receipts.

Owns the reading of its rows; the form of the answers is `exchange.edge.queries`'.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from exchange.edge import hub_store as hub
from exchange.edge.hub_refusals import phrases
from exchange.edge.hub_store import MessageKey
from exchange.edge.queries import (
    OUTCOMES,
    FoundDelivery,
    FoundMessage,
    FoundReceipt,
    Wanted,
    about,
    count,
    in_order,
    is_address,
    is_party,
    of_type,
    receipts_narrowed,
)
from exchange.edge.tables import reading
from exchange.model import instant
from exchange.texts import Phrase


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
        query = of_type(query, m.type, wanted.type)
        if wanted.since is not None:
            query = query.where(m.admitted >= instant.milliseconds(wanted.since))
        if wanted.sender:
            query = query.where(is_party(m.sender, m.application, wanted.sender))
        here = sa.exists().where(d.sender == m.sender, d.message_id == m.message_id)
        if wanted.receiver:
            query = query.where(here.where(is_address(d.receiver, wanted.receiver)))
        if wanted.state in OUTCOMES:
            query = query.where(m.outcome == wanted.state)
        elif wanted.state:
            query = query.where(sa.or_(here.where(d.state == wanted.state), _ended_whole(here, wanted.state)))
        return self._messages(query)

    def receipts(self, wanted: Wanted, *, message_id: str = "", kind: str = "") -> list[FoundReceipt]:
        r = hub.receipt.c
        query = sa.select(hub.receipt).order_by(r.at.desc(), r.receipt_id.desc()).limit(wanted.limit)
        query = receipts_narrowed(query, r, wanted, message_id=message_id, kind=kind)
        if wanted.sender:
            query = query.where(r.sender == wanted.sender.partition("/")[0])
        with reading(self._engine) as connection:
            rows = list(connection.execute(query))
            reasons = phrases(connection, {row.message_id for row in rows})
        return [_hub_receipt(row, reasons) for row in rows]

    def receipt(self, receipt_id: str) -> FoundReceipt | None:
        with reading(self._engine) as connection:
            query = sa.select(hub.receipt).where(hub.receipt.c.receipt_id == receipt_id)
            row = connection.execute(query).first()
            reasons = {} if row is None else phrases(connection, [row.message_id])
        return None if row is None else _hub_receipt(row, reasons)

    def _messages(self, query: Any) -> list[FoundMessage]:
        with reading(self._engine) as connection:
            rows = list(connection.execute(query))
            keys = [MessageKey(r.sender, r.message_id) for r in rows]
            flows = self._of(connection, hub.flow, keys)
            deliveries = self._of(connection, hub.delivery, keys)
            receipts = self._of(connection, hub.receipt, keys)
            reasons = phrases(connection, [key.message_id for key in keys])
        given = {key: [_hub_receipt(row, reasons) for row in rows_] for key, rows_ in receipts.items()}
        return [
            _hub_message(row, flows.get(key, ()), deliveries.get(key, ()), given.get(key, ()))
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


def _ended_whole(has_deliveries: Any, state: str) -> Any:
    """Messages that name no receiver, and of which the hub's one word is this state."""
    m, r = hub.message.c, hub.receipt.c
    said = sa.exists().where(r.sender == m.sender, r.message_id == m.message_id, r.kind == state)
    return sa.and_(m.outcome == "failed", ~has_deliveries, said)


def _hub_message(
    row: Any, flows: Iterable[Any], deliveries: Iterable[Any], receipts: Iterable[FoundReceipt]
) -> FoundMessage:
    given = tuple(sorted(receipts, key=in_order))
    flow_of = {f.participant: f for f in flows}
    found = tuple(
        _hub_delivery(d, flow_of.get(d.participant), given)
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
        moments=(("admitted" if flow_of else "came", instant.from_milliseconds(row.admitted)),),
        digest=row.digest,
    )


def _hub_delivery(row: Any, flow: Any | None, given: Sequence[FoundReceipt]) -> FoundDelivery:
    """A delivery; without a flow it is one that the envelope of a refused message names."""
    return FoundDelivery(
        to=row.receiver,
        state=row.state,
        at=instant.from_milliseconds(row.at),
        segments_forwarded=0 if flow is None else count(flow.segments, flow.forwarded),
        segments_resent=0 if flow is None else flow.resent,
        receipts=about(row.receiver, given),
        overdue=bool(row.overdue),
    )


def _hub_receipt(row: Any, reasons: Mapping[str, Phrase]) -> FoundReceipt:
    return FoundReceipt(
        row.receipt_id, row.kind, row.message_id, row.sender, row.receiver, row.by,
        instant.from_milliseconds(row.at), row.code, "", row.document, reasons.get(row.receipt_id),
    )  # fmt: skip
