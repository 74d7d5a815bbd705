# SPDX-License-Identifier: Apache-2.0
"""What the benchmark reads of processes, and how it adds it up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.usage import TICKS, Reading, Recorder, Usage, family, merged, read_process

BUSY = """
import sys
held = bytearray(64 << 20)
for _ in range(3_000_000):
    pass
print("worked", flush=True)
sys.stdin.read()
"""


def _proc(folder: Path, pid: int, *, stat: str, status: str) -> None:
    (folder / str(pid)).mkdir()
    (folder / str(pid) / "stat").write_text(stat)
    (folder / str(pid) / "status").write_text(status)


def test_a_process_whose_name_holds_blanks_and_brackets_is_read_right(tmp_path: Path) -> None:
    fields = ["S", "7", *["0"] * 9, str(3 * TICKS), str(TICKS), *["0"] * 20]
    _proc(tmp_path, 43, stat=f"43 (odd ) name) {' '.join(fields)}", status="Name: odd\nVmHWM:\t  2048 kB\n")
    assert read_process(43, tmp_path) == Reading(parent=7, cpu_seconds=4.0, peak_rss_mb=2.0)


def test_a_zombie_has_no_reading(tmp_path: Path) -> None:
    _proc(tmp_path, 5, stat="5 (gone) Z 1 " + "0 " * 40, status="Name: gone\n")
    assert read_process(5, tmp_path) is None


def test_a_process_that_is_gone_has_no_reading(tmp_path: Path) -> None:
    assert read_process(99, tmp_path) is None


def test_descendants_go_under_the_name_of_their_root() -> None:
    readings = {pid: Reading(parent, 0, 0) for pid, parent in {1: 0, 10: 1, 11: 10, 12: 11, 20: 1}.items()}
    assert family({10: "hub", 99: "absent"}, readings) == {10: "hub", 11: "hub", 12: "hub"}


def test_a_root_under_another_root_keeps_its_own_name() -> None:
    readings = {10: Reading(1, 0, 0), 11: Reading(10, 0, 0)}
    assert family({10: "hub", 11: "worker"}, readings) == {10: "hub", 11: "worker"}


def test_a_real_process_is_recorded_with_its_work_and_its_peak() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        with Recorder({process.pid: "busy"}) as recorder:
            assert process.stdout is not None
            assert process.stdout.readline() == b"worked\n"
        process.communicate()
    [used] = recorder.used()
    assert used.name == "busy"
    assert used.processes == 1
    assert used.cpu_seconds > 0
    assert used.peak_rss_mb > 64


def test_what_a_process_used_before_does_not_count() -> None:
    sum(range(3_000_000))
    with Recorder({os.getpid(): "me"}) as recorder:
        pass
    before = read_process(os.getpid())
    assert before is not None
    assert recorder.used()[0].cpu_seconds < before.cpu_seconds


def test_recordings_add_up_in_cpu_and_keep_the_highest_peak() -> None:
    both = merged([(Usage("hub", 1, 90, 1), Usage("broker", 5, 300, 1)), (Usage("hub", 2, 80, 2),)])
    assert both == (Usage("hub", 3, 90, 2), Usage("broker", 5, 300, 1))


def test_usage_is_given_for_one_unit_of_work() -> None:
    assert Usage("hub", 3, 90).per(1500) == 0.002
