# SPDX-License-Identifier: Apache-2.0
"""The power goes out after each step of each part; nothing is lost and nothing comes twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exchange import Content
from exchange.errors import StoreDown
from tests.city import FILES, FINANCE, OFFICE, City, Crash, text

AT_FINANCE = f"{FINANCE}/{FILES}"
PARTS = (OFFICE, FINANCE, "hub")


class PowerCut:
    """A checkpoint that crashes when it is passed for the *at*-th time; with None it only counts."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.passed: list[str] = []

    def __call__(self, step: str) -> None:
        self.passed.append(step)
        if self.at == len(self.passed):
            raise Crash(step)


def city_with(folder: Path, part: str, cut: PowerCut) -> City:
    city = City(folder)
    if part == "hub":
        city.kill_worker()
        city.start_worker(checkpoint=cut)
    else:
        city.kill_daemon(part)
        city.start_daemon(part, cut)
    return city


def restart(city: City, part: str) -> None:
    if part == "hub":
        city.kill_worker()
        city.start_worker()
    else:
        city.kill_daemon(part)
        city.start_daemon(part)


def journey(city: City, part: str, payloads: list[bytes]) -> list[str]:
    """Send, and go on through one crash of *part*; the message ids."""
    things = [text(n, parts=[Content("content", data)]) for n, data in enumerate(payloads)]
    ids = city.daemons[OFFICE].send(*things)
    try:
        city.settle()
    except Crash:
        restart(city, part)
        city.settle()
        city.recover()
        city.settle()
    return ids


def steps_of(folder: Path, part: str, payloads: list[bytes]) -> list[str]:
    cut = PowerCut()
    journey(city_with(folder, part, cut), part, payloads)
    return cut.passed


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("size", [500, 200_000], ids=["small", "several segments"])
def test_a_crash_after_any_step_loses_nothing_and_doubles_nothing(
    tmp_path: Path, part: str, size: int
) -> None:
    payloads = [os.urandom(size), os.urandom(size)]
    steps = steps_of(tmp_path / "whole", part, payloads)
    assert len(steps) >= 6, steps
    for number, step in enumerate(steps, 1):
        folder = tmp_path / str(number)
        city = city_with(folder, part, PowerCut(number))
        ids = journey(city, part, payloads)
        where = f"crash {number} of {part}, after: {step}"
        got = {i: contents["content"] for i, (_, contents) in city.recorders[FINANCE].got.items()}
        assert got == dict(zip(ids, payloads, strict=True)), where
        for message_id in ids:
            daemon = city.daemons[OFFICE]
            assert daemon.states(message_id) == {AT_FINANCE: "delivered"}, where
            kinds = sorted(r.kind for r in daemon.outbox.receipts(message_id))
            assert kinds == ["accepted", "delivered"], where
        city.sequencer.step()
        recorded = [e.entry.kind.value for m in ids for e in city.ledger.about(m)]
        assert sorted(recorded) == sorted(["message", "receipt", "receipt"] * 2), where
        assert city.dead.count() == 0, where


class Trouble(PowerCut):
    """A checkpoint at which the database is away once, and back a moment later."""

    def __call__(self, step: str) -> None:
        self.passed.append(step)
        if self.at == len(self.passed):
            raise StoreDown("EX-902", where="test", reason="away", after_seconds=1.0)


@pytest.mark.parametrize("part", PARTS)
def test_a_database_that_is_away_for_a_moment_costs_nothing(tmp_path: Path, part: str) -> None:
    payloads = [os.urandom(500), os.urandom(200_000)]
    steps = steps_of(tmp_path / "whole", part, payloads)
    for number, step in enumerate(steps, 1):
        trouble = Trouble(number)
        city = city_with(tmp_path / str(number), part, trouble)
        ids = journey(city, part, payloads)
        city.recover()
        city.settle()
        where = f"trouble {number} of {part}, after: {step}"
        assert len(trouble.passed) >= number, where
        got = {i: contents["content"] for i, (_, contents) in city.recorders[FINANCE].got.items()}
        assert got == dict(zip(ids, payloads, strict=True)), where
        assert all(city.daemons[OFFICE].states(i) == {AT_FINANCE: "delivered"} for i in ids), where
        assert city.dead.count() == 0, where


def test_a_power_cut_really_cuts(tmp_path: Path) -> None:
    city = city_with(tmp_path, "hub", PowerCut(1))
    city.daemons[OFFICE].send(text())
    with pytest.raises(Crash):
        city.settle()
