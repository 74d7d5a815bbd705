# SPDX-License-Identifier: Apache-2.0
"""The bench and its adapters hear each other, and hear when the other is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.desk import AdapterSilent, Caller, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "desk") as opened:
        yield opened


def test_an_adapter_reports_by_name_and_its_events_are_heard_in_order(desk: Desk) -> None:
    caller = Caller(desk.path, "files")
    visitor = desk.visitors({"files"})["files"]
    caller.tell("arrived", key="ping-1")
    caller.tell("complete", seconds=2.5)
    assert visitor.hear("arrived")["key"] == "ping-1"
    assert visitor.hear("complete")["seconds"] == 2.5
    caller.close()


def test_orders_come_whole_and_once(desk: Desk) -> None:
    caller = Caller(desk.path, "files")
    visitor = desk.visitors({"files"})["files"]
    visitor.order(name="first", count=3, text="张" * 20_000)
    visitor.order(name="second")
    got: list[str] = []
    while len(got) < 2:
        got += [order["name"] for order in caller.orders()]
    assert got == ["first", "second"]
    assert caller.orders() == []
    caller.close()


def test_an_adapter_that_goes_away_is_noticed(desk: Desk) -> None:
    caller = Caller(desk.path, "files")
    visitor = desk.visitors({"files"})["files"]
    caller.close()
    with pytest.raises(AdapterSilent, match="went away before complete"):
        visitor.hear("complete")


def test_events_of_another_order_are_kept_for_who_asks_for_them(desk: Desk) -> None:
    caller = Caller(desk.path, "files")
    visitor = desk.visitors({"files"})["files"]
    caller.tell("complete", name="bulk", seconds=9)
    caller.tell("complete", name="ping", seconds=1)
    assert visitor.hear("complete", about="ping")["seconds"] == 1
    assert visitor.hear("complete", about="bulk")["seconds"] == 9
    caller.close()


def test_a_failure_ends_the_measurement_with_its_reason(desk: Desk) -> None:
    caller = Caller(desk.path, "files")
    visitor = desk.visitors({"files"})["files"]
    caller.tell("failed", reason="load-1-1 got the receipt returned")
    with pytest.raises(AdapterSilent, match="receipt returned"):
        visitor.hear("complete")
    caller.close()


def test_an_adapter_that_never_reports_is_named(desk: Desk) -> None:
    with pytest.raises(AdapterSilent, match="did not report: files"):
        desk.visitors({"files"}, within_seconds=0.01)
