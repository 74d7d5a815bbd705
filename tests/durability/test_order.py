# SPDX-License-Identifier: Apache-2.0
"""The order in which things reach the disk: content, name, row, and only then a word to somebody outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatch

from tests.city import FINANCE, OFFICE
from tests.durability.journal import Event, Operation
from tests.durability.recording import Recording

IN = f"{FINANCE}/hot/in"
SLICES = f"{FINANCE}/inbox/*/*.part"
PAYLOADS = f"{OFFICE}/outbox/*/*.part"
DATABASES = "*.db", "*.db-wal", "*.db-journal"


def after(events: Sequence[Event], start: int, operation: Operation, path: str) -> int:
    """Where *operation* comes next on a path like *path*."""
    found = (
        number
        for number, event in enumerate(events[start:], start)
        if event.operation is operation and fnmatch(event.path, path)
    )
    return next(found, len(events))


def matches(event: Event, path: str, *operations: Operation) -> bool:
    return event.operation in operations and fnmatch(event.path, path)


def test_when_anything_is_said_no_database_and_no_payload_waits_to_be_flushed(recording: Recording) -> None:
    said = 0
    for moment in recording.moments():
        if moment.mark and moment.mark != "end":
            said += 1
            waiting = moment.disk.unsynced()
            held = [path for path in waiting if any(fnmatch(path, each) for each in (*DATABASES, PAYLOADS))]
            assert held == [], moment
    assert said > 100


def test_slices_are_flushed_before_the_commit_that_counts_them(recording: Recording) -> None:
    events = recording.events
    slices = [n for n, event in enumerate(events) if matches(event, SLICES, Operation.WRITE)]
    assert len(slices) >= 8
    for number in slices:
        flushed = after(events, number, Operation.SYNC, events[number].path)
        assert flushed < after(events, number, Operation.SYNC, f"{FINANCE}/daemon.db-wal")


def test_a_payload_and_the_names_above_it_are_flushed_before_its_row(recording: Recording) -> None:
    events = recording.events
    made = [
        n
        for n, event in enumerate(events)
        if matches(event, PAYLOADS, Operation.CREATE) or fnmatch(event.target, PAYLOADS)
    ]
    assert len(made) == 4  # the plan, the letter with its annex, and the one that was given
    for number in made:
        path = events[number].target or events[number].path
        committed = after(events, number, Operation.SYNC, f"{OFFICE}/daemon.db-wal")
        assert after(events, number, Operation.SYNC, path) < committed
        assert after(events, number, Operation.SYNC, path.rsplit("/", 1)[0]) < committed
    for folder in {(events[n].target or events[n].path).rsplit("/", 1)[0] for n in made}:
        begun = after(events, 0, Operation.MKDIR, folder)
        committed = after(events, begun, Operation.SYNC, f"{OFFICE}/daemon.db-wal")
        assert after(events, begun, Operation.SYNC, f"{OFFICE}/outbox") < committed


def test_a_file_appears_whole_and_its_folder_is_flushed_before_the_inbox_says_so(
    recording: Recording,
) -> None:
    arrived = 0
    for moment in recording.moments():
        if moment.event.operation is Operation.RENAME and fnmatch(moment.event.target, f"{IN}/*"):
            arrived += 1
            below = re.compile(rf"{re.escape(moment.event.target)}(/|$)")
            unsynced = {path for path in moment.disk.unsynced() if below.match(path)}
            assert unsynced <= {moment.event.target}, moment  # its new name alone
            named = after(recording.events, moment.number, Operation.SYNC, IN)
            committed = after(recording.events, moment.number, Operation.SYNC, f"{FINANCE}/daemon.db-wal")
            assert named < committed < len(recording.events)
    assert arrived == 6


def test_nothing_is_acknowledged_before_the_commit_that_follows_its_arrival(recording: Recording) -> None:
    """A parcel is acknowledged only after its taker's database was flushed, later than it was published."""
    events = recording.events
    databases = {"hub": "hub.db-wal", OFFICE: f"{OFFICE}/daemon.db-wal", FINANCE: f"{FINANCE}/daemon.db-wal"}
    published: dict[str, int] = {}
    acknowledged = 0
    for number, event in enumerate(events):
        kind, _, parcel = event.path.partition(" ")
        if event.operation is Operation.MARK and kind == "publish":
            published[parcel] = number
        elif event.operation is Operation.MARK and kind == "acknowledge":
            acknowledged += 1
            queue = recording.parcels[int(parcel)][0]
            who = next(name for name in databases if name in queue)
            assert after(events, published[parcel], Operation.SYNC, databases[who]) < number, event
    assert acknowledged == len(published) > 30
