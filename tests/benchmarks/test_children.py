# SPDX-License-Identifier: Apache-2.0
"""The bench's own processes: heard, and never left behind."""

from __future__ import annotations

import sys

import pytest

from benchmarks.children import Child, ChildFailed, Children

ECHO = (
    'import sys\nfor line in sys.stdin: print(\'{"event": "echo", "line": %s}\' % line.strip(), flush=True)'
)
DIES = "import sys; sys.exit('the disk is full')"


def test_a_child_is_told_and_heard() -> None:
    with Children() as children:
        child = children.add(Child("echo", [sys.executable, "-c", ECHO], order=[1, 2]))
        assert child.hear("echo")["line"] == [1, 2]


def test_a_child_that_dies_is_an_error_with_its_last_words() -> None:
    with Children() as children:
        child = children.add(Child("hub", [sys.executable, "-c", DIES]))
        with pytest.raises(ChildFailed, match=r"hub ended \(exit code 1\) before ready\n.*the disk is full"):
            child.hear("ready")


def test_a_silent_child_is_an_error() -> None:
    with Children() as children:
        child = children.add(Child("echo", [sys.executable, "-c", ECHO]))
        with pytest.raises(ChildFailed, match="silent"):
            child.hear("ready", within_seconds=0.05)


def test_a_child_that_says_something_else_is_an_error() -> None:
    with Children() as children:
        child = children.add(Child("echo", [sys.executable, "-c", ECHO], order=1))
        with pytest.raises(ChildFailed, match="where ready was awaited"):
            child.hear("ready")


def test_no_child_is_left_running() -> None:
    with Children() as children:
        child = children.add(Child("echo", [sys.executable, "-c", ECHO]))
        assert child.running
    assert not child.running
