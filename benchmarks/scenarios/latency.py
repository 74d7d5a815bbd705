# SPDX-License-Identifier: Apache-2.0
"""
(c) Latency of one flash message, from the application that hands it over to the application that gets it.

Idle beside raw pika over the same hops, then while bulk from the same sender to the same receiver
saturates the way. A message is sent a moment after the receipt of the one before, so they never queue
behind each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks import payloads, raw_yard
from benchmarks.city import RunningCity, WireSizes
from benchmarks.figures import Repeats, percentile
from benchmarks.outcome import Outcome, Row
from benchmarks.raw_pika import Load, RawBus
from benchmarks.setting import Setting
from exchange.model.limits import MIB
from exchange.model.priority import Priority

WORKERS = 2
PAYLOAD_BYTES = 4096
GAP_SECONDS = 0.03
WARM_UP_PINGS = 10


class Latencies:
    """Latencies of one subject, a list of seconds for each repeat."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._repeats: list[Sequence[float]] = []

    def add(self, latencies: Sequence[float]) -> None:
        self._repeats.append(latencies)

    def at(self, share: float) -> Repeats:
        """The percentile of each repeat, in ms."""
        return Repeats.of(percentile(each, share) * 1000 for each in self._repeats)

    def rows(self) -> tuple[Row, ...]:
        return tuple(
            Row(self.name, name, "ms", self.at(share)) for name, share in (("p50", 0.5), ("p99", 0.99))
        )


def measure(setting: Setting) -> Outcome:
    count = setting.size(300, 40)
    text = payloads.records(PAYLOAD_BYTES)
    sizes = setting.city.wire_sizes(text)
    file = payloads.random_file(setting.folder / "load.bin", setting.size(256 * MIB, 48 * MIB))
    raw, idle, loaded = Latencies("raw pika, idle"), Latencies("bus, idle"), Latencies("bus, under bulk")
    with setting.city.running(workers=WORKERS) as city:
        city.ping(text, count=WARM_UP_PINGS, gap_seconds=GAP_SECONDS)
        for _ in range(setting.repeats):
            raw.add(_raw_once(setting, sizes, count))
            idle.add(city.ping(text, count=count, gap_seconds=GAP_SECONDS))
        rate = _under_bulk(setting, city, file, text, count, loaded)
    file.unlink()
    subjects = (raw, idle, loaded)
    return Outcome(
        title="(c) latency of a flash message of 4 KiB, application to application",
        rows=tuple(row for each in subjects for row in each.rows()),
        keys={
            "flash_p50_idle_vs_raw": idle.at(0.5).over(raw.at(0.5)),
            "flash_p99_bulk_vs_idle": loaded.at(0.99).over(idle.at(0.99)),
        },
        notes=(f"meanwhile bulk ran at {rate:.0f} MB/s between the same two applications",),
        sizes={"messages": count},
    )


def _under_bulk(
    setting: Setting, city: RunningCity, file: Path, text: str, count: int, into: Latencies
) -> float:
    """Pings while bulk runs without a pause; MB/s of the bulk."""
    with city.bulk(file) as bulk:
        for _ in range(setting.repeats):
            into.add(city.ping(text, count=count, gap_seconds=GAP_SECONDS))
    return bulk.rate


def _raw_once(setting: Setting, sizes: WireSizes, count: int) -> Sequence[float]:
    raw_yard.declare(setting.raw)
    load = Load(
        Priority.FLASH.value, sizes.segment, sizes.receipt,
        window=256, count=count + WARM_UP_PINGS, gap_seconds=GAP_SECONDS,
    )  # fmt: skip
    with RawBus(setting.raw, load, workers=WORKERS) as raw:
        raw.go()
        latencies: list[float] = raw.took()["latencies"]
    return latencies[WARM_UP_PINGS:]
