# SPDX-License-Identifier: Apache-2.0
"""
The hot folder with the power going at every single step, and with the disk failing at every single step.

Each test runs its story once undisturbed to count the steps, then once for each of them.
"""

from __future__ import annotations

import copy
import errno
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from exchange import Delivery, Retry
from tests.adapters.hot_folders import Bus, HotFolder, delivery, opened
from tests.adapters.power_cut import Disk, PowerCut

DROPPED = {
    "twin.txt": b"a second one of that name",
    "letter.docx": b"unwanted letter",
    "annex.xlsx": b"annex",
    "letter.docx.govbus.toml": b'attachments = ["annex.xlsx"]',
    "wrong.txt": b"wrong",
    "wrong.txt.govbus.toml": b'priority = "soon"',
}
TRAVELS = Counter([b"a second one of that name", b"unwanted letter", b"annex"])
ENDS = {
    "sent": {"twin.txt", "twin (2).txt"},
    "failed": {
        "letter/letter.docx", "letter/annex.xlsx", "letter/letter.docx.govbus.toml", "letter.reason.txt",
        "wrong.txt", "wrong.txt.govbus.toml", "wrong.txt.reason.txt",
    },
}  # fmt: skip


@pytest.fixture
def disk_path() -> Iterator[Path]:
    """A folder in memory, where there is one: what a power cut leaves is the double's business."""
    memory = Path("/dev/shm")
    folder = tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else None)
    yield Path(folder)
    shutil.rmtree(folder)


@pytest.fixture
def before(disk_path: Path) -> Path:
    """A disk with a hot folder in which files wait."""
    root = disk_path / "before"
    root.mkdir()
    with opened(root / "hot") as folder:
        for name, data in DROPPED.items():
            folder.put(name, data)
        (root / "hot/sent/twin.txt").write_bytes(b"the first")
    return root


def send_all(root: Path, bus: Bus) -> None:
    with opened(root / "hot") as folder:
        for _ in range(4):
            bus.turn(folder)


def assert_sent_once(root: Path, bus: Bus) -> None:
    folder = HotFolder(root / "hot")
    assert bus.sent == TRAVELS
    assert {name: folder.names(name) for name in ENDS} == ENDS
    assert folder.contents("sent", "failed") == Counter([*DROPPED.values(), b"the first"])
    assert folder.names("out") == folder.names(".govbus/claims") == set()
    assert len(folder.names("receipts")) == 4


def steps_of(story: Callable[[Path], None], before: Path, disk_path: Path, *, apart: bool) -> int:
    root = shutil.copytree(before, disk_path / "undisturbed")
    with Disk(root, apart=apart) as disk:
        story(root)
    assert disk.unseen() == set()
    return disk.steps


def survivors(root: Path, disk: Disk) -> Iterator[Path]:
    """What may be found after it: after kill -9 all that was written, after a power cut what was flushed."""
    yield root
    for names_survive in (False, True):
        left = root.with_name(f"{root.name}-{names_survive}")
        disk.left_by_power_cut(left, names_survive=names_survive)
        yield left


@pytest.mark.parametrize(
    "apart",
    [
        pytest.param(False, id="one file system"),
        pytest.param(True, id="several file systems", marks=pytest.mark.slow),
    ],
)
def test_a_crash_at_any_step_neither_loses_nor_doubles_nor_misfiles_a_file(
    before: Path, disk_path: Path, apart: bool
) -> None:
    for step in range(1, steps_of(lambda root: send_all(root, Bus()), before, disk_path, apart=apart) + 1):
        root, bus = shutil.copytree(before, disk_path / f"{step}"), Bus()
        with Disk(root, stop_at=step, apart=apart) as disk, pytest.raises(PowerCut):
            send_all(root, bus)
        for left in survivors(root, disk):
            daemon = copy.deepcopy(bus)
            with Disk(left, apart=apart):
                send_all(left, daemon)
            assert_sent_once(left, daemon)
            shutil.rmtree(left)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EACCES])
def test_a_disk_that_fails_once_at_any_step_is_tried_again(before: Path, disk_path: Path, error: int) -> None:
    for step in range(1, steps_of(lambda root: send_all(root, Bus()), before, disk_path, apart=False) + 1):
        root, bus = shutil.copytree(before, disk_path / f"{step}"), Bus()
        with opened(root / "hot") as folder, Disk(root, fail_at=step, error=error):
            for _ in range(7):
                turn_or_retry(bus, folder)
        with Disk(root):
            send_all(root, bus)  # what could not be removed is garbage, and goes at the next start
        assert_sent_once(root, bus)
        shutil.rmtree(root)


def turn_or_retry(bus: Bus, folder: HotFolder) -> None:
    with suppress(Retry):
        bus.turn(folder)


# ---- deliveries

MESSAGES = [
    delivery("m1", ("report.docx", b"one")),
    delivery("m2", ("../Report.docx", b"two")),
    delivery("m3", ("letter.docx", b"three"), ("annex.xlsx", b"four")),
    replace(delivery("m4", ("order.ofd", b"five")), originals=delivery("m4", ("order.docx", b"six")).parts),
]
ARRIVED = Counter([b"one", b"two", b"three", b"four", b"five"])
ORIGINALS = Counter([b"six"])


def arrived(folder: HotFolder) -> Counter[bytes]:
    """What a program that looks into in/ sees there: nothing hidden, and descriptions are not contents."""
    seen = [path for path in (folder.root / "in").glob("[!.]*") if path.is_file()]
    seen += (folder.root / "in").glob("[!.]*/*")
    return Counter(path.read_bytes() for path in seen if not path.name.endswith("meta.json"))


def originals(folder: HotFolder) -> Counter[bytes]:
    return Counter(path.read_bytes() for path in (folder.root / "originals").iterdir())


class Application:
    """A system that takes each file out of in/ and deletes it, as soon as it sees it."""

    def __init__(self) -> None:
        self.taken: Counter[bytes] = Counter()

    def look(self, folder: HotFolder) -> None:
        self.taken += arrived(folder)
        for path in (folder.root / "in").glob("[!.]*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def deliver_all(root: Path, owed: list[Delivery]) -> None:
    with opened(root / "hot") as folder:
        while owed:
            folder.adapter.deliver(owed[0])
            owed.pop(0)


@pytest.fixture
def empty(disk_path: Path) -> Path:
    root = disk_path / "empty"
    root.mkdir()
    with opened(root / "hot"):
        pass
    return root


@pytest.mark.parametrize("apart", [False, True], ids=["one file system", "several file systems"])
def test_a_delivery_interrupted_at_any_step_arrives_once_even_when_it_is_taken_at_once(
    empty: Path, disk_path: Path, apart: bool
) -> None:
    steps = steps_of(lambda root: deliver_all(root, list(MESSAGES)), empty, disk_path, apart=apart)
    for step in range(1, steps + 1):
        root, owed = shutil.copytree(empty, disk_path / f"{step}"), list(MESSAGES)
        with Disk(root, stop_at=step, apart=apart) as disk, pytest.raises(PowerCut):
            deliver_all(root, owed)
        for left in survivors(root, disk):
            application = Application()
            application.look(HotFolder(left / "hot"))
            with Disk(left, apart=apart):
                deliver_all(left, list(owed))
            application.look(HotFolder(left / "hot"))
            assert application.taken == ARRIVED
            assert originals(HotFolder(left / "hot")) == ORIGINALS
            assert HotFolder(left / "hot").names(".govbus/arriving") == set()


def test_a_disk_that_fails_once_at_any_step_is_asked_to_deliver_again(empty: Path, disk_path: Path) -> None:
    steps = steps_of(lambda root: deliver_all(root, list(MESSAGES)), empty, disk_path, apart=False)
    for step in range(1, steps + 1):
        root = shutil.copytree(empty, disk_path / f"{step}")
        with opened(root / "hot") as folder, Disk(root, fail_at=step):
            for message in MESSAGES:
                with suppress(Retry):
                    folder.adapter.deliver(message)
                folder.adapter.deliver(message)
        assert arrived(HotFolder(root / "hot")) == ARRIVED
        assert originals(HotFolder(root / "hot")) == ORIGINALS
