# SPDX-License-Identifier: Apache-2.0
"""The processes of a hub: how a worker's life ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from exchange.role import hub_service
from exchange.role.hub_service import run_worker


class StandIn:
    """A worker's inside, without a database and a broker."""

    def __init__(self, *_parts: object, **_failed: object) -> None:
        self.loop = self
        self.told: list[str] = []
        made.append(self)

    def start(self) -> None:
        self.told.append("start")

    def is_consuming(self) -> bool:
        return False

    def stop(self) -> None:
        self.told.append("stop")


made: list[StandIn] = []


@pytest.fixture(autouse=True)
def _inside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    made.clear()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    settings = SimpleNamespace(hub=SimpleNamespace(lang="en"))
    monkeypatch.setattr(hub_service, "load_hub", lambda _config: settings)
    monkeypatch.setattr(hub_service.logs, "set_up", lambda **_how: None)  # this process has its own log
    monkeypatch.setattr(hub_service.HubParts, "open", lambda settings: settings)
    monkeypatch.setattr(hub_service, "WorkerService", StandIn)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_worker_whose_parent_died_before_the_worker_ran_ends_as_well(tmp_path: Path) -> None:
    gone = os.spawnlp(os.P_NOWAIT, "true", "true")
    os.waitpid(gone, 0)
    run_worker(tmp_path / "hub.toml", gone)
    assert made[0].told == ["start", "stop"]


def test_a_worker_whose_parent_dies_meanwhile_ends_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parents = iter((7, 7, 1))
    monkeypatch.setattr(hub_service, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    run_worker(tmp_path / "hub.toml", 7)
    assert made[0].told == ["start", "stop"]


def test_a_worker_whose_thread_dies_ends_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(StandIn):
        def __init__(self, _parts: object, *, failed: Callable[[str, BaseException], None]) -> None:
            super().__init__()
            self.failed = failed

        def start(self) -> None:
            super().start()
            self.failed("worker", ZeroDivisionError("a defect"))

    monkeypatch.setattr(hub_service, "WorkerService", Broken)
    with pytest.raises(ZeroDivisionError, match="a defect"):
        run_worker(tmp_path / "hub.toml", os.getppid())
    assert made[0].told == ["start", "stop"]


def test_a_worker_says_once_that_it_takes_what_comes_and_not_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter((False, False, True))

    class Connecting(StandIn):
        def is_consuming(self) -> bool:
            self.told.append("asked")
            return next(looks)

    parents = iter((7, 7, 7, 7, 7, 1))
    monkeypatch.setattr(hub_service, "WorkerService", Connecting)
    monkeypatch.setattr(hub_service, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    run_worker(tmp_path / "hub.toml", 7, lambda: made[0].told.append("takes"))
    assert made[0].told == ["start", "asked", "asked", "asked", "takes", "stop"]


def test_a_worker_that_is_told_to_end_finishes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Told(StandIn):
        def start(self) -> None:
            super().start()
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(hub_service, "WorkerService", Told)
    run_worker(tmp_path / "hub.toml", os.getppid())
    assert made[0].told == ["start", "stop"]
