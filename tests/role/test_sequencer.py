# SPDX-License-Identifier: Apache-2.0
"""The sequencer numbers, signs, gives way, and may be cut off before any statement."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from exchange.codec.suite import Signer, Suite
from exchange.codec.suite_intl import INTL
from exchange.edge.lease import Lease
from exchange.edge.ledger import BATCH, Ledger
from exchange.edge.tables import open_engine
from exchange.errors import Halt, StoreDown
from exchange.model.digest import Digest
from exchange.model.ledger_entry import NumberedEntry
from exchange.role.sequencer import HEAD_SECONDS, LEASE_NAME, Sequencer
from tests.ledgers import CERTIFICATE, Desk, holds, receipts, signer


@dataclass
class Time:
    """All the clocks that there are, set by the test."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 21, 12, tzinfo=UTC))

    def clock(self) -> datetime:
        return self.now

    def elapsed(self) -> float:
        return self.now.timestamp()

    def of_database(self, _connection: sa.Connection) -> int:
        return int(self.now.timestamp() * 1000)

    def passes(self, seconds: float = HEAD_SECONDS) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hub.db"


@pytest.fixture
def desk(file: Path) -> Desk:
    return Desk(str(file))


@pytest.fixture
def time() -> Time:
    return Time()


@dataclass(frozen=True)
class Interrupted:
    """The hub's signer, to whom *something* happens before each signature."""

    something: Callable[[], None]
    suite: Suite = INTL
    certificate: Digest = CERTIFICATE

    def sign(self, data: bytes) -> bytes:
        self.something()
        return signer().sign(data)


def sequencer(
    file: Path, time: Time, *, engine: sa.Engine | None = None, by: Signer | None = None
) -> Sequencer:
    """A hub's sequencer, as a process of its own would have it."""
    engine = engine or open_engine(str(file))
    lease = Lease(engine, LEASE_NAME, holder="a hub", seconds=10, clock=time.of_database)
    return Sequencer(Ledger(engine), lease, signer=by or signer(), clock=time.clock, elapsed=time.elapsed)


def test_a_step_numbers_what_waits_and_signs_a_head_over_it(desk: Desk, file: Path, time: Time):
    desk.enter(*receipts(3))
    assert sequencer(file, time).step() == 3
    head = desk.ledger.head()
    assert head is not None
    assert (head.size, head.at, head.root) == (3, time.now, desk.ledger.root(3))
    assert holds(head)


def test_without_anything_new_no_head_is_signed(desk: Desk, file: Path, time: Time):
    one = sequencer(file, time)
    assert one.step() == 0
    assert desk.ledger.head() is None
    desk.enter(*receipts(1))
    one.step()
    head = desk.ledger.head()
    time.passes(3)
    one.step()
    assert desk.ledger.head() == head


def test_heads_are_signed_no_more_often_than_they_should_be(desk: Desk, file: Path, time: Time):
    one, sizes = sequencer(file, time), []
    for number in range(10):
        desk.enter(*receipts(1, number))
        one.step()
        head = desk.ledger.head()
        sizes.append(head.size if head else 0)
        time.passes(HEAD_SECONDS * 0.3)
    assert sizes == [1, 1, 1, 1, 5, 5, 5, 5, 9, 9]


def test_what_was_numbered_between_two_heads_is_in_the_next_one_without_more_to_come(
    desk: Desk, file: Path, time: Time
):
    one = sequencer(file, time)
    desk.enter(*receipts(1))
    one.step()
    desk.enter(*receipts(1, 1))
    one.step()
    time.passes()
    assert one.step() == 0
    head = desk.ledger.head()
    assert head is not None
    assert head.size == 2


def test_of_two_sequencers_one_works(desk: Desk, file: Path, time: Time):
    one, two = sequencer(file, time), sequencer(file, time)
    one.step()
    desk.enter(*receipts(3))
    assert (two.step(), one.step()) == (0, 3)


def test_a_sequencer_that_was_away_too_long_gives_way_and_does_no_harm(desk: Desk, file: Path, time: Time):
    """It is suspended between taking the lease and signing, and wakes up after another has gone on."""
    desk.enter(*receipts(2))
    two = sequencer(file, time)

    def sleep() -> None:
        time.passes(20)
        desk.enter(*receipts(2, 2))
        assert two.step() == 2

    one = sequencer(file, time, by=Interrupted(sleep))
    assert one.step() == 0
    head = desk.ledger.head()
    assert head is not None
    assert head.size == 4
    assert desk.ledger.head(2) is None
    assert one.step() == 0
    assert desk.flaws() == []


def test_a_successor_signs_what_its_predecessor_numbered(desk: Desk, file: Path, time: Time):
    desk.enter(*receipts(2))

    def power_off() -> None:
        raise StoreDown("EX-902", where="here", reason="the power is off")

    with pytest.raises(StoreDown):
        sequencer(file, time, by=Interrupted(power_off)).step()
    time.passes(20)
    sequencer(file, time).step()
    head = desk.ledger.head()
    assert head is not None
    assert head.size == 2


def test_nothing_is_built_on_hashes_that_do_not_give_the_signed_head(desk: Desk, file: Path, time: Time):
    desk.grow(5)
    desk.sign()
    forge(desk, "UPDATE ledger_node SET hash = zeroblob(32) WHERE position = 6")
    desk.enter(*receipts(1, 5))
    with pytest.raises(Halt, match="it does not give the signed head of size 5"):
        sequencer(file, time).step()
    assert (desk.ledger.size(), desk.ledger.waiting()) == (5, 1)


def test_nothing_is_built_on_a_ledger_shorter_than_its_signed_head(desk: Desk, file: Path, time: Time):
    desk.grow(5)
    desk.sign()
    forge(desk, "DELETE FROM ledger_number WHERE number = 4")
    with pytest.raises(Halt, match="it does not give the signed head of size 5"):
        sequencer(file, time).step()


def forge(desk: Desk, statement: str) -> None:
    with desk.engine.begin() as connection:
        connection.exec_driver_sql(statement)


# ---- running


@contextmanager
def running(one: Sequencer) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=one.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()


def until(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(3000):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("it did not come about in 30 s")


def test_it_runs_until_it_is_stopped_and_leaves_the_lease_to_others(desk: Desk, file: Path, time: Time):
    desk.enter(*receipts(2 * BATCH + 5))
    with running(sequencer(file, time)):
        until(lambda: desk.ledger.size() == 2 * BATCH + 5)
    desk.enter(*receipts(1))
    assert sequencer(file, time).step() == 1


def test_it_waits_for_a_database_that_is_away(desk: Desk, file: Path, time: Time):
    engine = open_engine(str(file))
    failures = iter([StoreDown("EX-902", where="here", reason="away", after_seconds=0.01)] * 3)

    def fail(*_: object) -> None:
        if failure := next(failures, None):
            raise failure

    event.listen(engine, "begin", fail)
    desk.enter(*receipts(2))
    with running(sequencer(file, time, engine=engine)):
        until(lambda: desk.ledger.size() == 2)


def test_a_database_that_is_away_does_not_keep_it_from_stopping(desk: Desk, file: Path, time: Time):
    engine = open_engine(str(file))
    away = threading.Event()

    def fail(*_: object) -> None:
        if away.is_set():
            raise StoreDown("EX-902", where="here", reason="away", after_seconds=0.01)

    event.listen(engine, "begin", fail)
    desk.enter(*receipts(1))
    with running(sequencer(file, time, engine=engine)):
        until(lambda: desk.ledger.size() == 1)
        away.set()


# ---- a crash before each statement and each commit


class Crash(BaseException):
    """The process ends here."""


def cut_off(engine: sa.Engine, after: int) -> None:
    """Let *engine* do *after* more statements, commits included, and then nothing ever again."""
    left = iter(range(after))

    def count(*_: object) -> None:
        if next(left, None) is None:
            raise Crash

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)


def steps_until_cut_off(one: Sequencer, time: Time) -> bool:
    """Whether it was cut off before it had done three steps."""
    try:
        for _ in range(3):
            one.step()
            time.passes()
    except Crash:
        return True
    return False


def test_a_crash_before_any_statement_loses_nothing_and_doubles_nothing(tmp_path: Path, time: Time):
    entries = receipts(9)
    for after in range(1000):
        file = tmp_path / f"{after}.db"
        desk = Desk(str(file))
        desk.enter(*entries)
        engine = open_engine(str(file))
        cut_off(engine, after)
        crashed = steps_until_cut_off(sequencer(file, time, engine=engine), time)
        engine.dispose()

        time.passes(20)
        successor = sequencer(file, time)
        while successor.step():
            time.passes()
        time.passes()
        successor.step()
        assert list(desk.ledger.entries()) == [NumberedEntry(n, each) for n, each in enumerate(entries)]
        head = desk.ledger.head()
        assert head is not None
        assert head.size == 9
        assert desk.flaws() == []
        desk.engine.dispose()
        if not crashed:
            assert after > 15
            return
    raise AssertionError("it was still being cut off after a thousand statements")
