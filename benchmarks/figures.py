# SPDX-License-Identifier: Apache-2.0
"""
The arithmetic of a measurement: repeats, median, spread, ratio, percentile.

Knows neither what was measured nor how it is printed. Two subjects are compared repeat by repeat,
because what disturbs one repeat on a shared machine disturbs its neighbour as well; the ratio of two
medians would mix a quiet minute with a busy one.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repeats:
    """The same figure measured several times, in the order of measuring."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("a figure needs at least one measurement")
        if not all(math.isfinite(value) for value in self.values):
            raise ValueError(f"not a figure: {self.values}")

    @classmethod
    def of(cls, values: Iterable[float]) -> Repeats:
        return cls(tuple(float(value) for value in values))

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)

    @property
    def spread(self) -> float:
        """From the lowest to the highest, as a share of the median; 0 when all are equal."""
        width = self.high - self.low
        return width / abs(self.median) if width else 0.0

    def over(self, other: Repeats) -> Repeats:
        """This divided by *other*, repeat by repeat."""
        if len(self.values) != len(other.values):
            raise ValueError(f"{len(self.values)} repeats cannot be divided by {len(other.values)}")
        return Repeats.of(mine / theirs for mine, theirs in zip(self.values, other.values, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """
    The smallest of *values* that is not exceeded by *share* of them (nearest rank).

    No interpolation: the answer is a value that was seen.
    """
    if not values:
        raise ValueError("no values, no percentile")
    if not 0 < share <= 1:
        raise ValueError(f"a share is above 0 and at most 1, not {share}")
    return sorted(values)[math.ceil(share * len(values)) - 1]
