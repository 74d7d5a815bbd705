# SPDX-License-Identifier: Apache-2.0
"""
How this process gives freed memory back to the system: not at once.

The C library asks the system for every large block anew and gives it back when it is freed; each time
the system clears and maps it page by page. A process that handles one segment after the other
spends up to half of its transport's time on that. This module knows nothing of what the memory is for.
Its rule: a process calls it once, at its start, or not at all.
"""

from __future__ import annotations

import ctypes

from exchange.model.limits import MIB

KEPT_BYTES = 32 * MIB  # free memory that a process may hold on to: a few windows of segments
LARGE_BYTES = 16 * MIB  # only larger blocks are asked of the system one by one: larger than any document

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # glibc, malloc.h


def keep_freed_memory() -> bool:
    """Keep what is freed for the next segment; False where the C library is not glibc."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(_M_TRIM_THRESHOLD, KEPT_BYTES)) and bool(mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES))
