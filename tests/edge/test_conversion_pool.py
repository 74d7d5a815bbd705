# SPDX-License-Identifier: Apache-2.0
"""So many conversions at once, whoever asks: the sooner class first, the warm process first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange import Retry
from exchange.edge.conversion_pool import TURN, ConversionPool, Places
from exchange.edge.conversion_process import ConversionProcess
from exchange.model.priority import Priority
from tests.edge.broker_places import until
from tests.edge.odd_converters import KeptSleepingLong, Upper

FLASH, URGENT, ROUTINE, BULK = Priority


def taking(places: Places, priority: Priority, then: Callable[[ConversionProcess], None]) -> threading.Thread:
    """A thread that waits for a place, once it waits or has had it."""

    def take() -> None:
        with places.one(priority) as process:
            then(process)
        had.set()

    had, before = threading.Event(), places.waiting
    thread = threading.Thread(target=take)
    thread.start()
    until(lambda: had.is_set() or places.waiting > before)
    return thread


def test_the_process_that_was_busy_last_is_taken_first() -> None:
    pool = ConversionPool(4)
    with pool.process() as first, pool.process() as second:
        assert first is not second
    with pool.process() as again:
        assert again is first


def test_no_more_are_busy_at_once_than_there_are_workers() -> None:
    pool = ConversionPool(1)
    second: list[ConversionProcess] = []
    with pool.process(BULK) as first:
        other = taking(pool.converting, FLASH, second.append)
        assert second == []
    other.join()
    assert second == [first]


@pytest.mark.parametrize("workers", [2, 3])
def test_routine_and_bulk_leave_one_place_to_what_is_more_urgent(workers: int) -> None:
    places = ConversionPool(workers).converting
    had: list[str] = []
    with places.one(ROUTINE):
        if workers == 3:
            with places.one(BULK):
                third = taking(places, ROUTINE, lambda _process: had.append("routine"))
                taking(places, URGENT, lambda _process: had.append("urgent")).join()
        else:
            third = taking(places, BULK, lambda _process: had.append("routine"))
            taking(places, FLASH, lambda _process: had.append("urgent")).join()
        assert had[0] == "urgent"
    third.join()
    assert had == ["urgent", "routine"]


def test_the_sooner_class_goes_first_and_within_it_who_came_first() -> None:
    places = ConversionPool(1).converting
    order: list[str] = []
    with places.one(BULK):
        wanted = [("b", BULK), ("r1", ROUTINE), ("f", FLASH), ("r2", ROUTINE), ("u", URGENT)]
        threads = [taking(places, p, lambda _process, n=name: order.append(n)) for name, p in wanted]  # type: ignore[misc]
    for thread in threads:
        thread.join()
    assert order == ["f", "u", "r1", "r2", "b"]


def test_who_has_waited_longest_has_its_turn_whatever_its_class() -> None:
    places = ConversionPool(1).converting
    order: list[Priority] = []
    with places.one(ROUTINE):
        classes = [BULK, *[ROUTINE] * TURN]
        threads = [taking(places, p, lambda _process, p=p: order.append(p)) for p in classes]  # type: ignore[misc]
    for thread in threads:
        thread.join()
    assert order[:-1].count(BULK) == 1  # not the last, though there was always something sooner


def test_what_a_part_is_is_seen_while_every_place_converts() -> None:
    pool = ConversionPool(1)
    with pool.process(BULK) as converting, pool.look(BULK) as slow, pool.look(FLASH) as looking:
        assert len({converting, slow, looking}) == 3


def test_closing_ends_the_idle_ones_and_the_next_call_starts_another(tmp_path: Path) -> None:
    pool = ConversionPool(1)
    (tmp_path / "source").write_text("a")
    for number in range(2):
        with pool.process() as process:
            process.convert(Upper(), tmp_path / "source", tmp_path / str(number), from_format="text/plain")
        pool.close()
        assert process._process is None


def test_closing_ends_what_is_at_work_and_sends_away_who_waits(tmp_path: Path) -> None:
    pool = ConversionPool(1)
    (tmp_path / "source").write_text("sleep")
    ended: list[str] = []
    at_work: list[ConversionProcess] = []

    def convert(name: str) -> None:
        try:
            with pool.process() as process:
                at_work.append(process)
                process.convert(
                    KeptSleepingLong(), tmp_path / "source", tmp_path / name, from_format="text/plain"
                )
        except Retry as later:
            ended.append(later.code)

    first = threading.Thread(target=convert, args=["1"])
    first.start()
    until(lambda: any(process._process is not None for process in at_work))
    second = threading.Thread(target=convert, args=["2"])
    second.start()
    until(lambda: pool.converting.waiting == 1)
    pool.close(60)
    assert [process._process for process in at_work] == [None]
    for thread in (first, second):
        thread.join()
    assert sorted(ended) == ["EX-506", "EX-511"]


def test_a_process_that_was_interrupted_starts_nothing_any_more(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("a")
    with ConversionProcess() as process:
        process.interrupt()
        with pytest.raises(Retry, match="EX-506"):
            process.convert(Upper(), tmp_path / "source", tmp_path / "target", from_format="text/plain")
        assert process._process is None


def test_a_process_whose_user_failed_is_there_for_the_next() -> None:
    pool = ConversionPool(1)
    try:
        with pool.process():
            raise ValueError
    except ValueError:
        pass
    with pool.process() as process:
        assert process._process is None
