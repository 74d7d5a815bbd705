# SPDX-License-Identifier: Apache-2.0
"""What a person does about a dead letter: it is entered in the ledger, and only what can be is sent again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exchange import Priority, Reject
from exchange.codec.receipt_form import RECEIPT_OPEN
from exchange.codec.segment_form import OPEN
from exchange.edge.broker import NOTICE, Bell
from exchange.edge.dead_letters import BODY_KEPT, DeadLetter
from exchange.edge.memory import MemoryBroker
from exchange.edge.tables import writing
from exchange.errors import NotFound
from exchange.model import instant, topology
from exchange.model.notice import NoticeKind
from exchange.role.dead_letter_care import DeadLetterCare, parcel_of
from exchange.role.desk import notice_parcel
from exchange.role.issuing import notify
from tests.city import FINANCE, City

QUEUE = topology.egress_queue(FINANCE, Priority.URGENT)


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def care(city: City) -> DeadLetterCare:
    return DeadLetterCare(city.hub_store.engine, clock=city.clock, by="wang.wei", reason="seen to")


def letter(city: City, **more: object) -> DeadLetter:
    """A letter on the hub's list."""
    fields: dict[str, object] = {
        "id": city.hub_around.new_id(), "at_ms": instant.milliseconds(city.clock()), "queue": QUEUE,
        "sender": "hub", "message_id": city.hub_around.new_id(), "code": "EX-409", "reason": "it fell",
    }  # fmt: skip
    made = DeadLetter(**(fields | more))  # type: ignore[arg-type]
    with writing(city.hub_store.engine) as connection:
        city.dead.park(connection, made)
    return made


def entries(city: City, subject: str) -> list[dict[str, str]]:
    city.sequencer.step()
    found = [one.entry for one in city.ledger.about(subject)]
    assert {one.kind.value for one in found} == {"dead-letter"}
    return [json.loads(one.body) for one in found]


def test_of_two_who_discard_a_letter_at_once_one_is_told_that_it_is_gone(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = letter(city)
    slow = care(city)
    monkeypatch.setattr(slow, "_letter", lambda _id: made)  # it looked before the other was done
    care(city).discard(made.id)
    with pytest.raises(NotFound, match="EX-905"):
        slow.discard(made.id)
    assert len(entries(city, made.message_id)) == 1


def test_a_discarded_letter_is_off_the_list_and_the_ledger_says_who_did_it_and_why(city: City) -> None:
    made, other = letter(city), letter(city)
    assert care(city).discard(made.id).id == made.id
    assert [left.id for left in city.dead.newest()] == [other.id]
    (entry,) = entries(city, made.message_id)
    assert (entry["done"], entry["by"], entry["why"]) == ("discarded", "wang.wei", "seen to")
    assert (entry["letter"], entry["code"], entry["reason"]) == (made.id, "EX-409", "it fell")


def test_a_letter_that_names_no_message_is_found_in_the_ledger_by_its_own_id(city: City) -> None:
    made = letter(city, message_id="no message")
    care(city).discard(made.id)
    assert [entry["letter"] for entry in entries(city, made.id)] == [made.id]


def test_what_is_not_on_the_list_any_more_is_not_discarded_again(city: City) -> None:
    made = letter(city)
    care(city).discard(made.id)
    for again in (care(city).discard, care(city).requeue):
        with pytest.raises(NotFound, match="EX-905"):
            again(made.id)
    assert len(entries(city, made.message_id)) == 1


def test_a_notice_of_the_hub_that_was_not_taken_goes_out_once_more(city: City) -> None:
    city.kill_daemon(FINANCE)
    broker = MemoryBroker(city.node)
    intake = broker.intake([QUEUE], Bell())
    intake.take(most=100, most_bytes=1 << 20)  # what is there already is not of interest
    notice_id, document = notify(city.hub_around, NoticeKind.DIRECTORY_CHANGED, version=7)
    city.node.publish(notice_parcel(FINANCE, notice_id, document))
    intake.bury(intake.take(most=1, most_bytes=1 << 20))
    city.janitor.step()
    (parked,) = city.dead.newest()
    assert (parked.code, parked.sender, parked.message_id) == ("EX-409", "hub", notice_id)
    care(city).requeue(parked.id)
    city.clock.pass_(10)
    city.janitor.step()
    arrived = intake.take(most=10, most_bytes=1 << 20)
    (arrival,) = [one for one in arrived if one.message_id == notice_id]  # the janitor announces others
    assert (arrival.kind, arrival.message_id, arrival.body) == (NOTICE, notice_id, document)
    assert city.dead.newest() == []
    assert [entry["done"] for entry in entries(city, notice_id)] == ["requeued"]
    broker.close()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"queue": "hub.routine", "body": RECEIPT_OPEN}, "only whoever sent it"),
        ({"body": OPEN + b"<envelope"}, "it is a segment"),
        ({"body": RECEIPT_OPEN + b" " * BODY_KEPT}, "not all of it was kept"),
        ({"body": b""}, "not all of it was kept"),
        ({"body": b"<something/>"}, "neither a receipt nor a notice"),
    ],
    ids=["it came to the hub", "a segment", "too large to be kept", "nothing was kept", "neither"],
)
def test_what_cannot_be_sent_again_stays_on_the_list_with_the_reason(
    city: City, fields: dict[str, object], why: str
) -> None:
    made = letter(city, **fields)
    with pytest.raises(Reject, match="EX-412") as refusal:
        care(city).requeue(made.id)
    assert why in refusal.value.text()
    assert [left.id for left in city.dead.newest()] == [made.id]


def test_a_receipt_goes_to_where_it_was_going(city: City) -> None:
    made = letter(city, body=RECEIPT_OPEN + b"</receipt>")
    parcel = parcel_of(made)
    assert (parcel.exchange, parcel.key) == (topology.OUT, topology.egress_key(FINANCE, Priority.URGENT))
    assert (parcel.kind, parcel.message_id, parcel.user_id) == ("receipt", made.message_id, "hub")
