# SPDX-License-Identifier: Apache-2.0
"""
A lane: one intake that can be dropped and taken up again.

Whoever meets a full disk or an absent database in the middle of a batch drops its lanes: what was
not acknowledged comes again, as after a crash, and a crash is what everything here is built to
survive. It takes them up only when it could work, so that segments do not die of being
redelivered in vain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exchange.edge.broker import Arrival, Intake


class Lane:
    """
    An intake that is opened when it is first asked for something.

    open_intake: makes a new one.
    """

    def __init__(self, open_intake: Callable[[], Intake]) -> None:
        self._open_intake = open_intake
        self._intake: Intake | None = None

    def take(self, *, most: int, most_bytes: int) -> list[Arrival]:
        """What is there, as `Intake.take`."""
        if self._intake is None:
            self._intake = self._open_intake()
        return self._intake.take(most=most, most_bytes=most_bytes)

    def is_consuming(self) -> bool:
        """Whether it is taken up, and the broker delivers; any thread may ask."""
        intake = self._intake  # looked at once: it may be dropped in this very moment
        return intake is not None and intake.is_consuming()

    def settle(self, arrivals: Sequence[Arrival]) -> None:
        """What they said is durable."""
        if self._intake is not None:
            self._intake.settle(arrivals)

    def bury(self, arrivals: Sequence[Arrival]) -> None:
        """Refuse for good."""
        if self._intake is not None:
            self._intake.bury(arrivals)

    def drop(self) -> None:
        """Stop consuming; what is unsettled comes again when the lane is asked again."""
        intake, self._intake = self._intake, None
        if intake is not None:
            intake.close()
