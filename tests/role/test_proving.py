# SPDX-License-Identifier: Apache-2.0
"""Proving what is at rest: judged as of the time at which it was signed, and altered before out of date."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from exchange import Reject
from exchange.codec import receipt_form, signature
from exchange.edge.hub_messages import HubMessages
from exchange.role.proving import prove_receipt
from tests.city import FINANCE, OFFICE, City, text


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


@pytest.fixture
def delivered(city: City) -> bytes:
    """The finance bureau's signed receipt."""
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    (found,) = HubMessages(city.hub_store.engine).find(message_id)
    return found.receipts[-1].document


def revoke(city: City, later: timedelta) -> None:
    """The finance bureau's certificate, *later* than its receipt; negative = sooner."""
    party = city.parties[FINANCE]
    (certificate,) = party.listed.certificates
    gone = replace(certificate, revoked_at=city.clock() + later)
    city.parties[FINANCE] = replace(party, listed=replace(party.listed, certificates=(gone,)))
    city.version += 1
    city.refresh()


def test_a_receipt_stands_though_its_certificate_was_revoked_later(city: City, delivered: bytes) -> None:
    revoke(city, timedelta(seconds=1))
    assert prove_receipt(delivered, city.view.trust).by == FINANCE


def test_a_sound_receipt_under_a_certificate_that_was_revoked_before_is_refused_for_its_date(
    city: City, delivered: bytes
) -> None:
    revoke(city, timedelta(days=-1))
    with pytest.raises(Reject) as refused:
        prove_receipt(delivered, city.view.trust)
    assert refused.value.code == "EX-205"


def test_one_that_its_certificate_did_not_sign_says_so_before_its_date(city: City, delivered: bytes) -> None:
    revoke(city, timedelta(days=-1))
    forged = receipt_form.sign_receipt(
        receipt_form.read_receipt(_content(delivered)), city.parties[OFFICE].signer
    )
    with pytest.raises(Reject) as refused:
        prove_receipt(forged, city.view.trust)
    assert refused.value.code == "EX-201"


def test_a_receipt_of_nobody_whom_the_directory_knows_is_refused_for_that(
    city: City, delivered: bytes
) -> None:
    del city.parties[FINANCE]
    city.version += 1
    city.refresh()
    with pytest.raises(Reject) as refused:
        prove_receipt(delivered, city.view.trust)
    assert refused.value.code == "EX-301"


def _content(document: bytes) -> bytes:
    return signature.take_apart(document, "the receipt").content
