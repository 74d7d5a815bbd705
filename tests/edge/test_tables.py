# SPDX-License-Identifier: Apache-2.0
"""Whose turn it is to write an SQLite file, among threads and processes."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from exchange.edge import tables
from exchange.errors import StoreDown

HOLDER = """
import fcntl, sys
held = open(sys.argv[1], "w")
fcntl.flock(held, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    opened = tables.open_engine(str(tmp_path / "store.db"))
    yield opened
    opened.dispose()


@pytest.fixture
def turn_file(tmp_path: Path) -> Path:
    return tmp_path / f"store.db{tables.TURN_SUFFIX}"


def _is_free(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def test_the_turn_is_held_for_as_long_as_the_transaction(engine: sa.Engine, turn_file: Path) -> None:
    with tables.writing(engine):
        assert not _is_free(turn_file)
    assert _is_free(turn_file)


def test_the_turn_is_given_back_after_an_error(engine: sa.Engine, turn_file: Path) -> None:
    with pytest.raises(ZeroDivisionError), tables.writing(engine):
        raise ZeroDivisionError
    assert _is_free(turn_file)
    with tables.writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")


def test_a_turn_that_another_process_holds_is_waited_for(
    engine: sa.Engine, turn_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(turn_file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        looks: list[float] = []

        def end_the_other(seconds: float) -> None:
            looks.append(seconds)
            holder.kill()
            holder.wait()

        monkeypatch.setattr(tables.time, "sleep", end_the_other)
        with tables.writing(engine):
            assert looks == [tables.TURN_LOOK_SECONDS]


def test_a_file_system_without_locks_is_written_all_the_same(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int, operation: int) -> None:
        if operation & fcntl.LOCK_EX:
            raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(tables.fcntl, "flock", refuse)
    with tables.writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")


def test_one_that_never_ends_its_turn_stops_nobody(
    engine: sa.Engine, turn_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "TURN_SECONDS", 0.01)
    with turn_file.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with tables.writing(engine) as connection:
            connection.exec_driver_sql("CREATE TABLE t (x)")
    with tables.reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar_one() == 0


def test_a_database_in_memory_has_no_file_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    engine = tables.open_engine("sqlite://")
    with tables.writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["nosuch://user:secret@host/name", "sqlite+nosuch:///file", "://secret"])
def test_a_url_that_no_driver_takes_is_a_database_out_of_reach_and_keeps_its_password(url: str) -> None:
    with pytest.raises(StoreDown) as caught:
        tables.open_engine(url)
    assert caught.value.code == "EX-902"
    assert "secret" not in caught.value.text()
