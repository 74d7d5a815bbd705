# SPDX-License-Identifier: Apache-2.0
"""Whose turn it is to write an SQLite file, among threads and processes."""

from __future__ import annotations

import errno
import fcntl
import gc
import importlib
import os
import pkgutil
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import mysql

from exchange import edge
from exchange.edge import tables
from exchange.errors import Halt, StoreDown
from exchange.texts import LANGUAGES

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


def test_the_turn_s_file_is_closed_with_the_last_engine_that_writes(tmp_path: Path) -> None:
    def is_open() -> bool:
        links = [os.path.realpath(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")]
        return str(tmp_path / f"left.db{tables.TURN_SUFFIX}") in links

    engines = [tables.open_engine(str(tmp_path / "left.db")) for _ in range(2)]
    for engine in engines:
        with tables.writing(engine):
            pass
    del engine
    engines.pop()
    gc.collect()
    assert is_open()
    engines.pop()
    gc.collect()
    assert not is_open()


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


@pytest.mark.parametrize("url", ["postgresql+psycopg", "mysql+pymysql"])
def test_a_driver_that_is_not_installed_is_named_with_what_installs_it(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, url.split("+")[1], None)
    with pytest.raises(Halt, match=f"EX-910.*{re.escape(url)}") as caught:
        tables.open_engine(f"{url}://user:secret@host/name")
    for language in LANGUAGES:
        assert "`./run setup databases`" in caught.value.hint(language)
        assert "secret" not in caught.value.text(language)


# ---- a damaged file

PAGE = 4096


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A database of many pages, closed: all of it is in the one file."""
    path = tmp_path / "daemon.db"
    engine = tables.open_engine(str(path))
    with tables.writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE t (x TEXT)")
        for number in range(200):
            connection.exec_driver_sql("INSERT INTO t VALUES (?)", (f"{number:0600}",))
    engine.dispose()
    return path


def _garbage_everywhere(path: Path) -> None:
    path.write_bytes(b"garbage!" * 4096)


def _garbage_in_the_middle(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(PAGE)
        file.write(b"\xa5" * (path.stat().st_size - PAGE))


def _cut_short(path: Path) -> None:
    os.truncate(path, 2 * PAGE)


def _no_text(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"0" * 500, b"\xff" * 500))


DAMAGES = [_garbage_everywhere, _garbage_in_the_middle, _cut_short, _no_text]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named_and_halts(filled: Path, damage: Callable[[Path], None]) -> None:
    damage(filled)
    with pytest.raises(Halt, match="EX-922") as caught:
        _all_of(filled)
    assert caught.value.exit_code == 78
    for language in LANGUAGES:
        said = caught.value.text(language) + caught.value.hint(language)
        assert str(filled) in said
        assert "docs/how-to/operate.md" in said
        assert "SELECT" not in said
        assert "sqlalche" not in said


def _all_of(path: Path) -> None:
    engine = tables.open_engine(str(path))
    try:
        with tables.reading(engine) as connection:
            connection.exec_driver_sql("SELECT * FROM t").all()
    finally:
        engine.dispose()


def test_a_damaged_file_is_noticed_by_who_writes_too(filled: Path) -> None:
    _garbage_in_the_middle(filled)
    engine = tables.open_engine(str(filled))
    with pytest.raises(Halt, match="EX-922"), tables.writing(engine) as connection:
        connection.exec_driver_sql("UPDATE t SET x = 'y'")
    engine.dispose()


def test_a_disk_that_does_not_answer_is_away_and_not_damaged(engine: sa.Engine) -> None:
    told = exc.OperationalError("SELECT 1", {}, sqlite3.OperationalError("disk I/O error"))
    with pytest.raises(StoreDown, match=r"EX-902.*: disk I/O error$"), tables.translated(engine):
        raise told


def test_a_wrong_use_of_the_driver_stays_a_defect(engine: sa.Engine) -> None:
    told = exc.ProgrammingError("SELECT 1", {}, sqlite3.ProgrammingError("wrong number of parameters"))
    with pytest.raises(exc.ProgrammingError), tables.translated(engine):
        raise told


_METADATA = sa.MetaData()
_MANY = sa.Table(
    "many",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("body", sa.LargeBinary),
    sa.Column("told", sa.Boolean),
    sa.Column("word", sa.String(20)),
)
_MANY_ROWS = [
    {"id": 1, "body": b"\0\xff", "told": True, "word": "eins"},
    {"id": 2, "body": None, "told": False, "word": "二"},
]


@pytest.fixture
def many(engine: sa.Engine) -> sa.Engine:
    _METADATA.create_all(engine)
    with tables.writing(engine) as connection:
        tables.execute_many(connection, tables.insert_if_new(engine, _MANY), _MANY_ROWS)
    return engine


def _rows(engine: sa.Engine) -> list[dict[str, object]]:
    with tables.reading(engine) as connection:
        return [dict(row._mapping) for row in connection.execute(sa.select(_MANY).order_by(_MANY.c.id))]


def test_many_rows_are_read_back_as_they_were_given(many: sa.Engine) -> None:
    assert _rows(many) == _MANY_ROWS


def test_of_many_rows_those_that_are_there_already_are_passed_over(many: sa.Engine) -> None:
    with tables.writing(many) as connection:
        other = [{"id": 2, "body": b"", "told": True, "word": "x"}, {**_MANY_ROWS[0], "id": 3}]
        tables.execute_many(connection, tables.insert_if_new(many, _MANY), other)
    assert _rows(many) == [*_MANY_ROWS, {**_MANY_ROWS[0], "id": 3}]


def test_values_that_stand_in_the_statement_itself_go_with_each_of_many_rows(many: sa.Engine) -> None:
    statement = sa.update(_MANY).where(_MANY.c.id == sa.bindparam("of")).values(word="both", told=False)
    with tables.writing(many) as connection:
        tables.execute_many(connection, statement, [{"of": 1}, {"of": 2}])
    assert [(row["word"], row["told"]) for row in _rows(many)] == [("both", False)] * 2


def test_rows_that_name_other_columns_are_another_statement(many: sa.Engine) -> None:
    insert = sa.insert(_MANY)
    with tables.writing(many) as connection:
        tables.execute_many(connection, insert, [{"id": 5, "word": "a"}])
        tables.execute_many(connection, insert, [{"id": 6, "told": True}])
    assert [(row["word"], row["told"]) for row in _rows(many)][2:] == [("a", None), (None, True)]


def test_statements_whose_text_is_kept_are_not_more_than_so_many(
    many: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "READY_MOST", 3)
    monkeypatch.setattr(tables, "_ready", {})
    with tables.writing(many) as connection:
        for number in range(5):
            tables.execute_many(connection, sa.insert(_MANY), [{"id": 10 + number}])
            assert len(tables._ready) <= 3
    assert len(_rows(many)) == 7


def every_table() -> list[sa.Table]:
    """All that is registered, whichever module it stands in."""
    for module in pkgutil.iter_modules(edge.__path__):
        importlib.import_module(f"{edge.__name__}.{module.name}")
    return list(tables.metadata.tables.values())


def keys_of(table: sa.Table) -> list[list[sa.Column[Any]]]:
    unique = [list(each.columns) for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    return [list(table.primary_key.columns), *unique, *(list(index.columns) for index in table.indexes)]


def bytes_in_a_key(column: sa.Column[Any]) -> int:
    """What MariaDB counts for it; more than any key may have where it allows none."""
    kind = column.type.dialect_impl(mysql.dialect())
    if isinstance(kind, mysql.VARBINARY):
        return kind.length or KEY_BYTES_MOST + 1
    if isinstance(kind, sa.LargeBinary | sa.Text):
        return KEY_BYTES_MOST + 1
    return 4 * (kind.length or KEY_BYTES_MOST) if isinstance(kind, sa.String) else 8


KEY_BYTES_MOST = 3072  # of InnoDB


def test_every_key_is_one_that_mariadb_and_mysql_allow() -> None:
    found = every_table()
    too_long = [
        (table.name, [column.name for column in key])
        for table in found
        for key in keys_of(table)
        if sum(map(bytes_in_a_key, key)) > KEY_BYTES_MOST
    ]
    assert len(found) > 10
    assert too_long == []


@pytest.mark.parametrize(
    ("is_mariadb", "collation"), [(True, "utf8mb4_nopad_bin"), (False, "utf8mb4_0900_bin")]
)
def test_there_texts_that_differ_at_all_are_different(is_mariadb: bool, collation: str) -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("name", sa.String(10), primary_key=True))
    dialect = mysql.dialect(is_mariadb=is_mariadb)
    tables._spell_exactly(table, dialect)
    made = str(sa.schema.CreateTable(table).compile(dialect=dialect))
    assert f"COLLATE {collation}" in made
    assert "CHARSET=utf8mb4" in made
    assert "ENGINE=InnoDB" in made


def test_every_other_database_has_the_transactions_that_the_stores_count_on() -> None:
    wanted = tables._wanted_of("postgresql+psycopg://db/hub")
    assert wanted["isolation_level"] == "READ COMMITTED"
    assert "isolation_level" not in tables._wanted_of("sqlite:///hub.db")


def test_the_connection_that_was_used_last_is_used_next(engine: sa.Engine) -> None:
    """It alone has in its cache what it wrote; one that comes in its turn reads all of it again."""
    first, last = engine.connect(), engine.connect()
    wanted = last.connection.dbapi_connection
    first.close()
    last.close()
    with tables.writing(engine) as connection:
        assert connection.connection.dbapi_connection is wanted
