# SPDX-License-Identifier: Apache-2.0
"""
The short ways around pika: each is really taken, and none is needed.

These tests fail when pika changes what `exchange.edge.rabbit.connection` overrides.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pika
import pika.connection
import pika.frame
import pytest

from exchange.edge.broker import Flight
from exchange.edge.private_node import PrivateNode
from exchange.edge.rabbit import connection as short
from exchange.edge.rabbit.connection import IoThread
from exchange.edge.rabbit.intake import RabbitIntake
from exchange.edge.rabbit.publisher import RabbitPublisher
from exchange.errors import BrokerDown
from tests.certificates import ClientAuthority
from tests.edge.broker_places import HUB, Place, rabbit, send, until, user


@pytest.fixture
def place(node: PrivateNode, authority: ClientAuthority) -> Iterator[Place]:
    files = user(node, authority, HUB)
    place = Place(rabbit(node, files), lambda: rabbit(node, files))
    yield place
    place.close()


def exchange(place: Place, count: int, size: int) -> None:
    """Publish and consume *count* messages of *size* bytes."""
    queue = place.queue()
    publisher, intake = place.publisher(), place.intake(queue)
    until(publisher.room)
    send(publisher, [place.parcel(queue, bytes([n % 256]) * size) for n in range(count)])
    taken = 0
    while taken < count:
        arrivals = intake.take(most=10, most_bytes=1 << 30)
        assert all(len(set(arrival.body)) <= 1 and len(arrival.body) == size for arrival in arrivals)
        intake.settle(arrivals)
        taken += len(arrivals)
        if not arrivals:
            place.bell.wait(1)
    intake.close()
    assert place.left(queue) == 0


class Counted:
    """How often pika's own ways are taken."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: Counter[str] = Counter()
        for owner, name in (
            (pika.frame, "decode_frame"),
            (pika.frame.Header, "marshal"),
            (pika.frame.Body, "marshal"),
        ):
            self._count(monkeypatch, owner, name)

    def _count(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def counted(*words: Any) -> Any:
            self.calls[f"{owner.__name__}.{name}"] += 1
            return original(*words)

        monkeypatch.setattr(owner, name, counted)


@pytest.mark.broker
def test_messages_and_confirms_pass_pika_by(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch)
    exchange(place, 300, 100)
    assert counted.calls["Header.marshal"] == counted.calls["Body.marshal"] == 0
    assert 0 < counted.calls["pika.frame.decode_frame"] < 100  # opening and closing, of seven connections


@pytest.mark.broker
def test_the_socket_is_read_in_large_pieces(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    original = short.Connection._on_data_available

    def noted(self: short.Connection, data_in: bytes) -> None:
        sizes.append(len(data_in))
        original(self, data_in)

    monkeypatch.setattr(short.Connection, "_on_data_available", noted)
    exchange(place, 4, 700_000)
    assert max(sizes) > 4096  # which is what pika asks for


@pytest.mark.broker
def test_heartbeats_see_what_is_received_and_sent(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    original = short.Connection._on_data_available

    def noted(self: short.Connection, data_in: bytes) -> None:
        original(self, data_in)
        seen.append((self.bytes_sent, self.bytes_received))

    monkeypatch.setattr(short.Connection, "_on_data_available", noted)
    exchange(place, 3, 100_000)
    assert 300_000 < max(sent for sent, _ in seen) < 310_000
    assert 300_000 < max(received for _, received in seen) < 310_000


@pytest.mark.broker
def test_should_pika_pass_our_reader_by_all_still_arrives(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(short.Connection, "_on_data_available")
    exchange(place, 120, 5000)
    exchange(place, 3, 700_000)


@pytest.mark.broker
def test_should_pika_make_its_transport_otherwise_all_still_arrives(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(short.Connection, "_proto_connection_made")
    exchange(place, 3, 700_000)


def test_what_is_asked_for_at_a_turn_is_done_once_a_turn() -> None:
    thread = IoThread("test turns")
    calls: list[int] = []
    done = threading.Event()

    def call() -> None:
        calls.append(1)

    def ask() -> None:
        for _ in range(3):
            thread.loop.at_turn(call)
        thread.call(done.set)

    thread.call(ask)
    assert done.wait(60)
    thread.close()
    assert calls == [1]


def test_when_a_thread_ends_those_who_asked_are_told() -> None:
    thread = IoThread("test end")
    told = threading.Event()
    thread.at_end(told.set)
    thread.close()
    assert told.is_set()
    assert not thread.alive


@pytest.mark.broker
def test_a_broker_may_be_closed_at_any_moment_of_its_opening(place: Place) -> None:
    """Nothing is left, and pika does not stumble."""
    queue = place.queue()
    for number in range(60):
        broker = place.another()
        broker.publisher(place.bell)
        broker.intake([queue], place.bell)
        place.bell.wait(number / 1000)
        broker.close()
    until(lambda: place.broker.depths([queue])[queue].consumers == 0)


@pytest.mark.broker
def test_should_its_thread_die_a_publisher_loses_all_and_says_so(place: Place) -> None:
    queue = place.queue()
    publisher = place.publisher()
    assert isinstance(publisher, RabbitPublisher)
    send(publisher, place.parcels(queue, 2))
    flights: list[Flight] = []
    publisher._thread.call(lambda: flights.append(publisher.launch(place.parcels(queue, 3))))
    publisher._thread.call(publisher._thread.loop.stop)
    until(lambda: not publisher._thread.alive)
    until(lambda: not publisher.room())
    with pytest.raises(BrokerDown, match="thread has ended"):
        publisher.launch(place.parcels(queue, 3))
    assert all(flight.wait(60) for flight in flights)
    publisher.close()


@pytest.mark.broker
def test_a_bug_in_its_thread_reaches_whoever_publishes_or_takes(place: Place) -> None:
    """They are not told to try again: the process ends, with the bug as its reason, and is started anew."""
    queue = place.queue()
    publisher, intake = place.publisher(), place.intake(queue)
    assert isinstance(publisher, RabbitPublisher)
    assert isinstance(intake, RabbitIntake)
    send(publisher, place.parcels(queue, 2))
    flights: list[Flight] = []
    publisher._thread.call(lambda: flights.append(publisher.launch(place.parcels(queue, 3))))
    for thread in (publisher._thread, intake._thread):
        thread.call(_stumble)
        until(lambda thread=thread: not thread.alive)
    ways: list[Callable[[], object]] = [
        publisher.room,
        lambda: publisher.launch(place.parcels(queue, 3)),
        lambda: intake.take(most=1, most_bytes=1),
    ]
    for way in ways:
        with pytest.raises(RuntimeError, match="thread has died") as told:
            way()
        assert isinstance(told.value.__cause__, ZeroDivisionError)
    assert all(flight.wait(60) for flight in flights)
    publisher.close()
    intake.close()


def _stumble() -> None:
    raise ZeroDivisionError


def test_a_closed_thread_takes_calls_in_silence() -> None:
    thread = IoThread("test silence")
    thread.close()
    thread.call(lambda: pytest.fail("called"))
    thread.close()
