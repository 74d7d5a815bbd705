# SPDX-License-Identifier: Apache-2.0
"""
(e) The ledger at a million entries: appending, and proving that an entry stands in it.

An append is an entry's whole way: entered durably, numbered, hashed into the tree. What fills the ledger
has short bodies, to save disk; what is measured has bodies as long as a receipt's.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from benchmarks.figures import Repeats
from benchmarks.outcome import Outcome, Row
from benchmarks.setting import Setting
from exchange.edge.lease import Fence, Lease, create_lease
from exchange.edge.ledger import BATCH, Ledger
from exchange.edge.tables import open_engine, writing
from exchange.model.ledger_entry import Entry, EntryKind
from exchange.model.ledger_head import LedgerHead

RECEIPT_BYTES = 3000
FILLER_BYTES = 32
HUB_BATCH = 50  # entries that a hub worker enters in one transaction
Result = TypeVar("Result")
AT = datetime(2026, 1, 1, tzinfo=UTC)


class Growing:
    """A ledger on disk that grows, and the time that takes."""

    def __init__(self, path: Path) -> None:
        self._engine = open_engine(str(path))
        self.ledger = Ledger(self._engine)
        self.ledger.create()
        create_lease(self._engine)
        self._lease = Lease(self._engine, "bench", holder="bench")
        self._made = 0

    def close(self) -> None:
        self._engine.dispose()

    def fill(self, entries: int) -> None:
        self.append(entries, body_bytes=FILLER_BYTES, batch=BATCH)

    def append(self, entries: int, *, body_bytes: int, batch: int) -> float:
        """Append *entries*, entered *batch* at a time; µs an entry."""
        prepared = [tuple(self._entries(BATCH, body_bytes)) for _ in range(entries // BATCH)]
        started = time.perf_counter()
        for thousand in prepared:
            for first in range(0, BATCH, batch):
                with writing(self._engine) as connection:
                    self.ledger.enter(connection, thousand[first : first + batch])
            self.ledger.sequence(self._fence())
        return (time.perf_counter() - started) / entries * 1e6

    def _fence(self) -> Fence:
        fence = self._lease.hold()
        assert fence is not None, "nobody else wants this lease"
        return fence

    def _entries(self, count: int, body_bytes: int) -> Iterator[Entry]:
        body = os.urandom(body_bytes)
        for _ in range(count):
            self._made += 1
            yield Entry(EntryKind.RECEIPT, f"0193c0de-0000-7000-8000-{self._made:012x}", AT, body)


def measure(setting: Setting) -> Outcome:
    size = setting.size(1_000_000, 100_000)
    growing = Growing(setting.folder / "ledger.db")
    try:
        for _ in range(0, size, 50_000):
            growing.fill(50_000)
        appends, small, proofs, checks = _repeat(growing, setting)
    finally:
        growing.close()
    return Outcome(
        title=f"(e) a ledger of {size:,} entries on SQLite, fully synchronised",
        rows=(
            Row("ledger", f"append, {BATCH} a transaction", "µs", appends),
            Row("ledger", f"append, {HUB_BATCH} a transaction", "µs", small),
            Row("ledger", "inclusion proof", "µs", proofs),
            Row("ledger", "checking that proof", "µs", checks),
        ),
        keys={"ledger_append_us_1m": appends},
        notes=("an append is entered, numbered and hashed; heads are signed apart, at most five a second",),
        sizes={"entries": size},
    )


def _repeat(growing: Growing, setting: Setting) -> tuple[Repeats, Repeats, Repeats, Repeats]:
    count = setting.size(20_000, 5_000)
    found: list[tuple[float, float, float, float]] = []
    for repeat in range(setting.repeats):
        append = growing.append(count, body_bytes=RECEIPT_BYTES, batch=BATCH)
        small = growing.append(count, body_bytes=RECEIPT_BYTES, batch=HUB_BATCH)
        found.append((append, small, *_prove(growing.ledger, setting.size(500, 100), repeat)))
    appends, small_ones, proofs, checks = zip(*found, strict=True)
    return Repeats.of(appends), Repeats.of(small_ones), Repeats.of(proofs), Repeats.of(checks)


def _prove(ledger: Ledger, count: int, seed: int) -> tuple[float, float]:
    """µs to make a proof of a random entry, and to check it."""
    size = ledger.size()
    head = LedgerHead(size, ledger.root(size), AT)
    numbers = random.Random(seed).sample(range(size), count)
    made, proofs = _timed(lambda: [ledger.inclusion(number, size) for number in numbers])
    checked, hold = _timed(lambda: [proof.holds_under(head) for proof in proofs])
    if not all(hold):
        raise RuntimeError("a proof does not hold")
    return made / count * 1e6, checked / count * 1e6


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result
