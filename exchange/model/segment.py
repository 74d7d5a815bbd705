# SPDX-License-Identifier: Apache-2.0
"""
Segments: how a payload is cut, and what one slice of it says about itself.

A payload is a row of bytes; a slice is a span of it; a segment is the document that carries one
slice. This module does arithmetic and holds values; it neither encrypts nor reads files.
"""

from __future__ import annotations

from dataclasses import dataclass

from exchange.errors import Reject
from exchange.model.identity import Address
from exchange.model.limits import LIMITS, SEGMENT_BYTES

SALT_BYTES = 16  # drawn anew for each encryption of a slice
PATH_MOST = 64  # hashes in a Merkle path: enough for 2^64 leaves


@dataclass(frozen=True, slots=True)
class Span:
    """Where a slice lies in its payload, in bytes."""

    index: int
    offset: int
    size: int


def count_segments(size_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> int:
    """
    How many segments carry a payload; an empty one has one, so that every message takes the same road.

    Raises:
        Reject: EX-104, a size that is none.
    """
    if size_bytes < 0:
        raise Reject("EX-104", what="payload size", found=size_bytes, wanted="0 or more")
    if segment_bytes < 1:
        raise Reject("EX-104", what="segment size", found=segment_bytes, wanted="1 or more")
    return max(1, -(-size_bytes // segment_bytes))


def span(index: int, size_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> Span:
    """
    The span of slice *index* of a payload.

    Raises:
        Reject: EX-104, there is no such slice.
    """
    if not 0 <= index < count_segments(size_bytes, segment_bytes):
        raise Reject("EX-104", what="segment index", found=index, wanted="one of the message's")
    offset = index * segment_bytes
    return Span(index, offset, min(segment_bytes, size_bytes - offset))


def plan(size_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> tuple[Span, ...]:
    """
    Cut a payload into spans.

    Spans are in order, neither overlap nor leave gaps, and all but the last are exactly
    *segment_bytes* long.

    Raises:
        Reject: EX-103, more segments than a message may have.

    Source: ebMS 3.0 Part 2, message splitting (our segment is its fragment).
    """
    count = count_segments(size_bytes, segment_bytes)
    if count > LIMITS.segments:
        raise Reject("EX-103", what="the number of segments", found=count, limit=LIMITS.segments)
    return tuple(span(index, size_bytes, segment_bytes) for index in range(count))


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """The content key of a message, wrapped for one receiver."""

    receiver: Address
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class Slice:
    """
    What a segment says about its slice.

    salt: the key and nonce of this very encryption are derived from it;
    compressed: "" or "zstd"; path: the Merkle path from the leaf to the root.
    """

    index: int
    offset: int
    size: int
    salt: bytes
    compressed: str
    path: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if len(self.salt) != SALT_BYTES:
            raise Reject("EX-104", what="salt", found=f"{len(self.salt)} bytes", wanted=f"{SALT_BYTES} bytes")
        if self.compressed not in ("", "zstd"):
            raise Reject("EX-104", what="compression", found=self.compressed[:20], wanted="zstd or none")
        if len(self.path) > PATH_MOST or any(len(node) != 32 for node in self.path):
            raise Reject("EX-104", what="Merkle path", found=len(self.path), wanted="hashes of 32 bytes")


def check_place(piece: Slice, size_bytes: int, segment_bytes: int) -> None:
    """
    Hold a slice's own words about its place against the envelope's.

    Raises:
        Reject: EX-104, it lies elsewhere.
    """
    wanted = span(piece.index, size_bytes, segment_bytes)
    if (piece.offset, piece.size) != (wanted.offset, wanted.size):
        raise Reject(
            "EX-104",
            what=f"slice {piece.index}",
            found=f"{piece.size} bytes at {piece.offset}",
            wanted=f"{wanted.size} at {wanted.offset}",
        )
