# SPDX-License-Identifier: Apache-2.0
"""
A hub, running: worker processes, and beside them the sequencer, the janitor and the doorkeeper.

Each worker is a process of its own, so that they share nothing but the database and the broker.
A worker that dies is started again; what it had taken comes again from the queues.
"""

from __future__ import annotations

import functools
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.context import SpawnProcess
from pathlib import Path

from exchange.codec.suite_intl import INTL
from exchange.edge import logs, spool
from exchange.edge.allocator import keep_freed_memory
from exchange.edge.anchor_files import AnchorFiles
from exchange.edge.broker import Bell
from exchange.edge.broker_admin import administration
from exchange.edge.dead_letters import DeadLetters
from exchange.edge.health import Told, serving
from exchange.edge.hub_store import HubStore
from exchange.edge.keystore import load_signer
from exchange.edge.lease import Lease, create_lease
from exchange.edge.ledger import Ledger
from exchange.edge.owed import Owed, owed
from exchange.edge.rabbit import RabbitBroker
from exchange.edge.registry import Registry
from exchange.edge.routing_store import RoutingStore
from exchange.edge.settings import HubSettings, load_hub
from exchange.edge.tables import create, open_engine
from exchange.errors import Retry
from exchange.model import topology
from exchange.model.receipt import HUB
from exchange.role import telling
from exchange.role.crew import Crew
from exchange.role.desk import Desk
from exchange.role.hub import Worker
from exchange.role.hub_telling import HubTelling
from exchange.role.hub_view import Documents, HubView
from exchange.role.janitor import DAY_MS, Janitor
from exchange.role.lane import Lane
from exchange.role.logins import Doorkeeper
from exchange.role.loop import Loop
from exchange.role.posting import Posting
from exchange.role.sequencer import Sequencer
from exchange.role.surroundings import Surroundings
from exchange.texts import Phrase, Size

log = logging.getLogger("govbus")

HEAD_SECONDS = 0.5  # how often a worker looks for a newer ledger head to put into receipts
LOOK_SECONDS = 0.25  # how often a process looks whether it is told to end
START_SECONDS = 0.05  # the same while it starts
WORKER_END_SECONDS = 25.0
DOORS_SECONDS = 1.0  # between two looks for changes of who may log in


def clock() -> datetime:
    """The hub's time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class HubParts:
    """What every hub process opens."""

    settings: HubSettings
    store: HubStore
    ledger: Ledger
    owed: Owed
    dead: DeadLetters
    registry: Registry
    routing: RoutingStore
    around: Surroundings
    desk: Desk

    @classmethod
    def open(cls, settings: HubSettings) -> HubParts:
        """
        Open database, keys and directory.

        Raises:
            StoreDown: EX-902; Halt: EX-904, a file is missing.
        """
        engine = open_engine(settings.database_url)
        create(engine, owed)
        create_lease(engine)
        ledger = Ledger(engine)
        ledger.create()
        routing = RoutingStore(engine, clock)
        registry = Registry(engine, clock, ledger=ledger, routes=routing)
        registry.create()
        signer = load_signer(settings.hub.keys)
        anchors = AnchorFiles(settings.trust.anchors, settings.trust.crl)
        view = HubView(
            registry,
            routing,
            anchors.current,
            clock=clock,
            elapsed=time.monotonic,
            newer_anchors=anchors.newer,
        )
        lang = settings.hub.lang
        around = Surroundings(
            HUB,
            signer=signer,
            suite=INTL,
            view=view,
            clock=clock,
            draw=os.urandom,
            lang=lang,
            look=view.look,
        )
        store = HubStore(engine)
        documents = Documents(registry, ledger, signer)
        desk = Desk(store, around, view_for=documents.view_for, proof_since=documents.proof_since)
        return cls(
            settings, store, ledger, Owed(engine), DeadLetters(engine), registry, routing, around, desk
        )

    def broker(self, name: str) -> RabbitBroker:
        b = self.settings.broker
        return RabbitBroker(b.urls, ca_file=b.ca, certificate_file=b.certificate, key_file=b.key, name=name)

    def lease(self, name: str) -> Lease:
        return Lease(self.store.engine, name, holder=f"{os.uname().nodename} pid {os.getpid()}")


class WorkerService:
    """One worker, with its connections and its thread."""

    def __init__(self, parts: HubParts, *, failed: Callable[[str, BaseException], None]) -> None:
        self._parts = parts
        self._broker = parts.broker("hub worker")
        bell = Bell()
        express, freight = self._broker.publisher(bell), self._broker.publisher(bell)
        queues = [[topology.hub_queue(p) for p in group] for group in (topology.EXPRESS, topology.FREIGHT)]
        self.worker = Worker(
            parts.store,
            parts.ledger,
            Posting(parts.owed, parts.around, express=express, freight=freight),
            parts.around,
            express=(Lane(lambda: self._broker.intake(queues[0], bell)), express),
            freight=(Lane(lambda: self._broker.intake(queues[1], bell)), freight),
            bell=bell,
            desk=parts.desk,
            limits=parts.settings.limits,
            express_bytes_a_second=parts.settings.watch.express_bytes_a_second,
        )
        self._head_at = 0.0
        self.loop = Loop("worker", self._step, bell=bell, failed=failed)

    def _step(self) -> bool:
        try:
            self._look_around()
        except Retry:
            self.worker.drop()  # others may be able to work
            raise
        return self.worker.step()

    def _look_around(self) -> None:
        now = time.monotonic()
        if now - self._head_at >= HEAD_SECONDS:
            self._head_at = now
            head = self._parts.ledger.head()
            self._parts.around.saw_head(head.head if head else None)
            self._check_room()

    def _check_room(self) -> None:
        """
        Admit nothing while the hub's disk is nearly full; what waits, waits in the queues and outboxes.

        Raises:
            Retry: EX-505.
        """
        settings = self._parts.settings
        free, limit = spool.free_bytes(settings.hub.folder), settings.watch.disk_threshold_bytes
        if free < limit:
            self._head_at = 0.0
            raise Retry("EX-505", after_seconds=10.0, what="the hub", found=Size(free), limit=Size(limit))

    def is_consuming(self) -> bool:
        """Whether it takes what comes, in every class."""
        return self.worker.is_consuming()

    def stop(self) -> None:
        """Take nothing more, finish what is in the air."""
        self.loop.stop()
        self.loop.join(20.0)
        self.worker.close()
        self._broker.close()


def run_worker(config: Path, parent: int, takes: Callable[[], None] = lambda: None) -> None:
    """
    The whole life of a worker process; ends on SIGTERM, or with process *parent*, which started it.

    takes: called once the broker delivers to it from every class.
    """
    keep_freed_memory()
    logs.set_up()
    settings = load_hub(config)
    logs.set_up(lang=settings.hub.lang)
    ended = threading.Event()
    failure: list[BaseException] = []
    told_to_end: list[int] = []  # not an event: a signal may come while an event's lock is held

    def failed(name: str, error: BaseException) -> None:
        log.error(Phrase("log.ended", {"name": name}), exc_info=error)
        failure.append(error)
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: told_to_end.append(number))
    service = WorkerService(HubParts.open(settings), failed=failed)
    service.loop.start()
    taking = False
    while not ended.wait(LOOK_SECONDS if taking else START_SECONDS) and not told_to_end:
        if os.getppid() != parent:
            break
        if not taking and (taking := service.is_consuming()):
            takes()
    service.stop()
    if failure:
        raise failure[0]


class WorkerProcess(SpawnProcess):
    """
    A worker, seen from the main process.

    Spawned, not forked: threads, connections and locks of this process must not be copied.
    """

    def __init__(self, config: Path) -> None:
        self._ear, self._mouth = multiprocessing.Pipe(duplex=False)
        self._has_said = False
        say_so = functools.partial(self._mouth.send_bytes, b"takes")
        arguments = (config, os.getpid(), say_so)
        super().__init__(target=run_worker, args=arguments, name="govbus-worker", daemon=True)

    def start(self) -> None:
        super().start()
        self._mouth.close()  # the worker has its own

    def takes(self) -> bool:
        """Whether the broker has begun to deliver to it."""
        if not self._has_said and self._ear.poll():
            try:
                self._has_said = bool(self._ear.recv_bytes())
            except EOFError:  # it ended without a word
                return False
        return self._has_said


class HubService:
    """The main process of `govbus hub run`."""

    def __init__(self, config: Path, workers: int) -> None:
        self._config = config
        self._wanted = workers
        self._crew = Crew(self._spawn, workers, elapsed=time.monotonic)
        self._parts = HubParts.open(load_hub(config))
        self._broker = self._parts.broker("hub janitor")
        self.ended = threading.Event()
        self._stop_sequencer = threading.Event()
        self._failure: BaseException | None = None
        self._stopping = False  # a flag, not an event: a signal may come while an event's lock is held
        self._janitor = self._make_janitor()
        self._doorkeeper = self._make_doorkeeper()

    def _make_janitor(self) -> Loop:
        parts, settings = self._parts, self._parts.settings
        bell = Bell()
        publisher = self._broker.publisher(bell)
        lease = parts.lease("janitor")
        janitor = Janitor(
            parts.store,
            parts.ledger,
            parts.dead,
            parts.around,
            broker=self._broker,
            drain=Lane(lambda: self._broker.intake([topology.DEAD], bell)),
            posting=Posting(parts.owed, parts.around, express=publisher, freight=publisher),
            desk=parts.desk,
            holds_lease=lambda: lease.hold() is not None,
            watch_ms=int(settings.watch.resend_seconds * 1000),
            keep_ms=settings.retention.messages_days * DAY_MS,
            keep_dead_ms=settings.retention.dead_days * DAY_MS,
            rows_a_round=settings.retention.rows_a_round,
        )
        return Loop("janitor", janitor.step, bell=bell, failed=self._failed, quiet_seconds=0.25)

    def _make_doorkeeper(self) -> Loop | None:
        """None where the settings name no administration of the broker."""
        admin, registry = administration(self._parts.settings), self._parts.registry
        if admin is None:
            return None
        keeper = Doorkeeper(admin, version=registry.version, directory=registry.directory, clock=clock)
        return Loop("doorkeeper", keeper.step, bell=Bell(), failed=self._failed, quiet_seconds=DOORS_SECONDS)

    def _failed(self, name: str, error: BaseException) -> None:
        log.error(Phrase("log.ended", {"name": name}), exc_info=error)
        self._failure = self._failure or error
        self.ended.set()

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """
        Run until `stop`; *ready* is called once all workers take what comes.

        Raises:
            BaseException: whatever ended a thread that must not end.
        """
        keep_freed_memory()
        parts = self._parts
        sequencer = Sequencer(
            parts.ledger,
            parts.lease("sequencer"),
            signer=parts.around.signer,
            clock=clock,
            elapsed=time.monotonic,
        )
        thread = threading.Thread(target=self._sequence, args=(sequencer,), name="sequencer", daemon=True)
        settings = parts.settings
        with serving(settings.health.address, self._told(), file=str(settings.file)):
            thread.start()
            for loop in self._loops:
                loop.start()
            self._crew.start()
            is_ready = False
            while not self._stopping and not self.ended.wait(LOOK_SECONDS if is_ready else START_SECONDS):
                self._crew.look()
                if not is_ready and (is_ready := self._crew.takes()):
                    ready()
            self._drain(thread)
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Drain and end; may be called from a signal."""
        self._stopping = True

    @property
    def _loops(self) -> list[Loop]:
        return [self._janitor] if self._doorkeeper is None else [self._janitor, self._doorkeeper]

    def _told(self) -> Told:
        told = HubTelling(
            self._parts,
            clock=clock,
            workers=lambda: self._crew.alive,
            wanted=self._wanted,
            trouble=lambda: self._janitor.trouble,
        )
        lang = self._parts.settings.hub.lang
        return Told(HUB, lang, telling.lines(told.questions, lang, at_hub=True), told.measures)

    def _sequence(self, sequencer: Sequencer) -> None:
        try:
            sequencer.run(self._stop_sequencer)
        except BaseException as e:  # noqa: BLE001  the settlement of a thread: its process must hear of it
            self._failed("sequencer", e)

    def _spawn(self) -> WorkerProcess:
        process = WorkerProcess(self._config)
        process.start()
        return process

    def _drain(self, sequencer: threading.Thread) -> None:
        self._crew.end(WORKER_END_SECONDS)
        for loop in self._loops:
            loop.stop()
        self._janitor.join(10.0)
        self._stop_sequencer.set()
        sequencer.join(5.0)
        self._broker.close()
