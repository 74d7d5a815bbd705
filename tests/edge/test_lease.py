# SPDX-License-Identifier: Apache-2.0
"""One holder at a time, by the database's clock, and no harm from the one that overslept."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from exchange.edge.lease import LEASE, Fence, Lease, LeaseLost, create_lease, database_time, guard
from exchange.edge.tables import open_engine, reading, writing


@dataclass
class Clock:
    """A database's clock that a test sets."""

    now: int = 1_000_000

    def __call__(self, _connection: sa.Connection) -> int:
        return self.now

    def passes(self, *, seconds: float) -> None:
        self.now += int(seconds * 1000)


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    engine = open_engine(str(tmp_path / "hub.db"))
    create_lease(engine)
    return engine


@pytest.fixture
def clock() -> Clock:
    return Clock()


def lease(engine: sa.Engine, holder: str, clock: Clock) -> Lease:
    return Lease(engine, "sequencer", holder=holder, seconds=9, clock=clock)


def until(engine: sa.Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(sa.select(LEASE.c.until)).scalar_one()


def test_the_first_to_ask_holds_it_and_the_second_does_not(engine: sa.Engine, clock: Clock):
    assert lease(engine, "one", clock).hold() == Fence("sequencer", 1)
    assert lease(engine, "two", clock).hold() is None


def test_its_holder_keeps_it_under_the_same_epoch(engine: sa.Engine, clock: Clock):
    one = lease(engine, "one", clock)
    fence = one.hold()
    for _ in range(20):
        clock.passes(seconds=2)
        assert one.hold() == fence
    assert lease(engine, "two", clock).hold() is None


def test_a_fresh_lease_is_not_written_again(engine: sa.Engine, clock: Clock):
    one = lease(engine, "one", clock)
    one.hold()
    before = until(engine)
    clock.passes(seconds=2)
    one.hold()
    assert until(engine) == before
    clock.passes(seconds=2)
    one.hold()
    assert until(engine) == clock.now + 9000


def test_who_has_died_is_succeeded_after_the_lease_has_run_out(engine: sa.Engine, clock: Clock):
    lease(engine, "one", clock).hold()
    two = lease(engine, "two", clock)
    clock.passes(seconds=8.9)
    assert two.hold() is None
    clock.passes(seconds=0.2)
    assert two.hold() == Fence("sequencer", 2)


def test_what_is_released_is_free_at_once(engine: sa.Engine, clock: Clock):
    one, two = lease(engine, "one", clock), lease(engine, "two", clock)
    one.hold()
    one.release()
    assert two.hold() == Fence("sequencer", 2)


def test_releasing_what_another_has_taken_changes_nothing(engine: sa.Engine, clock: Clock):
    one, two = lease(engine, "one", clock), lease(engine, "two", clock)
    one.hold()
    clock.passes(seconds=10)
    two.hold()
    one.release()
    one.release()
    assert lease(engine, "three", clock).hold() is None
    assert two.hold() == Fence("sequencer", 2)


def test_a_holder_that_overslept_may_go_on_when_nobody_came(engine: sa.Engine, clock: Clock):
    one = lease(engine, "one", clock)
    fence = one.hold()
    clock.passes(seconds=1000)
    assert one.hold() == fence


def test_a_holder_that_overslept_finds_its_successor(engine: sa.Engine, clock: Clock):
    one, two = lease(engine, "one", clock), lease(engine, "two", clock)
    one.hold()
    clock.passes(seconds=10)
    two.hold()
    assert one.hold() is None
    clock.passes(seconds=10)
    assert one.hold() == Fence("sequencer", 3)


def test_who_comes_second_in_the_same_moment_is_refused_under_the_lock(engine: sa.Engine, clock: Clock):
    two = lease(engine, "two", clock)

    def overtaken(connection: sa.Connection) -> int:
        # Between the look at the free lease and the taking of it, another takes it.
        if not taken:
            taken.append(two.hold())
        return clock.now

    taken: list[Fence | None] = []
    one = Lease(engine, "sequencer", holder="one", seconds=9, clock=overtaken)
    assert one.hold() is None
    assert taken == [Fence("sequencer", 1)]


def test_the_holders_transaction_passes_the_guard(engine: sa.Engine, clock: Clock):
    fence = lease(engine, "one", clock).hold()
    assert fence is not None
    with writing(engine) as connection:
        guard(connection, fence)


def write_and_show(engine: sa.Engine, fence: Fence | None) -> None:
    assert fence is not None
    with writing(engine) as connection:
        connection.execute(sa.update(LEASE).values(holder="one after all"))
        guard(connection, fence)


def test_a_stale_holders_writes_are_refused_and_undone(engine: sa.Engine, clock: Clock):
    stale = lease(engine, "one", clock).hold()
    clock.passes(seconds=10)
    lease(engine, "two", clock).hold()
    with pytest.raises(LeaseLost, match="epoch 2, ours was 1") as lost:
        write_and_show(engine, stale)
    assert lost.value.code == "EX-920"
    with reading(engine) as connection:
        assert connection.execute(sa.select(LEASE.c.holder)).scalar_one() == "two"


def test_a_fence_of_a_lease_that_never_was_is_refused(engine: sa.Engine):
    with pytest.raises(LeaseLost), writing(engine) as connection:
        guard(connection, Fence("janitor", 1))


def test_two_leases_have_nothing_to_do_with_each_other(engine: sa.Engine, clock: Clock):
    lease(engine, "one", clock).hold()
    assert Lease(engine, "janitor", holder="two", seconds=9, clock=clock).hold() == Fence("janitor", 1)


def test_the_databases_clock_is_right_to_the_second(engine: sa.Engine):
    with reading(engine) as connection:
        assert abs(database_time(connection) - time.time() * 1000) < 5000
