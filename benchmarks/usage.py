# SPDX-License-Identifier: Apache-2.0
"""
What processes cost: CPU seconds and peak memory, read from the kernel.

A recorder watches some processes and all that they start, and keeps the last reading of each, so that
one that ends before the measurement does is still counted. It knows no scenario. Linux only: /proc is
its one source. Peak memory is the kernel's own high-water mark, so no peak falls between two readings.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

MIB = 1 << 20
TICKS = os.sysconf("SC_CLK_TCK")  # the unit of CPU time in /proc/PID/stat, a second's part
INTERVAL_SECONDS = 0.25  # between readings; a process that lives shorter than this may be missed


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process, or several of one name, used while it was watched."""

    name: str
    cpu_seconds: float
    peak_rss_mb: float  # MiB resident, the largest of the processes of this name
    processes: int = 1

    def per(self, amount: float) -> float:
        """CPU seconds for one of *amount*."""
        return self.cpu_seconds / amount


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at one process."""

    parent: int
    cpu_seconds: float
    peak_rss_mb: float


def read_process(pid: int, proc: Path = Path("/proc")) -> Reading | None:
    """What the kernel says of *pid* now; None when it is gone or a zombie without memory."""
    try:
        stat = (proc / str(pid) / "stat").read_text()
        status = (proc / str(pid) / "status").read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    fields = stat[stat.rindex(")") + 2 :].split()  # the name may hold blanks and brackets
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), None)
    if peak is None:
        return None
    return Reading(int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS, int(peak) / 1024)


def read_all(proc: Path = Path("/proc")) -> dict[int, Reading]:
    """A reading of every process."""
    pids = (int(entry.name) for entry in proc.iterdir() if entry.name.isdigit())
    return {pid: reading for pid in pids if (reading := read_process(pid, proc))}


def family(roots: Mapping[int, str], readings: Mapping[int, Reading]) -> dict[int, str]:
    """The *roots* and their descendants, each under the name of the root that it came from."""
    named = {pid: name for pid, name in roots.items() if pid in readings}
    found = True
    while found:
        found = False
        for pid, reading in readings.items():
            if pid not in named and reading.parent in named:
                named[pid] = named[reading.parent]
                found = True
    return named


class Recorder:
    """
    Watches processes for as long as its `with` block lasts.

    `used()` is what each name used inside the block: CPU as a difference, so that what was used
    before does not count; the peak since the block began where the kernel lets us reset it.
    """

    def __init__(self, roots: Mapping[int, str]) -> None:
        self._roots = dict(roots)
        self._first: dict[int, Reading] = {}
        self._last: dict[int, Reading] = {}
        self._names: dict[int, str] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="usage", daemon=True)

    def __enter__(self) -> Recorder:
        before = read_all()
        for pid in family(self._roots, before):
            _reset_peak(pid)
            self._first[pid] = before[pid]
        self._look()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._look()

    def used(self) -> tuple[Usage, ...]:
        """One row a name, in the order in which the names were given."""
        return tuple(self._of(name) for name in dict.fromkeys(self._roots.values()))

    def _of(self, name: str) -> Usage:
        pids = [pid for pid, named in self._names.items() if named == name]
        cpu = sum(self._last[pid].cpu_seconds - self._before(pid) for pid in pids)
        peak = max((self._last[pid].peak_rss_mb for pid in pids), default=0.0)
        return Usage(name, cpu, peak, len(pids))

    def _before(self, pid: int) -> float:
        return self._first[pid].cpu_seconds if pid in self._first else 0.0

    def _watch(self) -> None:
        while not self._ended.wait(INTERVAL_SECONDS):
            self._look()

    def _look(self) -> None:
        readings = read_all()
        for pid, name in family(self._roots, readings).items():
            self._names[pid] = name
            self._last[pid] = readings[pid]


def _reset_peak(pid: int) -> None:
    with contextlib.suppress(OSError):  # another's process keeps its older peak, which is never too small
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def merged(usages: Iterable[tuple[Usage, ...]]) -> tuple[Usage, ...]:
    """Several recordings as one: CPU summed over them, the highest peak of any."""
    rows: dict[str, Usage] = {}
    for usage in (one for recording in usages for one in recording):
        old = rows.get(usage.name)
        rows[usage.name] = usage if old is None else _both(old, usage)
    return tuple(rows.values())


def _both(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.name,
        one.cpu_seconds + other.cpu_seconds,
        max(one.peak_rss_mb, other.peak_rss_mb),
        max(one.processes, other.processes),
    )
