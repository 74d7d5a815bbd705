# SPDX-License-Identifier: Apache-2.0
"""
Processes that take part in a measurement: started, spoken to by lines, ended by their pid.

A child prints one JSON object a line; it is told what to do by a line on its standard input. This module
does not know what they say. Its rule: nothing is left running, and a child that dies is an error with its
last words in it.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 300.0  # for one line of a child; a benchmark that hangs is a failure
LAST_WORDS = 4000  # characters of standard error that are quoted


class ChildFailed(RuntimeError):
    """A process of the measurement ended, or stayed silent, before it had said what it owed."""


class Child:
    """One process that reports in JSON lines."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        order: object = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - closed by end()
        self._process = subprocess.Popen(
            list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
            cwd=PROJECT, env=None if environment is None else dict(environment), start_new_session=True,
        )  # fmt: skip
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._listen, name=f"listen-{name}", daemon=True).start()
        if order is not None:
            self.tell(json.dumps(order))

    @classmethod
    def python(cls, name: str, module: str, *arguments: str, order: object = None) -> Child:
        """A module of this package run as a process of its own."""
        return cls(name, [sys.executable, "-m", module, *arguments], order=order)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hear(self, event: str, *, within_seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """
        The next line, which must be *event*.

        Raises:
            ChildFailed: the child ended, was silent for too long, or said something else.
        """
        try:
            line = self._lines.get(timeout=within_seconds)
        except queue.Empty:
            raise self._failed(f"was silent for {within_seconds:.0f} s while {event} was awaited") from None
        if line is None:
            raise self._failed(f"ended (exit code {self._process.wait()}) before {event}")
        said = json.loads(line)
        if said.get("event") != event:
            raise self._failed(f"said {line!r} where {event} was awaited")
        return dict(said)

    def end(self, within_seconds: float = 20.0) -> None:
        """Ask it to end, then make it; returns when it is gone."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self.running:
            self._process.terminate()
        try:
            self._process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip():
                self._lines.put(line)
        self._lines.put(None)

    def _failed(self, what: str) -> ChildFailed:
        self._errors.seek(0)
        return ChildFailed(f"{self.name} {what}\n{self._errors.read()[-LAST_WORDS:]}".rstrip())


class Children:
    """Several children, ended together at the end of the `with` block."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    def __enter__(self) -> Children:
        return self

    def add(self, child: Child) -> Child:
        self._children.append(child)
        return child

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in reversed(self._children):
            child.end()


def say(event: str, **values: object) -> None:
    """What a child prints to whoever started it."""
    print(json.dumps({"event": event, **values}), flush=True)


def on_orders(obey: Callable[[str], None]) -> None:
    """Hand every line of standard input to *obey*, from a thread of its own; its end is the order `stop`."""

    def listen() -> None:
        for line in sys.stdin:
            obey(line.strip())
        obey("stop")

    threading.Thread(target=listen, name="orders", daemon=True).start()
