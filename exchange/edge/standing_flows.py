# SPDX-License-Identifier: Apache-2.0
"""
The hub's flows that stand still: under way, not held, not whole, and nothing moved for long.

Reads the rows of `hub_store` and changes nothing. Why one stands still is nobody's knowledge here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from exchange.edge.hub_rows import HeldFlow, delivery, flow, held_flow, message
from exchange.edge.tables import reading
from exchange.model.journey import State

GROWS_TO = 8  # times the first pause


class StandingFlows:
    """
    Over the tables of the hub's store.

    A flow stands still when nothing moved in it for *pause_ms*, and, once asked about in vain, for as
    long as all the time until then: the pauses double, up to `GROWS_TO` times the first.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def senders(self, *, now_ms: int, pause_ms: int) -> frozenset[str]:
        """The participants whose messages they carry."""
        query = _standing(sa.select(flow.c.sender), now_ms, pause_ms).distinct()
        with reading(self._engine) as connection:
            return frozenset(connection.scalars(query))

    def of(self, senders: Sequence[str], *, now_ms: int, pause_ms: int, most: int = 200) -> list[HeldFlow]:
        """Those of *senders*, with what they lack, the longest standing first."""
        query = _standing(sa.select(flow), now_ms, pause_ms).where(flow.c.sender.in_(senders))
        query = query.order_by(flow.c.moved).limit(most)
        with reading(self._engine) as connection:
            return [held_flow(row) for row in connection.execute(query)]


def _standing(query: Any, now_ms: int, pause_ms: int) -> Any:
    """*query* over flows, narrowed to those that stand still."""
    before_ms = now_ms - pause_ms
    under_way = (
        sa.select(delivery.c.message_id)
        .where(delivery.c.state == State.TRANSFERRING.value, delivery.c.at <= before_ms)
        .where(delivery.c.sender == flow.c.sender, delivery.c.message_id == flow.c.message_id)
        .where(delivery.c.participant == flow.c.participant)
    )
    doubled = flow.c.moved - message.c.admitted <= now_ms - flow.c.moved
    return (
        query.join(
            message, sa.and_(message.c.message_id == flow.c.message_id, message.c.sender == flow.c.sender)
        )
        .where(message.c.outcome == "open", flow.c.held_since.is_(None), flow.c.moved <= before_ms)
        .where(sa.or_(flow.c.moved <= now_ms - GROWS_TO * pause_ms, doubled))
        .where(under_way.exists())
    )
