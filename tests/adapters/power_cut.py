# SPDX-License-Identifier: Apache-2.0
"""
A disk with a switch: it stops at any one step, and knows what a power cut would have left.

Below *root* every call that changes the disk is counted, done, and written into a model of what has
reached the platter: the bytes of a file count from its own fsync, a name from the fsync of its
folder, and a rename happens in both folders or in neither. fsync itself is not done, so this is quick.
kill -9 proves nothing about any of this, since the page cache survives it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from exchange.edge import shelf


class PowerCut(BaseException):
    """No `except Exception` may catch it: after it there is nobody to catch anything."""


@dataclass(eq=False)
class _File:
    data: bytes = b""  # as of its last fsync
    changed_ns: int = 0


@dataclass(eq=False)
class _Folder:
    names: dict[str, Any] = field(default_factory=dict)  # now
    at_first: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class _Change:
    """One step on names: each (folder, name, what it is from now on)."""

    names: list[tuple[_Folder, str, Any]]
    durable: bool = False


class Disk:
    """
    The file system below *root*, within a `with` block.

    stop_at: the step, counted from 1, at which the power goes; every later one fails likewise.
    fail_at: the step that fails once with *error*;
    apart: folders two levels below *root* count as file systems of their own.
    """

    def __init__(
        self,
        root: Path,
        *,
        stop_at: int = 0,
        fail_at: int = 0,
        error: int = errno.ENOSPC,
        apart: bool = False,
    ) -> None:
        self.root = root
        self.steps = 0
        self._stop_at = stop_at
        self._fail_at = fail_at
        self._error = error
        self._apart = apart
        self._tree = _read(root)
        self._changes: list[_Change] = []
        self._descriptors: dict[int, Any] = {}
        self._patches: list[Any] = []

    def __enter__(self) -> Disk:
        calls = {name: getattr(self, f"_{name}") for name in _CALLS}
        self._real = {name: getattr(os, name) for name in _CALLS}
        self._patches = [mock.patch.object(os, name, call) for name, call in calls.items()]
        self._real_rename = shelf._rename_unless_taken
        self._patches.append(mock.patch.object(shelf, "_rename_unless_taken", self._rename_unless_taken))
        for patch in self._patches:
            patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        for patch in reversed(self._patches):
            patch.stop()

    # ---- what is left

    def left_by_power_cut(self, folder: Path, *, names_survive: bool) -> None:
        """
        The tree that is found afterwards, made at *folder*.

        names_survive: the file system had written its journal but not the data, so that a file
        that was not flushed is there and empty; else nothing that was not flushed is there.
        """
        left: dict[int, dict[str, Any]] = {}
        for change in self._changes:
            if change.durable or names_survive:
                for parent, name, node in change.names:
                    _put(left.setdefault(id(parent), dict(parent.at_first)), name, node)
        _write(folder, self._tree, left)

    def unseen(self) -> set[str]:
        """Names that differ between the disk and this model: changes made behind its back."""
        return _names(_read(self.root)) ^ _names(self._tree)

    # ---- the calls

    def _step(self) -> None:
        self.steps += 1
        if self._stop_at and self.steps >= self._stop_at:
            raise PowerCut
        if self.steps == self._fail_at:
            raise OSError(self._error, os.strerror(self._error), "(injected)")

    def _open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        place = None if dir_fd is not None else self._place(path)
        real: Callable[..., int] = self._real["open"]
        if place is None:
            return real(path, flags, mode, dir_fd=dir_fd)
        fresh = bool(flags & os.O_CREAT) and not os.path.lexists(path)
        if fresh:
            self._step()
        descriptor = real(path, flags, mode)
        if fresh:
            self._change((place[0], place[1], _File()))
        self._descriptors[descriptor] = self._node(place)
        return descriptor

    def _write(self, descriptor: int, data: Any) -> int:
        if descriptor in self._descriptors:
            self._step()
        written: int = self._real["write"](descriptor, data)
        return written

    def _fsync(self, descriptor: int) -> None:
        node = self._descriptors.get(descriptor)
        if node is None:
            return
        self._step()
        if isinstance(node, _File):
            node.data = Path(f"/proc/self/fd/{descriptor}").read_bytes()
            node.changed_ns = os.fstat(descriptor).st_mtime_ns
        else:
            self._flush(node)

    def _close(self, descriptor: int) -> None:
        self._descriptors.pop(descriptor, None)
        self._real["close"](descriptor)

    def _rename(self, source: Any, target: Any) -> None:
        self._moved(source, target, lambda: self._real["rename"](source, target))

    def _replace(self, source: Any, target: Any) -> None:
        self._moved(source, target, lambda: self._real["replace"](source, target))

    def _rename_unless_taken(self, source: Path, target: Path) -> int:
        try:
            number: int = self._moved(source, target, lambda: self._real_rename(source, target))
        except OSError as e:
            return e.errno or errno.EIO
        return number

    def _moved(self, source: Any, target: Any, move: Callable[[], Any]) -> Any:
        here, there = self._place(source), self._place(target)
        if here is None or there is None:
            return move()
        if self._apart and self._mount(source) != self._mount(target):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(source), None, str(target))
        self._step()
        done = move()
        if not done:
            node = self._node(here)
            self._change((here[0], here[1], None), (there[0], there[1], node))
        return done

    def _link(self, source: Any, target: Any, **_: object) -> None:
        here, there = self._place(source), self._place(target)
        if there is None:
            self._real["link"](source, target)
            return
        self._step()
        self._real["link"](source, target)
        node = self._node(here) if here else _File(Path(source).read_bytes(), Path(source).stat().st_mtime_ns)
        self._change((there[0], there[1], node))

    def _unlink(self, path: Any, *, dir_fd: int | None = None) -> None:
        self._gone(path, dir_fd, lambda: self._real["unlink"](path, dir_fd=dir_fd))

    def _rmdir(self, path: Any, *, dir_fd: int | None = None) -> None:
        self._gone(path, dir_fd, lambda: self._real["rmdir"](path, dir_fd=dir_fd))

    def _gone(self, path: Any, dir_fd: int | None, remove: Callable[[], None]) -> None:
        full = path if dir_fd is None else Path(os.readlink(f"/proc/self/fd/{dir_fd}")) / path
        place = self._place(full)
        if place is None or not os.path.lexists(full):
            remove()
            return
        self._step()
        remove()
        self._change((place[0], place[1], None))

    def _mkdir(self, path: Any, mode: int = 0o777, **_: object) -> None:
        place = self._place(path)
        if place is None or os.path.lexists(path):
            self._real["mkdir"](path, mode)
            return
        self._step()
        self._real["mkdir"](path, mode)
        self._change((place[0], place[1], _Folder()))

    # ---- the model

    def _place(self, path: Any) -> tuple[_Folder, str] | None:
        """The folder and name that *path* has in the model; None when it is not below the root."""
        root, full = str(self.root), os.path.abspath(path)
        if full == root:
            return _Folder({"": self._tree}), ""
        if not full.startswith(f"{root}/"):
            return None
        node = self._tree
        *folders, last = full[len(root) + 1 :].split("/")
        for name in folders:
            node = node.names.get(name)
            if not isinstance(node, _Folder):
                return None
        return node, last

    def _mount(self, path: Any) -> list[str]:
        return os.path.relpath(path, self.root).split("/")[:2]

    def _node(self, place: tuple[_Folder, str]) -> Any:
        return place[0].names.get(place[1])

    def _change(self, *names: tuple[_Folder, str, Any]) -> None:
        self._changes.append(_Change(list(names)))
        for folder, name, node in names:
            _put(folder.names, name, node)

    def _flush(self, folder: _Folder) -> None:
        needed = {id(folder)}
        for change in reversed(self._changes):
            folders = {id(each) for each, _, _ in change.names}
            if folders & needed:  # and what came before in the other folder: a journal keeps its order
                change.durable = True
                needed |= folders


_CALLS = ("open", "write", "fsync", "close", "rename", "replace", "link", "unlink", "rmdir", "mkdir")


def _put(names: dict[str, Any], name: str, node: Any) -> None:
    names.pop(name, None)
    if node is not None:
        names[name] = node


def _read(path: Path) -> Any:
    if path.is_dir():
        names = {each.name: _read(each) for each in path.iterdir()}
        return _Folder(names, dict(names))
    return _File(path.read_bytes(), path.stat().st_mtime_ns)


def _names(node: Any, prefix: str = "") -> set[str]:
    if not isinstance(node, _Folder):
        return {prefix}
    return {prefix} | {
        each for name, child in node.names.items() for each in _names(child, f"{prefix}/{name}")
    }


def _write(path: Path, node: Any, left: dict[int, dict[str, Any]]) -> None:
    if isinstance(node, _Folder):
        path.mkdir()
        for name, child in left.get(id(node), node.at_first).items():
            _write(path / name, child, left)
    else:
        path.write_bytes(node.data)
        os.utime(path, ns=(node.changed_ns, node.changed_ns))
