# SPDX-License-Identifier: Apache-2.0
"""
Segments that are asked for again while landings of them are still to be noted.

What the broker confirmed before they were asked for does not count: the hub has dropped it since.
They are known here before the outbox has them, and until their transfer begins anew, so that no
landing in between marks them as sent. Called from two threads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from exchange.model.ranges import Indices


class Reopened:
    """Ranges by message; "" = all of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[str, list[str]] = {}

    @contextmanager
    def meanwhile(self, message_id: str, ranges: str) -> Iterator[None]:
        """They are asked for from the beginning of the block; not where it fails."""
        with self._lock:
            self._asked.setdefault(message_id, []).append(ranges)
        try:
            yield
        except BaseException:
            self.remove(message_id, ranges)
            raise

    def remove(self, message_id: str, ranges: str) -> None:
        """One of those that were added."""
        with self._lock:
            left = self._asked[message_id]
            left.remove(ranges)
            if not left:
                del self._asked[message_id]

    def besides(self, message_id: str, confirmed: Indices) -> Indices:
        """*confirmed* but for what is asked for again."""
        with self._lock:
            asked = tuple(self._asked.get(message_id, ()))
        for ranges in asked:
            confirmed -= Indices.parse(confirmed.count, ranges) if ranges else Indices.all(confirmed.count)
        return confirmed
