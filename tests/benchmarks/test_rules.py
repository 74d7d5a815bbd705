# SPDX-License-Identifier: Apache-2.0
"""The tables that the bench looks routes up in."""

from __future__ import annotations

import pytest

from benchmarks import rules
from exchange.errors import Reject
from exchange.model.decision import Query
from exchange.model.route import RoutingTable


def test_every_rule_of_a_table_differs() -> None:
    lines = list(rules.lines(30_000))
    assert len({line.split("\x1f")[0] for line in lines}) == len(lines)
    assert len({line.split("\x1f", 1)[1] for line in lines}) == len(lines)


def test_every_lookup_but_the_misses_finds_a_route() -> None:
    table = RoutingTable.of_lines(rules.lines(2_000))
    found = missed = 0
    for query in rules.queries(2_000, 1_000):
        if query.type == "nobody.wants-this.v1":
            missed += _misses(table, query)
        else:
            found += bool(table.decide(query).deliveries)
    assert found + missed == 1_000
    assert missed > 0


def _misses(table: RoutingTable, query: Query) -> bool:
    with pytest.raises(Reject, match="EX-302"):
        table.decide(query)
    return True
