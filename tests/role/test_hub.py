# SPDX-License-Identifier: Apache-2.0
"""A hub worker: what it does with what is altered, comes again, is lost in the air, or finds no room."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from exchange import Content, Priority, Retry
from exchange.codec import segment_form
from exchange.edge.broker import NOTICE, RECEIPT, Parcel
from exchange.edge.broker import SEGMENT as SEGMENT_KIND
from exchange.edge.memory import _Waiting
from exchange.model import topology
from exchange.model.digest import sha256
from exchange.model.identity import Address
from exchange.model.ledger_entry import EntryKind
from exchange.model.ledger_head import LedgerHead
from exchange.model.receipt import ReceiptKind
from exchange.model.rule import Rule
from exchange.role import hub
from exchange.role.issuing import About, issue
from tests.city import CIVIL, FILES, FINANCE, OFFICE, City, Daemon, text
from tests.role.harbour import Harbour

AT_FINANCE, AT_CIVIL = f"{FINANCE}/{FILES}", f"{CIVIL}/{FILES}"
SEGMENT = 64 * 1024


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def big(number: int, segments: int, **more: object) -> object:
    return text(number, parts=[Content("big", os.urandom(segments * SEGMENT))], **more)


def at_the_hub(city: City, priority: Priority = Priority.ROUTINE) -> list[_Waiting]:
    return list(city.node.lines[topology.hub_queue(priority)].waiting)


def put_in_order(city: City, waiting: list[_Waiting]) -> None:
    line = city.node.lines[topology.hub_queue(Priority.ROUTINE)]
    line.waiting.clear()
    line.waiting.extend(waiting)


def for_the_office(city: City, kind: str) -> list[Parcel]:
    """What of a kind waits for the office, whose daemon is away."""
    lines = [city.node.lines[topology.egress_queue(OFFICE, p)] for p in Priority]
    return [w.parcel for line in lines for w in line.waiting if w.parcel.kind == kind]


def outcome_at_the_hub(city: City, message_id: str) -> str:
    key = hub.MessageKey(OFFICE, message_id)
    with city.hub_store.reading() as connection:
        return city.hub_store.known(connection, [key])[key].outcome


def harbour(city: City, *, express: bool = False) -> Harbour:
    """Between the worker and the broker, in one of its lanes."""
    worker = city.workers[0]
    lane, publisher = worker._lanes[express]
    made = Harbour(publisher)
    worker._lanes[express] = (lane, made)
    return made


@contextmanager
def backup(city: City, who: str) -> Iterator[None]:
    """A backup of a department's database is made now, and put back at the end of the block."""
    folder = city.folder / who
    copies = {path.name: path.read_bytes() for path in folder.glob("daemon.db*")}
    yield
    city.kill_daemon(who)
    for path in folder.glob("daemon.db*"):
        path.unlink()
    for name, data in copies.items():
        (folder / name).write_bytes(data)
    city.start_daemon(who)


# ---- what is altered


def test_a_segment_whose_envelope_was_altered_on_the_way_is_sent_again_and_nothing_else_is_lost(
    city: City,
) -> None:
    city.kill_worker()
    (message_id,) = city.daemons[OFFICE].send(big(1, 5))
    city.settle()
    waiting = at_the_hub(city)
    body = waiting[2].parcel.body.replace(b"document.official.v1", b"document.official.v9", 1)
    waiting[2].parcel = replace(waiting[2].parcel, body=body)
    city.start_worker()
    city.settle()
    (letter,) = city.dead.newest()
    assert (letter.code, letter.sender) == ("EX-201", OFFICE)
    city.clock.pass_(120)
    city.daemons[FINANCE].inbound.ask_again(quiet_ms=60_000)
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}
    assert outcome_at_the_hub(city, message_id) == "delivered"


def keys_for(city: City, who: str) -> list[list[str]]:
    """Whose keys come with each segment that waits for *who*."""
    waiting = city.node.lines[topology.egress_queue(who, Priority.ROUTINE)].waiting
    segments = [segment_form.cut(w.parcel.body) for w in waiting if w.parcel.kind == SEGMENT_KIND]
    return [[str(key.receiver) for key in segment.keys] for segment in segments]


def test_a_receiver_is_passed_its_own_key_alone(city: City) -> None:
    for who in (FINANCE, CIVIL):
        city.kill_daemon(who)
    city.daemons[OFFICE].send(text(to=[AT_FINANCE, AT_CIVIL]))
    city.settle()
    assert (keys_for(city, FINANCE), keys_for(city, CIVIL)) == ([[AT_FINANCE]], [[AT_CIVIL]])


def test_a_key_for_an_application_that_the_route_does_not_name_is_not_passed_on(city: City) -> None:
    """A daemon hands over to whom it finds a key for: it would be a way past the routing table."""
    city.kill_daemon(FINANCE)
    office = city.daemons[OFFICE]
    (message_id,) = office.send(text())
    office.outbound.add_receiver(message_id, f"{FINANCE}/archive")
    city.settle()
    assert keys_for(city, FINANCE) == [[AT_FINANCE]]


def test_a_refusal_is_told_once_however_many_segments_the_message_has(city: City) -> None:
    city.kill_worker()
    city.daemons[OFFICE].send(big(1, 3, to=["440500.nobody/files"]))
    city.settle()
    city.kill_daemon(OFFICE)
    city.start_worker()
    city.settle()
    assert len(for_the_office(city, RECEIPT)) == 1


def test_the_same_id_with_another_envelope_is_refused_and_alarmed_and_the_first_one_stands(
    city: City,
) -> None:
    """An outbox restored from a backup of before the signing signs anew, and draws other keys."""
    city.daemons[OFFICE].submission.take(FILES, [text()])
    with backup(city, OFFICE):
        city.settle()
    city.settle()
    ((message_id, (_, contents)),) = city.recorders[FINANCE].got.items()
    assert contents == {"正文.txt": "第0号".encode()}
    (receipt,) = city.daemons[OFFICE].outbox.receipts(message_id)
    assert (receipt.kind, receipt.code, receipt.by) == ("rejected", "EX-402", "hub")
    assert outcome_at_the_hub(city, message_id) == "delivered"
    city.sequencer.step()
    (alarm,) = city.ledger.about(OFFICE)
    assert (alarm.entry.kind.value, b"EX-402" in alarm.entry.body) == ("alarm", True)


@pytest.mark.parametrize(
    ("about", "code"),
    [
        (lambda about: replace(about, envelope=sha256(b"another envelope")), "EX-201"),
        (lambda about: replace(about, message_id="01890a5d-ac96-774b-bcce-b302099a8057"), "EX-905"),
        (lambda about: replace(about, sender=Address.parse(AT_CIVIL)), "EX-905"),
    ],
    ids=["of another envelope", "of another message", "of another sender's message"],
)
def test_a_receipt_of_what_was_not_delivered_reaches_nobody(
    city: City, about: Callable[[About], About], code: str
) -> None:
    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    own = city.daemons[OFFICE].outbox.own([message_id])[message_id]
    true = About(message_id, Address(OFFICE, FILES), own.digest, Priority.ROUTINE)
    finance = city.start_daemon(FINANCE)
    made = issue(finance.around, ReceiptKind.DELIVERED, about(true), receiver=Address.parse(AT_FINANCE))
    finance.posting.post([finance.inbound._answers.parcel(made)])
    for worker in city.workers.values():
        worker.step()
    (letter,) = city.dead.newest()
    assert (letter.code, letter.sender) == (code, FINANCE)
    assert for_the_office(city, RECEIPT) == []
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "accepted"}


def test_a_receipt_of_an_application_that_was_no_receiver_reaches_nobody(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    own = city.daemons[OFFICE].outbox.own([message_id])[message_id]
    about = About(message_id, Address(OFFICE, FILES), own.digest, Priority.ROUTINE)
    finance = city.daemons[FINANCE]
    made = issue(finance.around, ReceiptKind.DELIVERED, about, receiver=Address.parse(f"{FINANCE}/archive"))
    finance.posting.post([finance.inbound._answers.parcel(made)])
    city.settle()
    (letter,) = city.dead.newest()
    assert (letter.code, letter.sender) == ("EX-905", FINANCE)
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_a_receiver_that_has_seen_another_ledger_is_alarmed_about_and_its_receipt_passes(city: City) -> None:
    city.daemons[FINANCE].around.saw_head(LedgerHead(1, sha256(b"another ledger"), city.clock()))
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    city.sequencer.step()
    alarms = [e.entry for e in city.ledger.about(FINANCE) if e.entry.kind is EntryKind.ALARM]
    assert [b"EX-209" in alarm.body for alarm in alarms] == [True]
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


# ---- what comes again


def test_a_message_whose_segments_were_sent_again_is_accepted_once(city: City) -> None:
    city.recorders[FINANCE].refuse = Retry(after_seconds=5)
    office = city.daemons[OFFICE]
    (message_id,) = office.send(big(1, 5))
    city.settle()
    shutil.rmtree(next(city.daemons[FINANCE].inbox.folder.iterdir()))
    city.recorders[FINANCE].refuse = None
    city.clock.pass_(10)
    city.settle()
    assert office.states(message_id) == {AT_FINANCE: "delivered"}
    assert [row.kind for row in office.outbox.receipts(message_id)].count("accepted") == 1


def test_what_a_worker_remembers_and_the_database_has_forgotten_is_forwarded_again(city: City) -> None:
    """The receiver knows it longer, and answers as before: the application gets it once."""
    office = city.daemons[OFFICE]
    (message_id,) = office.send(text(expires_after_seconds=60))
    with backup(city, OFFICE):
        city.settle()
        city.clock.pass_(60)
        assert city.hub_store.forget(before_ms=office.around.now_ms() + 1) == 1
    city.settle()
    assert city.recorders[FINANCE].calls == 1
    kinds = {r.kind for r in city.daemons[OFFICE].outbox.receipts(message_id)}
    assert "delivered" in kinds


def test_a_message_in_the_midst_of_its_transfer_is_not_forgotten_for_newer_ones(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two are remembered: when the third message comes with the first one's last segment, the second goes."""
    monkeypatch.setattr(hub, "PINNED", 2)
    city.kill_worker()
    ids = city.daemons[OFFICE].send(big(1, 2), text(2), text(3))
    city.settle()
    parcels = [waiting.parcel for waiting in at_the_hub(city)]
    put_in_order(city, [])
    of_first = [parcel for parcel in parcels if parcel.message_id == ids[0]]
    second, third = (parcel for parcel in parcels if parcel.message_id != ids[0])
    worker = city.start_worker()
    for batch in ([of_first[0]], [second], [of_first[1], third]):
        worker.step()
        for parcel in batch:
            city.node.publish(parcel)
    city.settle()
    assert set(city.recorders[FINANCE].got) == set(ids)


def test_a_key_is_asked_for_once_however_many_segments_lack_it(tmp_path: Path) -> None:
    one = Rule(id="one", type="*", deliver=(Address.parse(AT_FINANCE),))
    city = City(tmp_path, rules=[one])
    stale = city.view
    city.rules = (replace(one, deliver=(Address.parse(AT_FINANCE), Address.parse(AT_CIVIL))),)
    city.version = 2
    city.refresh()
    city.kill_daemon(OFFICE)
    city.kill_worker()
    (message_id,) = city.start_daemon(OFFICE, view=lambda: stale).send(big(1, 5, to=[]))
    city.settle()
    city.kill_daemon(OFFICE)
    city.start_worker()
    city.settle()
    asked = [p for p in for_the_office(city, NOTICE) if b"key-needed" in p.body]
    assert len(asked) == 1
    city.start_daemon(OFFICE)
    for _ in range(3):
        city.settle()
        city.clock.pass_(2)
        city.janitor.step()
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered", AT_CIVIL: "delivered"}


# ---- what is lost in the air


def launched(city: City, made: Harbour, daemon: Daemon, *things: object) -> list[str]:
    """Send, and let the worker publish."""
    ids = daemon.send(*things)  # type: ignore[arg-type]
    daemon.step()
    while not made.flights:
        city.workers[0].step()
    return ids


@pytest.mark.parametrize("arrived", [False, True])
def test_what_was_lost_in_the_air_is_published_again_and_delivered_once(city: City, arrived: bool) -> None:
    made = harbour(city)
    (message_id,) = launched(city, made, city.daemons[OFFICE], text())
    made.lose(arrived=arrived)
    city.workers[0].step()
    made.patient = False
    made.let_go()
    city.settle()
    assert len([p for p in made.launched if p.message_id == message_id]) == 2
    assert city.recorders[FINANCE].calls == 1
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_nothing_is_acknowledged_before_it_has_landed(city: City) -> None:
    made = harbour(city)
    (message_id,) = launched(city, made, city.daemons[OFFICE], text())
    city.workers[0].step()
    city.kill_worker()
    assert [w.parcel.message_id for w in at_the_hub(city)] == [message_id]


def test_a_lane_whose_batches_are_all_in_the_air_takes_no_more(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "TAKE", 1)
    made = harbour(city)
    ids = launched(city, made, city.daemons[OFFICE], *(text(n) for n in range(hub.IN_THE_AIR + 2)))
    for _ in range(20):
        city.workers[0].step()
    assert len(made.flights) == hub.IN_THE_AIR
    (flash,) = city.daemons[OFFICE].send(text(99, priority="flash"))
    city.settle()
    assert list(city.recorders[FINANCE].got) == [flash]  # the other lane goes on
    made.patient = False
    while made.flights:
        made.let_go()
    city.settle()
    assert set(city.recorders[FINANCE].got) == {*ids, flash}


def test_at_its_end_a_worker_finishes_what_has_landed(city: City) -> None:
    made = harbour(city)
    (message_id,) = launched(city, made, city.daemons[OFFICE], text())
    made.let_go()
    city.workers[0].close()
    city.kill_worker()
    assert at_the_hub(city) == []
    city.start_worker()
    city.recover()
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_a_receipt_for_a_sender_whose_queue_is_full_is_owed_until_there_is_room(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text())
    city.node.refusing.add(topology.egress_key(OFFICE, Priority.ROUTINE))
    city.settle()
    assert city.recorders[FINANCE].calls == 1
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "queued"}
    city.node.refusing.clear()
    city.recover()
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_a_broker_that_is_away_costs_nothing_but_time(city: City) -> None:
    made = harbour(city)
    made.away = True
    (message_id,) = city.daemons[OFFICE].send(text())
    city.daemons[OFFICE].step()
    with pytest.raises(Retry, match="EX-901"):
        city.workers[0].step()
    assert [w.parcel.message_id for w in at_the_hub(city)] == [message_id]  # it was given back
    made.away = made.patient = False
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}
