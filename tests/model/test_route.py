# SPDX-License-Identifier: Apache-2.0
"""
Routing, held against its own definition written out once more, rule by rule and without an index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import Reject
from exchange.model import packed_rules, route
from exchange.model.identity import Address
from exchange.model.priority import Priority
from exchange.model.route import Decision, Query, RoutingInvalid, RoutingTable, Rule, Terms
from exchange.model.rule import (
    party,
    party_covers,
    put_together,
    read_line,
    sorted_tests,
    spell,
    take_apart,
    type_covers,
    type_depth,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LAND = Address("440500.land", "registry")
TAX = Address("440500.tax", "registry")
TAX_FILES = Address("440500.tax", "files")
HOUSING = Address("440500.housing", "fund")
SHANTOU_EAST = Address("440507.tax", "registry")
CERTIFICATE = "title.certificate.v1"


def query(*to: Address, **other: Any) -> Query:
    return Query(**{"type": CERTIFICATE, "sender": LAND, "to": to, **other})


def decide(rules: list[Rule], asked: Query, at: datetime | None = None) -> Decision:
    return RoutingTable(rules).decide(asked, at)


def refused(rules: list[Rule], asked: Query, at: datetime | None = None) -> str:
    with pytest.raises(Reject) as caught:
        decide(rules, asked, at)
    assert caught.value.code == "EX-302"
    return str(caught.value.values["to"])


# ---- patterns


@pytest.mark.parametrize(
    ("pattern", "covered", "not_covered"),
    [
        ("440500.tax/registry", TAX, TAX_FILES),
        ("440500.tax/*", TAX_FILES, HOUSING),
        ("440500*", HOUSING, SHANTOU_EAST),
        ("4405*", SHANTOU_EAST, Address("440100.tax", "registry")),
        ("4*", TAX, Address("110000.tax", "registry")),
    ],
)
def test_a_pattern_covers_what_it_names_and_nothing_beside(
    pattern: str, covered: Address, not_covered: Address
) -> None:
    assert party_covers(pattern, covered)
    assert not party_covers(pattern, not_covered)


def test_an_asterisk_covers_everybody() -> None:
    assert party_covers("*", TAX)


@pytest.mark.parametrize("pattern", ["440500.tax/registry", "440500.tax/*", "440500*", "4405*", "4*", "*"])
def test_a_pattern_is_put_together_as_it_was_taken_apart(pattern: str) -> None:
    assert take_apart(pattern) == party(pattern)
    assert put_together(*take_apart(pattern)) == pattern


@pytest.mark.parametrize(
    ("pattern", "depth", "covered", "not_covered"),
    [
        ("title.certificate.v1", 255, "title.certificate.v1", "title.certificate.v2"),
        ("title.*", 1, "title.certificate.v1", "titles.certificate.v1"),
        ("title.certificate.*", 2, "title.certificate.v1", "title.v1"),
        ("title.certificate.v1.*", 3, "title.certificate.v1.v2", "title.certificate.v1"),
    ],
)
def test_a_type_pattern_covers_whole_labels(pattern: str, depth: int, covered: str, not_covered: str) -> None:
    assert type_depth(pattern) == depth
    assert type_covers(pattern, covered)
    assert not type_covers(pattern, not_covered)


def test_an_asterisk_covers_every_type() -> None:
    assert type_depth("*") == 0
    assert type_covers("*", CERTIFICATE)


# ---- a rule


def named(number: int) -> Address:
    return Address("440500.tax", f"a{number}")


BAD: dict[str, tuple[str, dict[str, Any]]] = {
    "an id with a blank": ("id", {"id": "a b"}),
    "an id that is too long": ("id", {"id": "a" * 65}),
    "a type without a version": ("type", {"type": "title.certificate"}),
    "a type prefix with half a label": ("type", {"type": "title.cert*"}),
    "a type that is too long": ("type", {"type": "a" * 128 + ".*"}),
    "a receiver without an application": ("party", {"to": "440500.tax"}),
    "a division of seven digits": ("party", {"to": "4405000*"}),
    "a participant that is none": ("party", {"sender": "tax/*"}),
    "an attribute twice": ("attribute.order", {"attributes": (("a", "1"), ("a", "2"))}),
    "attributes out of order": ("attribute.order", {"attributes": (("b", "1"), ("a", "2"))}),
    "an attribute without a name": ("attribute.name", {"attributes": (("", "1"),)}),
    "an attribute name with a line feed": ("attribute.name", {"attributes": (("a\nb", "1"),)}),
    "an attribute value that is too long": ("attribute.value", {"attributes": (("a", "x" * 513),)}),
    "an attribute value with a separator": ("attribute.value", {"attributes": (("a", "x\x1fy"),)}),
    "too many attributes": ("attributes", {"attributes": tuple((f"a{n:02}", "") for n in range(33))}),
    "an application named twice": ("deliver.twice", {"deliver": (TAX, TAX)}),
    "too many applications": ("deliver.many", {"deliver": tuple(map(named, range(1025)))}),
    "a gateway and applications": ("gateway.deliver", {"deliver": (TAX,), "gateway": "440000.exchange"}),
    "a gateway that is no id": ("gateway", {"gateway": "province"}),
    "a floor above the ceiling": (
        "priority",
        {"priority_floor": Priority.FLASH, "priority_ceiling": Priority.ROUTINE},
    ),
    "no time at all": ("deadline", {"deadline_seconds": 0}),
    "a grant in capitals": ("grant", {"grant": "Secret"}),
    "a grant that is too long": ("grant", {"grant": "a" * 65}),
    "a comment of two lines": ("comment", {"comment": "a\nb"}),
    "a comment that is too long": ("comment", {"comment": "长" * 513}),
    "a time without a zone": ("time", {"valid_from": datetime(2026, 1, 1)}),  # noqa: DTZ001
    "a time with microseconds": ("time", {"valid_until": NOON.replace(microsecond=1)}),
    "a period without duration": ("period", {"valid_from": NOON, "valid_until": NOON}),
}


@pytest.mark.parametrize(("because", "values"), BAD.values(), ids=BAD)
def test_a_rule_with_a_defect_is_refused_by_the_name_of_the_defect(
    because: str, values: Mapping[str, Any]
) -> None:
    with pytest.raises(RoutingInvalid) as caught:
        Rule(**{"id": "r", "type": "*", **values})
    assert caught.value.values["because"] == f"route.bad.{because}"
    assert caught.value.code == "EX-303"
    for lang in ("en", "zh"):
        assert "<" not in caught.value.text(lang)


def test_a_complaint_names_line_and_rule_in_both_languages() -> None:
    with pytest.raises(RoutingInvalid) as caught:
        Rule("land-to-tax", "title")
    complaint = caught.value.at(line=12)
    assert complaint.text().startswith("routing table line 12, rule land-to-tax: type is 'title'")
    assert complaint.text("zh").startswith("路由表 第 12 行，规则 land-to-tax：报文类型为 'title'")
    assert caught.value.at(line=3, rule="other").text().startswith("routing table line 3, rule other")


def test_a_complaint_without_a_rule_names_the_line() -> None:
    complaint = RoutingInvalid("EX-303", because="route.bad.empty")
    assert complaint.text().startswith("routing table as a whole: it holds no rule")
    assert complaint.at(line=2).text().startswith("routing table line 2: it holds no rule")


def test_a_rule_says_what_it_is() -> None:
    assert Rule("r", "*").is_addressed
    assert not Rule("r", "*", gateway="440000.exchange").is_addressed
    assert Rule("r", "*", deliver=(TAX,)).is_subscription
    assert not Rule("r", "*", "440500.tax/*", deliver=(TAX,)).is_subscription


def test_tests_are_sorted_for_a_rule() -> None:
    assert sorted_tests({"b": "2", "a": "1"}) == (("a", "1"), ("b", "2"))


@pytest.mark.parametrize(
    ("closer", "wider"),
    [
        (
            Rule("r", "*", "440500.tax/registry"),
            Rule("r", CERTIFICATE, "440500.tax/*", "440500.land/registry"),
        ),
        (Rule("r", "*", "440500.tax/*"), Rule("r", CERTIFICATE, "440500*")),
        (Rule("r", "*", "440500*"), Rule("r", CERTIFICATE, "4405*")),
        (Rule("r", "*", "4*"), Rule("r", CERTIFICATE)),
        (Rule("r", CERTIFICATE), Rule("r", "title.certificate.*", sender="440500.land/registry")),
        (Rule("r", "title.certificate.*"), Rule("r", "title.*")),
        (Rule("r", "title.*"), Rule("r", "*", sender="440500.land/*")),
        (Rule("r", "*", sender="440500.land/registry"), Rule("r", "*", sender="440500.land/*")),
        (Rule("r", "*", attributes=(("a", "1"), ("b", "2"))), Rule("r", "*", attributes=(("c", "1"),))),
    ],
)
def test_the_more_specific_rule_ranks_higher_and_decides(closer: Rule, wider: Rule) -> None:
    assert closer.rank > wider.rank
    rules = [renamed(wider, "wider"), renamed(closer, "closer")]
    asked = query(TAX, attributes={"a": "1", "b": "2", "c": "1"})
    assert decide(rules, asked).rules == ("closer",)


def renamed(rule: Rule, rule_id: str) -> Rule:
    return read_line(spell(rule).replace("r", rule_id, 1))


# ---- addressed messages


def test_an_addressed_message_is_delivered_where_a_rule_allows_it() -> None:
    decision = decide([Rule("open", "*")], query(TAX, HOUSING))
    assert decision.deliveries == (TAX, HOUSING)
    assert decision.rules == ("open", "open")
    assert decision.gateways == (None, None)


def test_admission_is_all_or_nothing() -> None:
    rules = [Rule("tax", "*", "440500.tax/*")]
    assert refused(rules, query(TAX, HOUSING, SHANTOU_EAST)) == f"{HOUSING}, {SHANTOU_EAST}"


def test_between_equally_specific_rules_the_earlier_decides() -> None:
    assert decide([Rule("b", "*"), Rule("a", "*")], query(TAX)).rules == ("b",)


def test_between_rules_that_test_other_attributes_the_earlier_decides() -> None:
    rules = [Rule("b", "*", attributes=(("y", "1"),)), Rule("a", "*", attributes=(("x", "1"),))]
    assert decide(rules, query(TAX, attributes={"x": "1", "y": "1"})).rules == ("b",)
    assert decide(rules[::-1], query(TAX, attributes={"x": "1", "y": "1"})).rules == ("a",)


def test_a_rule_that_decides_but_delivers_elsewhere_blocks() -> None:
    rules = [Rule("only-files", CERTIFICATE, "440500.tax/*", deliver=(TAX_FILES,)), Rule("open", "*")]
    assert decide(rules, query(TAX_FILES)).rules == ("only-files",)
    assert refused(rules, query(TAX)) == str(TAX)


def test_a_subscription_covers_the_applications_that_it_names_and_blocks_no_other() -> None:
    rules = [Rule("news", CERTIFICATE, deliver=(TAX, HOUSING)), Rule("open", "title.*")]
    assert decide(rules, query(HOUSING, TAX_FILES)).rules == ("news", "open")


def test_a_rule_for_one_application_may_name_it_again() -> None:
    rules = [Rule("tax", CERTIFICATE, str(TAX), deliver=(TAX,))]
    assert decide(rules, query(TAX)).deliveries == (TAX,)
    assert RoutingTable(rules).rule("tax") == rules[0]


def test_all_attributes_must_hold() -> None:
    rules = [Rule("r", "*", attributes=(("district", "440511"), ("level", "2")))]
    assert decide(rules, query(TAX, attributes={"district": "440511", "level": "2", "x": ""})).rules == ("r",)
    refused(rules, query(TAX, attributes={"district": "440511"}))
    refused(rules, query(TAX, attributes={"district": "440511", "level": "3"}))


def test_an_absent_attribute_is_not_an_empty_one() -> None:
    rules = [Rule("r", "*", attributes=(("note", ""),))]
    assert decide(rules, query(TAX, attributes={"note": ""})).rules == ("r",)
    refused(rules, query(TAX))


def test_the_longest_division_wins_among_gateways() -> None:
    rules = [
        Rule("guangdong", CERTIFICATE, "44*", gateway="440000.exchange"),
        Rule("shantou", "*", "4405*", gateway="440500.exchange"),
        Rule("here", "*", "440500*"),
    ]
    guangzhou, east = Address("440100.tax", "registry"), SHANTOU_EAST
    decision = decide(rules, query(guangzhou, east, TAX))
    assert decision.gateways == ("440000.exchange", "440500.exchange", None)


def test_a_sender_may_address_itself() -> None:
    assert decide([Rule("open", "*")], query(LAND)).deliveries == (LAND,)


# ---- subscriptions


def test_every_matching_subscription_delivers_and_each_application_once() -> None:
    rules = [
        Rule("all-titles", "title.*", deliver=(HOUSING, TAX)),
        Rule("certificates", CERTIFICATE, deliver=(TAX, TAX_FILES)),
        Rule("others", "tax.*", deliver=(SHANTOU_EAST,)),
    ]
    decision = decide(rules, query())
    assert decision.deliveries == (TAX, TAX_FILES, HOUSING)
    assert decision.rules == ("certificates", "certificates", "all-titles")


def test_equally_specific_subscriptions_deliver_in_table_order() -> None:
    rules = [Rule("b", "*", deliver=(TAX,)), Rule("a", "*", deliver=(HOUSING, TAX))]
    assert decide(rules, query()).deliveries == (TAX, HOUSING)


def test_the_sender_does_not_subscribe_to_itself() -> None:
    assert decide([Rule("all", "*", deliver=(LAND, TAX))], query()).deliveries == (TAX,)
    assert refused([Rule("all", "*", deliver=(LAND,))], query()) == "*"


def test_a_rule_for_addressed_messages_or_a_gateway_is_no_subscription() -> None:
    rules = [
        Rule("open", "*"),
        Rule("up", "*", gateway="440000.exchange"),
        Rule("tax", "*", "4405*", deliver=(TAX,)),
    ]
    assert refused(rules, query()) == "*"


def test_an_empty_table_routes_nothing() -> None:
    assert refused([], query(TAX)) == str(TAX)
    assert refused([], query()) == "*"


# ---- in force


def test_a_rule_that_is_switched_off_does_not_count() -> None:
    assert decide([Rule("off", "*", "4405*", enabled=False), Rule("open", "*")], query(TAX)).rules == (
        "open",
    )


@pytest.mark.parametrize(
    ("at", "rule"), [(NOON - HOUR, "open"), (NOON, "noon"), (NOON + HOUR, "open"), (None, "open")]
)
def test_a_rule_counts_from_its_beginning_until_just_before_its_end(at: datetime | None, rule: str) -> None:
    noon = Rule("noon", "*", "4405*", valid_from=NOON, valid_until=NOON + HOUR)
    assert decide([noon, Rule("open", "*")], query(TAX), at).rules == (rule,)
    assert noon.is_in_force(at) == (rule == "noon")


def test_a_rule_out_of_force_lets_the_next_of_its_key_decide() -> None:
    rules = [Rule("later", "*", valid_from=NOON + HOUR), Rule("now", "*", valid_until=NOON + HOUR)]
    assert decide(rules, query(TAX), NOON).rules == ("now",)
    assert decide(rules, query(TAX), NOON + HOUR).rules == ("later",)


# ---- terms


@pytest.mark.parametrize(
    ("floor", "ceiling", "asked", "travels"),
    [
        (None, None, Priority.BULK, Priority.BULK),
        (Priority.ROUTINE, None, Priority.BULK, Priority.ROUTINE),
        (Priority.ROUTINE, None, Priority.FLASH, Priority.FLASH),
        (None, Priority.URGENT, Priority.FLASH, Priority.URGENT),
        (None, Priority.URGENT, Priority.BULK, Priority.BULK),
        (Priority.URGENT, Priority.URGENT, Priority.BULK, Priority.URGENT),
    ],
)
def test_floor_and_ceiling_bound_the_priority(
    floor: Priority | None, ceiling: Priority | None, asked: Priority, travels: Priority
) -> None:
    rule = Rule("r", "*", priority_floor=floor, priority_ceiling=ceiling)
    assert decide([rule], query(TAX, priority=asked)).priorities == (travels,)


def test_a_decision_sums_up_its_deliveries() -> None:
    rules = [
        Rule("tax", "*", "440500.tax/*", deadline_seconds=60, grant="tax", priority_floor=Priority.URGENT),
        Rule("fund", "*", str(HOUSING), deadline_seconds=30, grant="fund"),
        Rule("open", "*"),
    ]
    decision = decide(rules, query(TAX, HOUSING, LAND))
    assert decision.deadlines == (60, 30, None)
    assert decision.deadline_seconds == 30
    assert decision.grants == ("fund", "tax")
    assert decision.priority is Priority.URGENT
    assert decision.terms[2] == Terms()
    assert decide(rules, query(LAND)).deadline_seconds is None


# ---- a table


def test_an_id_stands_in_a_table_once() -> None:
    with pytest.raises(RoutingInvalid) as caught:
        RoutingTable([Rule("a", "*"), Rule("b", "*"), Rule("a", "title.*")])
    assert caught.value.text() == "routing table rule a: the id stands there twice, as rule 1 and as rule 3"


def test_a_table_gives_its_rules_back() -> None:
    rules = [Rule("a", "*", comment="第一"), Rule("b", "title.*", "4405*", "440500.land/*", deliver=(TAX,))]
    table = RoutingTable(rules, version=3)
    assert list(table.rules()) == rules
    assert len(table) == 2
    assert table.version == 3
    assert table.rule("b") == rules[1]
    assert table.rule("c") is None


def test_equal_tables_have_equal_digests_and_order_counts() -> None:
    a, b = Rule("a", "*"), Rule("b", "*")
    assert RoutingTable([a, b]).digest == RoutingTable.of_lines(map(spell, (a, b))).digest
    assert RoutingTable([a, b]).digest != RoutingTable([b, a]).digest


def test_a_line_that_is_none_is_refused() -> None:
    with pytest.raises(RoutingInvalid):
        read_line("a line")


def test_a_view_holds_what_can_apply_to_its_participant() -> None:
    rules = [
        Rule("own", "*", sender="440500.land/registry"),
        Rule("ours", "*", sender="440500.land/*"),
        Rule("city", "*", sender="4405*"),
        Rule("everybody", "*"),
        Rule("other", "*", sender="440500.landfill/*"),
        Rule("other-application", "*", sender="440500.tax/registry"),
        Rule("other-city", "*", sender="4401*"),
        Rule("off", "*", enabled=False),
    ]
    assert [rule.id for rule in RoutingTable(rules).view_for("440500.land")] == [
        "own",
        "ours",
        "city",
        "everybody",
    ]


# ---- properties

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


def test_rules_that_share_a_hash_are_held_against_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [
        Rule("housing", CERTIFICATE, str(HOUSING)),
        Rule("files", CERTIFICATE, str(TAX_FILES)),
        Rule("other-type", "title.certificate.v2", str(TAX)),
        Rule("participant", CERTIFICATE, "440500.tax/*"),
        Rule("named", CERTIFICATE, deliver=(HOUSING,)),
        Rule("tax", CERTIFICATE, str(TAX)),
    ]
    monkeypatch.setattr(route, "hash", lambda _: 1, raising=False)
    table = RoutingTable(rules)
    assert table.decide(query(TAX)).rules == ("tax",)
    assert table.decide(query(HOUSING)).rules == ("housing",)
    assert table.decide(query()).rules == ("named",)
    assert table.rule("files") == rules[1]
    assert table.rule("nothing") is None
    assert [table.decide(query(TAX, type=name)).rules for name in ("title.certificate.v2",)] == [
        ("other-type",)
    ]


def test_what_was_learned_of_types_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "_TYPES_REMEMBERED", 2)
    table = RoutingTable([Rule("open", "*"), Rule("titles", "title.*")])
    for _ in range(2):
        found = [table.decide(query(TAX, type=f"{word}.a.v1")).rules[0] for word in ("title", "b", "c", "d")]
        assert found == ["titles", "open", "open", "open"]
