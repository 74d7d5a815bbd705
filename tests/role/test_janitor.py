# SPDX-License-Identifier: Apache-2.0
"""The hub's janitor: who is let go, who is asked again and how often, and what is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from exchange import Priority
from exchange.edge.broker import Arrival, Bell, Parcel
from exchange.edge.hub_store import FlowKey, MessageKey
from exchange.edge.memory import MemoryBroker
from exchange.errors import Reject, StoreDown
from exchange.model import topology
from exchange.role import janitor
from tests.city import CIVIL, FILES, FINANCE, OFFICE, City, text

AT_FINANCE = f"{FINANCE}/{FILES}"
QUEUE = topology.egress_queue(FINANCE, Priority.ROUTINE)
KEY = topology.egress_key(FINANCE, Priority.ROUTINE)


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


@pytest.fixture
def held(city: City) -> str:
    """A message whose receiver was full, and is not any more."""
    city.node.refusing.add(KEY)
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    city.node.refusing.clear()
    return message_id


@pytest.fixture
def finance(city: City) -> Iterator[Callable[[], list[Arrival]]]:
    """In place of the finance bureau's daemon: who takes what came, and can do nothing with it."""
    city.kill_daemon(FINANCE)
    broker = MemoryBroker(city.node)
    intake = broker.intake([QUEUE], Bell())

    def bury() -> list[Arrival]:
        arrivals = intake.take(most=10, most_bytes=1 << 24)
        intake.bury(arrivals)
        return arrivals

    yield bury
    broker.close()


# ---- receivers that have room again


def test_who_does_not_hold_the_lease_does_nothing(city: City, held: str) -> None:
    city.janitor._holds_lease = lambda: False
    assert not city.janitor.step()
    city.settle()
    assert city.daemons[OFFICE].states(held) == {AT_FINANCE: "held"}
    city.janitor._holds_lease = lambda: True
    assert city.janitor.step()
    city.settle()
    assert city.daemons[OFFICE].states(held) == {AT_FINANCE: "delivered"}


def test_nobody_is_let_go_while_much_still_waits_for_the_receiver(
    city: City, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(janitor.ROOM, Priority.ROUTINE, 0)
    city.kill_daemon(FINANCE)
    city.daemons[CIVIL].send(text(2))
    city.settle()  # one more, which waits in the queue
    city.janitor.step()
    city.settle()
    assert city.daemons[OFFICE].states(held) == {AT_FINANCE: "held"}
    city.start_daemon(FINANCE)
    city.settle()
    city.janitor.step()
    city.settle()
    assert city.daemons[OFFICE].states(held) == {AT_FINANCE: "delivered"}


# ---- the dead


def test_a_segment_that_nobody_can_take_is_asked_for_again_and_fails_its_delivery_at_last(
    city: City, finance: Callable[[], list[Arrival]]
) -> None:
    office = city.daemons[OFFICE]
    (message_id,) = office.send(text())
    for death in range(1, janitor.DEATHS_MOST + 2):
        city.settle()
        assert office.states(message_id) == {AT_FINANCE: "accepted"}
        assert len(finance()) == 1
        city.janitor.step()
        assert city.dead.count() == death
    city.settle()
    assert finance() == []  # it is not sent again
    assert office.states(message_id) == {AT_FINANCE: "rejected"}
    word = next(r for r in office.outbox.receipts(message_id) if r.kind == "rejected")
    assert (word.code, word.by) == ("EX-407", "hub")
    assert FINANCE in word.text


@pytest.mark.parametrize(
    "change",
    [lambda body: body[:300], lambda _body: b"<receipt/>"],
    ids=["a segment cut short", "no segment"],
)
def test_what_cannot_be_read_any_more_is_parked_with_the_name_of_who_could_not_take_it(
    city: City, finance: Callable[[], list[Arrival]], change: Callable[[bytes], bytes]
) -> None:
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    parcel = _taken_away(city)
    city.node.publish(replace(parcel, body=change(parcel.body)))
    finance()
    city.janitor.step()
    (letter,) = city.dead.newest()
    assert (letter.code, letter.queue, letter.message_id) == ("EX-409", QUEUE, message_id)
    assert f"{FINANCE} could not take" in letter.reason


def test_a_segment_that_its_message_does_not_have_is_parked_and_asked_for_from_nobody(
    city: City, finance: Callable[[], list[Arrival]]
) -> None:
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    parcel = _taken_away(city)
    city.node.publish(replace(parcel, body=parcel.body.replace(b'index="0"', b'index="7"', 1)))
    assert len(finance()) == 1
    city.janitor.step()
    city.settle()
    (letter,) = city.dead.newest()
    assert (letter.message_id, letter.code) == (message_id, "EX-411")
    assert finance() == []


def test_whoever_holds_the_lease_gets_the_dead_though_another_hub_runs_beside_it(
    city: City, finance: Callable[[], list[Arrival]]
) -> None:
    """A hub that does nothing with them would keep back as many as the broker gives it unasked."""
    city.janitor.step()
    other, city.janitor = city.janitor, city.make_janitor()
    other._holds_lease = lambda: False
    other.step()
    city.daemons[OFFICE].send(text())
    city.settle()
    assert len(finance()) == 1
    city.janitor.step()
    assert city.dead.count() == 1


def test_the_dead_that_were_in_hand_when_the_database_went_away_come_again(
    city: City, finance: Callable[[], list[Arrival]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        city.daemons[OFFICE].send(text(number))
    city.settle()
    assert len(finance()) == 2
    with monkeypatch.context() as patched:
        patched.setattr(city.janitor, "_park", _no_database)
        with pytest.raises(StoreDown):
            city.janitor.step()
    city.janitor.step()
    assert city.dead.count() == 2


def test_a_dead_letter_says_that_a_segment_is_asked_for_only_while_it_is(
    city: City, finance: Callable[[], list[Arrival]]
) -> None:
    """Six deaths end the delivery; a segment that was still on its way dies after it is over."""
    (message_id,) = city.daemons[OFFICE].send(text())
    for _ in range(janitor.DEATHS_MOST + 1):
        city.settle()
        (arrival,) = finance()
        city.janitor.step()
    city.node.publish(Parcel(arrival.exchange, KEY, arrival.body, arrival.kind, message_id, arrival.user_id))
    finance()
    city.janitor.step()
    asked, last, late = "its sender is asked for it again", "could not be reached", "nothing is sent again"
    reasons = [letter.reason for letter in reversed(city.dead.newest())]
    found = [next(words for words in (asked, last, late) if words in reason) for reason in reasons]
    assert found == [asked] * janitor.DEATHS_MOST + [last, late]


def _no_database(*_words: object) -> None:
    raise StoreDown("EX-902", where="the hub's", reason="it is away")


def _taken_away(city: City) -> Parcel:
    """What waits for the finance bureau, taken out of its queue."""
    (intake,) = city.node.lines[QUEUE].consumers
    (a,) = intake.take(most=1, most_bytes=1 << 24)
    intake.settle([a])
    return Parcel(a.exchange, KEY, a.body, a.kind, a.message_id, a.user_id)


# ---- age


def test_what_is_old_is_forgotten_round_by_round(city: City) -> None:
    city.janitor._rows_a_round = 2
    ids = city.daemons[OFFICE].send(*(text(n) for n in range(5)))
    city.settle()
    city.janitor.step()
    keys = [MessageKey(OFFICE, message_id) for message_id in ids]

    def remembered() -> int:
        with city.hub_store.reading() as connection:
            return len(city.hub_store.known(connection, keys))

    assert remembered() == 5
    city.clock.pass_(400 * 86_400)
    left = []
    for _ in range(3):
        city.janitor.step()
        left.append(remembered())
    assert left == [3, 1, 0]  # without waiting a minute while there is more


# ---- what comes between


def _while_it_signs(city: City, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something that *happens* between the janitor's look and its word about what it saw."""
    refuse = city.janitor._desk.refuse

    def slowly(*words: object) -> object:
        happens()
        return refuse(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(city.janitor._desk, "refuse", slowly)


def test_what_is_forwarded_while_the_hub_signs_that_it_expired_is_not_ended_by_the_hub(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the receiver's answer ends it: it may have taken it in time."""
    city.node.refusing.add(KEY)
    office = city.daemons[OFFICE]
    (message_id,) = office.send(text(expires_after_seconds=300))
    city.settle()
    city.clock.pass_(301)
    flow = FlowKey(OFFICE, message_id, FINANCE)

    def forwarded() -> None:
        with city.hub_store.writing() as connection:
            city.hub_store.mark(connection, {flow: [0]}, {}, now_ms=0)

    _while_it_signs(city, monkeypatch, forwarded)
    city.janitor._expire()
    city.settle()
    assert office.outbox.receipts(message_id) == []


def test_what_is_answered_while_the_hub_signs_that_it_fails_is_not_ended_by_the_hub(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.kill_daemon(FINANCE)
    office = city.daemons[OFFICE]
    (message_id,) = office.send(text())
    city.settle()
    with city.hub_store.reading() as connection:
        flow = city.hub_store.about(connection, FlowKey(OFFICE, message_id, FINANCE))
    assert flow is not None
    city.start_daemon(FINANCE)
    _while_it_signs(city, monkeypatch, city.settle)
    city.janitor._end(flow, Reject("EX-407", receiver=FINANCE, ranges=0, times=6))
    city.settle()
    assert [row.kind for row in office.outbox.receipts(message_id)] == ["accepted", "delivered"]
