# SPDX-License-Identifier: Apache-2.0
"""
A hub and departments in folders, enrolled as on the command line, on a broker in memory.

Their configuration files are the real ones, so every command works on them; their threads run in
this process. What needs a broker of its own is tested on the real one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TypeVar

from cli.main import main
from exchange.edge.anchors import Anchors, to_pem
from exchange.edge.authority import Authority
from exchange.edge.broker import Bell
from exchange.edge.daemon_messages import DaemonMessages
from exchange.edge.lease import Lease
from exchange.edge.memory import MemoryBroker, MemoryNode
from exchange.edge.queries import FoundMessage
from exchange.edge.routing_store import RoutingStore
from exchange.edge.settings import load_adapter
from exchange.edge.tables import Engine, open_engine
from exchange.model import topology
from exchange.model.rule import Rule
from exchange.role import founding, joining
from exchange.role.adapter_service import AdapterService
from exchange.role.enrollment import BrokerAddresses, Enrollment
from exchange.role.founding import Wanted
from exchange.role.hub_service import HubParts, WorkerService
from exchange.role.janitor import DAY_MS, Janitor
from exchange.role.lane import Lane
from exchange.role.loop import Loop
from exchange.role.posting import Posting
from exchange.role.sequencer import Sequencer
from tests.administrations import Administration
from tests.identities import credit_code

FINANCE, CIVIL = "440500.finance", "440500.civil-affairs"
FILES = "files"
AT_CIVIL = f"{CIVIL}/{FILES}"
TYPE = "document.file.v1"
PATIENCE_SECONDS = 120.0  # of a machine that has much else to do
T = TypeVar("T")


def now() -> datetime:
    return datetime.now(UTC)


def eventually(condition: Callable[[], T]) -> T:
    """What *condition* gives, once it gives something."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.02)
    return found


class MemoryParts(HubParts):
    """What a hub process opens, on a broker in memory."""

    node: MemoryNode

    def broker(self, name: str) -> MemoryBroker:  # type: ignore[override]
        return MemoryBroker(self.node)


def said(*words: object, code: int = 0) -> str:
    """What a command that ends with *code* prints as its result."""
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        ended = main([str(word) for word in words])
    assert ended == code, err.getvalue()
    return out.getvalue()


@dataclass
class District:
    """A hub with its departments; nothing runs until it is told to."""

    folder: Path
    node: MemoryNode = field(default_factory=MemoryNode)
    administration: Administration = field(default_factory=Administration)

    def __post_init__(self) -> None:
        authority = Authority.make(self.folder / "broker", "broker", at=now())
        wanted = Wanted("the hub", ("amqps://127.0.0.1:1/govbus",), to_pem((authority.certificate,)))
        founded = founding.found(self.folder / "hub", wanted, at=now())
        self.settings = founded.settings
        self.engine: Engine = open_engine(self.settings.database_url)
        self.parts = self._parts()
        self.office = Enrollment(
            self.parts.registry,
            identity=founded.identity,
            authority=Authority.load(self.settings.hub.authority),
            anchors=Anchors.load(self.settings.trust.anchors),
            broker=MemoryBroker(self.node),
            admin=self.administration,
            addresses=BrokerAddresses(wanted.broker_urls, (authority.certificate,)),
            clock=now,
        )
        self.office.establish_hub(wanted.name)

    def _parts(self) -> MemoryParts:
        """What a process of its own would open: the view of the directory is looked up by one thread."""
        parts = MemoryParts.open(self.settings)
        object.__setattr__(parts, "node", self.node)
        return parts

    @property
    def hub_config(self) -> Path:
        return self.settings.file

    def config(self, who: str = FINANCE) -> Path:
        return self.folder / who / "adapter.toml"

    def inbox_files(self, who: str = CIVIL) -> list[Path]:
        """What is in a department's hot folder, in/."""
        found = (self.folder / who / "files" / "in").glob("*")
        return sorted(path for path in found if path.is_file())

    # ---- setting up

    def enrol(self, *names: str, grants: Sequence[str] = ()) -> None:
        for number, who in enumerate(names, 1):
            folder = self.folder / who
            asked = joining.ask(
                folder, participant=who, name="财政局", credit_code=credit_code(number), at=now()
            )
            grant = self.office.approve(self.office.examine(asked.path.read_bytes()), grants=grants)
            joining.accept(folder, joining.examine_grant(folder, grant, at=now()))

    def route(self, *rules: Rule) -> None:
        RoutingStore(self.engine, now).import_table(iter(rules), author="a test")

    # ---- running

    @contextmanager
    def running(self, *names: str) -> Iterator[dict[str, AdapterService]]:
        """The hub's worker, its sequencer and these departments' daemons, for the length of the block."""
        with self.hub_running():
            services = {who: self._service(who) for who in names}
            threads = [threading.Thread(target=service.run) for service in services.values()]
            for thread in threads:
                thread.start()
            try:
                yield services
            finally:
                for service in services.values():
                    service.stop()
                for thread in threads:
                    thread.join(PATIENCE_SECONDS)

    def _service(self, who: str) -> AdapterService:
        return AdapterService(load_adapter(self.config(who)), broker=MemoryBroker(self.node))

    @contextmanager
    def hub_running(self) -> Iterator[WorkerService]:
        failures: list[BaseException] = []

        def failed(_name: str, error: BaseException) -> None:
            failures.append(error)

        worker = WorkerService(self._parts(), failed=failed)
        bell = Bell()
        janitor = Loop("janitor", self._janitor(bell).step, bell=bell, failed=failed)
        for loop in (worker.loop, janitor):
            loop.start()
        try:
            yield worker
        finally:
            janitor.stop()
            janitor.join(PATIENCE_SECONDS)
            worker.stop()
            assert failures == []

    def _janitor(self, bell: Bell) -> Janitor:
        parts, broker = self._parts(), MemoryBroker(self.node)
        publisher = broker.publisher(bell)
        return Janitor(
            parts.store,
            parts.ledger,
            parts.dead,
            parts.around,
            broker=broker,
            drain=Lane(lambda: broker.intake([topology.DEAD], bell)),
            posting=Posting(parts.owed, parts.around, express=publisher, freight=publisher),
            desk=parts.desk,
            holds_lease=lambda: True,
            watch_ms=60_000,
            keep_ms=365 * DAY_MS,
            keep_dead_ms=365 * DAY_MS,
        )

    def number_entries(self) -> None:
        """What a sequencer would do by and by: number the ledger's entries and sign a head."""
        Sequencer(
            self.parts.ledger,
            Lease(self.engine, "sequencer", holder="a test"),
            signer=self.parts.around.signer,
            clock=now,
            elapsed=time.monotonic,
        ).step()

    # ---- looking

    def messages(self, who: str = FINANCE) -> DaemonMessages:
        settings = load_adapter(self.config(who))
        return DaemonMessages(open_engine(str(settings.stores.folder / "daemon.db")), who)

    def final(self, message_id: str, who: str = FINANCE) -> FoundMessage:
        """A message of *who*, once it is over."""
        messages = self.messages(who)

        def over() -> Sequence[FoundMessage]:
            return [m for m in messages.find(message_id) if m.state != "open"]

        return eventually(over)[0]


def make_district(folder: Path, *names: str, grants: Sequence[str] = ()) -> District:
    """One in which everybody may send documents to everybody."""
    made = District(folder)
    made.enrol(*(names or (FINANCE, CIVIL)), grants=grants)
    made.route(Rule(id="documents", type="document.*", to="*"))
    return made
