# SPDX-License-Identifier: Apache-2.0
"""The inbox: who is to have what next, when a message is done, and which folders nobody needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.edge import spool
from exchange.edge.hub_store import MessageKey
from exchange.edge.inbox import Handed, Inbox, Incoming
from exchange.edge.tables import open_engine
from exchange.model.digest import sha256
from exchange.model.priority import Priority
from exchange.model.ranges import Indices

SENDER = "440500.office"
FOLDERS = 500


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    engine = open_engine(str(tmp_path / "daemon.db"))
    yield Inbox(engine, tmp_path / "inbox")
    engine.dispose()


def key(number: int) -> MessageKey:
    return MessageKey(SENDER, f"01890a5d-ac96-774b-bcce-{number:012x}")


def begun(inbox: Inbox, number: int, *, priority: Priority = Priority.ROUTINE, segments: int = 1) -> Incoming:
    """A message of which nothing has come yet but its envelope, at time *number*."""
    message = Incoming(
        key=key(number),
        digest=sha256(b"envelope"),
        envelope=b"envelope",
        origin_key="",
        parts=(),
        priority=priority,
        size_bytes=7,
        segments=segments,
        segment_bytes=7,
        received=Indices(segments),
        stage="receiving",
        expires_ms=1 << 40,
        payload=b"payload",
    )
    with inbox.writing() as connection:
        inbox.begin(connection, [message], number)
    return message


def whole(inbox: Inbox, number: int, *applications: str, priority: Priority = Priority.ROUTINE) -> Incoming:
    """One that came whole at time *number* and is owed to *applications*."""
    message = begun(inbox, number, priority=priority)
    with inbox.writing() as connection:
        inbox.advance(connection, {message.key: Indices.all(1)}, number)
        inbox.owe(connection, [(message, application, "") for application in applications], number)
    return message


def hand(inbox: Inbox, message: Incoming, application: str) -> None:
    with inbox.writing() as connection:
        inbox.handed(connection, [Handed(message.key, application, "delivered", 1, 0)])


def next_ids(inbox: Inbox, application: str) -> list[str]:
    return [each.message.key.message_id for each in inbox.waiting(application, now_ms=1 << 30)]


def test_the_payload_stays_until_the_slowest_application_has_it(inbox: Inbox) -> None:
    message = whole(inbox, 1, "files", "archive")
    hand(inbox, message, "files")
    (waiting,) = inbox.waiting("archive", now_ms=1 << 30)
    assert (waiting.message.payload, inbox.stage_of(message.key)) == (b"payload", "whole")
    hand(inbox, message, "archive")
    assert (next_ids(inbox, "archive"), inbox.stage_of(message.key)) == ([], "done")


def test_one_application_has_it_while_another_finds_that_its_files_are_gone(inbox: Inbox) -> None:
    """It arrives anew for the other: were it done, what comes of it would not be taken."""
    message = whole(inbox, 1, "files", "archive")
    inbox.forget_slices(message.key, Indices(1), 2)
    hand(inbox, message, "files")  # it was being given to it meanwhile
    assert inbox.stage_of(message.key) == "receiving"


def test_the_soonest_class_is_handed_over_first_and_in_a_class_the_oldest(inbox: Inbox) -> None:
    rows = [(1, Priority.BULK), (2, Priority.ROUTINE), (3, Priority.ROUTINE), (4, Priority.FLASH)]
    for number, priority in rows:
        whole(inbox, number, "files", priority=priority)
    assert next_ids(inbox, "files") == [key(number).message_id for number in (4, 2, 3, 1)]


def test_one_that_was_asked_about_is_quiet_again_only_after_a_further_pause(inbox: Inbox) -> None:
    message = begun(inbox, 1, segments=2)
    assert [one.key for one in inbox.quiet(since_ms=10)] == [message.key]
    inbox.asked(message.key, 20)
    assert inbox.quiet(since_ms=10) == []
    assert [one.key for one in inbox.quiet(since_ms=20)] == [message.key]


def test_a_folder_that_nobody_needs_is_found_among_any_number_that_are_in_use(inbox: Inbox) -> None:
    """A round looks at some of them, and the next one goes on."""
    done = whole(inbox, FOLDERS - 1, "files")
    hand(inbox, done, "files")
    for number in range(FOLDERS):
        if number != FOLDERS - 1:
            begun(inbox, number)
        inbox.slices.place(key(number)).mkdir()
    rounds = [inbox.done_places(orphaned_before_ms=0, most=200) for _ in range(6)]
    assert rounds == [[], [], [inbox.slices.place(done.key)]] * 2


def test_a_folder_that_somebody_removed_is_made_again(inbox: Inbox) -> None:
    inbox.folder.rmdir()
    assert inbox.done_places(orphaned_before_ms=0) == []
    assert inbox.slices.make_place(key(1), 1) is False
    inbox.slices.ping()


def test_a_payload_folder_that_goes_away_meanwhile_is_nothing_to_forget(tmp_path: Path) -> None:
    assert spool.changed_ms(tmp_path / "gone") == 0
    assert spool.changed_ms(tmp_path) > 0


def test_the_room_for_a_folder_that_is_gone_is_that_of_the_disk_it_was_on(tmp_path: Path) -> None:
    assert spool.free_bytes(tmp_path / "gone" / "too") > 0
