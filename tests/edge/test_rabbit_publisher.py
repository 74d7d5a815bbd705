# SPDX-License-Identifier: Apache-2.0
"""What a publisher does when the broker refuses, blocks, or loses its mind."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from exchange.edge.broker import SEGMENT, Bell, Flight, Outcome, Parcel, Publisher
from exchange.edge.private_node import PrivateNode
from exchange.edge.rabbit import RabbitBroker
from exchange.edge.rabbit.publisher import STREAK_ONE_KEY_SECONDS, STREAK_SECONDS, Streak
from exchange.errors import BrokerDown, GovbusError, Halt
from exchange.model.limits import KIB, MIB
from exchange.model.topology import Exchange, Queue, Rights
from tests.certificates import ClientAuthority
from tests.edge.broker_places import HUB, Place, landed, rabbit, send, until, user
from tests.edge.cut_wire import Wire

pytestmark = pytest.mark.broker

Over = Callable[..., RabbitBroker]


@pytest.fixture
def place(node: PrivateNode, authority: ClientAuthority) -> Iterator[Place]:
    files = user(node, authority, HUB)
    place = Place(rabbit(node, files), lambda: rabbit(node, files))
    yield place
    place.close()


@pytest.fixture
def participant(place: Place, node: PrivateNode, authority: ClientAuthority) -> Iterator[RabbitBroker]:
    """One who may write to the place's exchange and nowhere else."""
    rights = Rights("^$", f"^{re.escape(place.exchange)}$", "^$")
    broker = rabbit(node, user(node, authority, "participant", rights))
    yield broker
    broker.close()


@pytest.fixture
def wire(node: PrivateNode) -> Iterator[Wire]:
    ports = node.status().ports
    assert ports is not None
    wire = Wire(ports.amqps)
    yield wire
    wire.close()


@pytest.fixture
def over(node: PrivateNode, authority: ClientAuthority, wire: Wire) -> Iterator[Over]:
    """Makes brokers that reach the node over the wire."""
    files, made = user(node, authority, HUB), []

    def make(**options: object) -> RabbitBroker:
        made.append(rabbit(node, files, urls=[wire.url()], **options))
        return made[-1]

    yield make
    wire.resume()
    for broker in made:
        broker.close()


# ---- refused by right ------------------------------------------------------------------------------


def test_a_forged_user_is_refused_and_halts_its_publisher(place: Place, participant: RabbitBroker) -> None:
    queue = place.queue()
    publisher = participant.publisher(Bell())
    for _ in range(3):
        assert landed(publisher.launch([place.parcel(queue, user_id=HUB)])) == [Outcome.LOST]
        with pytest.raises(Halt, match=r"EX-914.*user_id.*'hub'"):
            publisher.launch([place.parcel(queue, user_id="participant")])
        send(publisher, [place.parcel(queue, user_id="participant")])
    until(lambda: place.waiting(queue) == 3)


def test_a_foreign_exchange_is_refused_and_halts_its_publisher(
    place: Place, participant: RabbitBroker
) -> None:
    queue = place.queue()
    publisher = participant.publisher(Bell())
    foreign = place.parcel(queue, exchange="amq.direct", user_id="participant")
    assert landed(publisher.launch([foreign])) == [Outcome.LOST]
    with pytest.raises(Halt, match=r"EX-914.*access to exchange 'amq.direct'.*refused"):
        publisher.launch([place.parcel(queue, user_id="participant")])
    send(publisher, [place.parcel(queue, user_id="participant")])


def test_a_refusal_rings_the_bell_and_is_said_once(place: Place, participant: RabbitBroker) -> None:
    queue = place.queue()
    bell = Bell()
    publisher = participant.publisher(bell)
    until(publisher.room)
    bell.wait(0)
    flight = publisher.launch([place.parcel(queue, user_id=HUB)])
    until(lambda: bell.wait(1) and flight.landed)
    with pytest.raises(Halt):
        publisher.launch([place.parcel(queue, user_id="participant")])
    until(publisher.room)
    send(publisher, [place.parcel(queue, user_id="participant")])


def test_one_publishers_refusal_is_no_others(place: Place, participant: RabbitBroker) -> None:
    queue = place.queue()
    one, other = participant.publisher(Bell()), participant.publisher(Bell())
    assert landed(one.launch([place.parcel(queue, user_id=HUB)])) == [Outcome.LOST]
    send(other, [place.parcel(queue, user_id="participant")])


def test_a_participant_declares_nothing(place: Place, participant: RabbitBroker) -> None:
    queue = place.queue()
    with pytest.raises(Halt, match=r"EX-914.*refused"):
        participant.declare([Exchange("in.other")], [])
    with pytest.raises(Halt, match=r"EX-914.*refused"):
        participant.declare([], [Queue("mine", {})])
    with pytest.raises(Halt, match=r"EX-914.*refused"):
        participant.declare([], [], [(queue, place.exchange, "mine")])
    with pytest.raises(Halt, match=r"EX-914.*refused"):
        participant.remove([], [queue])


def test_a_name_that_amqp_cannot_say_is_an_error_of_the_caller_and_costs_nothing(place: Place) -> None:
    queue = place.queue()
    publisher = place.publisher()
    until(publisher.room)
    for _ in range(300):  # more than the window
        with pytest.raises(ValueError, match="at most 255"):
            publisher.launch([place.parcel(queue, message_id="x" * 300)])
    send(publisher, place.parcels(queue, 3))


# ---- the window ------------------------------------------------------------------------------------


class Waiting:
    """A launch on a thread of its own."""

    def __init__(self, publisher: Publisher, parcels: Sequence[Parcel]) -> None:
        self.flight: Flight | None = None
        self.error: GovbusError | None = None

        def launch() -> None:
            try:
                self.flight = publisher.launch(parcels)
            except GovbusError as e:
                self.error = e

        self.thread = threading.Thread(target=launch, daemon=True)
        self.thread.start()


def test_no_more_flies_than_the_window_and_the_rest_waits(place: Place, wire: Wire, over: Over) -> None:
    queue = place.queue("dead")
    publisher = over(window_messages=10).publisher(place.bell)
    until(publisher.room)
    wire.pause()
    flights = [publisher.launch(place.parcels(queue, 5)), publisher.launch(place.parcels(queue, 4))]
    assert publisher.room()
    flights.append(publisher.launch(place.parcels(queue, 1)))
    assert not publisher.room()
    waiting = Waiting(publisher, place.parcels(queue, 25))
    assert not any(flight.wait(0) for flight in flights)
    assert waiting.flight is None
    wire.resume()
    until(lambda: waiting.flight is not None)
    assert waiting.flight is not None
    for flight in [*flights, waiting.flight]:
        assert set(landed(flight)) == {Outcome.CONFIRMED}
    until(lambda: place.waiting(queue) == 35)


def test_no_more_bytes_fly_than_the_window(place: Place, wire: Wire, over: Over) -> None:
    queue = place.queue()
    publisher = over(window_bytes=100 * KIB).publisher(place.bell)
    until(publisher.room)
    wire.pause()
    publisher.launch([place.parcel(queue, bytes(60 * KIB))])
    assert publisher.room()
    waiting = Waiting(
        publisher, [place.parcel(queue, bytes(60 * KIB)), place.parcel(queue, bytes(300 * KIB))]
    )
    assert waiting.flight is None
    wire.resume()
    until(lambda: waiting.flight is not None)
    assert waiting.flight is not None
    assert landed(waiting.flight) == [Outcome.CONFIRMED, Outcome.CONFIRMED]


def test_who_waits_for_room_is_released_when_the_publisher_closes(
    place: Place, wire: Wire, over: Over
) -> None:
    queue = place.queue()
    publisher = over(window_messages=1).publisher(place.bell)
    until(publisher.room)
    wire.pause()
    flight = publisher.launch([place.parcel(queue)])
    waiting = Waiting(publisher, [place.parcel(queue)])
    publisher.close()
    waiting.thread.join(60)
    assert isinstance(waiting.error, BrokerDown)
    assert landed(flight) == [Outcome.LOST]


def test_room_rings_the_bell(place: Place, wire: Wire, over: Over) -> None:
    bell = Bell()
    publisher = over().publisher(bell)
    until(lambda: publisher.room() or bell.wait(1))
    until(publisher.room)
    bell.wait(0)
    wire.cut()
    until(lambda: not publisher.room())
    until(lambda: bell.wait(1) and publisher.room())


# ---- nothing but nacks -----------------------------------------------------------------------------


def test_of_one_key_nacks_mean_a_full_queue_for_a_good_while() -> None:
    streak = Streak()
    for _ in range(1000):
        streak.add(Parcel("out", "a.bulk", b"", SEGMENT, "id", HUB), at=100.0)
    assert not streak.tells_of_a_broken_channel(256, at=100.0 + STREAK_ONE_KEY_SECONDS - 0.1)
    assert streak.tells_of_a_broken_channel(256, at=100.0 + STREAK_ONE_KEY_SECONDS)


def test_of_several_keys_a_window_of_nacks_means_a_broken_channel() -> None:
    streak = Streak()
    for number in range(256):
        assert not streak.tells_of_a_broken_channel(256, at=100.0)
        streak.add(Parcel("out", f"{number % 2}.bulk", b"", SEGMENT, "id", HUB), at=100.0)
    assert streak.tells_of_a_broken_channel(256, at=100.0)


def test_of_several_keys_half_a_second_of_nacks_means_a_broken_channel() -> None:
    streak = Streak()
    streak.add(Parcel("out", "a.bulk", b"", SEGMENT, "id", HUB), at=100.0)
    streak.add(Parcel("out", "b.bulk", b"", SEGMENT, "id", HUB), at=100.1)
    assert not streak.tells_of_a_broken_channel(256, at=100.0 + STREAK_SECONDS - 0.01)
    assert streak.tells_of_a_broken_channel(256, at=100.0 + STREAK_SECONDS)


def test_without_nacks_nothing_is_broken() -> None:
    assert not Streak().tells_of_a_broken_channel(1, at=1e9)


def test_nothing_but_nacks_on_several_keys_replaces_channel_and_connection_and_heals(
    place: Place, wire: Wire, over: Over, caplog: pytest.LogCaptureFixture
) -> None:
    """Two full queues look like a broken channel; neither cure can help, and both do no harm."""
    full = [place.queue("dead", x_max_length_bytes=1, x_overflow="reject-publish") for _ in range(2)]
    queue = place.queue()
    publisher = over().publisher(place.bell)
    for key in full:
        until(lambda key=key: landed(publisher.launch([place.parcel(key)])) == [Outcome.REFUSED])
    before = wire.accepted

    def refused() -> None:
        flight = publisher.launch([place.parcel(key) for key in full])
        assert set(landed(flight)) <= {Outcome.REFUSED, Outcome.LOST}

    with caplog.at_level(logging.WARNING):
        until(lambda: refused() or "it is replaced" in caplog.text)
    assert wire.accepted == before
    until(lambda: refused() or wire.accepted > before)  # another channel was no better, so another connection
    intake = place.intake(*full)
    until(lambda: intake.settle(intake.take(most=64, most_bytes=MIB)) or not any(map(place.waiting, full)))
    keys = [*full, queue]
    until(lambda: landed(publisher.launch(list(map(place.parcel, keys)))) == [Outcome.CONFIRMED] * 3)
