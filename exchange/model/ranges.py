# SPDX-License-Identifier: Apache-2.0
"""
Which segments: a set of indices below a count, and its two spellings.

As a bitmap it is stored, as ranges (`0-4,7,9-31`) it travels in notices and is shown to people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from exchange.errors import Reject

RANGES_MOST = 4096  # ranges in one notice; more is asked for in a second one


@dataclass(frozen=True, slots=True)
class Indices:
    """
    Some of the indices 0 .. count-1.

    bits: index i is in the set when bit i of the integer is one. An integer, because joining,
    subtracting and counting 20,000 indices is then one machine-coded operation.
    """

    count: int
    bits: int = 0

    def __post_init__(self) -> None:
        if self.count < 0 or self.bits < 0 or self.bits >> self.count:
            found = self.bits.bit_length() - 1
            raise Reject("EX-104", what="segment index", found=found, wanted=f"under {self.count}")

    @classmethod
    def all(cls, count: int) -> Indices:
        return cls(count, (1 << count) - 1)

    @classmethod
    def of(cls, count: int, indices: Iterable[int]) -> Indices:
        bits = 0
        for index in indices:
            if not 0 <= index < count:
                raise Reject("EX-104", what="segment index", found=index, wanted=f"0 to {count - 1}")
            bits |= 1 << index
        return cls(count, bits)

    @classmethod
    def from_bytes(cls, count: int, data: bytes) -> Indices:
        return cls(count, int.from_bytes(data, "little"))

    def to_bytes(self) -> bytes:
        return self.bits.to_bytes((self.count + 7) // 8, "little")

    @classmethod
    def parse(cls, count: int, text: str) -> Indices:
        """
        The indices spelled as *text*, such as `0-4,7`.

        Raises:
            Reject: EX-104, it is not so spelled, names an index twice or one that does not exist.
        """
        words = text.split(",") if text else []
        if len(words) > RANGES_MOST:
            raise Reject("EX-103", what="a list of ranges", found=len(words), limit=RANGES_MOST)
        bits, floor = 0, 0
        for word in words:
            first, last = _range(word)
            if not floor <= first <= last < count:
                raise Reject(
                    "EX-104", what="segment range", found=word[:40], wanted=f"ascending, under {count}"
                )
            bits |= (1 << last + 1) - (1 << first)
            floor = last + 1
        return cls(count, bits)

    def ranges(self) -> Iterator[tuple[int, int]]:
        """First and last index of each run, ascending."""
        bits, base = self.bits, 0
        while bits:
            skip = (bits & -bits).bit_length() - 1
            bits >>= skip
            run = (~bits & (bits + 1)).bit_length() - 1
            yield base + skip, base + skip + run - 1
            bits >>= run
            base += skip + run

    def __iter__(self) -> Iterator[int]:
        for first, last in self.ranges():
            yield from range(first, last + 1)

    def __contains__(self, index: int) -> bool:
        return index >= 0 and bool(self.bits >> index & 1)

    def __len__(self) -> int:
        return self.bits.bit_count()

    def __bool__(self) -> bool:
        return self.bits != 0

    def __str__(self) -> str:
        return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in self.ranges())

    def __or__(self, other: Indices) -> Indices:
        return Indices(self.count, self.bits | other.bits)

    def __and__(self, other: Indices) -> Indices:
        return Indices(self.count, self.bits & other.bits)

    def __sub__(self, other: Indices) -> Indices:
        return Indices(self.count, self.bits & ~other.bits)

    @property
    def missing(self) -> Indices:
        """Those that are not in the set."""
        return Indices(self.count, ~self.bits & (1 << self.count) - 1)

    @property
    def whole(self) -> bool:
        return self.bits + 1 == 1 << self.count

    @property
    def in_one_notice(self) -> Indices:
        """Those in the first ranges, as many as one notice may name; the rest is asked for in a later one."""
        beyond = next(islice(self.ranges(), RANGES_MOST, None), None)
        return self if beyond is None else Indices(self.count, self.bits & (1 << beyond[0]) - 1)

    def head(self, most: int) -> Indices:
        """The first *most* of them."""
        if len(self) <= most:
            return self
        above = next(islice(self, most, None))
        return Indices(self.count, self.bits & (1 << above) - 1)


def _range(word: str) -> tuple[int, int]:
    first, dash, last = word.partition("-")
    if not (first.isdecimal() and first.isascii() and len(first) < 10):
        raise Reject("EX-104", what="segment range", found=word[:40], wanted="such as 0-4")
    if dash and not (last.isdecimal() and last.isascii() and len(last) < 10):
        raise Reject("EX-104", what="segment range", found=word[:40], wanted="such as 0-4")
    return int(first), int(last) if dash else int(first)
