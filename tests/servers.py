# SPDX-License-Identifier: Apache-2.0
"""
PostgreSQL and MariaDB, each as a private server: a folder of its own, a socket in it, no port.

No service of the machine is started, stopped or asked. Neither program runs as root, so root lends
the folder to `nobody`. What is missing is named, with the line that installs it.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

PATIENCE_SECONDS = 120.0
SET_UP = "./run setup databases"
CONNECTIONS = 600  # tests are not thrifty
PR_SET_PDEATHSIG = 1  # prctl(2)
_numbers = itertools.count(1)
_c = ctypes.CDLL(None)


def program(name: str, *folders: str) -> Path:
    """Where a program is: in one of *folders*, which may have stars, the newest first."""
    for folder in folders:
        for place in sorted(Path("/").glob(folder.lstrip("/")), reverse=True):
            if os.access(place / name, os.X_OK):
                return place / name
    raise AssertionError(f"{name} is not installed; run: {SET_UP}")


class Server(ABC):
    """A database server while it runs."""

    ends_by: signal.Signals

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._as: dict[str, Any] = {}
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._install()
        self._process = self._popen(self._command())
        self._await()

    @abstractmethod
    def _install(self) -> None: ...

    @abstractmethod
    def _command(self) -> Sequence[str]: ...

    @abstractmethod
    def url(self, database: str = "") -> str:
        """Of SQLAlchemy; without a name, of the database that is there from the beginning."""

    @abstractmethod
    def _making(self, database: str) -> str: ...

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"govbus_{os.getpid()}_{next(_numbers)}"
        engine = sa.create_engine(self.url(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(self._making(name))
        engine.dispose()
        return self.url(name)

    def stop(self) -> None:
        self._process.send_signal(self.ends_by)
        self._process.wait(PATIENCE_SECONDS)

    def _run(self, command: Sequence[str]) -> None:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self.folder, **self._as
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"

    def _popen(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=self._end_with_us,
                **self._as,
            )

    def _end_with_us(self) -> None:
        """In the child: who kills the tests ends their server."""
        _c.prctl(PR_SET_PDEATHSIG, int(self.ends_by))

    def _await(self) -> None:
        engine = sa.create_engine(self.url())
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                engine.connect().close()
            except sa.exc.OperationalError:
                log = (self.folder / "log").read_text(errors="replace")
                assert self._process.poll() is None, log
                assert time.monotonic() < deadline, log
                time.sleep(0.1)
            else:
                break
        engine.dispose()


class PostgreSQL(Server):
    ends_by = signal.SIGINT  # ends its connections; SIGTERM would wait for them

    def _install(self) -> None:
        initdb = program("initdb", "/usr/lib/postgresql/*/bin", "/usr/bin", "/usr/local/bin")
        words = ["-D", "data", "-U", "govbus", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run([str(initdb), *words])

    def _command(self) -> Sequence[str]:
        postgres = program("postgres", "/usr/lib/postgresql/*/bin", "/usr/bin", "/usr/local/bin")
        wanted = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "max_connections": str(CONNECTIONS),
        }
        return [str(postgres), "-D", "data", *(f"--{name}={value}" for name, value in wanted.items())]

    def url(self, database: str = "") -> str:
        return f"postgresql+psycopg://govbus@/{database or 'postgres'}?host={self.folder}"

    def _making(self, database: str) -> str:
        return f"CREATE DATABASE {database} TEMPLATE template0"


class MariaDB(Server):
    ends_by = signal.SIGTERM

    def _install(self) -> None:
        install = program("mariadb-install-db", "/usr/bin", "/usr/local/bin")
        (self.folder / "tmp").mkdir(mode=0o777)
        (self.folder / "tmp").chmod(0o777)
        words = ["--no-defaults", f"--datadir={self.folder}/data", f"--tmpdir={self.folder}/tmp"]
        self._run([str(install), *words, "--auth-root-authentication-method=normal", "--skip-test-db"])

    def _command(self) -> Sequence[str]:
        mariadbd = program("mariadbd", "/usr/sbin", "/usr/libexec", "/usr/bin")
        wanted = {
            "datadir": f"{self.folder}/data",
            "tmpdir": f"{self.folder}/tmp",
            "socket": f"{self.folder}/socket",
            "pid-file": f"{self.folder}/pid",
            "innodb-flush-log-at-trx-commit": "0",
            "innodb-flush-method": "nosync",
            "max-connections": str(CONNECTIONS),
        }
        words = [f"--{name}={value}" for name, value in wanted.items()]
        return [str(mariadbd), "--no-defaults", "--skip-networking", *words]

    def url(self, database: str = "") -> str:
        return f"mysql+pymysql://root@localhost/{database or 'mysql'}?unix_socket={self.folder}/socket"

    def _making(self, database: str) -> str:
        return f"CREATE DATABASE {database}"


SERVERS = {"postgresql": PostgreSQL, "mariadb": MariaDB}


@contextmanager
def serving(kind: str) -> Iterator[Server]:
    """A private server; nothing of it is left behind."""
    folder = Path(tempfile.mkdtemp(prefix="govbus-", dir="/tmp"))  # a socket's path must be short
    try:
        server = SERVERS[kind](folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
