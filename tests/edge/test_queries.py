# SPDX-License-Identifier: Apache-2.0
"""What either database tells of messages, deliveries and receipts, at every stage of their lives."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from exchange import Content, Reject, Retry
from exchange.edge import outbox
from exchange.edge.backlog import Backlog
from exchange.edge.daemon_messages import DaemonMessages
from exchange.edge.hub_messages import HubMessages
from exchange.edge.hub_refusals import phrase, phrases, spelled
from exchange.edge.hub_store import MessageKey
from exchange.edge.queries import FoundMessage, Wanted
from exchange.edge.tables import open_engine, writing
from exchange.model import instant, topology
from exchange.model.priority import Priority
from exchange.texts import Phrase, Size, say
from tests.city import CIVIL, FILES, FINANCE, OFFICE, START, City, text

AT_FINANCE, AT_CIVIL = f"{FINANCE}/{FILES}", f"{CIVIL}/{FILES}"
BIG = 5 * 64 * 1024


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def at_hub(city: City) -> HubMessages:
    return HubMessages(city.hub_store.engine)


def at(city: City, who: str = OFFICE) -> DaemonMessages:
    return DaemonMessages(open_engine(str(city.folder / who / "daemon.db")), who)


def backlog(city: City, who: str = OFFICE) -> Backlog:
    return Backlog(open_engine(str(city.folder / who / "daemon.db")))


def send(city: City, number: int = 0, **more: object) -> str:
    (message_id,) = city.daemons[OFFICE].send(text(number, **more))
    return message_id


def one(found: list[FoundMessage]) -> FoundMessage:
    (only,) = found
    return only


def states(found: FoundMessage) -> list[tuple[str, str, int]]:
    return [(d.to, d.state, d.segments_forwarded) for d in found.deliveries]


# ---- one message, wherever it is


def test_a_delivered_message_is_the_same_on_all_three_sides(city: City) -> None:
    message_id = send(city, attributes={"a": "b"})
    city.settle()
    hub, sender, receiver = (
        one(side.find(message_id)) for side in (at_hub(city), at(city), at(city, FINANCE))
    )
    for found in (hub, sender, receiver):
        assert states(found) == [(AT_FINANCE, "delivered", 1)]
        assert (found.state, found.type, found.sender) == (
            "delivered",
            "document.official.v1",
            f"{OFFICE}/files",
        )
        assert (found.to, found.priority, found.segments) == ((AT_FINANCE,), "routine", 1)
        assert (found.created, found.expires, found.digest) == (hub.created, hub.expires, hub.digest)
    assert [r.kind for r in hub.receipts] == [r.kind for r in sender.receipts] == ["accepted", "delivered"]
    assert [r.kind for r in receiver.receipts] == ["delivered"]
    assert [m for m, _ in hub.moments + sender.moments + receiver.moments] == [
        "admitted", "claimed", "arriving", "whole",
    ]  # fmt: skip


def test_what_was_delivered_left_whole_even_where_the_confirms_are_not_written_down_yet(city: City) -> None:
    message_id = send(city)
    city.settle()
    engine = open_engine(str(city.folder / OFFICE / "daemon.db"))
    with writing(engine) as connection:
        connection.execute(sa.update(outbox.outgoing).values(confirmed=b""))
    assert states(one(at(city).find(message_id))) == [(AT_FINANCE, "delivered", 1)]


def test_a_message_that_has_not_left_has_its_addresses_and_no_segments(city: City) -> None:
    city.kill_worker()
    message_id = send(city)
    found = one(at(city).find(message_id))
    assert (found.state, found.to) == ("open", (AT_FINANCE,))
    assert states(found) == [(AT_FINANCE, "queued", 0)]
    assert at_hub(city).find(message_id) == []


def test_what_is_held_says_so_on_both_sides(city: City) -> None:
    city.node.refusing.add(topology.egress_key(FINANCE, Priority.ROUTINE))
    message_id = send(city)
    city.settle()
    assert [d.state for d in one(at_hub(city).find(message_id)).deliveries] == ["held"]
    assert [d.state for d in one(at(city).find(message_id)).deliveries] == ["held"]


def test_what_is_arriving_says_how_much_is_there(city: City) -> None:
    city.kill_daemon(FINANCE)
    message_id = send(city, parts=[Content("big", os.urandom(BIG))])
    city.settle()
    city.node.lines[topology.egress_queue(FINANCE, Priority.ROUTINE)].waiting.pop()
    city.start_daemon(FINANCE)
    city.settle()
    found = one(at(city, FINANCE).find(message_id))
    assert states(found) == [(AT_FINANCE, "transferring", 4)]
    assert (found.state, [m for m, _ in found.moments]) == ("open", ["arriving"])
    assert backlog(city, FINANCE).arriving().count == 1


def test_what_the_application_puts_off_is_converting_with_its_reason(city: City) -> None:
    city.recorders[FINANCE].refuse = Retry(after_seconds=3600)
    message_id = send(city)
    city.settle()
    (delivery,) = one(at(city, FINANCE).find(message_id)).deliveries
    assert delivery.state == "converting"
    assert delivery.reason.startswith("EX-508")
    (failing,) = backlog(city, FINANCE).failing()
    assert (failing.application, failing.message_id, failing.code) == (FILES, message_id, "EX-508")
    (unhappy,) = at(city, FINANCE).unhappy()
    assert (unhappy.message_id, unhappy.code) == (message_id, "EX-508")


def test_a_return_stands_at_its_delivery_with_code_and_words(city: City) -> None:
    city.recorders[FINANCE].refuse = Reject("EX-502", reason="no such account")
    message_id = send(city)
    city.settle()
    sender, receiver = one(at(city).find(message_id)), one(at(city, FINANCE).find(message_id))
    for found in (sender, receiver):
        receipt = found.deliveries[0].receipts[-1]
        assert (found.state, receipt.kind, receipt.code, receipt.by) == (
            "failed",
            "returned",
            "EX-502",
            FINANCE,
        )
    assert "no such account" in sender.deliveries[0].receipts[-1].text
    assert "no such account" in at(city, FINANCE).unhappy()[0].reason


def test_a_refusal_of_the_message_as_a_whole_stands_at_the_message(city: City) -> None:
    message_id = send(city, to=["440500.nobody/files"])
    city.settle()
    for found in (one(at(city).find(message_id)), one(at_hub(city).find(message_id))):
        assert (found.state, [(r.kind, r.receiver) for r in found.receipts]) == ("failed", [("rejected", "")])


def test_two_deliveries_have_their_own_states(city: City) -> None:
    city.recorders[CIVIL].refuse = Reject("EX-502", reason="x")
    message_id = send(city, to=[AT_FINANCE, AT_CIVIL])
    city.settle()
    for side in (at_hub(city), at(city)):
        found = one(side.find(message_id))
        assert (found.state, [d.state for d in found.deliveries]) == ("partial", ["returned", "delivered"])
        assert [[r.kind for r in d.receipts] for d in found.deliveries] == [
            ["accepted", "returned"],
            ["accepted", "delivered"],
        ]


def test_what_was_sent_again_is_counted(city: City) -> None:
    city.recorders[FINANCE].refuse = Retry(after_seconds=5)
    message_id = send(city, parts=[Content("big", os.urandom(BIG))])
    city.settle(most=30)
    for path in next(city.daemons[FINANCE].inbox.folder.iterdir()).iterdir():
        path.unlink()
    city.recorders[FINANCE].refuse = None
    city.clock.pass_(10)
    city.settle()
    assert [d.segments_resent for d in one(at_hub(city).find(message_id)).deliveries] == [5]


def test_an_overdue_delivery_is_flagged_at_the_hub(city: City) -> None:
    city.kill_daemon(FINANCE)
    message_id = send(city, expires_after_seconds=300)
    city.settle()
    city.clock.pass_(600)
    city.janitor.step()
    assert [d.overdue for d in one(at_hub(city).find(message_id)).deliveries] == [True]
    assert city.hub_store.overdue_count() == 1


def test_nobody_finds_what_is_not_there(city: City) -> None:
    nothing = "01a1fe30-7fc3-77ce-98e5-c99629584290"
    for side in (at_hub(city), at(city)):
        assert (side.find(nothing), side.receipt(nothing), side.receipts(Wanted())) == ([], None, [])


# ---- lists


@pytest.fixture
def busy(city: City) -> City:
    """Four messages of one office: two delivered, one refused, one returned; one that it received."""
    city.recorders[CIVIL].refuse = Reject("EX-502", reason="x")
    for number, more in enumerate(
        (
            {},
            {"type": "tax.return.v1", "to": [AT_FINANCE]},
            {"to": ["440500.nobody/files"]},
            {"to": [AT_CIVIL]},
        )
    ):
        send(city, number, **more)
        city.clock.pass_(60)
    city.settle()
    city.daemons[FINANCE].send(text(9, to=[f"{OFFICE}/{FILES}"]))
    city.settle()
    return city


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        (Wanted(), ["k9", "k3", "k2", "k1", "k0"]),
        (Wanted(limit=2), ["k9", "k3"]),
        (Wanted(state="failed"), ["k3", "k2"]),
        (Wanted(state="returned"), ["k3"]),
        (Wanted(state="delivered"), ["k9", "k1", "k0"]),
        (Wanted(type="tax.*"), ["k1"]),
        (Wanted(type="tax.return.v1"), ["k1"]),
        (Wanted(type="tax"), []),
        (Wanted(sender=OFFICE), ["k3", "k2", "k1", "k0"]),
        (Wanted(sender=f"{FINANCE}/{FILES}"), ["k9"]),
        (Wanted(sender=f"{FINANCE}/other"), []),
        (Wanted(receiver=FINANCE), ["k1", "k0"]),
        (Wanted(receiver=AT_CIVIL), ["k3"]),
        (Wanted(receiver=f"{OFFICE}/{FILES}"), ["k9"]),
        (Wanted(since=START + timedelta(minutes=2)), ["k9", "k3", "k2"]),
    ],
)
def test_a_daemons_list_holds_what_fits_sent_and_received(
    busy: City, wanted: Wanted, keys: list[str]
) -> None:
    assert [m.key for m in at(busy).newest(wanted)] == keys


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(), 5),
        (Wanted(limit=2), 2),
        (Wanted(state="failed"), 2),
        (Wanted(state="returned"), 1),
        (Wanted(type="tax.*"), 1),
        (Wanted(type="t%"), 0),
        (Wanted(sender=OFFICE), 4),
        (Wanted(sender=f"{FINANCE}/{FILES}"), 1),
        (Wanted(receiver=FINANCE), 2),
        (Wanted(receiver=AT_CIVIL), 1),
        (Wanted(receiver="440500.civil"), 0),
        (Wanted(since=START + timedelta(days=1)), 0),
    ],
)
def test_the_hubs_list_holds_what_fits(busy: City, wanted: Wanted, count: int) -> None:
    found = at_hub(busy).newest(wanted)
    assert len(found) == count
    assert found == sorted(found, key=lambda m: m.created, reverse=True)


@pytest.mark.parametrize(
    ("wanted", "kind", "count"),
    [
        (Wanted(), "", 8),
        (Wanted(limit=3), "", 3),
        (Wanted(), "rejected", 1),
        (Wanted(), "delivered", 3),
        (Wanted(receiver=CIVIL), "", 2),
        (Wanted(receiver=AT_FINANCE), "", 4),
        (Wanted(sender=FINANCE), "", 1),
        (Wanted(since=START + timedelta(days=1)), "", 0),
    ],
)
def test_a_daemons_receipts_are_those_it_got_and_those_it_gave(
    busy: City, wanted: Wanted, kind: str, count: int
) -> None:
    assert len(at(busy).receipts(wanted, kind=kind)) == count


def test_a_receipt_is_found_by_its_id_on_every_side_that_has_it(busy: City) -> None:
    message = at(busy).newest(Wanted(state="returned"))[0]
    returned = message.receipts[-1]
    for side in (at_hub(busy), at(busy), at(busy, CIVIL)):
        found = side.receipt(returned.receipt_id)
        assert found is not None
        assert (found.kind, found.by, found.document) == ("returned", CIVIL, returned.document)


# ---- what waits


def test_what_waits_is_counted_with_its_oldest(city: City) -> None:
    city.kill_worker()
    send(city, 1)
    city.clock.pass_(60)
    send(city, 2)
    leaving = backlog(city).leaving()
    assert leaving.count == 2
    assert leaving.oldest is not None
    assert leaving.oldest - START < timedelta(seconds=10)


def test_what_the_hub_has_and_nobody_answers_is_unanswered(city: City) -> None:
    city.kill_daemon(FINANCE)
    send(city)
    city.settle()
    assert (backlog(city).leaving().count, backlog(city).unanswered().count) == (0, 1)


def test_held_receivers_are_named_with_what_waits_for_them(city: City) -> None:
    city.node.refusing.add(topology.egress_key(FINANCE, Priority.ROUTINE))
    for number in range(3):
        send(city, number)
    city.settle()
    (held,) = backlog(city).held()
    assert (held.receiver, held.count) == (AT_FINANCE, 3)
    assert city.hub_store.held_receivers() == 1


def test_states_are_counted_on_both_ways(city: City) -> None:
    send(city)
    city.settle()
    assert backlog(city).sent_states() == {"delivered": 1}
    assert backlog(city, FINANCE).received_states() == {"delivered": 1}
    assert backlog(city, FINANCE).to_hand_over().count == 0


def test_the_hubs_latest_word_has_its_time(city: City) -> None:
    assert backlog(city).hub_spoke() is None
    send(city)
    city.settle()
    spoke = backlog(city).hub_spoke()
    assert spoke is not None
    assert START < spoke <= city.clock()


# ---- what the hub refused


def refused(city: City, **more: object) -> FoundMessage:
    message_id = send(city, **more)
    city.settle()
    return one(at_hub(city).find(message_id))


def test_a_refused_message_names_whom_it_was_for_and_its_deliveries_are_rejected(city: City) -> None:
    city.suspend(CIVIL)
    found = refused(city, to=[AT_FINANCE, AT_CIVIL])
    assert found.to == (AT_CIVIL, AT_FINANCE)
    assert states(found) == [(AT_CIVIL, "rejected", 0), (AT_FINANCE, "rejected", 0)]
    assert (found.state, [moment for moment, _ in found.moments]) == ("failed", ["came"])


def test_the_hub_can_say_why_it_refused_with_what_it_found(city: City) -> None:
    found = refused(city, to=["440500.nobody/files"])
    (receipt,) = found.receipts
    assert str(receipt.reason) == "receiver 440500.nobody is not known"
    assert at_hub(city).receipts(Wanted(), message_id=found.message_id) == [receipt]
    assert at_hub(city).receipt(receipt.receipt_id) == receipt


def test_a_refused_message_without_a_receiver_is_found_by_its_state_too(tmp_path: Path) -> None:
    city = City(tmp_path, rules=())
    found = refused(city, to=[])
    assert (found.to, found.deliveries, found.state) == ((), (), "failed")
    assert at_hub(city).newest(Wanted(state="rejected")) == [found]
    assert at_hub(city).newest(Wanted(state="expired")) == []


def test_refused_messages_are_found_by_state_and_by_whom_they_were_for(city: City) -> None:
    found = refused(city, to=["440500.nobody/files"])
    send(city, 1)
    city.settle()
    assert at_hub(city).newest(Wanted(state="rejected")) == [found]
    assert at_hub(city).newest(Wanted(receiver="440500.nobody")) == [found]


def test_what_came_too_late_is_expired_at_the_hub(city: City) -> None:
    city.kill_worker()
    message_id = send(city, expires_after_seconds=3600)
    city.settle()
    city.clock.pass_(2 * 3600)
    city.start_worker()
    city.settle()
    found = one(at_hub(city).find(message_id))
    assert states(found) == [(AT_FINANCE, "expired", 0)]
    assert at_hub(city).newest(Wanted(state="expired")) == [found]
    assert "expired at" in str(found.receipts[0].reason)


def test_a_receipt_of_somebody_whom_a_refused_message_names_reaches_nobody(city: City) -> None:
    city.suspend(CIVIL)
    found = refused(city, to=[AT_FINANCE, AT_CIVIL])
    with city.hub_store.reading() as connection:
        key = MessageKey(OFFICE, found.message_id)
        assert city.hub_store.known(connection, [key])[key].receivers == ()


def test_why_is_forgotten_with_the_message(city: City) -> None:
    found = refused(city, to=["440500.nobody/files"])
    later = instant.milliseconds(city.clock.at + timedelta(days=4000))
    assert city.hub_store.forget(before_ms=later) == 1
    with city.hub_store.reading() as connection:
        assert phrases(connection, [found.message_id]) == {}


def test_a_reason_is_kept_with_the_phrases_in_it() -> None:
    refusal = Reject("EX-905", what=Phrase("message.thing"), found=Size(2048))
    kept = phrase("EX-905", spelled(refusal))
    assert kept is not None
    assert (say(kept.key, "zh", **kept.values), str(kept)) == (refusal.text("zh"), refusal.text())


def test_a_code_that_is_not_known_any_more_says_nothing() -> None:
    assert phrase("EX-000", "{}") is None
