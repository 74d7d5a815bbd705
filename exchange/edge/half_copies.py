# SPDX-License-Identifier: Apache-2.0
"""
Half copies: payload folders of an outbox that no message has.

A process that is killed while it copies leaves one; what it copied is still where it came from. Another
process may be copying right now, and nobody here can tell: whoever removes one goes by its age.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange.edge import spool
from exchange.model.identity import UUID, uuid7_milliseconds


@dataclass(frozen=True, slots=True)
class HalfCopy:
    """A payload folder without a message; begun_ms: when its id was drawn."""

    folder: Path
    begun_ms: int

    @property
    def size_bytes(self) -> int:
        """What lies in it; it may be going away meanwhile."""
        return sum(_size(path) for path in self.folder.glob("*"))


def half_copies(folder: Path, existing: Callable[[Sequence[str]], set[str]]) -> Iterator[HalfCopy]:
    """Those in the outbox's *folder*, the oldest first; existing: which of these ids have a message."""
    names = [name for name in spool.listed(folder) if UUID.fullmatch(name) and (folder / name).is_dir()]
    having = existing(names) if names else set()
    for name in names:
        if name not in having:
            yield HalfCopy(folder / name, uuid7_milliseconds(name))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
