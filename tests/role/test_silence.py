# SPDX-License-Identifier: Apache-2.0
"""What the hub has and does not speak of: offered again after a while, and limited by a window."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from exchange import Content, Outgoing, Priority
from exchange.edge.ledger import ENTRY
from exchange.model import topology
from exchange.role.awaited import OFFER_MS
from exchange.role.outbound import Outbound
from tests.city import CIVIL, FILES, FINANCE, OFFICE, City, text

AT_FINANCE, AT_CIVIL = f"{FINANCE}/{FILES}", f"{CIVIL}/{FILES}"
SEGMENT = 64 * 1024
LONG = OFFER_MS / 1000 + 60


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def big(number: int, segments: int, **more: object) -> Outgoing:
    return text(number, parts=[Content("big", os.urandom(segments * SEGMENT))], **more)


def lose_in_the_hub_s_queues(city: City) -> None:
    """The hub's node came back without what its queues had."""
    for priority in Priority:
        line = city.node.lines[topology.hub_queue(priority)]
        line.held_bytes = 0
        line.waiting.clear()


def wait_and_settle(city: City) -> None:
    city.clock.pass_(LONG)
    city.settle()
    for name in (FINANCE, CIVIL):  # segments that are still missing are asked for
        city.clock.pass_(120)
        city.daemons[name].inbound.ask_again(quiet_ms=60_000)
        city.settle()


def resent(city: City, message_id: str) -> int:
    progress = city.daemons[OFFICE].outbox.progress(message_id)
    assert progress is not None
    return progress[2]


def of_hub(city: City, message_id: str, kind: str) -> int:
    return sum(r.kind == kind for r in city.daemons[OFFICE].outbox.receipts(message_id))


@pytest.mark.parametrize("segments", [1, 5])
def test_a_message_lost_in_the_hub_s_own_queue_is_offered_again_and_arrives_once(
    city: City, segments: int
) -> None:
    city.kill_worker()
    (message_id,) = city.daemons[OFFICE].send(big(1, segments))
    city.settle()
    lose_in_the_hub_s_queues(city)
    city.start_worker()
    wait_and_settle(city)
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}
    assert (city.recorders[FINANCE].calls, of_hub(city, message_id, "accepted")) == (1, 1)


def test_one_that_was_sent_before_a_restart_is_offered_again_too(city: City) -> None:
    city.kill_worker()
    (message_id,) = city.daemons[OFFICE].send(big(1, 2))
    city.settle()
    lose_in_the_hub_s_queues(city)
    city.kill_daemon(OFFICE)
    city.start_daemon(OFFICE)
    city.settle()
    city.start_worker()
    wait_and_settle(city)
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_one_whose_receivers_our_view_does_not_know_is_offered_again(city: City) -> None:
    city.kill_worker()
    (message_id,) = city.daemons[OFFICE].send(big(1, 3, to=[]))
    city.settle()
    lose_in_the_hub_s_queues(city)
    city.start_worker()
    wait_and_settle(city)
    assert city.daemons[OFFICE].outbox.outcome(message_id) != "open"


def test_what_a_slow_hub_has_twice_arrives_once(city: City) -> None:
    city.kill_worker()
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    city.clock.pass_(LONG)
    city.settle()
    assert resent(city, message_id) == 1
    city.start_worker()
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}
    assert (city.recorders[FINANCE].calls, of_hub(city, message_id, "accepted")) == (1, 1)


def test_it_is_offered_less_and_less_often(city: City) -> None:
    city.kill_worker()
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    for _ in range(10):
        city.clock.pass_(LONG)
        city.settle()
    assert resent(city, message_id) == 3  # after 5, 15 and 35 minutes of an hour


def test_what_the_hub_has_spoken_of_is_not_offered_again(city: City) -> None:
    city.kill_daemon(FINANCE)
    sent = city.daemons[OFFICE].send(text(1), big(2, 3), text(3, to=[AT_FINANCE, AT_CIVIL]))
    city.settle()
    wait_hours(city)
    assert [resent(city, message_id) for message_id in sent] == [0, 0, 0]


def test_what_waits_for_a_full_receiver_is_not_offered_again(city: City) -> None:
    city.node.refusing.add(topology.egress_key(FINANCE, Priority.ROUTINE))
    city.node.refusing.add(topology.egress_key(CIVIL, Priority.ROUTINE))
    sent = city.daemons[OFFICE].send(text(1), text(2, to=[AT_FINANCE, AT_CIVIL]))
    city.settle()
    wait_hours(city)
    assert [resent(city, message_id) for message_id in sent] == [0, 0]


def test_what_the_hub_refused_is_not_offered_again(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text(to=["440500.nobody/files"]))
    city.settle()
    wait_hours(city)
    assert resent(city, message_id) == 0


def test_what_is_over_meanwhile_is_not_offered_again(city: City) -> None:
    outbound = city.daemons[OFFICE].outbound
    city.settle()
    assert outbound._awaited is not None
    outbound._awaited.add("gone", Priority.ROUTINE, 1, receivers=1, now_ms=0)
    wait_hours(city)
    assert "gone" not in outbound._awaited


def wait_hours(city: City) -> None:
    for _ in range(5):
        city.clock.pass_(LONG)
        city.settle()


# ---- the window


def narrow(city: City, segments: int) -> Outbound:
    """The office may have so many segments of a class with the hub, unspoken of."""
    outbound = city.daemons[OFFICE].outbound
    outbound._window = segments * SEGMENT
    return outbound


def at_the_hub(city: City) -> int:
    """Segments in the hub's queues."""
    return sum(len(city.node.lines[topology.hub_queue(p)].waiting) for p in Priority)


def test_a_sender_fills_its_window_and_no_more_while_the_hub_is_away(city: City) -> None:
    city.kill_worker()
    narrow(city, 4)
    sent = city.daemons[OFFICE].send(*(big(number, 1) for number in range(10)))
    city.settle()
    assert at_the_hub(city) == 4
    city.start_worker()
    city.settle()
    assert [city.daemons[OFFICE].outbox.outcome(each) for each in sent] == ["delivered"] * 10
    assert [resent(city, each) for each in sent] == [0] * 10


def test_a_message_larger_than_the_window_goes_through_it(city: City) -> None:
    narrow(city, 2)
    sent = city.daemons[OFFICE].send(big(1, 9), big(2, 7), big(3, 1))
    city.settle()
    assert [city.daemons[OFFICE].outbox.outcome(each) for each in sent] == ["delivered"] * 3


def test_of_several_larger_ones_the_oldest_alone_gets_on_while_the_hub_is_away(city: City) -> None:
    city.kill_worker()
    narrow(city, 2)
    first, second = city.daemons[OFFICE].send(big(1, 9), big(2, 9))
    city.settle()
    outbox = city.daemons[OFFICE].outbox
    gone = [progress[0] for each in (first, second) if (progress := outbox.progress(each))]
    assert gone[0] == 9
    assert gone[1] <= 2


def test_a_full_class_holds_up_no_other(city: City) -> None:
    city.kill_worker()
    narrow(city, 1)
    city.daemons[OFFICE].send(*(big(number, 1) for number in range(3)))
    (urgent,) = city.daemons[OFFICE].send(big(9, 1, priority="urgent"))
    city.settle()
    progress = city.daemons[OFFICE].outbox.progress(urgent)
    assert progress is not None
    assert progress[0] == 1


def test_what_waits_for_a_full_receiver_takes_no_room_in_the_window(city: City) -> None:
    city.node.refusing.add(topology.egress_key(FINANCE, Priority.ROUTINE))
    narrow(city, 2)
    city.daemons[OFFICE].send(*(big(number, 1) for number in range(6)))
    city.settle()
    (other,) = city.daemons[OFFICE].send(big(9, 2, to=[AT_CIVIL]))
    city.settle()
    assert city.daemons[OFFICE].states(other) == {AT_CIVIL: "delivered"}


def test_what_was_sent_before_a_restart_counts(city: City) -> None:
    city.kill_worker()
    narrow(city, 4)
    city.daemons[OFFICE].send(*(big(number, 1) for number in range(10)))
    city.settle()
    city.kill_daemon(OFFICE)
    city.start_daemon(OFFICE)
    narrow(city, 4)
    city.settle()
    assert at_the_hub(city) == 4


# ---- one `accepted` a message


def test_a_message_forwarded_again_after_missing_is_accepted_once(city: City) -> None:
    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(big(1, 5))
    city.settle()
    city.node.lines[topology.egress_queue(FINANCE, Priority.ROUTINE)].waiting.popleft()
    city.start_daemon(FINANCE)
    city.settle()
    city.clock.pass_(120)
    assert city.daemons[FINANCE].inbound.ask_again(quiet_ms=60_000) == 1
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}
    assert resent(city, message_id) == 1
    assert of_hub(city, message_id, "accepted") == 1
    with city.hub_store.reading() as connection:
        entries = connection.scalars(sa.select(ENTRY.c.kind).where(ENTRY.c.subject == message_id)).all()
    assert sorted(entries) == ["message", "receipt", "receipt"]
