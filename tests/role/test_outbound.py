# SPDX-License-Identifier: Apache-2.0
"""A sending daemon: what is lost, refused or cannot be read is sent when it can be, and once more at most."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange import Content, Outgoing, Priority, Reject, Retry
from exchange.codec import segment_form
from exchange.edge import spool
from exchange.errors import StoreDown
from exchange.model import topology
from exchange.model.identity import Address
from exchange.model.limits import MIB
from exchange.model.receipt import HUB, ReceiptKind
from exchange.model.rule import Rule
from exchange.role import outbound
from exchange.role.desk import receipt_parcel
from exchange.role.issuing import About, issue
from tests.city import CIVIL, FILES, FINANCE, OFFICE, City, Daemon, text
from tests.role.harbour import Harbour

AT_FINANCE, AT_CIVIL = f"{FINANCE}/{FILES}", f"{CIVIL}/{FILES}"
SEGMENT = 64 * 1024


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


@pytest.fixture
def office(city: City) -> Daemon:
    return city.daemons[OFFICE]


def big(number: int, segments: int, **more: object) -> Outgoing:
    return text(number, parts=[Content("big", os.urandom(segments * SEGMENT))], **more)


def harbour(daemon: Daemon, priority: Priority = Priority.ROUTINE) -> Harbour:
    """Between the daemon and the broker, for one class."""
    made = Harbour(daemon.outbound._lanes[priority])
    daemon.outbound._lanes[priority] = made
    return made


def launched(made: Harbour, daemon: Daemon) -> None:
    while not made.flights:
        daemon.step()


def walk(city: City, steps: int = 40) -> None:
    """Some steps of a city that does not come to rest, because somebody tries again and again."""
    for _ in range(steps):
        city.step()
        city.clock.pass_(0.15)


def sealed(office: Daemon, thing: Outgoing) -> str:
    """Large, signed, and not yet begun to be sent."""
    _, (claimed,) = office.submission.take(FILES, [thing])
    with office.outbox.writing() as connection:
        office.outbox.seal(connection, [office.sealing.seal(claimed)], office.around.now_ms())
    return claimed.message_id


def resent(daemon: Daemon, message_id: str) -> int:
    progress = daemon.outbox.progress(message_id)
    assert progress is not None
    return progress[2]


@pytest.mark.parametrize("segments", [1, 3])
@pytest.mark.parametrize("arrived", [False, True])
def test_what_was_lost_in_the_air_is_sent_again_and_delivered_once(
    city: City, office: Daemon, arrived: bool, segments: int
) -> None:
    made = harbour(office)
    (message_id,) = office.send(big(1, segments))
    launched(made, office)
    made.lose(arrived=arrived)
    made.patient = False
    city.settle()
    assert (resent(office, message_id), city.recorders[FINANCE].calls) == (segments, 1)
    assert office.states(message_id) == {AT_FINANCE: "delivered"}


def test_what_the_hubs_full_queue_refuses_is_sent_when_there_is_room(city: City, office: Daemon) -> None:
    city.node.refusing.add(Priority.ROUTINE.value)
    (message_id,) = office.send(text())
    (flash,) = office.send(text(2, priority="flash"))
    walk(city)
    assert office.states(message_id) == {AT_FINANCE: "queued"}
    assert office.states(flash) == {AT_FINANCE: "delivered"}  # another class is not held up
    city.node.refusing.clear()
    city.clock.pass_(outbound.PAUSE_MS / 1000)
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "delivered"}
    assert resent(office, message_id) == 0  # the hub never had it


def test_a_payload_that_cannot_be_read_now_is_sent_when_it_can_be(city: City, office: Daemon) -> None:
    """Its disk is away for a while. What is in memory goes on."""
    message_id = sealed(office, big(1, 3))
    place = office.outbox.place(message_id)
    aside = place.with_name("aside")
    place.rename(aside)
    (other,) = office.send(text(2, priority="flash"))
    walk(city)
    assert office.states(message_id) == {AT_FINANCE: "queued"}
    assert office.states(other) == {AT_FINANCE: "delivered"}
    aside.rename(place)
    city.clock.pass_(30)
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "delivered"}


def test_one_file_that_cannot_be_read_holds_up_no_other_for_long(city: City, office: Daemon) -> None:
    place = office.outbox.place(sealed(office, big(1, 3)))
    place.rename(place.with_name("aside"))
    after = sealed(office, big(2, 3))
    for _ in range(4):
        walk(city)
        city.clock.pass_(30)
    assert office.states(after) == {AT_FINANCE: "delivered"}


def test_more_messages_wait_than_memory_holds_and_all_arrive(
    city: City, office: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "LOADED_MOST", 3)
    ids = office.send(*(text(n) for n in range(10)))
    office.outbound.step()
    assert len(office.outbound._moving) <= 3
    city.settle()
    assert set(city.recorders[FINANCE].got) == set(ids)


def test_what_was_found_in_the_outbox_before_it_was_told_of_is_sent_once(city: City, office: Daemon) -> None:
    office.outbound.look()  # obeyed after the message below is committed
    (message_id,) = office.send(text())
    city.settle()
    assert (resent(office, message_id), city.recorders[FINANCE].calls) == (0, 1)


def test_what_another_process_puts_into_the_outbox_is_found(city: City, office: Daemon) -> None:
    office.submission.take(FILES, [text()])
    city.settle()
    assert city.recorders[FINANCE].calls == 1


def test_a_broker_that_is_away_costs_nothing_but_time(city: City, office: Daemon) -> None:
    made = harbour(office)
    made.away = True
    (message_id,) = office.send(text())
    with pytest.raises(Retry, match="EX-901"):
        office.step()
    made.away = made.patient = False
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "delivered"}


def test_a_refusal_ends_the_sending_in_its_midst(city: City, office: Daemon) -> None:
    """The first segments went, and the answer came: what is in the air is not missed when it lands."""
    made = harbour(office, Priority.BULK)
    (message_id,) = office.send(big(1, 40, to=["440500.nobody/files"]))
    launched(made, office)
    while made.flights:
        made.let_go()
        city.settle()
    assert office.outbox.outcome(message_id) == "failed"
    assert len(made.launched) < 40
    assert not office.outbound._moving


def test_one_full_receiver_of_two_does_not_stop_the_segments_for_the_other(
    city: City, office: Daemon
) -> None:
    made = harbour(office, Priority.BULK)
    (message_id,) = office.send(big(1, 30, to=[AT_FINANCE, AT_CIVIL]))
    city.node.refusing.add(topology.egress_key(FINANCE, Priority.BULK))
    launched(made, office)
    made.let_go()
    made.patient = False
    city.settle()
    while made.flights:
        made.let_go()
        city.settle()
    assert office.states(message_id) == {AT_FINANCE: "held", AT_CIVIL: "delivered"}
    city.node.refusing.clear()
    city.janitor.step()
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "delivered", AT_CIVIL: "delivered"}


def test_a_message_leaves_the_line_when_all_its_receivers_are_on_hold_and_not_before(
    city: City, office: Daemon
) -> None:
    """A daemon that starts anew goes on for those that are not full."""
    (message_id,) = office.send(text(to=[AT_FINANCE, AT_CIVIL]))
    office.outbound.hold(message_id, FINANCE)
    assert office.outbox.transfer(message_id) is not None
    assert [t.message_id for t in office.outbox.transfers(Priority.ROUTINE)] == [message_id]
    office.outbound.hold(message_id, CIVIL)
    assert office.outbox.transfers(Priority.ROUTINE) == []


def test_what_a_receiver_returned_in_its_midst_is_sent_no_further_and_hides_no_other(
    city: City, office: Daemon
) -> None:
    """Its payload is forgotten; what tries to read it for ever would stand for the next one in the count."""
    made = harbour(office, Priority.BULK)
    parts = [Content(f"big{n}", os.urandom(60 * SEGMENT)) for n in range(2)]
    (message_id,) = office.send(text(1, parts=parts, to=[f"{FINANCE}/nobody"]))
    launched(made, office)
    made.let_go()
    walk(city)
    assert office.outbox.outcome(message_id) == "failed"
    office.outbox.forget_payload([message_id])
    spool.forget(office.outbox.place(message_id))
    made.patient = False
    while made.flights:
        made.let_go()
    walk(city)
    assert not office.outbound._moving
    assert len(made.launched) < 120
    other = sealed(office, big(2, 24))
    city.settle()
    assert office.states(other) == {AT_FINANCE: "delivered"}


@pytest.mark.parametrize("again", [True, False], ids=["before a restart", "before it began anew"])
def test_a_receiver_that_was_on_hold_before_counts_when_the_last_one_is(
    city: City, office: Daemon, again: bool
) -> None:
    made = harbour(office, Priority.BULK)
    (message_id,) = office.send(big(1, 40, to=[AT_FINANCE, AT_CIVIL]))
    launched(made, office)
    office.outbound.hold(message_id, FINANCE)
    office.outbound.step()
    if again:
        city.kill_daemon(OFFICE)
        office = city.start_daemon(OFFICE)
        made = harbour(office, Priority.BULK)
        launched(made, office)
    else:
        office.outbound.go(message_id, CIVIL, "0")
        office.outbound.step()
    office.outbound.hold(message_id, CIVIL)
    office.outbound.step()
    assert office.outbox.counts() == {"held": 1}
    assert not office.outbound._moving


def test_at_its_end_it_remembers_what_has_landed(city: City, office: Daemon) -> None:
    made = harbour(office)
    (message_id,) = office.send(text())
    launched(made, office)
    made.let_go()
    office.outbound.close()
    progress = office.outbox.progress(message_id)
    assert progress is not None
    assert progress[:2] == (1, 1)


def test_what_it_left_half_sent_at_its_end_goes_on_after_the_next_start(city: City, office: Daemon) -> None:
    made = harbour(office, Priority.BULK)
    (message_id,) = office.send(big(1, 40))
    launched(made, office)
    made.let_go()
    office.outbound.close()
    progress = office.outbox.progress(message_id)
    assert progress is not None
    assert 0 < progress[0] < 40
    city.kill_daemon(OFFICE)
    again = city.start_daemon(OFFICE)
    city.settle()
    assert again.states(message_id) == {AT_FINANCE: "delivered"}
    assert resent(again, message_id) == 0


# ---- the hub's silence


def test_who_asked_the_hub_for_a_receiver_goes_on_waiting_after_a_restart(tmp_path: Path) -> None:
    """Its view knows no route: one segment asks, and is not sent again by every start."""
    city = City(tmp_path, rules=[Rule(id="none", type="tax.*", to="*")])
    stale = city.view
    city.rules = (Rule(id="all", type="*", deliver=(Address.parse(AT_FINANCE),)),)
    city.version = 2
    city.refresh()
    city.kill_worker()
    city.kill_daemon(OFFICE)
    (message_id,) = city.start_daemon(OFFICE, view=lambda: stale).send(big(1, 3, to=[]))
    city.settle()
    city.kill_daemon(OFFICE)
    office = city.start_daemon(OFFICE, view=lambda: stale)
    city.settle()
    progress = office.outbox.progress(message_id)
    assert progress == (1, 3, 0)
    city.start_worker()
    for _ in range(4):
        city.settle()
        city.clock.pass_(2)
        city.janitor.step()
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "delivered"}


@pytest.mark.parametrize("priority", ["flash", "urgent", "routine"])
def test_a_receiver_that_the_hub_names_while_we_are_away_is_not_forgotten_for_another_s_answer(
    tmp_path: Path, priority: str
) -> None:
    """What asks for its key waits beside the receipt that ends the message for all whom we knew."""
    city = City(tmp_path, rules=[Rule(id="all", type="*", deliver=(Address.parse(AT_FINANCE),))])
    stale, both = city.view, (Address.parse(AT_FINANCE), Address.parse(AT_CIVIL))
    city.rules = (Rule(id="all", type="*", deliver=both),)
    city.version = 2
    city.refresh()
    city.kill_daemon(OFFICE)
    office = city.start_daemon(OFFICE, view=lambda: stale)
    (message_id,) = office.send(text(to=[], priority=priority))
    office.outbound.step()
    office.outbound.close()
    city.kill_daemon(OFFICE)
    city.settle()
    assert city.recorders[FINANCE].calls == 1
    office = city.start_daemon(OFFICE, view=lambda: stale)
    for _ in range(4):
        city.settle()
        city.clock.pass_(2)
        city.janitor.step()
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "delivered", AT_CIVIL: "delivered"}


def test_a_message_of_two_receivers_of_whom_the_hub_spoke_of_one_is_still_waited_for(
    city: City, office: Daemon
) -> None:
    city.kill_worker()
    (message_id,) = office.send(text(to=[AT_FINANCE, AT_CIVIL]))
    city.settle()
    about = About(
        message_id,
        Address(OFFICE, FILES),
        office.outbox.own([message_id])[message_id].digest,
        Priority.ROUTINE,
    )
    said = issue(city._around(HUB), ReceiptKind.ACCEPTED, about, receiver=Address.parse(AT_FINANCE))
    city.node.publish(receipt_parcel(said.receipt, said.document))
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "accepted", AT_CIVIL: "queued"}
    assert message_id in (office.outbound._awaited or ())
    city.start_worker()
    city.settle()
    assert message_id not in (office.outbound._awaited or (message_id,))


def test_what_landed_just_before_the_database_went_away_is_waited_for(
    city: City, office: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is lost in the hub's own queue would never be offered again, before the next start."""
    city.kill_worker()
    made = harbour(office)
    ids = office.send(text(1, to=[AT_FINANCE, AT_CIVIL]), text(2))
    launched(made, office)
    office.outbound.heard(ids[:1])
    office.outbound.step()
    made.let_go()
    awaits, away = office.outbox.awaits, [True]

    def reading(message_id: str) -> bool:
        if away:
            away.clear()
            raise StoreDown("EX-902", after_seconds=1.0, where="here", reason="away")
        return awaits(message_id)

    monkeypatch.setattr(office.outbox, "awaits", reading)
    walk(city)
    assert not away
    assert office.outbox.counts() == {"sent": 2}
    assert office.outbound._awaited is not None
    assert all(message_id in office.outbound._awaited for message_id in ids)


def in_the_air(made: Harbour) -> int:
    return sum(len(parcel.body) for flight in made.flights for parcel in flight.parcels)


@pytest.mark.parametrize(("content", "least"), [(os.urandom, 16), (bytes, 64)], ids=["random", "compresses"])
def test_bulk_in_the_air_is_bounded_by_its_bytes_on_the_wire(
    city: City, office: Daemon, content: Callable[[int], bytes], least: int
) -> None:
    """Whatever else is published waits behind it in the broker's log."""
    made = harbour(office, Priority.BULK)
    data = content(80 * SEGMENT)
    message_id = sealed(office, text(parts=[Content("big", data)], priority="bulk"))
    for _ in range(20):
        office.outbound.step()
        city.clock.pass_(0.1)
    largest = max(sum(len(p.body) for p in flight.parcels) for flight in made.flights)
    assert in_the_air(made) < 2 * MIB + largest
    assert sum(len(flight.parcels) for flight in made.flights) >= least
    made.patient = False
    while made.flights:
        made.let_go()
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "delivered"}


def test_what_is_asked_for_again_is_sent_again_though_its_landing_is_noted_later(
    city: City, office: Daemon
) -> None:
    """The hub refused and dropped it between the broker's confirm and our noting of that."""
    made = harbour(office, Priority.BULK)
    (message_id,) = office.send(big(1, 6, priority="bulk"))
    for _ in range(40):
        office.step()
    assert len(made.launched) == 6
    while made.flights:
        made.let_go()  # confirmed by the broker, not noted yet
    office.outbound.go(message_id, FINANCE, "0-2")
    office.outbound._land(at_once=True)
    assert office.outbox.progress(message_id) == (3, 6, 0)
    made.patient = False
    city.settle()
    sent = [segment_form.cut(parcel.body).piece.index for parcel in made.launched[6:]]
    assert sorted(sent) == [0, 1, 2]
    assert office.states(message_id) == {AT_FINANCE: "delivered"}


def test_what_lands_while_the_landed_are_being_counted_is_noted_next(city: City, office: Daemon) -> None:
    """It would stay in the air for ever: its bytes in the window, and the next message unseen behind it."""
    made = harbour(office, Priority.BULK)
    (first,) = office.send(big(1, 24, priority="bulk"))
    for _ in range(40):
        office.step()
    assert len(made.flights) == 2
    made.let_go()
    made.let_go_once_asked()
    office.outbound._land(at_once=True)
    made.patient = False
    city.settle()
    (second,) = office.send(big(2, 24, priority="bulk"))
    city.settle()
    assert [office.states(m) for m in (first, second)] == [{AT_FINANCE: "delivered"}] * 2
    assert office.outbound._gone[Priority.BULK] == 0


def test_what_lands_of_a_transfer_that_began_anew_counts_for_nothing(city: City, office: Daemon) -> None:
    """The hub dropped it since: what was in the air when all was asked for again is on its way once more."""
    made = harbour(office, Priority.BULK)
    (message_id,) = office.send(big(1, 6, priority="bulk"))
    for _ in range(40):
        office.step()
    before = len(made.flights)
    office.outbound.go(message_id, FINANCE, "")
    office.step()
    for _ in range(before):
        made.let_go()
    office.outbound._land(at_once=True)
    assert office.outbox.progress(message_id) == (0, 6, 0)
    made.patient = False
    while made.flights:
        made.let_go()
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "delivered"}


def test_what_was_ordered_while_the_database_was_away_is_obeyed_when_it_is_back(
    city: City, office: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what was asked for again would never count as sent: in the air for ever, and hiding the next."""
    made = harbour(office, Priority.BULK)
    made.patient = False
    ids = office.send(big(1, 6, priority="bulk"), big(2, 6, priority="bulk"))
    for _ in range(40):
        office.step()
    for message_id in ids:
        office.outbound.go(message_id, FINANCE, "0")
    transfer, away = office.outbox.transfer, [True]

    def reading(message_id: str) -> object:
        if away:
            away.clear()
            raise StoreDown("EX-902", after_seconds=1.0, where="here", reason="away")
        return transfer(message_id)

    monkeypatch.setattr(office.outbox, "transfer", reading)
    with pytest.raises(Retry, match="EX-902"):
        office.outbound.step()
    city.settle()
    assert not office.outbound._reopened._asked
    assert not office.outbound._moving
    assert [office.states(m) for m in ids] == [{AT_FINANCE: "delivered"}] * 2


def test_every_encryption_of_a_slice_has_a_salt_of_its_own(city: City, office: Daemon) -> None:
    """The same slice may compress to other bytes: under one key and nonce, both would lie open."""
    made = harbour(office, Priority.BULK)
    made.patient = False
    (message_id,) = office.send(big(1, 6, priority="bulk"))
    for _ in range(40):
        office.step()
    office.outbound.go(message_id, FINANCE, "")
    for _ in range(40):
        office.step()
    salts = [segment_form.cut(parcel.body).piece.salt for parcel in made.launched]
    assert (len(salts), len(set(salts))) == (12, 12)


def test_what_is_asked_for_again_goes_though_the_window_is_full(city: City, office: Daemon) -> None:
    """Its receiver waits for it, and what fills the window is perhaps waiting for the same receiver."""
    office.outbound._window = 1
    made = harbour(office, Priority.BULK)
    made.patient = False
    (message_id,) = office.send(big(1, 6, priority="bulk"))
    for _ in range(40):
        office.step()
    assert len(made.launched) == 6
    office.outbound.go(message_id, FINANCE, "0-2")
    for _ in range(40):
        office.step()
    assert len(made.launched) == 9


def test_what_was_in_the_air_when_the_broker_went_takes_no_room_afterwards(
    city: City, office: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "IN_THE_AIR", 3)
    made = harbour(office)
    office.send(big(1, 3))
    launched(made, office)  # and never lands
    made.away = True
    monkeypatch.setattr(outbound, "IN_THE_AIR", 6)
    (message_id,) = office.send(big(2, 3))
    with pytest.raises(Retry, match="EX-901"):
        office.step()
    made.away = made.patient = False
    monkeypatch.setattr(outbound, "IN_THE_AIR", 3)
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "delivered"}


def test_ranges_that_no_message_has_are_refused_and_leave_nothing_behind(city: City, office: Daemon) -> None:
    made = harbour(office, Priority.BULK)
    (message_id,) = office.send(big(1, 6, priority="bulk"))
    for _ in range(40):
        office.step()
    assert len(made.launched) == 6
    with pytest.raises(Reject, match="EX-104"):
        office.outbound.go(message_id, FINANCE, "0-7")
    made.patient = False
    while made.flights:
        made.let_go()
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "delivered"}
    assert resent(office, message_id) == 0
