# SPDX-License-Identifier: Apache-2.0
"""What a running hub says of itself: findings for its health page, measures for Prometheus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exchange.role.checkup import Verdict, answers
from exchange.role.hub_telling import HubTelling
from exchange.role.telling import lines
from tests.district import CIVIL, FINANCE, District, make_district, now


@pytest.fixture
def district(tmp_path: Path) -> District:
    return make_district(tmp_path)


def telling(
    district: District, *, workers: int = 2, wanted: int = 2, trouble: str | None = None
) -> HubTelling:
    return HubTelling(
        district._parts(), clock=now, workers=lambda: workers, wanted=wanted, trouble=lambda: trouble
    )


def verdicts(told: HubTelling) -> dict[str, Verdict]:
    return {finding.name: finding.verdict for finding in answers(told.questions())}


def measures(told: HubTelling) -> dict[tuple[str, tuple[str, ...]], Any]:
    return {(one.name, tuple(one.labels.values())): one.value for one in told.measures()}


def test_a_new_hub_is_well(district: District) -> None:
    assert set(verdicts(telling(district)).values()) == {Verdict.GOOD}


def test_workers_that_are_missing_are_bad(district: District) -> None:
    assert verdicts(telling(district, workers=1))["workers"] is Verdict.BAD


def test_a_janitor_that_waits_is_bad_with_its_reason(district: District) -> None:
    told = lines(telling(district, trouble="EX-901 away").questions, "zh")()
    (line,) = [line for line in told if line.verdict == "bad"]
    assert "EX-901 away" in line.what
    assert line.next


def test_the_hubs_measures_count_its_people_and_its_ledger(district: District) -> None:
    before = measures(telling(district))
    assert before["govbus_participants", ("active",)] == 2
    assert ("govbus_ledger_head_age_seconds", ()) not in before
    district.number_entries()
    district.office.suspend(CIVIL)
    found = measures(telling(district))
    assert found["govbus_participants", ("suspended",)] == 1
    assert found["govbus_ledger_size", ()] > 0
    assert found["govbus_ledger_head_age_seconds", ()] >= 0
    assert found["govbus_workers", ()] == 2


def test_deliveries_are_counted_by_state(district: District, tmp_path: Path) -> None:
    from exchange.adapter import Content, Outgoing
    from tests.district import AT_CIVIL, FILES, TYPE

    with district.running(FINANCE, CIVIL) as services:
        thing = Outgoing(key="a", type=TYPE, parts=[Content("x", b"x")], to=[AT_CIVIL])
        (taken,), _ = services[FINANCE].daemon.submission.take(FILES, [thing])
        district.final(taken.message_id)
    assert measures(telling(district))["govbus_deliveries", ("hub", "delivered")] == 1
