# SPDX-License-Identifier: Apache-2.0
"""
What a file is, by its content: the first bytes say which family it is of, and the family looks closer.

Each family has a module: compound files (Word 97), packages (OOXML, OpenDocument, OFD), pages
(PDF, CEB, pictures) and text. All of them read a bounded part of a file, whatever its size.
"""

from __future__ import annotations

from pathlib import Path

from adapters.conversion import formats as f
from adapters.conversion.detection import compound, packages, pages, plain
from exchange import Detected, Detector
from exchange.texts import Phrase

HEAD_BYTES = 64 << 10  # of a file, in which its family shows


class DocumentDetector(Detector):
    """The formats of offices and registries."""

    knows = (
        *(f.DOC, f.DOCX, f.DOCM, f.ODT, f.RTF, f.WPS, f.WORKS),
        *(f.PDF, f.OFD, f.CEB, f.CEBX),
        *(f.XLS, f.XLSX, f.XLSM, f.PPT, f.PPTX, f.ODS, f.ODP),
        *(f.PNG, f.JPEG, f.TIFF),
    )

    def detect(self, source: Path) -> Detected:
        return detect(source)


def detect(source: Path) -> Detected:
    """
    What *source* is.

    Raises:
        OSError: it cannot be read.
    """
    with source.open("rb") as reading:
        head = reading.read(HEAD_BYTES)
    if not head:
        return Detected(trouble=Phrase("detection.empty"))
    if head.startswith(compound.MAGIC):
        return compound.detect(source)
    if head.startswith(packages.MAGICS):
        return packages.detect(source)
    return pages.detect(source, head) or plain.detect(source, head) or Detected()


__all__ = ["DocumentDetector", "detect"]
