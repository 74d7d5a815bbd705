# SPDX-License-Identifier: Apache-2.0
"""What a test needs before it damages an SQLite file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def all_in_one_file(database: Path) -> None:
    """Nothing of *database* stands in its log any more, where it would be read instead of the file."""
    with closing(sqlite3.connect(database)) as connection:
        (busy, left, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert (busy, left) == (0, 0)
