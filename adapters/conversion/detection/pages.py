# SPDX-License-Identifier: Apache-2.0
"""
Fixed pages and pictures, known by their first bytes: PDF, CEB, CEBX, PNG, JPEG, TIFF.

A PDF may have other bytes before it, and says only near its end, or in its first object where it was
made for the web, that it is encrypted. Whether that takes a password PDFium knows: a PDF that only
forbids printing is encrypted too, and opens for anybody.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from adapters.conversion import formats as f
from exchange import Detected
from exchange.texts import Phrase

PDF_WITHIN = 1024  # where readers look for the mark of a PDF
TAIL_BYTES = 32 << 10  # of a PDF, where its trailer stands
OBJECT_BYTES = 4 << 10  # of the object to which `startxref` points
_LOCKED = (4, 5)  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY: another kind of lock, such as certificates
_ENCRYPT = re.compile(rb"/Encrypt\b")
_START = re.compile(rb"startxref\s+(\d{1,12})")
_MARKS = (
    (b"Founder CEB", f.CEB),
    (b"@XDA", f.CEBX),
    (b"\x89PNG\r\n\x1a\n", f.PNG),
    (b"\xff\xd8\xff", f.JPEG),
    (b"II*\x00", f.TIFF),
    (b"MM\x00*", f.TIFF),
)


def detect(source: Path, head: bytes) -> Detected | None:
    """What *source* is, of which *head* is the beginning; None: nothing of this family."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Detected(name)
    if head.find(b"%PDF-", 0, PDF_WITHIN + 5) < 0:
        return None
    return _pdf(source, head)


def _pdf(source: Path, head: bytes) -> Detected:
    with source.open("rb") as reading:
        size = reading.seek(0, os.SEEK_END)
        reading.seek(max(0, size - TAIL_BYTES))
        tail = reading.read(TAIL_BYTES)
        starts = _START.findall(tail)
        if not starts:
            return Detected(f.PDF, Phrase("detection.truncated"))
        reading.seek(min(int(starts[-1]), size))
        trailer = reading.read(OBJECT_BYTES)
    named = _ENCRYPT.search(tail) or _ENCRYPT.search(trailer) or _ENCRYPT.search(head)
    return Detected(f.PDF, Phrase("detection.encrypted") if named and _is_locked(source) else None)


def _is_locked(source: Path) -> bool:
    """Whether a PDF that may be encrypted does not open without a password; damage is told elsewhere."""
    try:
        import pypdfium2  # not everywhere; and nearly no PDF needs it here
    except ImportError:
        return True
    try:
        pypdfium2.PdfDocument(source).close()
    except pypdfium2.PdfiumError as e:
        return getattr(e, "err_code", None) in _LOCKED
    return False
