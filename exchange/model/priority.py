# SPDX-License-Identifier: Apache-2.0
"""
How urgent: the four classes of a message, and nothing about how they are scheduled.

One scale, in one direction: a smaller number goes first.
"""

from __future__ import annotations

from enum import Enum


class Priority(Enum):
    """A class of messages; its *rank* orders them, 0 goes first."""

    FLASH = "flash"  # 特急
    URGENT = "urgent"  # 加急
    ROUTINE = "routine"  # 平急
    BULK = "bulk"  # 批量

    @property
    def rank(self) -> int:
        return _RANKS[self]

    @property
    def needs_grant(self) -> bool:
        """Whether the hub admits it only from those to whom it was granted."""
        return self in (Priority.FLASH, Priority.URGENT)

    @property
    def of_receipts(self) -> Priority:
        """The class in which receipts about a message of this class travel."""
        return Priority.ROUTINE if self is Priority.BULK else self

    def sooner_than(self, other: Priority) -> bool:
        return self.rank < other.rank


_RANKS = {priority: rank for rank, priority in enumerate(Priority)}
BULK_SEGMENTS = 16  # a payload of more segments than this is bulk unless its sender says otherwise


def default_priority(segments: int) -> Priority:
    """The class of a message whose sender named none."""
    return Priority.BULK if segments > BULK_SEGMENTS else Priority.ROUTINE
