# SPDX-License-Identifier: Apache-2.0
"""Whatever is done to a ledger is named once, and where it was done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.model.ledger_audit import Auditor, Flaw, FlawKind
from exchange.model.ledger_head import LedgerHead
from exchange.model.merkle import Frontier, leaf_hash, node_count, position, subtrees

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FORGED = leaf_hash(b"forged")

sizes = st.integers(1, 70)


@dataclass
class Shown:
    """A ledger as a store would show it: what entries say, what hashes are kept, what was signed."""

    leaves: list[bytes | None]
    kept: list[bytes | None]
    heads: dict[int, LedgerHead] = field(default_factory=dict)

    def flaws(self, start: int = 0) -> list[Flaw]:
        edge = [self.kept[at] or b"" for at in subtrees(range(start))]
        auditor = Auditor(start, edge)
        found = []
        for number, leaf in enumerate(self.leaves[start:], start):
            found += auditor.entry(leaf, self.kept[node_count(number) : node_count(number + 1)])
            if head := self.heads.get(number + 1):
                found += auditor.head(head)
        return found + auditor.finish()


def shown(size: int, heads: Iterable[int] = ()) -> Shown:
    """A sound ledger of *size*, with heads at *heads*."""
    frontier, ledger = Frontier(), Shown([], [])
    for number in range(size):
        leaf = leaf_hash(b"entry %d" % number)
        ledger.leaves.append(leaf)
        ledger.kept += frontier.append(leaf)
        if number + 1 in heads:
            ledger.heads[number + 1] = LedgerHead(number + 1, frontier.root, NOON)
    return ledger


def covered(at: int, size: int) -> tuple[int, int]:
    """The first and last entry under the hash at position *at*."""
    levels = range(size.bit_length())
    return next(
        (index << level, ((index + 1) << level) - 1)
        for level in levels
        for index in range(size >> level)
        if position(level, index) == at
    )


def entry_flaw(kind: FlawKind, number: int) -> Flaw:
    return Flaw(kind, number, number, number)


def hash_flaw(kind: FlawKind, at: int, size: int) -> Flaw:
    return Flaw(kind, at, *covered(at, size))


@given(sizes, st.sets(st.integers(1, 70)))
def test_a_sound_ledger_has_no_flaw(size: int, heads: set[int]):
    assert shown(size, heads).flaws() == []


@given(sizes, st.sets(st.integers(1, 70)), st.data())
def test_an_altered_entry_is_named_and_nothing_else(size: int, heads: set[int], data: st.DataObject):
    ledger, number = shown(size, heads), data.draw(st.integers(0, size - 1))
    ledger.leaves[number] = FORGED
    assert ledger.flaws() == [entry_flaw(FlawKind.ENTRY_ALTERED, number)]


@given(sizes, st.sets(st.integers(1, 70)), st.data())
def test_a_missing_entry_is_named_and_nothing_else(size: int, heads: set[int], data: st.DataObject):
    ledger, number = shown(size, heads), data.draw(st.integers(0, size - 1))
    ledger.leaves[number] = None
    assert ledger.flaws() == [entry_flaw(FlawKind.ENTRY_MISSING, number)]


@given(sizes, st.sets(st.integers(1, 70)), st.data())
def test_an_altered_hash_is_named_and_nothing_else(size: int, heads: set[int], data: st.DataObject):
    ledger, at = shown(size, heads | {size}), data.draw(st.integers(0, node_count(size) - 1))
    ledger.kept[at] = FORGED
    assert ledger.flaws() == [hash_flaw(FlawKind.HASH_ALTERED, at, size)]


@given(sizes, st.sets(st.integers(1, 70)), st.data())
def test_a_missing_hash_is_named_and_nothing_else(size: int, heads: set[int], data: st.DataObject):
    ledger, at = shown(size, heads), data.draw(st.integers(0, node_count(size) - 1))
    ledger.kept[at] = None
    assert ledger.flaws() == [hash_flaw(FlawKind.HASH_MISSING, at, size)]


@given(st.integers(8, 70), st.data())
def test_two_altered_entries_are_both_named(size: int, data: st.DataObject):
    ledger = shown(size)
    pair = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=2, max_size=2)))
    for number in pair:
        ledger.leaves[number] = FORGED
    assert ledger.flaws() == [entry_flaw(FlawKind.ENTRY_ALTERED, number) for number in pair]


@given(st.integers(2, 70), st.data())
def test_an_entry_altered_together_with_its_hash_is_betrayed_by_the_hash_above(
    size: int, data: st.DataObject
):
    ledger = shown(size)
    number = data.draw(st.integers(0, size // 2 * 2 - 1))
    ledger.leaves[number] = ledger.kept[node_count(number)] = FORGED
    above = position(1, number // 2)
    assert ledger.flaws() == [hash_flaw(FlawKind.HASH_ALTERED, above, size)]


@given(st.integers(2, 70), st.data())
def test_a_history_rewritten_up_to_the_root_is_betrayed_by_the_first_head_over_it(
    size: int, data: st.DataObject
):
    heads = data.draw(st.sets(st.integers(1, size), min_size=1))
    altered = data.draw(st.integers(0, max(heads) - 1))
    ledger, frontier = shown(size, heads), Frontier()
    ledger.leaves[altered] = FORGED
    ledger.kept = [each for leaf in ledger.leaves for each in frontier.append(leaf or b"")]
    before = max((head for head in heads if head <= altered), default=0)
    first = min(head for head in heads if head > altered)
    assert ledger.flaws() == [Flaw(FlawKind.HEAD_ROOT, first, before, first - 1)]


def test_a_head_over_another_history_between_heads_that_hold_is_named_alone():
    ledger = shown(9, {3, 5, 7})
    ledger.heads[5] = shown(6, {6}).heads[6]
    assert ledger.flaws() == [Flaw(FlawKind.HEAD_ROOT, 6, 3, 5)]


def test_a_forged_last_leaf_hash_is_told_from_a_forged_last_entry_by_the_head():
    for altered, flaw in (
        ("kept", hash_flaw(FlawKind.HASH_ALTERED, node_count(4), 5)),
        ("leaves", entry_flaw(FlawKind.ENTRY_ALTERED, 4)),
    ):
        ledger = shown(5, {5})
        getattr(ledger, altered)[-1] = FORGED
        assert ledger.flaws() == [flaw]


def test_an_altered_entry_whose_hash_is_gone_is_named_too():
    ledger = shown(8)
    ledger.leaves[2], ledger.kept[node_count(2)] = FORGED, None
    assert ledger.flaws() == [
        hash_flaw(FlawKind.HASH_MISSING, node_count(2), 8),
        entry_flaw(FlawKind.ENTRY_ALTERED, 2),
    ]


def test_an_entry_gone_with_its_hash_leaves_the_rest_in_peace():
    ledger = shown(8, {8})
    ledger.leaves[2] = ledger.kept[node_count(2)] = None
    assert ledger.flaws() == [
        entry_flaw(FlawKind.ENTRY_MISSING, 2),
        hash_flaw(FlawKind.HASH_MISSING, node_count(2), 8),
    ]


def test_where_nothing_is_known_any_more_the_head_cannot_hold():
    ledger = shown(8, {8})
    ledger.leaves[2] = ledger.kept[node_count(2)] = None
    ledger.kept[position(1, 1)] = ledger.kept[position(2, 0)] = ledger.kept[position(3, 0)] = None
    assert [flaw.kind for flaw in ledger.flaws()][-1] is FlawKind.HEAD_ROOT


@pytest.mark.parametrize("start", range(20))
def test_an_audit_taken_up_later_finds_what_came_later(start: int):
    ledger = shown(21, {21})
    ledger.leaves[20] = FORGED
    assert ledger.flaws(start) == [entry_flaw(FlawKind.ENTRY_ALTERED, 20)]
