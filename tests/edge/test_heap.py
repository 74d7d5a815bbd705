# SPDX-License-Identifier: Apache-2.0
"""The urgent overtakes the bulky, and nothing starves."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from exchange.edge.broker import SEGMENT, Arrival
from exchange.edge.heap import TURN, ArrivalHeap
from exchange.model.limits import MIB
from exchange.model.priority import Priority

classes = st.sampled_from(list(Priority))


def arrival(priority: Priority, number: int = 0, size: int = 1) -> Arrival:
    name = f"{priority.value}-{number}"
    return Arrival(f"hub.{priority.value}", priority, "in.a", "a", SEGMENT, name, bytes(size), token=number)


def filled(arrivals: Iterable[Arrival]) -> ArrivalHeap:
    heap = ArrivalHeap()
    for each in arrivals:
        heap.push(each)
    return heap


def drained(heap: ArrivalHeap) -> list[Arrival]:
    return heap.take(most=1_000_000, most_bytes=1 << 40)


def test_an_empty_heap_gives_nothing() -> None:
    assert ArrivalHeap().take(most=5, most_bytes=MIB) == []


def test_sooner_classes_come_first_and_within_one_the_oldest() -> None:
    order = [Priority.BULK, Priority.ROUTINE, Priority.FLASH, Priority.URGENT, Priority.FLASH, Priority.BULK]
    heap = filled(arrival(priority, number) for number, priority in enumerate(order))
    assert [each.token for each in drained(heap)] == [2, 4, 3, 1, 0, 5]


def test_every_sixteenth_is_the_longest_waiting_one() -> None:
    heap = filled([arrival(Priority.BULK, 0)])
    taken = []
    for number in range(1, 200):
        heap.push(arrival(Priority.FLASH, number))
        taken += heap.take(most=1, most_bytes=MIB)
    assert taken.index(arrival(Priority.BULK, 0)) == TURN - 1


def test_bulk_flows_on_under_endless_flash() -> None:
    heap = filled(arrival(Priority.BULK, number) for number in range(10))
    taken = []
    for number in range(400):
        heap.push(arrival(Priority.FLASH, number))
        taken += heap.take(most=1, most_bytes=MIB)
    assert sum(each.priority is Priority.BULK for each in taken) == 10


@given(st.lists(classes, max_size=80), st.lists(st.integers(1, 20), min_size=80, max_size=80))
def test_nothing_is_lost_doubled_or_reordered_within_its_class(
    order: list[Priority], portions: list[int]
) -> None:
    heap = filled(arrival(priority, number) for number, priority in enumerate(order))
    assert len(heap) == len(order)
    taken = [each for portion in portions for each in heap.take(most=portion, most_bytes=MIB)]
    assert len(heap) == 0
    assert sorted(each.token for each in taken) == list(range(len(order)))
    for priority in Priority:
        numbers = [each.token for each in taken if each.priority is priority]
        assert numbers == sorted(numbers)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.integers(1, 10), st.integers(1, 120))
def test_takes_stay_within_their_bounds_but_give_at_least_one(
    sizes: list[int], most: int, most_bytes: int
) -> None:
    heap = filled(arrival(Priority.ROUTINE, number, size) for number, size in enumerate(sizes))
    while len(heap):
        taken = heap.take(most=most, most_bytes=most_bytes)
        assert 1 <= len(taken) <= most
        assert len(taken) == 1 or sum(len(each.body) for each in taken) <= most_bytes


def test_what_is_dropped_is_gone_and_the_rest_keeps_its_order() -> None:
    heap = filled(arrival(Priority.ROUTINE, number) for number in range(6))
    heap.drop(lambda each: each.token % 2 == 0)
    assert [each.token for each in drained(heap)] == [1, 3, 5]


def test_a_cleared_heap_is_empty() -> None:
    heap = filled([arrival(Priority.FLASH), arrival(Priority.BULK)])
    heap.clear()
    assert drained(heap) == []


def test_it_says_whether_only_one_class_waits() -> None:
    heap = filled([arrival(Priority.ROUTINE)])
    assert heap.has_only(Priority.ROUTINE)
    heap.push(arrival(Priority.BULK))
    assert not heap.has_only(Priority.ROUTINE)


@given(st.lists(st.tuples(classes, st.integers(0, 50))), st.integers(0, 5))
def test_it_knows_how_many_bytes_wait(sizes: list[tuple[Priority, int]], most: int) -> None:
    """After taking some and dropping others."""
    heap = filled(arrival(priority, number, size) for number, (priority, size) in enumerate(sizes))
    taken = heap.take(most=most, most_bytes=1 << 40)
    void = heap.drop(lambda each: bool(each.token % 2))
    waiting = heap.size_bytes
    left = drained(heap)
    assert waiting == sum(len(each.body) for each in left)
    assert heap.size_bytes == 0
    assert len(taken) + len(void) + len(left) == len(sizes)
