# SPDX-License-Identifier: Apache-2.0
"""
A frozen index from 64-bit hashes to numbers, in arrays: 16 to 34 bytes an entry, whatever was hashed.

Open addressing over `array`; a million Python objects would take ten times the room. The hashes are
Python's own, keyed for each process, so an index is never stored. It keeps half of each hash and finds
candidates: whoever asks holds them against the real key, since two keys may share a hash.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

_HALF = 0xFFFF_FFFF
_NONE: Sequence[int] = ()


class HashIndex:
    """
    First `add`, then `freeze`, then `find`.

    A slot is 0, or the upper half of a hash and below it, doubled, the number that was added plus 1; where
    there are several, the place of their list in *_lists*, doubled, plus 1: first their count, then they.
    Where `slots[hash & mask]` is 0 nothing is to be found, and `find` need not be called.
    """

    __slots__ = ("_hashes", "_lists", "_numbers", "mask", "slots")

    def __init__(self) -> None:
        self._hashes = array("q")
        self._numbers = array("I")
        self.slots = array("Q", (0,))
        self._lists = memoryview(array("I"))
        self.mask = 0

    def add(self, key_hash: int, number: int) -> None:
        """Let *number*, less than 2^31 - 1, be found under *key_hash*."""
        self._hashes.append(key_hash)
        self._numbers.append(number)

    def freeze(self) -> None:
        """Make what was added findable; called once, after the last `add`."""
        mask = (1 << (2 * len(self._hashes)).bit_length()) - 1  # between a quarter and half full
        firsts, following = self._chain(mask)
        slots, lists = array("Q", bytes(8 * len(firsts))), array("I")
        numbers, hashes = self._numbers, self._hashes
        for at, first in enumerate(firsts):
            if not first:
                continue
            low = numbers[first - 1] + 1 << 1
            if following[first - 1]:
                low = len(lists) << 1 | 1
                chain = list(_walk(first, following))
                lists.append(len(chain))
                lists.extend([numbers[entry - 1] for entry in chain])
            slots[at] = (hashes[first - 1] >> 32 & _HALF) << 32 | low
        self.slots, self._lists, self.mask = slots, memoryview(lists), mask
        self._hashes, self._numbers = array("q"), array("I")

    def _chain(self, mask: int) -> tuple[array[int], array[int]]:
        """
        For each slot the first entry, counted from 1, and for each entry the next in its chain.

        Entries are chained when their upper halves agree where their probing meets: `find`, which sees no
        more of a hash, takes the same way and stops at the same slot.
        """
        hashes = self._hashes
        firsts, following = array("I", bytes(4 * (mask + 1))), array("I", bytes(4 * len(hashes)))
        for entry in range(len(hashes), 0, -1):  # from the last, so that each chain starts with its first
            at, high = hashes[entry - 1] & mask, hashes[entry - 1] >> 32
            while (first := firsts[at]) and hashes[first - 1] >> 32 != high:
                at = (at + 1) & mask
            following[entry - 1] = first
            firsts[at] = entry
        return firsts, following

    def find(self, key_hash: int) -> Sequence[int]:
        """The numbers added under *key_hash*, in order, and perhaps some of another hash like it."""
        slots, mask = self.slots, self.mask
        high = key_hash >> 32 & _HALF
        at = key_hash & mask
        while slot := slots[at]:
            if slot >> 32 == high:
                low = slot & _HALF
                if low & 1:
                    start = low >> 1
                    return self._lists[start + 1 : start + 1 + self._lists[start]]
                return ((low >> 1) - 1,)
            at = (at + 1) & mask
        return _NONE


def _walk(entry: int, following: array[int]) -> Iterator[int]:
    while entry:
        yield entry
        entry = following[entry - 1]


class Names:
    """
    Which names stand in a table, and where: finds the one that stands there twice.

    About 40 bytes a name, so that a million rules can be imported by a small machine.
    """

    def __init__(self) -> None:
        self._hashes = array("q")
        self._text = bytearray()
        self._ends = array("I", (0,))
        self._places = array("I")

    def add(self, name: str, place: int) -> None:
        """Remember that *name*, ASCII, stands at *place*."""
        self._hashes.append(hash(name))
        self._text += name.encode("ascii")
        self._ends.append(len(self._text))
        self._places.append(place)

    def twice(self) -> tuple[str, int, int] | None:
        """A name that stands there twice, with its first two places."""
        hashes = self._hashes
        mask = (1 << (2 * len(hashes)).bit_length()) - 1
        slots = array("I", bytes(4 * (mask + 1)))  # 0, or the number of a name plus 1
        for number, name_hash in enumerate(hashes):
            at = name_hash & mask
            while other := slots[at]:
                if hashes[other - 1] == name_hash and self._name(other - 1) == self._name(number):
                    name = self._name(number).decode("ascii")
                    return name, self._places[other - 1], self._places[number]
                at = (at + 1) & mask
            slots[at] = number + 1
        return None

    def _name(self, number: int) -> bytearray:
        return self._text[self._ends[number] : self._ends[number + 1]]
