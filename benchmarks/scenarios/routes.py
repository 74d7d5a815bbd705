# SPDX-License-Identifier: Apache-2.0
"""
(d) Route lookup in tables of a thousand and of a million rules, and the memory that a table takes.

Each table lives in a process of its own, so that its memory is its own. The look-ups go over the whole
table in random order, so that the processor's caches do not flatter the larger one.
"""

from __future__ import annotations

import sys
import time

from benchmarks import rules
from benchmarks.children import Child, Children, say
from benchmarks.figures import Repeats
from benchmarks.outcome import Outcome, Row
from benchmarks.setting import Setting
from benchmarks.usage import read_process

SMALL, LARGE = 1_000, 1_000_000


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
            found = []
            for _ in range(setting.repeats):
                child.tell("look up")
                found.append(child.hear("looked up")["microseconds"])
            held = read_process(child.pid)
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
    from exchange.errors import Reject
    from exchange.model.route import RoutingTable

    started = time.perf_counter()
    table = RoutingTable.of_lines(rules.lines(size))
    say("built", seconds=time.perf_counter() - started)
    asked = rules.queries(size, lookups)

    def look_up(_: str) -> None:
        started = time.perf_counter()
        for query in asked:
            try:
                table.decide(query)
            except Reject:
                continue
        say("looked up", microseconds=(time.perf_counter() - started) / len(asked) * 1e6)

    for line in sys.stdin:
        look_up(line)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
