# SPDX-License-Identifier: Apache-2.0
"""Submission: a thing is taken over whole or not at all; what can never be sent is not taken at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exchange import Content, Outgoing, Reject, Retry
from exchange.edge.half_copies import HalfCopy, half_copies
from exchange.errors import StoreDown
from exchange.model import instant
from exchange.model.identity import uuid7
from exchange.model.limits import LIMITS
from exchange.role.daemon_checkup import half_copied
from exchange.role.submission import SWEPT_AT_START_MS, Submission, key_for
from tests.city import FILES, FINANCE, OFFICE, City, Daemon, text

BIG = bytes(range(256)) * 1024  # too large for a row: it lies in files


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path / "city")


@pytest.fixture
def daemon(city: City) -> Daemon:
    return city.daemons[OFFICE]


def stored(daemon: Daemon) -> list[str]:
    """The payload folders in the outbox."""
    return sorted(path.name for path in daemon.outbox.folder.iterdir())


def take(daemon: Daemon, *things: Outgoing, **more: Any) -> list[str]:
    return [one.message_id for one in daemon.submission.take(FILES, things, **more)[0]]


# ---- files of the application


@pytest.mark.parametrize("size", [10, len(BIG)], ids=["into its row", "into a file"])
def test_a_file_is_copied_and_stays_where_it_was(
    city: City, daemon: Daemon, tmp_path: Path, size: int
) -> None:
    source = tmp_path / "报告.txt"
    source.write_bytes(BIG[:size])
    (message_id,) = take(daemon, text(parts=[Content("报告.txt", source)]))
    city.settle()
    assert source.read_bytes() == BIG[:size]
    assert city.recorders[FINANCE].got[message_id][1] == {"报告.txt": BIG[:size]}


@pytest.mark.parametrize("size", [10, len(BIG)], ids=["into its row", "into a file"])
def test_a_file_that_may_be_taken_is_gone_once_it_is_the_buss_care(
    city: City, daemon: Daemon, tmp_path: Path, size: int
) -> None:
    source = tmp_path / "报告.txt"
    source.write_bytes(BIG[:size])
    (message_id,) = take(daemon, text(parts=[Content("报告.txt", source, take=True)]))
    assert not source.exists()
    city.settle()
    assert city.recorders[FINANCE].got[message_id][1] == {"报告.txt": BIG[:size]}


def test_what_the_database_did_not_take_stays_with_the_application_alone(
    daemon: Daemon, tmp_path: Path
) -> None:
    source = tmp_path / "报告.txt"
    source.write_bytes(BIG)

    def away(*_: object) -> None:
        raise StoreDown("EX-902", where="daemon.db", reason="disk I/O error")

    with pytest.raises(StoreDown):
        take(daemon, text(parts=[Content("报告.txt", source, take=True)]), also=away)
    assert source.read_bytes() == BIG
    assert (stored(daemon), daemon.outbox.counts()) == ([], {})


@pytest.mark.parametrize("size", [10, len(BIG)], ids=["into its row", "into a file"])
def test_a_file_that_cannot_be_read_is_tried_again_later_and_nothing_is_kept_meanwhile(
    daemon: Daemon, tmp_path: Path, size: int
) -> None:
    """Its place is a folder: it can be looked at and not read. The part before it was copied already."""
    thing = text(parts=[Content("first", BIG[:size]), Content("second", tmp_path)])
    with pytest.raises(Retry, match="EX-506"):
        take(daemon, text(1, parts=[Content("before", BIG)]), thing)
    assert (stored(daemon), daemon.outbox.counts()) == ([], {})


def test_a_file_that_is_gone_is_tried_again_later(daemon: Daemon, tmp_path: Path) -> None:
    with pytest.raises(Retry, match="EX-506") as caught:
        take(daemon, text(parts=[Content("报告.txt", tmp_path / "none")]))
    assert caught.value.values["what"] == "报告.txt"


def test_a_disk_that_is_full_is_not_filled_further_by_every_try(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = os.write

    def no_room(descriptor: int, data: Any) -> int:
        if len(data) < 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        return written(descriptor, data)

    with monkeypatch.context() as full:
        full.setattr(os, "write", no_room)
        for _ in range(3):
            with pytest.raises(Retry, match="EX-506"):
                take(daemon, text(parts=[Content("first", BIG), Content("second", b"x")]))
    assert stored(daemon) == []
    take(daemon, text(parts=[Content("first", BIG), Content("second", b"x")]))
    assert len(stored(daemon)) == 1


def test_an_outbox_folder_that_is_gone_is_waited_for(daemon: Daemon) -> None:
    """It lies on a disk that was unmounted, say."""
    shutil.rmtree(daemon.outbox.folder)
    with pytest.raises(Retry, match="EX-506"):
        take(daemon, text(parts=[Content("big", BIG)]))
    daemon.outbox.folder.mkdir()
    assert take(daemon, text(parts=[Content("big", BIG)])) == stored(daemon)


def test_what_two_take_over_at_once_is_taken_over_once(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes send the same file; the other one commits between our look and our commit."""
    thing = text(parts=[Content("big", BIG)])
    known, others = daemon.outbox.known, [thing]

    def look(application: str, keys: Any) -> dict[str, str]:
        found = known(application, keys)
        if others:
            take(daemon, others.pop())
        return found

    monkeypatch.setattr(daemon.outbox, "known", look)
    assert take(daemon, thing) == stored(daemon)


def test_an_interrupt_right_after_the_commit_takes_nothing_back(
    city: City, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key is known from then on: given again, it would not be taken over, and never be sent."""
    thing = text(parts=[Content("big", BIG)])
    writing = daemon.outbox.writing

    @contextmanager
    def interrupted() -> Iterator[Any]:
        with writing() as connection:
            yield connection
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupting:
        interrupting.setattr(daemon.outbox, "writing", interrupted)
        with pytest.raises(KeyboardInterrupt):
            take(daemon, thing)
    (message_id,) = take(daemon, thing)
    city.settle()
    assert city.recorders[FINANCE].got[message_id][1] == {"big": BIG}


def test_what_was_copied_when_the_database_went_away_is_left_to_the_sweep(
    city: City, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreDown("EX-902", where="daemon.db", reason="disk I/O error")

    monkeypatch.setattr(daemon.outbox, "writing", away)
    with monkeypatch.context() as unreadable:
        unreadable.setattr(daemon.outbox, "existing", away)
        with pytest.raises(StoreDown):
            take(daemon, text(parts=[Content("big", BIG)]))
    assert len(stored(daemon)) == 1
    city.clock.pass_(SWEPT_AT_START_MS / 1000 + 1)
    assert (daemon.submission.sweep(), stored(daemon)) == (1, [])


# ---- what can never be sent


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a type that is none": ({"type": "Document"}, "EX-110"),
    "a receiver that is no address": ({"to": ["finance"]}, "EX-110"),
    "a conversation that is no id": ({"conversation": "yesterday's"}, "EX-110"),
    "an unknown class": ({"priority": "soon"}, "EX-104"),
    "an empty key": ({"key": ""}, "EX-103"),
    "a key that is too long": ({"key": "k" * 257}, "EX-103"),
    "no parts": ({"parts": []}, "EX-103"),
    "too many parts": ({"parts": [Content(str(n), b"") for n in range(65)]}, "EX-103"),
    "a life of nothing": ({"expires_after_seconds": 0}, "EX-104"),
    "a life that is too long": ({"expires_after_seconds": LIMITS.life_seconds + 1}, "EX-104"),
    "a part without a name": ({"parts": [Content("", b"")]}, "EX-104"),
    "a media type that is none": ({"parts": [Content("a", b"", "text")]}, "EX-104"),
}


@pytest.mark.parametrize(("fields", "code"), BAD.values(), ids=BAD)
def test_what_can_never_be_sent_is_refused_while_the_application_has_it(
    daemon: Daemon, fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(Reject) as refused:
        take(daemon, text(1), text(2, **fields))
    assert refused.value.code == code
    assert daemon.outbox.counts() == {}  # nor is anything that came with it


def test_a_payload_beyond_the_limit_is_refused_before_it_is_read(daemon: Daemon, tmp_path: Path) -> None:
    small = Submission(daemon.outbox, daemon.around, limits=replace(LIMITS, payload=100))
    huge = tmp_path / "huge"
    with huge.open("wb") as writing:
        writing.truncate(101)
    with pytest.raises(Reject, match="EX-103") as refused:
        small.take(FILES, [text(parts=[Content("huge", huge, take=True)])])
    assert (refused.value.values["found"], refused.value.values["limit"]) == (101, 100)
    assert huge.exists()


# ---- after a crash


def test_payload_without_a_row_is_swept_up_once_it_is_old(city: City, daemon: Daemon) -> None:
    folder = daemon.outbox.folder
    (kept,) = take(daemon, text(parts=[Content("big", BIG)]))
    old, young = (
        uuid7(daemon.around.now_ms() + more_ms, os.urandom(10)) for more_ms in (-7_200_000, 7_200_000)
    )
    for name in (old, young, "lost+found"):
        (folder / name).mkdir()
    city.clock.pass_(7_200)
    assert daemon.submission.sweep() == 1
    assert stored(daemon) == sorted((kept, young, "lost+found"))


def test_a_half_copy_is_told_with_its_size_and_until_when_it_stays(city: City, daemon: Daemon) -> None:
    folder, begun_ms = daemon.outbox.folder, daemon.around.now_ms()
    take(daemon, text(parts=[Content("big", BIG)]))
    (place := folder / uuid7(begun_ms, os.urandom(10))).mkdir()
    (place / "0.part").write_bytes(b"x" * 3000)
    (place / "1.part").write_bytes(b"x" * 72)
    (one,) = half_copies(folder, daemon.outbox.existing)
    assert (one.folder, one.begun_ms, one.size_bytes) == (place, begun_ms, 3072)
    (finding,) = half_copied([one])
    assert f"1 half copy without a message, 3.0 KiB, {place}" in str(finding.what)
    day_later = instant.from_milliseconds(begun_ms + 24 * 3_600_000).astimezone()
    assert finding.next_step is not None
    assert day_later.isoformat(sep=" ", timespec="seconds") in str(finding.next_step)


def test_without_half_copies_nothing_is_told(daemon: Daemon) -> None:
    take(daemon, text(parts=[Content("big", BIG)]))
    assert list(half_copied(half_copies(daemon.outbox.folder, daemon.outbox.existing))) == []


def test_what_goes_away_while_it_is_measured_has_no_size(tmp_path: Path) -> None:
    (tmp_path / "0.part").symlink_to(tmp_path / "nothing")
    assert HalfCopy(tmp_path, 0).size_bytes == 0


# ---- a file sent by hand


def test_a_file_sent_by_hand_has_the_same_key_until_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "报告.txt"
    path.write_bytes(b"one")
    key = key_for(path)
    assert key_for(path) == key
    path.write_bytes(b"other")
    assert key_for(path) != key
    path.write_bytes(b"one")
    os.utime(path, ns=(1, 1))
    assert key_for(path) != key
