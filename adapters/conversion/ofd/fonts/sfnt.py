# SPDX-License-Identifier: Apache-2.0
"""
The tables of a TrueType or OpenType file, read without asking whether they are in order.

Fonts embedded in real documents lack tables, have wrong checksums and odd paddings, and can be drawn
all the same; so only what is needed is read, and nothing is believed beyond its length.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from mmap import mmap
from typing import TypeAlias

Data: TypeAlias = bytes | mmap

TABLES = 64  # in one font
FACES = 64  # in one collection
CHARACTERS = 200_000  # of one font

_COLLECTION = b"ttcf"
_KINDS = (b"\0\1\0\0", b"OTTO", b"true", b"typ1")


def is_sfnt(data: Data) -> bool:
    """Whether *data* begins like a TrueType or OpenType font, or a collection of them."""
    return data[:4] in (*_KINDS, _COLLECTION)


def faces(data: Data) -> int:
    """How many faces the file holds."""
    if data[:4] != _COLLECTION or len(data) < 12:
        return 1
    count: int = struct.unpack_from(">L", data, 8)[0]
    return max(1, min(FACES, count))


def tables(data: Data, face: int = 0) -> dict[str, memoryview]:
    """The tables of one face, by tag; one that lies outside the file is left out or cut."""
    view = memoryview(data)
    start = 0
    if data[:4] == _COLLECTION:
        if len(data) < 16 + 4 * face:
            return {}
        start = struct.unpack_from(">L", data, 12 + 4 * face)[0]
    if start + 12 > len(data):
        return {}
    count = min(TABLES, struct.unpack_from(">H", data, start + 4)[0])
    found = {}
    for index in range(count):
        at = start + 12 + 16 * index
        if at + 16 > len(data):
            break
        tag, _, offset, length = struct.unpack_from(">4sLLL", data, at)
        if offset < len(data):
            found[tag.decode("latin-1")] = view[offset : offset + length]
    return found


def names(table: bytes | memoryview) -> Iterator[tuple[int, str]]:
    """(name identifier, text) of every name in Unicode."""
    if len(table) < 6:
        return
    count, strings = struct.unpack_from(">HH", table, 2)
    for index in range(min(count, 200)):
        at = 6 + 12 * index
        if at + 12 > len(table):
            return
        platform, _, _, identifier, length, offset = struct.unpack_from(">6H", table, at)
        if platform in (0, 3):
            raw = bytes(table[strings + offset : strings + offset + length])
            yield identifier, raw.decode("utf-16-be", "replace")


# ---- characters


def characters(table: memoryview) -> dict[int, int]:
    """Code points and their glyphs, from the best subtable of a cmap; symbol fonts by their low byte too."""
    best: tuple[int, dict[int, int]] = (0, {})
    for platform, encoding, offset in _subtables(table):
        worth = _worth(platform, encoding)
        if worth > best[0]:
            found = dict(_pairs(table[offset:]))
            if found:
                best = (worth, found)
    worth, found = best
    if worth == _worth(3, 0):
        found |= {code & 0xFF: glyph for code, glyph in found.items() if code & 0xFF00 == 0xF000}
    if worth == _worth(1, 0):
        found = {ord(bytes([code]).decode("mac_roman")): glyph for code, glyph in found.items() if code < 256}
    return found


def _subtables(table: memoryview) -> Iterator[tuple[int, int, int]]:
    if len(table) < 4:
        return
    for index in range(min(32, struct.unpack_from(">H", table, 2)[0])):
        if 12 + 8 * index <= len(table):
            platform, encoding, offset = struct.unpack_from(">HHL", table, 4 + 8 * index)
            yield platform, encoding, offset


def _worth(platform: int, encoding: int) -> int:
    order = {(3, 10): 6, (0, 6): 5, (0, 4): 5, (3, 1): 4, (0, 3): 3, (3, 0): 2, (1, 0): 1}
    return order.get((platform, encoding), 3 if platform == 0 and encoding < 5 else 0)


def _pairs(subtable: memoryview) -> Iterator[tuple[int, int]]:
    try:
        form = struct.unpack_from(">H", subtable)[0]
        yield from {0: _form_0, 4: _form_4, 6: _form_6, 12: _form_12}.get(form, _none)(subtable)
    except struct.error:  # cut short: what came before counts
        return


def _none(_: memoryview) -> Iterator[tuple[int, int]]:
    return iter(())


def _form_0(subtable: memoryview) -> Iterator[tuple[int, int]]:
    return ((code, glyph) for code, glyph in enumerate(bytes(subtable[6:262])) if glyph)


def _form_4(subtable: memoryview) -> Iterator[tuple[int, int]]:
    count = struct.unpack_from(">H", subtable, 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", subtable, 14)
    starts = struct.unpack_from(f">{count}H", subtable, 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", subtable, 16 + 4 * count)
    ranges_at = 16 + 6 * count
    ranges = struct.unpack_from(f">{count}H", subtable, ranges_at)
    for index, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if offset:
                at = ranges_at + 2 * index + offset + 2 * (code - start)
                if at + 2 > len(subtable):
                    break
                glyph = struct.unpack_from(">H", subtable, at)[0]
                if glyph == 0:
                    continue
            if (glyph + delta) & 0xFFFF:
                yield code, (glyph + delta) & 0xFFFF


def _form_6(subtable: memoryview) -> Iterator[tuple[int, int]]:
    first, count = struct.unpack_from(">HH", subtable, 6)
    glyphs = struct.unpack_from(f">{count}H", subtable, 10)
    return ((first + index, glyph) for index, glyph in enumerate(glyphs) if glyph)


def _form_12(subtable: memoryview) -> Iterator[tuple[int, int]]:
    groups = struct.unpack_from(">L", subtable, 12)[0]
    left = CHARACTERS
    for index in range(min(groups, CHARACTERS)):
        start, end, glyph = struct.unpack_from(">LLL", subtable, 16 + 12 * index)
        for code in range(start, min(end, 0x10FFFF, start + left) + 1):
            yield code, glyph + code - start
        left -= max(0, end - start + 1)
        if left <= 0:
            return


# ---- writing


def written(found: Mapping[str, bytes]) -> bytes:
    """A TrueType file of these tables."""
    count = len(found)
    power = max(0, count.bit_length() - 1)
    head = struct.pack(">4sHHHH", b"\0\1\0\0", count, 16 << power, power, 16 * count - (16 << power))
    offset = 12 + 16 * count
    records, bodies = [], []
    for tag in sorted(found):
        body = bytes(found[tag])
        padded = body + bytes(-len(body) % 4)
        records.append(struct.pack(">4sLLL", tag.encode("latin-1"), _checksum(padded), offset, len(body)))
        bodies.append(padded)
        offset += len(padded)
    return head + b"".join(records) + b"".join(bodies)


def _checksum(padded: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}L", padded)
    return sum(words) & 0xFFFFFFFF
