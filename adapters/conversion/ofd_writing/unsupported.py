# SPDX-License-Identifier: Apache-2.0
"""
What a page asks for and OFD, or this writer, cannot say: raised by what draws, judged by the converter.
"""

from __future__ import annotations

from exchange.texts import Phrase


class Unsupported(Exception):
    """A page uses what cannot be said; *feature* names it in a few words."""

    def __init__(self, feature: Phrase) -> None:
        self.feature = feature
        super().__init__(str(feature))
