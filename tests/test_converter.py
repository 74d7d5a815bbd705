# SPDX-License-Identifier: Apache-2.0
"""The names of formats, and the cheapest way from one to another."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import Converter, Reject
from exchange.converter import fits, format_name, plan, reachable


def way(accepts: str, produces: str, cost: int = 10, *, lossy: bool = False) -> Converter:
    facts = {"accepts": (accepts,), "produces": produces, "cost": cost, "lossy": lossy}
    kind: Any = type("Way", (Converter,), facts)
    made: Converter = kind()
    return made


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("text/plain", "text/plain"),
        ("Text/Plain; Charset=GB18030", "text/plain;charset=gb18030"),
        ('text/plain;charset="utf-8"', "text/plain;charset=utf-8"),
        ("text/plain ; b=2 ; a=1;", "text/plain;a=1;b=2"),
    ],
)
def test_a_format_has_one_spelling(text: str, name: str) -> None:
    assert format_name(text) == name
    assert format_name(name) == name


@pytest.mark.parametrize(
    ("found", "wanted", "fitting"),
    [
        ("text/plain;charset=utf-8", "text/plain;charset=UTF-8", True),
        ("text/plain;charset=gb18030", "text/plain;charset=utf-8", False),
        ("text/plain", "text/plain;charset=utf-8", False),
        ("text/plain;charset=utf-8", "text/plain", True),
        ("text/plain", "text/*", True),
        ("textual/plain", "text/*", False),
        ("application/pdf", "*/*", True),
        ("application/pdf", "text/*", False),
    ],
)
def test_what_a_name_leaves_out_is_free_and_what_it_has_is_wanted(
    found: str, wanted: str, fitting: bool
) -> None:
    assert fits(found, wanted) is fitting


def test_a_format_that_is_accepted_needs_no_way() -> None:
    assert plan("text/plain; charset=UTF-8", ["text/plain;charset=utf-8"], [way("*/*", "a/b")]) == ()


def test_the_cheapest_way_is_taken_though_it_is_longer() -> None:
    dear, first, second = way("a/a", "c/c", 50), way("a/a", "b/b", 10), way("b/b", "c/c", 10)
    assert plan("a/a", ["c/c"], [dear, first, second]) == (first, second)


def test_among_equals_the_shorter_is_taken_and_then_the_first() -> None:
    short, other = way("a/a", "c/c", 20), way("a/a", "c/c", 20)
    long = [way("a/a", "b/b", 10), way("b/b", "c/c", 10)]
    assert plan("a/a", ["c/c"], [*long, short, other]) == (short,)


def test_the_nearest_of_several_accepted_formats_is_the_goal() -> None:
    far, near = way("a/a", "c/c", 30), way("a/a", "b/b", 10)
    assert plan("a/a", ["c/c", "b/b"], [far, near]) == (near,)


def test_a_circle_of_converters_ends() -> None:
    with pytest.raises(Reject) as raised:
        plan("a/a", ["z/z"], [way("a/a", "b/b"), way("b/b", "a/a")])
    assert raised.value.code == "EX-310"
    assert raised.value.text() == "no conversion leads from a/a to z/z"


def test_an_accepted_parameter_is_what_leads_on() -> None:
    utf8 = way("text/plain;charset=gbk", "text/plain;charset=utf-8")
    pdf = way("text/plain;charset=utf-8", "application/pdf")
    assert plan("text/plain;charset=GBK", ["application/pdf"], [pdf, utf8]) == (utf8, pdf)


def test_a_lossy_converter_is_taken_only_where_that_is_allowed() -> None:
    lossy, exact = way("a/a", "c/c", 1, lossy=True), way("a/a", "c/c", 90)
    assert plan("a/a", ["c/c"], [lossy, exact]) == (exact,)
    assert plan("a/a", ["c/c"], [lossy, exact], allow_lossy=True) == (lossy,)


def test_where_only_a_lossy_way_leads_that_is_said() -> None:
    with pytest.raises(Reject) as raised:
        plan("pdf", ["docx"], [way("pdf", "docx", lossy=True)])
    assert raised.value.code == "EX-313"
    assert "allow_lossy = true" in raised.value.hint()


def test_words_name_formats_everywhere() -> None:
    edge = way("application/pdf", "application/ofd")
    assert plan("PDF", ["ofd"], [edge]) == (edge,)


def test_what_can_be_reached_is_all_that_a_file_can_become() -> None:
    edges = [way("a/a", "b/b"), way("b/b", "c/c"), way("c/c", "a/a"), way("x/x", "y/y")]
    assert reachable("a/a", edges) == ("b/b", "c/c")
    assert reachable("y/y", edges) == ()


formats = st.sampled_from(["a/a", "b/b", "c/c", "d/d"])


@given(st.lists(st.tuples(formats, formats, st.integers(1, 9)), max_size=7), formats, formats)
def test_no_cheaper_way_exists_than_the_one_taken(
    edges: list[tuple[str, str, int]], start: str, goal: str
) -> None:
    ways = [way(*edge) for edge in edges]
    costs = [
        sum(step.cost for step in row)
        for length in range(4)
        for row in permutations(ways, length)
        if [*(step.accepts[0] for step in row), goal] == [start, *(step.produces for step in row)]
    ]
    try:
        taken = plan(start, [goal], ways)
    except Reject:
        assert costs == []
    else:
        assert sum(step.cost for step in taken) == min(costs)


def test_every_pair_of_names_is_judged_without_an_error() -> None:
    odd = ["", ";", "text", "text/", "/plain", "*", "a/b;c", "a/b;=", "a/b;c=;d"]
    assert all(fits(found, wanted) in (True, False) for found, wanted in product(odd, odd))
