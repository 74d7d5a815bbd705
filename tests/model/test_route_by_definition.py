# SPDX-License-Identifier: Apache-2.0
"""
Routing, held against its own definition written out once more, rule by rule and without an index.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import Reject
from exchange.model import packed_rules, route
from exchange.model.identity import Address
from exchange.model.priority import Priority
from exchange.model.route import Query, RoutingTable, Rule
from exchange.model.rule import (
    party_covers,
    read_line,
    sorted_tests,
    spell,
    type_covers,
)
from tests.routing import HOUR, NOON

DIVISIONS = ["440500", "440507", "440100", "110000"]
ADDRESSES = [
    Address(f"{d}.{o}", a) for d in DIVISIONS[:3] for o in ("tax", "land") for a in ("files", "registry")
]
TYPES = ["title.certificate.v1", "title.certificate.v2", "title.v1", "tax.return.yearly.v1"]

parties = st.sampled_from(
    ["*", "4*", "44*", "4405*", "440500*", "440507*", "440500.tax/*", "440500.land/*", "110000.tax/*"]
    + [str(address) for address in ADDRESSES[:6]]
)
types = st.sampled_from(["*", "title.*", "title.certificate.*", "tax.return.yearly.v1.*", "tax.*", *TYPES])
values = st.sampled_from(["", "1", "2"])
attributes = st.dictionaries(st.sampled_from(["a", "b", "c"]), values, max_size=2)
times = st.none() | st.integers(-3, 3).map(lambda hours: NOON + hours * HOUR)
priorities = st.none() | st.sampled_from(Priority)


@st.composite
def one_rule(draw: Callable[[Any], Any], ids: st.SearchStrategy[str]) -> Rule:
    gateway = draw(st.sampled_from([None, None, None, "440000.exchange"]))
    deliver = [] if gateway else draw(st.lists(st.sampled_from(ADDRESSES), max_size=3, unique=True))
    floor, ceiling = draw(priorities), draw(priorities)
    if floor and ceiling and floor.sooner_than(ceiling):
        floor, ceiling = ceiling, floor
    start, end = draw(times), draw(times)
    if start and end and start >= end:
        end = None
    return Rule(
        draw(ids), draw(types), draw(parties), draw(parties), sorted_tests(draw(attributes)), tuple(deliver),
        gateway, floor, ceiling, draw(st.none() | st.integers(1, 10**6)), draw(st.none() | st.just("secret")),
        comment=draw(st.sampled_from(["", "说明", "a note; with = signs"])),
        enabled=draw(st.integers(0, 5)) > 0, valid_from=start, valid_until=end,
    )  # fmt: skip


@st.composite
def tables(draw: Callable[[Any], Any]) -> list[Rule]:
    count = draw(st.integers(0, 12))
    return [draw(one_rule(st.just(f"r{number}"))) for number in range(count)]


queries = st.builds(
    Query,
    type=st.sampled_from(TYPES),
    sender=st.sampled_from(ADDRESSES),
    to=st.lists(st.sampled_from(ADDRESSES), max_size=3, unique=True).map(tuple),
    attributes=st.dictionaries(st.sampled_from(["a", "b", "c"]), values),
    priority=st.sampled_from(Priority),
)


def applies(rule: Rule, asked: Query, at: datetime | None) -> bool:
    return (
        rule.is_in_force(at)
        and type_covers(rule.type, asked.type)
        and party_covers(rule.sender, asked.sender)
        and all(asked.attributes.get(name) == value for name, value in rule.attributes)
    )


def by_definition(rules: list[Rule], asked: Query, at: datetime | None) -> tuple[Any, Any] | None:
    """Deliveries and rules as the module's text defines them; None = no route."""
    matching = [rule for rule in rules if applies(rule, asked, at)]
    matching.sort(key=lambda rule: rule.rank, reverse=True)  # stable: the earlier first
    chosen: dict[Address, str] = {}
    if not asked.to:
        for rule in matching:
            if rule.is_subscription:
                for address in rule.deliver:
                    chosen.setdefault(address, rule.id)
        chosen.pop(asked.sender, None)
        return (tuple(chosen), tuple(chosen.values())) if chosen else None
    for address in asked.to:
        covering = [
            rule
            for rule in matching
            if (address in rule.deliver if rule.is_subscription else party_covers(rule.to, address))
        ]
        if not covering or (covering[0].deliver and address not in covering[0].deliver):
            return None
        chosen[address] = covering[0].id
    return tuple(chosen), tuple(chosen.values())


def outcome(table: RoutingTable, asked: Query, at: datetime | None) -> tuple[Any, Any] | None:
    try:
        decision = table.decide(asked, at)
    except Reject:
        return None
    return decision.deliveries, decision.rules


@settings(max_examples=400, deadline=None)
@given(tables(), st.lists(queries, min_size=1, max_size=6), times)
def test_the_index_decides_as_the_definition_does(
    rules: list[Rule], asked: list[Query], at: datetime | None
) -> None:
    table = RoutingTable(rules)
    for one in asked:
        assert outcome(table, one, at) == by_definition(rules, one, at)


@settings(max_examples=150, deadline=None)
@given(tables(), st.lists(queries, min_size=1, max_size=4), times)
def test_rules_too_varied_to_be_shared_are_decided_alike(
    rules: list[Rule], asked: list[Query], at: datetime | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for limit, value in (("KINDS_MOST", 2), ("MATCHES_MOST", 1), ("SHAPES_MOST", 2), ("BLOCK", 3)):
            patch.setattr(packed_rules, limit, value)
        table = RoutingTable(rules)
        assert list(table.rules()) == rules
        for one in asked:
            assert outcome(table, one, at) == by_definition(rules, one, at)
            table.explain(one, at)


@settings(max_examples=100, deadline=None)
@given(tables(), st.lists(queries, min_size=1, max_size=4), times)
def test_types_that_share_a_slot_are_decided_alike(
    rules: list[Rule], asked: list[Query], at: datetime | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(route, "_TYPE_SLOTS", 1)
        table = RoutingTable(rules)
        for one in asked:
            assert outcome(table, one, at) == by_definition(rules, one, at)


@settings(max_examples=150, deadline=None)
@given(tables(), queries, times)
def test_a_view_decides_as_the_whole_table_does(rules: list[Rule], asked: Query, at: datetime | None) -> None:
    table = RoutingTable(rules)
    view = RoutingTable(table.view_for(asked.sender.participant))
    assert outcome(view, asked, at) == outcome(table, asked, at)


@settings(max_examples=200, deadline=None)
@given(one_rule(st.sampled_from(["r", "A.b_c-9"])))
def test_a_rule_reads_back_from_its_line(rule: Rule) -> None:
    assert read_line(spell(rule)) == rule
    assert spell(read_line(spell(rule))) == spell(rule)


@settings(max_examples=150, deadline=None)
@given(tables(), queries, times)
def test_an_explanation_names_the_rules_that_decide(
    rules: list[Rule], asked: Query, at: datetime | None
) -> None:
    table = RoutingTable(rules)
    explanation = table.explain(asked, at)
    found = by_definition(rules, asked, at)
    assert (explanation.decision is None) == (found is None)
    if found is not None:
        deciding = {rule.id for receiver in explanation.receivers for rule in receiver.deciding}
        assert deciding >= set(found[1])
        assert all(receiver.delivers for receiver in explanation.receivers)
    for lang in ("en", "zh"):
        text = "\n".join(explanation.sentences(lang))
        assert "<" not in re.sub("<rule .*?</rule>", "", text)  # a place that nothing filled
