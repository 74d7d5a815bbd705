# SPDX-License-Identifier: Apache-2.0
"""
Deliveries as an adapter meets them, made without a bus: plain, hostile, and too large for memory.

Every value here is fixed, so that a failure can be repeated.
"""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from exchange.adapter import BODY, BytesPart, Delivery
from exchange.edge.spool import sync_folder
from exchange.model.digest import Digest, sha256
from exchange.model.identity import Address
from exchange.model.priority import Priority

# What the wire may call a part: ways out of a folder, devices, what cannot be seen, what does not fit.
HOSTILE_NAMES = (
    "../escaped", "../../../etc/cron.d/escaped", "/etc/escaped", "..\\..\\escaped", "C:\\escaped",
    "a/b/c.txt", "..", ".", "/", " ", "...", ".hidden", "~", "-rf", "$(reboot)", "`reboot`", "a;b", "a\nb",
    "nul\0byte", "CON", "con.txt", "NUL", "COM1.docx", "LPT9", "desktop.ini", "trailing.", "trailing ",
    "a:stream", 'a*?|<>"', "invoice\u202excod.exe", "\ufeffmark", "zero\u200bwidth", "cafe\u0301",
    "caf\u00e9", "\u2126", "关于2026年预算的通知.docx", "长" * 300 + ".docx", "x" * 300, "x." + "y" * 300,
    "😀.txt", "\U000e0041", "\x7f\x80\x9f",
)  # fmt: skip

LARGE_BYTES = 64 << 20
BLOCK_BYTES = 8 << 20  # an adapter reads a part in blocks of at most this


def a_delivery(body: bytes = b"content", **other: Any) -> Delivery:
    """A delivery of one part; *other* are fields of Delivery, or `name` and `media_type` of the part."""
    name, media_type = other.pop("name", "report.txt"), other.pop("media_type", "text/plain")
    plain = Delivery(
        message_id="01936000-0000-7000-8000-000000000001",
        sender=Address("440500.tax", "registry"),
        receiver=Address("440500.finance", "files"),
        type="file.any.v1",
        priority=Priority.ROUTINE,
        created=datetime(2026, 11, 21, 12, tzinfo=UTC),
        parts=(BytesPart(name, body, media_type, BODY, sha256(body)),),
        key="row 1",
        attributes={},
    )
    return replace(plain, **other)


class LargePart:
    """A part of LARGE_BYTES that nobody can hold: it is made while it is read."""

    name = "large.bin"
    media_type = "application/octet-stream"
    role = BODY
    size_bytes = LARGE_BYTES

    @property
    def digest(self) -> Digest:
        return Digest("sha256", _digest_of_zeros())

    def open(self) -> BinaryIO:
        return io.BufferedReader(_Zeros(), 1 << 16)

    def save(self, path: Path) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
        try:
            os.ftruncate(descriptor, LARGE_BYTES)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(path.parent)


class _Zeros(io.RawIOBase):
    def __init__(self) -> None:
        self._left = LARGE_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self._left)
        buffer[:count] = bytes(count)
        self._left -= count
        return count


@cache
def _digest_of_zeros() -> bytes:
    state, block = hashlib.sha256(), bytes(1 << 20)
    for _ in range(LARGE_BYTES // len(block)):
        state.update(block)
    return state.digest()
