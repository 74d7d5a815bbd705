# SPDX-License-Identifier: Apache-2.0
"""
A broker's alarm (memory or disk), as one who consumes and publishes bears it.

While it lasts nothing can be published, and what was taken cannot be acknowledged. The broker takes back
what is unacknowledged for half an hour, and counts that towards the delivery limit: an alarm of a night
would make dead letters. So after some minutes everything in hand goes back, once, until the alarm is over.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange.edge.broker import Publisher
from exchange.errors import BrokerDown
from exchange.role.surroundings import Surroundings
from exchange.texts import Phrase

BORNE_MS = 300_000  # well below the broker's half hour


class Alarm:
    """Looked at before each turn."""

    def __init__(self, publishers: Sequence[Publisher], around: Surroundings) -> None:
        self._publishers = publishers
        self._around = around
        self._since_ms: int | None = None

    def bear(self) -> None:
        """
        Note whether there is an alarm.

        Raises:
            BrokerDown: EX-901, there has been one for minutes: nothing may be held in hand.
        """
        if not any(publisher.is_blocked() for publisher in self._publishers):
            self._since_ms = None
            return
        now = self._around.now_ms()
        if self._since_ms is None:
            self._since_ms = now
        if now - self._since_ms >= BORNE_MS:
            raise BrokerDown("EX-901", after_seconds=5.0, where="RabbitMQ", reason=Phrase("rabbit.alarm"))
