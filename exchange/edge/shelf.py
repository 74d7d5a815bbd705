# SPDX-License-Identifier: Apache-2.0
"""
Folders that people and systems look into: nothing on them is ever overwritten.

Owns the rename that refuses to replace, and the search for a name that is free also to a Windows
share, which does not tell `Report` from `report`. What the files mean is not known here.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from exchange.edge.spool import sync_folder
from exchange.errors import Retry
from exchange.model.filename import likeness, numbered

_HERE = -100  # AT_FDCWD
_NOREPLACE = 1  # RENAME_NOREPLACE of renameat2(2)
_UNABLE = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})  # not on this file system or C library


def move_new(source: Path, path: Path) -> None:
    """
    Give *source*, a file or a folder, the name *path*, durably and in one step.

    Raises:
        FileExistsError: something is called *path* already; nothing has changed.
        OSError: the system refuses; EXDEV says that *path* is on another file system.
    """
    number = _rename_unless_taken(source, path)
    if number in _UNABLE:
        _rename_where_free(source, path)
    elif number:
        raise OSError(number, os.strerror(number), str(source), None, str(path))
    sync_folder(path.parent)
    if source.parent != path.parent:
        sync_folder(source.parent)


def make_folder(folder: Path) -> None:
    """*folder*, its parent being there, durably; one that is there already is no error."""
    try:
        folder.mkdir()
    except FileExistsError:
        return
    sync_folder(folder.parent)


@contextmanager
def disk_errors(what: Path) -> Iterator[None]:
    """
    What the system refuses inside the block becomes an error that says when to come back.

    Raises:
        Retry: EX-506, with the system's own reason.
    """
    try:
        yield
    except OSError as e:
        where = e.filename if isinstance(e.filename, str) else str(what)
        raise Retry("EX-506", after_seconds=10.0, what=where, reason=e.strerror or str(e)) from e


def candidates(name: str) -> Iterator[str]:
    """*name*, then *name* with 2, 3 and so on."""
    yield name
    yield from (numbered(name, number) for number in count(2))


class Shelf:
    """
    One folder and the names in it.

    Names are read again only when somebody else changed the folder; what that misses, `move_new`
    still refuses to overwrite.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._taken: set[str] = set()
        self._changed_ns = -1

    def free(self, name: str, *, beside: Sequence[str] = ()) -> str:
        """*name*, or *name* with the first number that is free together with all endings *beside* it."""
        return next(each for each in candidates(name) if self.is_free(each, beside=beside))

    def is_free(self, name: str, *, beside: Sequence[str] = ()) -> bool:
        """Whether nothing is called *name*, nor *name* with one of the endings *beside* it."""
        self._look()
        return all(likeness(name + ending) not in self._taken for ending in ("", *beside))

    def note(self, name: str) -> None:
        """*name* was put here by us: no need to read the whole folder again for it."""
        self._taken.add(likeness(name))
        self._changed_ns = self.folder.stat().st_mtime_ns

    def _look(self) -> None:
        changed_ns = self.folder.stat().st_mtime_ns
        if changed_ns != self._changed_ns:
            self._taken = {likeness(name) for name in os.listdir(self.folder)}
            self._changed_ns = changed_ns


def _rename_unless_taken(source: Path, path: Path) -> int:
    """The kernel's own rename-unless-taken; 0, or the error number."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return errno.ENOSYS
    failed = rename(_HERE, os.fsencode(source), _HERE, os.fsencode(path), _NOREPLACE)
    return ctypes.get_errno() if failed else 0


def _rename_where_free(source: Path, path: Path) -> None:
    # NFS and some others: looked at just before. Only this daemon puts files on its shelves.
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    source.rename(path)
