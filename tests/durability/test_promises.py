# SPDX-License-Identifier: Apache-2.0
"""Whatever was said to somebody outside is on the disk at that moment, were the power to go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.durability.habits import HABITS
from tests.durability.promises import Promises
from tests.durability.recording import Recording, record

SAID_TO_APPLICATIONS = {"stored", "delivered", "settled", "filed"}
KINDS = {
    *SAID_TO_APPLICATIONS,
    "publish segment hub",
    "publish segment to.440500.finance",
    "publish receipt hub",
    "publish receipt to.440500.office",
    "acknowledge segment hub",
    "acknowledge segment to.440500.finance",
    "acknowledge receipt hub",
    "acknowledge receipt to.440500.office",
}


def test_the_recorder_has_seen_everything_that_lies_on_the_disk(recording: Recording) -> None:
    disk = list(recording.moments())[-1].disk
    there = {
        str(path.relative_to(recording.end)): path for path in recording.end.rglob("*") if path.is_file()
    }
    assert disk.contents() == {name: path.read_bytes() for name, path in there.items()}
    assert len(there) > 30


def test_every_promise_is_on_the_disk_when_it_is_made(recording: Recording, work: Path) -> None:
    promises = Promises(recording, work)
    assert promises.kinds() >= KINDS
    assert promises.broken() == []


def test_the_services_with_all_their_threads_keep_theirs_enrolment_included(
    services: Recording, work: Path
) -> None:
    promises = Promises(services, work)
    assert promises.kinds() >= {"founded", "enrolled", *SAID_TO_APPLICATIONS}
    assert promises.broken() == []


@pytest.mark.parametrize("habit", HABITS)
def test_a_broken_habit_is_noticed(habit: str, recorder: Path, memory: Path, work: Path) -> None:
    recording = record(memory / habit, recorder, habit)
    assert Promises(recording, work).broken() != []
