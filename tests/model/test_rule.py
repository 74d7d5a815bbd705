# SPDX-License-Identifier: Apache-2.0
"""What one rule may say, and what it covers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from exchange.model.identity import Address
from exchange.model.priority import Priority
from exchange.model.route import RoutingInvalid, Rule
from exchange.model.rule import (
    party,
    party_covers,
    put_together,
    sorted_tests,
    take_apart,
    type_covers,
    type_depth,
)
from tests.routing import CERTIFICATE, HOUSING, NOON, SHANTOU_EAST, TAX, TAX_FILES

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
