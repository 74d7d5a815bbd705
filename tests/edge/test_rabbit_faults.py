# SPDX-License-Identifier: Apache-2.0
"""Connections cut anywhere, a broker killed, a broker out of memory: nothing confirmed is lost."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from exchange.edge.broker import Arrival, Bell, Intake, Outcome, Parcel, Publisher
from exchange.edge.private_node import PrivateNode
from exchange.edge.rabbit import link as links
from exchange.errors import BrokerDown
from exchange.model.limits import KIB, MIB
from tests.certificates import ClientAuthority
from tests.edge.broker_places import HUB, Place, landed, rabbit, send, until, user
from tests.edge.cut_wire import Wire

pytestmark = pytest.mark.broker

CUTS = 20


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateNode]:
    """A node that tests may kill and starve; a test that does so leaves it running and well."""
    node = PrivateNode(tmp_path_factory.mktemp("mortal"))
    node.start()
    try:
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="module")
def mortals(mortal: PrivateNode, tmp_path_factory: pytest.TempPathFactory) -> ClientAuthority:
    """Whose certificates the mortal node takes."""
    authority = ClientAuthority(tmp_path_factory.mktemp("mortals"))
    mortal.trust(authority.pem)
    return authority


@pytest.fixture
def place(mortal: PrivateNode, mortals: ClientAuthority) -> Iterator[Place]:
    """Straight to the mortal node."""
    files = user(mortal, mortals, HUB)
    place = Place(rabbit(mortal, files, patience_seconds=60.0), lambda: rabbit(mortal, files))
    yield place
    place.close()


@pytest.fixture
def wire(mortal: PrivateNode) -> Iterator[Wire]:
    ports = mortal.status().ports
    assert ports is not None
    wire = Wire(ports.amqps)
    yield wire
    wire.close()


@pytest.fixture
def cut_place(mortal: PrivateNode, mortals: ClientAuthority, wire: Wire) -> Iterator[Place]:
    """Over a wire that the test may cut."""
    files = user(mortal, mortals, HUB)
    place = Place(
        rabbit(mortal, files, urls=[wire.url()], patience_seconds=60.0), lambda: rabbit(mortal, files)
    )
    yield place
    wire.resume()
    place.close()


# ---- one cut ---------------------------------------------------------------------------------------


def test_what_is_in_the_air_when_the_connection_breaks_is_lost(cut_place: Place, wire: Wire) -> None:
    queue = cut_place.queue()
    publisher = cut_place.publisher()
    until(publisher.room)
    wire.pause()
    flight = publisher.launch(cut_place.parcels(queue, 10))
    wire.cut()
    assert landed(flight) == [Outcome.LOST] * 10
    wire.resume()
    send(publisher, cut_place.parcels(queue, 3))


def test_arrivals_of_a_lost_connection_are_void_and_come_again(cut_place: Place, wire: Wire) -> None:
    queue = cut_place.queue()
    send(cut_place.publisher(), cut_place.parcels(queue, 30))
    intake = cut_place.intake(queue)
    taken = cut_place.collect(intake, 10, most=1)
    until(lambda: cut_place.waiting(queue) == 0)
    wire.cut()
    until(lambda: cut_place.broker.depths([queue])[queue].consumers == 1 and cut_place.waiting(queue) == 0)
    intake.settle(taken)  # too late: passed over
    again = cut_place.collect(intake, 30)
    assert [arrival.body for arrival in again] == [f"<segment>{n}</segment>".encode() for n in range(30)]
    assert all(arrival.redelivered for arrival in again[:10])
    intake.settle(again)
    intake.close()
    assert cut_place.left(queue) == 0


def test_when_one_host_is_gone_another_serves(
    mortal: PrivateNode, mortals: ClientAuthority, place: Place
) -> None:
    ports = mortal.status().ports
    assert ports is not None
    wires = [Wire(ports.amqps), Wire(ports.amqps)]
    queue = place.queue()
    broker = rabbit(mortal, user(mortal, mortals, HUB), urls=[wire.url() for wire in wires])
    publisher = broker.publisher(place.bell)
    send(publisher, place.parcels(queue, 2))
    for wire in wires:
        if wire.cut():  # the one that was in use
            wire.close()
    until(lambda: not publisher.room())
    until(publisher.room)
    send(publisher, place.parcels(queue, 2))
    broker.close()
    for wire in wires:
        wire.close()


def test_while_the_broker_is_down_a_launch_gives_up_and_tools_say_so(
    place: Place, mortal: PrivateNode, mortals: ClientAuthority, wire: Wire
) -> None:
    queue = place.queue()
    broker = rabbit(mortal, user(mortal, mortals, HUB), urls=[wire.url()], patience_seconds=0.3)
    publisher = broker.publisher(Bell())
    until(publisher.room)
    send(publisher, [place.parcel(queue)])
    until(lambda: broker.depths([queue])[queue].messages == 1)
    wire.take_down()
    until(lambda: not publisher.room())
    with pytest.raises(BrokerDown, match="EX-901"):
        publisher.launch([place.parcel(queue)])
    with pytest.raises(BrokerDown, match="EX-901"):
        broker.depths([queue])
    wire.bring_up()
    assert broker.depths([queue])[queue].messages == 1
    until(publisher.room)
    send(publisher, [place.parcel(queue)])
    broker.close()


def test_a_tool_whose_connection_died_meanwhile_takes_another(cut_place: Place, wire: Wire) -> None:
    queue = cut_place.queue()
    before = wire.accepted
    assert cut_place.waiting(queue) == 0
    assert wire.accepted == before
    wire.cut()
    assert cut_place.waiting(queue) == 0
    assert wire.accepted == before + 1


def test_a_broker_is_closed_while_it_is_down(
    place: Place, mortal: PrivateNode, mortals: ClientAuthority, wire: Wire
) -> None:
    queue = place.queue()
    broker = rabbit(mortal, user(mortal, mortals, HUB), urls=[wire.url()], name="leaves")
    publisher, intake = broker.publisher(Bell()), broker.intake([queue], Bell())
    until(publisher.room)
    wire.take_down()
    until(lambda: not publisher.room())
    broker.close()
    assert intake.take(most=1, most_bytes=1) == []
    assert not [each for each in threading.enumerate() if each.name.startswith("leaves")]


@pytest.mark.slow
def test_a_broker_that_falls_silent_is_left(
    cut_place: Place, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No reset, no end: the heartbeat alone tells."""
    monkeypatch.setattr(links, "HEARTBEAT_SECONDS", 1)
    queue = cut_place.queue()
    publisher = cut_place.publisher()
    until(publisher.room)
    wire.pause()
    flight = publisher.launch(cut_place.parcels(queue, 3))
    assert landed(flight) == [Outcome.LOST] * 3
    wire.resume()
    send(publisher, cut_place.parcels(queue, 3))


# ---- many cuts -------------------------------------------------------------------------------------


class Traffic:
    """One role that publishes and consumes at once, and keeps count of everything."""

    def __init__(self, place: Place, queue: str) -> None:
        self.place = place
        self.queue = queue
        self.publisher: Publisher = place.publisher()
        self.intake: Intake = place.intake(queue)
        self.confirmed: set[str] = set()
        self.lost: set[str] = set()
        self.arrived: Counter[str] = Counter()
        self.unexplained: list[str] = []
        self.settled: set[str] = set()

    def publish(self, parcels: list[Parcel], between: Wire | None) -> None:
        """Publish until all are confirmed; *between* is cut while they fly."""
        while parcels:
            flight = self.publisher.launch(parcels)
            if between is not None:
                self.consume(random.randrange(3))
                between.cut()
                between = None
            outcomes = landed(flight)
            assert set(outcomes) <= {Outcome.CONFIRMED, Outcome.LOST}
            answered = list(zip(parcels, outcomes, strict=True))
            self.confirmed |= {
                parcel.message_id for parcel, outcome in answered if outcome is Outcome.CONFIRMED
            }
            parcels = [parcel for parcel, outcome in answered if outcome is Outcome.LOST]
            self.lost |= {parcel.message_id for parcel in parcels}

    def consume(self, rounds: int) -> None:
        for _ in range(rounds):
            arrivals = self.intake.take(most=20, most_bytes=MIB)
            for arrival in arrivals:
                self._note(arrival)
            self.intake.settle(arrivals)
            self.place.bell.wait(0.01)

    def take_up(self, count: int) -> None:
        """What an intake had fetched and not given out when it was closed."""
        self.intake = self.place.intake(self.queue)
        arrivals = self.place.collect(self.intake, count)
        for arrival in arrivals:
            self._note(arrival)
        self.intake.settle(arrivals)
        self.intake.close()

    def _note(self, arrival: Arrival) -> None:
        name = arrival.message_id
        assert arrival.body.startswith(name.encode())
        if self.arrived[name] and not (arrival.redelivered or name in self.lost):
            self.unexplained.append(name)
        self.arrived[name] += 1


def test_nothing_confirmed_is_lost_and_nothing_doubled_without_cause_across_many_cuts(
    cut_place: Place, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "RETRY_MOST_SECONDS", 0.2)
    traffic = Traffic(cut_place, cut_place.queue())
    number = 0
    for _ in range(CUTS):
        for cut in (None, wire):
            names = [f"id-{number + n}" for n in range(random.randrange(1, 60))]
            number += len(names)
            bodies = [name.encode() + bytes(random.choice([1, 1000, 40 * KIB])) for name in names]
            parcels = [
                cut_place.parcel(traffic.queue, body, message_id=name)
                for name, body in zip(names, bodies, strict=True)
            ]
            traffic.publish(parcels, cut)
            traffic.consume(3)
    assert wire.accepted > CUTS
    until(lambda: traffic.consume(5) or traffic.confirmed <= set(traffic.arrived))
    assert len(traffic.confirmed) == number
    assert set(traffic.arrived) == {f"id-{n}" for n in range(number)}
    assert traffic.unexplained == []
    traffic.intake.close()
    traffic.take_up(cut_place.left(traffic.queue))
    assert traffic.unexplained == []
    assert cut_place.left(traffic.queue) == 0


# ---- the node itself -------------------------------------------------------------------------------


def durable_queue(place: Place, node: PrivateNode) -> str:
    """
    A queue that survives a kill in the next moment.

    RabbitMQ writes a new quorum queue's entry in its directory (names.dets) up to 3 s late; a node that
    is killed before that comes back with the queue, but without its leader and without what was in it.
    """
    queue = place.queue()
    node.evaluate("[ok = dets:sync(T) || T <- dets:all()], true")
    return queue


def test_a_killed_node_loses_nothing_that_it_confirmed(place: Place, mortal: PrivateNode) -> None:
    queue = durable_queue(place, mortal)
    publisher, intake = place.publisher(), place.intake(queue)
    send(publisher, place.parcels(queue, 20))
    settled = place.collect(intake, 5, most=5)
    intake.settle(settled)
    taken = place.collect(intake, 15)
    pid = mortal.status().pid
    os.kill(pid, signal.SIGSTOP)  # so that nothing more is confirmed
    flight = publisher.launch(place.parcels(queue, 30))
    os.kill(pid, signal.SIGKILL)
    assert landed(flight) == [Outcome.LOST] * 30
    assert not publisher.room()
    assert intake.take(most=50, most_bytes=MIB) == []
    mortal.start()
    until(publisher.room)
    intake.settle(taken)  # too late
    send(publisher, [place.parcel(queue, b"<last/>")])
    bodies: set[bytes] = set()

    def last() -> bool:
        arrivals = intake.take(most=50, most_bytes=MIB)
        bodies.update(arrival.body for arrival in arrivals)
        return b"<last/>" in bodies

    until(last)
    assert {arrival.body for arrival in taken} <= bodies
    intake.close()


@pytest.fixture
def starving(mortal: PrivateNode) -> Iterator[PrivateNode]:
    """The node thinks that it is out of memory."""
    mortal.control("set_vm_memory_high_watermark", "absolute", "1")
    yield mortal
    mortal.control("set_vm_memory_high_watermark", "0.3")


def test_a_broker_out_of_memory_holds_up_publishers_and_not_consumers(
    place: Place, mortal: PrivateNode, request: pytest.FixtureRequest
) -> None:
    queue = place.queue()
    publisher = place.publisher()
    send(publisher, place.parcels(queue, 10))
    request.getfixturevalue("starving")
    flight = publisher.launch(place.parcels(queue, 5))  # the broker blocks a connection when it publishes
    until(lambda: not publisher.room())
    waiting: list[list[Outcome]] = []
    thread = threading.Thread(
        target=lambda: waiting.append(landed(publisher.launch(place.parcels(queue, 5))))
    )
    thread.start()
    intake = place.intake(queue)
    intake.settle(place.collect(intake, 10))
    assert not flight.landed
    assert not waiting
    mortal.control("set_vm_memory_high_watermark", "0.3")
    assert landed(flight) == [Outcome.CONFIRMED] * 5
    thread.join(60)
    assert waiting == [[Outcome.CONFIRMED] * 5]
    intake.settle(place.collect(intake, 10))
    assert publisher.room()


def test_a_publisher_that_the_broker_blocks_can_be_closed(
    place: Place, request: pytest.FixtureRequest
) -> None:
    queue = place.queue()
    publisher = place.publisher()
    until(publisher.room)
    request.getfixturevalue("starving")
    flight = publisher.launch(place.parcels(queue, 5))
    until(lambda: not publisher.room())
    publisher.close()
    assert landed(flight) == [Outcome.LOST] * 5
