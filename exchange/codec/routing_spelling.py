# SPDX-License-Identifier: Apache-2.0
"""
What both spellings of a routing table share: how a fault is named, times, and that each id stands once.

Neither XML nor CSV is known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from exchange.model.rule import RoutingInvalid, Rule
from exchange.model.rule_index import Names


def invalid(because: str, **values: object) -> RoutingInvalid:
    """EX-303 with the sentence `route.bad.BECAUSE`; whoever knows them adds line and rule."""
    return RoutingInvalid("EX-303", because=f"route.bad.{because}", **values)


def each_once(rules: Iterable[tuple[int, Rule]]) -> Iterator[Rule]:
    """The *rules* with their lines taken off; after the last of them, that no id came twice."""
    names = Names()
    for line, rule in rules:
        names.add(rule.id, line)
        yield rule
    if again := names.twice():
        rule_id, first, second = again
        raise invalid("twice.line", line=second, rule=rule_id, first=first)


def moment(found: str | None, name: str) -> datetime | None:
    """A time with any offset, as people write it."""
    if not found:
        return None
    try:
        at = datetime.fromisoformat(found)
    except ValueError as e:
        raise invalid("time", name=name, found=found[:40]) from e
    return at.astimezone(UTC) if at.tzinfo else at
