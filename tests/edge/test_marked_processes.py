# SPDX-License-Identifier: Apache-2.0
"""Processes found by their mark, and ended: theirs alone, gently first."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.edge.marked_processes import end, marked, program

MARK = "GOVBUS_TEST_MARK"


@pytest.fixture
def value(tmp_path: Path) -> Iterator[str]:
    yield str(tmp_path)
    end(lambda: marked(MARK, str(tmp_path)), patience_seconds=0)


def begin(value: str, script: str) -> subprocess.Popen[bytes]:
    """A marked shell that runs *script*, once it has said that it is ready."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", f"{script}"], env={**os.environ, MARK: value}, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def test_children_that_went_their_own_way_are_found(value: str) -> None:
    with begin(value, "setsid sleep 600 & echo ready") as parent:
        parent.wait()
        while [program(pid) for pid in marked(MARK, value)] != ["sleep"]:  # setsid becomes it in a moment
            pass
        assert end(lambda: marked(MARK, value), patience_seconds=0)
    assert marked(MARK, value) == []


def test_a_mark_of_another_value_is_another_mark(value: str) -> None:
    with begin(value, "echo ready; exec sleep 600") as process:
        assert marked(MARK, value[:-1]) == []
        assert marked(MARK, value + "x") == []
        process.kill()


def test_a_process_is_asked_before_it_is_forced(value: str, tmp_path: Path) -> None:
    script = f"trap 'touch {tmp_path}/asked; exit' TERM; echo ready; while :; do sleep 0.01; done"
    with begin(value, script) as process:
        assert end(lambda: [p for p in marked(MARK, value) if p == process.pid], patience_seconds=60)
    assert (tmp_path / "asked").exists()
    assert process.returncode == 0


def test_a_process_that_does_not_listen_is_forced(value: str) -> None:
    with begin(value, "trap '' TERM; echo ready; while :; do sleep 0.01; done") as process:
        assert end(lambda: marked(MARK, value), patience_seconds=0.2)
    assert process.returncode == -9


def test_a_process_that_has_ended_and_waits_to_be_collected_does_not_count(value: str) -> None:
    with begin(value, "echo ready; exec sleep 600") as process:
        process.kill()
        while marked(MARK, value):
            pass
        assert Path(f"/proc/{process.pid}").exists(), "it is still there, for its parent to collect"
        assert not end(lambda: marked(MARK, value), patience_seconds=0)


def test_a_process_that_is_gone_has_no_name() -> None:
    with subprocess.Popen(["/bin/true"]) as process:
        process.wait()
    assert program(process.pid) == ""
