# SPDX-License-Identifier: Apache-2.0
"""
The folders of a hot folder, and whose they are.

    out/        people and systems put here what is to be sent
    in/         what arrived
    originals/  of what was converted: as its sender gave it
    sent/       delivered to all its receivers
    failed/     not delivered, each with its reason beside it
    receipts/   the signed receipts
    .govbus/    ours alone: claims, arrivals, and the record of what arrived

`.govbus/` also marks the hot folder as itself: where it is missing, a share is not mounted, and
nothing may be made in the empty place.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from exchange import Halt, files, texts

_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS})


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is below *root*."""

    root: Path

    @property
    def out(self) -> Path:
        return self.root / "out"

    @property
    def arrived(self) -> Path:
        return self.root / "in"

    @property
    def originals(self) -> Path:
        return self.root / "originals"

    @property
    def sent(self) -> Path:
        return self.root / "sent"

    @property
    def failed(self) -> Path:
        return self.root / "failed"

    @property
    def receipts(self) -> Path:
        return self.root / "receipts"

    @property
    def work(self) -> Path:
        return self.root / ".govbus"

    @property
    def claims(self) -> Path:
        return self.work / "claims"

    @property
    def arriving(self) -> Path:
        return self.work / "arriving"

    @property
    def delivered(self) -> Path:
        return self.work / "delivered"

    def make(self) -> None:
        """All folders that are not there yet; the hot folder's own parent has to be."""
        folders = (self.root, self.work, self.claims, self.arriving, self.delivered)
        shelves = (self.out, self.arrived, self.originals, self.sent, self.failed, self.receipts)
        for folder in (*folders, *shelves):
            files.make_folder(folder)

    def restore(self, folder: Path) -> Path:
        """
        *folder*, made again when somebody removed it.

        Raises:
            FileNotFoundError: the hot folder itself is away.
        """
        if not folder.is_dir():
            if not self.work.is_dir():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.work))
            files.make_folder(folder.parent)
            files.make_folder(folder)
        return folder

    def below(self, path: Path) -> str:
        return str(path.relative_to(self.root))


def lock(layout: Layout) -> int:
    """
    The hot folder for this process alone, until the descriptor is closed.

    Raises:
        Halt: EX-908, another process has it.
    """
    descriptor = os.open(layout.work / "lock", os.O_RDWR | os.O_CREAT, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as e:
        if e.errno in _NO_LOCKS:
            return descriptor
        pid = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
        os.close(descriptor)
        raise Halt("EX-908", what=str(layout.root), pid=pid or "?") from e
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def recognise(layout: Layout, own: Path, *, lang: str) -> None:
    """
    Make sure that this is the hot folder that the adapter knew before; *own* is its folder elsewhere.

    Raises:
        Halt: EX-904, it is another, most likely the empty place of a share that is not mounted.
    """
    mark, known = layout.work / "id", own / "hot-folder-id"
    if not known.exists():
        if not mark.exists():
            layout.make()
            files.replace(mark, secrets.token_hex(16).encode())
        files.replace(known, mark.read_bytes())
    elif not mark.exists() or mark.read_bytes() != known.read_bytes():
        reason = texts.say("hot-folder.another", lang, known=known)
        raise Halt("EX-904", file=str(layout.root), reason=reason)
