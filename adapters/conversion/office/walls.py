# SPDX-License-Identifier: Apache-2.0
"""
One more wall around the office: it sees its own folder as /tmp, and nothing of where people keep things.

The converter that starts it is already without network and within limits. An office puts sockets into
/tmp whatever it is told, which nobody would remove after it was killed, and a document can name files
of this machine: so both end here. Where the system grants no such thing, the office has its folder,
and is what it is.
"""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path
from typing import Final

HIDDEN: Final = ("/home", "/root", "/srv", "/mnt", "/media", "/var/lib", "/var/tmp", "/run/user")  # noqa: S108
NOTHING: Final = "nothing"  # an empty folder, which hides others
PRIVATE: Final = "/tmp"  # noqa: S108  (the office insists on it)
_DIE_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG of prctl(2)
_NEW_MOUNTS: Final = 0x20000  # CLONE_NEWNS of unshare(2)
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 1 << 18  # MS_BIND, MS_REC, MS_PRIVATE of mount(2)


def wall_in(folder: str) -> None:
    """Build it around the calling process, which was forked for this; then *folder* is where it is."""
    os.chdir(folder)
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if system.unshare(_NEW_MOUNTS) != 0 or system.mount(None, b"/", None, _RECURSIVE | _PRIVATE, None) != 0:
        return
    (Path(folder) / NOTHING).mkdir(exist_ok=True)
    if not _bind(system, folder, PRIVATE):  # first, since the folder may lie in one of the hidden places
        return
    os.chdir(PRIVATE)
    for place in HIDDEN:
        if os.path.isdir(place):
            _bind(system, f"{PRIVATE}/{NOTHING}", place)


def _bind(system: ctypes.CDLL, what: str, where: str) -> bool:
    return bool(system.mount(os.fsencode(what), os.fsencode(where), None, _BIND, None) == 0)
