# SPDX-License-Identifier: Apache-2.0
"""
One recorded run of the offices: its journal, its broker's parcels, and the disk at any moment of it.
"""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from exchange.edge.broker import Parcel
from tests import district
from tests.city import FILES, FINANCE, OFFICE, Cast
from tests.durability import journal
from tests.durability.disk import Disk
from tests.durability.journal import Event, Operation
from tests.durability.offices import HOT, Papers, make_places, read_cast, waiting_at, write_cast

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Scene:
    """Who sends to whom in a story, and where their things lie; paths are below the disk's root."""

    story: str
    sender: str
    receiver: str
    hub_database: str
    stores: str  # below a participant's folder
    hot: str  # below a participant's folder

    def database(self, who: str) -> str:
        return str(Path(who, self.stores, "daemon.db"))

    @property
    def outbox(self) -> str:
        return str(Path(self.sender, self.stores, "outbox"))

    @property
    def inbox(self) -> str:
        return str(Path(self.receiver, self.stores, "inbox"))


OFFICES = Scene("offices", OFFICE, FINANCE, "hub.db", "", HOT)
DEPARTMENTS = Scene("departments", district.FINANCE, district.CIVIL, "hub/hub.sqlite", "stores", "files")


@dataclass(frozen=True)
class Moment:
    """After so many events, the last of them being *event*."""

    number: int
    event: Event
    disk: Disk

    @property
    def mark(self) -> str:
        return self.event.path if self.event.operation is Operation.MARK else ""

    def __str__(self) -> str:
        return f"{self.number}: {self.event}"


@dataclass(frozen=True)
class Recording:
    """
    A run that came to its end.

    before: the disk before anything ran, as this run's journal knows it.
    """

    place: Path
    scene: Scene
    papers: Papers
    before: Disk
    events: Sequence[Event]

    @cached_property
    def cast(self) -> Cast:
        return read_cast(self.place / "cast")

    @cached_property
    def parcels(self) -> list[tuple[str, Parcel]]:
        """Queue and parcel, by the numbers in the marks."""
        found: list[tuple[str, Parcel]] = pickle.loads((self.place / "parcels").read_bytes())
        return found

    @property
    def end(self) -> Path:
        """What lay on the disk when it was over."""
        return self.place / "disk"

    def moments(self) -> Iterator[Moment]:
        """Each moment in turn; the disk is one and moves on."""
        disk = copy.deepcopy(self.before)
        for number, event in enumerate(self.events, 1):
            disk.apply(event)
            yield Moment(number, event, disk)

    def number_of(self, mark: str) -> int:
        """After how many events *mark* was set."""
        return 1 + next(
            n for n, e in enumerate(self.events) if (e.operation, e.path) == (Operation.MARK, mark)
        )

    def held_at(self, number: int) -> list[tuple[str, Parcel]]:
        """What the broker held after so many events, in its order."""
        marks = [event.path for event in self.events[:number] if event.operation is Operation.MARK]
        return [self.parcels[each] for each in waiting_at(marks)]


def record(place: Path, library: Path, habit: str = "", *, scene: Scene = OFFICES) -> Recording:
    """Run a story in *place*, a new folder, under the recorder; with a broken *habit*, if one is named."""
    (place / "cast").mkdir(parents=True)
    write_cast(place / "cast")
    papers = Papers.some(f"{scene.receiver}/{FILES}")
    (place / "papers").write_bytes(pickle.dumps(papers))
    make_places(place / "disk", scene.sender, scene.receiver)
    before = Disk(place / "disk")
    words = [sys.executable, "-m", "tests.durability.story", str(place), scene.story, *filter(None, [habit])]
    done = journal.recorded(library, words, root=place / "disk", journal=place / "journal", cwd=PROJECT)
    assert done.returncode == 0, done.stderr
    return Recording(place, scene, papers, before, journal.read(place / "journal", place / "disk"))
