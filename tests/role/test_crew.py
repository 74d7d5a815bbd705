# SPDX-License-Identifier: Apache-2.0
"""Workers that end are started again, later each time, and told to end at the end."""

from __future__ import annotations

import errno
import os

import pytest

from exchange.role.crew import PAUSE_MOST_SECONDS, PAUSE_SECONDS, SETTLED_SECONDS, Crew


class StandIn:
    """A worker whose life is told."""

    def __init__(self) -> None:
        self.exitcode: int | None = None
        self.told: list[str] = []
        self.obeys = True
        self.is_taking = False

    def takes(self) -> bool:
        return self.is_taking

    def is_alive(self) -> bool:
        return self.exitcode is None

    def die(self) -> None:
        self.exitcode = 1

    def terminate(self) -> None:
        self.told.append("terminate")

    def join(self, timeout: float | None = None) -> None:
        self.told.append(f"join {timeout}")
        if self.obeys:
            self.exitcode = 0

    def kill(self) -> None:
        self.told.append("kill")


class Office:
    """A crew, its workers, and a clock that tests move."""

    def __init__(self, wanted: int = 1) -> None:
        self.hired: list[StandIn] = []
        self.now = 0.0
        self.trouble: Exception | None = None
        self.crew = Crew(self._hire, wanted, elapsed=lambda: self.now)
        self.crew.start()

    def _hire(self) -> StandIn:
        if self.trouble is not None:
            raise self.trouble
        self.hired.append(StandIn())
        return self.hired[-1]

    def pause_after_a_death(self) -> float:
        """How long its place stays empty when the newest worker dies now."""
        self.hired[-1].die()
        began, hired = self.now, len(self.hired)
        self.crew.look()
        while len(self.hired) == hired:
            self.now += 0.5
            self.crew.look()
        return self.now - began


@pytest.fixture
def office() -> Office:
    return Office()


def test_as_many_are_started_as_are_wanted() -> None:
    office = Office(wanted=3)
    assert (len(office.hired), office.crew.alive) == (3, 3)


def test_nobody_is_started_while_all_live(office: Office) -> None:
    office.now += SETTLED_SECONDS
    office.crew.look()
    assert len(office.hired) == 1


def test_one_that_ended_is_started_again(office: Office) -> None:
    assert office.pause_after_a_death() == PAUSE_SECONDS
    assert office.crew.alive == 1


def test_one_that_ends_again_and_again_is_left_alone_for_longer_and_longer(office: Office) -> None:
    pauses = [office.pause_after_a_death() for _ in range(9)]
    assert pauses[:4] == [1.0, 2.0, 4.0, 8.0]
    assert pauses[-1] == PAUSE_MOST_SECONDS


def test_one_that_lived_long_is_started_again_soon(office: Office) -> None:
    for _ in range(6):
        office.pause_after_a_death()
    office.now += SETTLED_SECONDS
    assert office.pause_after_a_death() == PAUSE_SECONDS


def test_while_the_machine_has_no_room_for_another_the_rest_go_on_and_it_is_tried_again() -> None:
    """What ends a worker for want of memory is what its next start fails of, too."""
    office = Office(wanted=2)
    office.hired[0].die()
    office.crew.look()
    office.trouble = BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    office.now += PAUSE_SECONDS
    office.crew.look()
    assert office.crew.alive == 1
    office.trouble = None
    office.now += PAUSE_SECONDS
    office.crew.look()
    assert office.crew.alive == 1  # not at once: it may be as full as before
    office.now += PAUSE_SECONDS
    office.crew.look()
    assert office.crew.alive == 2


def test_one_that_keeps_dying_holds_up_no_other() -> None:
    office = Office(wanted=2)
    office.hired[0].die()
    office.crew.look()
    assert office.crew.alive == 1
    assert office.hired[1].is_alive()


def test_a_crew_takes_what_comes_when_all_of_it_do() -> None:
    office = Office(wanted=2)
    assert not office.crew.takes()
    office.hired[0].is_taking = True
    assert not office.crew.takes()
    office.hired[1].is_taking = True
    assert office.crew.takes()
    office.hired[0].die()
    assert not office.crew.takes()


def test_at_the_end_all_are_told_and_waited_for(office: Office) -> None:
    office.crew.end(25.0)
    assert office.hired[0].told == ["terminate", "join 25.0"]


def test_who_does_not_end_in_time_is_killed_and_the_others_have_had_their_time() -> None:
    office = Office(wanted=2)
    for worker in office.hired:
        worker.obeys = False
    office.crew.end(25.0)
    assert [worker.told for worker in office.hired] == [
        ["terminate", "join 25.0", "kill"],
        ["terminate", "join 0.0", "kill"],
    ]
