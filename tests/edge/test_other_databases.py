# SPDX-License-Identifier: Apache-2.0
"""
Any SQLAlchemy URL serves: the stores' own tests, journeys and a district, on PostgreSQL and on MariaDB.

The same tests that hold SQLite to its promises are run once more with `tests.elsewhere`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import elsewhere
from tests.servers import SERVERS

PROJECT = Path(__file__).parents[2]
STORES = (
    "tests/edge/test_ledger.py",
    "tests/edge/test_routing_store.py",
    "tests/edge/test_registry.py",
    "tests/edge/test_lease.py",
    "tests/edge/test_forgetting.py",
    "tests/edge/test_queries.py",
)
JOURNEYS = (
    "tests/role/test_journey.py",
    "tests/role/test_silence.py",
    "tests/role/test_hub_view.py",
    "tests/role/test_hub_telling.py",
)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("which", [STORES, JOURNEYS], ids=["stores", "journeys"])
@pytest.mark.parametrize("kind", SERVERS)
def test_what_holds_on_sqlite_holds_there_too(kind: str, which: tuple[str, ...]) -> None:
    words = ["-q", "--no-header", "-p", "tests.elsewhere", "-p", "no:cacheprovider", *which]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        env=os.environ | {elsewhere.VARIABLE: kind},
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-5_000:]
    assert " passed" in done.stdout
