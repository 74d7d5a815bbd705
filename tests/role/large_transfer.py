# SPDX-License-Identifier: Apache-2.0
"""
One large file through sender, hub and receiver in one process, which tells how much memory that took.

`python -m tests.role.large_transfer FOLDER BYTES` prints the growth in bytes of its largest resident
size over what it was after a small transfer.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from exchange import Content, Delivery
from exchange.model.limits import MIB
from tests.city import FINANCE, OFFICE, City, Recorder, text

SEGMENT_BYTES = 512 * 1024
WARM_BYTES = 16 * MIB


class Filing(Recorder):
    """An application that puts what it gets into a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def deliver(self, delivery: Delivery) -> None:
        delivery.body.save(self.folder / delivery.key)


def write_random(path: Path, size: int) -> None:
    with path.open("wb") as writing:
        for _ in range(size // MIB):
            writing.write(os.urandom(MIB))


def transfer(city: City, folder: Path, name: str, size: int) -> None:
    write_random(folder / name, size)
    (message_id,) = city.daemons[OFFICE].send(text(key=name, parts=[Content(name, folder / name)]))
    city.settle(most=100_000)
    assert set(city.daemons[OFFICE].states(message_id).values()) == {"delivered"}
    assert same(folder / name, folder / "in" / name)


def same(one: Path, other: Path) -> bool:
    with one.open("rb") as a, other.open("rb") as b:
        while block := a.read(MIB):
            if block != b.read(MIB):
                return False
        return not b.read(1)


def memory(field: str) -> int:
    """VmRSS or VmHWM of this process, bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(field)


def growth(folder: Path, size: int) -> int:
    (folder / "in").mkdir()
    city = City(folder / "city", segment_bytes=SEGMENT_BYTES)
    city.kill_daemon(FINANCE)
    city.recorders[FINANCE] = Filing(folder / "in")
    city.start_daemon(FINANCE)
    transfer(city, folder, "warm", WARM_BYTES)
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): forget the largest size so far
    transfer(city, folder, "large", size)
    return memory("VmHWM") - before


if __name__ == "__main__":
    print(growth(Path(sys.argv[1]), int(sys.argv[2])))
