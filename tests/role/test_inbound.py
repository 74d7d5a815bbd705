# SPDX-License-Identifier: Apache-2.0
"""A receiving daemon: what is altered or damaged is never handed over, and is asked for again."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from exchange import Content, Priority, Retry
from exchange.codec import segment_form
from exchange.codec.suite import key_info
from exchange.codec.suite_intl import INTL, IntlPrivateKey
from exchange.edge.broker import Parcel
from exchange.edge.hub_store import MessageKey
from exchange.edge.inbox import incoming
from exchange.edge.memory import _Waiting
from exchange.edge.outbox import transfer_of
from exchange.model import topology
from exchange.model.identity import Address
from exchange.model.segment import KeyRecord
from exchange.role import inbound
from tests.city import FILES, FINANCE, OFFICE, City, text

AT_FINANCE = f"{FINANCE}/{FILES}"
SEGMENT = 64 * 1024
QUEUE = topology.egress_queue(FINANCE, Priority.ROUTINE)
Change = Callable[[bytes], bytes]


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def on_the_way(city: City) -> list[_Waiting]:
    return list(city.node.lines[QUEUE].waiting)


def alter(waiting: _Waiting, change: Change) -> None:
    waiting.parcel = replace(waiting.parcel, body=change(waiting.parcel.body))


def altered(city: City, contents: bytes, change: Change, *which: int) -> str:
    """Send *contents* to finance, whose daemon is away; *change* these of its segments; let it come."""
    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("正文.bin", contents)]))
    city.settle()
    waiting = on_the_way(city)
    for index in which:
        alter(waiting[index], change)
    city.start_daemon(FINANCE)
    city.settle()
    return message_id


def flip_data(body: bytes) -> bytes:
    """One bit of the encrypted data came over wrong."""
    at = body.index(b"<data>") + 10
    return body[:at] + (b"A" if body[at : at + 1] != b"A" else b"B") + body[at + 1 :]


def flip_envelope(body: bytes) -> bytes:
    return body.replace(b"document.official.v1", b"document.official.v9", 1)


def strip_keys(body: bytes) -> bytes:
    return segment_form.for_receiver(segment_form.cut(body), [])


def delivered(city: City, message_id: str) -> bytes:
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}
    assert city.recorders[FINANCE].calls == 1
    return city.recorders[FINANCE].got[message_id][1]["正文.bin"]


def returned(city: City, message_id: str) -> str:
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "returned"}
    assert city.recorders[FINANCE].calls == 0
    row = next(r for r in city.daemons[OFFICE].outbox.receipts(message_id) if r.kind == "returned")
    assert row.by == FINANCE
    return row.code


# ---- damaged on the way


@pytest.mark.parametrize(
    ("size", "which"),
    [(100, (0,)), (5 * SEGMENT, (0,)), (5 * SEGMENT, (1, 3)), (5 * SEGMENT, (4,))],
    ids=["the only one", "the first", "two in the midst", "the last"],
)
def test_a_damaged_segment_is_asked_for_again(city: City, size: int, which: tuple[int, ...]) -> None:
    contents = os.urandom(size)
    message_id = altered(city, contents, flip_data, *which)
    assert delivered(city, message_id) == contents
    progress = city.daemons[OFFICE].outbox.progress(message_id)
    assert progress is not None
    assert progress[2] == len(which)  # nothing else was sent again


@pytest.mark.parametrize(
    ("change", "which"), [(flip_envelope, 2), (strip_keys, 0)], ids=["its envelope", "without its key"]
)
def test_an_altered_segment_is_given_back_and_the_hub_has_it_sent_again(
    city: City, change: Change, which: int
) -> None:
    contents = os.urandom(5 * SEGMENT)
    message_id = altered(city, contents, change, which)
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "accepted"}
    city.janitor.step()
    city.settle()
    (letter,) = city.dead.newest()
    assert (letter.code, letter.sender) == ("EX-410", OFFICE)
    assert delivered(city, message_id) == contents


def test_a_small_message_without_our_key_is_given_back_too(city: City) -> None:
    message_id = altered(city, b"small", strip_keys, 0)
    city.janitor.step()
    city.settle()
    assert delivered(city, message_id) == b"small"


# ---- damaged at its sender


def send_what_changed_after_the_signing(city: City, segments: int, first: int) -> str:
    """The file in the outbox is not what was hashed any more, from its segment *first* on."""
    office = city.daemons[OFFICE]
    _, (claimed,) = office.submission.take(
        FILES, [text(parts=[Content("正文.bin", os.urandom(segments * SEGMENT))])]
    )
    with office.outbox.writing() as connection:
        office.outbox.seal(connection, [office.sealing.seal(claimed)], office.around.now_ms())
    (file,) = office.outbox.place(claimed.message_id).iterdir()
    with file.open("r+b") as content:
        content.seek(first * SEGMENT)
        content.write(bytes((segments - first) * SEGMENT))
    office.outbound.look()
    city.settle()
    return claimed.message_id


@pytest.mark.parametrize("first", [0, 9])
def test_what_is_not_what_was_signed_is_asked_for_three_times_and_then_returned(
    city: City, first: int
) -> None:
    message_id = send_what_changed_after_the_signing(city, 10, first)
    assert returned(city, message_id) == "EX-401"
    key = MessageKey(OFFICE, message_id)
    assert city.daemons[FINANCE].inbox.stage_of(key) == "done"
    progress = city.daemons[OFFICE].outbox.progress(message_id)
    assert progress is not None
    assert progress[2] <= inbound.DAMAGED_MOST


def test_one_segment_that_is_damaged_each_time_is_asked_for_three_times(city: City) -> None:
    message_id = send_what_changed_after_the_signing(city, 10, 9)
    assert city.daemons[OFFICE].outbox.progress(message_id) == (10, 10, 3)


def test_what_comes_of_a_message_that_was_returned_changes_nothing(city: City) -> None:
    """Four of its ten segments are damaged, and the good ones come in the same batch."""
    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("正文.bin", os.urandom(10 * SEGMENT))]))
    city.settle()
    for waiting in on_the_way(city)[:4]:
        alter(waiting, flip_data)
    city.start_daemon(FINANCE)
    city.settle()
    city.clock.pass_(120)
    city.daemons[FINANCE].inbound.ask_again(quiet_ms=60_000)
    city.settle()
    assert returned(city, message_id) == "EX-401"
    assert city.daemons[FINANCE].inbox.stage_of(MessageKey(OFFICE, message_id)) == "done"


# ---- keys


def test_a_message_half_here_whose_application_is_here_no_more_is_returned(city: City) -> None:
    """It was taken out of the settings in the midst of the transfer; its sender must not wait for ever."""
    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("big", os.urandom(5 * SEGMENT))]))
    city.settle()
    line = city.node.lines[QUEUE]
    rest = [line.waiting.pop(), line.waiting.pop()]
    city.start_daemon(FINANCE)
    city.settle()
    city.kill_daemon(FINANCE)
    line.waiting.extend(reversed(rest))
    city.start_daemon(FINANCE).inbound._applications = frozenset({"others"})
    city.settle()
    assert returned(city, message_id) == "EX-501"


def test_a_message_is_not_over_for_us_when_one_of_two_applications_is_not_here(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files would be cleared away under it, and after a restart nothing further of it be taken."""
    monkeypatch.setattr(inbound, "TAKE", 1)
    contents = os.urandom(5 * SEGMENT)
    office, finance = city.daemons[OFFICE], city.daemons[FINANCE]
    to = [AT_FINANCE, f"{FINANCE}/nobody"]
    (message_id,) = office.send(text(parts=[Content("正文.bin", contents)], to=to))
    while not on_the_way(city):
        office.step()
        city.workers[0].step()
    finance.inbound.step()
    assert finance.inbox.stage_of(MessageKey(OFFICE, message_id)) == "receiving"
    assert finance.inbox.done_places(orphaned_before_ms=0) == []
    city.kill_daemon(FINANCE)
    city.start_daemon(FINANCE)
    city.settle()
    assert office.states(message_id) == dict(zip(to, ("delivered", "returned"), strict=True))
    assert city.recorders[FINANCE].got[message_id][1]["正文.bin"] == contents


def test_a_message_for_a_key_that_was_lost_is_returned(city: City) -> None:
    city.kill_daemon(FINANCE)
    city.parties[FINANCE].decryption = IntlPrivateKey(os.urandom(32))  # the directory lists the one before
    city.start_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    assert returned(city, message_id) == "EX-207"


def test_a_message_for_the_key_before_the_present_one_is_opened_with_that(city: City) -> None:
    receiving = city.daemons[FINANCE].inbound
    receiving._keys = (IntlPrivateKey(os.urandom(32)), *receiving._keys)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("正文.bin", b"x")]))
    city.settle()
    assert delivered(city, message_id) == b"x"


def test_a_message_whose_key_was_swapped_on_the_way_is_returned(city: City) -> None:
    """The hub's machine could do that: the key that it puts there opens nothing."""

    def swap(body: bytes) -> bytes:
        cut = segment_form.cut(body)
        info = key_info(INTL.name, Address(OFFICE, FILES), Address(FINANCE, FILES), own.digest)
        wrapped = city.view.trust.receiver_key(FINANCE).wrap(os.urandom(32), info)
        return segment_form.for_receiver(cut, [KeyRecord(Address(FINANCE, FILES), wrapped)])

    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    own = city.daemons[OFFICE].outbox.own([message_id])[message_id]
    alter(on_the_way(city)[0], swap)
    city.start_daemon(FINANCE)
    city.settle()
    assert returned(city, message_id) == "EX-207"


# ---- many, and twice


def test_more_messages_arrive_at_a_time_than_are_kept_at_hand(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two are kept at hand, two arrivals are a batch; in the second one the third message comes first."""
    monkeypatch.setattr(inbound, "REMEMBERED", 2)
    monkeypatch.setattr(inbound, "TAKE", 2)
    contents = [os.urandom(3 * SEGMENT) for _ in range(3)]
    city.kill_daemon(FINANCE)
    ids = city.daemons[OFFICE].send(
        *(text(n, parts=[Content("正文.bin", one)]) for n, one in enumerate(contents))
    )
    city.settle()
    of = [[w for w in on_the_way(city) if w.parcel.message_id == message_id] for message_id in ids]
    line = city.node.lines[QUEUE].waiting
    line.clear()
    line.extend([of[0][0], of[1][0], of[2][0], of[0][1], of[1][1], of[2][1], of[0][2], of[1][2], of[2][2]])
    city.start_daemon(FINANCE)
    city.settle()
    got = city.recorders[FINANCE].got
    assert [got[message_id][1]["正文.bin"] for message_id in ids] == contents


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one after the other"])
def test_of_two_envelopes_under_one_id_the_first_that_came_stands(city: City, together: bool) -> None:
    """Hub and sender were both put back to before the first one, and the sender signed anew."""
    office = city.daemons[OFFICE]
    _, (claimed,) = office.submission.take(FILES, [text(parts=[Content("正文.bin", b"x")])])
    parcels = []
    for _ in range(2):
        sealed = office.sealing.seal(claimed)
        transfer = transfer_of(claimed, sealed)
        moving = office.outbound._moving_of(transfer)
        body = office.outbound._parcel(moving, 0).body
        key = topology.egress_key(FINANCE, Priority.ROUTINE)
        parcels.append(Parcel(topology.OUT, key, body, "segment", claimed.message_id, "hub"))
    first, second = parcels
    city.node.publish(first)
    if not together:
        city.daemons[FINANCE].inbound.step()
    city.node.publish(second)
    city.daemons[FINANCE].inbound.step()
    city.daemons[FINANCE].handovers[0].step()
    assert city.recorders[FINANCE].calls == 1
    key = MessageKey(OFFICE, claimed.message_id)
    known = city.daemons[FINANCE].inbox.known([key])[key]
    assert known.envelope == segment_form.cut(first.body).envelope
    city.janitor.step()
    (letter,) = city.dead.newest()
    whole = city.dead.letter(letter.id)
    assert whole is not None
    assert whole.body == second.body


def test_a_payload_that_was_damaged_in_the_inbox_is_returned_and_not_handed_over(city: City) -> None:
    """It lies in its row; somebody restored a part of the database."""
    city.recorders[FINANCE].refuse = Retry(after_seconds=60)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("正文.bin", b"100 yuan")]))
    city.settle()
    with city.daemons[FINANCE].inbox.writing() as connection:
        connection.execute(incoming.update().values(payload=b"999 yuan"))
    city.recorders[FINANCE].refuse = None
    city.recorders[FINANCE].calls = 0
    city.clock.pass_(61)
    city.settle()
    assert returned(city, message_id) == "EX-504"
