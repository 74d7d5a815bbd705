# SPDX-License-Identifier: Apache-2.0
"""
The sockets that an office leaves in /tmp when it is killed, where no wall hides /tmp from it.

What nobody answers on, and is ours, and has been there for a while, is removed by the next office.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

PLACES: Final = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108  (the office's own choice)
FRESH_SECONDS: Final = 60.0  # an office that is just starting does not answer yet


def sweep(places: tuple[Path, ...] = PLACES) -> None:
    """Remove the sockets of offices that are no more."""
    for place in places:
        for path in place.glob(f"OSL_PIPE_{os.geteuid()}_*"):
            with suppress(OSError):
                old = time.time() - path.lstat().st_mtime > FRESH_SECONDS
                if old and path.is_socket() and _is_deserted(path):
                    path.unlink()


def _is_deserted(path: Path) -> bool:
    with closing(socket.socket(socket.AF_UNIX)) as asking:
        asking.setblocking(False)
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            return True
        except OSError:  # busy, or no socket at all
            return False
    return False
