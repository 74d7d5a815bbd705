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
from exchange.texts import Phrase

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
        for folder in self._all():
            files.make_folder(folder)

    def present(self) -> list[Path]:
        """Of the same those that are there; before the first `make` the place in which it is to be."""
        return [folder for folder in self._all() if folder.exists()] or [self.root.parent]

    def _all(self) -> tuple[Path, ...]:
        folders = (self.root, self.work, self.claims, self.arriving, self.delivered)
        return (*folders, self.out, self.arrived, self.originals, self.sent, self.failed, self.receipts)

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
    if _known(own).exists() and _is_another(layout, own):
        reason = texts.say("hot-folder.another", lang, known=_known(own))
        raise Halt("EX-904", file=str(layout.root), reason=reason)


def remember(layout: Layout, own: Path) -> None:
    """Know this hot folder again by its mark; only whoever has its `lock` may, so that the mark stays."""
    mark, known = _mark(layout), _known(own)
    if not mark.exists():
        files.replace(mark, secrets.token_hex(16).encode())
    if not known.exists():
        files.replace(known, mark.read_bytes())


def refuse_unusable(layout: Layout, own: Path | None) -> None:
    """
    Find out whether the hot folder could be opened; nothing is made or changed for that.

    Raises:
        Halt: EX-904, it is another, has no place to be made in, or is not ours to write.
    """
    try:
        reason = _hindrance(layout, own)
    except OSError as e:
        raise Halt("EX-904", file=str(layout.root), reason=e.strerror or str(e)) from e
    if reason is not None:
        raise Halt("EX-904", file=str(layout.root), reason=reason)


def _hindrance(layout: Layout, own: Path | None) -> Phrase | None:
    if own is not None and _known(own).exists() and _is_another(layout, own):
        return Phrase("hot-folder.another", {"known": _known(own)})
    parent = layout.root.parent
    if not layout.root.exists() and not parent.is_dir():
        return Phrase("hot-folder.no-parent", {"parent": parent})
    barred = (folder for folder in layout.present() if not _is_writable(folder))
    return next((Phrase("hot-folder.not-writable", {"folder": each}) for each in barred), None)


def _mark(layout: Layout) -> Path:
    return layout.work / "id"


def _known(own: Path) -> Path:
    return own / "hot-folder-id"


def _is_another(layout: Layout, own: Path) -> bool:
    mark = _mark(layout)
    return not mark.exists() or mark.read_bytes() != _known(own).read_bytes()


def _is_writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK)
