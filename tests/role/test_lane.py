# SPDX-License-Identifier: Apache-2.0
"""A lane that was dropped: what was not acknowledged comes again, whatever is said about it meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from exchange import Priority
from exchange.edge.broker import NOTICE, Arrival, Bell, Parcel
from exchange.edge.memory import MemoryBroker, MemoryNode
from exchange.model import topology
from exchange.role.lane import Lane

QUEUE = topology.hub_queue(Priority.ROUTINE)
WHO = "440500.finance"


@pytest.fixture
def broker() -> MemoryBroker:
    made = MemoryBroker(MemoryNode())
    made.declare(topology.hub_exchanges(), topology.hub_queues())
    made.declare([topology.participant_exchange(WHO)], (), topology.ingress_bindings(WHO))
    return made


@pytest.fixture
def lane(broker: MemoryBroker) -> Lane:
    """One in which a parcel waits."""
    broker.publisher(Bell()).launch([Parcel(topology.ingress(WHO), "routine", b"x", NOTICE, "m", WHO)])
    return Lane(lambda: broker.intake([QUEUE], Bell()))


def take(lane: Lane) -> list[Arrival]:
    return lane.take(most=10, most_bytes=1 << 20)


def test_what_is_settled_is_gone(lane: Lane, broker: MemoryBroker) -> None:
    lane.settle(take(lane))
    lane.drop()
    assert take(lane) == []


@pytest.mark.parametrize("late_word", [Lane.settle, Lane.bury])
def test_a_word_that_comes_after_the_drop_counts_for_nothing(
    lane: Lane, broker: MemoryBroker, late_word: Callable[[Lane, Sequence[Arrival]], None]
) -> None:
    arrivals = take(lane)
    lane.drop()
    late_word(lane, arrivals)
    assert broker.depths([QUEUE])[QUEUE].messages == 1
    (again,) = take(lane)
    assert (again.body, again.redelivered) == (b"x", True)


def test_it_consumes_from_when_it_is_asked_until_it_is_dropped(lane: Lane) -> None:
    found = [lane.is_consuming()]
    take(lane)
    found.append(lane.is_consuming())
    lane.drop()
    assert [*found, lane.is_consuming()] == [False, True, False]


def test_it_consumes_nothing_before_it_is_asked(lane: Lane, broker: MemoryBroker) -> None:
    lane.drop()
    assert broker.depths([QUEUE])[QUEUE].consumers == 0


class DroppedOnceAsked(Lane):
    """As seen by another thread, while its own drops it right after it was looked at."""

    def __getattribute__(self, name: str) -> object:
        found = super().__getattribute__(name)
        if name == "_intake" and found is not None:
            self._intake = None
        return found


def test_another_thread_may_ask_whether_it_consumes_while_it_is_dropped(broker: MemoryBroker) -> None:
    """A worker's process asks until all its lanes do; a lane is dropped where there is trouble."""
    lane = DroppedOnceAsked(lambda: broker.intake([QUEUE], Bell()))
    lane._intake = broker.intake([QUEUE], Bell())
    assert lane.is_consuming()
    assert not lane.is_consuming()
