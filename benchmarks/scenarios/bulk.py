# SPDX-License-Identifier: Apache-2.0
"""
(b) One large file, random and text: MB/s from application to application, CPU a GB, peak memory.

Raw pika moves the same bytes in pieces of the bus's segment size over the same hops: neither compressed,
encrypted, proved nor written to disk at the far end.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks import payloads, raw_yard
from benchmarks.city import OURS, RunningCity
from benchmarks.figures import Repeats
from benchmarks.outcome import Cost, Outcome, Row
from benchmarks.raw_pika import Load, RawBus
from benchmarks.setting import Setting
from benchmarks.usage import Recorder, Usage, merged
from exchange.model.limits import MIB, SEGMENT_BYTES
from exchange.model.priority import Priority

WORKERS = 2
WINDOW_BYTES = 8 * MIB  # published and not yet confirmed, as the bus has it
RECEIPT_BYTES = 3000
MB, GB = 1e6, 1e9


class Measured:
    """What one subject did with one file, repeat by repeat."""

    def __init__(self, name: str, size_bytes: int) -> None:
        self.name = name
        self._size_bytes = size_bytes
        self._rates: list[float] = []
        self.used: list[tuple[Usage, ...]] = []

    def add(self, seconds: float, used: tuple[Usage, ...]) -> None:
        self._rates.append(self._size_bytes / MB / seconds)
        self.used.append(used)

    @property
    def repeats(self) -> Repeats:
        return Repeats.of(self._rates)

    def rows(self) -> tuple[Row, ...]:
        gigabytes = self._size_bytes / GB
        ours = [[one for one in used if one.name in OURS or one.name.startswith("raw")] for used in self.used]
        cpu = Repeats.of(sum(one.cpu_seconds for one in each) / gigabytes for each in ours)
        return (
            Row(self.name, "throughput", "MB/s", self.repeats),
            Row(self.name, "CPU of our processes", "s/GB", cpu),
        )

    @property
    def cost(self) -> Cost:
        return Cost(self.name, "GB", self._size_bytes / GB * len(self._rates), merged(self.used))


def measure(setting: Setting) -> Outcome:
    size = setting.size(1024 * MIB, 48 * MIB)
    files = {
        "random": payloads.random_file(setting.folder / "random.bin", size),
        "text": payloads.text_file(setting.folder / "text.xml", size),
    }
    bus = {kind: Measured(f"bus, {kind} file", size) for kind in files}
    raw = {kind: Measured(f"raw pika, {kind} file", size) for kind in files}
    with setting.city.running(workers=WORKERS) as city:
        for _ in range(setting.repeats):
            for kind, file in files.items():
                _bus_once(setting, city, file, bus[kind])
                _raw_once(setting, file, raw[kind])
    for file in files.values():
        file.unlink()
    ratios = {kind: bus[kind].repeats.over(raw[kind].repeats) for kind in files}
    measured = [*bus.values(), *raw.values()]
    return Outcome(
        title=f"(b) one file of {size // MIB} MiB, application to application, {WORKERS} hub workers",
        rows=tuple(row for each in measured for row in each.rows())
        + tuple(Row(f"bus over raw pika, {kind}", "ratio", "×", ratio) for kind, ratio in ratios.items()),
        keys={
            "bulk_random_vs_raw": ratios["random"],
            "bulk_text_vs_raw": ratios["text"],
            "peak_rss_mb": setting.city.peak([used for each in bus.values() for used in each.used]),
        },
        costs=tuple(each.cost for each in measured),
        notes=("the bus hashes, proves and spools the file; raw pika counts its bytes",),
        sizes={"file_bytes": size},
    )


def _bus_once(setting: Setting, city: RunningCity, file: Path, into: Measured) -> None:
    with Recorder({**city.pids(), **setting.broker}) as recorder:
        done = city.exchange_file(file)
    into.add(done["seconds"], recorder.used())


def _raw_once(setting: Setting, file: Path, into: Measured) -> None:
    raw_yard.declare(setting.raw)
    load = Load(
        Priority.BULK.value, SEGMENT_BYTES, RECEIPT_BYTES,
        window=WINDOW_BYTES // SEGMENT_BYTES, file=str(file),
    )  # fmt: skip
    with RawBus(setting.raw, load, workers=WORKERS) as raw:
        with Recorder({**raw.pids(), **setting.broker}) as recorder:
            done = raw.go()
        taken = raw.took()["bytes"]
    if taken != file.stat().st_size:
        raise RuntimeError(f"raw pika: {taken} bytes arrived of {file.stat().st_size}")
    into.add(done["seconds"], recorder.used())
