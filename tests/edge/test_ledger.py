# SPDX-License-Identifier: Apache-2.0
"""Entries get their numbers once and in order, everything is provable, and tampering is named."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.edge.lease import Fence, LeaseLost
from exchange.edge.ledger import HEAD, PAGE, Ledger
from exchange.edge.tables import open_engine, writing
from exchange.errors import Halt, NotFound
from exchange.model.digest import sha256
from exchange.model.ledger_audit import Flaw, FlawKind
from exchange.model.ledger_entry import NumberedEntry
from exchange.model.ledger_head import LedgerHead
from exchange.model.merkle import (
    Tree,
    empty_root,
    node_count,
    position,
    verify_consistency,
)
from tests.ledgers import CERTIFICATE, NOON, Desk, holds, receipts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hub.db"


@pytest.fixture
def desk(file: Path) -> Desk:
    return Desk(str(file))


class Stop(Exception):
    """The caller's transaction comes to nothing."""


# ---- entering and numbering


def test_what_is_entered_waits_for_its_number(desk: Desk):
    desk.enter(*receipts(3))
    assert (desk.ledger.waiting(), desk.ledger.size()) == (3, 0)


def test_what_waits_is_numbered_in_the_order_in_which_it_was_entered(desk: Desk):
    desk.enter(*receipts(2))
    desk.enter(*receipts(3, first=2))
    grown = desk.ledger.sequence(desk.fence)
    assert (grown.numbered, grown.size, desk.ledger.waiting()) == (5, 5, 0)
    assert list(desk.ledger.entries()) == [NumberedEntry(n, each) for n, each in enumerate(receipts(5))]


def test_the_root_after_a_round_is_the_root_over_all_leaves(desk: Desk):
    for count in (1, 4, 2):
        grown = desk.grow(count)
    assert grown.root == Tree([each.leaf for each in receipts(7)]).root == desk.ledger.root(7)


def test_a_round_numbers_no_more_than_its_limit(desk: Desk):
    desk.enter(*receipts(5))
    assert [desk.ledger.sequence(desk.fence, limit=2).numbered for _ in range(4)] == [2, 2, 1, 0]
    assert [each.entry for each in desk.ledger.entries()] == receipts(5)


def test_what_the_callers_transaction_takes_back_was_never_entered(desk: Desk):
    def taken_back() -> None:
        with writing(desk.engine) as connection:
            desk.ledger.enter(connection, receipts(3))
            raise Stop

    with pytest.raises(Stop):
        taken_back()
    assert (desk.ledger.waiting(), desk.grow(1).size) == (0, 1)


def test_entering_nothing_is_nothing(desk: Desk):
    desk.enter()
    assert desk.ledger.sequence(desk.fence) == (0, 0, empty_root())


def test_the_same_document_may_be_recorded_twice(desk: Desk):
    desk.enter(*receipts(1), *receipts(1))
    assert desk.ledger.sequence(desk.fence).size == 2


def test_another_process_goes_on_where_the_first_left(desk: Desk, file: Path):
    desk.grow(5)
    other = Ledger(open_engine(str(file)))
    other.sequence(desk.fence)
    desk.enter(*receipts(2, first=5))
    assert other.sequence(desk.fence).root == Tree([each.leaf for each in receipts(7)]).root


def test_a_sequencer_that_was_succeeded_numbers_nothing(desk: Desk):
    desk.enter(*receipts(3))
    with pytest.raises(LeaseLost):
        desk.ledger.sequence(Fence(desk.fence.name, desk.fence.epoch - 1))
    assert (desk.ledger.waiting(), desk.ledger.size()) == (3, 0)


def test_entries_are_read_from_a_number_to_a_number_over_pages(desk: Desk):
    desk.grow(PAGE + 5)
    numbers = [each.number for each in desk.ledger.entries(3, PAGE + 2)]
    assert numbers == list(range(3, PAGE + 2))


def test_what_is_recorded_about_a_subject_is_found_by_it(desk: Desk):
    desk.grow(4)
    desk.enter(*receipts(2, first=2))
    assert [each.number for each in desk.ledger.about("message-1")] == [2, 3]
    assert desk.ledger.about("message-9") == []


# ---- heads


def test_before_the_first_head_there_is_none(desk: Desk):
    desk.grow(3)
    assert desk.ledger.head() is None


def test_a_published_head_is_read_as_it_was_signed(desk: Desk):
    desk.grow(3)
    first = desk.sign()
    desk.grow(2)
    second = desk.sign()
    assert desk.ledger.head() == second
    assert desk.ledger.head(3) == first
    assert desk.ledger.head(4) is None
    assert holds(second)


def test_a_head_that_stands_is_not_replaced(desk: Desk):
    desk.grow(3)
    first = desk.sign()
    desk.sign()
    assert desk.ledger.head() == first


def test_a_sequencer_that_was_succeeded_publishes_nothing(desk: Desk):
    desk.grow(3)
    desk.fence = Fence(desk.fence.name, desk.fence.epoch + 1)
    with pytest.raises(LeaseLost):
        desk.sign()
    assert desk.ledger.head() is None


def test_a_cited_head_of_any_size_agrees_when_it_is_of_this_ledger(desk: Desk):
    desk.grow(20)
    for size in range(21):
        assert desk.ledger.agrees(LedgerHead(size, desk.ledger.root(size), NOON))


def test_a_cited_head_of_another_ledger_does_not_agree(desk: Desk):
    desk.grow(20)
    other = LedgerHead(7, sha256(b"another history"), NOON)
    assert not desk.ledger.agrees(other)
    assert not desk.ledger.agrees(other)


def test_a_cited_head_of_a_ledger_longer_than_this_one_does_not_agree_until_it_is_that_long(desk: Desk):
    desk.grow(5)
    head = LedgerHead(7, Tree([each.leaf for each in receipts(7)]).root, NOON)
    assert not desk.ledger.agrees(head)
    desk.grow(2)
    assert desk.ledger.agrees(head)


def test_no_more_roots_are_held_than_are_asked_for_lately(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("exchange.edge.ledger.ROOTS_HELD", 2)
    desk.grow(5)
    assert all(desk.ledger.agrees(LedgerHead(size, desk.ledger.root(size), NOON)) for size in (1, 2, 3, 1))
    assert len(desk.ledger._roots) <= 2


# ---- proofs


def test_every_entry_is_provable_at_every_later_size(desk: Desk):
    desk.grow(20)
    for size in range(1, 21):
        head = LedgerHead(size, desk.ledger.root(size), NOON)
        for number in range(size):
            proof = desk.ledger.inclusion(number, size)
            assert proof.entry == receipts(1, number)[0]
            assert proof.holds_under(head)


def test_every_two_sizes_are_provably_consistent(desk: Desk):
    desk.grow(20)
    roots = [desk.ledger.root(size) for size in range(21)]
    for new in range(21):
        for old in range(new + 1):
            path = desk.ledger.consistency(old, new)
            assert verify_consistency(old, roots[old], new_size=new, new_root=roots[new], path=path)


@pytest.mark.parametrize(("number", "size"), [(5, 5), (4, 6), (3, 3), (-1, 5)])
def test_what_is_not_in_the_ledger_at_a_size_has_no_proof(desk: Desk, number: int, size: int):
    desk.grow(5)
    with pytest.raises(NotFound, match="EX-905"):
        desk.ledger.inclusion(number, size)


@pytest.mark.parametrize(("old", "new"), [(0, 6), (4, 3), (-1, 3)])
def test_sizes_that_never_were_have_no_proof(desk: Desk, old: int, new: int):
    desk.grow(5)
    with pytest.raises(NotFound, match="EX-905"):
        desk.ledger.consistency(old, new)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counts=st.lists(st.integers(1, 60), min_size=1, max_size=6), data=st.data())
def test_however_it_grew_the_ledger_is_sound_and_provable(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int], data: st.DataObject
):
    desk = Desk(str(tmp_path_factory.mktemp("ledger") / "hub.db"))
    for count in counts:
        desk.grow(count)
        desk.sign()
    size = data.draw(st.integers(1, sum(counts)))
    proof = desk.ledger.inclusion(data.draw(st.integers(0, size - 1)), size)
    assert proof.holds_under(LedgerHead(size, desk.ledger.root(size), NOON))
    assert desk.flaws() == []


# ---- tampering, behind the ledger's back


@pytest.fixture
def signed(desk: Desk) -> Desk:
    """A ledger of 40 entries with heads at 10, 20, 30 and 40."""
    for _ in range(4):
        desk.grow(10)
        desk.sign()
    return desk


@pytest.fixture
def raw(file: Path, signed: Desk) -> Iterator[sqlite3.Connection]:
    """The signed ledger's file, opened by someone who knows SQL."""
    connection = sqlite3.connect(file, isolation_level=None)
    yield connection
    connection.close()


FORGED = sha256(b"forged").value
ENTRY_23 = "(SELECT entry FROM ledger_number WHERE number = 23)"


def test_an_untouched_ledger_has_no_flaw(signed: Desk):
    verification = signed.verification()
    assert list(verification.flaws()) == []
    assert (verification.start, verification.size, verification.held) == (0, 40, 40)


@pytest.mark.parametrize(
    "change",
    [
        "body = x'00'",
        "body = 'text'",
        "kind = 'alarm'",
        "kind = 'no such kind'",
        "subject = 'message-1'",
        "subject = 'two words'",
        "subject = x'00'",
        "at = at + 1",
        "at = 'noon'",
        "at = 9223372036854775807",
    ],
)
def test_an_altered_entry_is_named(signed: Desk, raw: sqlite3.Connection, change: str):
    raw.execute(f"UPDATE ledger_entry SET {change} WHERE id = {ENTRY_23}")
    assert signed.flaws() == [Flaw(FlawKind.ENTRY_ALTERED, 23, 23, 23)]


def test_entries_that_changed_places_are_both_named(signed: Desk, raw: sqlite3.Connection):
    raw.execute("UPDATE ledger_number SET entry = -1 WHERE number = 5")
    raw.execute("UPDATE ledger_number SET entry = 6 WHERE number = 6")
    raw.execute("UPDATE ledger_number SET entry = 7 WHERE number = 5")
    assert [(flaw.kind, flaw.number) for flaw in signed.flaws()] == [
        (FlawKind.ENTRY_ALTERED, 5),
        (FlawKind.ENTRY_ALTERED, 6),
    ]


def test_a_missing_number_is_named(signed: Desk, raw: sqlite3.Connection):
    raw.execute("DELETE FROM ledger_number WHERE number = 23")
    assert signed.flaws() == [Flaw(FlawKind.ENTRY_MISSING, 23, 23, 23)]


def test_a_number_without_its_entry_is_named(signed: Desk, raw: sqlite3.Connection):
    raw.execute(f"DELETE FROM ledger_entry WHERE id = {ENTRY_23}")
    assert signed.flaws() == [Flaw(FlawKind.ENTRY_MISSING, 23, 23, 23)]


@pytest.mark.parametrize("at", [position(0, 23), position(1, 11), position(3, 2), position(5, 0)])
def test_an_altered_hash_is_named(signed: Desk, raw: sqlite3.Connection, at: int):
    raw.execute("UPDATE ledger_node SET hash = ? WHERE position = ?", (FORGED, at))
    assert [(flaw.kind, flaw.number) for flaw in signed.flaws()] == [(FlawKind.HASH_ALTERED, at)]


def test_a_hash_that_is_no_hash_any_more_is_named(signed: Desk, raw: sqlite3.Connection):
    raw.execute("UPDATE ledger_node SET hash = 'text' WHERE position = ?", (position(1, 11),))
    assert [flaw.kind for flaw in signed.flaws()] == [FlawKind.HASH_ALTERED]


def test_a_missing_hash_is_named(signed: Desk, raw: sqlite3.Connection):
    raw.execute("DELETE FROM ledger_node WHERE position = ?", (position(2, 5),))
    assert signed.flaws() == [Flaw(FlawKind.HASH_MISSING, position(2, 5), 20, 23)]


@pytest.mark.parametrize(
    "change",
    [
        "root = 'sha256:' || hex(zeroblob(32))",
        "root = 'sha256:short'",
        "root = x'00'",
        "at = at + 1",
        "signature = x'00'",
        "signature = 'text'",
        "certificate = root",
    ],
)
def test_an_altered_head_is_named(signed: Desk, raw: sqlite3.Connection, change: str):
    raw.execute(f"UPDATE ledger_head SET {change} WHERE size = 20")
    assert signed.flaws() == [Flaw(FlawKind.HEAD_SIGNATURE, 20, 0, 19)]


def test_a_head_moved_to_another_size_is_named(signed: Desk, raw: sqlite3.Connection):
    raw.execute("UPDATE ledger_head SET size = 25 WHERE size = 20")
    assert signed.flaws() == [Flaw(FlawKind.HEAD_SIGNATURE, 25, 0, 24)]


def test_a_head_moved_behind_the_end_is_named(signed: Desk, raw: sqlite3.Connection):
    raw.execute("UPDATE ledger_head SET size = 99 WHERE size = 40")
    assert signed.flaws() == [Flaw(FlawKind.HEAD_SIGNATURE, 99, 40, 98)]


def test_an_end_that_was_cut_off_is_named_by_the_head_and_the_hashes_that_stay(
    signed: Desk, raw: sqlite3.Connection
):
    raw.execute("DELETE FROM ledger_number WHERE number >= 37")
    assert signed.flaws() == [
        Flaw(FlawKind.HASH_SURPLUS, node_count(37), 37, 37),
        Flaw(FlawKind.HEAD_BEYOND, 40, 37, 39),
    ]


def test_a_ledger_emptied_but_for_its_heads_is_not_sound(signed: Desk, raw: sqlite3.Connection):
    for table in ("ledger_number", "ledger_node", "ledger_entry"):
        raw.execute(f"DELETE FROM {table}")
    assert signed.flaws() == [Flaw(FlawKind.HEAD_BEYOND, 40, 0, 39)]


def test_a_history_rewritten_with_all_its_hashes_is_betrayed_by_the_next_head(
    tmp_path: Path, signed: Desk, raw: sqlite3.Connection
):
    forger = Desk(str(tmp_path / "forged.db"))
    entries = receipts(40)
    entries[23] = receipts(1, first=1000)[0]
    forger.enter(*entries)
    forger.ledger.sequence(forger.fence)
    raw.execute("ATTACH ? AS forged", (str(tmp_path / "forged.db"),))
    for table in ("ledger_entry", "ledger_number", "ledger_node"):
        raw.execute(f"DELETE FROM {table}")
        raw.execute(f"INSERT INTO {table} SELECT * FROM forged.{table}")
    assert signed.flaws() == [Flaw(FlawKind.HEAD_ROOT, 30, 20, 29)]


def test_a_head_of_the_empty_ledger_is_verified_too(desk: Desk):
    desk.sign()
    desk.grow(2)
    assert desk.flaws() == []
    with writing(desk.engine) as connection:
        connection.execute(sa.update(HEAD).values(signature=b"\0"))
    assert desk.flaws() == [Flaw(FlawKind.HEAD_SIGNATURE, 0, 0, -1)]


def test_numbering_stops_where_the_edge_of_the_tree_is_gone(signed: Desk, raw: sqlite3.Connection):
    raw.execute("DELETE FROM ledger_node WHERE position = ?", (position(5, 0),))
    signed.enter(*receipts(1))
    with pytest.raises(Halt, match="the hash at position 62 is missing"):
        signed.ledger.sequence(signed.fence)
    assert signed.ledger.waiting() == 1


def test_numbering_stops_where_the_end_was_cut_off(signed: Desk, raw: sqlite3.Connection):
    raw.execute("DELETE FROM ledger_number WHERE number >= 37")
    signed.enter(*receipts(1))
    with pytest.raises(Halt, match="after entry 36 it goes on already"):
        signed.ledger.sequence(signed.fence)
    assert (signed.ledger.waiting(), signed.ledger.size()) == (1, 37)


# ---- going on from the last verification


def test_a_remembered_verification_is_gone_on_from(signed: Desk):
    signed.verification().remember()
    assert signed.verification(incremental=True).start == 0
    clean = signed.verification()
    assert list(clean.flaws()) == []
    clean.remember()
    signed.grow(3)
    later = signed.verification(incremental=True)
    assert (later.start, later.size) == (40, 43)
    assert list(later.flaws()) == []


def test_what_came_after_the_remembered_verification_is_judged(signed: Desk, raw: sqlite3.Connection):
    remember(signed)
    signed.grow(10)
    raw.execute("UPDATE ledger_entry SET body = x'00' WHERE id = 45")
    assert [flaw.number for flaw in signed.flaws(incremental=True)] == [44]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM ledger_head WHERE size = 40",
        "UPDATE ledger_head SET signature = x'00' WHERE size = 40",
        "DELETE FROM ledger_node WHERE position = 62",
        "UPDATE ledger_node SET hash = zeroblob(32) WHERE position = 62",
    ],
)
def test_what_was_remembered_is_not_believed_without_a_signed_head_over_it(
    signed: Desk, raw: sqlite3.Connection, change: str
):
    remember(signed)
    raw.execute(change)
    assert signed.verification(incremental=True).start == 0


def remember(desk: Desk) -> None:
    verification = desk.verification()
    assert list(verification.flaws()) == []
    verification.remember()


def test_progress_is_told_page_by_page(signed: Desk):
    told: list[int] = []
    signed.grow(PAGE)
    list(signed.verification().flaws(told.append))
    assert told == [PAGE, 40]


def test_a_ledger_that_grows_meanwhile_is_not_called_flawed(signed: Desk):
    verification = signed.verification()
    flaws = verification.flaws()
    signed.grow(5)
    signed.sign()
    assert list(flaws) == []
    assert verification.held == 40


def test_a_head_is_of_its_certificate_and_its_time(signed: Desk):
    head = signed.ledger.head()
    assert head is not None
    assert (head.certificate, head.at) == (CERTIFICATE, NOON + timedelta(seconds=40))
