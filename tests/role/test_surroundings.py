# SPDX-License-Identifier: Apache-2.0
"""What a role remembers of the world: the newest ledger head that it saw, whatever order they come in."""

from __future__ import annotations

from pathlib import Path

from exchange.model.digest import sha256
from exchange.model.ledger_head import LedgerHead
from tests.city import OFFICE, City


def test_an_older_ledger_head_does_not_take_the_place_of_a_newer_one(tmp_path: Path) -> None:
    """Receipts overtake each other between the classes; what we sign names the newest head."""
    city = City(tmp_path)
    around = city.daemons[OFFICE].around
    older, newer = (LedgerHead(size, sha256(b"root %d" % size), city.clock()) for size in (3, 7))
    around.saw_head(newer)
    around.saw_head(older)
    around.saw_head(None)
    assert around.ledger_head == newer
