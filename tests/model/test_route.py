# SPDX-License-Identifier: Apache-2.0
"""Routing: which rule decides, and where a message goes."""

from __future__ import annotations

from datetime import datetime

import pytest

from exchange.model import route
from exchange.model.identity import Address
from exchange.model.priority import Priority
from exchange.model.route import RoutingInvalid, RoutingTable, Rule, Terms
from exchange.model.rule import (
    read_line,
    spell,
)
from tests.routing import (
    CERTIFICATE,
    HOUR,
    HOUSING,
    LAND,
    NOON,
    SHANTOU_EAST,
    TAX,
    TAX_FILES,
    decide,
    query,
    refused,
)

# ---- which rule decides


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


# ---- inside


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
