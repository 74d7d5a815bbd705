# SPDX-License-Identifier: Apache-2.0
"""Handing over to an application: what takes long holds up no answers, and nothing that is more urgent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exchange import Part
from exchange.role.handover import Prepared
from tests.city import FINANCE, OFFICE, City, text


def test_a_batch_that_takes_long_is_answered_for_and_the_urgent_goes_before_its_rest(tmp_path: Path) -> None:
    city = City(tmp_path)
    order: list[str] = []

    def convert(parts: Sequence[Part], _place: Path, message_type: str = "") -> Prepared:
        order.append(message_type)
        city.clock.pass_(0.5)
        return Prepared(tuple(parts))

    city.kill_daemon(FINANCE)
    receiver = city.start_daemon(FINANCE, convert=convert)
    sender = city.daemons[OFFICE]
    slow = sender.send(*(text(n, type="document.slow.v1") for n in range(3)))
    (handover,) = receiver.handovers
    for _ in range(20):
        sender.step()
        city.workers[0].step()
        receiver.inbound.step()
    assert handover.step()
    assert order == ["document.slow.v1"]
    assert sum(city.recorders[FINANCE].got.keys() >= {one} for one in slow) == 1
    (urgent,) = sender.send(text(9, type="alert.flood.v1", priority="flash"))
    for _ in range(20):
        sender.step()
        city.workers[0].step()
        receiver.inbound.step()
    assert handover.step()
    assert order == ["document.slow.v1", "alert.flood.v1"]
    assert urgent in city.recorders[FINANCE].got
    city.settle()
    assert len(order) == 4
    assert {state for one in slow for state in sender.states(one).values()} == {"delivered"}
