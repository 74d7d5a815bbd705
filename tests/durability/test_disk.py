# SPDX-License-Identifier: Apache-2.0
"""The double itself: what it says a power cut leaves is what the rules of a disk say."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.durability import journal
from tests.durability.disk import DATA_ALONE, EVERYTHING, NAMES_ALONE, NOTHING, Disk, Luck
from tests.durability.journal import NotModelled, Operation

PRELUDE = """
import os
def sync(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
def write(path, data, flags=os.O_CREAT):
    descriptor = os.open(path, os.O_WRONLY | flags)
    os.write(descriptor, data)
    os.close(descriptor)
"""


@dataclass(frozen=True)
class Acted:
    """A disk on which something was done, and what a power cut leaves of it."""

    root: Path
    disk: Disk
    work: Path
    events: list[journal.Event]

    def left(self, luck: Luck = NOTHING) -> dict[str, bytes]:
        folder = self.work / f"left {len(list(self.work.iterdir()))}"
        self.disk.left(folder, luck)
        return files(folder)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


Act = Callable[[str], Acted]


@pytest.fixture
def act(recorder: Path, tmp_path: Path) -> Act:
    """A disk with `old`, whose content is b"old"; the code given runs in its root, and more after it."""
    root = tmp_path.resolve() / "root"
    (root / "folder").mkdir(parents=True)
    (root / "old").write_bytes(b"old")
    disk = Disk(root)

    def acted(code: str) -> Acted:
        words = [sys.executable, "-I", "-c", PRELUDE + code]
        done = journal.recorded(recorder, words, root=root, journal=tmp_path / "journal", cwd=root)
        assert done.returncode == 0, done.stderr
        events = journal.read(tmp_path / "journal", root)
        for event in events:
            disk.apply(event)
        there = files(root)
        assert disk.contents().items() <= there.items()
        assert set(disk.mapped()) == set(there) - set(disk.contents())
        (tmp_path / "work").mkdir(exist_ok=True)
        return Acted(root, disk, tmp_path / "work", events)

    return acted


OLD = {"old": b"old"}


def test_what_was_never_flushed_is_not_there(act: Act) -> None:
    assert act('write("new", b"new")').left() == OLD


def test_a_flushed_file_without_a_flushed_name_is_not_there(act: Act) -> None:
    assert act('write("new", b"new"); sync("new")').left() == OLD


def test_a_flushed_name_without_flushed_content_is_empty(act: Act) -> None:
    assert act('write("new", b"new"); sync(".")').left() == OLD | {"new": b""}


def test_what_was_flushed_with_its_name_is_there(act: Act) -> None:
    assert act('write("new", b"new"); sync("new"); sync(".")').left() == OLD | {"new": b"new"}


def test_a_file_is_as_it_was_at_its_last_flush(act: Act) -> None:
    acted = act('write("old", b"first"); sync("old"); write("old", b"next", os.O_APPEND)')
    assert acted.left() == {"old": b"first"}


def test_a_file_that_was_cut_short_is_long_again(act: Act) -> None:
    assert act('os.truncate("old", 1)').left() == OLD
    assert act('sync("old")').left() == {"old": b"o"}
    assert act('write("old", b"", os.O_TRUNC)').left() == {"old": b"o"}


def test_a_rename_is_forgotten_until_a_folder_is_flushed(act: Act) -> None:
    assert act('os.rename("old", "folder/new")').left() == OLD
    assert act('sync("folder")').left() == {"folder/new": b"old"}


def test_a_rename_over_a_file_leaves_the_one_or_the_other(act: Act) -> None:
    prepared = 'write("new", b"new"); sync("new"); sync("."); os.rename("new", "old")'
    assert act(prepared).left() == OLD | {"new": b"new"}
    assert act('sync(".")').left() == {"old": b"new"}


def test_what_was_removed_is_back_until_its_folder_is_flushed(act: Act) -> None:
    assert act('os.unlink("old")').left() == OLD
    assert act('sync(".")').left() == {}


def test_a_folder_that_was_not_flushed_into_its_own_is_lost_with_all_that_is_in_it(act: Act) -> None:
    code = 'os.mkdir("new"); write("new/file", b"new"); sync("new/file"); sync("new")'
    assert act(code).left() == OLD
    assert act('sync(".")').left() == OLD | {"new/file": b"new"}


def test_a_second_name_is_a_name_of_its_own(act: Act) -> None:
    acted = act('os.link("old", "folder/again"); sync("folder"); write("old", b"new"); sync("old")')
    assert acted.left() == {"old": b"new", "folder/again": b"new"}


def test_kill_9_keeps_everything(act: Act) -> None:
    acted = act('write("new", b"new"); os.unlink("old"); os.rename("new", "folder/newer")')
    assert acted.left(EVERYTHING) == files(acted.root) == {"folder/newer": b"new"}


def test_names_and_data_may_be_lost_apart(act: Act) -> None:
    acted = act('write("new", b"new"); write("old", b"newer")')
    assert acted.left(NAMES_ALONE) == {"old": b"old", "new": b""}
    assert acted.left(DATA_ALONE) == {"old": b"newer"}


def test_what_is_drawn_is_drawn_by_sectors_and_again_with_the_same_seed(act: Act) -> None:
    acted = act('write("old", b"x" * 512 * 64)')
    drawn = [acted.left(Luck(seed=seed))["old"] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    sectors = {drawn[0][at : at + 512] for at in range(512, 512 * 60, 512)}
    assert sectors == {b"x" * 512, bytes(512)}


def test_names_that_are_drawn_keep_their_order(act: Act) -> None:
    acted = act('for n in range(8): write(f"folder/{n}", b"")')
    drawn = [sorted(set(acted.left(Luck(seed=seed))) - {"old"}) for seed in range(20)]
    assert all(names == [f"folder/{n}" for n in range(len(names))] for names in drawn)
    assert len({len(names) for names in drawn}) > 3


def test_an_inode_that_is_used_again_is_another_file(act: Act) -> None:
    code = 'write("a", b"a"); sync("a"); sync("."); os.unlink("a"); write("b", b"b"); sync("b")'
    assert act(code).left() == OLD | {"a": b"a"}


@pytest.mark.parametrize(("synchronous", "rows"), [("FULL", [(1,)]), ("OFF", [])])
def test_a_commit_of_sqlite_survives_when_it_is_synchronous(
    act: Act, synchronous: str, rows: list[int]
) -> None:
    acted = act(
        'import sqlite3; c = sqlite3.connect("db", isolation_level=None);'
        'c.execute("PRAGMA journal_mode=WAL"); c.execute("CREATE TABLE t (n)");'
        'c.execute("PRAGMA wal_checkpoint");'
        f'c.execute("PRAGMA synchronous={synchronous}"); c.execute("INSERT INTO t VALUES (1)"); os._exit(0)'
    )
    acted.disk.left(acted.work / "db", NOTHING)
    with closing(sqlite3.connect(acted.work / "db" / "db")) as connection:
        assert connection.execute("SELECT n FROM t").fetchall() == rows


def test_what_is_mapped_into_memory_is_garbage(act: Act) -> None:
    acted = act('import mmap; d = os.open("old", os.O_RDWR); m = mmap.mmap(d, 3); m.close(); os.close(d)')
    assert len(acted.left(EVERYTHING)["old"]) == 3
    assert acted.left(EVERYTHING) != OLD


@pytest.mark.parametrize(
    "code",
    [
        'os.sendfile(os.open("folder/x", os.O_WRONLY | os.O_CREAT), os.open("old", os.O_RDONLY), 0, 3)',
        'os.symlink("old", "new")',
        'os.posix_fallocate(os.open("old", os.O_RDWR), 0, 100)',
        "os.sync()",
    ],
)
def test_what_the_recorder_does_not_model_is_not_guessed_at(act: Act, code: str) -> None:
    with pytest.raises(NotModelled):
        act(code)


def test_marks_stand_in_order_with_what_is_done(act: Act) -> None:
    acted = act(
        "import ctypes; mark = ctypes.CDLL(None).recorder_mark;"
        'mark(b"before"); write("new", b"new"); mark(b"after")'
    )
    wanted = [Operation.MARK, Operation.CREATE, Operation.WRITE, Operation.MARK]
    assert [event.operation for event in acted.events] == wanted
    assert [event.path for event in acted.events] == ["before", "new", "new", "after"]


def test_threads_are_entered_in_the_order_of_their_effects(act: Act) -> None:
    acted = act(
        "import threading\n"
        "def fill(n):\n"
        '    for _ in range(200): write("old", bytes([n]), os.O_APPEND)\n'
        "threads = [threading.Thread(target=fill, args=(n,)) for n in range(4)]\n"
        "for t in threads: t.start()\n"
        "for t in threads: t.join()\n"
    )
    assert len(acted.left(EVERYTHING)["old"]) == 803
