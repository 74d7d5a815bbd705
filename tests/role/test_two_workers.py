# SPDX-License-Identifier: Apache-2.0
"""Hub workers beside one another: what one does while another is at the same message."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from exchange import Content
from exchange.edge.hub_store import HubStore, Known, MessageKey, NewMessage
from exchange.edge.tables import Connection
from exchange.model.ledger_entry import EntryKind
from exchange.role import hub
from exchange.role.hub import Worker
from exchange.role.rates import ExpressRate
from tests.city import FILES, FINANCE, OFFICE, City, text
from tests.role.harbour import Harbour

AT_FINANCE = f"{FINANCE}/{FILES}"
SEGMENT = 64 * 1024


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


class ALittleLate(HubStore):
    """As a database server shows it: another's message is seen when one's own insert has waited for it."""

    def known(self, connection: Connection, keys: Iterable[MessageKey]) -> dict[MessageKey, Known]:
        self.known = super().known  # type: ignore[method-assign]
        return {}

    def insert(self, _connection: Connection, _fresh: Iterable[NewMessage]) -> set[MessageKey]:
        return set()

    def first_known(self, connection: Connection, fresh: Iterable[NewMessage]) -> dict[MessageKey, Known]:
        return self.known(connection, [new.key for new in fresh])


def two_workers(city: City) -> tuple[Worker, Worker]:
    """Both consume, so that each gets every other segment."""
    both = city.workers[0], city.start_worker(1)
    for worker in both:
        worker.step()
    return both


def test_what_a_worker_refuses_that_another_has_admitted_meanwhile_is_not_refused(city: City) -> None:
    """Each knows a participant's rate for itself: its sender heard `rejected`, its receiver got it."""
    first, second = two_workers(city)
    second._rate = ExpressRate(0)
    second._store = ALittleLate(second._store.engine)
    office = city.daemons[OFFICE]
    (message_id,) = office.send(text(priority="flash", parts=[Content("big", os.urandom(2 * SEGMENT))]))
    office.step()
    for worker in (first, second):
        worker.step()
    city.settle()
    assert [row.kind for row in office.outbox.receipts(message_id)] == ["accepted", "delivered"]
    city.sequencer.step()
    kinds = [numbered.entry.kind for numbered in city.ledger.about(message_id)]
    assert kinds.count(EntryKind.MESSAGE) == 1


def test_a_message_in_the_air_may_be_forgotten_for_newer_ones(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue that confirms nothing for minutes, while the other lane goes on."""
    monkeypatch.setattr(hub, "PINNED", 1)
    worker, office = city.workers[0], city.daemons[OFFICE]
    lane, publisher = worker._lanes[False]
    harbour = Harbour(publisher)
    worker._lanes[False] = (lane, harbour)
    (slow,) = office.send(text(1))
    office.step()
    worker.step()
    (flash,) = office.send(text(2, priority="flash"))
    city.settle()
    assert list(city.recorders[FINANCE].got) == [flash]
    harbour.let_go()
    harbour.patient = False
    city.settle()
    assert list(city.recorders[FINANCE].got) == [flash, slow]
    assert office.states(slow) == {AT_FINANCE: "delivered"}


def test_a_directory_that_another_worker_gave_out_a_moment_ago_is_no_directory_of_the_future(
    city: City,
) -> None:
    """Each worker looks five times a second; what its sender has sealed meanwhile was refused for good."""
    around = city.workers[0]._around
    view = city.view
    around.view = lambda: view

    def look() -> None:
        nonlocal view
        view = city.view

    around._look = look
    city.version += 1
    city.refresh()
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_a_directory_of_the_future_is_none(city: City) -> None:
    around, view = city.workers[0]._around, city.view
    around.view = lambda: view
    city.version += 1
    city.refresh()
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    (receipt,) = city.daemons[OFFICE].outbox.receipts(message_id)
    assert (receipt.kind, receipt.code) == ("rejected", "EX-208")
