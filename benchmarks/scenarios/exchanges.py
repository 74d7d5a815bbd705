# SPDX-License-Identifier: Apache-2.0
"""
(a) Complete exchanges a second at 4 KiB: the bus, raw pika over the same hops, the AS2 peer in memory.

One repeat measures every subject once, one after the other, so that a ratio compares neighbours in time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks import payloads, peer_as2, raw_yard
from benchmarks.city import WireSizes
from benchmarks.figures import Repeats
from benchmarks.outcome import Cost, Outcome, Row
from benchmarks.raw_pika import Load, RawBus
from benchmarks.setting import Setting
from benchmarks.usage import Recorder, Usage, merged
from exchange.model.priority import Priority

PAYLOAD_BYTES = 4096
WORKERS = (1, 2)
WINDOW_MESSAGES = 256  # published and not yet confirmed, as the bus has it


@dataclass
class Subject:
    """One thing that is measured, and what came of it so far."""

    name: str
    count: int  # of exchanges in one repeat
    run: Callable[[], tuple[float, tuple[Usage, ...]]]  # a rate, and who used what
    rates: list[float] = field(default_factory=list)
    used: list[tuple[Usage, ...]] = field(default_factory=list)

    def measure(self) -> None:
        rate, used = self.run()
        self.rates.append(rate)
        self.used.append(used)

    @property
    def repeats(self) -> Repeats:
        return Repeats.of(self.rates)

    @property
    def row(self) -> Row:
        return Row(self.name, "complete exchanges", "1/s", self.repeats)

    @property
    def cost(self) -> Cost:
        return Cost(self.name, "exchange", self.count * len(self.rates), merged(self.used))


def measure(setting: Setting) -> Outcome:
    text = payloads.records(PAYLOAD_BYTES)
    sizes = setting.city.wire_sizes(text)
    peer = _peer(setting, text)
    raw = {workers: _raw(setting, workers, sizes) for workers in WORKERS}
    bus = {workers: _bus(setting, workers, text) for workers in WORKERS}
    subjects = [*bus.values(), *raw.values(), peer]
    for _ in range(setting.repeats):
        for subject in subjects:
            subject.measure()
    most = max(WORKERS)
    return Outcome(
        title=f"(a) complete exchanges at {PAYLOAD_BYTES} bytes, application to application",
        rows=tuple(subject.row for subject in subjects)
        + tuple(
            Row(
                f"bus over raw pika, {n} worker{'s' * (n > 1)}",
                "ratio",
                "×",
                bus[n].repeats.over(raw[n].repeats),
            )
            for n in WORKERS
        ),
        keys={
            "exchanges_vs_as2": bus[most].repeats.over(peer.repeats),
            "exchanges_vs_raw": bus[most].repeats.over(raw[most].repeats),
            "peak_rss_mb": setting.city.peak(bus[most].used),
        },
        costs=tuple(subject.cost for subject in subjects),
        notes=(
            f"raw pika sends as many bytes: {sizes.segment:,} a segment, {sizes.receipt:,} a receipt",
            "the AS2 peer works in memory: it has no broker, network, disk or database",
        ),
        sizes={subject.name: subject.count for subject in subjects},
    )


def _peer(setting: Setting, text: str) -> Subject:
    cycles = setting.size(300, 40)

    def run() -> tuple[float, tuple[Usage, ...]]:
        done = peer_as2.measure(text, cycles)
        return done.per_second, done.used

    return Subject("AS2 peer, a process a core", cycles * peer_as2.cores(), run)


def _raw(setting: Setting, workers: int, sizes: WireSizes) -> Subject:
    count = setting.size(10_000, 1_500)
    load = Load(
        Priority.ROUTINE.value, sizes.segment, sizes.receipt,
        window=WINDOW_MESSAGES, count=count,
    )  # fmt: skip

    def run() -> tuple[float, tuple[Usage, ...]]:
        raw_yard.declare(setting.raw)
        with RawBus(setting.raw, load, workers=workers) as raw:
            with Recorder({**raw.pids(), **setting.broker}) as recorder:
                done = raw.go()
            return done["exchanges"] / done["seconds"], recorder.used()

    return Subject(f"raw pika, {workers} worker{'s' * (workers > 1)}", count, run)


def _bus(setting: Setting, workers: int, text: str) -> Subject:
    count = setting.size(4_000, 400)

    def run() -> tuple[float, tuple[Usage, ...]]:
        with setting.city.running(workers=workers) as city:
            city.exchange(text, count=count // 20)  # connections, caches and certificates are warm
            with Recorder({**city.pids(), **setting.broker}) as recorder:
                done = city.exchange(text, count=count)
            return count / done["seconds"], recorder.used()

    return Subject(f"bus, {workers} hub worker{'s' * (workers > 1)}", count, run)
