# SPDX-License-Identifier: Apache-2.0
"""What the hub does not believe: one no for one message, however many of its segments come."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from pathlib import Path

import pytest

from exchange import Content, Priority
from exchange.edge.broker import RECEIPT, Parcel
from exchange.edge.hub_messages import HubMessages
from exchange.edge.memory import _Waiting
from exchange.edge.queries import Wanted
from exchange.model import topology
from exchange.role.proving import read_unproven
from tests.city import FINANCE, OFFICE, City, text

SEGMENT = 64 * 1024
SEGMENTS = 5


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def sent(city: City) -> tuple[str, list[_Waiting]]:
    """A message of several segments that waits at the hub, whose workers are away."""
    city.kill_worker()
    content = Content("big", os.urandom(SEGMENTS * SEGMENT))
    (message_id,) = city.daemons[OFFICE].send(text(1, parts=[content]))
    city.settle()
    waiting = list(city.node.lines[topology.hub_queue(Priority.ROUTINE)].waiting)
    assert len(waiting) == SEGMENTS
    return message_id, waiting


def come(city: City, waiting: list[_Waiting]) -> None:
    """These are all that wait at the hub, and a worker takes them."""
    line = city.node.lines[topology.hub_queue(Priority.ROUTINE)]
    line.waiting.clear()
    line.waiting.extend(waiting)
    city.start_worker()
    city.settle()
    city.kill_worker()


def altered(waiting: _Waiting, number: int) -> _Waiting:
    body = waiting.parcel.body.replace(b"document.official.v1", f"document.official.v{number}".encode(), 1)
    return replace(waiting, parcel=replace(waiting.parcel, body=body))


def logged(caplog: pytest.LogCaptureFixture, level: int) -> list[tuple[str, str, str]]:
    """Of which message and sender the hub's log speaks, and with which code."""
    said = [record for record in caplog.records if record.levelno == level]
    return [(str(vars(r)["message_id"]), str(vars(r)["sender"]), str(vars(r)["code"])) for r in said]


def test_what_is_not_believed_is_logged_once_with_its_message_sender_and_code(
    city: City, caplog: pytest.LogCaptureFixture
) -> None:
    message_id, waiting = sent(city)
    come(city, [altered(one, 9) for one in waiting])
    assert logged(caplog, logging.ERROR) == [(message_id, OFFICE, "EX-201")]


def test_a_refused_message_is_logged_once_with_its_sender_and_code(
    city: City, caplog: pytest.LogCaptureFixture
) -> None:
    (message_id,) = city.daemons[OFFICE].send(text(1, to=["440500.nobody/files"]))
    city.settle()
    assert logged(caplog, logging.WARNING) == [(message_id, OFFICE, "EX-301")]


def for_the_office(city: City) -> list[Parcel]:
    lines = [city.node.lines[topology.egress_queue(OFFICE, p)] for p in Priority]
    return [w.parcel for line in lines for w in line.waiting if w.parcel.kind == RECEIPT]


def alarms(city: City) -> int:
    city.sequencer.step()
    return len(city.ledger.about(OFFICE))


def test_a_message_whose_sender_is_suspended_is_refused_once_and_not_with_every_segment(city: City) -> None:
    message_id, waiting = sent(city)
    city.suspend(OFFICE)
    come(city, waiting)
    (given,) = HubMessages(city.hub_store.engine).receipts(Wanted(), message_id=message_id)
    (letter,) = city.dead.newest()
    assert (given.code, letter.code, alarms(city)) == ("EX-204", "EX-204", 1)


def test_segments_that_come_later_get_the_same_receipt_again_and_nothing_new_is_kept(city: City) -> None:
    message_id, waiting = sent(city)
    city.kill_daemon(OFFICE)
    city.suspend(OFFICE)
    for some in (waiting[:2], waiting[2:4], waiting[4:]):
        come(city, some)
    told = {parcel.message_id for parcel in for_the_office(city)}
    (given,) = HubMessages(city.hub_store.engine).receipts(Wanted(), message_id=message_id)
    assert (told, len(for_the_office(city))) == ({given.receipt_id}, 3)
    assert (len(city.dead.newest()), alarms(city)) == (1, 1)


def test_who_is_suspended_can_read_why_its_message_was_refused(city: City) -> None:
    message_id, waiting = sent(city)
    city.suspend(OFFICE)
    come(city, waiting)
    (given,) = HubMessages(city.hub_store.engine).receipts(Wanted(), message_id=message_id)
    said = city.daemons[OFFICE].inbound._settling.private_part(read_unproven(given.document))
    assert said is not None
    assert f"participant {OFFICE} is suspended" in said.text


def test_each_other_envelope_under_an_id_is_refused_and_alarmed_by_itself(city: City) -> None:
    _, waiting = sent(city)
    come(city, [altered(waiting[0], 7), altered(waiting[1], 7), altered(waiting[2], 8)])
    assert [letter.code for letter in city.dead.newest()] == ["EX-201", "EX-201"]
    assert alarms(city) == 2


def test_what_names_no_message_is_parked_each_time(city: City) -> None:
    _, waiting = sent(city)
    garbage = [replace(w, parcel=replace(w.parcel, body=b"<segment/>", message_id="")) for w in waiting[:2]]
    come(city, garbage)
    assert [letter.sender for letter in city.dead.newest()] == [OFFICE, OFFICE]
    assert FINANCE not in {letter.sender for letter in city.dead.newest()}
