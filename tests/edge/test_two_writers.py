# SPDX-License-Identifier: Apache-2.0
"""
Two hub workers at one database server, their transactions side by side over the same messages.

SQLite has one writer at a time and shows none of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from exchange import Priority
from exchange.edge.hub_store import FlowKey, HubStore, MessageKey, NewMessage, ReceiptRecord
from exchange.edge.tables import Connection, open_engine
from exchange.model.digest import sha256
from exchange.model.identity import Address
from exchange.model.journey import State
from tests.servers import SERVERS, Server, serving

OFFICE = "440500.office"
TAX, CIVIL = Address("440500.tax", "files"), Address("440500.civil-affairs", "files")
ONE, TWO = (MessageKey(OFFICE, f"01900000-0000-7000-8000-00000000000{n}") for n in (1, 2))
A_WHILE = 0.5  # seconds: long enough for whoever need not wait, and no more than a delay otherwise

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with serving(request.param) as server:
        yield server


@pytest.fixture
def store(server: Server) -> Iterator[HubStore]:
    store = HubStore(open_engine(server.database()))
    yield store
    store.engine.dispose()


def new(key: MessageKey) -> NewMessage:
    return NewMessage(
        key, "files", sha256(b"envelope"), "document.official.v1", Priority.ROUTINE, 10, 2, 0, 1000, 0, 1,
        (TAX, CIVIL),
    )  # fmt: skip


def delivered(key: MessageKey, receiver: Address) -> ReceiptRecord:
    receipt_id = f"{key.message_id[-4:]}-{receiver.participant}"
    return ReceiptRecord(
        receipt_id, key, str(receiver), "delivered", receiver.participant, 1, "", Priority.ROUTINE, b"<r/>"
    )  # fmt: skip


def insert(store: HubStore, *messages: NewMessage) -> None:
    with store.writing() as connection:
        store.insert(connection, messages)


def side_by_side(
    store: HubStore, first: Callable[[Connection], None], second: Callable[[Connection], None]
) -> None:
    """The *second* transaction begins, and goes as far as it can, before the *first* one is committed."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with store.writing() as connection:
                second(connection)
                may_commit.wait()
        except BaseException as e:  # noqa: BLE001  it is raised again where it is seen
            failed.append(e)

    may_commit = threading.Event()
    thread = threading.Thread(target=run)
    with store.writing() as connection:
        first(connection)
        thread.start()
        thread.join(A_WHILE)
    may_commit.set()
    thread.join()
    if failed:
        raise failed[0]


def test_the_last_two_answers_at_two_workers_at_once_conclude_the_message(store: HubStore) -> None:
    """Each saw the other's delivery open, and the message stayed open for ever."""
    insert(store, new(ONE))
    side_by_side(
        store,
        lambda c: store.record(c, [delivered(ONE, TAX)], now_ms=1) and None,
        lambda c: store.record(c, [delivered(ONE, CIVIL)], now_ms=1) and None,
    )
    with store.reading() as connection:
        assert store.known(connection, [ONE])[ONE].outcome == "delivered"


def test_of_two_workers_that_judge_a_message_at_once_the_first_one_s_word_counts(store: HubStore) -> None:
    won: dict[str, set[MessageKey]] = {}
    refused = replace(new(ONE), receivers=(), refused=State.REJECTED, named=(TAX, CIVIL))

    def judged(name: str, one: NewMessage) -> Callable[[Connection], None]:
        return lambda connection: won.update({name: store.insert(connection, [one, *others[name]])})

    others = {"first": [], "second": [new(TWO)]}
    side_by_side(store, judged("first", new(ONE)), judged("second", refused))
    assert won == {"first": {ONE}, "second": {TWO}}
    with store.reading() as connection:
        known = store.known(connection, [ONE])[ONE]
    assert (known.outcome, set(known.participants)) == ("open", {TAX.participant, CIVIL.participant})


@pytest.mark.parametrize("what", ["flows", "receipts"])
def test_two_workers_that_write_about_the_same_messages_in_another_order_wait_for_one_another(
    store: HubStore, what: str
) -> None:
    """A deadlock costs one of them all that it has in hand, and each segment of it one of its few tries."""
    insert(store, new(ONE), new(TWO))
    both = threading.Barrier(2)
    failed: list[BaseException] = []

    def write(connection: Connection, key: MessageKey, receiver: Address) -> None:
        if what == "flows":
            store.mark(connection, {FlowKey(*key, receiver.participant): [0]}, {}, now_ms=1)
        else:
            store.record(connection, [delivered(key, receiver)], now_ms=1)

    def work(keys: tuple[MessageKey, MessageKey], receiver: Address) -> None:
        try:
            with store.writing() as connection:
                store.lock(connection, keys)
                write(connection, keys[0], receiver)
                with suppress(threading.BrokenBarrierError):
                    both.wait(A_WHILE)
                write(connection, keys[1], receiver)
        except BaseException as e:  # noqa: BLE001  it is raised again where it is seen
            failed.append(e)

    receivers = (TAX, TAX) if what == "flows" else (TAX, CIVIL)
    orders = ((ONE, TWO), (TWO, ONE))
    threads = [threading.Thread(target=work, args=each) for each in zip(orders, receivers, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
