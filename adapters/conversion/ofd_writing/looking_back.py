# SPDX-License-Identifier: Apache-2.0
"""
How unlike its PDF an OFD package looks: its pages as our own reader draws them, against the PDF's.

It measures and refuses nothing: what cannot be looked at was not measured.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from adapters.conversion.comparing import chosen, compared
from adapters.conversion.ofd.some_pages import paint_pages
from adapters.conversion.unreadable import Unreadable
from exchange import Difference

# What a hostile file leads to in either reader; PDFium's error and too deep a recursion are RuntimeErrors.
_NOT_TO_BE_SEEN = (Unreadable, RuntimeError, MemoryError, ValueError, LookupError, ArithmeticError)


def difference(source: Path, target: Path, pages: int) -> Difference | None:
    """Of the PDF *source* and the OFD *target* with so many *pages*; None: they cannot be compared."""
    numbers = chosen(pages)
    try:
        with TemporaryFile() as opened:
            out = cast(BinaryIO, opened)
            paint_pages(target, out, numbers)
            out.seek(0)
            return compared(source, out, numbers)
    except _NOT_TO_BE_SEEN:
        return None
