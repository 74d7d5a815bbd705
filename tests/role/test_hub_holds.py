# SPDX-License-Identifier: Apache-2.0
"""A full receiver at the hub: whatever was dropped for it is asked for as soon as there is room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exchange import Content, Priority
from exchange.edge.broker import NOTICE, Outcome, Parcel
from exchange.edge.hub_store import MessageKey
from exchange.model import topology
from exchange.model.ranges import Indices
from exchange.model.receipt import HUB
from exchange.role import janitor
from tests.city import CIVIL, FILES, FINANCE, OFFICE, City, text
from tests.role.harbour import Harbour

AT_FINANCE, AT_CIVIL = f"{FINANCE}/{FILES}", f"{CIVIL}/{FILES}"
SEGMENT = 64 * 1024


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def held_after_its_first(city: City, segments: int) -> str:
    """A message in one batch: the receiver's queue takes its first segment, and is full then."""
    worker = city.workers[0]
    lane, publisher = worker._lanes[False]
    harbour = Harbour(publisher)
    worker._lanes[False] = (lane, harbour)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("big", os.urandom(segments * SEGMENT))]))
    city.daemons[OFFICE].step()
    worker.step()
    flight = harbour.flights.popleft()
    assert len(flight.parcels) == segments
    flight.land([*publisher.launch(flight.parcels[:1]).outcomes, *[Outcome.REFUSED] * (segments - 1)])
    harbour.patient = False
    city.settle()
    return message_id


def test_a_queue_that_is_full_from_the_middle_of_a_batch_on_holds_the_message(city: City) -> None:
    """Nothing else of it comes to the hub any more, and nobody but the hub knows what was dropped."""
    message_id = held_after_its_first(city, 4)
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "held"}
    city.janitor.step()
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_a_message_on_hold_of_which_segments_are_missing_is_let_go_as_a_whole(city: City) -> None:
    """Whoever needs one segment again says nothing of those that the hub has dropped."""
    message_id = held_after_its_first(city, 4)
    finance = city.daemons[FINANCE]
    missing = finance.inbound._answers.missing(MessageKey(OFFICE, message_id), Indices.of(4, [0]))
    finance.posting.post([missing])
    city.settle()
    city.janitor.step()
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_whoever_is_away_with_much_on_hold_stands_before_nobody_who_has_room(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More is on hold for it, and for longer, than the janitor looks at together."""
    monkeypatch.setattr(janitor, "HELD_MOST", 2)
    office = city.daemons[OFFICE]
    city.node.refusing.update(topology.egress_key(who, Priority.ROUTINE) for who in (FINANCE, CIVIL))
    city.kill_daemon(FINANCE)
    office.send(*(text(number) for number in range(5)))
    city.settle()
    (message_id,) = office.send(text(9, to=[AT_CIVIL]))
    city.settle()
    assert office.states(message_id) == {AT_CIVIL: "held"}
    monkeypatch.setitem(janitor.ROOM, Priority.ROUTINE, 0)
    full = topology.egress_key(FINANCE, Priority.ROUTINE)
    city.node.refusing.clear()
    city.node.publish(Parcel(topology.OUT, full, b"x", NOTICE, "x", HUB))  # what fills its queue
    city.janitor.step()
    city.settle()
    assert office.states(message_id) == {AT_CIVIL: "delivered"}


def test_a_queue_is_let_have_so_much_at_a_time_however_many_messages_wait_for_it(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(janitor, "HELD_MOST", 2)
    monkeypatch.setattr(janitor, "GO_SEGMENTS", 3)
    office = city.daemons[OFFICE]
    city.node.refusing.add(topology.egress_key(FINANCE, Priority.ROUTINE))
    ids = office.send(*(text(number) for number in range(5)))
    city.settle()
    city.node.refusing.clear()
    for delivered in (3, 5):
        city.janitor.step()
        city.settle()
        states = [office.states(message_id)[AT_FINANCE] for message_id in ids]
        assert states.count("delivered") == delivered


def test_what_is_over_is_not_let_go(city: City) -> None:
    """Its sender would send it for nothing, and a receiver would get what its sender was told had expired."""
    office = city.daemons[OFFICE]
    city.node.refusing.update(topology.egress_key(who, Priority.ROUTINE) for who in (FINANCE, CIVIL))
    (message_id,) = office.send(text(to=[AT_FINANCE, AT_CIVIL], expires_after_seconds=300))
    city.settle()
    city.clock.pass_(600)
    city.janitor._expire()
    city.settle()
    assert set(office.states(message_id).values()) == {"expired"}
    city.node.refusing.clear()
    assert not city.janitor._let_go()


def test_whoever_is_away_and_owes_many_answers_stands_before_nobody_who_has_lost_a_message(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(janitor, "SILENT_MOST", 2)
    office = city.daemons[OFFICE]
    for who in (FINANCE, CIVIL):
        city.kill_daemon(who)
    office.send(*(text(number) for number in range(5)))
    city.settle()
    (message_id,) = office.send(text(9, to=[AT_CIVIL]))
    city.settle()
    city.node.lines[topology.egress_queue(CIVIL, Priority.ROUTINE)].waiting.clear()  # somebody purged it
    city.start_daemon(CIVIL)
    city.settle()
    city.clock.pass_(300)
    city.janitor.step()
    city.settle()
    assert office.states(message_id) == {AT_CIVIL: "delivered"}


def test_what_is_let_go_is_let_go_as_a_whole(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `go` ends the hold: what it does not name of all that was dropped, nobody would ask for."""
    monkeypatch.setattr(janitor, "GO_SEGMENTS", 2)
    city.node.refusing.add(topology.egress_key(FINANCE, Priority.ROUTINE))
    office = city.daemons[OFFICE]
    things = [text(n, parts=[Content("big", os.urandom(3 * SEGMENT))]) for n in range(2)]
    ids = office.send(*things)
    city.settle()
    city.node.refusing.clear()
    for _ in ids:
        city.janitor.step()
        city.settle()
    assert [office.states(message_id) for message_id in ids] == [{AT_FINANCE: "delivered"}] * 2
