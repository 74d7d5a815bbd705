# SPDX-License-Identifier: Apache-2.0
"""
What a disk holds at any moment of a journal, and what of it a power cut would have left.

The bytes of a file count from a flush of that file, a name from a flush of its folder. A name's folder must
itself have a durable name, and so on up to the root. A rename happens in both folders or in neither, and
name changes reach the disk in their order, as with the journals of ext4, XFS and btrfs; data may reach it in
any order, a sector at a time. What is mapped into memory is garbage after a cut. Rights are not recorded:
what is left is its owner's alone.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.durability.journal import Event, NotModelled, Operation

SECTOR_BYTES = 512  # what a disk writes as a whole


@dataclass(frozen=True, slots=True)
class Luck:
    """
    What of the unsynced reached the disk before the power went.

    names, data: all of it, or nothing; with a *seed* both are drawn: of the changes of names those up to
    some moment, of the written sectors any.
    """

    names: bool = False
    data: bool = False
    seed: int | None = None

    def __str__(self) -> str:
        if self.seed is not None:
            return f"drawn with {self.seed}"
        return {(0, 0): "nothing", (1, 1): "everything", (1, 0): "names alone", (0, 1): "data alone"}[
            self.names, self.data
        ]


NOTHING = Luck()
EVERYTHING = Luck(names=True, data=True)
NAMES_ALONE = Luck(names=True)  # files that were not flushed are there and empty
DATA_ALONE = Luck(data=True)


@dataclass(frozen=True, slots=True)
class _Write:
    """Bytes at an offset; with *length* instead the file got that length."""

    offset: int
    data: bytes
    length: int | None = None

    def onto(self, content: bytearray) -> None:
        if self.length is not None:
            del content[self.length :]
            content.extend(bytes(self.length - len(content)))
            return
        content.extend(bytes(max(0, self.offset - len(content))))
        content[self.offset : self.offset + len(self.data)] = self.data

    def drawn(self, luck: random.Random) -> Iterator[_Write]:
        """The sectors of it that came to be."""
        if self.length is not None or len(self.data) == 0:
            if luck.random() < 0.5:
                yield self
            return
        at = 0
        while at < len(self.data):
            size = SECTOR_BYTES - (self.offset + at) % SECTOR_BYTES
            if luck.random() < 0.5:
                yield _Write(self.offset + at, self.data[at : at + size])
            at += size


@dataclass(slots=True, eq=False)
class _File:
    flushed: bytearray = field(default_factory=bytearray)
    written: list[_Write] = field(default_factory=list)  # since it was flushed
    changed_ns: int = 0
    mapped: bool = False

    def flush(self) -> None:
        for write in self.written:
            write.onto(self.flushed)
        self.written.clear()

    def content(self, luck: Luck, draw: random.Random) -> bytes:
        content = bytearray(self.flushed)
        for write in self.written:
            if luck.seed is not None:
                for sector in write.drawn(draw):
                    sector.onto(content)
            elif luck.data:
                write.onto(content)
        return draw.randbytes(len(content)) if self.mapped else bytes(content)


@dataclass(slots=True, eq=False)
class _Folder:
    names: dict[str, _Node] = field(default_factory=dict)  # now
    flushed: dict[str, _Node] = field(default_factory=dict)


_Node = _File | _Folder


@dataclass(slots=True, eq=False)
class _Change:
    """One step on names: what each (folder, name) is from now on."""

    steps: tuple[tuple[_Folder, str, _Node | None], ...]

    @property
    def folders(self) -> set[int]:
        return {id(folder) for folder, _, _ in self.steps}


class Disk:
    """The files below *root* as they are now, all of them durable; events move it on."""

    def __init__(self, root: Path) -> None:
        self._nodes: dict[int, _Node] = {}
        self._root = self._read(root)
        self._changes: list[_Change] = []

    def _read(self, folder: Path) -> _Folder:
        found = _Folder()
        self._nodes[folder.stat().st_ino] = found
        for path in folder.iterdir():
            state = path.stat()
            if path.is_dir():
                found.names[path.name] = self._read(path)
            else:
                node = self._nodes.setdefault(state.st_ino, _File(bytearray(path.read_bytes())))
                node.changed_ns = state.st_mtime_ns  # type: ignore[union-attr]
                found.names[path.name] = node
        found.flushed = dict(found.names)
        return found

    # ---- moving on

    def apply(self, event: Event) -> None:
        """*event* has happened."""
        step = _STEPS.get(event.operation)
        if step is not None:
            step(self, event)

    def _create(self, event: Event) -> None:
        node: _Node = _Folder() if event.operation is Operation.MKDIR else _File()
        if isinstance(node, _File):
            node.changed_ns = event.changed_ns
        self._nodes[event.inode] = node
        self._change((*self._place(event.path), node))

    def _write(self, event: Event) -> None:
        file = self._file(event)
        file.written.append(_Write(event.offset, event.data))
        file.changed_ns = event.changed_ns

    def _truncate(self, event: Event) -> None:
        file = self._file(event)
        file.written.append(_Write(0, b"", event.offset))
        file.changed_ns = event.changed_ns

    def _map(self, event: Event) -> None:
        self._file(event).mapped = True

    def _sync(self, event: Event) -> None:
        node = self._nodes.get(event.inode)
        if isinstance(node, _File):
            node.flush()
        elif node is not None:
            self._flush(node)

    def _rename(self, event: Event) -> None:
        here, name = self._place(event.path)
        self._change((here, name, None), (*self._place(event.target), here.names[name]))

    def _link(self, event: Event) -> None:
        here, name = self._place(event.path)
        self._change((*self._place(event.target), here.names[name]))

    def _remove(self, event: Event) -> None:
        self._change((*self._place(event.path), None))

    def _file(self, event: Event) -> _File:
        node = self._nodes.get(event.inode)
        if not isinstance(node, _File):
            raise NotModelled(f"{event}: nobody made it")
        return node

    def _place(self, path: str) -> tuple[_Folder, str]:
        folder = self._root
        *parents, last = path.split("/")
        for name in parents:
            node = folder.names.get(name)
            if not isinstance(node, _Folder):
                raise NotModelled(f"{path}: there is no folder {name}")
            folder = node
        return folder, last

    def _change(self, *steps: tuple[_Folder, str, _Node | None]) -> None:
        self._changes.append(_Change(steps))
        for folder, name, node in steps:
            _put(folder.names, name, node)

    def _flush(self, folder: _Folder) -> None:
        needed = {id(folder)}
        durable: list[_Change] = []
        for change in reversed(self._changes):
            if change.folders & needed:  # and what came before in the other folder: a journal keeps its order
                durable.append(change)
                needed |= change.folders
        gone = {id(change) for change in durable}
        self._changes = [change for change in self._changes if id(change) not in gone]
        for change in reversed(durable):
            for each, name, node in change.steps:
                _put(each.flushed, name, node)

    # ---- looking

    def unsynced(self) -> set[str]:
        """Paths whose bytes, or whose name, a power cut could take away or bring back now."""
        found = {path for path, file in self._files() if file.written and not file.mapped}
        places = {id(folder): path for path, folder in self._folders()}
        for change in self._changes:
            found |= {f"{places.get(id(f), '(gone)')}/{name}".lstrip("/") for f, name, _ in change.steps}
        return found

    def content(self, path: str) -> bytes:
        """What the file at *path* holds now."""
        folder, name = self._place(path)
        node = folder.names[name]
        assert isinstance(node, _File)
        return node.content(EVERYTHING, random.Random(0))

    def contents(self) -> dict[str, bytes]:
        """All files as they are now, but for those that are mapped."""
        files = ((path, file) for path, file in self._files() if not file.mapped)
        return {path: file.content(EVERYTHING, random.Random(0)) for path, file in files}

    def mapped(self) -> list[str]:
        """The files whose bytes the journal does not tell."""
        return [path for path, file in self._files() if file.mapped]

    def _files(self) -> Iterator[tuple[str, _File]]:
        for path, folder in self._folders():
            for name, node in folder.names.items():
                if isinstance(node, _File):
                    yield f"{path}/{name}".lstrip("/"), node

    def _folders(self) -> Iterator[tuple[str, _Folder]]:
        waiting = [("", self._root)]
        while waiting:
            path, folder = waiting.pop()
            yield path, folder
            inside = [(f"{path}/{name}".lstrip("/"), node) for name, node in folder.names.items()]
            waiting += [(below, node) for below, node in inside if isinstance(node, _Folder)]

    # ---- the power goes

    def left(self, folder: Path, luck: Luck | Callable[[str], Luck]) -> None:
        """
        Make at *folder*, which is not there yet, what is found after the power went at this moment.

        *luck* may differ between what lies directly below the root: those are machines of their own.
        """
        lucky = luck if callable(luck) else lambda _name: luck
        names: dict[int, dict[str, _Node]] = {}
        for change in self._survivors(lucky):
            for parent, name, node in change.steps:
                _put(names.setdefault(id(parent), dict(parent.flushed)), name, node)
        _Writer(lucky, names).write(folder, self._root)

    def _survivors(self, lucky: Callable[[str], Luck]) -> Iterator[_Change]:
        """The unsynced changes of names that reached the disk; of each machine those before some moment."""
        owners = self._owners()
        ends: dict[str, int] = {}
        for number, change in enumerate(self._changes):
            folder, name, _ = change.steps[0]
            machine = owners.get(id(folder), name)
            luck = lucky(machine)
            if luck.seed is not None:
                draw = random.Random(f"{luck.seed} {machine}")
                end = ends.setdefault(machine, draw.randint(0, len(self._changes)))
                if number < end:
                    yield change
            elif luck.names:
                yield change

    def _owners(self) -> Mapping[int, str]:
        """Of each folder below the root, the top-level name that it is, or was, found under."""
        owners: dict[int, str] = {}

        def note(folder: _Folder, owner: str) -> None:
            if id(folder) not in owners:
                owners[id(folder)] = owner
                for node in (*folder.names.values(), *folder.flushed.values()):
                    if isinstance(node, _Folder):
                        note(node, owner)

        for names in (self._root.names, self._root.flushed):
            for name, node in names.items():
                if isinstance(node, _Folder):
                    note(node, name)
        for change in self._changes:  # made and removed again, and never flushed
            for folder, _, made in change.steps:
                if isinstance(made, _Folder) and id(folder) in owners:
                    note(made, owners[id(folder)])
        return owners


class _Writer:
    """Writes one disk out; a file with several names is one file."""

    def __init__(self, lucky: Callable[[str], Luck], names: Mapping[int, Mapping[str, _Node]]) -> None:
        self._lucky = lucky
        self._names = names
        self._written: dict[int, Path] = {}

    def write(self, path: Path, root: _Folder) -> None:
        path.mkdir(0o700)
        for name, node in self._names.get(id(root), root.flushed).items():
            luck = self._lucky(name)
            self._write(path / name, node, luck, random.Random(f"{luck.seed} {name}"))

    def _write(self, path: Path, node: _Node, luck: Luck, draw: random.Random) -> None:
        if isinstance(node, _Folder):
            path.mkdir(0o700)
            for name, child in self._names.get(id(node), node.flushed).items():
                self._write(path / name, child, luck, draw)
        elif there := self._written.get(id(node)):
            os.link(there, path)
        else:
            path.touch(0o600)
            path.write_bytes(node.content(luck, draw))
            os.utime(path, ns=(node.changed_ns, node.changed_ns))
            self._written[id(node)] = path


def _put(names: dict[str, _Node], name: str, node: _Node | None) -> None:
    names.pop(name, None)
    if node is not None:
        names[name] = node


_STEPS: Mapping[Operation, Callable[[Disk, Event], None]] = {
    Operation.CREATE: Disk._create,
    Operation.MKDIR: Disk._create,
    Operation.WRITE: Disk._write,
    Operation.TRUNCATE: Disk._truncate,
    Operation.MAPPED: Disk._map,
    Operation.SYNC: Disk._sync,
    Operation.RENAME: Disk._rename,
    Operation.LINK: Disk._link,
    Operation.UNLINK: Disk._remove,
    Operation.RMDIR: Disk._remove,
}
