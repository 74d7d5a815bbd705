# SPDX-License-Identifier: Apache-2.0
"""A message's story, from what one side knows of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from exchange.edge.dead_letters import DeadLetter
from exchange.edge.queries import DaemonMessages, HubMessages
from exchange.edge.tables import open_engine
from exchange.model import topology
from exchange.model.instant import milliseconds
from exchange.model.ledger_entry import Entry, EntryKind, NumberedEntry
from exchange.model.priority import Priority
from exchange.role.proving import is_proven, prove_with
from exchange.role.tracing import trace
from tests.city import FINANCE, OFFICE, START, City, text


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def test_events_come_in_order_with_their_places_in_the_ledger(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    city.sequencer.step()
    (found,) = HubMessages(city.hub_store.engine).find(message_id)
    steps = trace(found, entries=city.ledger.about(message_id))
    assert [(s.event, s.by, s.ledger) for s in steps] == [
        ("admitted", "", 0),
        ("accepted", "hub", 1),
        ("delivered", FINANCE, 2),
    ]
    assert [s.at for s in steps] == sorted(s.at for s in steps)


def test_a_delivery_that_is_not_over_ends_the_story_as_it_stands(city: City) -> None:
    city.node.refusing.add(topology.egress_key(FINANCE, Priority.ROUTINE))
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    (found,) = DaemonMessages(open_engine(str(city.folder / OFFICE / "daemon.db")), OFFICE).find(message_id)
    *_, last = trace(found)
    assert (last.event, last.now, last.receiver) == ("held", True, f"{FINANCE}/files")
    assert last.segments == (1, 1, 0)


def test_an_overdue_delivery_says_so(city: City) -> None:
    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text(expires_after_seconds=300))
    city.settle()
    city.clock.pass_(600)
    city.janitor.step()
    (found,) = HubMessages(city.hub_store.engine).find(message_id)
    assert trace(found)[-1].event == "overdue"


def test_dead_letters_and_unreadable_entries_do_not_stop_the_story(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    (found,) = HubMessages(city.hub_store.engine).find(message_id)
    at = milliseconds(START + timedelta(days=1))
    letter = DeadLetter("x", at, "hub.routine", OFFICE, message_id, "EX-101", "not XML")
    damaged = NumberedEntry(7, Entry(EntryKind.RECEIPT, message_id, START, b"damaged"))
    other = NumberedEntry(8, Entry(EntryKind.ALARM, message_id, START, b""))
    steps = trace(found, entries=[damaged, other], dead=[letter])
    assert [s.event for s in steps] == ["admitted", "accepted", "delivered", "dead"]
    assert [s.ledger for s in steps] == [None] * 4


def test_a_receipt_is_proven_by_the_directory_and_by_its_signers_certificate(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    (found,) = HubMessages(city.hub_store.engine).find(message_id)
    document = found.receipts[-1].document
    (certificate,) = city.parties[FINANCE].listed.certificates
    assert is_proven(document, city.view.trust)
    assert prove_with(document, [certificate.der], city.anchors).message_id == message_id
    assert not is_proven(document.replace(b">delivered<", b">returned<"), city.view.trust)
    assert not is_proven(b"", city.view.trust)
