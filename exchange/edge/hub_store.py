# SPDX-License-Identifier: Apache-2.0
"""
What the hub remembers of messages: that they were admitted, where to, how far, and every receipt.

Owns the rows of messages, of flows (one message to one participant, with its bitmap of forwarded
segments), of deliveries and of receipts. Envelopes are in the ledger, payloads nowhere. It decides
nothing; the roles do, in transactions that they open here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from exchange.edge.hub_refusals import HubRefusals
from exchange.edge.hub_rows import (
    ACCEPTED,
    CONCLUDE,
    DELIVERIES,
    DROP,
    FLOWS,
    FLOWS_LOCKED,
    HAVE,
    HUB_TABLES,
    LOCK,
    MESSAGES,
    MOVE_FLOW,
    NAMED,
    OF_FLOW,
    SETTLE,
    STATES,
    UNDER_WAY,
    WRITE_FLOW,
    FlowKey,
    HeldFlow,
    Known,
    LateFlow,
    MessageKey,
    NewMessage,
    Progress,
    ReceiptRecord,
    delivery,
    delivery_values,
    flow,
    flow_values,
    held_flow,
    known_of,
    late,
    message,
    message_values,
    not_to,
    receipt,
    receipt_record,
    receipt_values,
    same,
)
from exchange.edge.tables import create, execute_many, insert_if_new, reading, writing
from exchange.model import journey
from exchange.model.digest import Digest
from exchange.model.identity import Address
from exchange.model.journey import Event, State
from exchange.model.priority import Priority
from exchange.model.ranges import Indices


class HubStore:
    """The hub's database, as far as messages go."""

    def __init__(self, engine: sa.Engine) -> None:
        create(engine, *HUB_TABLES)
        self._engine = self.engine = engine
        self._new_message = insert_if_new(engine, message)
        self._new_flow = insert_if_new(engine, flow)
        self._new_delivery = insert_if_new(engine, delivery)
        self._new_receipt = insert_if_new(engine, receipt)
        self._refusals = HubRefusals(engine)

    def writing(self) -> AbstractContextManager[sa.Connection]:
        return writing(self._engine)

    def reading(self) -> AbstractContextManager[sa.Connection]:
        return reading(self._engine)

    def ping(self) -> None:
        """
        Whether it can be read and written now.

        Raises:
            StoreDown: EX-902, it cannot.
        """
        with writing(self._engine) as connection:
            connection.execute(sa.select(sa.literal(1)))

    # ---- admission

    def insert(self, connection: sa.Connection, fresh: Sequence[NewMessage]) -> set[MessageKey]:
        """
        Remember *fresh* where nobody has yet; those of which this is the first word.

        Of two workers that see a message first, one wins: what the other has judged counts for nothing.
        """
        ordered = sorted(fresh, key=lambda m: m.key)  # of two such transactions one waits
        ours = self._insert_messages(connection, [message_values(m) for m in ordered])
        won = [m for m in ordered if m.key in ours]
        flows = [flow_values(m, p) for m in won for p in dict.fromkeys(r.participant for r in m.receivers)]
        deliveries = [delivery_values(m, r) for m in won for r in dict.fromkeys(m.receivers or m.named)]
        if flows:
            execute_many(connection, self._new_flow, flows)
        if deliveries:
            execute_many(connection, self._new_delivery, deliveries)
        return ours

    def _insert_messages(self, connection: sa.Connection, rows: list[dict[str, Any]]) -> set[MessageKey]:
        if self.engine.dialect.name == "sqlite":  # one writer at a time: nobody came since `known` was asked
            execute_many(connection, self._new_message, rows)
            return {MessageKey(row["sender"], row["message_id"]) for row in rows}
        inserting = self._new_message.returning(message.c.sender, message.c.message_id)
        return {MessageKey(r.sender, r.message_id) for r in connection.execute(inserting, rows)}

    def lock(self, connection: sa.Connection, keys: Iterable[MessageKey]) -> None:
        """
        Have these messages to oneself until the transaction ends.

        For whoever writes about several, or ends one: what another writes of it meanwhile would not be seen.
        """
        ids = list({key.message_id for key in keys})
        if ids and self.engine.dialect.name != "sqlite":  # which has one writer at a time
            connection.execute(LOCK, {"ids": ids}).all()

    def first_known(self, connection: sa.Connection, fresh: Sequence[NewMessage]) -> dict[MessageKey, Known]:
        """
        What is remembered of messages that `insert` was given in this transaction.

        SQLite has one writer at a time, so it is what was given; elsewhere another may have won.
        """
        if self.engine.dialect.name == "sqlite":
            return {new.key: known_of(new) for new in fresh}
        return self.known(connection, [new.key for new in fresh])

    def known(self, connection: sa.Connection, keys: Iterable[MessageKey]) -> dict[MessageKey, Known]:
        """What is remembered of *keys*."""
        wanted = set(keys)
        ids = {"ids": [key.message_id for key in wanted]}
        found = [(MessageKey(r.sender, r.message_id), r) for r in connection.execute(MESSAGES, ids)]
        rows = {key: r for key, r in found if key in wanted}
        if not rows:
            return {}
        forwarded: dict[MessageKey, dict[str, Indices]] = {key: {} for key in rows}
        for r in connection.execute(FLOWS, ids):
            if (key := MessageKey(r.sender, r.message_id)) in rows:
                forwarded[key][r.participant] = Indices.from_bytes(r.segments, r.forwarded)
        receivers: dict[MessageKey, list[Address]] = {key: [] for key in rows}
        for r in connection.execute(DELIVERIES, ids):
            key = MessageKey(r.sender, r.message_id)
            if key in rows and r.participant in forwarded[key]:  # a refused one goes to none whom it names
                receivers[key].append(Address.parse(r.receiver))
        return {
            key: Known(
                key,
                Digest.parse(r.digest),
                r.segments,
                Priority(r.priority),
                r.outcome,
                tuple(receivers[key]),
                forwarded[key],
            )
            for key, r in rows.items()
        }

    # ---- forwarding

    def mark(
        self,
        connection: sa.Connection,
        forwarded: Mapping[FlowKey, Sequence[int]],
        refused: Mapping[FlowKey, int],
        *,
        now_ms: int,
    ) -> dict[FlowKey, Progress]:
        """
        Note which segments of which flows were confirmed, and which flows are full.

        Args:
            forwarded: indices that the receiver's queue has confirmed.
            refused: flows whose queue refused, with the depth it had.
        """
        keys = list(dict.fromkeys([*forwarded, *refused]))
        rows = self._locked(connection, keys)
        found: dict[FlowKey, Progress] = {}
        for key in keys:
            row = rows.get(key)
            if row is not None:
                found[key] = self._marked(row, forwarded.get(key, ()), key in refused)
                if found[key].completed and row.resent and self._is_accepted(connection, key):
                    found[key] = replace(found[key], accepted=True)
        self._write_flows(connection, rows, found, refused, now_ms)
        self._move_deliveries(connection, found, now_ms)
        return found

    def _is_accepted(self, connection: sa.Connection, key: FlowKey) -> bool:
        """Whether `accepted` was given for the flow: for a message and a receiver it is given once."""
        rows = connection.scalars(ACCEPTED, {"m": key.message_id, "s": key.sender})
        return any(Address.parse(receiver).participant == key.participant for receiver in rows)

    def _locked(self, connection: sa.Connection, keys: Sequence[FlowKey]) -> dict[FlowKey, sa.Row[Any]]:
        if not keys:
            return {}
        rows = connection.execute(FLOWS_LOCKED, {"ids": list({key.message_id for key in keys})})
        found = {FlowKey(r.sender, r.message_id, r.participant): r for r in rows}
        return {key: found[key] for key in keys if key in found}

    def _marked(self, row: sa.Row[Any], indices: Iterable[int], refused: bool) -> Progress:
        had = Indices.from_bytes(row.segments, row.forwarded)
        has = had | Indices.of(row.segments, indices)
        newly_held = refused and not has.whole and row.held_since is None
        return Progress(has.whole and not had.whole, newly_held, has)

    def _write_flows(
        self,
        connection: sa.Connection,
        rows: Mapping[FlowKey, sa.Row[Any]],
        found: Mapping[FlowKey, Progress],
        refused: Mapping[FlowKey, int],
        now_ms: int,
    ) -> None:
        values = []
        for key, progress in found.items():
            held = now_ms if progress.newly_held else rows[key].held_since
            depth = refused.get(key, 0) if progress.newly_held else rows[key].held_depth
            values.append(
                {
                    "s": key.sender,
                    "m": key.message_id,
                    "p": key.participant,
                    "f": progress.forwarded.to_bytes(),
                    "h": None if progress.forwarded.whole else held,
                    "d": depth,
                    "t": now_ms,
                }
            )
        if values:
            execute_many(connection, WRITE_FLOW, values)

    def _move_deliveries(
        self, connection: sa.Connection, found: Mapping[FlowKey, Progress], now_ms: int
    ) -> None:
        for event, keys in (
            (Event.FORWARDED, [k for k, p in found.items() if p.completed]),
            (Event.HELD, [k for k, p in found.items() if p.newly_held]),
        ):
            self.move_flows(connection, keys, event, now_ms)

    def move_flows(
        self, connection: sa.Connection, keys: Sequence[FlowKey], event: Event, now_ms: int
    ) -> None:
        """Move every delivery of these flows that *event* may move."""
        if keys:
            rows = [{"s": k.sender, "m": k.message_id, "p": k.participant, "t": now_ms} for k in keys]
            execute_many(connection, MOVE_FLOW[event], rows)

    def reopen(
        self, connection: sa.Connection, key: FlowKey, ranges: Indices | None, now_ms: int
    ) -> Indices | None:
        """
        The receiver needs segments again (all for None): clear their marks; what is now missing.

        None where there is no such flow or its deliveries are all final. One on hold stays so: its
        sender sends these, and the rest when the hub says `go`.
        """
        self.lock(connection, [MessageKey(key.sender, key.message_id)])
        row = self._locked(connection, [key]).get(key)
        if row is None or not self._open_deliveries(connection, key):
            return None
        had = Indices.from_bytes(row.segments, row.forwarded)
        wanted = ranges or Indices.all(row.segments)
        again = had & wanted
        connection.execute(
            sa.update(flow)
            .where(same(flow, key), flow.c.participant == key.participant)
            .values(
                forwarded=(had - wanted).to_bytes(),
                resent=flow.c.resent + len(again),
                moved=now_ms,
            )
        )
        self.move_flows(connection, [key], Event.MISSED, now_ms)
        return wanted

    def _open_deliveries(self, connection: sa.Connection, key: FlowKey) -> bool:
        states = connection.scalars(
            sa.select(delivery.c.state).where(same(delivery, key), delivery.c.participant == key.participant)
        )
        return any(not State(state).is_final for state in states)

    # ---- receipts

    def record(
        self, connection: sa.Connection, records: Sequence[ReceiptRecord], *, now_ms: int
    ) -> list[ReceiptRecord]:
        """Enter receipts, move deliveries, conclude messages; those that were new."""
        self.lock(connection, [r.key for r in records])
        fresh = self.keep(connection, records)
        final = [r for r in fresh if r.kind != "accepted"]
        if final:
            self._settle(connection, final, now_ms)
            self._conclude(connection, list(dict.fromkeys(r.key for r in final)), now_ms)
        return fresh

    def keep(self, connection: sa.Connection, records: Sequence[ReceiptRecord]) -> list[ReceiptRecord]:
        """
        Enter receipts that move nothing, such as refusals of what only says that it is a message's.

        Those that were new: no refusal of ours that was given before in the same words is.
        """
        if not records:
            return []
        old = set(connection.scalars(HAVE, {"ids": [r.receipt_id for r in records]}))
        unknown = {r.receipt_id: r for r in records if r.receipt_id not in old}.values()
        first = self._refusals.enter(connection, [r.refusal for r in unknown if r.refusal is not None])
        fresh = [r for r in unknown if first.get(r.receipt_id, r.receipt_id) == r.receipt_id]
        if fresh:
            execute_many(connection, self._new_receipt, [receipt_values(r) for r in fresh])
        return fresh

    def _settle(self, connection: sa.Connection, records: Sequence[ReceiptRecord], now_ms: int) -> None:
        for kind in dict.fromkeys(r.kind for r in records):
            rows = [
                {"s": r.key.sender, "m": r.key.message_id, "r": r.receiver, "t": now_ms}
                for r in records
                if r.kind == kind
            ]
            execute_many(connection, SETTLE[Event(kind)], rows)

    def _conclude(self, connection: sa.Connection, keys: Sequence[MessageKey], now_ms: int) -> None:
        states: dict[MessageKey, list[State]] = {key: [] for key in keys}
        for row in connection.execute(STATES, {"ids": [key.message_id for key in keys]}):
            if (key := MessageKey(row.sender, row.message_id)) in states:
                states[key].append(State(row.state))
        outcomes = {key: journey.of_message(found) for key, found in states.items()}
        values = [
            {"s": key.sender, "m": key.message_id, "o": outcome, "t": now_ms}
            for key, outcome in outcomes.items()
            if outcome != "open"
        ]
        if values:
            execute_many(connection, CONCLUDE, values)

    def given(self, connection: sa.Connection, receipt_ids: Sequence[str]) -> list[ReceiptRecord]:
        """Those receipts."""
        return [receipt_record(row) for row in connection.execute(NAMED, {"ids": list(receipt_ids)})]

    def receipts(self, key: MessageKey) -> list[ReceiptRecord]:
        """Every receipt about a message, oldest first: the same message again gets the same ones again."""
        query = sa.select(receipt).where(same(receipt, key)).order_by(receipt.c.at)
        with reading(self._engine) as connection:
            return [receipt_record(row) for row in connection.execute(query)]

    # ---- what waits

    def held(self, besides: Mapping[Priority, Collection[str]], *, most: int) -> list[HeldFlow]:
        """Flows on hold that are not over, the longest waiting first; *besides*: to whom not, by class."""
        query = sa.select(flow).where(flow.c.held_since.is_not(None), UNDER_WAY, not_to(besides))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(flow.c.held_since).limit(most))
            return [held_flow(row) for row in rows]

    def resume(self, connection: sa.Connection, key: FlowKey, now_ms: int) -> None:
        """There is room again at the receiver."""
        mine = sa.and_(same(flow, key), flow.c.participant == key.participant)
        connection.execute(sa.update(flow).where(mine).values(held_since=None, moved=now_ms))
        self.move_flows(connection, [key], Event.RESUMED, now_ms)

    def late(self, *, now_ms: int, most: int = 200) -> list[LateFlow]:
        """Flows of open messages whose deadline has passed and that are not flagged yet."""
        query = (
            sa.select(message, flow.c.participant, flow.c.forwarded)
            .join(flow, sa.and_(flow.c.sender == message.c.sender, flow.c.message_id == message.c.message_id))
            .join(delivery, OF_FLOW)
            .where(message.c.outcome == "open", message.c.expires <= now_ms)
            .where(
                delivery.c.overdue.is_(sa.false()), delivery.c.state.not_in([s.value for s in journey.FINAL])
            )
            .distinct()
            .limit(most)
        )
        with reading(self._engine) as connection:
            return [late(row) for row in connection.execute(query)]

    def overdue(self, keys: Sequence[FlowKey]) -> None:
        """Flag their deliveries: the deadline has passed, and only the receiver's answer ends them."""
        with writing(self._engine) as connection:
            self.lock(connection, [MessageKey(key.sender, key.message_id) for key in keys])
            for key in keys:
                mine = sa.and_(same(delivery, key), delivery.c.participant == key.participant)
                connection.execute(sa.update(delivery).where(mine).values(overdue=True))

    def silent(
        self, besides: Mapping[Priority, Collection[str]], *, before_ms: int, most: int
    ) -> list[HeldFlow]:
        """Flows that were whole before *before_ms* and are not answered, with their last segment."""
        query = (
            sa.select(flow)
            .join(delivery, OF_FLOW)
            .where(delivery.c.state == State.ACCEPTED.value, delivery.c.at <= before_ms)
            .where(flow.c.moved <= before_ms, not_to(besides))
            .distinct()
            .limit(most)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [replace(held_flow(r), segments=Indices.of(r.segments, [r.segments - 1])) for r in rows]

    def count_death(self, connection: sa.Connection, key: FlowKey) -> int:
        """One more segment of the flow came back dead; how many have."""
        mine = sa.and_(same(flow, key), flow.c.participant == key.participant)
        connection.execute(sa.update(flow).where(mine).values(deaths=flow.c.deaths + 1))
        return int(connection.scalar(sa.select(flow.c.deaths).where(mine)) or 0)

    def about(self, connection: sa.Connection, key: FlowKey) -> LateFlow | None:
        """What is needed to speak of a flow in a receipt."""
        query = (
            sa.select(message, flow.c.participant, flow.c.forwarded)
            .join(flow, sa.and_(flow.c.sender == message.c.sender, flow.c.message_id == message.c.message_id))
            .where(same(message, key), flow.c.participant == key.participant)
        )
        row = connection.execute(query).first()
        return None if row is None else late(row)

    def open_receivers(self, connection: sa.Connection, key: FlowKey) -> list[Address]:
        """The receivers of a flow whose deliveries are not final."""
        query = sa.select(delivery.c.receiver).where(
            same(delivery, key),
            delivery.c.participant == key.participant,
            delivery.c.state.not_in([s.value for s in journey.FINAL]),
        )
        return [Address.parse(receiver) for receiver in connection.scalars(query)]

    def forget(self, *, before_ms: int, most: int = 500) -> int:
        """Drop finished messages admitted before *before_ms*; the ledger keeps its entries. How many."""
        query = (
            sa.select(message.c.sender, message.c.message_id)
            .where(
                message.c.admitted <= before_ms, message.c.outcome != "open", message.c.expires <= before_ms
            )
            .limit(most)
        )
        with writing(self._engine) as connection:
            keys = [MessageKey(r.sender, r.message_id) for r in connection.execute(query)]
            for drop in DROP if keys else ():
                execute_many(connection, drop, [{"s": key.sender, "m": key.message_id} for key in keys])
            self._refusals.forget(connection, before_ms=before_ms)
        return len(keys)

    def held_receivers(self) -> int:
        """How many participants hold something up."""
        query = sa.select(sa.func.count(flow.c.participant.distinct())).where(flow.c.held_since.is_not(None))
        with reading(self._engine) as connection:
            return int(connection.scalar(query) or 0)

    def overdue_count(self) -> int:
        """How many open deliveries are flagged."""
        late = sa.and_(delivery.c.overdue, delivery.c.state.not_in([s.value for s in journey.FINAL]))
        with reading(self._engine) as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(delivery).where(late)) or 0)

    def counts(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        query = sa.select(delivery.c.state, sa.func.count()).group_by(delivery.c.state)
        with reading(self._engine) as connection:
            return {state: int(count) for state, count in connection.execute(query)}


__all__ = [
    "HUB_TABLES",
    "FlowKey",
    "HeldFlow",
    "HubStore",
    "Known",
    "LateFlow",
    "MessageKey",
    "NewMessage",
    "Progress",
    "ReceiptRecord",
    "delivery",
    "flow",
    "message",
    "receipt",
    "receipt_record",
]
