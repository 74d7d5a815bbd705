# SPDX-License-Identifier: Apache-2.0
"""Reading: what arrives is believed only as its author's, through its author's door."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange import Priority, Reject
from exchange.codec import segment_form
from exchange.edge.broker import Arrival, Bell
from exchange.edge.memory import MemoryBroker
from exchange.model import topology
from exchange.model.digest import Digest
from exchange.role import reading
from exchange.role.reading import Envelopes, Read, Reading, ReadSegment, check_egress, check_ingress
from tests.city import FINANCE, OFFICE, City, text


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def arrivals(city: City, queue: str) -> list[Arrival]:
    return MemoryBroker(city.node).intake([queue], Bell()).take(most=10, most_bytes=1 << 24)


def at_the_hub(city: City, count: int = 1) -> list[Arrival]:
    """What the office sent, taken in a worker's place."""
    city.kill_worker()
    city.daemons[OFFICE].send(*(text(n) for n in range(count)))
    city.settle()
    return arrivals(city, topology.hub_queue(Priority.ROUTINE))


def at_finance(city: City) -> Arrival:
    """The same, forwarded by the hub, taken in the daemon's place."""
    city.kill_daemon(FINANCE)
    city.daemons[OFFICE].send(text())
    city.settle()
    return arrivals(city, topology.egress_queue(FINANCE, Priority.ROUTINE))[0]


def read(city: City, arrival: Arrival) -> Read:
    return Reading().read(arrival, city.view.trust)


def test_what_is_no_document_of_the_bus_is_refused(city: City) -> None:
    (arrival,) = at_the_hub(city)
    with pytest.raises(Reject, match="EX-101"):
        read(city, replace(arrival, body=b'<letter xmlns="urn:govbus:exchange:1"></letter>'))


def test_an_altered_envelope_is_refused(city: City) -> None:
    (arrival,) = at_the_hub(city)
    body = arrival.body.replace(b"document.official.v1", b"document.official.v2", 1)
    with pytest.raises(Reject, match="EX-201"):
        read(city, replace(arrival, body=body))


def test_an_envelope_is_verified_once_and_anew_when_it_was_forgotten(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many messages pass, no more than so many envelopes are remembered."""
    monkeypatch.setattr(reading, "REMEMBERED", 1)
    one, other = (segment_form.cut(arrival.body).envelope for arrival in at_the_hub(city, 2))
    of_thread, trust = Reading(), city.view.trust
    opened = of_thread.open(one, trust)
    assert of_thread.open(one, trust) is opened
    of_thread.open(other, trust)
    again = of_thread.open(one, trust)
    assert again is not opened
    assert again == opened


def test_a_remembered_envelope_is_not_believed_once_its_sender_is_suspended(city: City) -> None:
    (arrival,) = at_the_hub(city)
    of_thread = Reading()
    of_thread.read(arrival, city.view.trust)
    city.suspend(OFFICE)
    with pytest.raises(Reject, match="EX-204"):
        of_thread.read(arrival, city.view.trust)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"exchange": topology.ingress(FINANCE)}, "EX-206"),
        ({"exchange": topology.ingress(FINANCE), "user_id": FINANCE}, "EX-206"),
        ({"user_id": ""}, "EX-206"),
        ({"exchange": "amq.direct"}, "EX-206"),
        ({"priority": Priority.FLASH}, "EX-106"),
        ({"message_id": "another"}, "EX-106"),
    ],
    ids=["through another's door", "as another", "as nobody", "no door", "another class", "another message"],
)
def test_the_hub_takes_a_segment_only_as_its_envelope_says(
    city: City, change: dict[str, Any], code: str
) -> None:
    (arrival,) = at_the_hub(city)
    assert check_ingress(read(city, arrival)) == OFFICE
    with pytest.raises(Reject, match=code):
        check_ingress(read(city, replace(arrival, **change)))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"exchange": topology.ingress(FINANCE)}, "EX-206"),
        ({"user_id": OFFICE}, "EX-206"),
        ({"user_id": ""}, "EX-206"),
        ({"message_id": "another"}, "EX-106"),
    ],
    ids=["not the hub's exchange", "as its sender", "as nobody", "another message"],
)
def test_a_daemon_takes_only_what_the_hub_forwarded(city: City, change: dict[str, Any], code: str) -> None:
    arrival = at_finance(city)
    check_egress(read(city, arrival))
    with pytest.raises(Reject, match=code):
        check_egress(read(city, replace(arrival, **change)))


def envelopes_of(city: City, count: int) -> list[tuple[ReadSegment, Digest]]:
    found = [read(city, arrival) for arrival in at_the_hub(city, count)]
    return [(each, each.digest) for each in found if isinstance(each, ReadSegment)]


def test_an_envelope_that_was_kept_is_given_once_and_read_from_its_document_afterwards(city: City) -> None:
    ((segment, digest),) = envelopes_of(city, 1)
    kept = Envelopes()
    kept.keep(digest, segment.envelope)
    assert kept.take(digest, b"") is segment.envelope
    again = kept.take(digest, segment.cut.envelope)
    assert again == segment.envelope
    assert again is not segment.envelope


def test_of_too_many_envelopes_the_oldest_are_read_again(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SHARED", 2)
    segments = envelopes_of(city, 3)
    kept = Envelopes()
    for segment, digest in segments:
        kept.keep(digest, segment.envelope)
    taken = [kept.take(digest, segment.cut.envelope) for segment, digest in segments]
    assert [one is segment.envelope for one, (segment, _) in zip(taken, segments, strict=True)] == [
        False,
        True,
        True,
    ]
