# SPDX-License-Identifier: Apache-2.0
"""The main process of a hub: what ends in it ends it, with a reason; what it waits for it says."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from exchange.role import hub_service
from exchange.role.hub_service import HubService
from exchange.role.logins import NO_RIGHTS
from exchange.role.sequencer import Sequencer
from tests.district import FINANCE, PATIENCE_SECONDS, District, eventually, make_district

Ready = Callable[[], None]


@pytest.fixture
def district(tmp_path: Path) -> District:
    return make_district(tmp_path)


@pytest.fixture
def service(district: District, monkeypatch: pytest.MonkeyPatch) -> HubService:
    """Without worker processes, on a broker in memory."""
    monkeypatch.setattr(hub_service, "HubParts", SimpleNamespace(open=lambda _settings: district._parts()))
    return HubService(district.hub_config, 0)


def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError("a defect")


def test_it_ends_when_told_and_tells_when_it_works(service: HubService) -> None:
    happened: list[str] = []
    service.run(ready=lambda: (happened.append("ready"), service.stop())[0])
    assert happened == ["ready"]
    assert not service.ended.is_set()


def test_it_numbers_the_ledger_and_announces_the_directory(service: HubService, district: District) -> None:
    def wait() -> None:
        head = eventually(district.parts.ledger.head)
        assert head.size > 0
        waiting = eventually(lambda: list(district.node.lines[f"to.{FINANCE}.urgent"].waiting))
        assert b"directory-changed" in waiting[0].parcel.body
        service.stop()

    service.run(ready=wait)


def test_a_sequencer_with_a_defect_ends_the_hub_with_its_reason(
    service: HubService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Sequencer, "run", broken)
    with pytest.raises(ZeroDivisionError, match="a defect"):
        service.run()
    assert "sequencer ended" in caplog.messages


def test_a_janitor_with_a_defect_ends_the_hub_with_its_reason(
    service: HubService, caplog: pytest.LogCaptureFixture
) -> None:
    service._parts.store.held = broken  # type: ignore[method-assign, assignment]
    with pytest.raises(ZeroDivisionError, match="a defect"):
        service.run()
    assert "janitor ended" in caplog.messages


def test_where_no_administration_is_named_nobody_keeps_the_doors(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_service, "HubParts", SimpleNamespace(open=lambda _settings: district._parts()))
    monkeypatch.setattr(hub_service, "administration", lambda _settings: None)
    service = HubService(district.hub_config, 0)
    assert [loop.name for loop in service._loops] == ["janitor"]
    service.run(ready=service.stop)


def test_while_the_disk_is_nearly_full_nothing_is_admitted_and_the_reason_is_said(district: District) -> None:
    watch = replace(district.settings.watch, disk_threshold_bytes=1 << 62)
    district.settings = replace(district.settings, watch=watch)
    with district.hub_running() as worker:
        trouble = eventually(lambda: worker.loop.trouble)
        assert trouble.startswith("EX-505")


def test_a_worker_is_a_process_of_its_own_that_ends_when_told(service: HubService) -> None:
    """Its broker is nowhere to be found, which is no reason to die."""
    process = service._spawn()
    assert process.pid not in (None, os.getpid())
    process.terminate()
    process.join(PATIENCE_SECONDS)
    assert process.exitcode in (0, -15)  # -15: it was told before it had come to itself


def test_a_worker_that_ended_is_started_again_while_the_hub_runs(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    hired: list[SimpleNamespace] = []

    def hire(service: HubService) -> SimpleNamespace:
        """One who is dead when it is looked at for the first time; with the second the test is over."""
        if hired:
            service.stop()
        worker = SimpleNamespace(exitcode=1, is_alive=lambda: False, pid=1)
        worker.terminate = worker.kill = lambda: None
        worker.takes = lambda: False
        worker.join = lambda timeout=None: None
        hired.append(worker)
        return worker

    monkeypatch.setattr(hub_service, "HubParts", SimpleNamespace(open=lambda _settings: district._parts()))
    monkeypatch.setattr(HubService, "_spawn", hire)
    HubService(district.hub_config, 1).run()
    assert len(hired) == 2


def test_it_is_ready_when_the_last_of_its_workers_takes_what_comes(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def hire(service: HubService) -> SimpleNamespace:
        """Two who are asked again and again; the second takes at the third question."""
        first = not asked and not hired
        worker = SimpleNamespace(exitcode=None, is_alive=lambda: True, pid=1)
        worker.takes = (lambda: True) if first else (lambda: asked.append("second") or len(asked) == 3)
        worker.terminate = worker.kill = lambda: None
        worker.join = lambda timeout=None: setattr(worker, "is_alive", lambda: False)
        hired.append(worker)
        return worker

    hired: list[SimpleNamespace] = []
    monkeypatch.setattr(hub_service, "HubParts", SimpleNamespace(open=lambda _settings: district._parts()))
    monkeypatch.setattr(HubService, "_spawn", hire)
    service = HubService(district.hub_config, 2)
    service.run(ready=lambda: (asked.append("ready"), service.stop())[0])
    assert asked == ["second", "second", "second", "ready"]


def test_a_worker_away_from_its_broker_takes_nothing(service: HubService) -> None:
    process = service._spawn()
    assert not process.takes()
    process.kill()
    process.join(PATIENCE_SECONDS)
    assert not process.takes()


def test_a_login_that_stayed_open_is_closed_by_the_running_hub(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker was away when the participant was suspended."""
    admin = district.administration
    district.parts.registry.suspend(FINANCE)
    assert admin.rights[FINANCE] != NO_RIGHTS
    monkeypatch.setattr(hub_service, "HubParts", SimpleNamespace(open=lambda _settings: district._parts()))
    monkeypatch.setattr(hub_service, "administration", lambda _settings: admin)
    service = HubService(district.hub_config, 0)

    def wait() -> None:
        eventually(lambda: admin.rights[FINANCE] == NO_RIGHTS)
        service.stop()

    service.run(ready=wait)
