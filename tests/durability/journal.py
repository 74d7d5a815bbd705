# SPDX-License-Identifier: Apache-2.0
"""
The journal of a recorded process: what it did to the files below one folder, and what it promised meanwhile.

`recorder.c` writes it; this reads it, compiles the recorder and starts processes under it. What a disk
would have kept is not judged here: `power_cuts` does.
"""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

SOURCE = Path(__file__).with_name("recorder.c")
_HEAD = struct.Struct("<IIIIQqqQ")


class Operation(IntEnum):
    """As in recorder.c."""

    CREATE = 1
    WRITE = 2
    TRUNCATE = 3
    SYNC = 4
    RENAME = 5
    LINK = 6
    UNLINK = 7
    MKDIR = 8
    RMDIR = 9
    MAPPED = 10
    MARK = 11
    UNKNOWN = 12


@dataclass(frozen=True, slots=True)
class Event:
    """
    One thing that happened.

    path: below the recorded folder; of a MARK its text. offset: of WRITE, or the new length of TRUNCATE.
    """

    operation: Operation
    path: str
    target: str = ""  # of RENAME and LINK
    inode: int = 0
    offset: int = 0
    changed_ns: int = 0
    data: bytes = b""

    def __str__(self) -> str:
        return f"{self.operation.name} {self.path} {self.target}".strip()


class NotModelled(AssertionError):
    """The process changed files in a way that the recorder does not model: nothing can be said about it."""


def compile_recorder(folder: Path) -> Path:
    """The recorder, ready to be preloaded, made in *folder* by the system's C compiler."""
    library = folder / "recorder.so"
    flags = ("-std=gnu11", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror")
    subprocess.run(["cc", *flags, "-o", str(library), str(SOURCE), "-ldl", "-lpthread"], check=True)
    return library


def recorded(
    library: Path, words: Sequence[str], *, root: Path, journal: Path, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run *words* to the end, with what they do below *root* written to *journal*."""
    environment: Mapping[str, str] = os.environ | {
        "LD_PRELOAD": str(library),
        "RECORDER_ROOT": str(root),
        "RECORDER_JOURNAL": str(journal),
    }
    return subprocess.run(list(words), env=environment, cwd=cwd, capture_output=True, text=True, check=False)


def mark(text: str) -> None:
    """Within a recorded process: enter *text*, in order with what is done to files."""
    ctypes.CDLL(None).recorder_mark(text.encode())


def read(journal: Path, root: Path) -> list[Event]:
    """
    The events of *journal*, in their order, with paths as they stand below *root*.

    Raises:
        NotModelled: it holds what the model knows nothing of.
    """
    return list(_events(journal.read_bytes(), f"{root}/"))


def _events(data: bytes, root: str) -> Iterator[Event]:
    at = 0
    while at < len(data):
        number, first, second, _, inode, offset, changed_ns, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        path, target = os.fsdecode(data[at : at + first]), os.fsdecode(data[at + first : at + first + second])
        at += first + second
        content = data[at : at + length]
        at += length
        operation = Operation(number)
        if operation is Operation.UNKNOWN:
            raise NotModelled(f"{path} {target}")
        if operation is not Operation.MARK:
            path, target = (f"{each}/".removeprefix(root).rstrip("/") for each in (path, target))
        yield Event(operation, path, target, inode, offset, changed_ns, content)
