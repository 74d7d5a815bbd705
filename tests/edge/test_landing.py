# SPDX-License-Identifier: Apache-2.0
"""At the end flights are waited for, and not for longer than one of them may take."""

from __future__ import annotations

from collections.abc import Sequence

from exchange.edge.broker import Flight, Outcome, let_land


class Waited(Flight):
    """A flight that is waited for in vain, or not."""

    def __init__(self, *, lands: bool) -> None:
        self._lands = lands
        self.seconds: list[float | None] = []

    @property
    def landed(self) -> bool:
        return self._lands

    def wait(self, seconds: float | None = None) -> bool:
        self.seconds.append(seconds)
        return self._lands

    @property
    def outcomes(self) -> Sequence[Outcome]:
        return []


def test_every_flight_that_lands_is_waited_for() -> None:
    flights = [Waited(lands=True) for _ in range(3)]
    let_land(flights, 5.0)
    assert [flight.seconds for flight in flights] == [[5.0]] * 3


def test_after_one_that_does_not_land_no_other_is_waited_for() -> None:
    flights = [Waited(lands=True), Waited(lands=False), Waited(lands=True)]
    let_land(flights, 5.0)
    assert [flight.seconds for flight in flights] == [[5.0], [5.0], []]
