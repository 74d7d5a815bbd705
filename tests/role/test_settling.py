# SPDX-License-Identifier: Apache-2.0
"""Settling: only what is proven to be about our own message moves anything."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange import Reject
from exchange.codec import receipt_form
from exchange.codec.suite import private_info
from exchange.codec.suite_intl import INTL, IntlPrivateKey
from exchange.edge.broker import NOTICE, RECEIPT, Bell, Parcel
from exchange.edge.memory import MemoryBroker
from exchange.model import topology
from exchange.model.digest import sha256
from exchange.model.identity import Address
from exchange.model.notice import NoticeKind
from exchange.model.priority import Priority
from exchange.model.receipt import HUB, PrivatePart, Receipt, ReceiptKind
from exchange.role.issuing import About, issue, notify
from tests.city import CIVIL, FILES, FINANCE, OFFICE, City, text

AT_FINANCE = f"{FINANCE}/{FILES}"


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


@pytest.fixture
def accepted(city: City) -> str:
    """A message that the hub accepted and its receiver, who is away, has not answered."""
    city.kill_daemon(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "accepted"}
    return message_id


def deliver(city: City, kind: str, document_id: str, document: bytes) -> None:
    """Put a document into the office's queue, as the hub alone can, and let it be read."""
    key = topology.egress_key(OFFICE, Priority.ROUTINE)
    parcel = Parcel(topology.OUT, key, document, kind, document_id, HUB)
    MemoryBroker(city.node).publisher(Bell()).launch([parcel])
    city.settle()
    assert not city.node.lines[topology.DEAD].waiting  # it was believed


def receipt(city: City, message_id: str, by: str = FINANCE, **changes: Any) -> Receipt:
    """A `delivered` by the receiver; *changes* are fields of it."""
    own = city.daemons[OFFICE].outbox.own([message_id])[message_id]
    about = About(message_id, Address.parse(f"{OFFICE}/{FILES}"), own.digest, Priority.ROUTINE)
    kind = ReceiptKind.ACCEPTED if by == HUB else ReceiptKind.DELIVERED
    issued = issue(city._around(by), kind, about, receiver=Address.parse(AT_FINANCE))
    return replace(issued.receipt, **changes)


def sign(city: City, made: Receipt) -> tuple[str, bytes]:
    return made.receipt_id, receipt_form.sign_receipt(made, city.parties[made.by].signer)


def test_a_receipt_about_another_envelope_moves_nothing(city: City, accepted: str) -> None:
    deliver(
        city, RECEIPT, *sign(city, receipt(city, accepted, envelope=sha256(b"another envelope of this id")))
    )
    assert city.daemons[OFFICE].states(accepted) == {AT_FINANCE: "accepted"}
    deliver(city, RECEIPT, *sign(city, receipt(city, accepted)))
    assert city.daemons[OFFICE].states(accepted) == {AT_FINANCE: "delivered"}


def test_a_receipt_for_another_sender_moves_nothing(city: City, accepted: str) -> None:
    other = Address.parse(f"{CIVIL}/{FILES}")
    deliver(city, RECEIPT, *sign(city, receipt(city, accepted, sender=other)))
    assert city.daemons[OFFICE].states(accepted) == {AT_FINANCE: "accepted"}


def test_a_receipt_whose_private_part_we_cannot_read_settles_without_its_sentence(city: City) -> None:
    """It was encrypted to a key that was lost since."""
    city.recorders[FINANCE].refuse = Reject("EX-502", reason="no such account")
    city.kill_daemon(OFFICE)
    city.parties[OFFICE].decryption = IntlPrivateKey(os.urandom(32))  # the directory lists the one before
    (message_id,) = city.start_daemon(OFFICE).send(text())
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "returned"}
    row = next(r for r in city.daemons[OFFICE].outbox.receipts(message_id) if r.kind == "returned")
    assert (row.code, row.text) == ("EX-502", "")


@pytest.mark.parametrize("said", [b"<private/>", b"\xff"], ids=["of another form", "no text"])
def test_a_private_part_that_is_none_settles_without_a_sentence(
    city: City, accepted: str, said: bytes
) -> None:
    made = receipt(city, accepted)
    info = private_info(INTL.name, made.receipt_id, made.sender)
    sealed = city.view.trust.receiver_key(OFFICE).wrap(said, info)
    deliver(city, RECEIPT, *sign(city, replace(made, private=sealed, private_digest=INTL.hash(said))))
    assert city.daemons[OFFICE].states(accepted) == {AT_FINANCE: "delivered"}
    assert [r.text for r in city.daemons[OFFICE].outbox.receipts(accepted)] == ["", ""]


def test_a_private_part_other_than_the_receipt_names_is_not_shown(city: City, accepted: str) -> None:
    made = receipt(city, accepted)
    plain = receipt_form.write_private(PrivatePart(text="1,000,000 rows stored", salt="00" * 16))
    info = private_info(INTL.name, made.receipt_id, made.sender)
    sealed = city.view.trust.receiver_key(OFFICE).wrap(plain, info)
    deliver(city, RECEIPT, *sign(city, replace(made, private=sealed, private_digest=sha256(b"another"))))
    assert city.daemons[OFFICE].states(accepted) == {AT_FINANCE: "delivered"}
    assert "1,000,000" not in "".join(r.text for r in city.daemons[OFFICE].outbox.receipts(accepted))


def test_a_receipt_of_the_hub_that_names_no_directory_asks_for_none(city: City, accepted: str) -> None:
    asked = city.daemons[OFFICE].asked
    del asked[:]
    deliver(city, RECEIPT, *sign(city, receipt(city, accepted, by=HUB, directory_version=None)))
    assert asked == []
    deliver(city, RECEIPT, *sign(city, receipt(city, accepted, by=HUB)))
    assert asked == [city.version]


def test_only_the_hubs_notices_are_obeyed(city: City, accepted: str) -> None:
    """The receiver's own word reaches the sender as the hub's, never by itself."""

    def resent() -> int:
        (row,) = [row for row in [city.daemons[OFFICE].outbox.progress(accepted)] if row is not None]
        return row[2]

    fields = {"message_id": accepted, "receiver": FINANCE, "sender": f"{OFFICE}/{FILES}"}
    deliver(city, NOTICE, *notify(city._around(FINANCE), NoticeKind.MISSING, **fields))
    assert resent() == 0
    deliver(city, NOTICE, *notify(city._around(HUB), NoticeKind.MISSING, **fields))
    assert resent() == 1


def test_a_notice_that_cannot_be_obeyed_is_given_back_and_the_next_one_is_obeyed(
    city: City, accepted: str
) -> None:
    """It asks for segments that the message does not have."""
    fields = {"message_id": accepted, "receiver": FINANCE, "sender": f"{OFFICE}/{FILES}"}
    key = topology.egress_key(OFFICE, Priority.URGENT)
    for ranges in ("0-99", "0"):
        notice_id, document = notify(city._around(HUB), NoticeKind.MISSING, ranges=ranges, **fields)
        city.node.publish(Parcel(topology.OUT, key, document, NOTICE, notice_id, HUB))
    city.settle()
    progress = city.daemons[OFFICE].outbox.progress(accepted)
    assert progress is not None
    assert progress[2] == 1
    city.janitor.step()
    (letter,) = city.dead.newest()
    assert (letter.code, letter.queue) == ("EX-409", topology.egress_queue(OFFICE, Priority.URGENT))
