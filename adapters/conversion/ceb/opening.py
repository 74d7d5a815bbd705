# SPDX-License-Identifier: Apache-2.0
"""Whether a PDF opens, as the one proof that a conversion has made one."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase


def pages_of(pdf: Path) -> int:
    """
    The number of pages of *pdf*.

    Raises:
        Unreadable: it does not open, or has no page.
    """
    try:
        with pypdfium2.PdfDocument(pdf) as document:
            count = len(document)
    except pypdfium2.PdfiumError as e:
        raise Unreadable(Phrase("ceb.result-does-not-open", {"reason": str(e)[:200]})) from e
    if not count:
        raise Unreadable(Phrase("ceb.result-does-not-open", {"reason": Phrase("ceb.no-pages")}))
    return count
