# SPDX-License-Identifier: Apache-2.0
"""A daemon's threads: what none of them may keep to itself, and what they clear away."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from exchange import Content, Outgoing
from exchange.edge import spool
from exchange.edge.broker import SEGMENT, Bell, Parcel
from exchange.edge.hub_store import MessageKey
from exchange.edge.keystore import load_signer
from exchange.edge.memory import MemoryBroker
from exchange.errors import Reject, Retry
from exchange.model import topology
from exchange.model.notice import Notice, NoticeKind
from exchange.role.adapter_service import AdapterService
from exchange.role.directory_question import REFUSED, REPEAT_MS
from exchange.role.hub_service import HubParts
from exchange.role.hub_view import Documents
from exchange.role.lacking import LACKING
from tests.city import Crash
from tests.district import (
    AT_CIVIL,
    CIVIL,
    FILES,
    FINANCE,
    PATIENCE_SECONDS,
    TYPE,
    District,
    eventually,
    make_district,
    now,
)
from tests.role.harbour import Harbour

SEGMENT_BYTES = 64 * 1024


@pytest.fixture
def district(tmp_path: Path) -> District:
    return make_district(tmp_path)


@pytest.fixture
def service(district: District) -> AdapterService:
    return district._service(FINANCE)


def large(key: str, size: int, **more: object) -> Outgoing:
    parts = [Content("large", bytes(size))]
    return Outgoing(key=key, type=TYPE, to=[AT_CIVIL], parts=parts, **more)  # type: ignore[arg-type]


# ---- its end


def test_a_thread_that_does_not_end_is_named_and_holds_up_the_end_no_longer(
    service: AdapterService, caplog: pytest.LogCaptureFixture
) -> None:
    """An application is asked for what it has, and does not come back."""
    daemon = service.daemon
    asked, answered = threading.Event(), threading.Event()

    def collect() -> Iterable[Outgoing]:
        asked.set()
        assert answered.wait(PATIENCE_SECONDS)
        return []

    daemon.applications[0].adapter.collect = collect  # type: ignore[method-assign]
    daemon.start()
    assert asked.wait(PATIENCE_SECONDS)
    daemon.stop(seconds=0.1)
    answered.set()
    assert f"collect {FILES} did not end in time" in caplog.messages
    for loop in daemon.loops:
        assert loop.join(PATIENCE_SECONDS)


# ---- the keeper


def test_what_was_delivered_is_cleared_away_at_both_ends(district: District) -> None:
    with district.running(FINANCE, CIVIL) as services:
        sender, receiver = services[FINANCE].daemon, services[CIVIL].daemon
        (taken,), _ = sender.submission.take(FILES, [large("a", 300_000)])
        assert district.final(taken.message_id).state == "delivered"
        eventually(lambda: not any(sender.outbox.folder.iterdir()))
        eventually(lambda: not any(receiver.inbox.folder.iterdir()))


def test_payloads_that_a_crash_left_in_the_midst_of_clearing_are_cleared_by_the_next_daemon(
    service: AdapterService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would lie there for as long as their messages are remembered: months."""
    daemon = service.daemon
    _, claimed = daemon.submission.take(FILES, [large("a", 300_000), large("b", 300_000)])
    assert daemon.sealer.step()
    for one in claimed:
        word = daemon.sealer._own_word(one, Reject("EX-207", who=CIVIL))
        daemon.outbox.fail(one.message_id, word, daemon.around.now_ms())

    def crash(_folder: Path) -> None:
        raise Crash

    with monkeypatch.context() as patching:
        patching.setattr(spool, "forget", crash)
        with pytest.raises(Crash):
            daemon._forget()
    daemon._forget()
    assert not any(daemon.outbox.folder.iterdir())
    assert not daemon.outbox.finished(before_ms=daemon.around.now_ms()), "nor are their keys kept"


def test_a_spool_folder_that_a_crash_left_is_cleared_once_it_is_old(
    service: AdapterService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was made, and the power went before its row was committed."""
    daemon = service.daemon
    key = MessageKey(CIVIL, daemon.around.new_id())
    daemon.inbox.slices.make_place(key, 1)
    daemon._forget()
    assert daemon.inbox.slices.place(key).exists()
    monkeypatch.setattr("exchange.role.daemon.ORPHAN_MS", -60_000)
    daemon._forgot_ms = 0
    daemon._forget()
    assert not daemon.inbox.slices.place(key).exists()


def test_an_inbox_that_somebody_removed_is_made_again(district: District) -> None:
    with district.running(FINANCE, CIVIL) as services:
        sender, receiver = services[FINANCE].daemon, services[CIVIL].daemon
        spool.forget(receiver.inbox.folder)
        (taken,), _ = sender.submission.take(FILES, [large("a", 300_000)])
        assert district.final(taken.message_id).state == "delivered"
        eventually(receiver.inbox.folder.is_dir)
        assert not receiver.ended.is_set()


def test_an_outbox_that_somebody_removed_holds_up_only_what_needs_it(district: District) -> None:
    """It is not made again: what is on a disk that was unmounted comes back with the disk."""
    with district.running(FINANCE, CIVIL) as services:
        daemon = services[FINANCE].daemon
        spool.forget(daemon.outbox.folder)
        with pytest.raises(Retry, match="EX-506"):
            daemon.submission.take(FILES, [large("a", 300_000)])
        (small,), _ = daemon.submission.take(FILES, [large("b", 10)])
        assert district.final(small.message_id).state == "delivered"
        daemon._forget()
        assert daemon.submission.sweep() == 0
        daemon.outbox.folder.mkdir()
        (taken,), _ = daemon.submission.take(FILES, [large("a", 300_000)])
        assert district.final(taken.message_id).state == "delivered"
        assert not daemon.ended.is_set()


# ---- what is told of it


class Recovering:
    """A loop whose trouble is over right after somebody asked for it."""

    name = "recovering"

    def __init__(self) -> None:
        self._troubles = ["EX-902 the database is away"]

    @property
    def trouble(self) -> str | None:
        return self._troubles.pop() if self._troubles else None


def test_a_trouble_that_ends_while_it_is_told_is_told_or_not_but_never_without_a_reason(
    service: AdapterService,
) -> None:
    daemon = service.daemon
    daemon.loops.append(Recovering())  # type: ignore[arg-type]
    assert daemon.troubles() == {"recovering": "EX-902 the database is away"}
    assert daemon.troubles() == {}


# ---- the directory


def test_a_directory_that_cannot_be_asked_for_is_asked_for_when_the_broker_is_back(
    service: AdapterService, caplog: pytest.LogCaptureFixture, district: District
) -> None:
    caplog.set_level("INFO", logger="govbus")
    daemon = service.daemon
    made = Harbour(daemon.posting._lanes[True], patient=False)
    daemon.posting._lanes[True] = made
    made.away = True
    daemon._keep()
    assert "the directory is asked for later" in caplog.messages
    made.away = False
    daemon._question._asked_ms = 0  # the pause is over
    daemon._keep()
    (waiting,) = district.node.lines["hub.urgent"].waiting
    assert b"directory-wanted" in waiting.parcel.body


def test_a_question_for_the_directory_that_was_lost_in_the_air_is_asked_again(
    service: AdapterService, district: District
) -> None:
    daemon = service.daemon
    made = daemon.posting._lanes[True] = Harbour(daemon.posting._lanes[True])
    daemon._keep()
    made.lose()
    daemon._keep()
    made.patient = False
    daemon._question._asked_ms -= REPEAT_MS  # so long ago
    daemon._keep()
    (waiting,) = district.node.lines["hub.urgent"].waiting
    assert b"directory-wanted" in waiting.parcel.body


def test_a_directory_that_the_hub_did_not_sign_is_refused_and_the_one_before_stays(
    service: AdapterService, district: District, caplog: pytest.LogCaptureFixture
) -> None:
    district.parts.registry.suspend(CIVIL)
    parts, signer = district.parts, load_signer(service._settings.participant.keys)
    body = Documents(parts.registry, parts.ledger, signer).view_for(FINANCE)
    before, at, ours = service.view(), now(), parts.around.signer.certificate
    service.daemon._directory_came(
        Notice(parts.around.new_id(), NoticeKind.DIRECTORY, "hub", at, ours, body=body)
    )
    assert "a directory was refused" in caplog.messages
    assert service.view() is before
    assert service.daemon.troubles()[REFUSED].startswith("EX-2")
    assert service.daemon._question.owed  # later, and ever less often
    service.daemon._directory_came(view_of(parts))
    assert service.daemon.troubles() == {}


def view_of(parts: HubParts) -> Notice:
    """The hub's directory as it is now, on its way to the finance bureau."""
    body = Documents(parts.registry, parts.ledger, parts.around.signer).view_for(FINANCE)
    ours = parts.around.signer.certificate
    return Notice(parts.around.new_id(), NoticeKind.DIRECTORY, "hub", now(), ours, body=body)


def test_a_receiver_who_is_not_in_the_directory_is_a_trouble_until_a_directory_has_it(
    service: AdapterService, district: District
) -> None:
    daemon, stranger = service.daemon, "440500.health"
    done: list[str] = []
    daemon._lacking.unless_lacking("1", stranger, lambda: done.append("1"))
    assert daemon.troubles() == {LACKING: f"EX-301 receiver {stranger} is not known"}
    daemon._directory_came(view_of(district.parts))
    assert daemon.troubles() == {LACKING: f"EX-301 receiver {stranger} is not known"}
    assert daemon._question.owed
    district.enrol(stranger)
    daemon._directory_came(view_of(district.parts))
    assert daemon.troubles() == {}
    assert done == ["1"]


# ---- what is not believed


def test_what_is_given_back_is_told_with_its_reason(
    service: AdapterService, district: District, caplog: pytest.LogCaptureFixture
) -> None:
    key = topology.egress_key(FINANCE, topology.FREIGHT[0])
    parcel = Parcel(topology.OUT, key, b"<forged/>", SEGMENT, "m-1", "hub")
    MemoryBroker(district.node).publisher(Bell()).launch([parcel])
    freight = service.daemon.inbounds["freight"]
    assert freight.step()
    assert freight.takes
    (told,) = [
        r for r in caplog.records if r.getMessage() == "what arrived is not believed and was given back"
    ]
    assert (getattr(told, "code", ""), getattr(told, "message_id", "")) == ("EX-101", "m-1")
    (dead,) = district.node.lines[topology.DEAD].waiting
    assert dead.parcel == parcel
