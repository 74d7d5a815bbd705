# SPDX-License-Identifier: Apache-2.0
"""
How the bench speaks with its adapters, which live inside the daemons of the bus.

A Unix socket at which adapters report by name, one JSON object a line each way. Neither side knows here
what is said. Its rule: whoever waits is told when the other has gone.
"""

from __future__ import annotations

import contextlib
import json
import queue
import select
import socket
import threading
from pathlib import Path
from typing import Any

FAILED = "failed"  # the event that ends a measurement, with its reason
PATIENCE_SECONDS = 300.0  # for one event of an adapter; a benchmark that hangs is a failure


class AdapterSilent(RuntimeError):
    """An adapter did not report, went away, or said that it failed."""


class AdapterSlow(AdapterSilent):
    """It is there, and has not said it yet."""


class Caller:
    """The adapter's end: tells events, and takes orders without waiting."""

    def __init__(self, path: Path, name: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._ready = select.poll()  # `select` knows no descriptor beyond 1023
        self._ready.register(self._socket, select.POLLIN)
        self._sending = threading.Lock()
        self._rest = b""
        self.tell("here", name=name)

    def tell(self, event: str, **values: object) -> None:
        line = json.dumps({"event": event, **values}).encode() + b"\n"
        with self._sending:
            self._socket.sendall(line)

    def orders(self) -> list[dict[str, Any]]:
        """What was ordered since the last look."""
        while self._ready.poll(0):
            data = self._socket.recv(65536)
            if not data:
                break
            self._rest += data
        *lines, self._rest = self._rest.split(b"\n")
        return [json.loads(line) for line in lines]

    def close(self) -> None:
        self._socket.close()


class Visitor:
    """The bench's end of one adapter."""

    def __init__(
        self, name: str, connection: socket.socket, lines: queue.Queue[dict[str, Any] | None]
    ) -> None:
        self.name = name
        self._connection = connection
        self._lines = lines
        self._heard: list[dict[str, Any]] = []  # and not asked for yet

    def order(self, **values: object) -> None:
        self._connection.sendall(json.dumps(values).encode() + b"\n")

    def hear(
        self, event: str, *, about: str | None = None, within_seconds: float = PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """
        The next *event*, of the order *about* where that is given; others are kept for who asks for them.

        Raises:
            AdapterSlow: it did not say so in time. AdapterSilent: it went away, or something failed.
        """
        for at, said in enumerate(self._heard):
            if _is(said, event, about):
                return self._heard.pop(at)
        while True:
            said = self._next(event, within_seconds)
            if _is(said, event, about):
                return said
            self._heard.append(said)

    def _next(self, wanted: str, within_seconds: float) -> dict[str, Any]:
        try:
            said = self._lines.get(timeout=within_seconds)
        except queue.Empty:
            raise AdapterSlow(f"{self.name}: no {wanted} within {within_seconds:.0f} s") from None
        if said is None:
            raise AdapterSilent(f"{self.name} went away before {wanted}")
        if said["event"] == FAILED:
            raise AdapterSilent(f"{self.name}: {said['reason']}")
        return said


def _is(said: dict[str, Any], event: str, about: str | None) -> bool:
    return bool(said["event"] == event and about in (None, said.get("name")))


class Desk:
    """Where adapters report; open for the length of its `with` block."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._arrived: queue.Queue[Visitor] = queue.Queue()
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._receive, name="desk", daemon=True).start()

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *details: object) -> None:
        for each in (self._listener, *self._connections):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.path.unlink(missing_ok=True)

    def visitors(self, names: set[str], *, within_seconds: float = 60.0) -> dict[str, Visitor]:
        """
        Wait until each of *names* has reported.

        Raises:
            AdapterSilent: one did not in time.
        """
        found: dict[str, Visitor] = {}
        while missing := names - set(found):
            try:
                visitor = self._arrived.get(timeout=within_seconds)
            except queue.Empty:
                raise AdapterSilent(f"did not report: {', '.join(sorted(missing))}") from None
            found[visitor.name] = visitor
        return found

    def _receive(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                threading.Thread(target=self._listen, args=(connection,), name="visitor", daemon=True).start()

    def _listen(self, connection: socket.socket) -> None:
        lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        with contextlib.suppress(OSError), connection.makefile("rb") as reader:
            first = json.loads(reader.readline() or b'{"name": "nobody"}')
            self._arrived.put(Visitor(first["name"], connection, lines))
            for line in reader:
                lines.put(json.loads(line))
        lines.put(None)
