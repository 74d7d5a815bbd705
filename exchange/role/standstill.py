# SPDX-License-Identifier: Apache-2.0
"""
A chore of the hub's janitor: flows that stand still though nobody holds them.

A `go` that was lost, or that a `hold` followed on the way, leaves a sender that waits and a hub that
waits for it; neither ever asks. The hub says `go` again, with what it lacks. Who is merely slow is
not asked: not while segments wait in the hub's own queue, and not before its sender has listened for
half the pause, so that whoever comes back goes on by itself first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exchange.edge.broker import Broker, Parcel
from exchange.edge.hub_store import HeldFlow, HubStore
from exchange.edge.standing_flows import StandingFlows
from exchange.model import topology
from exchange.model.notice import NoticeKind
from exchange.model.priority import Priority
from exchange.role.desk import Desk

LOOKS = 16  # in a pause: with many messages on their way a look costs something


class Standstill:
    """pause_ms: how long a flow may stand still before its sender is asked; the pauses grow."""

    def __init__(
        self, store: HubStore, broker: Broker, desk: Desk, *, pause_ms: int, now_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._standing = StandingFlows(store.engine)
        self._broker = broker
        self._desk = desk
        self._pause_ms = pause_ms
        self._now_ms = now_ms
        self._looked_ms = 0
        self._listening: dict[str, int] = {}  # senders of standing flows, and since when they were seen

    def due(self) -> list[HeldFlow]:
        """The flows whose senders are to be told to go on."""
        now_ms = self._now_ms()
        if now_ms - self._looked_ms < self._pause_ms // LOOKS:
            return []
        self._looked_ms = now_ms
        self._see(self._standing.senders(now_ms=now_ms, pause_ms=self._pause_ms // 2), now_ms)
        senders = [who for who, since in self._listening.items() if since <= now_ms - self._pause_ms // 2]
        if not senders:
            return []
        found = self._standing.of(senders, now_ms=now_ms, pause_ms=self._pause_ms)
        if not found:
            return []
        empty = self._empty_classes()
        return [each for each in found if each.segments and each.priority in empty]

    def ask(self, flows: Sequence[HeldFlow]) -> list[Parcel]:
        """What tells their senders."""
        return [self._desk.ask(NoticeKind.GO, each.key, str(each.segments.in_one_notice)) for each in flows]

    def _see(self, senders: frozenset[str], now_ms: int) -> None:
        """Remember who listens, and since when; who was away begins anew."""
        queues = {who: topology.egress_queue(who, Priority.URGENT) for who in senders}
        depths = self._broker.depths(list(queues.values())) if queues else {}
        self._listening = {
            who: self._listening.get(who, now_ms)
            for who, queue in queues.items()
            if queue in depths and depths[queue].consumers
        }

    def _empty_classes(self) -> frozenset[Priority]:
        """The classes of which nothing waits for the hub itself."""
        queues = {topology.hub_queue(priority): priority for priority in Priority}
        depths = self._broker.depths(list(queues))
        return frozenset(queues[name] for name, depth in depths.items() if not depth.messages)
