# SPDX-License-Identifier: Apache-2.0
"""
The converters of CEB and CEBX: decoded here where that can be, else by the external command.

CEB as a target is refused, unless a command is configured that makes it.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, TypeVar

from adapters.conversion import formats as f
from adapters.conversion.ceb import external
from adapters.conversion.ceb.container import CEBX_MAGIC, MAGIC
from adapters.conversion.ceb.decoding import decode
from adapters.conversion.ceb.settings import CebSettings
from adapters.conversion.unreadable import Unreadable
from exchange import Converter, Report
from exchange.texts import Phrase

MIB = 1 << 20
CEB_BYTES = 256 * MIB  # of one file; it is held in memory, as is what becomes of it
GRACE_SECONDS = 10.0  # by which the command's limit is under the conversion's own


class CebToPdf(Converter):
    """CEB to PDF, without loss."""

    accepts: ClassVar[tuple[str, ...]] = (f.CEB,)
    produces: ClassVar[str] = f.PDF
    cost: ClassVar[int] = 5
    limit_seconds: ClassVar[float] = 120.0
    memory_bytes: ClassVar[int] = 2048 * MIB
    settings: ClassVar[CebSettings] = CebSettings()

    @classmethod
    def trouble(cls) -> Phrase | None:
        return None if find_spec("pypdfium2") else Phrase("ceb.no-pypdfium2")

    def convert(self, source: Path, target: Path) -> Report:
        try:
            self._make(source, target)
            return _checked(target)
        except Unreadable as e:
            raise e.refusal(self.accepts[0], self.produces) from e

    def _make(self, source: Path, target: Path) -> None:
        if source.stat().st_size > CEB_BYTES:
            told = {"found": source.stat().st_size, "limit": CEB_BYTES}
            raise Unreadable(Phrase("ceb.too-large", told))
        try:
            made = decode(source.read_bytes(), self.settings.wrapping_key)
        except Unreadable as e:
            self._otherwise(e, source, target)
        else:
            target.write_bytes(made.pdf)

    def _otherwise(self, why: Unreadable, source: Path, target: Path) -> None:
        if not self.settings.command:
            raise Unreadable(Phrase("ceb.and-no-command", {"reason": why.reason})) from why
        limit = self.limit_seconds - GRACE_SECONDS
        external.run(self.settings.command, source, target, limit_seconds=limit)


class CebxToPdf(CebToPdf):
    """CEBX to PDF: another format under a like name, by the external command alone."""

    accepts: ClassVar[tuple[str, ...]] = (f.CEBX,)
    cost: ClassVar[int] = 20

    @classmethod
    def trouble(cls) -> Phrase | None:
        return super().trouble() or (None if cls.settings.command else Phrase("ceb.cebx-wants-a-command"))

    def _make(self, source: Path, target: Path) -> None:
        _check_magic(source, CEBX_MAGIC, Phrase("ceb.not-a-cebx"))
        self._otherwise(Unreadable(Phrase("ceb.cebx-wants-a-command")), source, target)


class PdfToCeb(Converter):
    """PDF to CEB, by an external command alone: CEB is a format of the past, and nobody here makes it."""

    accepts: ClassVar[tuple[str, ...]] = (f.PDF,)
    produces: ClassVar[str] = f.CEB
    cost: ClassVar[int] = 50
    limit_seconds: ClassVar[float] = 120.0
    settings: ClassVar[CebSettings] = CebSettings()

    @classmethod
    def trouble(cls) -> Phrase | None:
        return None if cls.settings.command_to_ceb else Phrase("ceb.target-wants-a-command")

    def convert(self, source: Path, target: Path) -> Report:
        try:
            if not self.settings.command_to_ceb:
                raise Unreadable(Phrase("ceb.target-wants-a-command"))
            limit = self.limit_seconds - GRACE_SECONDS
            external.run(self.settings.command_to_ceb, source, target, limit_seconds=limit)
            _check_magic(target, MAGIC, Phrase("ceb.not-a-ceb"))
        except Unreadable as e:
            raise e.refusal(self.accepts[0], self.produces) from e
        return Report()


C = TypeVar("C", CebToPdf, PdfToCeb)


def configured(kind: type[C], settings: CebSettings) -> C:
    """A converter of *kind* with *settings*; what is made without is `kind()`."""
    made = kind()
    made.settings = settings  # type: ignore[misc]  # its own, over that of all
    return made


def _check_magic(file: Path, magic: bytes, otherwise: Phrase) -> None:
    with file.open("rb") as reading:
        if reading.read(len(magic)) != magic:
            raise Unreadable(otherwise)


def _checked(target: Path) -> Report:
    from adapters.conversion.ceb.opening import pages_of  # pypdfium2 is not everywhere: see `trouble`

    pages_of(target)
    return Report()
