# SPDX-License-Identifier: Apache-2.0
"""
Awaited: messages that the hub's queues have and that the hub has not spoken of.

Owns how much of each class that is, which is what the sender's window is held against, and when the
silence has lasted so long that a message is to be offered again. It knows neither outbox nor wire.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exchange.model.priority import Priority

OFFER_MS = 300_000  # of silence before a message is offered again; twice as long after each time
OFFERS_DOUBLED = 6  # times; then it stays so
OFFERED_MOST = 256  # offered and unanswered at a time: an absent hub is not flooded with them


@dataclass(slots=True)
class _Silence:
    priority: Priority
    size_bytes: int
    receivers: int
    since_ms: int
    offers: int = 0

    @property
    def due_ms(self) -> int:
        return self.since_ms + (OFFER_MS << min(self.offers, OFFERS_DOUBLED))


class Awaited:
    """By message id; of one thread."""

    def __init__(self) -> None:
        self._silences: dict[str, _Silence] = {}
        self._bytes: dict[Priority, int] = dict.fromkeys(Priority, 0)
        self._offered = 0

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._silences

    def bytes_of(self, priority: Priority) -> int:
        """How much of a class the hub has not spoken of."""
        return self._bytes[priority]

    def add(
        self, message_id: str, priority: Priority, size_bytes: int, *, receivers: int, now_ms: int
    ) -> None:
        """From now on the hub is to speak of it; one that was offered again goes on waiting."""
        if message_id not in self._silences:
            self._silences[message_id] = _Silence(priority, size_bytes, receivers, now_ms)
            self._bytes[priority] += size_bytes

    def remove(self, message_id: str) -> None:
        """The hub has spoken of it."""
        silence = self._silences.pop(message_id, None)
        if silence is not None:
            self._bytes[silence.priority] -= silence.size_bytes
            self._offered -= silence.offers > 0

    def has_one_receiver(self, message_id: str) -> bool:
        """Whether one word about it is all that there is to hear."""
        return self._silences[message_id].receivers == 1

    def due(self, now_ms: int) -> Iterator[tuple[str, int]]:
        """Those that are to be offered again, with how many receivers they have; each counts as offered."""
        for message_id, silence in list(self._silences.items()):
            if silence.due_ms <= now_ms and (silence.offers or self._offered < OFFERED_MOST):
                self._offered += not silence.offers
                silence.offers += 1
                silence.since_ms = now_ms
                yield message_id, silence.receivers
