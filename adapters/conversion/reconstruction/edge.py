# SPDX-License-Identifier: Apache-2.0
"""
PDF to Word as the bus knows it: lossy, so never taken where it is not allowed.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from adapters.conversion import formats as f
from adapters.conversion.unreadable import Unreadable
from exchange import Converter, Report, Seals
from exchange.texts import Phrase

MIB = 1 << 20


class PdfToDocx(Converter):
    """A Word document that reads like the PDF."""

    accepts: ClassVar[tuple[str, ...]] = (f.PDF,)
    produces: ClassVar[str] = f.DOCX
    cost: ClassVar[int] = 80
    lossy: ClassVar[bool] = True
    limit_seconds: ClassVar[float] = 300.0
    memory_bytes: ClassVar[int] = 2048 * MIB

    @classmethod
    def trouble(cls) -> Phrase | None:
        lacking = [name for name in ("pdfminer", "pypdfium2", "PIL") if find_spec(name) is None]
        return Phrase("reconstruction.lacks", {"name": lacking[0]}) if lacking else None

    def convert(self, source: Path, target: Path) -> Report:
        # Its libraries are not everywhere, see `trouble`; and they are loaded by who converts alone.
        from adapters.conversion.office import texts
        from adapters.conversion.reconstruction.reading import UNKNOWN, pages_of, signatures_of
        from adapters.conversion.reconstruction.writing import WordFile

        made, pages, shapes, letters, unknown = WordFile(target), 0, 0, 0, 0
        try:
            for page in pages_of(source):
                made.add(page)
                pages += 1
                shapes += page.shapes
                letters += sum(not c.isspace() for c in page.words)
                unknown += page.words.count(UNKNOWN)
            seals = signatures_of(source)
        except Unreadable as e:
            raise e.refusal(f.PDF, f.DOCX) from e
        made.close()
        return Report(
            letters,
            tuple(_losses(shapes, unknown)),
            lost=texts.lost(texts.characters_of(source, f.PDF), texts.characters_of(target, f.DOCX)),
            pages_before=pages,
            seals_before=seals,
            seals_after=Seals(),
        )


def _losses(shapes: int, unknown: int) -> list[Phrase]:
    losses = [Phrase("reconstruction.layout")]
    if shapes:
        losses.append(Phrase("reconstruction.shapes", {"count": shapes}))
    if unknown:
        losses.append(Phrase("reconstruction.unknown", {"count": unknown}))
    return losses
