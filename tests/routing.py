# SPDX-License-Identifier: Apache-2.0
"""Departments, a message to be routed, and what becomes of it: what the tests of routing share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exchange.errors import Reject
from exchange.model.identity import Address
from exchange.model.route import Decision, Query, RoutingTable, Rule

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
