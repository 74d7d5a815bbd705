# SPDX-License-Identifier: Apache-2.0
"""
What a hub worker keeps an eye on across messages: how much is sent in the classes that overtake others.
"""

from __future__ import annotations

from exchange.errors import Reject
from exchange.model.directory import Participant
from exchange.model.envelope import Envelope
from exchange.model.limits import MIB
from exchange.texts import Size

EXPRESS_BYTES_A_SECOND = 8 * MIB  # of one participant, in flash and urgent together
BURST_SECONDS = 10  # what was not used in this time may be used at once


class ExpressRate:
    """
    A bucket of bytes for each participant, filled at its rate; one worker's share of the truth.

    A participant's own limit is `express_bytes_a_second` among its limits in the directory.
    """

    def __init__(self, bytes_a_second: int = EXPRESS_BYTES_A_SECOND) -> None:
        self._rate = bytes_a_second
        self._buckets: dict[str, tuple[float, int]] = {}  # participant -> (bytes left, when, ms)

    def spend(self, envelope: Envelope, sender: Participant, now_ms: int) -> None:
        """
        Count a message that is about to be admitted.

        Raises:
            Reject: EX-408, its sender has had its share of these classes for now.
        """
        if not envelope.priority.needs_grant:
            return
        rate = int(sender.limits.get("express_bytes_a_second", self._rate))
        left, at = self._buckets.get(sender.id, (rate * BURST_SECONDS, now_ms))
        left = min(rate * BURST_SECONDS, left + rate * (now_ms - at) / 1000)
        if envelope.size_bytes > left:
            raise Reject("EX-408", priority=envelope.priority.value, sender=sender.id, limit=Size(rate))
        self._buckets[sender.id] = (left - envelope.size_bytes, now_ms)
