# SPDX-License-Identifier: Apache-2.0
"""What would change for messages if another routing table were in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from exchange.errors import Reject
from exchange.model.decision import Decision, Query
from exchange.model.identity import Address
from exchange.model.route import RoutingTable
from exchange.model.rule import ANY, APPLICATION, EXACT_TYPE, PARTICIPANT, Rule, party, type_depth

_SOMEBODY = "example"  # in place of whatever a pattern leaves open


class ShiftKind(Enum):
    """What becomes of a message."""

    LOST = "lost"  # delivered now, refused then
    GAINED = "gained"  # refused now, delivered then
    CHANGED = "changed"  # delivered elsewhere, or on other terms


@dataclass(frozen=True, slots=True)
class Shift:
    """A message that fares differently; None = refused with EX-302."""

    query: Query
    before: Decision | None
    after: Decision | None

    @property
    def kind(self) -> ShiftKind:
        if self.after is None:
            return ShiftKind.LOST
        return ShiftKind.GAINED if self.before is None else ShiftKind.CHANGED


def simulate(
    before: RoutingTable, after: RoutingTable, queries: Iterable[Query], *, at: datetime
) -> Iterator[Shift]:
    """Those of *queries* that fare differently under *after* than under *before*."""
    for query in queries:
        now, then = _decision(before, query, at), _decision(after, query, at)
        if _outcome(now) != _outcome(then):
            yield Shift(query, now, then)


def sample(rule: Rule) -> Query:
    """A message that *rule* matches, with `example` where it leaves things open."""
    receiver = () if rule.is_subscription else (_address(rule.to),)
    return Query(_type(rule.type), _address(rule.sender), receiver, dict(rule.attributes))


def _decision(table: RoutingTable, query: Query, at: datetime) -> Decision | None:
    try:
        return table.decide(query, at)
    except Reject:
        return None


def _outcome(decision: Decision | None) -> object:
    """Who receives and on what terms, by whichever rule."""
    return None if decision is None else dict(zip(decision.deliveries, decision.terms, strict=True))


def _type(pattern: str) -> str:
    if type_depth(pattern) == EXACT_TYPE:
        return pattern
    return f"{_SOMEBODY}.v1" if pattern == ANY else f"{pattern.removesuffix(ANY)}{_SOMEBODY}.v1"


def _address(pattern: str) -> Address:
    depth, key = party(pattern)
    if depth == APPLICATION:
        return Address.parse(key)
    if depth == PARTICIPANT:
        return Address(key, _SOMEBODY)
    return Address(f"{key or '1':0<6}.{_SOMEBODY}", _SOMEBODY)
