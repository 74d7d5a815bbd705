# SPDX-License-Identifier: Apache-2.0
"""The hub's desk: it does for a participant only what is that participant's to ask for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from exchange import Priority, Reject
from exchange.edge.hub_store import MessageKey
from exchange.model.digest import sha256
from exchange.model.identity import Address
from exchange.model.ranges import Indices
from exchange.role.issuing import About
from tests.city import CIVIL, FINANCE, OFFICE, City, text

AT_OFFICE = Address(OFFICE, "files")


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def ask(city: City, who: str, message_id: str) -> None:
    """*who* says that it lacks the message's one segment."""
    daemon = city.daemons[who]
    parcel = daemon.inbound._answers.missing(MessageKey(OFFICE, message_id), Indices(1).missing)
    daemon.posting.post([parcel])
    city.settle()


def resent(city: City, message_id: str) -> int:
    progress = city.daemons[OFFICE].outbox.progress(message_id)
    assert progress is not None
    return progress[2]


def test_who_was_not_sent_a_message_cannot_ask_for_its_segments(city: City) -> None:
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    ask(city, CIVIL, message_id)
    assert resent(city, message_id) == 0
    (letter,) = city.dead.newest()
    assert (letter.code, letter.sender) == ("EX-905", CIVIL)
    assert message_id in letter.reason


def test_nobody_can_ask_for_a_message_that_there_never_was(city: City) -> None:
    ask(city, FINANCE, city.daemons[FINANCE].around.new_id())
    (letter,) = city.dead.newest()
    assert (letter.code, letter.sender) == ("EX-905", FINANCE)


def test_who_is_not_in_the_directory_is_told_no_without_a_word_more(city: City) -> None:
    """There is no key to which the reason could be sealed."""
    about = About(city.hub_around.new_id(), Address("440500.gone", "files"), sha256(b"it"), Priority.ROUTINE)
    said = [
        city.janitor._desk.refuse(one, Reject("EX-409")) for one in (about, replace(about, sender=AT_OFFICE))
    ]
    assert [bool(issued.receipt.private) for issued in said] == [False, True]


def test_what_was_answered_for_good_is_not_sent_again(city: City) -> None:
    """A request that was overtaken by the receipt is no mistake, and nothing is to be done."""
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    ask(city, FINANCE, message_id)
    assert (resent(city, message_id), city.dead.newest()) == (0, [])
