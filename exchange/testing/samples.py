# SPDX-License-Identifier: Apache-2.0
"""
A complete adapter, to copy from: a land registry that keeps its certificates in SQLite.

It sends each new certificate once and stores each notice that arrives once, with nothing but the
two tables of the application itself. `docs/how-to/write-an-adapter.md` walks through it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from exchange import Adapter, Content, Delivery, Outcome, Outgoing, Reject, Retry, Settled

NOTICE_BYTES = 1 << 20  # a notice is a page or two

TABLES = """
CREATE TABLE IF NOT EXISTS certificate (id TEXT PRIMARY KEY, text TEXT, state TEXT DEFAULT 'new');
CREATE TABLE IF NOT EXISTS notice (message_id TEXT PRIMARY KEY, sender TEXT, text TEXT);
"""


class LandRegistry(Adapter):
    """Certificates out, notices in."""

    name = "land-registry"

    @dataclass(frozen=True)
    class Settings(Adapter.Settings):
        database: str  # path of the registry's SQLite file
        to: str  # who receives new certificates, such as 440500.tax/registry

    settings: Settings

    def open(self) -> None:
        with self._database() as rows:
            rows.executescript(TABLES)

    def collect(self) -> Iterator[Outgoing]:
        with self._database() as rows:
            new = rows.execute("SELECT id, text FROM certificate WHERE state = 'new' ORDER BY id").fetchall()
        for key, text in new:
            part = Content(f"{key}.txt", text.encode(), media_type="text/plain;charset=utf-8")
            yield Outgoing(key=key, type="title.certificate.v1", to=[self.settings.to], parts=[part])

    def stored(self, key: str) -> None:
        self._mark(key, "stored")

    def settled(self, key: str, receipt: Settled) -> None:
        self._mark(key, receipt.message_state)

    def deliver(self, delivery: Delivery) -> Outcome:
        text = _text(delivery)
        with self._database() as rows:
            rows.execute(
                "INSERT OR IGNORE INTO notice VALUES (?, ?, ?)",  # the same delivery may come again
                (delivery.message_id, str(delivery.sender), text),
            )
        return Outcome(rows=1)

    def _mark(self, key: str, state: str) -> None:
        with self._database() as rows:
            rows.execute("UPDATE certificate SET state = ? WHERE id = ?", (state, key))

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """One transaction; a database that is away or busy means later."""
        try:
            connection = sqlite3.connect(self.settings.database, timeout=1)
            try:
                with connection:
                    yield connection
            finally:
                connection.close()
        except sqlite3.OperationalError as e:
            raise Retry("EX-506", after_seconds=10.0, what=self.settings.database, reason=str(e)) from e


def _text(delivery: Delivery) -> str:
    if delivery.body.size_bytes > NOTICE_BYTES:
        found, limit = f"{delivery.body.size_bytes} bytes", f"{NOTICE_BYTES} bytes"
        raise Reject("EX-103", what=delivery.body.name, found=found, limit=limit)
    with delivery.body.open() as reading:
        try:
            return reading.read().decode()
        except UnicodeDecodeError as e:
            raise Reject("EX-502", reason="a notice is UTF-8 text") from e
