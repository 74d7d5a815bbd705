# SPDX-License-Identifier: Apache-2.0
"""
A city in memory: a hub and daemons on a memory broker, one step at a time.

Tests move it on with `settle`, make parts of it crash with a checkpoint that raises, and build the
crashed part again from what was durable.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric import ec

from exchange import Adapter, Content, Delivery, Outgoing, Retry, Settled
from exchange.codec.suite_intl import INTL, IntlPrivateKey, IntlSigner
from exchange.edge.anchors import Anchors
from exchange.edge.authority import Authority
from exchange.edge.broker import Bell
from exchange.edge.dead_letters import DeadLetters
from exchange.edge.hub_store import HubStore
from exchange.edge.inbox import Inbox
from exchange.edge.lease import Lease, create_lease
from exchange.edge.ledger import Ledger
from exchange.edge.memory import MemoryBroker, MemoryNode
from exchange.edge.outbox import Outbox, transfer_of
from exchange.edge.owed import Owed, owed
from exchange.edge.tables import create, open_engine
from exchange.edge.trust import Trust
from exchange.model import topology
from exchange.model.digest import sha256
from exchange.model.directory import Certificate, Directory, EncryptionKey, Participant, Standing
from exchange.model.identity import credit_check_character
from exchange.model.receipt import HUB
from exchange.model.route import RoutingTable
from exchange.model.rule import Rule
from exchange.role.answers import Answers
from exchange.role.desk import Desk
from exchange.role.handover import Convert, Handover
from exchange.role.hub import Worker
from exchange.role.inbound import Inbound
from exchange.role.janitor import Janitor
from exchange.role.lane import Lane
from exchange.role.outbound import Outbound
from exchange.role.posting import Posting
from exchange.role.preparing import Start, at_once
from exchange.role.sealing import Sealing
from exchange.role.sequencer import Sequencer
from exchange.role.settling import Settling
from exchange.role.submission import Submission
from exchange.role.surroundings import Surroundings, View

Checkpoint = Callable[[str], None]
START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
OFFICE, FINANCE, CIVIL = "440500.office", "440500.finance", "440500.civil-affairs"
FILES = "files"


class Crash(BaseException):
    """The power goes out here: nothing catches it."""


class Clock:
    """The city's time: it moves when a test says so, and a millisecond at every look."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Party:
    """One participant's (or the hub's) keys."""

    id: str
    signer: IntlSigner
    decryption: IntlPrivateKey
    listed: Participant


def make_party(name: str, authority: Authority, *, grants: Iterable[str] = ()) -> Party:
    key = ec.generate_private_key(ec.SECP256R1())
    der = authority.issue(key.public_key(), name, at=START)
    return party_of(name, key, der, IntlPrivateKey(os.urandom(32)), grants=grants)


def party_of(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    der: bytes,
    decryption: IntlPrivateKey,
    *,
    grants: Iterable[str] = (),
) -> Party:
    """The party that has these keys and the certificate *der*."""
    code = f"11{name[:6] if name != HUB else '440500'}{abs(hash(name)) % 10**9:09d}"
    participant = Participant(
        id=name,
        name=name,
        credit_code=code + credit_check_character(code),
        suite="intl-1",
        certificates=(Certificate(sha256(der), der, START - timedelta(days=1), START + timedelta(days=700)),),
        encryption_keys=(EncryptionKey(decryption.public_raw, START),),
        standing=Standing.ACTIVE,
        grants=frozenset(grants),
    )
    return Party(name, IntlSigner(key, sha256(der)), decryption, participant)


class Recorder(Adapter):
    """An application that remembers what it got, by message id, and what it was told."""

    name = "recorder"

    def __init__(self) -> None:
        super().__init__(Adapter.Settings())
        self.got: dict[str, tuple[Delivery, dict[str, bytes]]] = {}
        self.calls = 0
        self.told: list[Settled] = []
        self.refuse: BaseException | None = None

    def deliver(self, delivery: Delivery) -> None:
        self.calls += 1
        if self.refuse is not None:
            raise self.refuse
        contents = {}
        for part in delivery.parts:
            with part.open() as reading:
                contents[part.name] = reading.read()
        self.got.setdefault(delivery.message_id, (delivery, contents))


@dataclass
class Daemon:
    """One participant's daemon, built from its folder; building it again is a restart."""

    outbox: Outbox
    inbox: Inbox
    submission: Submission
    sealing: Sealing
    outbound: Outbound
    inbound: Inbound
    posting: Posting
    handovers: list[Handover]
    broker: MemoryBroker
    around: Surroundings
    asked: list[int] = field(default_factory=list)

    def step(self) -> bool:
        moved = False
        if claimed := self.outbox.claimed(16):
            sealed = [self.sealing.seal(one) for one in claimed]
            with self.outbox.writing() as connection:
                self.outbox.seal(connection, sealed, self.around.now_ms())
            self.outbound.look()
            moved = True
        moved |= self.outbound.step()
        moved |= self.inbound.step()
        for handover in self.handovers:
            moved |= handover.step()
        moved |= self.posting.collect()
        if not moved:
            self.posting.flush()
        return moved

    def send(self, *things: Outgoing, application: str = FILES) -> list[str]:
        """Claim and seal in one commit, as the daemon does for small things."""
        transfers = []

        def seal(connection: object, claimed: Sequence[object]) -> None:
            small = [c for c in claimed if c.payload is not None]  # type: ignore[attr-defined]
            sealed = [self.sealing.seal(c) for c in small]  # type: ignore[arg-type]
            if sealed:
                self.outbox.seal(connection, sealed, self.around.now_ms())  # type: ignore[arg-type]
            transfers.extend(transfer_of(c, s) for c, s in zip(small, sealed, strict=True))  # type: ignore[arg-type]

        taken, _ = self.submission.take(application, things, also=seal)  # type: ignore[arg-type]
        self.outbound.send(transfers)
        return [one.message_id for one in taken]

    def states(self, message_id: str) -> dict[str, str]:
        return self.outbox.delivery_states(message_id)

    def stop(self) -> None:
        self.broker.close()
        self.inbound.close()


@dataclass(frozen=True)
class Cast:
    """Who is in a city, the hub included, with their keys: given to another one, it has the same people."""

    authority: Authority
    parties: Mapping[str, Party]

    @classmethod
    def make(cls, folder: Path, grants: Mapping[str, Sequence[str]]) -> Cast:
        """Participants with their *grants*; the authority's key lies in *folder*."""
        authority = Authority.make(folder, "city", at=START)
        parties = {name: make_party(name, authority, grants=some) for name, some in grants.items()}
        return cls(authority, parties | {HUB: make_party(HUB, authority)})


class City:
    """A hub and three offices."""

    def __init__(
        self,
        folder: Path,
        *,
        rules: Sequence[Rule] | None = None,
        segment_bytes: int = 64 * 1024,
        cast: Cast | None = None,
        node: MemoryNode | None = None,
    ) -> None:
        self.folder = folder
        self.clock = Clock()
        self.node = node or MemoryNode()
        self.segment_bytes = segment_bytes
        folder.mkdir(parents=True, exist_ok=True)
        cast = cast or Cast.make(folder / "ca", {OFFICE: ("flash", "urgent"), FINANCE: (), CIVIL: ()})
        self.authority = cast.authority
        self.anchors = Anchors.of([cast.authority.certificate])
        self.parties = dict(cast.parties)
        names = [name for name in cast.parties if name != HUB]
        self.rules = tuple(rules if rules is not None else (Rule(id="all", type="*", to="*"),))
        self.version = 1
        self.recorders = {name: Recorder() for name in names}
        self._declare(names)
        self.workers: dict[int, Worker] = {}
        self.daemons: dict[str, Daemon] = {}
        self._hub_brokers: dict[int, MemoryBroker] = {}
        self.refresh()
        self.start_worker()
        self._start_janitor()
        for name in names:
            self.start_daemon(name)

    def _declare(self, names: Iterable[str]) -> None:
        broker = MemoryBroker(self.node)
        broker.declare(topology.hub_exchanges(), topology.hub_queues())
        for name in names:
            broker.declare(
                [topology.participant_exchange(name)],
                topology.participant_queues(name),
                topology.ingress_bindings(name),
            )

    def refresh(self) -> None:
        """Make the current directory from parties and rules."""
        directory = Directory(
            version=self.version,
            issued=START,
            expires=START + timedelta(days=30),
            participants=MappingProxyType({name: p.listed for name, p in self.parties.items()}),
            rules=self.rules,
            routing_version=self.version,
        )
        self.view = View(Trust(directory, self.anchors, self.clock), RoutingTable(self.rules))

    def _around(self, name: str, view: Callable[[], View] | None = None) -> Surroundings:
        signer = self.parties[name].signer
        return Surroundings(
            name,
            signer=signer,
            suite=INTL,
            view=view or (lambda: self.view),
            clock=self.clock,
            draw=os.urandom,
        )

    # ---- the hub

    def start_worker(self, number: int = 0, checkpoint: Checkpoint = lambda _step: None) -> Worker:
        engine = open_engine(str(self.folder / "hub.db"))
        create(engine, owed)
        store, ledger = HubStore(engine), Ledger(engine)
        ledger.create()
        broker, bell = MemoryBroker(self.node), Bell()
        around = self._around(HUB)
        express, freight = broker.publisher(bell), broker.publisher(bell)
        self.hub_store, self.ledger, self.hub_around = store, ledger, around
        self._hub_brokers[number] = broker
        self.workers[number] = Worker(
            store,
            ledger,
            Posting(Owed(engine), around, express=express, freight=freight),
            around,
            express=(
                Lane(lambda: broker.intake([topology.hub_queue(p) for p in topology.EXPRESS], bell)),
                express,
            ),
            freight=(
                Lane(lambda: broker.intake([topology.hub_queue(p) for p in topology.FREIGHT], bell)),
                freight,
            ),
            bell=bell,
            desk=Desk(store, around, view_for=lambda _who: b"", proof_since=lambda _head: ""),
            checkpoint=checkpoint,
        )
        return self.workers[number]

    def _start_janitor(self) -> None:
        engine = self.hub_store.engine
        create_lease(engine)
        self.dead = DeadLetters(engine)
        self.janitor = self.make_janitor()
        lease = Lease(engine, "sequencer", holder="city")
        signer = self.parties[HUB].signer
        self.sequencer = Sequencer(
            self.ledger, lease, signer=signer, clock=self.clock, elapsed=time.monotonic
        )

    def make_janitor(self) -> Janitor:
        """That of one hub more."""
        broker, bell = MemoryBroker(self.node), Bell()
        publisher = broker.publisher(bell)
        return Janitor(
            self.hub_store,
            self.ledger,
            self.dead,
            self.hub_around,
            broker=broker,
            drain=Lane(lambda: broker.intake([topology.DEAD], bell)),
            posting=Posting(
                Owed(self.hub_store.engine), self.hub_around, express=publisher, freight=publisher
            ),
            desk=Desk(
                self.hub_store, self.hub_around, view_for=lambda _who: b"", proof_since=lambda _head: ""
            ),
            watch_ms=200_000,
        )

    def suspend(self, name: str) -> None:
        """The hub no longer believes *name*."""
        party = self.parties[name]
        party.listed = replace(party.listed, standing=Standing.SUSPENDED)
        self.version += 1
        self.refresh()

    def resume(self, name: str) -> None:
        """The hub believes *name* again."""
        party = self.parties[name]
        party.listed = replace(party.listed, standing=Standing.ACTIVE)
        self.version += 1
        self.refresh()

    def limit(self, name: str, **limits: int) -> None:
        """Give *name* limits of its own."""
        party = self.parties[name]
        party.listed = replace(party.listed, limits=limits)
        self.version += 1
        self.refresh()

    def kill_worker(self, number: int = 0) -> None:
        """Its consumers are gone; what was not settled comes again."""
        del self.workers[number]
        self._hub_brokers.pop(number).close()

    # ---- the daemons

    def start_daemon(
        self,
        name: str,
        checkpoint: Checkpoint = lambda _step: None,
        *,
        view: Callable[[], View] | None = None,
        convert: Convert | None = None,
        start: Start = at_once,
        ready: Callable[[], None] = lambda: None,
    ) -> Daemon:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        engine = open_engine(str(folder / "daemon.db"))
        create(engine, owed)
        around = self._around(name, view)
        outbox, inbox = Outbox(engine, folder / "outbox"), Inbox(engine, folder / "inbox")
        broker, bell = MemoryBroker(self.node), Bell()
        express, freight = broker.publisher(bell), broker.publisher(bell)
        posting = Posting(Owed(engine), around, express=express, freight=freight)
        outbound = Outbound(
            outbox, around, express=express, freight=freight, bell=bell, checkpoint=checkpoint
        )
        asked: list[int] = []
        keys = (self.parties[name].decryption,)
        settling = Settling(
            outbox,
            around,
            outbound,
            keys=keys,
            directory_moved=asked.append,
            directory_came=lambda _notice: None,
            checkpoint=checkpoint,
        )
        answers = Answers(inbox, around)
        queues = [
            [topology.egress_queue(name, p) for p in group] for group in (topology.EXPRESS, topology.FREIGHT)
        ]
        inbound = Inbound(
            inbox,
            around,
            lanes=[Lane(lambda group=group: broker.intake(group, bell)) for group in queues],
            posting=posting,
            settling=settling,
            answers=answers,
            keys=keys,
            applications=frozenset({FILES}),
            whole=lambda _applications: None,
            checkpoint=checkpoint,
        )
        handover = Handover(
            inbox,
            around,
            self.recorders[name],
            application=FILES,
            posting=posting,
            answers=answers,
            convert=convert,
            start=start,
            ready=ready,
            checkpoint=checkpoint,
        )
        self.daemons[name] = Daemon(
            outbox,
            inbox,
            Submission(outbox, around),
            Sealing(around, outbox.place, segment_bytes=self.segment_bytes),
            outbound,
            inbound,
            posting,
            [handover],
            broker,
            around,
            asked,
        )
        return self.daemons[name]

    def kill_daemon(self, name: str) -> None:
        self.daemons.pop(name).stop()

    # ---- time

    def step(self) -> bool:
        moved = False
        for part in [*self.workers.values(), *self.daemons.values()]:
            try:
                moved |= part.step()
            except Retry:  # as `role.loop` does: later again
                moved = True
        return moved

    def settle(self, most: int = 2000) -> None:
        """Move on until nothing moves any more."""
        quiet = 0
        for _ in range(most):
            quiet = 0 if self.step() else quiet + 1
            self.clock.pass_(0.15)
            if quiet >= 4:
                return
        raise AssertionError(f"the city did not come to rest in {most} steps")

    def recover(self) -> None:
        """Publish what was promised and never confirmed, as the janitors do."""
        self.clock.pass_(30)
        for part in [*self.workers.values(), *self.daemons.values()]:
            part.posting.repost()


def text(number: int = 0, **more: object) -> Outgoing:
    """A small message from one office to another."""
    fields: dict[str, object] = {
        "key": f"k{number}",
        "type": "document.official.v1",
        "parts": [Content("正文.txt", f"第{number}号".encode(), "text/plain")],
        "to": [f"{FINANCE}/{FILES}"],
    }
    return Outgoing(**(fields | more))  # type: ignore[arg-type]
