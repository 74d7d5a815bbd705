# SPDX-License-Identifier: Apache-2.0
"""
Putting files where people find them, once, whatever happens on the way.

A plan is written down and flushed before anything moves: which file of the work folder gets which
name on which shelf. Every step is one rename that overwrites nothing, and whether it happened is
read from its source: gone means done, even when somebody has already taken the file away. So a
plan can be carried out again after any crash. What the files are is not known here.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.directory.layout import Layout
from exchange import files


@dataclass(frozen=True, slots=True)
class Move:
    """*source* becomes *target*; both as they stand below the hot folder."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Moves in their order."""

    moves: tuple[Move, ...]

    def write(self, path: Path) -> None:
        moves = [[move.source, move.target] for move in self.moves]
        files.replace(path, json.dumps({"moves": moves}, indent=1).encode())

    def changed(self, index: int, move: Move) -> Plan:
        return replace(self, moves=(*self.moves[:index], move, *self.moves[index + 1 :]))

    @classmethod
    def read(cls, path: Path) -> Plan:
        document = json.loads(path.read_bytes())
        return cls(tuple(Move(*pair) for pair in document["moves"]))


class Filing:
    """Carries out plans below one hot folder."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._shelves: dict[Path, files.Shelf] = {}

    def shelf(self, folder: Path) -> files.Shelf:
        """The shelf at *folder*."""
        self._layout.restore(folder)
        return self._shelves.setdefault(folder, files.Shelf(folder))

    def carry_out(self, path: Path) -> Plan:
        """
        Do what the plan at *path* says and is not done yet; the plan as it was carried out.

        Raises:
            OSError, or Retry EX-506: the disk refuses; call again.
        """
        plan = Plan.read(path)
        for index in range(len(plan.moves)):
            plan = self._step(plan, index, path)
        return plan

    def _step(self, plan: Plan, index: int, path: Path) -> Plan:
        while True:
            move = plan.moves[index]
            source, target = self._layout.root / move.source, self._layout.root / move.target
            if not os.path.lexists(source):
                return plan
            shelf = self.shelf(target.parent)
            try:
                files.move_new(source, target)
            except FileExistsError:
                shelf.note(target.name)
                free = target.with_name(shelf.free(target.name))
                plan = plan.changed(index, replace(move, target=self._layout.below(free)))
                plan.write(path)
            except OSError as e:
                if e.errno != errno.EXDEV:
                    raise
                copy = self._copied(source, target)
                plan = plan.changed(index, replace(move, source=copy))
                plan.write(path)
                _remove(source)  # while the plan is there to say that it is not owed any more
            else:
                shelf.note(target.name)

    def _copied(self, source: Path, target: Path) -> str:
        """A whole copy of *source* under a hidden name on the file system of *target*."""
        mark = hashlib.sha256(os.fsencode(self._layout.below(source))).hexdigest()[:24]
        copy = target.with_name(f".{mark}.part")
        _remove(copy)
        _copy(source, copy)
        return self._layout.below(copy)


def _remove(path: Path) -> None:
    if path.is_dir():
        files.forget(path)
    path.unlink(missing_ok=True)
    files.sync_folder(path.parent)


def _copy(source: Path, copy: Path) -> None:
    if not source.is_dir():
        files.copy_new(source, copy)
        return
    files.make_folder(copy)
    for each in source.iterdir():
        _copy(each, copy / each.name)
