# SPDX-License-Identifier: Apache-2.0
"""What is final is forgotten, the oldest first, by age and beyond a number; what anyone waits for is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from exchange.edge.outbox import outgoing
from tests.city import FILES, FINANCE, OFFICE, City, Daemon, text

FAR_MS = 10**15  # long after everything has expired


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


@pytest.fixture
def office(city: City) -> Daemon:
    return city.daemons[OFFICE]


def delivered(city: City, count: int = 3) -> list[str]:
    """So many messages from the office to the finance bureau, one after the other, all over."""
    ids = []
    for number in range(count):
        ids += city.daemons[OFFICE].send(text(key=f"letter {number}"))
        city.settle()
        city.clock.pass_(1)
    return ids


def tell(daemon: Daemon) -> None:
    """Its adapter hears of every receipt."""
    untold = [one.row.receipt_id for one in daemon.outbox.untold(FILES)]
    with daemon.outbox.writing() as connection:
        daemon.outbox.told(connection, untold)


def kept(daemon: Daemon, ids: list[str]) -> list[str]:
    return [each for each in ids if daemon.outbox.outcome(each) is not None]


def test_with_its_payload_a_messages_content_key_goes_and_its_envelope_stays(
    city: City, office: Daemon
) -> None:
    """Whoever gets hold of the database later can open nothing that was sent."""
    (message_id,) = delivered(city, 1)
    office.outbox.forget_payload(office.outbox.finished(before_ms=FAR_MS))
    with office.outbox.writing() as connection:
        (row,) = connection.execute(sa.select(outgoing))
    assert (row.message_id, row.payload, row.secret, row.leaves) == (message_id, None, None, None)
    assert row.envelope


def test_beyond_the_number_the_oldest_that_were_sent_go(city: City, office: Daemon) -> None:
    ids = delivered(city)
    tell(office)
    assert office.outbox.forget_beyond(1, expired_ms=FAR_MS) == 2
    assert kept(office, ids) == ids[2:]


def test_within_the_number_nothing_goes(city: City, office: Daemon) -> None:
    ids = delivered(city)
    tell(office)
    assert office.outbox.forget_beyond(3, expired_ms=FAR_MS) == 0
    assert kept(office, ids) == ids


def test_no_more_go_in_one_transaction_than_may(city: City, office: Daemon) -> None:
    delivered(city)
    tell(office)
    assert office.outbox.forget_beyond(0, expired_ms=FAR_MS, most=2) == 2


def test_an_id_is_remembered_until_its_message_expires(city: City, office: Daemon) -> None:
    ids = delivered(city)
    tell(office)
    assert office.outbox.forget_beyond(0, expired_ms=office.around.now_ms()) == 0
    assert kept(office, ids) == ids


def test_a_message_whose_outcome_its_adapter_does_not_know_yet_stays(city: City, office: Daemon) -> None:
    ids = delivered(city)
    assert office.outbox.forget_beyond(0, expired_ms=FAR_MS) == 0
    assert office.outbox.forget(before_ms=FAR_MS) == 0
    assert kept(office, ids) == ids


def test_what_is_open_stays_whatever_the_number(city: City, office: Daemon) -> None:
    ids = office.send(text())
    assert office.outbox.forget_beyond(0, expired_ms=FAR_MS) == 0
    assert kept(office, ids) == ids


def test_beyond_the_number_the_oldest_that_were_received_go(city: City) -> None:
    delivered(city)
    inbox = city.daemons[FINANCE].inbox
    assert inbox.forget_beyond(1, expired_ms=FAR_MS) == 2
    assert inbox.counts() == {"done": 1}


def test_what_was_received_is_remembered_until_it_expires(city: City) -> None:
    delivered(city)
    inbox = city.daemons[FINANCE].inbox
    assert inbox.forget_beyond(0, expired_ms=city.hub_around.now_ms()) == 0
    assert inbox.counts() == {"done": 3}


def test_the_hub_forgets_no_more_in_one_transaction_than_may(city: City) -> None:
    delivered(city)
    assert [city.hub_store.forget(before_ms=FAR_MS, most=2) for _ in range(3)] == [2, 1, 0]
    assert city.hub_store.counts() == {}


def test_the_hub_goes_on_at_once_while_there_is_more_to_forget(city: City) -> None:
    delivered(city)
    city.janitor._rows_a_round = 2
    city.clock.pass_(400 * 86_400)
    for _ in range(2):
        city.janitor.step()
    assert city.hub_store.counts() == {}
