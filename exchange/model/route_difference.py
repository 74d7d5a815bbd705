# SPDX-License-Identifier: Apache-2.0
"""What makes one routing table of another: by rule id, and only as much of it as somebody will read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from exchange.model.route import RoutingTable
from exchange.model.rule import Rule


class ChangeKind(Enum):
    """What became of a rule."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One rule before and after; None where it was not there."""

    kind: ChangeKind
    before: Rule | None
    after: Rule | None

    @property
    def id(self) -> str:
        rule = self.before or self.after
        assert rule is not None  # there is no change without a rule
        return rule.id


@dataclass(frozen=True, slots=True)
class Difference:
    """
    Two tables side by side.

    added, removed, changed: how many rules; reordered: rules that both have stand in another order, which
    decides between equally specific ones; changes: the first ones, in the order of the later table.
    """

    added: int
    removed: int
    changed: int
    reordered: bool
    changes: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed or self.reordered)


def difference(before: RoutingTable, after: RoutingTable, *, limit: int) -> Difference:
    """What makes *after* of *before*, with at most *limit* of the changes."""
    counts = dict.fromkeys(ChangeKind, 0)
    first: list[Change] = []
    if before.digest != after.digest:
        for change in _changes(before, after):
            counts[change.kind] += 1
            if len(first) < limit:
                first.append(change)
    return Difference(
        counts[ChangeKind.ADDED],
        counts[ChangeKind.REMOVED],
        counts[ChangeKind.CHANGED],
        before.digest != after.digest and _is_reordered(before, after),
        tuple(first),
    )


def _changes(before: RoutingTable, after: RoutingTable) -> Iterator[Change]:
    for rule in after.rules():
        known = before.rule(rule.id)
        if known is None:
            yield Change(ChangeKind.ADDED, None, rule)
        elif known != rule:
            yield Change(ChangeKind.CHANGED, known, rule)
    for rule in before.rules():
        if after.place(rule.id) is None:
            yield Change(ChangeKind.REMOVED, rule, None)


def _is_reordered(before: RoutingTable, after: RoutingTable) -> bool:
    last = -1
    for rule_id in after.ids():
        place = before.place(rule_id)
        if place is not None:
            if place < last:
                return True
            last = place
    return False
