# SPDX-License-Identifier: Apache-2.0
"""
When a daemon asks the hub for its directory.

Owns the pauses. Knows neither the question nor the answer. Its rule: what the daemon heard of, or could not
ask, is asked once the pause is over; and a hub that is away, or gives answers that are of no use, does not
find its queue full of one question.
"""

from __future__ import annotations

DIRECTORY_AGE_MS = 3_600_000  # a view older than this is asked for anew, whether or not we heard of a change
PAUSE_MS = 5_000  # between two questions; twice as long after each answer that was of no use
DOUBLED_MOST = 10  # times: longer than the longest pause
REPEAT_MS = 600_000  # the longest pause; that where only the view's age, or silence, is a reason


REFUSED = "directory refused"  # under this name a refused view is one of the daemon's troubles


class DirectoryQuestion:
    """What was asked, and whether there is reason to ask again."""

    def __init__(self) -> None:
        self._asked_ms = 0
        self._in_vain = 0
        self._open = False  # no view came since: the question, or its answer, may have been lost on its way
        self.owed = True  # a daemon that comes up asks at once

    def is_due(self, now_ms: int, *, age_ms: float) -> bool:
        """Whether to ask now, with a view that is so old."""
        quiet_ms = now_ms - self._asked_ms
        if self.owed:
            return quiet_ms >= min(PAUSE_MS << self._in_vain, REPEAT_MS)
        return (self._open or age_ms > DIRECTORY_AGE_MS) and quiet_ms >= REPEAT_MS

    def want(self) -> None:
        """There is a newer one, or the last question did not get away."""
        self.owed = True

    def asked(self, now_ms: int) -> None:
        """The question goes now."""
        self._asked_ms = now_ms
        self._open = True
        self.owed = False

    def answered(self) -> None:
        """A view came that is of use."""
        self._open = False
        self._in_vain = 0

    def in_vain(self) -> None:
        """A view came that was refused, or does not say what is lacking."""
        self._open = False
        self._in_vain = min(self._in_vain + 1, DOUBLED_MOST)
        self.owed = True
