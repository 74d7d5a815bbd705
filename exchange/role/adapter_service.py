# SPDX-License-Identifier: Apache-2.0
"""
An adapter daemon, running: its stores, keys, directory and broker put together from its settings.

One process serves one stores folder; a second one is turned away at the door. The stores may be
opened without the daemon: `govbus send` puts a message there, and reading commands look into them.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from exchange.codec.suite_intl import INTL
from exchange.edge.conversion_process import installed_converters
from exchange.edge.held_directory import HeldDirectory
from exchange.edge.inbox import Inbox
from exchange.edge.installed import make_adapter
from exchange.edge.keystore import load_decryption_keys, load_signer
from exchange.edge.outbox import Outbox
from exchange.edge.owed import Owed, owed
from exchange.edge.rabbit import RabbitBroker
from exchange.edge.seen_heads import SeenHeads
from exchange.edge.settings import AdapterSettings
from exchange.edge.spool import replace
from exchange.edge.tables import Engine, create, open_engine
from exchange.errors import Reject, Retry
from exchange.model.notice import Notice
from exchange.model.route import RoutingTable
from exchange.role.converting import Converting
from exchange.role.daemon import DAY_MS, AdapterDaemon, Habits, Joined
from exchange.role.head_watch import HeadWatch
from exchange.role.submission import Submission
from exchange.role.surroundings import Surroundings, View

log = logging.getLogger("govbus")

DATABASE, LOCK, OUTBOX, INBOX, ADAPTERS = "daemon.db", "daemon.lock", "outbox", "inbox", "adapters"
TROUBLES = "troubles.json"  # what the running daemon's threads wait for, for whoever asks beside it
LOOK_SECONDS = 0.2


def clock() -> datetime:
    """The daemon's time."""
    return datetime.now(UTC)


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
            folder.mkdir(parents=True, exist_ok=True, mode=0o750)
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


class HeldView:
    """What the daemon's roles see of the directory: compiled once a version."""

    def __init__(self, held: HeldDirectory) -> None:
        self._held = held
        self._view = self._compiled()

    def __call__(self) -> View:
        return self._view

    def take(self, notice: Notice) -> None:
        """
        Let the directory that came with *notice* take the place of the held one.

        Raises:
            Reject: EX-2xx, it is not believed; Halt: EX-212, it lists foreign keys under our name.
        """
        before = self._held.trust.directory
        self._held.take(notice.body)
        after = self._held.trust.directory
        if after.rules != before.rules or after.version != before.version:
            log.info("the directory changed", extra={"version": after.version})
        self._view = self._compiled()

    def _compiled(self) -> View:
        trust = self._held.trust
        return View(trust, RoutingTable(trust.directory.rules))


def surroundings(settings: AdapterSettings, view: Callable[[], View]) -> Surroundings:
    """Who the daemon is."""
    signer = load_signer(settings.participant.keys)
    return Surroundings(
        settings.participant.id, signer=signer, suite=INTL, view=view, clock=clock, draw=os.urandom
    )


def submission(settings: AdapterSettings, stores: Stores) -> Submission:
    """The door of the outbox, for a command that sends without being the daemon."""
    view = HeldView(HeldDirectory(settings.trust, settings.participant.keys, clock))
    return Submission(
        stores.outbox,
        surroundings(settings, view),
        default_life_seconds=settings.sending.expires_after_seconds,
        free_bytes_least=settings.stores.disk_threshold_bytes,
    )


class AdapterService:
    """The process of `govbus adapter run`."""

    def __init__(self, settings: AdapterSettings) -> None:
        self._settings = settings
        self.stores = Stores.open(settings)
        self._lock = OneDaemon(self.stores.folder)
        self.view = HeldView(HeldDirectory(settings.trust, settings.participant.keys, clock))
        self._stopped = threading.Event()
        self._troubles: Mapping[str, str] = {}
        b = settings.broker
        broker = RabbitBroker(
            b.urls, ca_file=b.ca, certificate_file=b.certificate, key_file=b.key, name=settings.participant.id
        )
        around = surroundings(settings, self.view)
        self._around = around
        self._watch = HeadWatch(SeenHeads(self.stores.engine), around.now_ms)
        self.daemon = AdapterDaemon(
            around,
            broker=broker,
            outbox=self.stores.outbox,
            inbox=self.stores.inbox,
            owed=self.stores.owed,
            keys=load_decryption_keys(settings.participant.keys),
            applications=[self._joined(name) for name in settings.applications],
            take_directory=self._take,
            cite=lambda: self._watch.cite(around.ledger_head),
            habits=_habits(settings),
        )

    def _joined(self, application: str) -> Joined:
        folder = self.stores.folder / ADAPTERS / application
        adapter = make_adapter(self._settings, application, folder)
        accepts = self._settings.applications[application].accepts
        if not accepts:
            return Joined(application, adapter)
        converting = Converting(accepts, installed_converters(), lang=self._settings.participant.lang)
        return Joined(application, adapter, converting)

    def _take(self, notice: Notice) -> None:
        """A directory came, and with it the hub's proof that its ledger is still the same one."""
        self.view.take(notice)
        try:
            self._around.saw_head(self._watch.judge(notice.head))
        except Reject as alarm:
            facts = {"code": alarm.code, "reason": f"{alarm.text()}; {alarm.hint()}"}
            log.critical("ALARM: the hub's ledger is not the one that was seen before", extra=facts)

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """
        Run until `stop`; *ready* is called once everything works.

        Raises:
            BaseException: whatever ended a thread that must not end.
        """
        try:
            self._write_troubles({})
            self.daemon.start()
            ready()
            while not self._stopped.wait(LOOK_SECONDS) and not self.daemon.ended.is_set():
                self._watch_troubles()
            self.daemon.stop()
            self.daemon.check_failure()
        finally:
            self._lock.release()

    def _watch_troubles(self) -> None:
        found = dict(self.daemon.troubles())
        if found != self._troubles:
            self._write_troubles(found)

    def _write_troubles(self, found: Mapping[str, str]) -> None:
        self._troubles = found
        try:
            replace(self.stores.folder / TROUBLES, json.dumps(found, ensure_ascii=False).encode())
        except (Retry, OSError) as e:  # a full disk is one of the troubles
            log.warning("troubles are not written", extra={"reason": str(e)})

    def stop(self) -> None:
        """Drain and end; may be called from a signal."""
        self._stopped.set()


def _habits(settings: AdapterSettings) -> Habits:
    sending = settings.sending
    return Habits(
        segment_bytes=sending.segment_bytes,
        life_seconds=sending.expires_after_seconds,
        poll_ms=max(1, int(sending.poll_seconds * 1000)),
        disk_threshold_bytes=settings.stores.disk_threshold_bytes,
        keep_ms=settings.retention.messages_days * DAY_MS,
    )
