# SPDX-License-Identifier: Apache-2.0
"""
The power goes at some moment, and comes back: everything arrives once, is filed, answered and recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.city import FINANCE, OFFICE
from tests.durability.aftermath import Aftermath
from tests.durability.disk import DATA_ALONE, EVERYTHING, NAMES_ALONE, NOTHING, Luck
from tests.durability.recording import Moment, Recording, record

Lucky = Luck | Callable[[str], Luck]
SAMPLE = 90  # of the journal's positions one in so many is tried in the quick tier
SPARE = 3  # and of the marks


def flaws(recording: Recording, moment: Moment, work: Path, luck: Lucky) -> list[str]:
    aftermath = Aftermath(recording, moment, work, luck)
    try:
        return [f"{moment}, {luck} had survived: {flaw}" for flaw in aftermath.flaws()]
    finally:
        aftermath.close()


def marks(recording: Recording, *, every: int = 1) -> Iterator[Moment]:
    """The moments at which something is promised."""
    marked = 0
    for moment in recording.moments():
        if moment.mark:
            marked += 1
            if marked % every == 0:
                yield moment


def sampled(recording: Recording, *, every: int, start: int = 0) -> Iterator[Moment]:
    return (moment for moment in recording.moments() if moment.number % every == start)


def alone(machine: str) -> Callable[[str], Luck]:
    """One machine loses what was not flushed; the others are merely killed."""
    return lambda name: NOTHING if name.startswith(machine) else EVERYTHING


def test_after_a_cut_at_a_promise_everything_ends_as_if_nothing_had_happened(
    recording: Recording, work: Path
) -> None:
    tried = [flaws(recording, moment, work, NOTHING) for moment in marks(recording, every=SPARE)]
    assert [flaw for found in tried for flaw in found] == []
    assert len(tried) > 30


def test_after_a_cut_anywhere_whatever_survived_everything_ends_the_same(
    recording: Recording, work: Path
) -> None:
    tried = [
        flaws(recording, moment, work, Luck(seed=moment.number))
        for moment in sampled(recording, every=SAMPLE)
    ]
    assert [flaw for found in tried for flaw in found] == []
    assert len(tried) > 15


@pytest.mark.parametrize("machine", ["hub", OFFICE, FINANCE])
def test_one_machine_may_lose_power_and_the_others_not(
    recording: Recording, work: Path, machine: str
) -> None:
    moments = sampled(recording, every=3 * SAMPLE, start=SAMPLE // 2)
    assert [flaw for moment in moments for flaw in flaws(recording, moment, work, alone(machine))] == []


def test_what_was_acknowledged_and_not_kept_is_missed(recorder: Path, memory: Path, work: Path) -> None:
    """The counting bites: where an inbox acknowledges before its commit, a cut between them shows."""
    hasty = record(memory / "hasty", recorder, "it acknowledges first")
    number = next(n for n, (queue, _) in enumerate(hasty.parcels) if queue.startswith(f"to.{FINANCE}"))
    moment = next(moment for moment in hasty.moments() if moment.mark == f"acknowledge {number}")
    assert any("arrived: lacking" in flaw for flaw in flaws(hasty, moment, work, NOTHING))


@pytest.mark.slow
def test_after_a_cut_at_any_promise_everything_ends_the_same(recording: Recording, work: Path) -> None:
    assert [flaw for moment in marks(recording) for flaw in flaws(recording, moment, work, NOTHING)] == []


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("luck", [NOTHING, NAMES_ALONE, DATA_ALONE, EVERYTHING, None], ids=str)
def test_after_a_cut_at_many_moments_everything_ends_the_same(
    recording: Recording, work: Path, luck: Luck | None
) -> None:
    moments = sampled(recording, every=7)
    found = (flaws(recording, each, work, luck or Luck(seed=each.number)) for each in moments)
    assert [flaw for each in found for flaw in each] == []
