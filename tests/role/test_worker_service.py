# SPDX-License-Identifier: Apache-2.0
"""A worker with its connections: what it does while it may not work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exchange.edge import spool
from exchange.edge.broker import SEGMENT, Bell, Parcel
from exchange.edge.memory import MemoryBroker
from exchange.errors import Retry, StoreDown
from exchange.model import topology
from exchange.role.hub_service import WorkerService
from tests.district import FINANCE, District, make_district

QUEUE = "hub.flash"


@pytest.fixture
def district(tmp_path: Path) -> District:
    return make_district(tmp_path)


@pytest.fixture
def service(district: District) -> Iterator[WorkerService]:
    """One that takes what comes, and has not looked around for a while."""
    made = WorkerService(district._parts(), failed=lambda _name, _error: None)
    made._step()
    made._head_at = 0.0
    yield made
    made._broker.close()


def full_disk(_service: WorkerService, patched: pytest.MonkeyPatch) -> None:
    patched.setattr(spool, "free_bytes", lambda _folder: 0)


def no_database(service: WorkerService, patched: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise StoreDown("EX-902", where="the hub's", reason="it is away")

    patched.setattr(service._parts.ledger, "head", away)


@pytest.mark.parametrize("trouble", [full_disk, no_database])
def test_while_it_may_not_work_what_the_broker_gave_it_is_the_other_workers(
    district: District,
    service: WorkerService,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[WorkerService, pytest.MonkeyPatch], None],
) -> None:
    """They may be on another machine, with room on its disk and a way to the database."""
    broker = MemoryBroker(district.node)
    parcel = Parcel(topology.ingress(FINANCE), "flash", b"<segment/>", SEGMENT, "m", FINANCE)
    broker.publisher(Bell()).launch([parcel])
    assert broker.depths([QUEUE])[QUEUE].messages == 0
    trouble(service, monkeypatch)
    with pytest.raises(Retry):
        service._step()
    depth = broker.depths([QUEUE])[QUEUE]
    assert (depth.messages, depth.consumers) == (1, 0)
    monkeypatch.undo()
    service._step()
    service._step()
    assert service.is_consuming()
