# SPDX-License-Identifier: Apache-2.0
"""
An adapter daemon, running: its stores, keys, directory and broker put together from its settings.

Owns the life of its process. What happens in it is `exchange.role.daemon`'s.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from exchange.codec.suite_intl import INTL
from exchange.edge import anchor_files
from exchange.edge.allocator import keep_freed_memory
from exchange.edge.broker import Broker
from exchange.edge.conversion_pool import ConversionPool
from exchange.edge.conversion_process import installed_converters, installed_detectors
from exchange.edge.health import Told, serving
from exchange.edge.held_directory import HeldDirectory
from exchange.edge.installed import make_adapter
from exchange.edge.keystore import load_decryption_keys, load_signer
from exchange.edge.metrics import Measure
from exchange.edge.rabbit import RabbitBroker
from exchange.edge.seen_heads import SeenHeads
from exchange.edge.settings import AdapterSettings
from exchange.errors import Reject, Retry
from exchange.model.notice import Notice
from exchange.model.route import RoutingTable
from exchange.role import telling
from exchange.role.converting import Converting, Fidelity
from exchange.role.daemon import DAY_MS, AdapterDaemon, Habits, Joined
from exchange.role.daemon_checkup import Department
from exchange.role.head_watch import HeadWatch
from exchange.role.stores import ADAPTERS, OneDaemon, Stores, note_troubles
from exchange.role.submission import Submission
from exchange.role.surroundings import Surroundings, View
from exchange.texts import Phrase

log = logging.getLogger("govbus")

LOOK_SECONDS = 0.2


def clock() -> datetime:
    """The daemon's time."""
    return datetime.now(UTC)


class HeldView:
    """What the daemon's roles see of the directory: compiled once a version."""

    def __init__(self, held: HeldDirectory) -> None:
        self._held = held
        self._lock = threading.Lock()  # two threads renew it, and the newest must stay
        self._view = self._compiled()

    def __call__(self) -> View:
        return self._view

    def take(self, notice: Notice) -> None:
        """
        Let the directory that came with *notice* take the place of the held one.

        Raises:
            Reject: EX-2xx, it is not believed; Halt: EX-212, it lists foreign keys under our name.
        """
        with self._lock:
            before = self._held.trust.directory
            self._held.take(notice.body)
            after = self._held.trust.directory
            self._view = self._compiled()
        if after.rules != before.rules or after.version != before.version:
            log.info(Phrase("log.directory-changed"), extra={"version": after.version})

    def look(self) -> None:
        """Take up anchors and revocation lists that an operator has put there."""
        with self._lock:
            if self._held.reload_anchors():
                self._view = self._compiled()

    def _compiled(self) -> View:
        trust = self._held.trust
        return View(trust, RoutingTable(trust.directory.rules))


def surroundings(settings: AdapterSettings, view: Callable[[], View]) -> Surroundings:
    """Who the daemon is."""
    signer = load_signer(settings.participant.keys)
    me = settings.participant
    return Surroundings(
        me.id, signer=signer, suite=INTL, view=view, clock=clock, draw=os.urandom, lang=me.lang
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
    """
    The process of `govbus adapter run`.

    broker: the one in the settings, unless another is given.
    """

    def __init__(self, settings: AdapterSettings, *, broker: Broker | None = None) -> None:
        self._settings = settings
        self.stores = Stores.open(settings)
        self._lock = OneDaemon(self.stores.folder)
        self.view = HeldView(HeldDirectory(settings.trust, settings.participant.keys, clock))
        self._stopping = False  # a flag, not an event: a signal may come while an event's lock is held
        self._anchors_looked = time.monotonic()
        self._troubles: Mapping[str, str] = {}
        self.pool = ConversionPool(settings.conversion.workers)
        around = surroundings(settings, self.view)
        self._around = around
        self._watch = HeadWatch(SeenHeads(self.stores.engine), around.now_ms)
        self.daemon = AdapterDaemon(
            around,
            broker=broker or _broker(settings),
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
        wanted = self._settings.applications[application]
        if not wanted.accepts and not wanted.accepts_by_type:
            return Joined(application, adapter)
        converting = Converting(
            wanted.accepts,
            installed_converters(self._settings.conversion.sections),
            by_type=wanted.accepts_by_type,
            allow_lossy=wanted.allow_lossy,
            detectors=installed_detectors(),
            pool=self.pool,
            fidelity=Fidelity(wanted.most_lost, wanted.most_different, wanted.below),
            unconvertible=wanted.unconvertible,
            lang=self._settings.participant.lang,
        )
        return Joined(application, adapter, converting)

    def _take(self, notice: Notice) -> None:
        """A directory came, and with it the hub's proof that its ledger is still the same one."""
        self.view.take(notice)
        try:
            self._around.saw_head(self._watch.judge(notice.head))
        except Reject as alarm:
            hint = Phrase(f"{alarm.code}.hint", alarm.values)
            reason = Phrase("log.and-hint", {"text": Phrase(alarm.code, alarm.values), "hint": hint})
            facts = {"code": alarm.code, "reason": reason}
            log.critical(Phrase("log.foreign-ledger"), extra=facts)

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """
        Run until `stop`; *ready* is called once everything works.

        Raises:
            BaseException: whatever ended a thread that must not end.
        """
        settings = self._settings
        keep_freed_memory()
        try:
            self._note({})
            with serving(settings.health.address, self._told(), file=str(settings.file)):
                self.daemon.start()
                ready()
                while not self._stopping and not self.daemon.ended.wait(LOOK_SECONDS):
                    self._look()
                self.daemon.stop()
            self.daemon.check_failure()
        finally:
            self.pool.close()
            self._lock.release()

    def stop(self) -> None:
        """Drain and end; may be called from a signal."""
        self._stopping = True

    # ---- what it says of itself

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._anchors_looked >= anchor_files.LOOK_SECONDS:
            self._anchors_looked = now
            self.view.look()
        found = dict(self.daemon.troubles())
        if found != self._troubles:
            self._note(found)

    def _note(self, troubles: Mapping[str, str]) -> None:
        self._troubles = troubles
        try:
            note_troubles(self.stores.folder, troubles)
        except (Retry, OSError) as e:  # a full disk is one of the troubles
            log.warning(Phrase("log.troubles-not-noted"), extra={"reason": e})

    def _told(self) -> Told:
        me = self._settings.participant
        department = Department(
            self._settings,
            clock=clock,
            open_stores=lambda: self.stores,
            trust=lambda: self.view().trust,
            pid=os.getpid,
            troubles=self.daemon.troubles,
        )
        lines = telling.lines(department.questions, me.lang)
        return Told(me.id, me.lang, lines, lambda: list(self._measures(department)))

    def _measures(self, department: Department) -> Iterator[Measure]:
        directory, at = self.view().trust.directory, clock()
        me, free = self._settings.participant.id, department.free_bytes()
        yield from telling.of_either(me, directory, own=department.own(), free_bytes=free, at=at)
        troubles = len(self.daemon.troubles())
        yield from telling.of_daemon(department.backlog, department.heads, troubles=troubles, at=at)


def _broker(settings: AdapterSettings) -> RabbitBroker:
    b, me = settings.broker, settings.participant.id
    return RabbitBroker(b.urls, ca_file=b.ca, certificate_file=b.certificate, key_file=b.key, name=me)


def _habits(settings: AdapterSettings) -> Habits:
    sending = settings.sending
    return Habits(
        segment_bytes=sending.segment_bytes,
        life_seconds=sending.expires_after_seconds,
        unforwarded_bytes=sending.unforwarded_bytes,
        poll_ms=max(1, int(sending.poll_seconds * 1000)),
        disk_threshold_bytes=settings.stores.disk_threshold_bytes,
        spool_bytes=settings.stores.spool_bytes,
        keep_ms=settings.retention.messages_days * DAY_MS,
        keep_messages=settings.retention.most_messages,
    )
