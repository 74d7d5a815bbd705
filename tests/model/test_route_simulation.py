# SPDX-License-Identifier: Apache-2.0
"""What another table would change is told by message, and rules have messages that match them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.model.identity import Address
from exchange.model.route import Query, RoutingTable, Rule
from exchange.model.route_simulation import ShiftKind, sample, simulate
from exchange.model.rule import party_covers, type_covers
from tests.model.test_route_by_definition import one_rule

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LAND = Address("440500.land", "registry")
TAX = Address("440500.tax", "registry")
ASKED = Query("title.certificate.v1", LAND, (TAX,))


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ([Rule("a", "*")], [Rule("b", "*", enabled=False)], ShiftKind.LOST),
        ([], [Rule("a", "*")], ShiftKind.GAINED),
        ([Rule("a", "*")], [Rule("a", "*", deadline_seconds=60)], ShiftKind.CHANGED),
        ([Rule("a", "*")], [Rule("a", "*", gateway="440000.exchange")], ShiftKind.CHANGED),
    ],
)
def test_a_message_that_fares_differently_is_told(
    before: list[Rule], after: list[Rule], kind: ShiftKind
) -> None:
    (shift,) = simulate(RoutingTable(before), RoutingTable(after), [ASKED], at=NOON)
    assert shift.kind is kind
    assert shift.query == ASKED


def test_a_message_that_another_rule_treats_alike_is_not_told() -> None:
    before, after = RoutingTable([Rule("a", "*")]), RoutingTable([Rule("b", "title.*")])
    assert list(simulate(before, after, [ASKED], at=NOON)) == []
    assert list(simulate(before, before, [Query("a.v1", LAND)], at=NOON)) == []


@settings(max_examples=200, deadline=None)
@given(one_rule(st.just("r")))
def test_a_sample_is_a_message_that_its_rule_matches(rule: Rule) -> None:
    query = sample(rule)
    assert type_covers(rule.type, query.type)
    assert party_covers(rule.sender, query.sender)
    assert dict(rule.attributes) == query.attributes
    assert bool(query.to) != rule.is_subscription
    assert all(party_covers(rule.to, address) for address in query.to)
