# SPDX-License-Identifier: Apache-2.0
"""A hub's enrolment office in a folder, with a broker in memory, and departments that go through it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exchange.edge.authority import Authority
from exchange.edge.ledger import Ledger
from exchange.edge.memory import MemoryBroker, MemoryNode
from exchange.edge.registry import Registry
from exchange.edge.tables import open_engine
from exchange.model.directory import Participant
from exchange.model.receipt import HUB
from exchange.role import joining
from exchange.role.enrollment import BrokerAddresses, Enrollment
from tests.administrations import Administration
from tests.identities import FINANCE, NOON, Clock, Party, Town, credit_code

URLS = ("amqps://127.0.0.1:5671/govbus",)


@dataclass
class Hub:
    """A hub's enrolment office and all that it works on."""

    town: Town
    party: Party
    registry: Registry
    broker: MemoryBroker
    admin: Administration
    clock: Clock

    def office(self, authority: Authority | None = None, *, builtin: bool = True) -> Enrollment:
        return Enrollment(
            self.registry,
            identity=self.party.identity,
            authority=authority or (self.town.authority if builtin else None),
            anchors=self.town.anchors,
            broker=self.broker,
            admin=self.admin,
            addresses=BrokerAddresses(URLS, (self.town.authority.certificate,)),
            clock=self.clock,
        )

    def listed(self, who: str = FINANCE) -> Participant:
        return self.registry.directory().participant(who)


def make_hub(folder: Path) -> Hub:
    town, clock = Town(folder / "town"), Clock()
    engine = open_engine(str(folder / "hub.sqlite"))
    ledger = Ledger(engine)
    ledger.create()
    registry = Registry(engine, clock, ledger=ledger)
    registry.create()
    made = Hub(town, town.party(HUB), registry, MemoryBroker(MemoryNode()), Administration(), clock)
    made.office().establish_hub("the hub")
    return made


def ask(folder: Path, who: str = FINANCE, number: int = 1) -> bytes:
    asked = joining.ask(folder, participant=who, name="财政局", credit_code=credit_code(number), at=NOON)
    return asked.path.read_bytes()


def enrolled(hub: Hub, folder: Path, who: str = FINANCE) -> Path:
    """A department that went through all of it; its settings."""
    office = hub.office()
    grant = office.approve(office.examine(ask(folder, who)))
    return joining.accept(folder, joining.examine_grant(folder, grant, at=hub.clock()))
