# SPDX-License-Identifier: Apache-2.0
"""One segment after the other costs no new pages."""

from __future__ import annotations

import subprocess
import sys

WORK = """
import resource, sys
from exchange.edge.allocator import keep_freed_memory
if sys.argv[1] == "kept":
    assert keep_freed_memory()
def window():
    return [b"x" * (700_000 + n) for n in range(11)]
for _ in range(3):
    window()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    window()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    """Pages that the system had to map for twenty windows of segments."""
    done = subprocess.run([sys.executable, "-c", WORK, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_freed_memory_serves_the_next_segment() -> None:
    assert faults("given back") > 10_000
    assert faults("kept") < 1_000
