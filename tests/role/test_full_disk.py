# SPDX-License-Identifier: Apache-2.0
"""A full disk stops intake with its code; nothing is lost, and work goes on when there is room."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from exchange import Content, Retry
from exchange.edge import spool
from exchange.role.submission import Submission
from tests.city import FILES, FINANCE, OFFICE, City, text

AT_FINANCE = f"{FINANCE}/{FILES}"


def test_the_outbox_takes_nothing_while_the_disk_is_nearly_full(tmp_path: Path) -> None:
    daemon = City(tmp_path).daemons[OFFICE]
    submission = Submission(
        daemon.outbox, daemon.around, free_bytes_least=spool.free_bytes(tmp_path) + (1 << 40)
    )
    with pytest.raises(Retry) as caught:
        submission.take(FILES, [text()])
    assert (caught.value.code, caught.value.exit_code) == ("EX-505", 69)
    assert daemon.outbox.counts() == {}


def test_a_spool_without_room_takes_nothing_until_there_is_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = City(tmp_path)
    data = os.urandom(300_000)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[Content("big", data)]))

    def no_room(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", no_room)
        codes = set()
        for _ in range(40):
            for part in [*city.workers.values(), city.daemons[OFFICE], city.daemons[FINANCE]]:
                try:
                    part.step()
                except Retry as e:
                    codes.add(e.code)
    assert codes == {"EX-506"}
    assert city.recorders[FINANCE].calls == 0
    city.settle()
    assert city.recorders[FINANCE].got[message_id][1] == {"big": data}
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}
