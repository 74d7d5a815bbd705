# SPDX-License-Identifier: Apache-2.0
"""A receiver's answers: what the public part says, and what only the sender may read."""

from __future__ import annotations

from pathlib import Path

from exchange import Reject, Retry
from exchange.edge.hub_store import MessageKey
from exchange.model.receipt import Receipt, ReceiptKind
from exchange.role.proving import prove_receipt
from tests.city import FINANCE, OFFICE, City, text


def given(city: City, message_id: str) -> Receipt:
    (kept,) = city.daemons[FINANCE].inbox.given(MessageKey(OFFICE, message_id))
    return prove_receipt(kept.document, city.view.trust)


def test_a_refusals_sentence_is_for_the_sender_alone(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.recorders[FINANCE].refuse = Reject("EX-502", reason="no such account")
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    receipt = given(city, message_id)
    assert receipt.private
    assert b"no such account" not in receipt.private


def test_where_the_sender_may_not_read_any_more_the_answer_is_given_without_its_sentence(
    tmp_path: Path,
) -> None:
    """It was suspended between the sending and the refusal: there is no key to encrypt to."""
    city = City(tmp_path)
    city.recorders[FINANCE].refuse = Retry(after_seconds=60)
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    city.suspend(OFFICE)
    city.recorders[FINANCE].refuse = Reject("EX-502", reason="no such account")
    city.clock.pass_(61)
    city.daemons[FINANCE].step()
    receipt = given(city, message_id)
    assert (receipt.kind, receipt.code) == (ReceiptKind.RETURNED, "EX-502")
    assert (receipt.private, receipt.private_digest) == (b"", None)
