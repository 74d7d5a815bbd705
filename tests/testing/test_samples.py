# SPDX-License-Identifier: Apache-2.0
"""The sample adapter, certified by the kit as an integrator would do it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

from exchange.testing import a_delivery, adapter_tests
from exchange.testing.samples import NOTICE_BYTES, LandRegistry

_numbers = count(1)


def notices(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "registry.db")) as rows:
        [found] = rows.execute("SELECT count(*) FROM notice").fetchone()
        return int(found)


def add_certificate(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "registry.db")) as rows, rows:
        rows.execute("INSERT INTO certificate (id, text) VALUES (?, '地契')", (f"T-{next(_numbers)}",))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    with closing(sqlite3.connect(folder / "registry.db", isolation_level=None)) as rows:
        rows.execute("BEGIN EXCLUSIVE")
        yield
        rows.execute("ROLLBACK")


TestLandRegistry = adapter_tests(
    LandRegistry,
    settings={"database": "{folder}/registry.db", "to": "440500.tax/registry"},
    message_type="notice.public.v1",
    stored=notices,
    offer=add_certificate,
    away=locked,
    refused=a_delivery(b"x" * (NOTICE_BYTES + 1)),
)
