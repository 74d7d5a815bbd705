# SPDX-License-Identifier: Apache-2.0
"""
Files, for adapters: `from exchange import files`.

Gathers what an adapter that touches a disk needs, so that it imports `exchange` alone: writes
that survive a power cut, renames that overwrite nothing, and names that are safe. It adds nothing
of its own.
"""

from exchange.codec.plain_xml import PlainElement, read_xml
from exchange.edge.shelf import Shelf, candidates, disk_errors, make_folder, move_new
from exchange.edge.spool import (
    copy_new,
    forget,
    free_bytes,
    link_or_copy,
    move,
    replace,
    sync_folder,
    write_new,
)
from exchange.model.filename import NAME_BYTES, likeness, numbered, safe_name, shortened, split_name

__all__ = [
    "NAME_BYTES", "PlainElement", "Shelf", "candidates", "copy_new", "disk_errors", "forget", "free_bytes",
    "likeness", "link_or_copy", "make_folder", "move", "move_new", "numbered", "read_xml", "replace",
    "safe_name", "shortened", "split_name", "sync_folder", "write_new",
]  # fmt: skip
