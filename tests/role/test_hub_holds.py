# SPDX-License-Identifier: Apache-2.0
"""A full receiver at the hub: whatever was dropped for it is asked for as soon as there is room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exchange import Content
from exchange.edge.broker import Outcome
from exchange.edge.hub_store import MessageKey
from exchange.model.ranges import Indices
from tests.city import FILES, FINANCE, OFFICE, City, text
from tests.role.harbour import Harbour

AT_FINANCE = f"{FINANCE}/{FILES}"
SEGMENT = 64 * 1024


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def held_after_its_first(city: City, segments: int) -> str:
    """A message in one batch: the receiver's queue takes its first segment, and is full then."""
    worker = city.workers[0]
    lane, publisher = worker._lanes[False]
    harbour = Harbour(publisher)
    worker._lanes[False] = (lane, harbour)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("big", os.urandom(segments * SEGMENT))]))
    city.daemons[OFFICE].step()
    worker.step()
    flight = harbour.flights.popleft()
    assert len(flight.parcels) == segments
    flight.land([*publisher.launch(flight.parcels[:1]).outcomes, *[Outcome.REFUSED] * (segments - 1)])
    harbour.patient = False
    city.settle()
    return message_id


def test_a_queue_that_is_full_from_the_middle_of_a_batch_on_holds_the_message(city: City) -> None:
    """Nothing else of it comes to the hub any more, and nobody but the hub knows what was dropped."""
    message_id = held_after_its_first(city, 4)
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "held"}
    city.janitor.step()
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_a_message_on_hold_of_which_segments_are_missing_is_let_go_as_a_whole(city: City) -> None:
    """Whoever needs one segment again says nothing of those that the hub has dropped."""
    message_id = held_after_its_first(city, 4)
    finance = city.daemons[FINANCE]
    missing = finance.inbound._answers.missing(MessageKey(OFFICE, message_id), Indices.of(4, [0]))
    finance.posting.post([missing])
    city.settle()
    city.janitor.step()
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}
