# SPDX-License-Identifier: Apache-2.0
"""A message's story, from what one side knows of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from exchange.edge.daemon_messages import DaemonMessages
from exchange.edge.dead_letters import DeadLetter
from exchange.edge.hub_messages import HubMessages
from exchange.edge.queries import in_order
from exchange.edge.tables import open_engine
from exchange.errors import Reject
from exchange.model import topology
from exchange.model.instant import milliseconds
from exchange.model.ledger_entry import Entry, EntryKind, NumberedEntry
from exchange.model.priority import Priority
from exchange.role.proving import prove_receipt, prove_with
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
    steps = trace(found, city.clock(), entries=city.ledger.about(message_id))
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
    *_, last = trace(found, city.clock())
    assert (last.event, last.now, last.receiver) == ("held", True, f"{FINANCE}/files")
    assert last.segments == (1, 1, 0)


def test_an_overdue_delivery_says_so(city: City) -> None:
    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text(expires_after_seconds=300))
    city.settle()
    city.clock.pass_(600)
    city.janitor.step()
    (found,) = HubMessages(city.hub_store.engine).find(message_id)
    assert trace(found, city.clock())[-1].event == "overdue"


def test_at_the_sender_it_is_overdue_by_its_own_clock(city: City) -> None:
    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text(expires_after_seconds=300))
    city.settle()
    (found,) = DaemonMessages(open_engine(str(city.folder / OFFICE / "daemon.db")), OFFICE).find(message_id)
    assert trace(found, found.expires - timedelta(seconds=1))[-1].event == "accepted"
    assert trace(found, found.expires)[-1].event == "overdue"


def test_what_the_hub_refused_came_and_was_not_admitted(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text(to=["440500.nobody/files"]))
    city.settle()
    city.sequencer.step()
    (found,) = HubMessages(city.hub_store.engine).find(message_id)
    steps = trace(found, city.clock(), entries=city.ledger.about(message_id))
    assert [(s.event, s.ledger) for s in steps] == [("came", 0), ("rejected", 1)]


def test_what_is_of_the_same_second_is_told_in_the_order_of_the_journey(city: City) -> None:
    """The receiver's clock is a little behind the hub's."""
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    (found,) = HubMessages(city.hub_store.engine).find(message_id)
    accepted, delivered = (
        replace(r, at=START + timedelta(milliseconds=ms))
        for r, ms in zip(found.receipts, (9, 5), strict=True)
    )
    steps = trace(replace(found, receipts=(delivered, accepted)), city.clock())
    assert [s.event for s in steps] == ["admitted", "accepted", "delivered"]
    assert sorted([delivered, accepted], key=in_order) == [accepted, delivered]


def test_dead_letters_and_unreadable_entries_do_not_stop_the_story(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    (found,) = HubMessages(city.hub_store.engine).find(message_id)
    at = milliseconds(START + timedelta(days=1))
    letter = DeadLetter("x", at, "hub.routine", OFFICE, message_id, "EX-101", "not XML")
    damaged = NumberedEntry(7, Entry(EntryKind.RECEIPT, message_id, START, b"damaged"))
    other = NumberedEntry(8, Entry(EntryKind.ALARM, message_id, START, b""))
    steps = trace(found, city.clock(), entries=[damaged, other], dead=[letter])
    assert [s.event for s in steps] == ["admitted", "accepted", "delivered", "dead"]
    assert [s.ledger for s in steps] == [None] * 4


def test_a_receipt_is_proven_by_the_directory_and_by_its_signers_certificate(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    (found,) = HubMessages(city.hub_store.engine).find(message_id)
    document = found.receipts[-1].document
    (certificate,) = city.parties[FINANCE].listed.certificates
    assert prove_receipt(document, city.view.trust).by == FINANCE
    assert prove_with(document, [certificate.der], city.anchors).message_id == message_id
    for other in (document.replace(b">delivered<", b">returned<"), b""):
        with pytest.raises(Reject):
            prove_receipt(other, city.view.trust)
