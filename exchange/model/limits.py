# SPDX-License-Identifier: Apache-2.0
"""
How large anything on the wire may be.

Checked before memory is taken. The defaults are what every side accepts; a hub's configuration
may lower them, and may raise them only as far as its participants were told.
"""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30

SEGMENT_BYTES = (
    512 * KIB
)  # plaintext of one slice, one RabbitMQ message; a crash re-sends at most a window of them
SEGMENT_BYTES_LEAST = 64 * KIB
SEGMENT_BYTES_MOST = 4 * MIB  # 5.6 MiB in base64; libxml2 refuses text nodes above 10,000,000 characters


@dataclass(frozen=True, slots=True)
class Limits:
    """
    The bounds of one document, in bytes unless said otherwise.

    express_segments: how many segments a flash or urgent message may have.
    """

    document: int = 7 * MIB
    envelope: int = 64 * KIB
    manifest: int = 32 * KIB
    payload: int = 64 * GIB
    segments: int = 1 << 20  # count
    parts: int = 64  # count
    receivers: int = 256  # count
    attributes: int = 32  # count
    attribute_name: int = 64  # characters
    attribute_value: int = 512  # characters
    key: int = 256  # characters
    extensions: int = 8  # count
    hops: int = 8  # count
    depth: int = 12  # nested elements
    life_seconds: int = 90 * 24 * 3600  # from created to expires; ids are remembered this long
    clock_skew_seconds: int = 300
    express_segments: int = 128  # count


LIMITS = Limits()
