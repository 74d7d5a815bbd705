# SPDX-License-Identifier: Apache-2.0
"""
Looking into out/: what is there, and whether it is finished.

Polling is the truth, since hot folders sit on network shares where nothing tells of changes. A file
is ripe when two looks found it with the same size and time, or when it was renamed in: an inode
that bore a temporary name at the last look and was not written to since its renaming. A rename
between two looks shows nothing of its kind, and then the second look decides. This module moves
and opens nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.directory.settings import Settings
from exchange import Reject, message_type

LOOKS = 2  # of a file that does not change, before it is taken
LOOKS_EMPTY = 5  # of an empty one: many programs make the name first and write later


@dataclass(frozen=True, slots=True)
class Found:
    """One file as the last look saw it; since_seconds is the adapter's clock when it first had this shape."""

    path: Path
    folder: str  # the subfolder of out/ it lies in, "" for out/ itself
    size_bytes: int
    changed_ns: int
    looks: int
    since_seconds: float
    renamed_in: bool = False

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def ripe(self) -> bool:
        return self.renamed_in or self.looks >= (LOOKS if self.size_bytes else LOOKS_EMPTY)

    def same_as(self, other: Found) -> bool:
        return (self.size_bytes, self.changed_ns) == (other.size_bytes, other.changed_ns)


class Scanner:
    """Remembers what the last look saw."""

    def __init__(self, out: Path, settings: Settings, clock: Callable[[], float]) -> None:
        self._out = out
        self._settings = settings
        self._clock = clock
        self._last: dict[Path, Found] = {}
        self._temporary: set[tuple[int, int]] = set()  # inodes that bore an ignored name at the last look

    def look(self) -> Mapping[str, Mapping[str, Found]]:
        """
        What lies in out/ and its subfolders now: subfolder -> name -> file.

        Raises:
            OSError: the folder cannot be read.
        """
        temporary: set[tuple[int, int]] = set()
        found = {
            folder: {each.name: each for each in self._files(path, folder, temporary)}
            for folder, path in self._folders()
        }
        self._last = {each.path: each for files in found.values() for each in files.values()}
        self._temporary = temporary
        return found

    def _folders(self) -> Iterator[tuple[str, Path]]:
        yield "", self._out
        with os.scandir(self._out) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        yield from ((name, self._out / name) for name in names if type_of_folder(name, self._settings))

    def _files(self, path: Path, folder: str, temporary: set[tuple[int, int]]) -> Iterator[Found]:
        with os.scandir(path) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # gone since the folder was read
                    if entry.is_file(follow_symlinks=False):
                        state = entry.stat(follow_symlinks=False)
                        if self._settings.ignores(entry.name):
                            temporary.add((state.st_dev, state.st_ino))
                        else:
                            yield self._seen(Path(entry.path), folder, state)

    def _seen(self, path: Path, folder: str, state: os.stat_result) -> Found:
        fresh = Found(
            path, folder, state.st_size, state.st_mtime_ns, looks=1, since_seconds=self._clock(),
            renamed_in=self._renamed_in(state),
        )  # fmt: skip
        last = self._last.get(path)
        if last is None or not last.same_as(fresh):
            return fresh
        return replace(last, looks=last.looks + 1)

    def _renamed_in(self, state: os.stat_result) -> bool:
        # Writing sets both times alike, renaming moves the second alone; so an inode number that was
        # given up by a temporary file and now grows under a final name does not pass.
        return (state.st_dev, state.st_ino) in self._temporary and state.st_mtime_ns < state.st_ctime_ns


def type_of_folder(name: str, settings: Settings) -> str | None:
    """The message type of files in the subfolder *name* of out/; None when it is none of ours."""
    if name in settings.folders:
        return settings.folders[name]
    try:
        return message_type(name)
    except Reject:
        return None
