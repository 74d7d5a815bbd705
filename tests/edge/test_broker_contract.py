# SPDX-License-Identifier: Apache-2.0
"""The contract of `exchange.edge.broker`, once in memory and once on the real RabbitMQ."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from exchange.edge.broker import NOTICE, RECEIPT, WINDOW_MESSAGES, Bell, Depth, Outcome
from exchange.edge.memory import MemoryBroker, MemoryNode
from exchange.errors import BrokerDown, Halt
from exchange.model import topology
from exchange.model.limits import KIB, MIB
from exchange.model.priority import Priority
from exchange.model.topology import Exchange, Queue
from tests.certificates import ClientFiles
from tests.edge.broker_places import HUB, Place, landed, rabbit, send, until, user


@pytest.fixture(scope="session")
def hub_files(request: pytest.FixtureRequest) -> ClientFiles:
    node, authority = request.getfixturevalue("node"), request.getfixturevalue("authority")
    return user(node, authority, HUB)


@pytest.fixture(params=["memory", pytest.param("rabbit", marks=pytest.mark.broker)])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "memory":
        shared = MemoryNode()
        place = Place(MemoryBroker(shared), lambda: MemoryBroker(shared))
    else:
        node, files = request.getfixturevalue("node"), request.getfixturevalue("hub_files")
        place = Place(rabbit(node, files), lambda: rabbit(node, files))
    try:
        yield place
    finally:
        place.close()


# ---- publishing ------------------------------------------------------------------------------------


def test_what_was_published_arrives_as_it_was(place: Place) -> None:
    queue = place.queue("urgent")
    parcel = place.parcel(queue, "<receipt>已送达</receipt>".encode(), kind=RECEIPT, message_id="0190-a")
    send(place.publisher(), [parcel])
    (arrival,) = place.collect(place.intake(queue), 1)
    assert (arrival.queue, arrival.priority, arrival.exchange) == (queue, Priority.URGENT, place.exchange)
    assert (arrival.kind, arrival.message_id, arrival.user_id) == (RECEIPT, "0190-a", HUB)
    assert arrival.body == parcel.body
    assert (arrival.redelivered, arrival.first_queue) == (False, "")


@pytest.mark.parametrize("size", [0, 1, 128 * KIB - 8, 128 * KIB - 7, 700_000, 5 * MIB])
def test_a_body_of_any_size_arrives_whole(place: Place, size: int) -> None:
    queue = place.queue()
    body = (bytes(range(251)) * (size // 251 + 1))[:size]
    send(place.publisher(), [place.parcel(queue, body)])
    (arrival,) = place.collect(place.intake(queue), 1)
    assert arrival.body == body


def test_what_is_launched_in_order_arrives_in_order(place: Place) -> None:
    queue = place.queue()
    parcels = place.parcels(queue, 40)
    publisher = place.publisher()
    flights = [
        publisher.launch(parcels[:15]),
        publisher.launch(parcels[15:16]),
        publisher.launch(parcels[16:]),
    ]
    assert all(set(landed(flight)) == {Outcome.CONFIRMED} for flight in flights)
    arrivals = place.collect(place.intake(queue), 40)
    assert [arrival.body for arrival in arrivals] == [parcel.body for parcel in parcels]


def test_a_flight_of_nothing_has_landed(place: Place) -> None:
    flight = place.publisher().launch([])
    assert flight.landed
    assert flight.wait(0)
    assert list(flight.outcomes) == []


def test_more_than_the_window_may_be_launched_at_once(place: Place) -> None:
    queue = place.queue("dead")
    send(place.publisher(), place.parcels(queue, 2 * WINDOW_MESSAGES + 3))
    until(lambda: place.waiting(queue) == 2 * WINDOW_MESSAGES + 3)


def test_a_parcel_larger_than_the_window_goes_alone(place: Place) -> None:
    queue = place.queue()
    send(place.publisher(), [place.parcel(queue, bytes(9 * MIB)), place.parcel(queue)])


def test_what_no_queue_takes_is_unroutable_and_the_others_are_confirmed(place: Place) -> None:
    queue = place.queue()
    parcels = [place.parcel(queue), place.parcel("nowhere"), place.parcel(queue), place.parcel("nowhere")]
    confirmed, unroutable = Outcome.CONFIRMED, Outcome.UNROUTABLE
    assert landed(place.publisher().launch(parcels)) == [confirmed, unroutable, confirmed, unroutable]


def test_large_and_equal_parcels_are_told_apart_when_they_come_back(place: Place) -> None:
    queue = place.queue()
    body = bytes(300 * KIB)
    parcels = [
        place.parcel(key, body, message_id="same") for key in (queue, "nowhere", queue, "nowhere", "nowhere")
    ]
    outcomes = landed(place.publisher().launch(parcels))
    assert [outcome is Outcome.UNROUTABLE for outcome in outcomes] == [False, True, False, True, True]


def test_a_full_queue_refuses_until_there_is_room(place: Place) -> None:
    queue = place.queue("dead", x_max_length_bytes=64 * KIB, x_overflow="reject-publish")
    publisher, body = place.publisher(), bytes(16 * KIB)

    def outcome() -> Outcome:
        return landed(publisher.launch([place.parcel(queue, body)]))[0]

    until(lambda: outcome() is Outcome.REFUSED)
    intake = place.intake(queue)
    until(lambda: intake.settle(intake.take(most=64, most_bytes=MIB)) or place.waiting(queue) == 0)
    until(lambda: outcome() is Outcome.CONFIRMED)


def test_a_full_queue_does_not_hold_up_another(place: Place) -> None:
    full = place.queue("dead", x_max_length_bytes=KIB, x_overflow="reject-publish")
    queue = place.queue()
    publisher = place.publisher()
    until(lambda: Outcome.REFUSED in landed(publisher.launch([place.parcel(full, bytes(2 * KIB))])))
    parcels = [place.parcel(full, bytes(2 * KIB)), place.parcel(queue)]
    assert landed(publisher.launch(parcels)) == [Outcome.REFUSED, Outcome.CONFIRMED]


def test_an_exchange_that_is_not_there_halts_whoever_publishes_to_it(place: Place) -> None:
    queue = place.queue()
    publisher = place.publisher()
    assert landed(publisher.launch([place.parcel(queue, exchange="no-such-exchange")])) == [Outcome.LOST]
    with pytest.raises(Halt, match=r"EX-914.*no-such-exchange"):
        publisher.launch([place.parcel(queue)])
    send(publisher, [place.parcel(queue)])


def test_a_landing_rings_the_bell(place: Place) -> None:
    queue = place.queue()
    publisher = place.publisher()
    until(publisher.room)
    place.bell.wait(0)
    flight = publisher.launch([place.parcel(queue)])
    until(lambda: flight.landed)
    assert place.bell.wait(1)


def test_two_threads_may_launch_on_one_publisher(place: Place) -> None:
    queue = place.queue("dead")
    publisher = place.publisher()
    outcomes: list[Outcome] = []

    def work() -> None:
        for _ in range(20):
            outcomes.extend(landed(publisher.launch(place.parcels(queue, 10))))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [Outcome.CONFIRMED] * 400
    until(lambda: place.waiting(queue) == 400)


def test_a_closed_publisher_launches_nothing(place: Place) -> None:
    queue = place.queue()
    publisher = place.publisher()
    publisher.close()
    assert not publisher.room()
    with pytest.raises(BrokerDown, match="EX-901"):
        publisher.launch([place.parcel(queue)])


def test_closing_lets_land_what_is_in_the_air(place: Place) -> None:
    queue = place.queue("dead")
    publisher = place.publisher()
    flight = publisher.launch(place.parcels(queue, 200))
    publisher.close()
    assert flight.landed
    assert set(flight.outcomes) == {Outcome.CONFIRMED}


# ---- taking ----------------------------------------------------------------------------------------


def test_nothing_is_taken_where_nothing_is(place: Place) -> None:
    assert place.intake(place.queue()).take(most=10, most_bytes=MIB) == []


def test_an_arrival_rings_the_bell(place: Place) -> None:
    queue = place.queue()
    bell = Bell()
    intake = place.broker.intake([queue], bell)
    send(place.publisher(), [place.parcel(queue)])
    assert bell.wait(30)
    place.collect(intake, 1)


def test_no_more_is_taken_than_asked_for(place: Place) -> None:
    queue = place.queue()
    send(place.publisher(), [place.parcel(queue, bytes(100)) for _ in range(12)])
    intake = place.intake(queue)
    until(lambda: place.waiting(queue) == 0)
    sizes = []
    until(lambda: sizes.append(len(intake.take(most=5, most_bytes=MIB))) or sum(sizes) == 12)
    assert max(sizes) <= 5


def test_no_more_bytes_are_taken_than_asked_for_but_one_arrival_always(place: Place) -> None:
    queue = place.queue()
    send(place.publisher(), [place.parcel(queue, bytes(100)) for _ in range(12)])
    intake = place.intake(queue)
    sizes = []
    until(lambda: sizes.append(len(intake.take(most=5, most_bytes=250))) or sum(sizes) == 12)
    assert max(sizes) <= 2
    send(place.publisher(), [place.parcel(queue, bytes(100))])
    until(lambda: len(intake.take(most=5, most_bytes=1)) == 1)


def test_one_intake_reads_several_queues(place: Place) -> None:
    queues = [place.queue(word) for word in ("flash", "urgent", "routine", "bulk")]
    publisher = place.publisher()
    send(publisher, [place.parcel(queue) for queue in reversed(queues)])
    arrivals = place.collect(place.intake(*queues), 4)
    assert {arrival.queue: arrival.priority.value for arrival in arrivals} == {
        queue: queue.rpartition(".")[2] for queue in queues
    }


def test_no_more_is_unsettled_than_the_class_allows(place: Place) -> None:
    queue = place.queue("bulk")
    most = topology.PREFETCH[Priority.BULK]
    send(place.publisher(), place.parcels(queue, most + 3))
    intake = place.intake(queue)
    first = place.collect(intake, most)
    until(lambda: place.waiting(queue) == 3)
    assert intake.take(most=10, most_bytes=MIB) == []
    intake.settle(first)
    rest = place.collect(intake, 3)
    assert [arrival.body for arrival in rest] == [b"<segment>%d</segment>" % n for n in range(most, most + 3)]


def test_a_slow_arrival_holds_up_no_other(place: Place) -> None:
    """What is settled above an unsettled one makes room too."""
    queue = place.queue("bulk")
    others_at_once = topology.PREFETCH[Priority.BULK] - 1
    send(place.publisher(), place.parcels(queue, 1 + 10 * others_at_once))
    intake = place.intake(queue)
    slow, *others = place.collect(intake, 1 + others_at_once)
    for _ in range(9):
        intake.settle(others)
        others = place.collect(intake, others_at_once)
    intake.settle([*others, slow])
    intake.close()
    assert place.left(queue) == 0


def test_an_intake_may_wait_for_a_queue_that_comes_later(place: Place) -> None:
    name = f"place{place.number}.0.routine"
    intake = place.intake(name)
    assert place.queue() == name
    send(place.publisher(), [place.parcel(name)])
    place.collect(intake, 1)


# ---- settling --------------------------------------------------------------------------------------


def test_what_is_settled_never_comes_again(place: Place) -> None:
    queue = place.queue()
    send(place.publisher(), place.parcels(queue, 30))
    intake = place.intake(queue)
    intake.settle(place.collect(intake, 30))
    intake.close()
    until(lambda: place.broker.depths([queue]) == {queue: Depth(0, 0)})


@pytest.mark.parametrize("stride", [7, 13, 29])
def test_arrivals_may_be_settled_in_any_order_and_grouping(place: Place, stride: int) -> None:
    queue = place.queue()
    send(place.publisher(), place.parcels(queue, 30))
    intake = place.intake(queue)
    arrivals = place.collect(intake, 30)
    shuffled = [arrivals[n * stride % 30] for n in range(30)]
    kept = shuffled[-3:]
    for start in range(0, 27, 4):
        intake.settle(shuffled[start : min(start + 4, 27)])
    intake.close()
    assert place.left(queue) == 3
    again = place.collect(place.intake(queue), 3)
    assert sorted(arrival.body for arrival in again) == sorted(arrival.body for arrival in kept)


def test_settling_twice_changes_nothing(place: Place) -> None:
    queue = place.queue()
    send(place.publisher(), place.parcels(queue, 5))
    intake = place.intake(queue)
    arrivals = place.collect(intake, 5)
    intake.settle(arrivals[:2])
    intake.settle(arrivals[:3])
    intake.settle(arrivals[1:2])
    intake.bury(arrivals[:1])
    send(place.publisher(), [place.parcel(queue, b"<after/>")])
    (after,) = place.collect(intake, 1)
    assert after.body == b"<after/>"
    intake.close()
    assert place.left(queue) == 3


def test_what_is_unsettled_comes_again_to_whoever_consumes_next(place: Place) -> None:
    queue = place.queue()
    send(place.publisher(), place.parcels(queue, 6))
    first = place.intake(queue)
    arrivals = place.collect(first, 6)
    first.settle(arrivals[:2])
    first.close()
    again = place.collect(place.intake(queue), 4)
    assert [arrival.body for arrival in again] == [arrival.body for arrival in arrivals[2:]]
    assert all(arrival.redelivered for arrival in again)
    assert [arrival.message_id for arrival in again] == [arrival.message_id for arrival in arrivals[2:]]


def test_a_closed_intake_gives_nothing_and_settles_nothing(place: Place) -> None:
    queue = place.queue()
    send(place.publisher(), place.parcels(queue, 2))
    intake = place.intake(queue)
    arrivals = place.collect(intake, 2)
    intake.close()
    intake.settle(arrivals)
    intake.bury(arrivals)
    assert intake.take(most=10, most_bytes=MIB) == []
    assert place.left(queue) == 2


def test_arrivals_of_another_intake_are_passed_over(place: Place) -> None:
    queue, other = place.queue(), place.queue()
    send(place.publisher(), [place.parcel(queue), place.parcel(other)])
    first, second = place.intake(queue), place.intake(other)
    theirs = place.collect(first, 1)
    ours = place.collect(second, 1)
    second.settle(theirs)
    second.settle(ours)
    second.close()
    first.close()
    assert (place.left(queue), place.left(other)) == (1, 0)


def test_what_is_buried_is_dead_and_says_where_it_died(place: Place) -> None:
    dead = place.dead_queue()
    queue = place.queue("bulk", **place.to_dead)
    send(place.publisher(), place.parcels(queue, 3))
    intake = place.intake(queue)
    arrivals = place.collect(intake, 3)
    intake.bury(arrivals[1:2])
    intake.settle([arrivals[0], arrivals[2]])
    (buried,) = place.collect(place.intake(dead), 1)
    assert (buried.body, buried.message_id, buried.user_id) == (arrivals[1].body, arrivals[1].message_id, HUB)
    assert (buried.first_queue, buried.first_exchange) == (queue, place.exchange)
    assert (buried.exchange, buried.priority) == (place.exchange, Priority.BULK)
    intake.close()
    assert place.left(queue) == 0


def test_what_comes_too_often_is_dead(place: Place) -> None:
    dead = place.dead_queue()
    queue = place.queue(x_delivery_limit=1, **place.to_dead)
    send(place.publisher(), [place.parcel(queue, kind=NOTICE)])
    for _ in range(2):
        intake = place.intake(queue)
        place.collect(intake, 1)
        intake.close()
    (buried,) = place.collect(place.intake(dead), 1)
    assert (buried.first_queue, buried.kind) == (queue, NOTICE)


def test_of_a_single_active_consumers_queue_the_second_is_a_standby(place: Place) -> None:
    queue, own = place.queue(x_single_active_consumer=True), place.queue()
    first = place.intake(queue)
    until(lambda: place.broker.depths([queue])[queue].consumers == 1)
    second = place.another()
    try:
        standby = second.intake([queue, own], Bell())
        publisher = place.publisher()
        send(publisher, [place.parcel(own)])
        standby.settle(place.collect(standby, 1))  # so it consumes
        send(publisher, place.parcels(queue, 4))
        place.collect(first, 4)
        send(publisher, [place.parcel(own)])
        assert [arrival.queue for arrival in place.collect(standby, 1)] == [own]
        first.close()
        assert len(place.collect(standby, 4)) == 4
    finally:
        second.close()


def test_two_intakes_of_a_common_queue_share_it(place: Place) -> None:
    queue = place.queue()
    other = place.another()
    try:
        first, second = place.intake(queue), other.intake([queue], Bell())
        until(lambda: place.broker.depths([queue])[queue].consumers == 2)
        send(place.publisher(), place.parcels(queue, 20))
        ours = place.collect(first, 10)
        theirs = place.collect(second, 10)
        assert len({arrival.body for arrival in [*ours, *theirs]}) == 20
    finally:
        other.close()


# ---- tools -----------------------------------------------------------------------------------------


def test_declaring_again_changes_nothing(place: Place) -> None:
    queue = place.queue()
    send(place.publisher(), [place.parcel(queue)])
    place.broker.declare(
        [Exchange(place.exchange)], [Queue(queue, {"x-queue-type": "quorum"}, ((place.exchange, queue),))]
    )
    until(lambda: place.broker.depths([queue]) == {queue: Depth(1, 0)})


def test_declaring_otherwise_is_for_a_person_to_decide(place: Place) -> None:
    queue = place.queue()
    with pytest.raises(Halt, match=rf"EX-911.*{queue}"):
        place.broker.declare([], [Queue(queue, {"x-queue-type": "quorum", "x-max-length-bytes": 5})])


def test_binding_what_is_not_there_is_for_a_person_to_decide(place: Place) -> None:
    queue = place.queue()
    with pytest.raises(Halt, match=r"EX-911.*no-such-exchange"):
        place.broker.declare([], [], [(queue, "no-such-exchange", "key")])


def test_a_queue_may_be_bound_later_and_under_other_keys(place: Place) -> None:
    queue = place.queue()
    place.broker.declare([], [], [(queue, place.exchange, "other")])
    send(place.publisher(), [place.parcel("other")])
    place.collect(place.intake(queue), 1)


def test_one_parcel_reaches_every_queue_bound_under_its_key(place: Place) -> None:
    first, second = place.queue(), place.queue()
    place.broker.declare([], [], [(second, place.exchange, first)])
    send(place.publisher(), [place.parcel(first)])
    until(lambda: (place.waiting(first), place.waiting(second)) == (1, 1))


def test_depths_leave_out_what_is_not_there(place: Place) -> None:
    queue, other = place.queue(), place.queue()
    send(place.publisher(), place.parcels(other, 2))
    until(
        lambda: place.broker.depths(["none", queue, "no", other]) == {queue: Depth(0, 0), other: Depth(2, 0)}
    )


def test_removing_what_is_not_there_is_no_error(place: Place) -> None:
    queue = place.queue()
    place.broker.remove(["none", place.exchange], ["none", queue])
    place.broker.remove([place.exchange], [queue])
    assert place.broker.depths([queue]) == {}


def test_the_whole_topology_can_be_declared_twice(place: Place) -> None:
    name = f"440500.place{place.number}"
    queues = [*topology.hub_queues(), *topology.participant_queues(name)]
    exchanges = [*topology.hub_exchanges(), topology.participant_exchange(name)]
    for _ in range(2):
        place.broker.declare(exchanges, queues, topology.ingress_bindings(name))
    parcel = place.parcel(Priority.FLASH.value, exchange=topology.ingress(name))
    send(place.publisher(), [parcel])
    until(lambda: place.waiting(topology.hub_queue(Priority.FLASH)) == 1)
    place.broker.remove([exchange.name for exchange in exchanges], [queue.name for queue in queues])


def test_an_intake_knows_when_the_broker_delivers_from_all_its_queues(place: Place) -> None:
    queues = [place.queue(), place.queue()]
    intake = place.intake(*queues)
    until(intake.is_consuming)
    assert [depth.consumers for depth in place.broker.depths(queues).values()] == [1, 1]


# ---- the end ---------------------------------------------------------------------------------------


def test_closing_a_broker_closes_all_that_it_made(place: Place) -> None:
    queue = place.queue()
    broker = place.another()
    publisher, intake = broker.publisher(Bell()), broker.intake([queue], Bell())
    until(lambda: publisher.room() and place.broker.depths([queue])[queue].consumers == 1)
    broker.close()
    broker.close()
    assert not publisher.room()
    assert intake.take(most=1, most_bytes=1) == []
    until(lambda: place.broker.depths([queue])[queue].consumers == 0)


def test_closing_leaves_no_thread(place: Place) -> None:
    def ours() -> set[threading.Thread]:
        return {each for each in threading.enumerate() if not isinstance(each, threading.Timer)}  # of pytest

    queue = place.queue()
    before = ours()
    broker = place.another()
    broker.publisher(Bell())
    broker.intake([queue], Bell())
    broker.close()
    assert ours() <= before
