# SPDX-License-Identifier: Apache-2.0
"""
The container of a CEB: a table of sections, and which of them is what.

The type of a section cannot be relied on: real files number them differently, and the table may lie
under the first section. Their lengths can: the document is the longest, and each key has its length.
This module takes nothing off.

    0x00  "Founder CEB", then NUL or a space and a version
    0x14  number of sections, u16; all numbers are little-endian
    0x1F  17 bytes a section: offset u32, length u32, type u8, 8 reserved
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

MAGIC = b"Founder CEB"
CEBX_MAGIC = b"@XDA"
COUNT_AT, TABLE_AT = 0x14, 0x1F
ENTRY = struct.Struct("<IIB8x")
SECTIONS_MOST = 64  # real files have four to seven
RC4_KEY_BYTES, ALGORITHM_BYTES = 16, 4
STREAM_KEY_BYTES, WRAPPED_KEY_BYTES = 24, 64
_BODY, _RC4_KEY, _STREAM_KEY, _ALGORITHM = 3, 4, 5, 16  # types, where several sections have the length


@dataclass(frozen=True, slots=True)
class Section:
    """One section: where it lies, and what its type says that it is."""

    offset: int
    length: int
    type: int


@dataclass(frozen=True, slots=True)
class CebContainer:
    """
    The sections that count.

    key: for the whole body, b"" where the file has none; stream_key: 24 bytes, 64 wrapped ones or
    none; algorithm: of the streams, None where nothing is said.
    """

    version: str
    body: bytes
    key: bytes
    stream_key: bytes
    algorithm: int | None


def read_container(data: bytes) -> CebContainer:
    """
    The container that *data* is.

    Raises:
        Unreadable: it is none, or its table leads nowhere.
    """
    if not data.startswith(MAGIC):
        raise Unreadable(Phrase("ceb.not-a-ceb"))
    sections = list(_sections(data))
    if not sections:
        raise Unreadable(Phrase("ceb.no-sections"))
    body = max(sections, key=lambda each: (each.length, each.type == _BODY))
    others = [each for each in sections if each is not body]
    algorithm = _of_length(data, others, (ALGORITHM_BYTES,), _ALGORITHM)
    return CebContainer(
        version=data[len(MAGIC) + 1 : COUNT_AT].split(b"\0")[0].decode("ascii", "replace").strip(),
        body=_content(data, body),
        key=_of_length(data, others, (RC4_KEY_BYTES,), _RC4_KEY),
        stream_key=_of_length(data, others, (STREAM_KEY_BYTES, WRAPPED_KEY_BYTES), _STREAM_KEY),
        algorithm=int.from_bytes(algorithm, "little") if algorithm else None,
    )


def _sections(data: bytes) -> Iterator[Section]:
    """The sections that lie within the file; entries that were never filled in do not."""
    if len(data) < TABLE_AT:
        raise Unreadable(Phrase("ceb.truncated"))
    count = int.from_bytes(data[COUNT_AT : COUNT_AT + 2], "little")
    if count > SECTIONS_MOST:
        raise Unreadable(Phrase("ceb.too-many-sections", {"found": count, "limit": SECTIONS_MOST}))
    if len(data) < TABLE_AT + count * ENTRY.size:
        raise Unreadable(Phrase("ceb.truncated"))
    for number in range(count):
        section = Section(*ENTRY.unpack_from(data, TABLE_AT + number * ENTRY.size))
        if section.length and section.offset + section.length <= len(data):
            yield section


def _of_length(data: bytes, sections: list[Section], lengths: tuple[int, ...], kind: int) -> bytes:
    fitting = [each for each in sections if each.length in lengths]
    fitting.sort(key=lambda each: each.type != kind)
    return _content(data, fitting[0]) if fitting else b""


def _content(data: bytes, section: Section) -> bytes:
    return data[section.offset : section.offset + section.length]
