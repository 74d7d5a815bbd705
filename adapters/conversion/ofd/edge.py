# SPDX-License-Identifier: Apache-2.0
"""
The converter from OFD to PDF as the bus knows it: what it needs, its limits, and its report.

Runs in a process that is kept, so that the fonts of the system are read once for many documents. What it
needs is imported there and not before: a daemon that never sees an OFD document never loads any of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from adapters.conversion import formats as f
from adapters.conversion.unreadable import Unreadable
from exchange import Converter, Report, Seals
from exchange.texts import Phrase

MIB = 1 << 20
PACKAGES = ("asn1crypto", "fontTools", "PIL", "pypdfium2")


class OfdToPdf(Converter):
    """OFD to PDF, with text as text."""

    accepts: ClassVar[tuple[str, ...]] = (f.OFD,)
    produces: ClassVar[str] = f.PDF
    cost: ClassVar[int] = 5
    limit_seconds: ClassVar[float] = 120.0
    memory_bytes: ClassVar[int] = 2048 * MIB  # of address space, fonts of the system among it
    output_bytes: ClassVar[int] = 1024 * MIB
    kept: ClassVar[str] = "ofd"
    documents: ClassVar[int] = 100
    section: ClassVar[str] = "seals"

    @classmethod
    def configure(cls, given: Mapping[str, Any]) -> None:
        if given and cls.trouble() is None:
            from adapters.conversion.seals.notes import anchors_given

            anchors_given(given)  # so that a mistake is heard at the start
        super().configure(given)

    @classmethod
    def trouble(cls) -> Phrase | None:
        missing = [name for name in PACKAGES if find_spec(name) is None]
        return Phrase("conversion.ofd.no-packages", {"names": ", ".join(missing)}) if missing else None

    def convert(self, source: Path, target: Path) -> Report:
        from adapters.conversion.comparing import said_in
        from adapters.conversion.ofd.conversion import converted
        from adapters.conversion.ofd_writing.readable import letters, searched
        from adapters.conversion.seals.notes import seals_judged

        try:
            done = converted(source, target)
        except Unreadable as e:
            raise e.refusal(f.OFD, f.PDF) from e
        seals, verdicts = seals_judged(source, self.given)
        after = letters(said_in(target))
        return Report(
            characters=after.total(),
            losses=done.losses,
            notes=(*done.notes(), *verdicts),
            lost=(searched(done.said) - after).total() if done.is_whole else None,
            pages_before=done.pages_before,
            pages=done.pages,
            fonts=tuple((asked, ", ".join(shown)) for asked, shown in done.substituted.items()),
            seals_before=seals,
            seals_after=Seals(),  # a picture of a seal is none, and this writes no other
        )
