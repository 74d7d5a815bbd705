# SPDX-License-Identifier: Apache-2.0
"""Posting: what the broker has is struck off with somebody's transaction, or soon in one of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.edge.broker import RECEIPT, Parcel
from exchange.edge.owed import OWED_MOST
from exchange.model import topology
from exchange.role import posting as posting_module
from exchange.role.posting import AGAIN_MS, SETTLE_MS, Posting
from tests.city import OFFICE, City
from tests.role.harbour import Harbour

A_WHILE = SETTLE_MS / 1000


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


@pytest.fixture
def posting(city: City) -> Posting:
    return city.daemons[OFFICE].posting


def posted(city: City, posting: Posting, *numbers: int) -> None:
    me = topology.ingress(OFFICE)
    parcels = [Parcel(me, "routine", b"<receipt/>", RECEIPT, f"r{n}", OFFICE) for n in numbers]
    with city.daemons[OFFICE].inbox.writing() as connection:
        posting.promise(connection, parcels)
    posting.post(parcels)


def confirmed(city: City, posting: Posting, *numbers: int) -> None:
    """Promised, posted, and at the broker."""
    posted(city, posting, *numbers)
    assert posting.collect()


def owed(posting: Posting) -> int:
    return posting._owed.count()


def test_what_was_confirmed_just_now_waits_for_a_transaction_that_takes_it_along(
    city: City, posting: Posting
) -> None:
    posting.flush()
    confirmed(city, posting, 1)
    posting.tidy()
    assert owed(posting) == 1
    with city.daemons[OFFICE].inbox.writing() as connection:
        posting.strike_off(connection)
    assert owed(posting) == 0


def test_after_a_while_it_is_struck_off_without(city: City, posting: Posting) -> None:
    posting.flush()
    confirmed(city, posting, 1)
    city.clock.pass_(A_WHILE)
    posting.tidy()
    assert owed(posting) == 0


def test_many_are_struck_off_at_once(city: City, posting: Posting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting_module, "SETTLE_AT", 3)
    posting.flush()
    confirmed(city, posting, 1, 2)
    posting.tidy()
    assert owed(posting) == 2
    confirmed(city, posting, 3)
    posting.tidy()
    assert owed(posting) == 0


def test_what_waits_to_be_struck_off_is_not_posted_again(city: City, posting: Posting) -> None:
    confirmed(city, posting, 1)
    assert posting.repost(older_than_ms=0) == 0


def test_what_lands_while_the_landed_are_being_counted_is_struck_off_next(
    city: City, posting: Posting
) -> None:
    """It would be owed for ever, and never posted again."""
    posting.flush()
    harbour = posting._lanes[False] = Harbour(posting._lanes[False])
    posted(city, posting, 1)
    posted(city, posting, 2)
    harbour.let_go()
    harbour.let_go_once_asked()
    assert posting.collect()
    posting.flush()
    assert owed(posting) == 0


def test_who_takes_nothing_does_not_stand_before_who_does(city: City, posting: Posting) -> None:
    """However much is refused again and again, what a crash left behind for others goes out."""
    city.node.refusing.add("routine")
    posted(city, posting, *range(OWED_MOST))
    city.clock.pass_(1)
    left_behind = Parcel(topology.ingress(OFFICE), "urgent", b"<receipt/>", RECEIPT, "last", OFFICE)
    with city.daemons[OFFICE].inbox.writing() as connection:
        posting.promise(connection, [left_behind])
    city.clock.pass_(AGAIN_MS / 1000)
    posting.flush()
    for _ in range(2):
        posting.repost()
        posting.flush()
    assert owed(posting) == OWED_MOST


def test_who_takes_again_gets_all_that_was_refused(city: City, posting: Posting) -> None:
    city.node.refusing.add("routine")
    posted(city, posting, *range(2 * OWED_MOST + 1))
    city.clock.pass_(AGAIN_MS / 1000)
    posting.flush()
    posting.repost()
    posting.flush()
    city.node.refusing.clear()
    for _ in range(3):
        posting.repost()
        posting.flush()
    assert owed(posting) == 0
