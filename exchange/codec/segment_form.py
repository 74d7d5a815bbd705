# SPDX-License-Identifier: Apache-2.0
"""
Segments, as XML and back, by joining and cutting bytes.

A segment is mostly data, and the data are never parsed: the document is cut at `</envelope>`, the
envelope goes to its own codec, and the short stretch between it and the data has one spelling that
a regular expression reads whole. What has any other spelling is refused.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from exchange.codec import envelope_form
from exchange.codec.xmlform import NAMESPACE, base64_bytes, base64_text, hashes, joined
from exchange.errors import Reject
from exchange.model.identity import Address
from exchange.model.limits import LIMITS, Limits
from exchange.model.segment import KeyRecord, Slice

OPEN = f'<segment xmlns="{NAMESPACE}">'.encode()
_DATA = b"<data>"
_CLOSE = b"</data></segment>"
_KEYS_CLOSE = b"</keys>"
_KEY = re.compile(rb'<key receiver="([^"<>&]{1,140})">([A-Za-z0-9+/=]{1,1024})</key>')
_KEYS = re.compile(rb'<keys>(?:<key receiver="[^"<>&]{1,140}">[A-Za-z0-9+/=]{1,1024}</key>)*</keys>')
_SLICE = re.compile(
    rb'<slice(?: compressed="(zstd)")? index="(0|[1-9][0-9]{0,8})" offset="(0|[1-9][0-9]{0,14})"'
    rb' salt="([A-Za-z0-9+/=]{24})" size="(0|[1-9][0-9]{0,8})">([A-Za-z0-9+/=]*)</slice>'
)
_HEAD_MOST = 512 * 1024  # bytes between the envelope and the data: 256 key records and a Merkle path


@dataclass(frozen=True, slots=True)
class Cut:
    """
    A segment cut into its stretches; only the short ones were looked at.

    envelope: the signed document; keys: the records inside `<keys>`; piece: what the slice says of
    itself; rest_at: where in *document* the slice begins; data: where the base64 lies.
    """

    document: bytes
    envelope: bytes
    keys: tuple[KeyRecord, ...]
    piece: Slice
    rest_at: int
    data: slice

    @property
    def sealed(self) -> bytes:
        """
        The encrypted slice.

        Raises:
            Reject: EX-104, the data are not base64.
        """
        return base64_bytes(memoryview(self.document)[self.data], "the data")

    @property
    def rest(self) -> memoryview:
        """From the slice to the end: what every receiver gets alike."""
        return memoryview(self.document)[self.rest_at :]


def write(envelope: bytes, keys: Iterable[KeyRecord], piece: Slice, sealed: bytes) -> bytes:
    """The segment that carries *piece*, whose encrypted bytes are *sealed*."""
    head = f"{write_keys(keys)}{_write_slice(piece)}<data>"
    return b"".join((OPEN, envelope, head.encode(), binascii.b2a_base64(sealed, newline=False), _CLOSE))


def write_keys(keys: Iterable[KeyRecord]) -> str:
    """*keys* as the element between envelope and slice."""
    records = "".join(f'<key receiver="{k.receiver}">{base64_text(k.wrapped)}</key>' for k in keys)
    return f"<keys>{records}</keys>"


def _write_slice(piece: Slice) -> str:
    compressed = ' compressed="zstd"' if piece.compressed else ""
    return (
        f'<slice{compressed} index="{piece.index}" offset="{piece.offset}" salt="{base64_text(piece.salt)}" '
        f'size="{piece.size}">{joined(piece.path)}</slice>'
    )


def is_segment(document: bytes) -> bool:
    """Whether *document* begins as a segment does."""
    return document.startswith(OPEN)


def cut(document: bytes, *, limits: Limits = LIMITS) -> Cut:
    """
    Take a segment apart without looking into its envelope or its data.

    Raises:
        Reject: EX-103, too large; EX-101, a spelling that is not the one; EX-104, EX-110, a value is
            not possible.
    """
    if len(document) > limits.document:
        limit = f"{limits.document} bytes"
        raise Reject("EX-103", what="the segment", found=f"{len(document)} bytes", limit=limit)
    closed = document.find(envelope_form.CLOSE, 0, limits.envelope + limits.manifest + len(OPEN))
    if not document.startswith(OPEN + envelope_form.OPEN) or closed < 0:
        raise _not_the_form("it does not begin with an envelope")
    end = closed + len(envelope_form.CLOSE)
    head_end = document.find(_DATA, end, end + _HEAD_MOST)
    if head_end < 0 or not document.endswith(_CLOSE):
        raise _not_the_form("there are no data in their place")
    if document.find(b"<!", 0, head_end) >= 0 or document.find(b"<?", 0, head_end) >= 0:
        raise _not_the_form("it has a DTD, CDATA, comment or processing instruction")
    data = slice(head_end + len(_DATA), len(document) - len(_CLOSE))
    # A search for one character runs at memory speed, and without "<" there can be no markup at all.
    if document.find(b"<", data.start, data.stop) >= 0 or document.find(b"&", data.start, data.stop) >= 0:
        raise _not_the_form("the data are not base64")
    keys_end = document.find(_KEYS_CLOSE, end, head_end) + len(_KEYS_CLOSE)
    keys = _read_keys(document[end:keys_end], limits)
    piece = _read_slice(document[keys_end:head_end])
    return Cut(document, document[len(OPEN) : end], keys, piece, keys_end, data)


def for_receiver(whole: Cut, keys: Iterable[KeyRecord]) -> bytes:
    """The segment with only *keys*: what the hub passes on; the very same bytes where nothing is left out."""
    keys = tuple(keys)
    if keys == whole.keys:
        return whole.document
    return b"".join((OPEN, whole.envelope, write_keys(keys).encode(), whole.rest))


def _read_keys(data: bytes, limits: Limits) -> tuple[KeyRecord, ...]:
    if not _KEYS.fullmatch(data):
        raise _not_the_form("the keys are not in their place")
    found = tuple(
        KeyRecord(Address.parse(receiver.decode("ascii", "replace")), base64_bytes(wrapped, "a wrapped key"))
        for receiver, wrapped in _KEY.findall(data)
    )
    if len(found) > limits.receivers:
        raise Reject("EX-103", what="the number of key records", found=len(found), limit=limits.receivers)
    if len({record.receiver for record in found}) != len(found):
        raise Reject("EX-104", what="keys", found="a receiver twice", wanted="each receiver once")
    return found


def _read_slice(data: bytes) -> Slice:
    found = _SLICE.fullmatch(data)
    if not found:
        raise _not_the_form("the slice is not in its place")
    compressed, index, offset, salt, size, path = found.groups()
    return Slice(
        index=int(index),
        offset=int(offset),
        size=int(size),
        salt=base64_bytes(salt, "the salt"),
        compressed=(compressed or b"").decode(),
        path=hashes(path.decode(), "the Merkle path"),
    )


def _not_the_form(reason: str) -> Reject:
    return Reject("EX-101", what="the segment", reason=reason)
