# SPDX-License-Identifier: Apache-2.0
"""Memory is flat, whatever the payload's size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from exchange.model.limits import MIB

PROJECT = Path(__file__).parents[2]
PAYLOAD_BYTES = 200 * MIB
GROWTH_BYTES = 32 * MIB  # sender, hub, receiver and what the broker in memory holds between them


@pytest.mark.slow
def test_a_large_payload_takes_no_more_memory_than_its_windows(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.role.large_transfer", str(tmp_path), str(PAYLOAD_BYTES)]
    done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < GROWTH_BYTES
