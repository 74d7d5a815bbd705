# SPDX-License-Identifier: Apache-2.0
"""
What waits at the hub, for whom, since when: for `hub check`.

Owns the counting, as `exchange.edge.backlog` does for a daemon. It changes nothing, and does not
know what is too long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from exchange.edge.dead_letters import dead_letter
from exchange.edge.hub_rows import delivery
from exchange.edge.tables import reading
from exchange.model import instant, journey
from exchange.model.journey import State


@dataclass(frozen=True, slots=True)
class WaitingFor:
    """
    The deliveries to one participant that are not over.

    since: when the oldest came into its state; held, overdue: how many of them are.
    """

    participant: str
    count: int
    since: datetime
    held: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Fresh:
    """Dead letters of one sender and code: how many, and what the newest says."""

    sender: str
    count: int
    newest: datetime
    code: str
    reason: str


class HubBacklog:
    """The hub's database, as far as things wait in it."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def waiting(self) -> list[WaitingFor]:
        """Whom deliveries wait for, the longest first."""
        d = delivery.c
        query = (
            sa.select(
                d.participant,
                sa.func.count().label("count"),
                sa.func.min(d.at).label("since"),
                _number(d.state == State.HELD.value).label("held"),
                _number(d.overdue.is_(sa.true())).label("overdue"),
            )
            .where(d.state.not_in([state.value for state in journey.FINAL]))
            .group_by(d.participant)
            .order_by(sa.func.min(d.at))
        )
        with reading(self._engine) as connection:
            return [
                WaitingFor(r.participant, r[1], instant.from_milliseconds(r.since), r.held, r.overdue)
                for r in connection.execute(query)
            ]

    def dead_since(self, at: datetime) -> list[Fresh]:
        """Of whom documents were parked since *at* and with which code, the most first."""
        c, since_ms = dead_letter.c, instant.milliseconds(at)
        counted = (
            sa.select(c.sender, c.code, sa.func.count().label("count"), sa.func.max(c.at).label("newest"))
            .where(c.at >= since_ms)
            .group_by(c.sender, c.code)
            .order_by(sa.func.count().desc(), c.sender, c.code)
        )
        with reading(self._engine) as connection:
            rows = list(connection.execute(counted))
            return [self._fresh(row, self._said(connection, row)) for row in rows]

    @staticmethod
    def _said(connection: sa.Connection, row: Any) -> str:
        c = dead_letter.c
        same = (c.sender == row.sender, c.code == row.code, c.at == row.newest)
        return str(connection.execute(sa.select(c.reason).where(*same).limit(1)).scalar_one())

    @staticmethod
    def _fresh(row: Any, said: str) -> Fresh:
        return Fresh(row.sender, row[2], instant.from_milliseconds(row.newest), row.code, said)


def _number(condition: Any) -> Any:
    return sa.func.sum(sa.case((condition, 1), else_=0))


__all__ = ["Fresh", "HubBacklog", "WaitingFor"]
