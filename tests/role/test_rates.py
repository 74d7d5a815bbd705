# SPDX-License-Identifier: Apache-2.0
"""The rate of the classes that overtake others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from exchange import Priority, Reject
from exchange.codec import envelope_form, signature
from exchange.model.envelope import Envelope
from exchange.role.rates import BURST_SECONDS, ExpressRate
from tests.city import FINANCE, OFFICE, City, text


@pytest.fixture
def envelope(tmp_path: Path) -> Envelope:
    daemon = City(tmp_path).daemons[OFFICE]
    (message_id,) = daemon.send(text(priority="flash"))
    found = daemon.outbox.transfer(message_id)
    assert found is not None
    return envelope_form.read(signature.take_apart(found.envelope, "the envelope").content)


def test_a_burst_is_allowed_and_then_the_rate(envelope: Envelope, tmp_path: Path) -> None:
    sender = City(tmp_path / "b").parties[FINANCE].listed
    rate = ExpressRate(envelope.size_bytes)
    for _ in range(BURST_SECONDS):
        rate.spend(envelope, sender, 0)
    with pytest.raises(Reject) as caught:
        rate.spend(envelope, sender, 0)
    assert caught.value.code == "EX-408"
    rate.spend(envelope, sender, 1000)


def test_the_classes_that_do_not_overtake_are_not_counted(envelope: Envelope, tmp_path: Path) -> None:
    sender = City(tmp_path / "b").parties[FINANCE].listed
    rate = ExpressRate(0)
    rate.spend(replace(envelope, priority=Priority.ROUTINE), sender, 0)
    with pytest.raises(Reject):
        rate.spend(envelope, sender, 0)
