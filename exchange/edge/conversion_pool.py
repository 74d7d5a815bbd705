# SPDX-License-Identifier: Apache-2.0
"""
The child processes of a daemon in which documents are converted: so many at once, and no more.

Each application has a thread of its own, and an office takes a processor and 200 MB: the pool keeps
their number, not the applications'. The one that was busy last is taken first, since it is warm.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from exchange.edge.conversion_process import ConversionProcess


class ConversionPool:
    """At most *workers* processes, started when they are first needed."""

    def __init__(self, workers: int = 1) -> None:
        self._free = threading.Semaphore(workers)
        self._lock = threading.Lock()
        self._idle: list[ConversionProcess] = []

    @contextmanager
    def process(self) -> Iterator[ConversionProcess]:
        """One of them for the caller alone, once one is free."""
        with self._free:
            with self._lock:
                process = self._idle.pop() if self._idle else ConversionProcess()
            try:
                yield process
            finally:
                with self._lock:
                    self._idle.append(process)

    def close(self) -> None:
        """End those that are idle; a further call starts others."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.close()
