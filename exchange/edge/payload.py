# SPDX-License-Identifier: Apache-2.0
"""
A payload to read from: its parts one after the other, as one row of bytes.

Small payloads are held, large ones are read from their files; memory is one read, whatever the
size. One reader serves one thread.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from exchange.errors import Retry


class Payload(Protocol):
    """Something with bytes at offsets."""

    def read(self, offset: int, size: int) -> bytes:
        """
        Exactly *size* bytes from *offset*.

        Raises:
            Retry: EX-506, the disk does not give them.
        """

    def close(self) -> None: ...


class HeldPayload:
    """A payload in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, offset: int, size: int) -> bytes:
        return self._data[offset : offset + size]

    def close(self) -> None:
        """Nothing is open."""


class FilePayload:
    """A payload in files, each the content of one part; they are opened when first read."""

    def __init__(self, parts: Sequence[tuple[Path, int]]) -> None:
        self._parts = parts
        self._starts = [sum(size for _, size in parts[:i]) for i in range(len(parts))]
        self._open: dict[int, int] = {}

    def read(self, offset: int, size: int) -> bytes:
        pieces: list[bytes] = []
        while size > 0:
            part = bisect_right(self._starts, offset) - 1
            inside = offset - self._starts[part]
            piece = self._read_part(part, inside, min(size, self._parts[part][1] - inside))
            pieces.append(piece)
            offset += len(piece)
            size -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _read_part(self, part: int, offset: int, size: int) -> bytes:
        path = self._parts[part][0]
        try:
            if part not in self._open:
                self._open[part] = os.open(path, os.O_RDONLY)
            data = os.pread(self._open[part], size, offset)
        except OSError as e:
            raise Retry("EX-506", after_seconds=10.0, what=path.name, reason=e.strerror) from e
        if not data:
            raise Retry("EX-506", after_seconds=60.0, what=path.name, reason="it is shorter than it was")
        return data

    def close(self) -> None:
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()
