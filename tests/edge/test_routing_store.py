# SPDX-License-Identifier: Apache-2.0
"""Versions come and go whole: imports that fail, race or are abandoned leave what was in force."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from exchange.edge import routing_store
from exchange.edge.ledger import LEDGER_TABLES, Ledger
from exchange.edge.routing_store import ABANDONED, BATCH, BLOCK, VERSION, RoutingStore
from exchange.edge.tables import create, open_engine, writing
from exchange.errors import Halt, NotFound
from exchange.model.identity import Address
from exchange.model.route import Query, RoutingInvalid, RoutingTable, Rule
from exchange.model.route_difference import ChangeKind

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TAX = Address("440500.tax", "registry")
A, B, C = Rule("a", "*", comment="第一"), Rule("b", "title.*"), Rule("c", "*", deliver=(TAX,))


class Clock:
    """Noon, until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    return open_engine(str(tmp_path / "hub.sqlite"))


@pytest.fixture
def store(engine: sa.Engine, clock: Clock) -> RoutingStore:
    return RoutingStore(engine, clock)


def count(engine: sa.Engine, table: sa.Table) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_before_the_first_import_nothing_is_in_force(store: RoutingStore) -> None:
    assert store.current_version() == store.version() == 0
    assert len(store.current()) == len(store.table()) == 0
    assert store.versions() == []
    assert list(store.rules(0)) == []
    assert store.view_for("440500.tax") == ()


def test_an_import_is_a_version_with_author_time_comment_and_digest(store: RoutingStore) -> None:
    assert store.import_table([A, B], author="li.na", comment="first") == 1
    (version,) = store.versions()
    assert store.describe(1) == version
    assert (version.number, version.author, version.at, version.comment) == (1, "li.na", NOON, "first")
    assert version.rules == 2
    assert version.digest == RoutingTable([A, B]).digest
    assert list(store.rules(1)) == [A, B]


def test_rules_spread_over_many_blocks_come_back_in_order(
    store: RoutingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing_store, "BLOCK_RULES", 7)
    rules = [Rule(f"r{number}", "*") for number in range(50)]
    store.import_table(iter(rules), author="a")
    assert list(store.rules(1)) == rules
    assert list(store.table(1).rules()) == rules


def test_the_table_in_force_is_one_object_until_another_process_imports(
    store: RoutingStore, engine: sa.Engine, clock: Clock
) -> None:
    store.import_table([A], author="a")
    held = store.current()
    assert store.current() is held
    RoutingStore(engine, clock).import_table([A, C], author="b")
    assert store.current().version == 2
    assert store.current().decide(Query("a.v1", Address("440500.land", "x"))).rules == ("c",)
    assert [rule.id for rule in store.view_for("440500.land")] == ["a", "c"]


def test_an_import_that_fails_half_way_leaves_nothing(store: RoutingStore, engine: sa.Engine) -> None:
    def failing() -> Iterator[Rule]:
        yield A
        raise RoutingInvalid("EX-303", because="route.bad.empty")

    store.import_table([B], author="a")
    with pytest.raises(RoutingInvalid):
        store.import_table(failing(), author="b")
    assert store.current_version() == 1
    assert list(store.rules(1)) == [B]
    assert (count(engine, BATCH), count(engine, BLOCK)) == (1, 1)


def test_a_table_without_rules_is_not_put_in_force(store: RoutingStore, engine: sa.Engine) -> None:
    with pytest.raises(RoutingInvalid, match="it holds no rule; nothing could be sent any more"):
        store.import_table([], author="a")
    assert (store.current_version(), count(engine, BATCH)) == (0, 0)


def test_an_import_that_is_interrupted_once_it_is_in_force_stays_in_force(
    store: RoutingStore, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a connection lost in the commit: every hub would halt over a table without its rules."""

    def interrupted(*words: object, **named: object) -> int:
        RoutingStore._publish(store, *words, **named)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "_publish", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.import_table([A, B], author="li.na")
    assert list(store.rules(1)) == [A, B]
    assert store.current().version == 1
    assert count(engine, BATCH) == 1


def test_an_id_that_stands_twice_fails_the_import(store: RoutingStore) -> None:
    with pytest.raises(RoutingInvalid, match="rule a: the id stands there twice, as rule 1 and as rule 3"):
        store.import_table([A, B, A], author="a")
    assert store.current_version() == 0


def test_rules_of_a_crashed_import_are_removed_a_day_later(
    store: RoutingStore, engine: sa.Engine, clock: Clock
) -> None:
    store.import_table([A], author="a")
    with writing(engine) as connection:
        connection.execute(sa.insert(BATCH), {"batch": "crashed", "begun": 0})
        connection.execute(sa.insert(BATCH), {"batch": "running", "begun": int(NOON.timestamp() * 1000)})
        connection.execute(sa.insert(BLOCK), {"batch": "crashed", "number": 0, "lines": b""})
    clock.now = NOON + ABANDONED
    store.import_table([B], author="a")
    with engine.connect() as connection:
        left = set(connection.execute(sa.select(BATCH.c.batch)).scalars())
    assert "crashed" not in left
    assert "running" in left
    assert count(engine, BLOCK) == 2
    assert list(store.rules(1)) == [A]


def test_a_rollback_is_a_new_version_with_the_old_rules(store: RoutingStore, engine: sa.Engine) -> None:
    store.import_table([A], author="a")
    store.import_table([B], author="a")
    assert store.rollback(1, author="wang.wei", comment="back") == 3
    assert list(store.current().rules()) == [A]
    assert store.describe(3).comment == "back"
    assert store.describe(3).digest == store.describe(1).digest
    assert count(engine, BLOCK) == 2


def test_the_version_in_force_at_a_time_is_told(store: RoutingStore, clock: Clock) -> None:
    store.import_table([A], author="a")
    clock.now = NOON + timedelta(hours=1)
    store.import_table([B], author="a")
    times = [NOON - timedelta(seconds=1), NOON, NOON + timedelta(minutes=59), clock.now]
    assert [store.at(time) for time in times] == [0, 1, 1, 2]


def test_a_version_that_does_not_exist_is_named(store: RoutingStore) -> None:
    for ask in (store.describe, store.table, store.rules):
        with pytest.raises(NotFound, match="EX-304 routing table version 7 does not exist"):
            ask(7)
    with pytest.raises(NotFound):
        store.rollback(7, author="a")
    with pytest.raises(NotFound):
        store.diff(0, 7)


def test_imports_at_the_same_time_get_a_version_each(engine: sa.Engine, clock: Clock) -> None:
    stores = [RoutingStore(engine, clock) for _ in range(4)]
    made: list[int] = []
    threads = [
        threading.Thread(target=lambda store=store: made.append(store.import_table([A], author="a")))
        for store in stores
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [1, 2, 3, 4]


def test_a_number_that_another_import_takes_meanwhile_is_passed_over(engine: sa.Engine, clock: Clock) -> None:
    class Late(RoutingStore):
        """Reads the highest number just before another import commits."""

        late = True

        def _next(self, connection: sa.Connection) -> int:
            number = super()._next(connection) - self.late
            self.late = False
            return number

    store = RoutingStore(engine, clock)
    store.import_table([A], author="a")
    assert Late(engine, clock).import_table([B], author="b") == 2
    assert list(store.current().rules()) == [B]


def test_a_constraint_that_breaks_for_another_reason_is_not_tried_for_ever(
    store: RoutingStore, engine: sa.Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE UNIQUE INDEX one_author ON route_version (author)"))
    store.import_table([A], author="a")
    with pytest.raises(IntegrityError):
        store.import_table([B], author="a")


def test_rules_that_were_changed_in_the_database_stop_the_hub(store: RoutingStore, engine: sa.Engine) -> None:
    store.import_table([A], author="a")
    with writing(engine) as connection:
        connection.execute(sa.update(VERSION).values(digest=str(RoutingTable([B]).digest)))
    with pytest.raises(Halt, match="EX-303 routing table version 1: the database does not hold the rules"):
        store.current()
    with writing(engine) as connection:
        connection.execute(sa.update(BLOCK).values(lines=b"damaged"))
    with pytest.raises(Halt, match="EX-303"):
        store.current()


def test_a_version_is_entered_in_the_ledger_with_its_digest(engine: sa.Engine, clock: Clock) -> None:
    ledger = Ledger(engine)
    create(engine, *LEDGER_TABLES)
    store = RoutingStore(engine, clock, ledger=ledger)
    store.import_table([A], author="李娜", comment="c")
    with engine.connect() as connection:
        bodies = (
            connection.execute(sa.text("SELECT body FROM ledger_entry WHERE kind = 'routing'"))
            .scalars()
            .all()
        )
    assert len(bodies) == 1
    assert str(store.describe(1).digest).encode() in bodies[0]
    assert "李娜".encode() in bodies[0]


# ---- what makes one version of another


def test_a_difference_tells_what_was_added_removed_and_changed(store: RoutingStore) -> None:
    store.import_table([A, B], author="a")
    changed = Rule("a", "*", enabled=False)
    store.import_table([C, changed], author="a")
    found = store.diff(1, 2)
    assert (found.added, found.removed, found.changed, found.reordered) == (1, 1, 1, False)
    assert [(change.kind, change.id) for change in found.changes] == [
        (ChangeKind.ADDED, "c"),
        (ChangeKind.CHANGED, "a"),
        (ChangeKind.REMOVED, "b"),
    ]
    assert found.changes[1].before == A
    assert found.changes[1].after == changed
    assert not found.is_empty


def test_a_difference_tells_of_another_order(store: RoutingStore) -> None:
    store.import_table([A, B], author="a")
    store.import_table([B, A], author="a")
    found = store.diff(1, 2)
    assert (found.added, found.removed, found.changed, found.reordered) == (0, 0, 0, True)
    assert not found.is_empty


def test_equal_versions_do_not_differ(store: RoutingStore) -> None:
    store.import_table([A, B], author="a")
    store.import_table([A, B], author="a")
    assert store.diff(1, 2).is_empty


def test_a_difference_counts_all_and_shows_the_first(store: RoutingStore) -> None:
    store.import_table([A, B, C], author="a")
    found = store.diff(0, 1, limit=2)
    assert found.added == 3
    assert [change.id for change in found.changes] == ["a", "b"]
