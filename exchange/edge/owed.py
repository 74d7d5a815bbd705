# SPDX-License-Identifier: Apache-2.0
"""
What is owed to the broker: documents that a committed transaction promised and that must go out.

A row is entered in the transaction that makes the promise and goes when the broker has confirmed
the parcel. After a crash the rows that are left are published again; receivers know them by id.
Hub and daemons keep the same table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from exchange.edge.broker import Parcel
from exchange.edge.tables import execute_many, insert_if_new, metadata, reading, writing

owed = sa.Table(
    "owed",
    metadata,
    sa.Column("id", sa.String(160), primary_key=True),  # the receipt's or notice's id, and where it goes
    sa.Column("exchange", sa.String(80), nullable=False),
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("document_id", sa.String(36), nullable=False),
    sa.Column("user_id", sa.String(80), nullable=False),
    sa.Column("body", sa.LargeBinary(1 << 24), nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False, index=True),  # ms
)


OWED_MOST = 200  # documents that are read at a time
_START = (0, "")  # since when, and which: before all of them


def owed_id(parcel: Parcel) -> str:
    """What a promise is known by: the document, and where it goes."""
    return f"{parcel.message_id}@{parcel.exchange}/{parcel.key}"


class Owed:
    """The owed documents of one database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._insert = insert_if_new(engine, owed)
        self._looked_at = _START

    def enter(self, connection: sa.Connection, parcels: Iterable[Parcel], since_ms: int) -> None:
        """Promise *parcels* in the transaction of *connection*; what is promised already stays as it is."""
        rows = [
            {
                "id": owed_id(p), "exchange": p.exchange, "key": p.key, "kind": p.kind,
                "document_id": p.message_id, "user_id": p.user_id, "body": p.body, "since": since_ms,
            }
            for p in parcels
        ]  # fmt: skip
        if rows:
            execute_many(connection, self._insert, rows)

    def settle(self, connection: sa.Connection, ids: Sequence[str]) -> None:
        """The broker has them: forget."""
        if ids:
            execute_many(connection, _GONE, [{"gone": i} for i in ids])

    def settle_now(self, ids: Sequence[str]) -> None:
        with writing(self._engine) as connection:
            self.settle(connection, ids)

    def waiting(self, *, before_ms: int, most: int = OWED_MOST) -> list[Parcel]:
        """
        Of those promised before *before_ms*, the oldest.

        Each call reads *most*, those that follow the ones before, and after the last the oldest again:
        what is refused for days, because its receiver is away, does not stand before what is not.
        """
        since, id_ = self._looked_at
        follows = sa.or_(owed.c.since > since, owed.c.id > id_)
        query = sa.select(owed).where(owed.c.since.between(since, before_ms), follows)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(owed.c.since, owed.c.id).limit(most)).all()
        self._looked_at = (rows[-1].since, rows[-1].id) if len(rows) == most else _START
        return [Parcel(r.exchange, r.key, r.body, r.kind, r.document_id, r.user_id) for r in rows]

    def count(self) -> int:
        with reading(self._engine) as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(owed)) or 0)


_GONE = sa.delete(owed).where(owed.c.id == sa.bindparam("gone"))
