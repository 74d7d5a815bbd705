# SPDX-License-Identifier: Apache-2.0
"""
The stores folder of an adapter daemon: what lies in it, and who serves it.

One process serves one folder; a second one is turned away at the door. The stores may be opened
without being that process: `govbus send` puts a message there, and reading commands look into them.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from exchange.edge import spool
from exchange.edge.inbox import Inbox
from exchange.edge.outbox import Outbox
from exchange.edge.owed import Owed, owed
from exchange.edge.settings import AdapterSettings
from exchange.edge.tables import Engine, create, open_engine
from exchange.errors import Retry

DATABASE, LOCK, OUTBOX, INBOX, ADAPTERS = "daemon.db", "daemon.lock", "outbox", "inbox", "adapters"
TROUBLES = "troubles.json"  # what the running daemon's threads wait for, for whoever asks beside it


@dataclass(frozen=True)
class Stores:
    """What lies in the stores folder."""

    folder: Path
    engine: Engine
    outbox: Outbox
    inbox: Inbox
    owed: Owed

    @classmethod
    def open(cls, settings: AdapterSettings) -> Stores:
        """
        Open the stores, or make them.

        Raises:
            StoreDown: EX-902; Retry: EX-506, the folder cannot be made.
        """
        folder = settings.stores.folder
        try:
            spool.make_folders(folder)
        except OSError as e:
            raise Retry("EX-506", what=str(folder), reason=e.strerror) from e
        engine = open_engine(str(folder / DATABASE))
        create(engine, owed)
        outbox, inbox = Outbox(engine, folder / OUTBOX), Inbox(engine, folder / INBOX)
        return cls(folder, engine, outbox, inbox, Owed(engine))


class OneDaemon:
    """
    The lock on a stores folder: held for as long as its daemon lives, whatever ends it.

    Raises:
        Retry: EX-908, another daemon has it.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip() or "?"
            os.close(self._descriptor)
            raise Retry("EX-908", what=str(folder), pid=holder) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        os.close(self._descriptor)


def running_pid(folder: Path) -> int | None:
    """The process that serves the stores in *folder*; None where none does."""
    try:
        OneDaemon(folder).release()
    except Retry as taken:
        found = str(taken.values["pid"])
        return int(found) if found.isdecimal() else 0
    except OSError:  # no folder yet, or not ours to write
        return None
    return None


def known_troubles(folder: Path) -> Mapping[str, str]:
    """What the threads of the daemon that serves *folder* wait for, as it last wrote."""
    try:
        found = json.loads((folder / TROUBLES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(reason) for name, reason in found.items()} if isinstance(found, dict) else {}


def note_troubles(folder: Path, troubles: Mapping[str, str]) -> None:
    """
    Leave word of what the daemon's threads wait for.

    Raises:
        Retry: EX-506, the disk refuses; OSError.
    """
    spool.replace(folder / TROUBLES, json.dumps(troubles, ensure_ascii=False).encode())
