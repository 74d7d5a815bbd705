# SPDX-License-Identifier: Apache-2.0
"""
What outbound has in hand: transfers on their way, and the flights that carry their segments.
"""

from __future__ import annotations

from dataclasses import dataclass

from exchange.codec.suite import ContentKey
from exchange.edge.broker import Flight
from exchange.edge.outbox import Transfer
from exchange.edge.payload import Payload
from exchange.model.identity import Address
from exchange.model.merkle import Tree
from exchange.model.priority import Priority
from exchange.model.ranges import Indices
from exchange.model.segment import KeyRecord


@dataclass(slots=True, eq=False)
class Moving:
    """A transfer on its way: what is needed to make any of its segments."""

    transfer: Transfer
    key: ContentKey
    tree: Tree
    payload: Payload
    sender: Address
    keys: tuple[KeyRecord, ...]
    waiting: Indices  # neither confirmed nor in the air
    confirmed: Indices
    compresses: bool | None = None  # None until its first slice was probed
    not_before_ms: int = 0  # its payload could not be read: it is tried again then
    in_the_air: int = 0
    gone: int = 0  # segments that the hub's queues have, or soon will
    asked_for: bool = False  # the hub or a receiver wants it: no window holds it back
    heard: bool = False  # the hub has spoken of it meanwhile

    @property
    def gone_bytes(self) -> int:
        return min(self.transfer.size_bytes, self.gone * self.transfer.segment_bytes)


@dataclass(slots=True, eq=False)
class Launched:
    """Which segments a flight carries; size_bytes: of them as they are on the wire."""

    flight: Flight
    cargo: list[tuple[Moving, int]]
    lane: Priority
    size_bytes: int


def age(moving: Moving) -> str:
    """What a transfer is sorted by: ids grow, so the oldest has the least."""
    return moving.transfer.message_id
