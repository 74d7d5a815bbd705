# SPDX-License-Identifier: Apache-2.0
"""Flows that stand still: a sender that waits for nothing is told to go on, and a living one is not."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from exchange import Content, Outgoing, Priority
from exchange.edge.broker import NOTICE, Parcel
from exchange.edge.standing_flows import GROWS_TO
from exchange.model import topology
from exchange.model.notice import NoticeKind
from exchange.model.receipt import HUB
from exchange.role import outbound, settling
from exchange.role.issuing import notify
from tests.city import FILES, FINANCE, OFFICE, City, text

AT_FINANCE = f"{FINANCE}/{FILES}"
KEY = topology.egress_key(FINANCE, Priority.ROUTINE)
TOLD = topology.egress_queue(OFFICE, Priority.URGENT)
SEGMENT = 64 * 1024
HALF = 100  # seconds, of the watch of the city's janitor


@pytest.fixture
def city(tmp_path: Path) -> City:
    city = City(tmp_path)
    city.janitor.step()  # it announces the directory
    city.settle()
    return city


def big(segments: int) -> Outgoing:
    return text(parts=[Content("big", os.urandom(segments * SEGMENT))])


def held_and_let_go(city: City, segments: int = 1) -> str:
    """A message of which the hub has said `hold` and then `go`; its sender has heard neither yet."""
    city.kill_worker()
    (message_id,) = city.daemons[OFFICE].send(big(segments))
    city.settle()  # the hub's queues have confirmed it
    city.kill_daemon(OFFICE)
    city.node.refusing.add(KEY)
    city.start_worker()
    city.settle()
    city.node.refusing.clear()
    city.janitor.step()
    assert len(city.node.lines[TOLD].waiting) == 2
    return message_id


def say(city: City, kind: NoticeKind, message_id: str) -> None:
    """A notice of the hub about all of a message, put into its sender's queue."""
    fields = {"message_id": message_id, "receiver": FINANCE, "sender": f"{OFFICE}/{FILES}"}
    notice_id, document = notify(city._around(HUB), kind, **fields)
    key = topology.egress_key(OFFICE, Priority.URGENT)
    city.node.publish(Parcel(topology.OUT, key, document, NOTICE, notice_id, HUB))


def watch(city: City, halves: int) -> list[bool]:
    """The janitor looks every half watch: when it had something to do."""
    moved = []
    for _ in range(halves):
        moved.append(city.janitor.step())
        city.settle()
        city.clock.pass_(HALF)
    return moved


@pytest.mark.parametrize("segments", [1, 5])
def test_a_hold_that_its_go_has_overtaken_holds_nothing(city: City, segments: int) -> None:
    message_id = held_and_let_go(city, segments)
    city.node.lines[TOLD].waiting.reverse()
    office = city.start_daemon(OFFICE)
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "delivered"}
    assert city.recorders[FINANCE].calls == 1


def test_a_hold_that_the_hub_says_after_its_go_is_obeyed(city: City) -> None:
    message_id = held_and_let_go(city)
    office = city.start_daemon(OFFICE)
    office.inbound.step()
    assert office.states(message_id) == {AT_FINANCE: "transferring"}
    city.clock.pass_(1)
    say(city, NoticeKind.HOLD, message_id)
    office.inbound.step()
    assert office.states(message_id) == {AT_FINANCE: "held"}


def test_a_daemon_remembers_the_last_go_of_so_many_messages_and_no_more(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "LET_GO_MOST", 1)
    message_id = held_and_let_go(city)
    hold = city.node.lines[TOLD].waiting.popleft().parcel
    office = city.start_daemon(OFFICE)
    office.inbound.step()
    say(city, NoticeKind.GO, "01900000-0000-7000-8000-000000000000")  # about another message
    office.inbound.step()
    city.node.publish(hold)
    office.inbound.step()
    assert office.states(message_id) == {AT_FINANCE: "held"}


def test_a_message_whose_go_was_lost_is_delivered_after_the_watch(city: City) -> None:
    message_id = held_and_let_go(city)
    city.node.lines[TOLD].waiting.pop()
    office = city.start_daemon(OFFICE)
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "held"}
    city.clock.pass_(HALF)
    assert watch(city, 3) == [False, True, False]
    assert office.states(message_id) == {AT_FINANCE: "delivered"}
    assert city.recorders[FINANCE].calls == 1


def test_one_whose_sender_is_away_is_not_asked_about_until_it_has_listened_for_half_the_watch(
    city: City,
) -> None:
    held_and_let_go(city)
    city.node.lines[TOLD].waiting.pop()
    city.clock.pass_(10 * HALF)
    assert watch(city, 4) == [False] * 4
    city.start_daemon(OFFICE)
    assert watch(city, 3) == [False, False, True]  # its consumers are there from the second look on


def test_one_that_waits_in_the_hub_s_own_queue_is_not_asked_about(city: City) -> None:
    message_id, before = held_and_let_go(city), len(city.node.lines[TOLD].waiting)
    city.start_daemon(OFFICE)
    city.kill_worker()
    city.settle()  # the sender has heard `go`, and the hub has what it sent in its queue
    assert before == 2
    assert watch(city, 6) == [False] * 6
    city.start_worker()
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}
    assert city.daemons[OFFICE].outbox.progress(message_id)[2] == 2  # type: ignore[index]
    # for its `go`, and to learn what became of it; the hub's repeated `hold` came long after the `go`


def test_a_transfer_that_moves_is_not_asked_about_however_slow_it_is(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segment in three quarters of the watch."""
    monkeypatch.setattr(outbound, "IN_THE_AIR", 1)
    office, worker = city.daemons[OFFICE], city.workers[0]
    (message_id,) = office.send(big(8))
    looks = []
    while (office.outbox.progress(message_id) or (0, 8, 0))[0] < 6:
        for part in (office, worker, worker):
            part.step()
        city.clock.pass_(HALF * 1.5)
        looks.append(city.janitor.step())
    assert looks == [False] * 7
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "delivered"}
    assert office.outbox.progress(message_id) == (8, 8, 0)


def test_the_pauses_between_two_questions_grow_and_do_not_grow_for_ever(city: City) -> None:
    held_and_let_go(city)
    city.node.lines[TOLD].waiting.pop()
    city.start_daemon(OFFICE)
    city.settle()
    asked = []
    for half in range(80):
        if city.janitor.step():
            asked.append(half)
            city.node.lines[TOLD].waiting.clear()  # nothing of it ever comes to its sender
        city.clock.pass_(HALF)
    pauses = [later - sooner for sooner, later in pairwise(asked)]
    assert pauses == sorted(pauses)
    assert (asked[0], pauses[-3:]) == (2, [2 * GROWS_TO] * 3)
