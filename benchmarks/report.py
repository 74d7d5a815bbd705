# SPDX-License-Identifier: Apache-2.0
"""
The outcome of a run as tables for people and as one document for programs.

It prints what was measured and nothing else: what failed is named as failed, what was left out as not
measured.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.figures import Repeats
from benchmarks.outcome import AIMS, Cost, Outcome, Row
from benchmarks.table import number, table

FORMAT = 1  # of the document; raised when a field changes its meaning


def scenario_text(outcome: Outcome) -> str:
    """One scenario: its figures, its costs, its notes."""
    blocks = [f"\n{outcome.title}", _rows_text(outcome.rows)]
    if outcome.costs:
        blocks.append(_costs_text(outcome.costs))
    blocks += [f"  · {note}" for note in outcome.notes]
    return "\n".join(blocks)


def keys_text(keys: Mapping[str, Repeats], failed: Mapping[str, str]) -> str:
    """The figures that have an aim, and whether they reach it."""
    heads = ("key", "median", "low … high", "aim", "met", "meaning")
    lines = [
        "\nfigures and aims",
        table(heads, [_key_row(name, keys[name]) for name in AIMS if name in keys], words=(0, 5)),
    ]
    if absent := [name for name in AIMS if name not in keys]:
        lines.append(f"not measured: {', '.join(absent)}")
    lines += [f"FAILED {name}: {reason}" for name, reason in failed.items()]
    return "\n".join(lines)


def document(
    outcomes: Mapping[str, Outcome],
    failed: Mapping[str, str],
    *,
    quick: bool,
    repeats: int,
    seconds: float,
    at: str,
) -> dict[str, Any]:
    """The whole run as one JSON value: the keys at the top (medians), everything raw below."""
    keys = gathered(outcomes.values())
    return {
        "format": FORMAT,
        "at": at,
        "quick": quick,
        "repeats": repeats,
        "seconds": round(seconds, 1),
        "machine": machine(),
        **{name: _rounded(keys[name].median) if name in keys else None for name in AIMS},
        "aims": {name: {"aim": str(aim), "met": _met(name, keys)} for name, aim in AIMS.items()},
        "repeated": {name: _repeats_value(one) for name, one in keys.items()},
        "scenarios": {name: _scenario_value(outcome) for name, outcome in outcomes.items()},
        "failed": dict(failed),
    }


def gathered(outcomes: Iterable[Outcome]) -> dict[str, Repeats]:
    """
    The keys of all scenarios; where several give the same one, the largest counts.

    That happens for peak memory alone, which every scenario can raise.
    """
    keys: dict[str, Repeats] = {}
    for outcome in outcomes:
        for name, one in outcome.keys.items():
            keys[name] = max(keys.get(name, one), one, key=lambda each: each.median)
    return keys


def machine() -> dict[str, Any]:
    """Where this was measured, as far as it explains a figure."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
        **{
            name: metadata.version(name)
            for name in ("pika", "cryptography", "lxml", "zstandard", "sqlalchemy")
        },
    }


def _rows_text(rows: Iterable[Row]) -> str:
    cells = [
        (r.subject, r.figure, r.unit, number(r.repeats.median), _range(r.repeats), _spread(r.repeats))
        for r in rows
    ]
    return table(("subject", "figure", "unit", "median", "low … high", "spread"), cells, words=(0, 1, 2))


def _costs_text(costs: Iterable[Cost]) -> str:
    cells = [
        (cost.subject, one.name, str(one.processes), f"{number(one.per(cost.amount) * 1000)} ms/{cost.per}",
         f"{number(one.cpu_seconds)} s", f"{number(one.peak_rss_mb)} MiB")
        for cost in costs for one in cost.used
    ]  # fmt: skip
    return "\n" + table(
        ("subject", "process", "count", "CPU", "CPU in all", "peak memory"), cells, words=(0, 1)
    )


def _key_row(name: str, repeats: Repeats) -> tuple[str, ...]:
    aim = AIMS[name]
    met = "" if aim.least is None and aim.most is None else "yes" if aim.met_by(repeats.median) else "NO"
    return (name, number(repeats.median), _range(repeats), str(aim), met, aim.meaning)


def _met(name: str, keys: Mapping[str, Repeats]) -> bool | None:
    return AIMS[name].met_by(keys[name].median) if name in keys else None


def _range(repeats: Repeats) -> str:
    return f"{number(repeats.low)} … {number(repeats.high)}"


def _spread(repeats: Repeats) -> str:
    return f"{repeats.spread:.0%}"


def _scenario_value(outcome: Outcome) -> dict[str, Any]:
    return {
        "title": outcome.title,
        "sizes": dict(outcome.sizes),
        "rows": [
            {"subject": row.subject, "figure": row.figure, "unit": row.unit, **_repeats_value(row.repeats)}
            for row in outcome.rows
        ],
        "costs": [
            {"subject": cost.subject, "per": cost.per, "amount": cost.amount, "process": one.name,
             "processes": one.processes, "cpu_seconds": _rounded(one.cpu_seconds),
             "peak_rss_mb": _rounded(one.peak_rss_mb)}
            for cost in outcome.costs for one in cost.used
        ],
        "notes": list(outcome.notes),
    }  # fmt: skip


def _repeats_value(repeats: Repeats) -> dict[str, Any]:
    return {
        "median": _rounded(repeats.median),
        "spread": round(repeats.spread, 4),
        "values": [_rounded(value) for value in repeats.values],
    }


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
