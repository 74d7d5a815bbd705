# SPDX-License-Identifier: Apache-2.0
"""
Dead letters: what nobody could take, kept for a person with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from exchange.edge.tables import create, metadata, reading

BODY_KEPT = 64 * 1024  # bytes of a dead document that are kept: enough for its envelope

dead_letter = sa.Table(
    "dead_letter",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),  # ms
    sa.Column("queue", sa.String(120), nullable=False),
    sa.Column("sender", sa.String(140), nullable=False),
    sa.Column("message_id", sa.String(64), nullable=False),
    sa.Column("code", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary(1 << 20), nullable=False),
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One dead document: from which queue, of whom, and why."""

    id: str
    at_ms: int
    queue: str
    sender: str
    message_id: str
    code: str
    reason: str
    body: bytes = b""

    @property
    def is_whole(self) -> bool:
        """Whether all of its body was kept."""
        return 0 < len(self.body) < BODY_KEPT


class DeadLetters:
    """The dead letters of one hub."""

    def __init__(self, engine: sa.Engine) -> None:
        create(engine, dead_letter)
        self._engine = engine

    def park(self, connection: sa.Connection, letter: DeadLetter) -> None:
        connection.execute(
            sa.insert(dead_letter),
            {
                "id": letter.id, "at": letter.at_ms, "queue": letter.queue, "sender": letter.sender,
                "message_id": letter.message_id[:64], "code": letter.code, "reason": letter.reason,
                "body": letter.body[:BODY_KEPT],
            },
        )  # fmt: skip

    def newest(self, most: int = 100) -> list[DeadLetter]:
        """The latest, without their bodies."""
        query = sa.select(dead_letter).order_by(dead_letter.c.at.desc()).limit(most)
        with reading(self._engine) as connection:
            return [_letter(row) for row in connection.execute(query)]

    def about(self, message_id: str) -> list[DeadLetter]:
        """Those of one message, oldest first, without their bodies."""
        query = (
            sa.select(dead_letter).where(dead_letter.c.message_id == message_id).order_by(dead_letter.c.at)
        )
        with reading(self._engine) as connection:
            return [_letter(row) for row in connection.execute(query)]

    def letter(self, id_: str) -> DeadLetter | None:
        """That one, with its body."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(dead_letter).where(dead_letter.c.id == id_)).first()
        return None if row is None else _letter(row, row.body)

    def drop(self, connection: sa.Connection, id_: str) -> bool:
        """Take one off the list; whether it was there."""
        return bool(connection.execute(sa.delete(dead_letter).where(dead_letter.c.id == id_)).rowcount)

    def count(self) -> int:
        with reading(self._engine) as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(dead_letter)) or 0)

    def forget(self, connection: sa.Connection, *, before_ms: int) -> None:
        connection.execute(sa.delete(dead_letter).where(dead_letter.c.at <= before_ms))


def _letter(row: sa.Row[Any], body: bytes = b"") -> DeadLetter:
    return DeadLetter(row.id, row.at, row.queue, row.sender, row.message_id, row.code, row.reason, body)
