# SPDX-License-Identifier: Apache-2.0
"""
What the readers of documents raise: this cannot be read, and why, in words of the catalogue.

A reader does not know from what into what a document is being converted; its converter does, and
turns what it caught into the refusal that travels back: `raise e.refusal(found, wanted) from e`.
"""

from __future__ import annotations

from exchange import Reject
from exchange.texts import Phrase


class Unreadable(Exception):
    """A document, or a part of one, cannot be read; *reason* says why."""

    def __init__(self, reason: Phrase) -> None:
        self.reason = reason
        super().__init__(str(reason))

    def refusal(self, found: str, wanted: str) -> Reject:
        """This as the refusal of a conversion."""
        return Reject("EX-311", found=found, wanted=wanted, reason=self.reason)


class Missing(Unreadable):
    """A part that a document names is not in it."""
