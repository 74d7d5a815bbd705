# SPDX-License-Identifier: Apache-2.0
"""
zstd, one independent frame a slice, and whether it pays.

A compressor shared between threads crashes the process, so each thread has its own. A frame that
declares its size makes the library ignore a caller's limit, so the declaration is read first.
"""

from __future__ import annotations

import threading

import zstandard

from exchange.errors import Reject
from exchange.model.limits import KIB, SEGMENT_BYTES_MOST

LEVEL = 1  # 250 MB/s a thread on text at 4.6:1; level 3 halves the speed for a tenth less
PROBE_BYTES = 32 * KIB
PAYS_BELOW = 0.9  # of the probe's size; above it the receiver's time is worth more than the bytes
_WINDOW_MOST = 8 * KIB * KIB


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=LEVEL, write_content_size=True, write_checksum=False)
        self.decompressor = zstandard.ZstdDecompressor(max_window_size=_WINDOW_MOST)


_mine = _OfThread()


def pays(data: bytes) -> bool:
    """Whether compressing *data* is worth its time, judged by a probe from its middle."""
    start = max(0, (len(data) - PROBE_BYTES) // 2)
    probe = data[start : start + PROBE_BYTES]
    return len(probe) > 128 and len(_mine.compressor.compress(probe)) < PAYS_BELOW * len(probe)


def compress(data: bytes) -> bytes:
    """One frame that declares its size."""
    return _mine.compressor.compress(data)


def decompress(frame: bytes, size: int, index: int = 0) -> bytes:
    """
    Exactly *size* bytes from *frame*.

    Raises:
        Reject: EX-406, another size, a damaged frame, or bytes behind it.
    """
    if not 0 <= size <= SEGMENT_BYTES_MOST:
        raise Reject("EX-406", index=index, reason=f"{size} bytes are wanted, more than a slice may have")
    try:
        declared = zstandard.frame_content_size(frame)
        if declared != size:
            raise Reject("EX-406", index=index, reason=f"the frame has {declared} bytes, the slice {size}")
        # Into a buffer of the declared size: a frame that holds more or less fails, and no window is needed.
        return _mine.decompressor.decompress(frame, max_output_size=size, allow_extra_data=False)
    except zstandard.ZstdError as e:
        raise Reject("EX-406", index=index, reason=str(e)) from e
