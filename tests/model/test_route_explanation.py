# SPDX-License-Identifier: Apache-2.0
"""What an explanation says, word for word where a person acts on it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exchange.model.identity import Address
from exchange.model.priority import Priority
from exchange.model.route import Query, RoutingTable, Rule

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LAND = Address("440500.land", "registry")
TAX = Address("440500.tax", "registry")
FILES = Address("440500.tax", "files")
HOUSING = Address("440500.housing", "fund")


def query(*to: Address, **other: Any) -> Query:
    return Query(**{"type": "title.certificate.v1", "sender": LAND, "to": to, **other})


def lines(rules: list[Rule], asked: Query, *, at: datetime | None = None, lang: str = "en") -> list[str]:
    return list(RoutingTable(rules).explain(asked, at).sentences(lang))


def reason(rule: Rule, asked: Query, *, at: datetime | None = None) -> str:
    """Why the only rule of a table does not deliver."""
    explanation = RoutingTable([rule]).explain(asked, at)
    (one,) = explanation.receivers[0].nearest
    return "; ".join(why.sentence() for why in one.reasons)


def test_a_delivery_is_told_with_its_terms() -> None:
    rule = Rule(
        "titles", "title.*", "4405*", gateway="440500.exchange", priority_floor=Priority.URGENT,
        deadline_seconds=3600, grant="titles",
    )  # fmt: skip
    assert lines([rule], query(TAX, attributes={"district": "440511", "level": "2"})) == [
        "title.certificate.v1 from 440500.land/registry to 440500.tax/registry, routine, "
        "with district=440511; level=2",
        "  delivered to 440500.tax/registry by rule titles",
        "      as urgent; its sender asks for routine",
        "      within 3600 seconds of its creation",
        "      if 440500.land holds the grant titles",
        "      through the hub 440500.exchange",
    ]


def test_a_refusal_names_the_nearest_rules_and_what_to_add() -> None:
    rules = [
        Rule("far", "tax.return.v1", "110000.tax/*", "110000.tax/*"),
        Rule("version", "title.certificate.v2", "440500.tax/*"),
        Rule("off", "title.*", "440500.tax/*", enabled=False),
    ]
    assert lines(rules, query(TAX)) == [
        "title.certificate.v1 from 440500.land/registry to 440500.tax/registry, routine",
        "  REFUSED with EX-302: nothing is delivered to anybody",
        "no rule covers 440500.tax/registry",
        "nearest rules that do not match 440500.tax/registry:",
        "  off: it is switched off",
        "  version: its type is title.certificate.v2, this is title.certificate.v1",
        "if it should pass, correct one of these, or add: "
        '<rule id="NAME" type="title.certificate.v1" from="440500.land/registry" to="440500.tax/registry">'
        "<deliver/></rule>; then `govbus route import`",
    ]


def test_a_refusal_reads_in_chinese() -> None:
    told = lines([Rule("off", "*", enabled=False)], query(TAX), lang="zh")
    assert told[1:5] == [
        "  拒收 EX-302：不向任何应用投递",
        "没有规则适用于 440500.tax/registry",
        "最接近但不匹配 440500.tax/registry 的规则：",
        "  off：规则已停用",
    ]


def test_a_rule_that_blocks_is_named() -> None:
    rules = [Rule("files-only", "*", "440500.tax/*", deliver=(FILES,)), Rule("open", "*")]
    told = lines(rules, query(TAX))
    assert "rule files-only decides about 440500.tax/registry, and delivers only to 440500.tax/files" in told
    assert "  open: files-only names the receiver more closely" in told


@pytest.mark.parametrize(
    ("winner", "why"),
    [
        (Rule("winner", "*", "440500.tax/*"), "winner names the receiver more closely"),
        (Rule("winner", "title.*"), "winner names the type more closely"),
        (Rule("winner", "*", sender="4405*"), "winner names the sender more closely"),
        (Rule("winner", "*", attributes=(("a", "1"),)), "winner tests more attributes"),
        (Rule("winner", "*"), "winner is as specific and stands earlier"),
    ],
)
def test_an_outranked_rule_is_told_by_what(winner: Rule, why: str) -> None:
    told = lines([winner, Rule("loser", "*")], query(TAX, attributes={"a": "1"}))
    assert told[-2:] == ["also matching, but outranked:", f"  loser: {why}"]


@pytest.mark.parametrize(
    ("rule", "asked", "why"),
    [
        (
            Rule("r", "*", valid_from=NOON + HOUR),
            query(TAX),
            "it is in force only from 2026-11-21T13:00:00.000Z, asked was 2026-11-21T12:00:00.000Z",
        ),
        (
            Rule("r", "*", valid_until=NOON),
            query(TAX),
            "it was in force until 2026-11-21T12:00:00.000Z, asked was 2026-11-21T12:00:00.000Z",
        ),
        (
            Rule("r", "*", sender="440500.land/maps"),
            query(TAX),
            "it is for senders 440500.land/maps, this is from 440500.land/registry",
        ),
        (
            Rule("r", "title.deed.v1", "440500.tax/files"),
            query(TAX),
            "its type is title.deed.v1, this is title.certificate.v1; "
            "it is for receivers 440500.tax/files, this goes to 440500.tax/registry",
        ),
        (
            Rule("r", "tittle.certificate.*", "440500.housing/*"),
            query(TAX),
            "its type is tittle.certificate.*, this is title.certificate.v1; "
            "it is for receivers 440500.housing/*, this goes to 440500.tax/registry",
        ),
        (
            Rule("r", "*", "4401*"),
            query(TAX),
            "it is for receivers 4401*, this goes to 440500.tax/registry",
        ),
        (
            Rule("r", "*", deliver=(FILES, HOUSING)),
            query(TAX),
            "it delivers to 440500.tax/files, 440500.housing/fund, not to 440500.tax/registry",
        ),
        (
            Rule("r", "*", deliver=(HOUSING,)),
            query(TAX),
            "it delivers to 440500.housing/fund, not to 440500.tax/registry",
        ),
        (
            Rule("r", "*", attributes=(("district", "440511"), ("level", "2"))),
            query(TAX, attributes={"level": "3"}),
            "it wants attribute district=440511, the message has no district; "
            "it wants attribute level=2, here it is 3",
        ),
        (
            Rule("r", "*", "440500.tax/*"),
            query(),
            "it is for messages addressed to 440500.tax/*, this is addressed to nobody",
        ),
        (Rule("r", "*"), query(), "it names no application, and this is addressed to nobody"),
    ],
)
def test_a_near_miss_says_what_it_lacks(rule: Rule, asked: Query, why: str) -> None:
    assert reason(rule, asked, at=NOON) == why


def test_a_rule_with_a_period_says_that_no_time_was_given() -> None:
    why = "it is in force for a period only, and no time was given"
    assert reason(Rule("r", "*", valid_until=NOON), query(TAX)) == why


@pytest.mark.parametrize(
    "rule",
    [
        Rule("r", "tax.return.v1"),
        Rule("r", "title.deed.v1", "110000.tax/*", "110000.tax/*"),
        Rule("r", "certificate.title.v1"),
    ],
)
def test_a_rule_of_another_kind_of_type_or_that_differs_in_everything_is_no_near_miss(rule: Rule) -> None:
    assert RoutingTable([rule]).explain(query(TAX)).receivers[0].nearest == ()


def test_only_the_nearest_few_are_told_and_the_nearest_first() -> None:
    rules = [Rule(f"type{n}", f"title.deed{n}.v1") for n in range(8)]
    rules += [Rule("off", "*", enabled=False), Rule("version", "title.certificate.v2")]
    nearest = RoutingTable(rules).explain(query(TAX)).receivers[0].nearest
    assert [one.rule.id for one in nearest] == ["off", "version", "type0", "type1", "type2"]


def test_subscriptions_are_told_with_those_that_add_nobody() -> None:
    rules = [
        Rule("certificates", "title.certificate.v1", deliver=(TAX,)),
        Rule("titles", "title.*", deliver=(TAX, LAND)),
        Rule("open", "*"),
    ]
    assert lines(rules, query()) == [
        "title.certificate.v1 from 440500.land/registry, addressed to nobody, routine",
        "  delivered to 440500.tax/registry by rule certificates",
        "also matching, but outranked:",
        "  titles: whom it names is the sender, or receives it by a more specific rule",
        "nearest rules that do not match:",
        "  open: it names no application, and this is addressed to nobody",
    ]


def test_nobody_has_subscribed() -> None:
    told = lines([], query())
    assert "nobody has subscribed to it" in told
    assert "<deliver><to>ADDRESS</to></deliver>" in told[-1]


def test_an_explanation_is_a_document_for_programs() -> None:
    rules = [
        Rule("tax", "*", "440500.tax/*", deadline_seconds=60),
        Rule("open", "*"),
        Rule("off", "*", enabled=False),
    ]
    document = RoutingTable(rules).explain(query(TAX, attributes={"a": "1"})).document()
    assert json.loads(json.dumps(document)) == {
        "type": "title.certificate.v1",
        "from": "440500.land/registry",
        "to": ["440500.tax/registry"],
        "attributes": {"a": "1"},
        "priority": "routine",
        "code": None,
        "deliveries": [
            {
                "to": "440500.tax/registry",
                "rule": "tax",
                "priority": "routine",
                "deadline_seconds": 60,
                "grant": None,
                "gateway": None,
            }
        ],
        "receivers": [
            {
                "to": "440500.tax/registry",
                "delivered": True,
                "deciding": ["tax"],
                "outranked": [
                    {
                        "rule": "open",
                        "reasons": [
                            {
                                "reason": "outranked-to",
                                "winner": "tax",
                                "text": "tax names the receiver more closely",
                            }
                        ],
                    }
                ],
                "nearest": [
                    {"rule": "off", "reasons": [{"reason": "disabled", "text": "it is switched off"}]},
                ],
            }
        ],
    }


def test_a_refusal_is_a_document_with_its_code() -> None:
    document = RoutingTable().explain(query()).document()
    assert document["code"] == "EX-302"
    assert document["deliveries"] == []
    assert document["receivers"][0]["to"] is None
