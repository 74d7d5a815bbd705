# SPDX-License-Identifier: Apache-2.0
"""
Slices on disk: where the payloads of arriving messages lie until they are handed over.

Each message has a folder, each of its parts a file in it that slices are written into at their
offsets. Writing and flushing are two steps: one flush serves a batch. Names come from proven ids
and numbers, never from the wire.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path

from exchange.edge import spool
from exchange.edge.hub_store import MessageKey
from exchange.errors import Retry
from exchange.model.envelope import ManifestPart

OPEN_FILES = 64
PING_BYTES = 1 << 20  # more than one slice: a disk with room for this takes the next one


class SliceFiles:
    """The folders of one daemon's arriving payloads."""

    def __init__(self, folder: Path) -> None:
        spool.make_folders(folder)
        self.folder = folder
        self._files: OrderedDict[Path, int] = OrderedDict()

    def place(self, key: MessageKey) -> Path:
        """The folder of a message's payload; both halves of its name were proven to be names."""
        return self.folder / f"{key.sender}~{key.message_id}"

    def places(self) -> list[str]:
        """The names of what is there; a folder that somebody removed is made again for what is to come."""
        if not self.folder.exists():  # what was in it is asked for again
            spool.make_folders(self.folder)
        return spool.listed(self.folder)

    def part_path(self, key: MessageKey, number: int) -> Path:
        return self.place(key) / f"{number}.part"

    def make_place(self, key: MessageKey, parts: int) -> bool:
        """
        Make the folder and the empty files of a payload, durably; whether all of them were there already.

        Raises:
            Retry: EX-506, the disk refuses.
        """
        self.close_files(key)
        place = self.place(key)
        paths = [self.part_path(key, number) for number in range(parts)]
        missing = [path for path in paths if not path.exists()]
        try:
            place.mkdir(exist_ok=True)
            for path in missing:
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o640))
            spool.sync_folder(place)
            spool.sync_folder(place.parent)
        except OSError as e:
            raise Retry("EX-506", after_seconds=10.0, what="the spool", reason=e.strerror) from e
        return not missing

    def write(self, key: MessageKey, parts: Sequence[ManifestPart], offset: int, data: bytes) -> set[Path]:
        """
        Put *data* at *offset* of the payload, across its parts; the files that must be flushed.

        Raises:
            Retry: EX-506, the disk refuses.
        """
        touched: set[Path] = set()
        view = memoryview(data)
        start = 0
        for number, part in enumerate(parts):
            inside = max(0, offset - start)
            if view and inside < part.size_bytes and offset >= start:
                piece = view[: part.size_bytes - inside]
                path = self.part_path(key, number)
                self._pwrite(path, piece, inside)
                touched.add(path)
                view = view[len(piece) :]
                offset += len(piece)
            start += part.size_bytes
        return touched

    def _pwrite(self, path: Path, data: memoryview, offset: int) -> None:
        try:
            descriptor = self._descriptor(path)
            while data:
                written = os.pwrite(descriptor, data, offset)
                data, offset = data[written:], offset + written
        except OSError as e:
            raise Retry("EX-506", after_seconds=10.0, what="the spool", reason=e.strerror) from e

    def flush(self, paths: Iterable[Path]) -> None:
        """
        What was written to *paths* is durable when this returns.

        Raises:
            Retry: EX-506, the disk refuses.
        """
        try:
            for path in paths:
                os.fdatasync(self._descriptor(path))
        except OSError as e:
            raise Retry("EX-506", after_seconds=10.0, what="the spool", reason=e.strerror) from e

    def _descriptor(self, path: Path) -> int:
        descriptor = self._files.get(path)
        if descriptor is None:
            if len(self._files) >= OPEN_FILES:
                _, old = self._files.popitem(last=False)
                os.fdatasync(old)
                os.close(old)
            descriptor = self._files[path] = os.open(path, os.O_RDWR)  # makes none: a lost one is missed
        self._files.move_to_end(path)
        return descriptor

    def ping(self) -> None:
        """
        Whether something can be written here now.

        Raises:
            Retry: EX-506, it cannot.
        """
        path = self.folder / f".room-{id(self)}"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
            try:
                os.pwrite(descriptor, bytes(PING_BYTES), 0)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            path.unlink(missing_ok=True)
        except OSError as e:
            raise Retry("EX-506", after_seconds=10.0, what="the spool", reason=e.strerror) from e

    def close_files(self, key: MessageKey | None = None) -> None:
        """Close the files of one message, or all."""
        for path in [p for p in self._files if key is None or p.parent == self.place(key)]:
            os.close(self._files.pop(path))
