# SPDX-License-Identifier: Apache-2.0
"""
What waits in a daemon's stores, how long, and why: for `adapter check`, the health page and the metrics.

Owns the counting. It changes nothing, and does not know what is too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from exchange.edge.inbox import handover, incoming
from exchange.edge.outbox_rows import outgoing, outgoing_delivery, receipt
from exchange.edge.owed import owed
from exchange.edge.tables import reading
from exchange.model import instant
from exchange.model.journey import State
from exchange.model.receipt import HUB

LEAVING = ("claimed", "sealed")  # stages of a message whose segments are not all with the hub


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many, of which the oldest began then; None where there are none."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """A receiver that is full or absent, and what waits for it here."""

    receiver: str
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Failing:
    """A handover that an application of ours did not take, and that is tried again."""

    application: str
    message_id: str
    since: datetime
    tries: int
    code: str
    reason: str


class Backlog:
    """One daemon's database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def leaving(self) -> Waiting:
        """Messages whose segments are not all with the hub, and that no receiver holds up."""
        o = outgoing.c
        return self._waiting(o.created, o.stage.in_(LEAVING))

    def unanswered(self) -> Waiting:
        """Messages that the hub has whole, and that are still open."""
        return self._waiting(outgoing.c.created, outgoing.c.stage == "sent")

    def unaccepted(self) -> Waiting:
        """Messages that the hub's queue has whole, and that the hub has neither accepted nor refused."""
        o, d = outgoing.c, outgoing_delivery.c
        open_at_hub = (State.QUEUED.value, State.TRANSFERRING.value)
        waits = sa.exists().where(d.message_id == o.message_id, d.state.in_(open_at_hub))
        return self._waiting(o.created, sa.and_(o.stage == "sent", o.outcome == "open", waits))

    def overdue(self, at: datetime) -> Waiting:
        """Messages whose deadline has passed without a final answer; since the first of the deadlines."""
        o = outgoing.c
        return self._waiting(o.expires, sa.and_(o.outcome == "open", o.expires <= instant.milliseconds(at)))

    def arriving(self) -> Waiting:
        """Messages of which segments are missing."""
        return self._waiting(incoming.c.first, incoming.c.stage == "receiving")

    def to_hand_over(self) -> Waiting:
        """Whole messages that their applications have not had yet."""
        return self._waiting(handover.c.since, handover.c.state == "waiting")

    def owed(self) -> Waiting:
        """Receipts and notices that the broker has not confirmed."""
        return self._waiting(owed.c.since, sa.true())

    def held(self) -> list[Held]:
        """Receivers on hold, the longest first."""
        d = outgoing_delivery.c
        since = sa.func.min(d.at)
        query = (
            sa.select(d.receiver, sa.func.count().label("number"), since.label("since"))
            .where(d.state == State.HELD.value)
            .group_by(d.receiver)
            .order_by(since)
        )
        with reading(self._engine) as connection:
            return [Held(r.receiver, r.number, _time(r.since)) for r in connection.execute(query)]

    def failing(self, most: int = 20) -> list[Failing]:
        """Handovers that did not succeed and are tried again, the oldest first."""
        h = handover.c
        query = (
            sa.select(h.application, h.message_id, h.since, h.tries, h.code, h.reason)
            .where(h.state == "waiting", h.code != "")
            .order_by(h.since)
            .limit(most)
        )
        with reading(self._engine) as connection:
            return [
                Failing(r.application, r.message_id, _time(r.since), r.tries, r.code, r.reason)
                for r in connection.execute(query)
            ]

    def hub_spoke(self) -> datetime | None:
        """The time of the hub's latest receipt, by its clock."""
        r = receipt.c
        with reading(self._engine) as connection:
            latest = connection.scalar(sa.select(sa.func.max(r.at)).where(r.by == HUB))
        return None if latest is None else _time(latest)

    def sent_states(self) -> dict[str, int]:
        """How many outgoing deliveries are in each state; final ones too, as long as they are remembered."""
        return self._counts(outgoing_delivery.c.state)

    def received_states(self) -> dict[str, int]:
        """How many incoming handovers are in each state."""
        return self._counts(handover.c.state)

    def _counts(self, column: Any) -> dict[str, int]:
        query = sa.select(column, sa.func.count()).group_by(column)
        with reading(self._engine) as connection:
            return {name: int(number) for name, number in connection.execute(query)}

    def _waiting(self, since: Any, where: Any) -> Waiting:
        query = sa.select(sa.func.count().label("number"), sa.func.min(since).label("oldest")).where(where)
        with reading(self._engine) as connection:
            row = connection.execute(query).one()
        return Waiting(row.number, None if row.oldest is None else _time(row.oldest))


def _time(at_ms: int) -> datetime:
    return instant.from_milliseconds(at_ms)


__all__ = ["Backlog", "Failing", "Held", "Waiting"]
