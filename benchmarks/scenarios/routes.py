# SPDX-License-Identifier: Apache-2.0
"""
(d) Route lookup in tables of a thousand and of a million rules, and the memory that a table takes.

Each table lives in a process of its own, so that its memory is its own. The look-ups go over the whole
table in random order, so that the processor's caches do not flatter the larger one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from benchmarks import rules
from benchmarks.children import Child, Children, say
from benchmarks.figures import Repeats
from benchmarks.outcome import Outcome, Row
from benchmarks.setting import Setting
from benchmarks.usage import read_process
from exchange.errors import Reject
from exchange.model.decision import Query
from exchange.model.route import RoutingTable

SMALL, LARGE = 1_000, 1_000_000
BATCH = 100


def measure(setting: Setting) -> Outcome:
    lookups = setting.size(100_000, 20_000)
    rows: list[Row] = []
    times: dict[int, Repeats] = {}
    memory: dict[int, float] = {}
    for size in (SMALL, LARGE):
        with Children() as children:
            child = children.add(
                Child.python(f"a table of {size:,} rules", __name__, str(size), str(lookups))
            )
            built = child.hear("built")
            held = read_process(child.pid)
            found = []
            for _ in range(setting.repeats):
                child.tell("look up")
                found.append(child.hear("looked up")["microseconds"])
        assert held is not None
        times[size], memory[size] = Repeats.of(found), held.peak_rss_mb
        name = f"{size:,} rules"
        rows += [
            Row(name, "a lookup", "µs", times[size]),
            Row(name, "building the table", "s", Repeats.of([built["seconds"]])),
            Row(name, "peak memory of its process", "MiB", Repeats.of([memory[size]])),
        ]
    return Outcome(
        title="(d) route lookup",
        rows=tuple(rows),
        keys={
            "route_lookup_us_1k": times[SMALL],
            "route_lookup_us_1m": times[LARGE],
            "rss_mb_1m_rules": Repeats.of([memory[LARGE]]),
        },
        notes=(f"{rules.MISSES:.0%} of the look-ups find no route, which costs an exception",),
        sizes={"lookups": lookups},
    )


def main(size: int, lookups: int) -> None:
    started = time.perf_counter()
    table = RoutingTable.of_lines(rules.lines(size))
    say("built", seconds=time.perf_counter() - started)
    for number, _ in enumerate(sys.stdin):
        seconds = sum(_timed(table, batch) for batch in _batches(size, lookups, seed=number))
        say("looked up", microseconds=seconds / lookups * 1e6)


def _batches(size: int, lookups: int, seed: int) -> Iterator[list[Query]]:
    """Messages made just before they are looked up, as in the hub, so that only the table can be cold."""
    for batch in range(lookups // BATCH):
        yield rules.queries(size, BATCH, seed=seed * lookups + batch)


def _timed(table: RoutingTable, asked: list[Query]) -> float:
    """CPU seconds: a look-up waits for nothing, and what others did meanwhile is not its cost."""
    started = time.thread_time()
    for query in asked:
        try:
            table.decide(query)
        except Reject:  # cheaper than suppress, which would cost as much as a look-up
            continue
    return time.thread_time() - started


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
