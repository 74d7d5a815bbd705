# SPDX-License-Identifier: Apache-2.0
"""
The ZIP containers of OFD and OOXML, read without trust.

Owns the limits on entries, sizes and ratio, and what a name in a container means: backslashes, leading
slashes and `.` are only spelling, case counts only where two entries differ in nothing else, and a name
that climbs out of the container is not there. Nothing is ever written to a place that a container names.
"""

from __future__ import annotations

import copy
import io
import posixpath
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from adapters.conversion.unreadable import Missing, Unreadable
from exchange.texts import Phrase

MIB = 1 << 20
_PIECE = 1 << 20  # of an entry, read at a time
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1
_HEADER_BYTES = 30  # of the local header of an entry, without its name


@dataclass(frozen=True, slots=True)
class Limits:
    """What a container may hold, judged by its directory before anything is unpacked."""

    entries: int = 20_000
    total_bytes: int = 1024 * MIB  # unpacked, all entries
    entry_bytes: int = 256 * MIB  # unpacked, one entry
    ratio: int = 300  # of all unpacked to packed bytes, where that matters: above `ratio_from_bytes`
    ratio_from_bytes: int = 64 * MIB


LIMITS = Limits()


class Container:
    """
    An open ZIP container; a context manager.

    Attributes:
        names: of all entries that are files, in one spelling (`Doc_0/Pages/Page_0/Content.xml`).
        hostile: names that climb out of the container or cannot be names; they cannot be read.
        doubled: names that two entries have; the last one counts, as everywhere.

    Raises:
        Unreadable: it is no container, is damaged or encrypted, or exceeds *limits*.
    """

    def __init__(self, source: Path | bytes, limits: Limits = LIMITS) -> None:
        opened: IO[bytes] = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
        try:
            self._zip = zipfile.ZipFile(opened)
            self._file = opened
            entries = [each for each in self._zip.infolist() if not each.is_dir()]
            _judge(entries, limits)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError) as e:
            opened.close()
            raise Unreadable(Phrase("conversion.container.damaged", {"reason": str(e)[:200]})) from e
        except BaseException:
            opened.close()
            raise
        self._limits = limits
        self.hostile: list[str] = []
        self.doubled: list[str] = []
        self._entries = self._named(entries)
        self._folded = _folded(self._entries)
        self.names = tuple(self._entries)

    def __enter__(self) -> Container:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing can be read any more."""
        self._zip.close()
        self._file.close()

    def _named(self, entries: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
        named: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            written = _spelled(entry)
            name = plain_name(written)
            if name is None:
                self.hostile.append(written)
                continue
            if name in named:
                self.doubled.append(name)
            named[name] = entry
        return named

    def find(self, name: str) -> str | None:
        """The name of the entry that *name* means, backslashes and case forgiven; None: there is none."""
        plain = plain_name(name)
        if plain is None:
            return None
        return plain if plain in self._entries else self._folded.get(plain.casefold())

    def size_bytes(self, name: str) -> int:
        """
        The unpacked size of an entry.

        Raises:
            Missing: there is no such entry.
        """
        return self._entry(name).file_size

    def read(self, name: str, limit_bytes: int | None = None) -> bytes:
        """
        The content of the entry that *name* means.

        Raises:
            Missing: there is no such entry.
            Unreadable: it is damaged, or larger than *limit_bytes*.
        """
        entry = self._entry(name)
        limit = self._limits.entry_bytes if limit_bytes is None else limit_bytes
        if entry.file_size > limit:
            values = {"what": name, "found": entry.file_size, "limit": limit}
            raise Unreadable(Phrase("conversion.container.entry-large", values))
        try:
            return self._unpacked(entry, name)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError) as e:
            values = {"what": name, "reason": str(e)[:200]}
            raise Unreadable(Phrase("conversion.container.entry-damaged", values)) from e

    def _unpacked(self, entry: zipfile.ZipInfo, name: str) -> bytes:
        """All of an entry; what goes on after the size that the directory states is read no further."""
        stated = copy.copy(entry)
        stated.file_size += _PIECE  # zipfile drops what comes after it, and calls the rest damaged
        parts, left = [], entry.file_size + 1
        with self._zip.open(stated) as reading:
            while left and (part := reading.read(min(_PIECE, left))):
                parts.append(part)
                left -= len(part)
        if not left:
            values = {"what": name, "limit": entry.file_size}
            raise Unreadable(Phrase("conversion.container.entry-longer", values))
        return b"".join(parts)

    def _entry(self, name: str) -> zipfile.ZipInfo:
        found = self.find(name)
        if found is None:
            raise Missing(Phrase("conversion.container.missing", {"what": name}))
        return self._entries[found]


def plain_name(name: str) -> str | None:
    """
    *name* in the one spelling: relative to the root, by slashes, without `.` and `..`.

    None: it climbs out of the container, or has characters that no name has.
    """
    plain = posixpath.normpath(name.replace("\\", "/").strip().lstrip("/"))
    climbs = plain == ".." or plain.startswith("../")
    return None if climbs or plain == "." or "\0" in plain or ":" in plain.split("/")[0] else plain


def joined(folder: str, name: str) -> str:
    """What *name*, written in a part that lies in *folder*, means; a leading slash is the root."""
    written = name.strip().replace("\\", "/")
    if written.startswith("/"):
        return written.lstrip("/")
    return posixpath.normpath(posixpath.join(folder, written)) if written else folder


def _judge(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    unpacked = sum(each.file_size for each in entries)
    packed = sum(each.compress_size for each in entries)
    if len(entries) > limits.entries:
        raise _over("conversion.container.entries", len(entries), limits.entries)
    if unpacked > limits.total_bytes:
        raise _over("conversion.container.large", unpacked, limits.total_bytes)
    if unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio:
        raise _over("conversion.container.bomb", unpacked // max(1, packed), limits.ratio)
    if any(each.flag_bits & _ENCRYPTED for each in entries):
        raise Unreadable(Phrase("conversion.container.encrypted"))
    if any(each.compress_type not in _METHODS for each in entries):
        raise zipfile.BadZipFile("compression method")
    _judge_places(entries)


def _judge_places(entries: list[zipfile.ZipInfo]) -> None:
    """Entries that share bytes are how a small file unpacks to a huge one."""
    end = 0
    for each in sorted(entries, key=lambda entry: entry.header_offset):
        if each.header_offset < end:
            raise zipfile.BadZipFile("entries overlap")
        end = each.header_offset + _HEADER_BYTES + each.compress_size


def _over(key: str, found: int, limit: int) -> Unreadable:
    return Unreadable(Phrase(key, {"found": found, "limit": limit}))


def _spelled(entry: zipfile.ZipInfo) -> str:
    """The entry's name; one not marked as UTF-8 may be so all the same, or GB18030."""
    if entry.flag_bits & _UTF8_NAME or entry.filename.isascii():
        return entry.filename
    written = entry.orig_filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return written.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _folded(entries: Mapping[str, zipfile.ZipInfo]) -> dict[str, str]:
    return {name.casefold(): name for name in reversed(list(entries))}
