# SPDX-License-Identifier: Apache-2.0
"""Who may state what about a delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exchange.model.identity import Address
from exchange.model.receipt import BY_HUB, BY_RECEIVER, HUB, PrivatePart, ReceiptKind
from tests.refusals import refusal
from tests.wire import CIVIL_AFFAIRS, NOON, receipt


@pytest.mark.parametrize("kind", ReceiptKind)
def test_every_kind_has_an_author(kind: ReceiptKind) -> None:
    assert kind in BY_HUB | BY_RECEIVER


@pytest.mark.parametrize("kind", sorted(BY_HUB, key=lambda k: k.value))
def test_the_hub_gives_its_kinds(kind: ReceiptKind) -> None:
    assert receipt(by=HUB, kind=kind).kind is kind


@pytest.mark.parametrize("kind", sorted(BY_RECEIVER, key=lambda k: k.value))
def test_the_receiver_gives_its_kinds(kind: ReceiptKind) -> None:
    assert receipt(kind=kind).kind is kind


@pytest.mark.parametrize("kind", sorted(set(ReceiptKind) - BY_HUB, key=lambda k: k.value))
def test_the_hub_cannot_say_that_something_was_delivered(kind: ReceiptKind) -> None:
    assert refusal(receipt, by=HUB, kind=kind) == "EX-203"


@pytest.mark.parametrize("kind", sorted(set(ReceiptKind) - BY_RECEIVER, key=lambda k: k.value))
def test_a_receiver_cannot_speak_for_the_hub(kind: ReceiptKind) -> None:
    assert refusal(receipt, kind=kind) == "EX-203"


def test_nobody_signs_for_another_participant() -> None:
    assert refusal(receipt, receiver=Address("440500.tax", "files")) == "EX-203"


def test_a_participant_signs_for_a_delivery_not_for_a_message() -> None:
    assert refusal(receipt, receiver=None) == "EX-203"


def test_the_hub_may_refuse_a_message_as_a_whole() -> None:
    assert receipt(by=HUB, kind=ReceiptKind.REJECTED, receiver=None, code="EX-302").receiver is None


@pytest.mark.parametrize("field", ["receipt_id", "message_id"])
def test_every_id_is_one(field: str) -> None:
    assert refusal(receipt, **{field: "42"}) == "EX-110"


def test_the_author_is_a_participant_or_the_hub() -> None:
    assert refusal(receipt, by="HUB") == "EX-110"


@pytest.mark.parametrize("changes", [{"code": "x" * 256}, {"directory_version": -1}])
def test_what_the_schema_would_refuse_is_not_made(changes: dict[str, Any]) -> None:
    assert refusal(receipt, **changes) == "EX-104"


def test_its_time_is_cut_to_what_the_wire_carries() -> None:
    assert receipt(at=NOON + timedelta(microseconds=1)).at == NOON


def test_only_accepted_leaves_a_delivery_open() -> None:
    assert [kind for kind in ReceiptKind if not kind.is_final] == [ReceiptKind.ACCEPTED]


def test_delivered_and_signed_for_are_the_good_ones() -> None:
    assert [kind for kind in ReceiptKind if kind.is_good] == [ReceiptKind.DELIVERED, ReceiptKind.SIGNED_FOR]


def test_a_private_part_may_say_nothing() -> None:
    assert PrivatePart() == PrivatePart(text="", rows=None, reports=(), salt="")


def test_receipts_are_equal_by_content() -> None:
    assert receipt() == receipt()
    assert receipt().by == CIVIL_AFFAIRS.name
