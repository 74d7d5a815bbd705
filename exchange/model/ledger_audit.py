# SPDX-License-Identifier: Apache-2.0
"""
Does a ledger fit itself? The judgement, entry by entry, and nothing of the reading.

An `Auditor` is shown, in order, each entry's leaf as its content gives it, the hashes that the store
keeps, and the signed heads. It builds the tree anew from the contents alone. Where that and the store
part, it asks which of the two the rest of the tree agrees with, so that a flaw is laid at the right
door and one flaw is not told again by all the hashes above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from exchange.model.ledger_head import LedgerHead
from exchange.model.merkle import Frontier, leaf_hash, node_count, parent_hash, peaks_root, subtrees


class FlawKind(StrEnum):
    """What is wrong."""

    ENTRY_ALTERED = "entry-altered"
    ENTRY_MISSING = "entry-missing"
    HASH_ALTERED = "hash-altered"
    HASH_MISSING = "hash-missing"
    HASH_SURPLUS = "hash-surplus"  # kept for entries that are not there
    HEAD_SIGNATURE = "head-signature"
    HEAD_ROOT = "head-root"  # well signed, but over another history
    HEAD_BEYOND = "head-beyond"  # well signed, over more entries than there are


@dataclass(frozen=True, slots=True)
class Flaw:
    """
    One thing that is wrong, and where.

    number: of an entry; of a hash, its position; of a head, its size;
    first, last: the entries among which the trouble is.
    """

    kind: FlawKind
    number: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to understand a subtree whose kept hash and contents disagree."""

    value: bytes | None  # None: unknown, it could be anything
    verdict: Flaw | None  # what is wrong if this is what the tree above was built on


class Auditor:
    """
    Judges a ledger from *size* on; what lies before is represented by its *edge*, and believed.

    Flaws are returned as soon as they can be named: for an entry, when its neighbour has come.
    """

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        self._frontier = Frontier(size, edge)
        self._doubts: dict[int, tuple[_Reading, ...]] = {}  # by position; only what the edge still holds
        self.held = size  # the last size whose head held; what comes before the beginning is believed
        self._parted = False  # whether the last head did not

    @property
    def size(self) -> int:
        return self._frontier.size

    def entry(self, leaf: bytes | None, kept: Sequence[bytes | None]) -> list[Flaw]:
        """
        Judge the next entry.

        Args:
            leaf: its leaf hash by its content, None where there is no such entry.
            kept: the stored hashes of what it completes, itself first, None where there is none.
        """
        number, edge = self.size, self._frontier.edge
        completed = self._frontier.append(leaf or kept[0] or leaf_hash())
        if leaf and not self._doubts and completed == list(kept):
            return []
        return [
            flaw
            for level, stored in enumerate(kept)
            for flaw in (
                self._parent(level, number, edge=edge, computed=completed, kept=stored)
                if level
                else self._leaf(leaf, number, kept=stored)
            )
        ]

    def head(self, head: LedgerHead) -> list[Flaw]:
        """Judge a well-signed head of the size that has been reached."""
        by_content = self._frontier.root == head.root
        if by_content or self._kept_root() == head.root.value:
            self.held, self._parted = head.size, False
            return self._settle(by_content=by_content)
        told, self._parted = self._parted, True
        return [] if told else [Flaw(FlawKind.HEAD_ROOT, head.size, self.held, head.size - 1)]

    def finish(self) -> list[Flaw]:
        """Name what is still in doubt at the end."""
        return self._settle(by_content=False)

    def _leaf(self, leaf: bytes | None, number: int, *, kept: bytes | None) -> list[Flaw]:
        at = node_count(number)
        altered = Flaw(FlawKind.ENTRY_ALTERED, number, number, number)
        missing = Flaw(FlawKind.HASH_MISSING, at, number, number)
        if leaf is None:
            self._doubt(at, [_Reading(kept, None)] if kept is None else [])
            gone = [Flaw(FlawKind.ENTRY_MISSING, number, number, number)]
            return [*gone, missing] if kept is None else gone
        if kept is None:
            self._doubt(at, [_Reading(leaf, None), _Reading(None, altered)])
            return [missing]
        if kept != leaf:
            wrong = Flaw(FlawKind.HASH_ALTERED, at, number, number)
            self._doubt(at, [_Reading(kept, altered), _Reading(leaf, wrong)])
        return []

    def _parent(
        self, level: int, number: int, *, edge: Sequence[bytes], computed: Sequence[bytes], kept: bytes | None
    ) -> list[Flaw]:
        at = node_count(number) + level
        first = number + 1 - (1 << level)
        left = self._readings(at - (1 << level), otherwise=edge[-level])
        right = self._readings(at - 1, otherwise=computed[level - 1])
        pair = next((pair for pair in product(left, right) if _fits(*pair, kept)), None)
        flaws = [reading.verdict for reading in pair or (left[0], right[0]) if reading.verdict]
        below = _over(*(pair or (left[0], right[0])))
        if kept is None:
            self._doubt(at, [_Reading(below, None)] if below != computed[level] else [])
            return [*flaws, Flaw(FlawKind.HASH_MISSING, at, first, number)]
        if pair is None:
            self._doubt(at, [_Reading(kept, None), _Reading(below, None)])
            return [*flaws, Flaw(FlawKind.HASH_ALTERED, at, first, number)]
        self._doubt(at, [_Reading(kept, None)] if kept != computed[level] else [])
        return flaws

    def _doubt(self, at: int, readings: Sequence[_Reading]) -> None:
        if readings:
            self._doubts[at] = tuple(readings)

    def _readings(self, at: int, *, otherwise: bytes) -> tuple[_Reading, ...]:
        return self._doubts.pop(at, None) or (_Reading(otherwise, None),)

    def _kept_root(self) -> bytes | None:
        """The root as the store would have it; None where it cannot be told."""
        peaks = [readings[0].value for _, _, readings in self._peaks()]
        known = [peak for peak in peaks if peak is not None]
        return peaks_root(known).value if len(known) == len(peaks) else None

    def _peaks(self) -> Iterator[tuple[int, bytes, tuple[_Reading, ...]]]:
        """Of each subtree on the edge: its position, its hash by content, and how it may be read."""
        for at, computed in zip(subtrees(range(self.size)), self._frontier.edge, strict=True):
            yield at, computed, self._doubts.get(at) or (_Reading(computed, None),)

    def _settle(self, *, by_content: bool) -> list[Flaw]:
        """Decide every doubt, for the content where that is known to be right, else for what was kept."""
        flaws: list[Flaw] = []
        for at, computed, readings in self._peaks():
            right = (reading for reading in readings if by_content and reading.value == computed)
            chosen = next(right, readings[0])
            self._doubts.pop(at, None)
            self._doubt(at, [_Reading(chosen.value, None)] if chosen.value != computed else [])
            flaws += [chosen.verdict] if chosen.verdict else []
        return flaws


def _fits(left: _Reading, right: _Reading, kept: bytes | None) -> bool:
    over = _over(left, right)
    return over is None or over == kept


def _over(left: _Reading, right: _Reading) -> bytes | None:
    if left.value is None or right.value is None:
        return None
    return parent_hash(left.value, right.value)
