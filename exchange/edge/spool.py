# SPDX-License-Identifier: Apache-2.0
"""
Files that survive a power cut: how the daemons write, flush, rename and forget them.

Owns the order in which things reach the disk. A file is there when its content was flushed
before its name, and its name's folder after; nothing here knows what the bytes mean.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from exchange.errors import Retry

_NOT_OFFERED = frozenset(
    {errno.EINVAL, errno.ENOTSUP}
)  # fsync(2) of a folder on CIFS and some FUSE file systems
MODE = 0o640  # of a new file
FOLDER_MODE = 0o750
COPY_BYTES = 1 << 20  # one read of a copy; flat memory whatever the file's size


def write_new(path: Path, data: bytes, *, mode: int = MODE) -> None:
    """
    A new file at *path* with *data*, durable when this returns.

    Raises:
        FileExistsError: there is one already.
        Retry: EX-506, the disk refuses.
    """
    _make(path, lambda descriptor: _write_all(descriptor, data), mode)


def write_whole(path: Path, data: bytes, *, mode: int = MODE) -> None:
    """As `write_new`, and never found half written after a crash: it is flushed before it has its name."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    _write(fresh, lambda descriptor: _write_all(descriptor, data), mode)
    _name_once(fresh, path)
    sync_folder(path.parent)


def _name_once(fresh: Path, path: Path) -> None:
    """Give *fresh* the name *path*, unless that is taken; *fresh* is no name any more in either case."""
    try:
        os.link(fresh, path)
    except FileExistsError:
        raise
    except (
        OSError
    ):  # a file system without links: the look before the rename leaves a moment, to people alone
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)


def copy_new(source: Path, path: Path) -> None:
    """A new file at *path* with the content of *source*, durable when this returns."""
    _make(path, lambda descriptor: _copy_all(source, descriptor))


def link_or_copy(source: Path, path: Path) -> None:
    """
    *source* under the further name *path*, durably: a hard link where the file system can, else a copy.

    As a new file would, it belongs to the group of a folder that hands its group on.
    """
    try:
        os.link(source, path)
    except FileExistsError:
        raise
    except OSError:  # another file system, or one without links
        copy_new(source, path)
        return
    if not _joins_group(path):
        path.unlink()
        copy_new(source, path)
        return
    _flush(path)  # whoever wrote it need not have done so
    sync_folder(path.parent)


def _joins_group(path: Path) -> bool:
    """Give *path* the group that its folder hands on; whether we may, or need not."""
    folder = path.parent.stat()
    if folder.st_mode & stat.S_ISGID and path.stat().st_gid != folder.st_gid:
        try:
            os.chown(path, -1, folder.st_gid)
        except PermissionError:
            return False
    return True


def move(source: Path, path: Path) -> None:
    """Give *source* the name *path*, durably: a rename, or a durable copy and then a removal."""
    try:
        source.rename(path)
    except OSError as e:
        if e.errno != errno.EXDEV:  # another file system
            raise
        copy_new(source, path)
        source.unlink()
    sync_folder(path.parent)
    if source.parent != path.parent:
        sync_folder(source.parent)


def replace(path: Path, data: bytes, *, mode: int = MODE) -> None:
    """*path* has *data* from here on, or its old content if the power goes first; never anything between."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    _write(fresh, lambda descriptor: _write_all(descriptor, data), mode)
    fresh.replace(path)  # only now does a name need flushing
    sync_folder(path.parent)


def make_folders(folder: Path) -> None:
    """
    *folder* and what is missing above it, durably: with its name, all that is flushed into it would be lost.

    One that is there already is flushed once more: a crash may have come between its making and its flush.
    """
    missing = [each for each in folder.parents if not each.exists()]
    folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    for made in (folder, *missing):
        with suppress(PermissionError):  # we may not read its parent: somebody else made it, long ago
            sync_folder(made.parent)


def listed(folder: Path) -> list[str]:
    """The names in *folder*, in order; none where somebody removed it."""
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


def changed_ms(folder: Path) -> int:
    """When something was last made in *folder*; 0 where it went away meanwhile."""
    try:
        return int(folder.stat().st_mtime * 1000)
    except FileNotFoundError:
        return 0


def sync_folder(folder: Path) -> None:
    """Flush the names in *folder*, or a rename may be forgotten. Some network shares cannot, and need not."""
    _flush(folder, os.O_DIRECTORY)


def _flush(path: Path, flags: int = 0) -> None:
    descriptor = os.open(path, os.O_RDONLY | flags)
    try:
        os.fsync(descriptor)
    except OSError as e:
        if e.errno not in _NOT_OFFERED:
            raise
    finally:
        os.close(descriptor)


def free_bytes(folder: Path) -> int:
    """How much room is left for us on the disk that holds *folder*, or was: somebody may have removed it."""
    try:
        state = os.statvfs(folder)
    except FileNotFoundError:
        return free_bytes(folder.parent)
    return state.f_bavail * state.f_frsize


def forget(folder: Path) -> None:
    """Remove *folder* and what is in it; one that is gone already is no error."""
    shutil.rmtree(folder, ignore_errors=True)


def _make(path: Path, fill: Callable[[int], None], mode: int = MODE) -> None:
    _write(path, fill, mode)
    sync_folder(path.parent)


def _write(path: Path, fill: Callable[[int], None], mode: int) -> None:
    descriptor = _opened(path, mode)
    try:
        fill(descriptor)
        os.fsync(descriptor)
    except OSError as e:
        path.unlink(missing_ok=True)
        raise Retry("EX-506", after_seconds=10.0, what=str(path), reason=e.strerror) from e
    finally:
        os.close(descriptor)


def _opened(path: Path, mode: int) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise
    except OSError as e:
        raise Retry("EX-506", after_seconds=10.0, what=str(path), reason=e.strerror) from e


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _copy_all(source: Path, descriptor: int) -> None:
    with source.open("rb") as reading:
        while block := reading.read(COPY_BYTES):
            _write_all(descriptor, block)
