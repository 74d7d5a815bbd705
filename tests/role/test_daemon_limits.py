# SPDX-License-Identifier: Apache-2.0
"""What a daemon's settings limit: the bytes in its spool, and how many messages it remembers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from exchange import Priority, Retry
from exchange.edge.hub_store import MessageKey
from exchange.edge.inbox import Incoming
from exchange.model.digest import sha256
from exchange.model.limits import MIB
from exchange.model.ranges import Indices
from exchange.role.adapter_service import AdapterService
from exchange.role.janitor import DAY_MS
from tests.district import CIVIL, FINANCE, District, make_district

LIMIT = 4 * MIB


@pytest.fixture
def district(tmp_path: Path) -> District:
    return make_district(tmp_path)


@pytest.fixture
def service(district: District) -> AdapterService:
    config = district.config(CIVIL)
    text = config.read_text(encoding="utf-8").replace("# spool_bytes = 68719476736", f"spool_bytes = {LIMIT}")
    assert f"\nspool_bytes = {LIMIT}" in text
    config.write_text(text, encoding="utf-8")
    return district._service(CIVIL)


def put(service: AdapterService, number: int, stage: str, received: str = "0-8") -> MessageKey:
    """A message of the limit's size in its inbox, that expired yesterday."""
    now_ms = service.daemon.around.now_ms()
    found = Incoming(
        key=MessageKey(FINANCE, f"message {number}"),
        digest=sha256(b""),
        envelope=b"",
        origin_key="",
        parts=(),
        priority=Priority.BULK,
        size_bytes=LIMIT + 1,
        segments=9,
        segment_bytes=LIMIT // 8,
        received=Indices.parse(9, received),
        stage=stage,
        expires_ms=now_ms - DAY_MS,
    )
    inbox = service.daemon.inbox
    with inbox.writing() as connection:
        inbox.begin(connection, [found], now_ms=now_ms + number)
    return found.key


def freight_code(service: AdapterService) -> str:
    try:
        service.daemon.inbounds["freight"].step()
    except Retry as e:
        return e.code
    return ""


def test_while_applications_have_not_taken_what_fills_the_spool_routine_and_bulk_wait(
    service: AdapterService,
) -> None:
    put(service, 1, "whole")
    assert freight_code(service) == "EX-510"
    assert not service.daemon.inbounds["freight"].takes


def test_what_is_urgent_and_its_receipts_do_not_wait(service: AdapterService) -> None:
    put(service, 1, "whole")
    service.daemon.inbounds["express"].step()
    assert service.daemon.inbounds["express"].takes


def test_it_goes_on_when_the_application_has_taken_it(service: AdapterService) -> None:
    inbox, key = service.daemon.inbox, put(service, 1, "whole")
    assert freight_code(service) == "EX-510"
    inbox.forget_slices(key, Indices(9), 2)
    assert freight_code(service) == ""
    assert service.daemon.inbounds["freight"].takes


def test_what_is_not_whole_holds_nothing_up_for_only_its_last_segment_makes_room(
    service: AdapterService,
) -> None:
    put(service, 1, "receiving", "0-7")
    assert freight_code(service) == ""


def test_what_arrives_counts_with_what_waits(service: AdapterService) -> None:
    put(service, 1, "receiving", "0-7")
    assert service.daemon.inbox.spool_bytes() == (0, LIMIT)


def test_a_spool_within_its_limit_takes_more(service: AdapterService) -> None:
    service.daemon.habits = replace(service.daemon.habits, spool_bytes=LIMIT + 2)
    put(service, 1, "whole")
    assert freight_code(service) == ""


def test_beyond_the_number_that_is_kept_the_oldest_are_forgotten(service: AdapterService) -> None:
    service.daemon.habits = replace(service.daemon.habits, keep_messages=1)
    for number in range(3):
        put(service, number, "done")
    service.daemon._forget()
    assert service.daemon.inbox.counts() == {"done": 1}
