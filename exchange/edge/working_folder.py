# SPDX-License-Identifier: Apache-2.0
"""
Temporary folders that outlive nobody.

Whoever makes one holds a lock on it. A process that was killed cannot remove its own: the lock is
free then, and the next one that makes such a folder removes it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

PREFIX = "govbus-conversion-"
FRESH_SECONDS = 60.0  # a folder so young may be about to be locked


class WorkingFolder:
    """A new temporary folder, held until it is removed."""

    def __init__(self, inside: Path | None = None) -> None:
        self._inside = inside or Path(tempfile.gettempdir())
        _sweep(self._inside)
        self.path = Path(tempfile.mkdtemp(dir=self._inside, prefix=PREFIX))
        self._held = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._held, fcntl.LOCK_SH)

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._held)


def _sweep(inside: Path) -> None:
    for folder in inside.glob(f"{PREFIX}*"):
        with suppress(OSError):  # held, gone, or another user's
            _remove_if_free(folder)


def _remove_if_free(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        state = os.fstat(descriptor)
        if state.st_uid == os.geteuid() and time.time() - state.st_mtime > FRESH_SECONDS:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(descriptor)
