# SPDX-License-Identifier: Apache-2.0
"""What landed is noted together with what lands in the next moment, and nobody waits for long."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from exchange import Priority
from exchange.edge.broker import Bell, Flight, Outcome, Parcel, Publisher
from exchange.role.outbound import LAND_MS, LAUNCH_PARCELS, Outbound
from tests.city import OFFICE, City, text


class Air(Flight):
    """A flight that lands when it is told to."""

    def __init__(self, count: int) -> None:
        self._outcomes = (Outcome.CONFIRMED,) * count
        self._landed = False

    def land(self) -> None:
        self._landed = True

    @property
    def landed(self) -> bool:
        return self._landed

    def wait(self, seconds: float | None = None) -> bool:
        return self._landed

    @property
    def outcomes(self) -> Sequence[Outcome]:
        return self._outcomes


class Runway(Publisher):
    """Where everything that was launched stays in the air."""

    def __init__(self) -> None:
        self.flights: list[Air] = []

    def launch(self, parcels: Sequence[Parcel]) -> Flight:
        self.flights.append(Air(len(parcels)))
        return self.flights[-1]

    def room(self) -> bool:
        return True

    def close(self) -> None:
        pass


class Field:
    """The office's outbound with two flights of routine messages in the air."""

    def __init__(self, city: City, **more: object) -> None:
        self.city = city
        self.runway = Runway()
        self.daemon = daemon = city.daemons[OFFICE]
        self.outbound = Outbound(
            daemon.outbox, daemon.around, express=self.runway, freight=self.runway, bell=Bell()
        )
        daemon.send(*(text(n, **more) for n in range(LAUNCH_PARCELS + 1)))
        self.outbound.look()
        self.outbound.step()
        self.first, self.second = self.runway.flights

    @property
    def unconfirmed(self) -> int:
        return self.daemon.outbox.counts().get("sealed", 0)


ALL = LAUNCH_PARCELS + 1


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def test_one_that_landed_waits_for_another_in_the_air(city: City) -> None:
    field = Field(city, priority=Priority.ROUTINE)
    field.first.land()
    assert not field.outbound._land()
    assert field.unconfirmed == ALL
    field.second.land()
    assert field.outbound._land()
    assert field.unconfirmed == 0


def test_it_does_not_wait_for_long(city: City) -> None:
    field = Field(city, priority=Priority.ROUTINE)
    field.first.land()
    field.outbound._land()
    city.clock.pass_(LAND_MS / 1000)
    assert field.outbound._land()
    assert field.unconfirmed == 1


def test_bulk_makes_room_for_its_next_segments_at_once(city: City) -> None:
    daemon = city.daemons[OFFICE]
    runway = Runway()
    outbound = Outbound(daemon.outbox, daemon.around, express=runway, freight=runway, bell=Bell())
    daemon.send(text(1, priority=Priority.BULK), text(2, priority=Priority.ROUTINE))
    outbound.look()
    outbound.step()
    bulk = runway.flights[-1]  # the sooner class goes first
    bulk.land()
    assert outbound._land()


def test_at_the_end_what_landed_is_noted(city: City) -> None:
    field = Field(city, priority=Priority.ROUTINE)
    field.first.land()
    field.outbound.close()
    assert field.unconfirmed == 1
