# SPDX-License-Identifier: Apache-2.0
"""
The inbox: what a daemon has taken from the bus, and what it still owes to its applications.

Owns the rows of incoming messages and of their handovers, and the folders into which slices are
written at their offsets. A small payload stands in its row, so that taking it is one flush. It
decides nothing; `role.inbound` and `role.handover` do.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from exchange.edge import spool
from exchange.edge.hub_store import MessageKey
from exchange.edge.slice_files import SliceFiles
from exchange.edge.tables import create, execute_many, insert_if_new, metadata, reading, writing
from exchange.model.digest import Digest
from exchange.model.envelope import ManifestPart
from exchange.model.priority import Priority
from exchange.model.ranges import Indices

INLINE_BYTES = 64 * 1024

incoming = sa.Table(
    "incoming",
    metadata,
    sa.Column("message_id", sa.String(36), primary_key=True),  # first: ids grow, and they alone find a row
    sa.Column("sender", sa.String(64), primary_key=True),  # the participant
    sa.Column("digest", sa.String(80), nullable=False),
    sa.Column("envelope", sa.LargeBinary(1 << 20), nullable=False),
    sa.Column("key", sa.String(256), nullable=False),
    sa.Column("parts", sa.Text, nullable=False),  # JSON
    sa.Column("priority", sa.String(8), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("segments", sa.Integer, nullable=False),
    sa.Column("segment_bytes", sa.Integer, nullable=False),
    sa.Column("received", sa.LargeBinary(1 << 20), nullable=False),
    sa.Column("stage", sa.String(12), nullable=False),  # receiving, whole, done
    sa.Column("payload", sa.LargeBinary(1 << 24)),  # inline, or NULL: in the message's folder
    sa.Column("expires", sa.BigInteger, nullable=False),  # ms, as all times here
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("redelivered", sa.Integer, nullable=False, default=0),  # segments that came a second time
    sa.Column("asked", sa.BigInteger, nullable=False, default=0),  # when missing segments were last asked for
    sa.Index("incoming_stage", "stage", "last"),
)

handover = sa.Table(
    "handover",
    metadata,
    sa.Column("message_id", sa.String(36), primary_key=True),
    sa.Column("sender", sa.String(64), primary_key=True),
    sa.Column("application", sa.String(64), primary_key=True),  # ours
    sa.Column("state", sa.String(12), nullable=False),  # waiting, delivered, returned, expired
    sa.Column("rank", sa.Integer, nullable=False),  # of the class: 0 goes first
    sa.Column("since", sa.BigInteger, nullable=False),
    sa.Column("not_before", sa.BigInteger, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("origin", sa.String(400), nullable=False),  # sender's application and key, if it was restored
    sa.Column("code", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("receipt_id", sa.String(36)),
    sa.Column("receipt", sa.LargeBinary(1 << 20)),
    sa.Index("handover_waiting", "application", "state", "rank", "since"),
    sa.Index("handover_origin", "origin"),
)

INBOX_TABLES = (incoming, handover)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that has begun to arrive."""

    key: MessageKey
    digest: Digest
    envelope: bytes
    origin_key: str
    parts: tuple[ManifestPart, ...]
    priority: Priority
    size_bytes: int
    segments: int
    segment_bytes: int
    received: Indices
    stage: str
    expires_ms: int
    payload: bytes | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A whole message that one of our applications has not had yet."""

    message: Incoming
    application: str
    tries: int
    origin: str


@dataclass(frozen=True, slots=True)
class Handed:
    """What became of a handover; receipt is None where it is to be tried again."""

    key: MessageKey
    application: str
    state: str
    tries: int
    not_before_ms: int
    code: str = ""
    reason: str = ""
    receipt_id: str | None = None
    receipt: bytes | None = None


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """A receipt that we gave."""

    application: str
    receipt_id: str
    document: bytes


class Inbox:
    """The incoming side of one daemon's database."""

    def __init__(self, engine: sa.Engine, folder: Path) -> None:
        create(engine, *INBOX_TABLES)
        self._engine = engine
        self.slices = SliceFiles(folder)
        self.folder = folder
        self._looked_at = ""  # the last folder that was looked at for clearing
        self._new = insert_if_new(engine, incoming)
        self._new_handover = insert_if_new(engine, handover)

    def writing(self) -> AbstractContextManager[sa.Connection]:
        return writing(self._engine)

    def ping(self) -> None:
        """
        Whether it can be read and written now.

        Raises:
            StoreDown: EX-902, it cannot.
        """
        with writing(self._engine) as connection:
            connection.execute(sa.select(sa.literal(1)))

    # ---- arriving

    def known(self, keys: Iterable[MessageKey]) -> dict[MessageKey, Incoming]:
        """Which of *keys* have begun to arrive; without their inline payloads."""
        wanted = set(keys)
        if not wanted:
            return {}
        with reading(self._engine) as connection:
            found = map(_incoming, connection.execute(_KNOWN, {"ids": [key.message_id for key in wanted]}))
            return {one.key: one for one in found if one.key in wanted}

    def begin(self, connection: sa.Connection, messages: Sequence[Incoming], now_ms: int) -> None:
        """Enter messages seen for the first time."""
        if messages:
            execute_many(connection, self._new, [_values(m, now_ms) for m in messages])

    def fill(self, connection: sa.Connection, payloads: Mapping[MessageKey, bytes]) -> None:
        """The payloads of small messages that had begun without: their one segment had come damaged."""
        for key, payload in payloads.items():
            connection.execute(sa.update(incoming).where(_is(incoming, key)).values(payload=payload))

    def advance(
        self,
        connection: sa.Connection,
        received: Mapping[MessageKey, Indices],
        now_ms: int,
        *,
        redelivered: Mapping[MessageKey, int] = MappingProxyType({}),
    ) -> None:
        """Note which slices are on disk; the caller has flushed them."""
        rows = [
            {
                "s": k.sender, "m": k.message_id, "bits": r.to_bytes(),
                "now": "whole" if r.whole else "receiving", "at": now_ms, "more": redelivered.get(k, 0),
            }
            for k, r in received.items()
        ]  # fmt: skip
        if rows:
            execute_many(connection, _ADVANCE, rows)

    def owe(self, connection: sa.Connection, rows: Iterable[tuple[Incoming, str, str]], now_ms: int) -> None:
        """These (message, application, origin) are whole and to be handed over."""
        values = [
            {
                "sender": m.key.sender,
                "message_id": m.key.message_id,
                "application": application,
                "state": "waiting",
                "rank": m.priority.rank,
                "since": now_ms,
                "not_before": 0,
                "tries": 0,
                "origin": origin,
                "code": "",
                "reason": "",
                "receipt_id": None,
                "receipt": None,
            }
            for m, application, origin in rows
        ]
        if values:
            execute_many(connection, self._new_handover, values)

    def forget_slices(self, key: MessageKey, received: Indices, now_ms: int) -> None:
        """Slices were found damaged or gone: only *received* are there."""
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(incoming)
                .where(_is(incoming, key))
                .values(received=received.to_bytes(), stage="receiving", last=now_ms)
            )
            connection.execute(sa.delete(handover).where(_is(handover, key), handover.c.state == "waiting"))

    def quiet(self, *, since_ms: int, most: int = 100) -> list[Incoming]:
        """Messages that are not whole and of which nothing has come, nor been asked for, since *since_ms*."""
        query = (
            sa.select(incoming)
            .where(incoming.c.stage == "receiving", incoming.c.last <= since_ms, incoming.c.asked <= since_ms)
            .limit(most)
        )
        with reading(self._engine) as connection:
            return [_incoming(row) for row in connection.execute(query)]

    def asked(self, key: MessageKey, now_ms: int) -> None:
        with writing(self._engine) as connection:
            connection.execute(sa.update(incoming).where(_is(incoming, key)).values(asked=now_ms))

    # ---- handing over

    def waiting(
        self,
        application: str,
        *,
        now_ms: int,
        most: int = 64,
        lines: Collection[tuple[int, str]] = (),
        ranks: Collection[int] = (),
    ) -> list[Waiting]:
        """What *application* is to have next, soonest class and oldest first; not of these (rank, sender)."""
        asked = {"application": application, "now": now_ms, "most": most}
        query = _WAITING
        if lines:
            query = query.where(sa.tuple_(handover.c.rank, handover.c.sender).not_in(list(lines)))
        if ranks:
            query = query.where(handover.c.rank.not_in(ranks))
        with reading(self._engine) as connection:
            return [
                Waiting(_incoming(r, r.payload), r.application, r.tries, r.origin)
                for r in connection.execute(query, asked)
            ]

    def still_waiting(self, application: str, keys: Collection[MessageKey]) -> set[MessageKey]:
        """Those of *keys* that *application* is still to have."""
        asked = {"ids": [key.message_id for key in keys], "application": application}
        with reading(self._engine) as connection:
            return {MessageKey(r.sender, r.message_id) for r in connection.execute(_STILL, asked)} & set(keys)

    def handed(self, connection: sa.Connection, results: Sequence[Handed]) -> None:
        """Note what became of handovers; a message whose handovers are all final is done."""
        if not results:
            return
        self.answered(connection, results)
        if final := list(dict.fromkeys(x.key for x in results if x.state != "waiting")):
            execute_many(connection, _DONE, [{"s": key.sender, "m": key.message_id} for key in final])

    def answered(self, connection: sa.Connection, results: Sequence[Handed]) -> None:
        """Note what became of handovers of a message that may go on arriving, for others."""
        rows = [
            {
                "s": x.key.sender, "m": x.key.message_id, "a": x.application,
                "st": x.state, "t": x.tries, "nb": x.not_before_ms,
                "c": x.code, "r": x.reason, "ri": x.receipt_id, "rd": x.receipt,
            }
            for x in results
        ]  # fmt: skip
        execute_many(connection, _HANDED, rows)

    def end(self, connection: sa.Connection, key: MessageKey) -> None:
        """Nobody is to have this message, however much of it is there."""
        connection.execute(sa.update(incoming).where(_is(incoming, key)).values(stage="done", payload=None))

    def given(self, key: MessageKey) -> list[KeptReceipt]:
        """The receipts that we gave for a message: it may come again, and gets the same again."""
        query = sa.select(handover).where(_is(handover, key), handover.c.receipt.is_not(None))
        with reading(self._engine) as connection:
            return [KeptReceipt(r.application, r.receipt_id, r.receipt) for r in connection.execute(query)]

    def delivered_before(self, origins: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which (application, origin) were delivered already, under whatever message id."""
        if not origins:
            return set()
        asked = {"origins": [origin for _, origin in origins]}
        with reading(self._engine) as connection:
            return {(r.application, r.origin) for r in connection.execute(_DELIVERED, asked)}

    def stage_of(self, key: MessageKey) -> str | None:
        with reading(self._engine) as connection:
            return connection.scalar(sa.select(incoming.c.stage).where(_is(incoming, key)))

    def is_shared(self, key: MessageKey) -> bool:
        """Whether it came for several applications."""
        ours = sa.select(sa.func.count()).select_from(handover).where(_is(handover, key))
        with reading(self._engine) as connection:
            return (connection.scalar(ours) or 0) > 1

    # ---- forgetting

    def done_places(self, *, orphaned_before_ms: int, most: int = 200) -> list[Path]:
        """
        Payload folders that nobody needs: of messages that are done, and orphans from before a time.

        A folder is made before its row is committed: without a row it is an orphan only when it is old.
        Each call looks at *most* folders, those that follow the ones before, and in the end at all.
        """
        there = [name for name in self.slices.places() if "~" in name]
        names = there[bisect_right(there, self._looked_at) :][:most]
        self._looked_at = names[-1] if len(names) == most else ""
        keys = {MessageKey(*name.split("~", 1)): self.folder / name for name in names}
        known = self.known(keys)
        orphans = {
            e for key, e in keys.items() if key not in known and spool.changed_ms(e) < orphaned_before_ms
        }
        return [e for key, e in keys.items() if e in orphans or (key in known and known[key].stage == "done")]

    def forget(self, *, before_ms: int, most: int = 500) -> int:
        """Drop what is done, has expired and was last touched before *before_ms*; how many."""
        return self._drop(incoming.c.last <= before_ms, expired_ms=before_ms, most=most)

    def forget_beyond(self, keep: int, *, expired_ms: int, most: int = 500) -> int:
        """Beyond *keep* messages, drop the oldest done ones that expired before *expired_ms*; how many."""
        with reading(self._engine) as connection:
            count = int(connection.scalar(sa.select(sa.func.count()).select_from(incoming)) or 0)
        if count <= keep:
            return 0
        return self._drop(sa.true(), expired_ms=expired_ms, most=min(most, count - keep))

    def _drop(self, which: sa.ColumnElement[bool], *, expired_ms: int, most: int) -> int:
        query = (
            sa.select(incoming.c.sender, incoming.c.message_id)
            .where(incoming.c.stage == "done", which, incoming.c.expires <= expired_ms)
            .order_by(incoming.c.last)
            .limit(most)
        )
        with writing(self._engine) as connection:
            keys = [MessageKey(r.sender, r.message_id) for r in connection.execute(query)]
            for key in keys:
                connection.execute(sa.delete(handover).where(_is(handover, key)))
                connection.execute(sa.delete(incoming).where(_is(incoming, key)))
        return len(keys)

    def spool_bytes(self) -> tuple[int, int]:
        """Bytes that wait whole for their applications, and bytes that have arrived of what is not whole."""
        arrived = 0
        with reading(self._engine) as connection:
            whole = connection.scalar(_WHOLE)
            for row in connection.execute(_ARRIVING):
                received = len(Indices.from_bytes(row.segments, row.received))
                arrived += min(row.size, received * row.segment_bytes)
        return int(whole or 0), arrived

    def progress(self, key: MessageKey) -> tuple[int, int, int] | None:
        """Segments received, of how many, and how many came twice; None where the message has not begun."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(incoming).where(_is(incoming, key))).first()
        if row is None:
            return None
        return len(Indices.from_bytes(row.segments, row.received)), row.segments, row.redelivered

    def counts(self) -> dict[str, int]:
        """How many messages are at each stage."""
        query = sa.select(incoming.c.stage, sa.func.count()).group_by(incoming.c.stage)
        with reading(self._engine) as connection:
            return {stage: int(count) for stage, count in connection.execute(query)}


_THIS = (incoming.c.sender == sa.bindparam("s"), incoming.c.message_id == sa.bindparam("m"))
_ADVANCE = (
    sa.update(incoming)
    .where(*_THIS, incoming.c.stage == "receiving")
    .values(
        received=sa.bindparam("bits"),
        stage=sa.bindparam("now"),
        last=sa.bindparam("at"),
        redelivered=incoming.c.redelivered + sa.bindparam("more"),
    )
)
_HANDED = (
    sa.update(handover)
    .where(
        handover.c.sender == sa.bindparam("s"),
        handover.c.message_id == sa.bindparam("m"),
        handover.c.application == sa.bindparam("a"),
    )
    .values(
        state=sa.bindparam("st"),
        tries=sa.bindparam("t"),
        not_before=sa.bindparam("nb"),
        code=sa.bindparam("c"),
        reason=sa.bindparam("r"),
        receipt_id=sa.bindparam("ri"),
        receipt=sa.bindparam("rd"),
    )
)
_OPEN = sa.exists().where(
    handover.c.sender == incoming.c.sender,
    handover.c.message_id == incoming.c.message_id,
    handover.c.state == "waiting",
)
_DONE = (  # while it arrives, others wait for it who have no handover yet
    sa.update(incoming).where(*_THIS, incoming.c.stage == "whole", ~_OPEN).values(stage="done", payload=None)
)
_SAME = (handover.c.sender == incoming.c.sender) & (handover.c.message_id == incoming.c.message_id)
_WAITING = (
    sa.select(incoming, handover.c.application, handover.c.tries, handover.c.origin)
    .join(handover, _SAME)
    .where(
        handover.c.application == sa.bindparam("application"),
        handover.c.state == "waiting",
        handover.c.not_before <= sa.bindparam("now"),
    )
    .order_by(handover.c.rank, handover.c.since)
    .limit(sa.bindparam("most"))
)
_STILL = sa.select(handover.c.sender, handover.c.message_id).where(
    handover.c.message_id.in_(sa.bindparam("ids", expanding=True)),
    handover.c.application == sa.bindparam("application"),
    handover.c.state == "waiting",
)
_DELIVERED = sa.select(handover.c.application, handover.c.origin).where(
    handover.c.origin.in_(sa.bindparam("origins", expanding=True)), handover.c.state == "delivered"
)
_WHOLE = sa.select(sa.func.sum(incoming.c.size)).where(incoming.c.stage == "whole")
_ARRIVING = sa.select(
    incoming.c.segments, incoming.c.received, incoming.c.size, incoming.c.segment_bytes
).where(incoming.c.stage == "receiving")
_KNOWN = sa.select(incoming).where(incoming.c.message_id.in_(sa.bindparam("ids", expanding=True)))


def _is(table: sa.Table, key: MessageKey) -> Any:
    return sa.and_(table.c.sender == key.sender, table.c.message_id == key.message_id)


def _values(m: Incoming, now_ms: int) -> dict[str, Any]:
    parts = [[p.name, p.media_type, p.role, p.size_bytes, str(p.digest)] for p in m.parts]
    return {
        "sender": m.key.sender,
        "message_id": m.key.message_id,
        "digest": str(m.digest),
        "envelope": m.envelope,
        "key": m.origin_key,
        "parts": json.dumps(parts),
        "priority": m.priority.value,
        "size": m.size_bytes,
        "segments": m.segments,
        "segment_bytes": m.segment_bytes,
        "received": m.received.to_bytes(),
        "stage": m.stage,
        "payload": m.payload,
        "expires": m.expires_ms,
        "first": now_ms,
        "last": now_ms,
        "asked": 0,
        "redelivered": 0,
    }


def _incoming(row: sa.Row[Any], payload: bytes | None = None) -> Incoming:
    return Incoming(
        key=MessageKey(row.sender, row.message_id),
        digest=Digest.parse(row.digest),
        envelope=row.envelope,
        origin_key=row.key,
        parts=tuple(ManifestPart(n, t, r, s, Digest.parse(d)) for n, t, r, s, d in json.loads(row.parts)),
        priority=Priority(row.priority),
        size_bytes=row.size,
        segments=row.segments,
        segment_bytes=row.segment_bytes,
        received=Indices.from_bytes(row.segments, row.received),
        stage=row.stage,
        expires_ms=row.expires,
        payload=payload,
    )
