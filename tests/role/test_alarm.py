# SPDX-License-Identifier: Apache-2.0
"""A broker's alarm: nothing is published, nothing is held for long, nothing dies of it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from exchange import Priority
from exchange.errors import BrokerDown
from exchange.model import topology
from exchange.role.alarm import BORNE_MS
from tests.city import FILES, FINANCE, OFFICE, City, text

AT_FINANCE = f"{FINANCE}/{FILES}"
HUB_QUEUE = topology.hub_queue(Priority.ROUTINE)


@pytest.fixture
def city(tmp_path: Path) -> City:
    """A message is in the hub's queue when the alarm comes."""
    city = City(tmp_path)
    city.kill_worker()
    (city.sent,) = city.daemons[OFFICE].send(text())  # type: ignore[attr-defined]
    city.settle()
    city.node.alarm = True
    city.start_worker()
    return city


def tries(city: City) -> list[int]:
    """How often each message in the hub's queue was given back, as the broker counts it."""
    return [waiting.tries for waiting in city.node.lines[HUB_QUEUE].waiting]


def a_night(city: City) -> None:
    for _ in range(100):
        city.clock.pass_(300)
        for part in (city.workers[0], *city.daemons.values()):
            with suppress(BrokerDown):
                part.step()


def test_a_short_alarm_is_borne(city: City) -> None:
    city.clock.pass_(BORNE_MS / 1000 / 2)
    assert city.workers[0].step() is False
    city.node.alarm = False
    city.settle()
    assert list(city.recorders[FINANCE].got) == [city.sent]  # type: ignore[attr-defined]


def test_after_minutes_everything_in_hand_goes_back(city: City) -> None:
    worker = city.workers[0]
    worker.step()
    city.clock.pass_(BORNE_MS / 1000)
    with pytest.raises(BrokerDown, match="alarm"):
        worker.step()
    assert len(tries(city)) == 1


def test_an_alarm_of_a_night_is_counted_once_and_nothing_dies_of_it(city: City) -> None:
    a_night(city)
    assert max(tries(city)) <= 1
    city.node.alarm = False
    city.settle()
    assert city.daemons[OFFICE].states(city.sent) == {AT_FINANCE: "delivered"}  # type: ignore[attr-defined]
    assert not city.node.lines[topology.DEAD].waiting


def test_a_receiver_goes_on_receiving_and_its_receipts_leave_when_it_is_over(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.kill_daemon(FINANCE)
    (sent,) = city.daemons[OFFICE].send(text())
    city.settle()
    city.node.alarm = True
    city.start_daemon(FINANCE)
    a_night(city)
    assert list(city.recorders[FINANCE].got) == [sent]
    city.node.alarm = False
    city.recover()
    city.settle()
    assert city.daemons[OFFICE].states(sent) == {AT_FINANCE: "delivered"}
