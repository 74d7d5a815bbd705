# SPDX-License-Identifier: Apache-2.0
"""
What a daemon remembers of the hub's ledger: the last head that was proven, and the last alarm.

Two rows. Whether a head follows from another is judged in `exchange.role.head_watch`.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from exchange.edge.tables import create, metadata, reading, writing
from exchange.model.head_proof import CitedHead
from exchange.model.ledger_head import LedgerHead

seen_head = sa.Table(
    "seen_head",
    metadata,
    sa.Column("name", sa.String(16), primary_key=True),  # proven, alarm
    sa.Column("body", sa.LargeBinary(1 << 16), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),  # ms
)

_PROVEN, _ALARM = "proven", "alarm"


@dataclass(frozen=True, slots=True)
class Alarm:
    """
    A head that was not believed, and when.

    seen, shown: size and root of the head that was known and of the one that does not follow from it;
    proven_since: a later one was proven to follow.
    """

    seen: str
    shown: str
    at_ms: int
    proven_since: bool


class SeenHeads:
    """The heads of one daemon's database."""

    def __init__(self, engine: sa.Engine) -> None:
        create(engine, seen_head)
        self._engine = engine

    def proven(self) -> LedgerHead | None:
        """The last head that was proven to follow from those before."""
        row = self._row(_PROVEN)
        return None if row is None else LedgerHead.from_bytes(row.body)

    def alarm(self) -> Alarm | None:
        """The last alarm; it stays, because it is evidence."""
        row, proven = self._row(_ALARM), self._row(_PROVEN)
        if row is None:
            return None
        seen, shown = row.body.decode().split("\n")
        return Alarm(seen, shown, row.at, proven is not None and proven.at > row.at)

    def keep(self, head: LedgerHead, at_ms: int) -> None:
        """*head* was proven."""
        self._put(_PROVEN, head.to_bytes(), at_ms)

    def raise_alarm(self, seen: CitedHead, shown: CitedHead, at_ms: int) -> None:
        """The head *shown* does not follow from the one *seen*."""
        self._put(_ALARM, f"{seen}\n{shown}".encode(), at_ms)

    def _row(self, name: str) -> sa.Row[tuple[str, bytes, int]] | None:
        with reading(self._engine) as connection:
            return connection.execute(sa.select(seen_head).where(seen_head.c.name == name)).first()

    def _put(self, name: str, body: bytes, at_ms: int) -> None:
        with writing(self._engine) as connection:
            connection.execute(sa.delete(seen_head).where(seen_head.c.name == name))
            connection.execute(sa.insert(seen_head), {"name": name, "body": body, "at": at_ms})
