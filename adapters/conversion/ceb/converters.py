# SPDX-License-Identifier: Apache-2.0
"""
The converters of CEB and CEBX: decoded here where that can be, else by the external command.

CEB as a target is refused, unless a command is configured that makes it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

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


class _CebConverter(Converter):
    """What both have in common: their settings."""

    limit_seconds: ClassVar[float] = 120.0
    memory_bytes: ClassVar[int] = 2048 * MIB
    section: ClassVar[str] = "ceb"
    settings: ClassVar[CebSettings] = CebSettings()

    @classmethod
    def configure(cls, given: Mapping[str, Any]) -> None:
        cls.settings = CebSettings.of(given)
        super().configure(given)

    @staticmethod
    def _missing(command: tuple[str, ...], key: str) -> Iterator[Phrase]:
        if command and shutil.which(command[0]) is None:
            yield Phrase("ceb.command-missing", {"command": command[0], "key": key})


class CebToPdf(_CebConverter):
    """CEB to PDF without loss, and CEBX, another format under a like name, by the external command."""

    accepts: ClassVar[tuple[str, ...]] = (f.CEB, f.CEBX)
    produces: ClassVar[str] = f.PDF
    cost: ClassVar[int] = 5

    @classmethod
    def trouble(cls) -> Phrase | None:
        return None if find_spec("pypdfium2") else Phrase("ceb.no-pypdfium2")

    @classmethod
    def concerns(cls) -> Iterator[Phrase]:
        yield from cls._missing(cls.settings.command, "conversion.ceb.command")

    def convert(self, source: Path, target: Path) -> Report:
        found = f.CEBX if _begins(source, CEBX_MAGIC) else f.CEB
        try:
            if found == f.CEBX:
                self._otherwise(Unreadable(Phrase("ceb.cebx-wants-a-command")), source, target)
                return _checked(target)
            return self._made(source, target)
        except Unreadable as e:
            raise e.refusal(found, self.produces) from e

    def _made(self, source: Path, target: Path) -> Report:
        if source.stat().st_size > CEB_BYTES:
            told = {"found": source.stat().st_size, "limit": CEB_BYTES}
            raise Unreadable(Phrase("ceb.too-large", told))
        try:
            made = decode(source.read_bytes(), self.settings.wrapping_key)
        except Unreadable as e:
            self._otherwise(e, source, target)
            return _checked(target)
        target.write_bytes(made.pdf)
        report = _checked(target)
        return replace(report, lost=0, pages_before=report.pages)  # the PDF is what the CEB holds

    def _otherwise(self, why: Unreadable, source: Path, target: Path) -> None:
        if not self.settings.command:
            raise Unreadable(Phrase("ceb.and-no-command", {"reason": why.reason})) from why
        limit = self.limit_seconds - GRACE_SECONDS
        external.run(self.settings.command, source, target, limit_seconds=limit)


class PdfToCeb(_CebConverter):
    """PDF to CEB, by an external command alone: CEB is a format of the past, and nobody here makes it."""

    accepts: ClassVar[tuple[str, ...]] = (f.PDF,)
    produces: ClassVar[str] = f.CEB
    cost: ClassVar[int] = 50
    optional: ClassVar[bool] = True

    @classmethod
    def trouble(cls) -> Phrase | None:
        return None if cls.settings.command_to_ceb else Phrase("ceb.target-wants-a-command")

    @classmethod
    def concerns(cls) -> Iterator[Phrase]:
        yield from cls._missing(cls.settings.command_to_ceb, "conversion.ceb.command_to_ceb")

    def convert(self, source: Path, target: Path) -> Report:
        try:
            if not self.settings.command_to_ceb:
                raise Unreadable(Phrase("ceb.target-wants-a-command"))
            limit = self.limit_seconds - GRACE_SECONDS
            external.run(self.settings.command_to_ceb, source, target, limit_seconds=limit)
            if not _begins(target, MAGIC):
                raise Unreadable(Phrase("ceb.not-a-ceb"))
        except Unreadable as e:
            raise e.refusal(self.accepts[0], self.produces) from e
        return Report()


def _begins(file: Path, magic: bytes) -> bool:
    with file.open("rb") as reading:
        return reading.read(len(magic)) == magic


def _checked(target: Path) -> Report:
    from adapters.conversion.ceb.opening import pages_of  # pypdfium2 is not everywhere: see `trouble`

    return Report(pages=pages_of(target))
