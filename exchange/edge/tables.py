# SPDX-License-Identifier: Apache-2.0
"""
How a database is opened, and what a transaction is.

Owns the engine's settings and the translation of a driver's complaints; the tables themselves
stand in the stores that own them, all registered on *metadata*. SQLite is the embedded default
and runs with full synchronisation: a commit that returned survives a power cut.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.dialects.mysql import VARBINARY

from exchange.errors import Halt, StoreDown
from exchange.texts import Phrase

metadata = sa.MetaData()
Engine = sa.Engine  # what those above hold on to and hand down, never look into
Connection = sa.Connection  # what roles pass from store to store inside one transaction

TURN_SUFFIX = ".turn"  # of the file beside an SQLite file whose lock says who writes
TURN_SECONDS = 5.0  # how long one waits for another's turn to end; then SQLite's own lock decides
TURN_LOOK_SECONDS = 0.0005
READY_MOST = 256  # statements whose text is kept
BUSY_MILLISECONDS = 30_000  # how long a writer waits for another process before it gives up
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
NOT_TEXT = "Could not decode to UTF-8"  # of what the driver says, without a code: nobody wrote such text


def key_bytes(most: int) -> sa.types.TypeEngine[bytes]:
    """Bytes that may stand in a key: MySQL and MariaDB allow no BLOB there."""
    return sa.LargeBinary(most).with_variant(VARBINARY(most), "mysql", "mariadb")


def open_engine(url: str) -> sa.Engine:
    """
    An engine for *url*; a plain path means an SQLite file.

    Raises:
        StoreDown: EX-902, it cannot be opened.
        Halt: EX-910, its driver is not installed; EX-922, the file is damaged.
    """
    full = url if "://" in url else f"sqlite:///{Path(url).absolute()}"
    try:
        engine = sa.create_engine(full, **_wanted_of(full))
    except (ImportError, exc.ArgumentError) as e:  # no such driver, no such dialect, or not a URL
        scheme = full.split(":", 1)[0]  # no more of what cannot be taken apart: it may hold a password
        if isinstance(e, ImportError):
            what = Phrase("database.driver", {"scheme": scheme})
            raise Halt("EX-910", what=what, install=Phrase("database.driver.install")) from e
        raise StoreDown("EX-902", after_seconds=1.0, where=f"{scheme}://…", reason=str(e)) from e
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _settle_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    with translated(engine), engine.connect():
        pass
    return engine


def _wanted_of(url: str) -> dict[str, Any]:
    """What the driver is told: the same transactions everywhere."""
    if url.startswith("sqlite"):
        # The connection used last, not each in turn: it alone need not read again what it has written itself.
        return {"poolclass": sa.QueuePool, "pool_use_lifo": True}
    # Whoever finds a row already inserted must see it: no snapshot from before, as is MariaDB's habit.
    return {"pool_pre_ping": True, "isolation_level": "READ COMMITTED"}


def create(engine: sa.Engine, *tables: sa.Table) -> None:
    """Create *tables* where they do not stand yet."""
    if engine.dialect.name in ("mysql", "mariadb"):
        for table in tables:
            _spell_exactly(table, engine.dialect)
    with translated(engine), engine.begin() as connection:
        metadata.create_all(connection, tables=list(tables), checkfirst=True)


def _spell_exactly(table: sa.Table, dialect: sa.Dialect) -> None:
    """Whatever the database's own habit: all of Unicode, and no two texts are equal that differ at all."""
    is_mariadb = bool(getattr(dialect, "is_mariadb", False))
    options = table.dialect_options[dialect.name]
    options["charset"] = "utf8mb4"
    options["collate"] = "utf8mb4_nopad_bin" if is_mariadb else "utf8mb4_0900_bin"
    options["engine"] = "InnoDB"


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """
    One transaction that writes; committed, durably, when the block ends without an error.

    Raises:
        StoreDown: EX-902, the database is away, locked for too long or full.
        Halt: EX-922, its file is damaged.
    """
    with translated(engine), _turn(engine), engine.begin() as connection:
        yield connection


class _Turn:
    """
    Whose turn it is to write one SQLite file: a lock among threads, a file lock among processes.

    SQLite has one writer, and lets the others sleep for up to 100 ms between two looks; a hub with two
    workers spent half its time so. Here a waiting one looks every half millisecond. SQLite's own lock stays
    what keeps the file right: whoever waited too long goes on and is judged by it.
    """

    def __init__(self, database: str | None) -> None:
        self._lock = threading.Lock()
        self._path = None if database in (None, "", ":memory:") else f"{database}{TURN_SUFFIX}"
        self._descriptor: int | None = None

    def __enter__(self) -> None:
        self._lock.acquire()
        try:
            self._await_others()
        except BaseException:
            self._lock.release()
            raise

    def __del__(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def __exit__(self, *_error: object) -> None:
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._lock.release()

    def _await_others(self) -> None:
        if self._path is None:
            return
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        deadline = time.monotonic() + TURN_SECONDS
        while time.monotonic() < deadline:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(TURN_LOOK_SECONDS)
            except OSError:  # this file system knows no such locks
                return
            else:
                return


def _turn(engine: sa.Engine) -> AbstractContextManager[None]:
    if engine.dialect.name != "sqlite":
        return nullcontext()
    turn = _turn_of.get(engine)
    if turn is None:
        with _making:  # all engines of one file take turns by one lock, for as long as there is one of them
            turn = _turns.setdefault(str(engine.url), _Turn(engine.url.database))
            _turn_of[engine] = turn
    return turn


_making = threading.Lock()
_turns: weakref.WeakValueDictionary[str, _Turn] = weakref.WeakValueDictionary()
_turn_of: weakref.WeakKeyDictionary[sa.Engine, _Turn] = weakref.WeakKeyDictionary()


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction that only reads: it never waits for a writer."""
    with translated(engine), engine.connect().execution_options(govbus_begin="BEGIN") as connection:
        yield connection


@contextmanager
def translated(engine: sa.Engine) -> Iterator[None]:
    """A driver's complaint becomes ours at this door; a broken constraint stays what it is."""
    try:
        yield
    except exc.IntegrityError:
        raise
    except (exc.DatabaseError, exc.InterfaceError, exc.TimeoutError) as e:
        driver = e.orig if isinstance(e, exc.DBAPIError) else e
        if _tells_damage(driver):
            raise Halt("EX-922", file=engine.url.database) from e
        if not isinstance(e, (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)):
            raise  # a wrong statement, say: a defect of ours
        where = engine.url.render_as_string(hide_password=True)
        raise StoreDown("EX-902", after_seconds=1.0, where=where, reason=str(driver)) from e


def _tells_damage(e: BaseException | None) -> bool:
    """Whether the driver of SQLite found that the file is not what was written."""
    code = getattr(e, "sqlite_errorcode", 0) & 0xFF  # the rest tells where it was noticed
    return code in DAMAGED or (isinstance(e, sqlite3.Error) and str(e).startswith(NOT_TEXT))


def insert_if_new(engine: sa.Engine, table: sa.Table) -> Any:
    """An insert into *table* that passes over rows whose key is there already, in *engine*'s dialect."""
    if engine.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(table).on_conflict_do_nothing()
    if engine.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        return postgresql_insert(table).on_conflict_do_nothing()
    return sa.insert(table).prefix_with("IGNORE")


Rows = Sequence[Mapping[str, Any]]


def execute_many(connection: sa.Connection, statement: Any, rows: Rows) -> None:
    """
    Execute *statement*, which is built once and kept, for each of *rows*; all have the same names.

    What SQLAlchemy does for every row anew (which parameter goes where, of which type) costs several
    times what SQLite does with it; here it is done once a statement. Other databases get it as ever.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
        return
    key = (statement, tuple(rows[0]))
    ready = _ready.get(key)
    if ready is None:
        if len(_ready) >= READY_MOST:
            _ready.clear()
        ready = _ready[key] = _Ready.of(connection.dialect, statement, rows[0])
    connection.exec_driver_sql(ready.text, ready.places(rows))


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement as its driver wants it; fixed: the values that stand in the statement itself."""

    text: str
    names: tuple[str, ...]
    fixed: Mapping[str, Any]

    @classmethod
    def of(cls, dialect: sa.Dialect, statement: Any, row: Mapping[str, Any]) -> _Ready:
        compiled = statement.compile(dialect=dialect, column_keys=list(row))
        names = tuple(compiled.positiontup)
        fixed = {name: value for name, value in compiled.params.items() if name not in row}
        return cls(str(compiled), names, fixed)

    def places(self, rows: Rows) -> list[tuple[Any, ...]]:
        """Each row as a tuple, in the order of the statement's question marks."""
        if self.fixed:
            rows = [{**self.fixed, **row} for row in rows]
        if len(self.names) == 1:
            return [(row[self.names[0]],) for row in rows]
        return list(map(itemgetter(*self.names), rows))


_ready: dict[tuple[Any, tuple[str, ...]], _Ready] = {}


def _settle_sqlite(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # the driver opens no transaction of its own; _begin_sqlite does
    cursor = raw.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a receipt may be signed as soon as the commit returns
        f"busy_timeout={BUSY_MILLISECONDS}",
        "foreign_keys=ON",
        "cache_size=-8000",  # KiB
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # IMMEDIATE: a writer that waits for the lock at its first statement cannot fail half way.
    connection.exec_driver_sql(connection.get_execution_options().get("govbus_begin", "BEGIN IMMEDIATE"))
