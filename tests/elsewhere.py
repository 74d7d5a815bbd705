# SPDX-License-Identifier: Apache-2.0
"""
A pytest plug-in that moves every database of the tests: `-p tests.elsewhere`, with GOVBUS_TESTS_DATABASE.

Where a test opens an SQLite file, it gets a database on the private server of that kind; the same
file is the same database, for as long as the test runs. So the stores' own tests are held against it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from exchange.edge import tables
from tests.servers import Server, serving

VARIABLE = "GOVBUS_TESTS_DATABASE"
COPY_THE_FILE = {
    "test_the_same_message_again_gets_the_same_receipts_again",
    "test_an_outbox_restored_from_a_backup_does_not_deliver_twice",
}
_create_engine = sa.create_engine


class Elsewhere:
    """The server of this run, and which file stands for which database in this test."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._databases: dict[str, str] = {}
        self._engines: list[sa.Engine] = []

    def create_engine(self, url: str, **more: Any) -> sa.Engine:
        if url.startswith("sqlite"):
            if url not in self._databases:
                self._databases[url] = self._server.database()
            url = self._databases[url]
            more = tables._wanted_of(url)
        engine = _create_engine(url, **more)
        self._engines.append(engine)
        return engine

    def forget(self) -> None:
        """The test is over: its connections are closed, its files are other databases from now on."""
        for engine in self._engines:
            engine.dispose()
        self._engines.clear()
        self._databases.clear()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that look into the SQLite file itself, or copy it, are about that file."""
    about_the_file = [
        item for item in items if "raw" in getattr(item, "fixturenames", ()) or item.name in COPY_THE_FILE
    ]
    config.hook.pytest_deselected(items=about_the_file)
    items[:] = [item for item in items if item not in about_the_file]


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[Elsewhere]:
    with serving(os.environ[VARIABLE]) as server:
        yield Elsewhere(server)


@pytest.fixture(autouse=True)
def _moved(elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tables.sa, "create_engine", elsewhere.create_engine)
    yield
    elsewhere.forget()
