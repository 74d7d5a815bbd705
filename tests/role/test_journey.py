# SPDX-License-Identifier: Apache-2.0
"""The whole journey on the memory broker: from one application to another and back."""

from __future__ import annotations

from pathlib import Path

from tests.city import CIVIL, FILES, FINANCE, OFFICE, City, text


def test_a_small_document_arrives_once_and_both_receipts_come_back(tmp_path: Path) -> None:
    city = City(tmp_path)
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    assert list(city.recorders[FINANCE].got) == [message_id]
    assert city.recorders[FINANCE].got[message_id][1] == {"正文.txt": "第0号".encode()}
    assert city.daemons[OFFICE].states(message_id) == {f"{FINANCE}/{FILES}": "delivered"}
    receipts = {row.row.kind for row in city.daemons[OFFICE].outbox.untold([FILES])}
    assert receipts == {"accepted", "delivered"}
    assert city.recorders[CIVIL].got == {}
