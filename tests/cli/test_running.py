# SPDX-License-Identifier: Apache-2.0
"""How services end: by a signal, by what passes, and by what only a person can mend."""

from __future__ import annotations

import json
import logging
import os
import signal
from collections.abc import Callable, Iterator

import click
import pytest

from cli.running import run_until_told
from exchange.edge import logs
from exchange.errors import (
    EXIT_BAD_CONFIG,
    EXIT_UNREACHABLE,
    BrokerDown,
    ConfigInvalid,
    GovbusError,
    Halt,
    StoreDown,
)


class Service:
    """One whose life is told."""

    def __init__(self, end: BaseException | None = None) -> None:
        self.end = end
        self.told: list[str] = []

    def run(self, ready: Callable[[], None]) -> None:
        ready()
        if self.end is not None:
            raise self.end

    def stop(self) -> None:
        self.told.append("stop")


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Signals and logging are the process's own: give them back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in logs.LOGGERS}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)
    for number, handler in before.items():
        signal.signal(number, handler)


def events(shown: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in shown.splitlines()]


def test_it_says_when_it_is_ready_and_when_it_has_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up()
    run_until_told(Service, {"pid": 7})
    states = [(event["state"], event["pid"]) for event in events(capsys.readouterr().err)]
    assert states == [("ready", 7), ("stopped", 7)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_tells_it_to_stop(number: int) -> None:
    class Signalled(Service):
        def run(self, ready: Callable[[], None]) -> None:
            os.kill(os.getpid(), number)

    service = Signalled()
    run_until_told(lambda: service, {})
    assert service.told == ["stop"]


@pytest.mark.parametrize("code", ["EX-212", "EX-921", "EX-303"])
def test_what_only_a_person_can_mend_is_final_and_said_once(
    code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up()
    with pytest.raises(click.exceptions.Exit) as caught:
        run_until_told(lambda: Service(Halt(code)), {})
    assert caught.value.exit_code == EXIT_BAD_CONFIG
    *_, last = events(capsys.readouterr().err)
    assert (last["level"], last["code"]) == ("critical", code)


@pytest.mark.parametrize(
    ("end", "exit_code"),
    [
        (ConfigInvalid("EX-903"), EXIT_BAD_CONFIG),
        (Halt("EX-904"), EXIT_BAD_CONFIG),
        (BrokerDown("EX-901"), EXIT_UNREACHABLE),
        (StoreDown("EX-902"), EXIT_UNREACHABLE),
        (Halt("EX-506"), EXIT_UNREACHABLE),
    ],
    ids=lambda end: getattr(end, "code", ""),
)
def test_every_other_end_keeps_its_code(end: GovbusError, exit_code: int) -> None:
    with pytest.raises(GovbusError) as caught:
        run_until_told(lambda: Service(end), {})
    assert caught.value.exit_code == exit_code


def test_what_cannot_be_opened_ends_in_the_same_way() -> None:
    def open_service() -> Service:
        raise Halt("EX-212")

    with pytest.raises(click.exceptions.Exit):
        run_until_told(open_service, {})
