# SPDX-License-Identifier: Apache-2.0
"""
Processes that are found again by a mark in their environment.

A mark is a name and a value that a process was started with. Its children have it too, also those that
went their own way, and nobody else has: so all of them can be found, and ended, from any other process
of the same user. Linux only, by way of /proc. What the processes do is not known here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

POLL_SECONDS = 0.05


def marked(name: str, value: str) -> list[int]:
    """The living processes that carry the mark; one that has ended, collected or not, does not count."""
    wanted = os.fsencode(f"{name}={value}")
    return [pid for pid in _processes() if wanted in _environment(pid)]


def program(pid: int) -> str:
    """The name of the program that a process runs, "" when it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def end(find: Callable[[], Iterable[int]], *, patience_seconds: float) -> bool:
    """
    End what *find* finds, gently, and after *patience_seconds* by force; False when it finds nothing.

    It is asked again and again: a process may start one more before it ends.
    """
    deadline = time.monotonic() + patience_seconds
    found = asked = False
    while pids := list(find()):
        found = True
        if time.monotonic() >= deadline:
            _send(pids, signal.SIGKILL)
        elif not asked:
            _send(pids, signal.SIGTERM)
            asked = True
        time.sleep(POLL_SECONDS)
    return found


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _environment(pid: int) -> list[bytes]:
    """Empty for a process that has ended, or is another user's."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
