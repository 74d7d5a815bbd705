# SPDX-License-Identifier: Apache-2.0
"""
What LibreOffice converts: Word, OpenDocument and RTF into PDF and into each other.

By which filter a document is read is said by its content: an office that is left to guess opens
anything as something. A result counts only when it is looked at in turn and is what it should be.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from adapters.conversion import formats as f
from adapters.conversion.detection import detect
from adapters.conversion.office import faces, installation, nesting, texts
from adapters.conversion.office.office import FONTS, OfficeFailed, Work, refusal_of, warm
from exchange import Converter, Reject, Report, Seals, Spent, fits
from exchange.texts import Phrase

GIB = 1 << 30
_READS = {
    f.DOC: ("MS Word 97", ".doc"),
    f.DOCX: ("MS Word 2007 XML", ".docx"),
    f.DOCM: ("MS Word 2007 XML", ".docm"),
    f.ODT: ("writer8", ".odt"),
    f.RTF: ("Rich Text Format", ".rtf"),
}
_WRITES = {
    f.PDF: ("writer_pdf_Export", ".pdf"),
    f.DOC: ("MS Word 97", ".doc"),
    f.DOCX: ("MS Word 2007 XML", ".docx"),
    f.ODT: ("writer8", ".odt"),
}


class OfficeConverter(Converter):
    """Any of them."""

    limit_seconds: ClassVar[float] = 60.0
    memory_bytes: ClassVar[int] = 4 * GIB  # of address space, most of which it never touches
    output_bytes: ClassVar[int] = GIB
    kept: ClassVar[str] = "libreoffice"
    documents: ClassVar[int] = 100
    idle_seconds: ClassVar[float] = 600.0
    start_seconds: ClassVar[float] = 180.0  # a second or two, on a machine that is not drowning

    @classmethod
    def trouble(cls) -> Phrase | None:
        return installation.trouble()

    @classmethod
    def version(cls) -> str:
        return installation.version()

    def start(self) -> None:
        warm()

    def convert(self, source: Path, target: Path) -> Report:
        found, notes = self._seen(source)
        reads, source_suffix = _READS[found]
        writes, target_suffix = _WRITES[self.produces]
        try:
            warm().convert(source, target, Work(reads, writes, source_suffix, target_suffix))
        except OfficeFailed as e:
            kind = Spent if e.gone else Reject
            raise kind("EX-311", found=found, wanted=self.produces, reason=refusal_of(e)) from e
        self._check(found, target)
        return self._measured(source, found, target, notes)

    def _measured(self, source: Path, found: str, target: Path, notes: tuple[Phrase, ...]) -> Report:
        """What became of it, by our own count."""
        before, after = texts.characters_of(source, found), texts.characters_of(target, self.produces)
        lost = texts.lost(before, after)
        losses = [Phrase("office.lost", {"count": lost})] if lost else []
        seals = texts.signatures_of(source, found)
        if seals is not None and seals.count:
            losses.append(Phrase("office.signature"))
        return Report(
            characters=None if after is None else after.total(),
            losses=tuple(losses),
            notes=notes,
            lost=lost,
            pages_before=texts.pages_of(source, found),
            pages=texts.pages_of(target, self.produces),
            fonts=faces.substituted(faces.asked(source, found), Path.cwd() / FONTS),
            seals_before=seals,
            seals_after=Seals(),  # an office signs nothing
        )

    def _seen(self, source: Path) -> tuple[str, tuple[Phrase, ...]]:
        """What *source* really is, of what an office can read, and what is worth saying about it."""
        found = detect(source)
        name = found.format.split(";")[0]
        if found.trouble is not None:
            raise Reject("EX-311", found=name, wanted=self.produces, reason=found.trouble)
        if name not in _READS:
            raise Reject("EX-311", found=name, wanted=self.produces, reason=Phrase("office.not-a-document"))
        nested = nesting.trouble(source, name)
        if nested is not None:
            raise Reject("EX-311", found=name, wanted=self.produces, reason=nested)
        return name, found.notes

    def _check(self, found: str, target: Path) -> None:
        made = detect(target)
        if made.trouble is not None or not fits(made.format, self.produces):
            reason = Phrase("office.wrong-result", {"made": made.format})
            raise Spent("EX-311", found=found, wanted=self.produces, reason=reason)


class OfficeToPdf(OfficeConverter):
    """Whatever it reads, to PDF."""

    accepts = (f.DOC, f.DOCX, f.DOCM, f.ODT, f.RTF, f.WPS)
    produces = f.PDF
    cost = 10


class OfficeToDocx(OfficeConverter):
    """Older and other word processors, to Word."""

    accepts = (f.DOC, f.DOCM, f.ODT, f.RTF, f.WPS)
    produces = f.DOCX
    cost = 20


class OfficeToOdt(OfficeConverter):
    """Word, to OpenDocument."""

    accepts = (f.DOC, f.DOCX, f.DOCM, f.RTF, f.WPS)
    produces = f.ODT
    cost = 20


class OfficeToDoc(OfficeConverter):
    """Newer word processors, to Word 97."""

    accepts = (f.DOCX, f.DOCM, f.ODT, f.RTF)
    produces = f.DOC
    cost = 30
