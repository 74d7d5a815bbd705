# SPDX-License-Identifier: Apache-2.0
"""The whole journey on the memory broker: from one application to another and back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from exchange import ATTACHMENT, SEAL, Content, Priority, Reject, Retry
from exchange.edge.broker import SEGMENT, Bell, Parcel
from exchange.edge.hub_messages import HubMessages
from exchange.edge.memory import MemoryBroker
from exchange.model import topology
from exchange.model.digest import sha256
from exchange.model.identity import Address
from exchange.model.ledger_head import LedgerHead
from exchange.model.rule import Rule
from exchange.role.surroundings import Surroundings
from tests.city import CIVIL, FILES, FINANCE, OFFICE, City, text

AT_FINANCE = f"{FINANCE}/{FILES}"
AT_CIVIL = f"{CIVIL}/{FILES}"


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def kinds(city: City, message_id: str, at: str = OFFICE) -> list[str]:
    return sorted(row.kind for row in city.daemons[at].outbox.receipts(message_id))


def test_a_small_document_arrives_once_and_both_receipts_come_back(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    assert list(city.recorders[FINANCE].got) == [message_id]
    assert city.recorders[FINANCE].got[message_id][1] == {"正文.txt": "第0号".encode()}
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}
    assert kinds(city, message_id) == ["accepted", "delivered"]
    assert city.recorders[CIVIL].got == {}


def test_parts_keep_their_names_roles_and_types(city: City) -> None:
    parts = [
        Content("关于拨款的通知.docx", b"body" * 1000, "application/msword"),
        Content("附件 1.xlsx", b"attachment" * 9000, "application/vnd.ms-excel", ATTACHMENT),
        Content("seal.png", b"\x89PNG", "image/png", SEAL),
    ]
    (message_id,) = city.daemons[OFFICE].send(text(parts=parts, attributes={"文号": "汕府〔2026〕1号"}))
    city.settle()
    delivery, contents = city.recorders[FINANCE].got[message_id]
    assert [(p.name, p.media_type, p.role) for p in delivery.parts] == [
        (p.name, p.media_type, p.role) for p in parts
    ]
    assert contents == {p.name: p.source for p in parts}
    assert delivery.attributes == {"文号": "汕府〔2026〕1号"}


def test_an_empty_payload_takes_the_same_road(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("empty", b"")]))
    city.settle()
    assert city.recorders[FINANCE].got[message_id][1] == {"empty": b""}


def test_a_large_file_is_cut_and_arrives_whole(city: City) -> None:
    data = os.urandom(3 * 64 * 1024 + 17)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("big", data), Content("more", data[::-1])]))
    city.settle()
    assert city.recorders[FINANCE].got[message_id][1] == {"big": data, "more": data[::-1]}
    assert not list(city.daemons[FINANCE].inbox.folder.iterdir())  # the spool of a final delivery is cleared


def test_compressible_text_arrives_as_it_was(city: City) -> None:
    data = ("台账" * 100_000).encode()
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("records.txt", data)]))
    city.settle()
    assert city.recorders[FINANCE].got[message_id][1] == {"records.txt": data}


def test_two_hundred_messages_arrive_once_each(city: City) -> None:
    ids = city.daemons[OFFICE].send(*(text(n) for n in range(200)))
    city.settle()
    assert set(city.recorders[FINANCE].got) == set(ids)
    assert city.recorders[FINANCE].calls == 200


def test_the_same_key_is_sent_once_however_often_it_is_collected(city: City) -> None:
    first = city.daemons[OFFICE].send(text(7))
    assert city.daemons[OFFICE].send(text(7), text(7)) == [first[0], first[0]]
    city.settle()
    assert city.recorders[FINANCE].calls == 1


def test_without_an_address_every_subscription_receives(tmp_path: Path) -> None:
    rules = [
        Rule(id="a", type="notice.*", deliver=(Address.parse(AT_FINANCE),)),
        Rule(id="b", type="notice.city.v1", deliver=(Address.parse(AT_CIVIL), Address.parse(AT_FINANCE))),
    ]
    city = City(tmp_path, rules=rules)
    (message_id,) = city.daemons[OFFICE].send(text(type="notice.city.v1", to=[]))
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered", AT_CIVIL: "delivered"}
    assert city.recorders[FINANCE].calls == city.recorders[CIVIL].calls == 1


def test_a_message_without_a_route_is_refused_with_a_signed_reason(tmp_path: Path) -> None:
    city = City(tmp_path, rules=[Rule(id="only", type="tax.*", to="*")])
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("big", os.urandom(200_000))]))
    city.settle()
    (receipt,) = city.daemons[OFFICE].outbox.receipts(message_id)
    assert (receipt.kind, receipt.code, receipt.by) == ("rejected", "EX-302", "hub")
    assert AT_FINANCE in receipt.text
    assert city.daemons[OFFICE].outbox.outcome(message_id) == "failed"


def test_flash_needs_a_grant(city: City) -> None:
    (message_id,) = city.daemons[FINANCE].send(text(to=[AT_CIVIL], priority="flash"))
    city.settle()
    (receipt,) = city.daemons[FINANCE].outbox.receipts(message_id)
    assert (receipt.kind, receipt.code) == ("rejected", "EX-203")
    (granted,) = city.daemons[OFFICE].send(text(priority=Priority.FLASH))
    city.settle()
    assert city.daemons[OFFICE].states(granted) == {AT_FINANCE: "delivered"}


def test_an_unknown_receiver_is_refused(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text(to=["440500.nobody/files"]))
    city.settle()
    (receipt,) = city.daemons[OFFICE].outbox.receipts(message_id)
    assert (receipt.kind, receipt.code) == ("rejected", "EX-301")


def test_an_application_that_is_not_there_returns_the_message(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text(to=[f"{FINANCE}/treasury"]))
    city.settle()
    assert kinds(city, message_id) == ["accepted", "returned"]
    returned = next(r for r in city.daemons[OFFICE].outbox.receipts(message_id) if r.kind == "returned")
    assert (returned.code, returned.by) == ("EX-501", FINANCE)


def test_an_application_that_refuses_returns_the_message_with_its_reason(city: City) -> None:
    city.recorders[FINANCE].refuse = Reject("EX-502", reason="no such account")
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    returned = next(r for r in city.daemons[OFFICE].outbox.receipts(message_id) if r.kind == "returned")
    assert returned.code == "EX-502"
    assert "no such account" in returned.text
    assert city.daemons[OFFICE].outbox.outcome(message_id) == "failed"


def test_an_application_that_says_later_gets_it_later(city: City) -> None:
    city.recorders[FINANCE].refuse = Retry(after_seconds=60)
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    assert city.recorders[FINANCE].got == {}
    city.recorders[FINANCE].refuse = None
    city.clock.pass_(61)
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_a_broken_adapter_is_tried_a_few_times_and_then_the_message_is_returned(city: City) -> None:
    city.recorders[FINANCE].refuse = RuntimeError("bug")
    (message_id,) = city.daemons[OFFICE].send(text())
    for _ in range(6):
        city.settle()
        city.clock.pass_(200)
    returned = next(r for r in city.daemons[OFFICE].outbox.receipts(message_id) if r.kind == "returned")
    assert returned.code == "EX-503"
    assert "RuntimeError: bug" in returned.text
    assert city.recorders[FINANCE].calls == 5


def test_two_workers_share_the_work(city: City) -> None:
    city.start_worker(1)
    data = os.urandom(20 * 64 * 1024)
    ids = city.daemons[OFFICE].send(text(1, parts=[Content("big", data)]), *(text(n) for n in range(2, 60)))
    city.settle()
    assert set(city.recorders[FINANCE].got) == set(ids)
    assert kinds(city, ids[0]) == ["accepted", "delivered"]


def test_a_full_receiver_holds_the_message_and_gets_it_when_there_is_room(city: City) -> None:
    key = topology.egress_key(FINANCE, Priority.BULK)
    city.node.refusing.add(key)
    data = os.urandom(30 * 64 * 1024)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("big", data)]))
    other = city.daemons[OFFICE].send(text(2, to=[AT_CIVIL], parts=[Content("big", data)]))
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "held"}
    assert city.daemons[OFFICE].states(other[0]) == {AT_CIVIL: "delivered"}
    city.node.refusing.clear()
    city.janitor.step()
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}
    assert city.recorders[FINANCE].got[message_id][1] == {"big": data}


def test_a_full_receiver_does_not_hold_the_other_receivers_of_the_message(city: City) -> None:
    city.node.refusing.add(topology.egress_key(FINANCE, Priority.BULK))
    data = os.urandom(30 * 64 * 1024)
    (message_id,) = city.daemons[OFFICE].send(text(to=[AT_FINANCE, AT_CIVIL], parts=[Content("big", data)]))
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "held", AT_CIVIL: "delivered"}
    city.node.refusing.clear()
    city.janitor.step()
    city.settle()
    assert set(city.daemons[OFFICE].states(message_id).values()) == {"delivered"}
    assert city.recorders[CIVIL].calls == city.recorders[FINANCE].calls == 1


def test_an_absent_receiver_gets_everything_when_it_comes(city: City) -> None:
    city.kill_daemon(FINANCE)
    ids = city.daemons[OFFICE].send(text(1), text(2, parts=[Content("big", os.urandom(300_000))]))
    city.settle()
    assert [city.daemons[OFFICE].states(i)[AT_FINANCE] for i in ids] == ["accepted", "accepted"]
    city.start_daemon(FINANCE)
    city.settle()
    assert set(city.recorders[FINANCE].got) == set(ids)


def test_a_receiver_that_lost_its_spool_asks_for_the_segments_again(city: City) -> None:
    city.recorders[FINANCE].refuse = Retry(after_seconds=5)
    data = os.urandom(5 * 64 * 1024)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("big", data)]))
    city.settle(most=30)
    place = next(city.daemons[FINANCE].inbox.folder.iterdir())
    shutil.rmtree(place)
    city.recorders[FINANCE].refuse = None
    city.clock.pass_(10)
    city.settle()
    assert city.recorders[FINANCE].got[message_id][1] == {"big": data}
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_a_receiver_that_lost_its_spool_half_way_asks_for_what_it_had(city: City) -> None:
    data = os.urandom(40 * 64 * 1024)
    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("big", data)]))
    city.settle()
    line = city.node.lines[topology.egress_queue(FINANCE, Priority.BULK)]
    while len(line.waiting) > 7:
        line.waiting.pop()
    city.start_daemon(FINANCE)
    city.settle()
    shutil.rmtree(next(city.daemons[FINANCE].inbox.folder.iterdir()))
    city.kill_daemon(FINANCE)
    city.start_daemon(FINANCE)
    for _ in range(2):  # what never came, and then what is found to be lost
        city.clock.pass_(120)
        assert city.daemons[FINANCE].inbound.ask_again(quiet_ms=60_000) == 1
        city.settle()
    assert city.recorders[FINANCE].got[message_id][1] == {"big": data}
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_purged_segments_are_asked_for_after_a_silence(city: City) -> None:
    data = os.urandom(40 * 64 * 1024)
    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("big", data)]))
    city.settle()
    line = city.node.lines[topology.egress_queue(FINANCE, Priority.BULK)]
    for _ in range(7):
        line.waiting.popleft()
    city.start_daemon(FINANCE)
    city.settle()
    assert city.recorders[FINANCE].got == {}
    city.clock.pass_(120)
    assert city.daemons[FINANCE].inbound.ask_again(quiet_ms=60_000) == 1
    city.settle()
    assert city.recorders[FINANCE].got[message_id][1] == {"big": data}


def test_a_message_of_which_every_segment_was_purged_is_asked_for_by_the_janitor(city: City) -> None:
    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("big", os.urandom(300_000))]))
    city.settle()
    for priority in Priority:
        city.node.lines[topology.egress_queue(FINANCE, priority)].waiting.clear()
    city.start_daemon(FINANCE)
    city.settle()
    city.clock.pass_(300)
    city.janitor.step()
    city.settle()
    city.clock.pass_(300)
    city.daemons[FINANCE].inbound.ask_again(quiet_ms=60_000)
    city.settle()
    assert list(city.recorders[FINANCE].got) == [message_id]
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_what_expires_in_the_outbox_is_refused_by_the_hub(city: City) -> None:
    city.kill_worker()
    (message_id,) = city.daemons[OFFICE].send(text(expires_after_seconds=30))
    city.settle()
    city.clock.pass_(60)
    city.start_worker()
    city.settle()
    (receipt,) = city.daemons[OFFICE].outbox.receipts(message_id)
    assert (receipt.kind, receipt.code) == ("expired", "EX-404")
    assert city.daemons[OFFICE].outbox.outcome(message_id) == "failed"


def test_the_hub_ends_a_held_message_whose_deadline_passes(city: City) -> None:
    city.node.refusing.add(topology.egress_key(FINANCE, Priority.ROUTINE))
    (message_id,) = city.daemons[OFFICE].send(text(expires_after_seconds=300))
    city.settle()
    city.clock.pass_(600)
    city.janitor.step()
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "expired"}


def test_a_receiver_that_comes_too_late_signs_that_it_expired(city: City) -> None:
    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text(expires_after_seconds=300))
    city.settle()
    city.clock.pass_(600)
    city.start_daemon(FINANCE)
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "expired"}
    assert city.recorders[FINANCE].calls == 0


def test_the_same_message_again_gets_the_same_receipts_again(city: City, tmp_path: Path) -> None:
    (message_id,) = city.daemons[OFFICE].send(text())
    copies = {path.name: path.read_bytes() for path in (city.folder / OFFICE).glob("daemon.db*")}
    city.settle()
    before = {r.receipt_id for r in city.daemons[OFFICE].outbox.receipts(message_id)}
    city.kill_daemon(OFFICE)
    for path in (city.folder / OFFICE).glob("daemon.db*"):
        path.unlink()
    for name, data in copies.items():
        (city.folder / OFFICE / name).write_bytes(data)  # a backup: sent, but nothing known of it
    city.start_daemon(OFFICE)
    assert city.daemons[OFFICE].outbox.receipts(message_id) == []
    city.settle()
    assert city.recorders[FINANCE].calls == 1
    assert {r.receipt_id for r in city.daemons[OFFICE].outbox.receipts(message_id)} == before


def test_an_outbox_restored_from_a_backup_does_not_deliver_twice(city: City) -> None:
    (first,) = city.daemons[OFFICE].send(text(5))
    city.settle()
    city.kill_daemon(OFFICE)
    for path in (city.folder / OFFICE).glob("daemon.db*"):
        path.unlink()  # the backup was taken before the message was sent
    (second,) = city.start_daemon(OFFICE).send(text(5))
    city.settle()
    assert first != second
    assert city.recorders[FINANCE].calls == 1
    assert city.daemons[OFFICE].states(second) == {AT_FINANCE: "delivered"}
    (delivered,) = (r for r in city.daemons[OFFICE].outbox.receipts(second) if r.kind == "delivered")
    assert delivered.text == "the application had it before, under another message id"


def test_a_route_that_our_view_does_not_know_yet_is_asked_a_key_for(tmp_path: Path) -> None:
    old = City(tmp_path, rules=[Rule(id="none", type="tax.*", to="*")])
    stale = old.view
    old.rules = (Rule(id="all", type="*", to="*"),)
    old.version = 2
    old.refresh()
    old.kill_daemon(OFFICE)
    daemon = old.start_daemon(OFFICE, view=lambda: stale)
    data = os.urandom(3 * 64 * 1024)
    (message_id,) = daemon.send(text(parts=[Content("big", data)]))
    old.settle()
    for _ in range(5):
        old.clock.pass_(2)
        old.janitor.step()
        old.settle()
    assert old.recorders[FINANCE].got[message_id][1] == {"big": data}
    assert daemon.states(message_id) == {AT_FINANCE: "delivered"}


def test_a_suspended_sender_is_not_believed(city: City) -> None:
    city.suspend(OFFICE)
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    assert city.recorders[FINANCE].calls == 0
    assert city.daemons[OFFICE].outbox.outcome(message_id) == "open"
    (letter,) = city.dead.newest()
    assert (letter.message_id, letter.sender, letter.code) == (message_id, OFFICE, "EX-204")
    assert letter.reason == f"participant {OFFICE} is suspended"


def test_a_sender_that_is_suspended_in_mid_transfer_goes_on_once_it_is_resumed(city: City) -> None:
    """What the hub refused meanwhile ends nothing: the receiver asks for it, and gets it."""
    data = os.urandom(40 * 64 * 1024)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("big", data)], priority="bulk"))
    known = HubMessages(city.hub_store.engine)
    while not any(d.segments_forwarded for found in known.find(message_id) for d in found.deliveries):
        city.step()
    city.suspend(OFFICE)
    city.settle()
    assert city.daemons[OFFICE].outbox.outcome(message_id) == "open"
    assert city.dead.newest() != []
    city.resume(OFFICE)
    for _ in range(4):
        city.clock.pass_(120)
        city.daemons[FINANCE].inbound.ask_again(quiet_ms=60_000)
        city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}
    assert city.recorders[FINANCE].got[message_id][1] == {"big": data}


def test_what_the_hub_cannot_read_is_parked_with_its_reason_and_with_whoever_sent_it(city: City) -> None:
    MemoryBroker(city.node).publisher(Bell()).launch(
        [Parcel(topology.ingress(OFFICE), "routine", b"<!DOCTYPE x>", SEGMENT, "x", "")]
    )
    city.settle()
    (letter,) = city.dead.newest()
    assert (letter.code, letter.sender, letter.queue) == ("EX-101", OFFICE, "hub.routine")
    whole = city.dead.letter(letter.id)
    assert whole is not None
    assert whole.body == b"<!DOCTYPE x>"


def test_a_refusal_is_told_in_the_language_of_whoever_refuses(city: City) -> None:
    around = city.hub_around
    spoken = Surroundings(
        around.me, signer=around.signer, suite=around.suite, view=around.view, clock=city.clock,
        draw=around.draw, lang="zh",
    )  # fmt: skip
    assert spoken.reason(Reject("EX-301", found="x")).startswith("接收方 x 不存在。请")
    assert around.reason(Reject("EX-301", found="x")).startswith("receiver x is not known. ")


def test_a_receiver_that_is_away_for_long_keeps_the_janitor_idle(city: City) -> None:
    city.kill_daemon(FINANCE)
    city.daemons[OFFICE].send(text())
    city.settle()
    city.janitor.step()
    city.clock.pass_(201)
    assert not city.janitor.step()


def test_a_dead_letter_says_why_in_the_hubs_language(city: City) -> None:
    city.hub_around.lang = "zh"
    city.suspend(OFFICE)
    city.daemons[OFFICE].send(text())
    city.settle()
    (letter,) = city.dead.newest()
    assert letter.reason == f"参与方 {OFFICE} 已被停用"


def test_what_kills_whoever_takes_it_is_parked_with_its_sender(city: City) -> None:
    queue = topology.hub_queue(Priority.ROUTINE)
    city.kill_worker()
    broker = MemoryBroker(city.node)
    parcel = Parcel(topology.ingress(OFFICE), "routine", b"<x/>", SEGMENT, "x", "")
    broker.publisher(Bell()).launch([parcel])
    intake = broker.intake([queue], Bell())
    intake.bury(intake.take(most=1, most_bytes=1 << 20))
    city.janitor.step()
    (letter,) = city.dead.newest()
    assert (letter.code, letter.sender, letter.queue) == ("EX-409", OFFICE, queue)
    assert "hub could not take a document out of hub.routine" in letter.reason


def test_the_ledger_records_admission_and_every_receipt(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    city.sequencer.step()
    entries = [numbered.entry for numbered in city.ledger.about(message_id)]
    assert [entry.kind.value for entry in entries] == ["message", "receipt", "receipt"]


def test_too_much_flash_at_once_is_refused_with_the_rate(city: City) -> None:
    city.limit(OFFICE, express_bytes_a_second=10)
    daemon = city.daemons[OFFICE]
    first, second = daemon.send(*(text(n, priority="flash", parts=[Content("x", b"x" * 90)]) for n in (1, 2)))
    city.settle()
    assert daemon.states(first) == {AT_FINANCE: "delivered"}
    (receipt,) = daemon.outbox.receipts(second)
    assert (receipt.kind, receipt.code) == ("rejected", "EX-408")


def test_a_participant_that_has_seen_another_ledger_raises_the_alarm(city: City) -> None:
    other = LedgerHead(3, sha256(b"another history"), city.clock())
    city.daemons[OFFICE].around.saw_head(other)
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    city.sequencer.step()
    (alarm,) = city.ledger.about(OFFICE)
    assert alarm.entry.kind.value == "alarm"
    assert b"EX-209" in alarm.entry.body
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}
