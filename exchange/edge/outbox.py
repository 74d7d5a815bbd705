# SPDX-License-Identifier: Apache-2.0
"""
The outbox: what a daemon owes to the bus, until every delivery is final.

Owns the rows of outgoing messages, of their deliveries and of the receipts about them, and the
folders with payloads too large for a row. It decides nothing: `role.outbound` does, in
transactions that it opens here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import sqlalchemy as sa

from exchange.edge import spool
from exchange.edge.outbox_rows import (
    AWAITED,
    BEYOND,
    CLAIM,
    CONCLUDE,
    CONFIRM,
    HAVE,
    INLINE_BYTES,
    KNOWN,
    MOVE,
    OWN,
    SEAL,
    SILENT,
    STATES,
    TOLD,
    UNFORGOTTEN,
    UNTOLD,
    UNTOLD_OF,
    Claimed,
    Head,
    KeyTaken,
    Own,
    ReceiptRow,
    Sealed,
    StoredPart,
    Transfer,
    Unanswered,
    Untold,
    claimed,
    event_of,
    head_json,
    outgoing,
    outgoing_delivery,
    parts_json,
    receipt,
    receipt_row,
    receipt_values,
    transfer,
    transfer_of,
)
from exchange.edge.tables import create, execute_many, insert_if_new, reading, writing
from exchange.model import journey
from exchange.model.digest import Digest
from exchange.model.journey import State
from exchange.model.priority import Priority
from exchange.model.ranges import Indices


class Outbox:
    """The outgoing side of one daemon's database."""

    def __init__(self, engine: sa.Engine, folder: Path) -> None:
        create(engine, outgoing, outgoing_delivery, receipt)
        spool.make_folders(folder)
        self._engine = engine
        self.folder = folder
        self._new_receipt = insert_if_new(engine, receipt)
        self._new_delivery = insert_if_new(engine, outgoing_delivery)

    def writing(self) -> AbstractContextManager[sa.Connection]:
        return writing(self._engine)

    # ---- taking over and sealing

    def known(self, application: str, keys: Sequence[str]) -> dict[str, str]:
        """Which of *keys* are there already, with their message ids."""
        wanted = {"application": application, "keys": list(keys)}
        with reading(self._engine) as connection:
            return {row.key: row.message_id for row in connection.execute(KNOWN, wanted)}

    def existing(self, ids: Sequence[str]) -> set[str]:
        """Which of the message *ids* have a row."""
        with reading(self._engine) as connection:
            found = connection.scalars(sa.select(outgoing.c.message_id).where(outgoing.c.message_id.in_(ids)))
            return set(found)

    def claim(self, connection: sa.Connection, messages: Iterable[Claimed]) -> None:
        """
        Take *messages* over: from the commit of *connection* on they are the bus's care.

        Raises:
            KeyTaken: somebody else took one of the same key over meanwhile.
        """
        rows = [
            {
                "message_id": m.message_id,
                "application": m.application,
                "key": m.key,
                "type": m.type,
                "priority": m.priority.value if m.priority else None,
                "created": m.created_ms,
                "expires": m.expires_ms,
                "head": json.dumps(head_json(m.head)),
                "parts": parts_json(m.parts),
                "size": m.size_bytes,
                "payload": m.payload,
                "stage": "claimed",
                "outcome": "open",
                "resent": 0,
            }
            for m in messages
        ]
        if not rows:
            return
        try:
            execute_many(connection, CLAIM, rows)
        except sa.exc.IntegrityError as e:
            raise KeyTaken from e

    def seal(self, connection: sa.Connection, sealed: Sequence[Sealed], at_ms: int) -> None:
        """Fix envelope, root and receivers of claimed messages."""
        execute_many(
            connection,
            SEAL,
            [
                {
                    "of": s.message_id,
                    "e": s.envelope,
                    "d": str(s.digest),
                    "s": s.secret,
                    "l": s.leaves,
                    "p": s.priority.value,
                    "sb": s.segment_bytes,
                    "n": s.segments,
                    "parts_json": parts_json(s.parts),
                }
                for s in sealed
            ],
        )
        self._open_deliveries(
            connection, ((s.message_id, str(r)) for s in sealed for r in s.receivers), at_ms
        )

    def _open_deliveries(
        self, connection: sa.Connection, pairs: Iterable[tuple[str, str]], at_ms: int
    ) -> None:
        rows = [{"message_id": m, "receiver": r, "state": State.QUEUED.value, "at": at_ms} for m, r in pairs]
        if rows:
            execute_many(connection, self._new_delivery, rows)

    def add_receiver(self, message_id: str, receiver: str, at_ms: int) -> None:
        """One receiver more: the hub's route knew it and our view did not."""
        with writing(self._engine) as connection:
            self._open_deliveries(connection, [(message_id, receiver)], at_ms)

    def claimed(self, most: int, *, besides: Sequence[str] = ()) -> list[Claimed]:
        """Messages that wait to be sealed and are not in *besides*, oldest first."""
        query = (
            sa.select(outgoing)
            .where(outgoing.c.stage == "claimed", outgoing.c.message_id.not_in(besides))
            .order_by(outgoing.c.message_id)
            .limit(most)
        )
        with reading(self._engine) as connection:
            return [claimed(row) for row in connection.execute(query)]

    def fail(self, message_id: str, row: ReceiptRow, now_ms: int) -> None:
        """It was claimed and can never be sealed: over, with our own word for it instead of a receipt."""
        with writing(self._engine) as connection:
            connection.execute(self._new_receipt, [receipt_values(row)])
            connection.execute(
                sa.update(outgoing)
                .where(outgoing.c.message_id == message_id)
                .values(stage="done", outcome="failed", finished=now_ms, leaves=b"")  # to be forgotten
            )

    # ---- transferring

    def transfers(
        self, priority: Priority, *, besides: Sequence[str] = (), most: int = 256
    ) -> list[Transfer]:
        """Sealed messages of a class that are still open and not in *besides*, oldest first."""
        query = (
            sa.select(outgoing)
            .where(outgoing.c.stage == "sealed", outgoing.c.priority == priority.value)
            .where(outgoing.c.outcome == "open", outgoing.c.message_id.not_in(besides))
            .order_by(outgoing.c.message_id)
            .limit(most)
        )
        with reading(self._engine) as connection:
            rows = list(connection.execute(query))
            receivers = self._receivers(connection, [row.message_id for row in rows])
        return [transfer(row, receivers.get(row.message_id, {})) for row in rows]

    def transfer(self, message_id: str) -> Transfer | None:
        """The sealed, open message *message_id*."""
        query = sa.select(outgoing).where(outgoing.c.message_id == message_id, outgoing.c.stage == "sealed")
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
            receivers = self._receivers(connection, [message_id])
        return None if row is None or row.outcome != "open" else transfer(row, receivers.get(message_id, {}))

    def has_transfers_beyond(self, count: int) -> bool:
        """Whether more than *count* sealed messages wait to leave; it costs the same, however many do."""
        with reading(self._engine) as connection:
            return connection.execute(BEYOND, {"count": count}).first() is not None

    def _receivers(self, connection: sa.Connection, ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """The states of the deliveries of each message, by receiver."""
        d = outgoing_delivery.c
        found: dict[str, dict[str, str]] = {}
        query = sa.select(d.message_id, d.receiver, d.state).where(d.message_id.in_(ids))
        for row in connection.execute(query):
            found.setdefault(row.message_id, {})[row.receiver] = row.state
        return found

    def awaited(self) -> list[Unanswered]:
        """Messages that the hub's queues have whole, and of a delivery of which the hub has not spoken."""
        with reading(self._engine) as connection:
            return [
                Unanswered(row.message_id, Priority(row.priority), row.size, row.receivers)
                for row in connection.execute(AWAITED)
            ]

    def awaits(self, message_id: str) -> bool:
        """Whether the hub still owes a word about a delivery of that message."""
        d = outgoing_delivery.c
        mine = sa.select(d.receiver).where(d.message_id == message_id, d.state.in_(SILENT))
        with reading(self._engine) as connection:
            return connection.execute(mine).first() is not None

    def offer_again(self, message_id: str, *, last: bool) -> bool:
        """One segment, the last or the first, is to be sent again; whether there is such an open message."""
        with reading(self._engine) as connection:
            mine = outgoing.c.message_id == message_id
            segments = connection.scalar(sa.select(outgoing.c.segments).where(mine))
        return segments is not None and self.reopen(message_id, str(segments - 1 if last else 0))

    def confirm(self, connection: sa.Connection, confirmed: Mapping[str, Indices]) -> None:
        """Remember which segments of each message the hub's queues have."""
        rows = [
            {"of": message_id, "bits": indices.to_bytes(), "whole": indices.whole}
            for message_id, indices in confirmed.items()
        ]
        if rows:
            execute_many(connection, CONFIRM, rows)

    def reopen(self, message_id: str, ranges: str) -> bool:
        """
        The segments named by *ranges* (all for "") are to be sent again; whether there is such a message.

        Raises:
            Reject: EX-104, *ranges* names segments that the message does not have.
        """
        mine = sa.and_(outgoing.c.message_id == message_id, outgoing.c.stage.in_(("sealed", "sent", "held")))
        columns = (outgoing.c.segments, outgoing.c.confirmed)
        with writing(self._engine) as connection:
            row = connection.execute(sa.select(*columns).where(mine)).first()
            if row is None:
                return False
            wanted = Indices.parse(row.segments, ranges) if ranges else Indices.all(row.segments)
            had = Indices.from_bytes(row.segments, row.confirmed or b"")
            connection.execute(
                sa.update(outgoing)
                .where(mine)
                .values(
                    confirmed=(had - wanted).to_bytes(),
                    stage="sealed",
                    resent=outgoing.c.resent + len(had & wanted),
                )
            )
            return True

    def count_resent(self, connection: sa.Connection, segments: Mapping[str, int]) -> None:
        """So many segments of each message go out a second time, because nobody knows of the first."""
        rows = [{"of": message_id, "more": count} for message_id, count in segments.items() if count]
        if rows:
            connection.execute(
                sa.update(outgoing)
                .where(outgoing.c.message_id == sa.bindparam("of"))
                .values(resent=outgoing.c.resent + sa.bindparam("more")),
                rows,
            )

    # ---- receipts

    def own(self, ids: Sequence[str]) -> dict[str, Own]:
        """Which of *ids* are sealed messages of ours."""
        with reading(self._engine) as connection:
            rows = connection.execute(OWN, {"ids": list(ids)})
            return {r.message_id: Own(Digest.parse(r.digest), r.application, r.key) for r in rows}

    def record(
        self, connection: sa.Connection, rows: Sequence[ReceiptRow], *, now_ms: int
    ) -> list[ReceiptRow]:
        """
        Enter receipts and move their deliveries; those that were new.

        A receipt without a receiver is about the message as a whole and moves every delivery of it.
        """
        old = set(connection.scalars(HAVE, {"ids": [r.receipt_id for r in rows]}))
        fresh = list({r.receipt_id: r for r in rows if r.receipt_id not in old}.values())
        if not fresh:
            return []
        execute_many(connection, self._new_receipt, [receipt_values(r) for r in fresh])
        states = self._move(connection, fresh)
        self._conclude(connection, fresh, states, now_ms)
        return fresh

    def _move(self, connection: sa.Connection, rows: Sequence[ReceiptRow]) -> _States:
        """Move the deliveries that receipts speak of; the states of all deliveries of these messages."""
        found = connection.execute(STATES, {"ids": list({r.message_id for r in rows})})
        states = {(row.message_id, row.receiver): State(row.state) for row in found}
        moved: dict[tuple[str, str], tuple[State, int]] = {}
        for row in rows:
            event = event_of(row.kind)
            whole = [place for place in states if place[0] == row.message_id]
            for place in [(row.message_id, row.receiver)] if row.receiver else whole:
                if journey.allows(states.get(place, State.QUEUED), event):
                    states[place] = journey.after(states.get(place, State.QUEUED), event)
                    moved[place] = (states[place], row.at_ms)
        strangers = [place for place in moved if place not in states]
        self._open_deliveries(connection, strangers, 0)
        if moved:
            values = [{"m": m, "r": r, "s": s.value, "t": t} for (m, r), (s, t) in moved.items()]
            execute_many(connection, MOVE, values)
        return states

    def _conclude(
        self, connection: sa.Connection, rows: Sequence[ReceiptRow], states: _States, now_ms: int
    ) -> None:
        """Give messages whose deliveries are all final their outcome."""
        of_message: dict[str, list[State]] = {}
        for (message_id, _), state in states.items():
            of_message.setdefault(message_id, []).append(state)
        outcomes = {m: journey.of_message(found) for m, found in of_message.items()}
        for row in rows:  # refused as a whole, before it had any delivery
            if not row.receiver and row.kind != "accepted" and outcomes.get(row.message_id, "open") == "open":
                outcomes[row.message_id] = "failed"
        done = [{"of": m, "o": outcome, "t": now_ms} for m, outcome in outcomes.items() if outcome != "open"]
        if done:
            execute_many(connection, CONCLUDE, done)

    def held(self, message_id: str, participant: str, event: journey.Event, at_ms: int) -> None:
        """
        Note a `hold` or `go` for one receiving participant.

        A message of which every receiver is on hold leaves the line: it takes no room in memory
        until `reopen` puts it back.
        """
        d = outgoing_delivery.c
        with writing(self._engine) as connection:
            rows = connection.execute(sa.select(d.receiver, d.state).where(d.message_id == message_id))
            states = {row.receiver: State(row.state) for row in rows}
            for receiver, state in states.items():
                if receiver.startswith(f"{participant}/") and journey.allows(state, event):
                    states[receiver] = journey.after(state, event)
                    mine = sa.and_(d.message_id == message_id, d.receiver == receiver)
                    now = {"state": states[receiver].value, "at": at_ms}
                    connection.execute(sa.update(outgoing_delivery).where(mine).values(**now))
            if states and all(state is State.HELD or state.is_final for state in states.values()):
                mine = sa.and_(outgoing.c.message_id == message_id, outgoing.c.stage == "sealed")
                connection.execute(sa.update(outgoing).where(mine).values(stage="held"))

    def untold(self, application: str, most: int = 256) -> list[Untold]:
        """Receipts that the adapter of *application* has not been told of, oldest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(UNTOLD_OF, {"application": application, "most": most})
            return [Untold(receipt_row(row), row.outcome) for row in rows]

    def told(self, connection: sa.Connection, receipt_ids: Sequence[str]) -> None:
        """The adapter knows these receipts."""
        if receipt_ids:
            execute_many(connection, TOLD, [{"of": i} for i in receipt_ids])

    # ---- forgetting

    def finished(self, *, before_ms: int, most: int = 500) -> list[str]:
        """Ids of done messages whose payload may go."""
        query = (
            sa.select(outgoing.c.message_id).where(UNFORGOTTEN, outgoing.c.finished <= before_ms).limit(most)
        )
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def forget_payload(self, ids: Sequence[str]) -> None:
        """Drop payload, content key and leaves; head, envelope and receipts stay as what is known of it."""
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(outgoing)
                .where(outgoing.c.message_id == sa.bindparam("of"))
                .values(payload=None, secret=None, leaves=None),
                [{"of": i} for i in ids],
            )

    def forget(self, *, before_ms: int, most: int = 500) -> int:
        """Drop what finished before *before_ms* and has expired, with its receipts; how many."""
        return self._drop(outgoing.c.finished <= before_ms, expired_ms=before_ms, most=most)

    def forget_beyond(self, keep: int, *, expired_ms: int, most: int = 500) -> int:
        """Beyond *keep* messages, drop the oldest final ones that expired before *expired_ms*; how many."""
        with reading(self._engine) as connection:
            count = int(connection.scalar(sa.select(sa.func.count()).select_from(outgoing)) or 0)
        if count <= keep:
            return 0
        return self._drop(sa.true(), expired_ms=expired_ms, most=min(most, count - keep))

    def _drop(self, which: sa.ColumnElement[bool], *, expired_ms: int, most: int) -> int:
        """Until its adapter was told of the outcome, a message stays."""
        untold = sa.exists().where(receipt.c.message_id == outgoing.c.message_id, UNTOLD)
        ids_query = (
            sa.select(outgoing.c.message_id)
            .where(which, outgoing.c.finished.is_not(None), outgoing.c.expires <= expired_ms, ~untold)
            .order_by(outgoing.c.finished)  # by its index, which a look at the stage would pass over
            .limit(most)
        )
        with reading(self._engine) as connection:
            ids = list(connection.scalars(ids_query))
        if ids:
            with writing(self._engine) as connection:
                for table in (receipt, outgoing_delivery, outgoing):
                    connection.execute(sa.delete(table).where(table.c.message_id.in_(ids)))
        return len(ids)

    def receipts(self, message_id: str) -> list[ReceiptRow]:
        """The receipts about a message of ours, oldest first."""
        query = sa.select(receipt).where(receipt.c.message_id == message_id).order_by(receipt.c.at)
        with reading(self._engine) as connection:
            return [receipt_row(row) for row in connection.execute(query)]

    def outcome(self, message_id: str) -> str | None:
        """`open`, `delivered`, `failed` or `partial`; None where there is no such message."""
        with reading(self._engine) as connection:
            mine = outgoing.c.message_id == message_id
            return connection.scalar(sa.select(outgoing.c.outcome).where(mine))

    def progress(self, message_id: str) -> tuple[int, int, int] | None:
        """Segments confirmed, of how many, and how many were sent again; None before it is sealed."""
        mine = sa.and_(outgoing.c.message_id == message_id, outgoing.c.segments.is_not(None))
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(outgoing).where(mine)).first()
        if row is None:
            return None
        return len(Indices.from_bytes(row.segments, row.confirmed or b"")), row.segments, row.resent

    def delivery_states(self, message_id: str) -> dict[str, str]:
        """The state of each delivery of a message, by receiver."""
        d = outgoing_delivery.c
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(d.receiver, d.state).where(d.message_id == message_id))
            return {row.receiver: row.state for row in rows}

    def counts(self) -> dict[str, int]:
        """How many messages are at each stage."""
        query = sa.select(outgoing.c.stage, sa.func.count()).group_by(outgoing.c.stage)
        with reading(self._engine) as connection:
            return {stage: int(count) for stage, count in connection.execute(query)}

    def places(self, ids: Iterable[str]) -> list[Path]:
        """The folders of those *ids* that have one."""
        there = set(spool.listed(self.folder))
        return [self.place(message_id) for message_id in ids if message_id in there]

    def place(self, message_id: str) -> Path:
        """The folder with the payload of a message that is too large for its row."""
        return self.folder / message_id


_States = dict[tuple[str, str], State]  # (message id, receiver) -> state


__all__ = [
    "INLINE_BYTES",
    "Claimed",
    "Head",
    "KeyTaken",
    "Outbox",
    "Own",
    "ReceiptRow",
    "Sealed",
    "StoredPart",
    "Transfer",
    "Untold",
    "outgoing",
    "outgoing_delivery",
    "receipt",
    "receipt_row",
    "transfer_of",
]
