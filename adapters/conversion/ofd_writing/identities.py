# SPDX-License-Identifier: Apache-2.0
"""
The numbers of an OFD document's objects: each is given once, and each is larger than the last.

Readers that stack by number so paint in the order in which the objects were made.
"""

from __future__ import annotations


class Identities:
    """A counter; *last* is the document's MaxUnitID."""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        self.last += 1
        return self.last
