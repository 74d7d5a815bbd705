# SPDX-License-Identifier: Apache-2.0
"""
The converter from PDF to OFD as the bus knows it: what it needs, its limits, and its refusals.

Runs in a process that is kept, so that the libraries are loaded once for many documents, and there
alone: a daemon that never sees a PDF never loads any of them.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from adapters.conversion.formats import OFD, PDF
from adapters.conversion.unreadable import Unreadable
from exchange import Converter, Report, Spent
from exchange.texts import Phrase

MIB = 1 << 20
PACKAGES = ("fontTools", "PIL", "pdfminer", "pypdfium2")


class PdfToOfd(Converter):
    """PDF to OFD, with text as text in the PDF's own fonts."""

    accepts: ClassVar[tuple[str, ...]] = (PDF,)
    produces: ClassVar[str] = OFD
    cost: ClassVar[int] = 5
    limit_seconds: ClassVar[float] = 300.0  # some thousand full pages on a busy machine
    memory_bytes: ClassVar[int] = (
        2048 * MIB
    )  # of address space; a picture of 120 million pixels fits, and fonts
    output_bytes: ClassVar[int] = 2048 * MIB
    kept: ClassVar[str] = "ofd-writing"
    documents: ClassVar[int] = 100
    section: ClassVar[str] = "looks"

    @classmethod
    def trouble(cls) -> Phrase | None:
        missing = [name for name in PACKAGES if find_spec(name) is None]
        return Phrase("conversion.pdf.no-packages", {"names": ", ".join(missing)}) if missing else None

    def convert(self, source: Path, target: Path) -> Report:
        from adapters.conversion.ofd_writing.conversion import converted
        from adapters.conversion.ofd_writing.looking_back import difference

        try:
            report = converted(source, target)
            if not self.given.get("measure", True):
                return report
            return replace(report, difference=difference(source, target, report.pages or 0))
        except Unreadable as e:
            raise e.refusal(PDF, OFD) from e
        except (MemoryError, RecursionError) as e:  # maybe for what documents before have left behind
            raise Spent("EX-311", found=PDF, wanted=OFD, reason=Phrase("conversion.pdf.beyond")) from e
