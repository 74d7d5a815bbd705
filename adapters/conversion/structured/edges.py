# SPDX-License-Identifier: Apache-2.0
"""
The converters of structured data as the bus knows them: any form of records into one.

    [conversion.records]
    mappings = ["mappings/household.toml", "mappings/title.toml"]

Which mapping is meant, the file says: by its root element, by where its list stands, by its headings. The
first that fits is taken, and a file that none fits is refused. Without mappings there is no such converter.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from adapters.conversion import formats as f
from adapters.conversion.unreadable import Unreadable
from exchange import Converter, Halt, Reject, Report
from exchange.texts import Phrase

MIB = 1 << 20
_NOT_THIS_ONE = frozenset(
    {"structured.xml-root", "structured.json-place", "structured.json-foreign", "structured.no-titles"}
)


class _Records(Converter):
    """Records in some form, into another."""

    accepts: ClassVar[tuple[str, ...]] = (f.XML, f.JSON, f.CSV, f.XLSX)
    cost: ClassVar[int] = 3
    limit_seconds: ClassVar[float] = 300.0
    memory_bytes: ClassVar[int] = 4096 * MIB  # the tree of a large XML file
    section: ClassVar[str] = "records"
    optional: ClassVar[bool] = True

    @classmethod
    def configure(cls, given: Table[str, Any]) -> None:
        if _has_openpyxl():
            for file in given.get("mappings", ()):
                _check(file)  # so that a mistake is heard at the start
        super().configure(given)

    @classmethod
    def trouble(cls) -> Phrase | None:
        if not _has_openpyxl():
            return Phrase("structured.no-openpyxl")
        return None if cls.given.get("mappings") else Phrase("structured.no-mappings")

    def convert(self, source: Path, target: Path) -> Report:
        from adapters.conversion.detection import detect

        found = detect(source)
        if found.trouble is not None:
            raise Reject("EX-311", found=found.format, wanted=self.produces, reason=found.trouble)
        return _by_the_first_that_fits(source, target, found.format, self.produces, self._mappings())

    def _mappings(self) -> tuple[str, ...]:
        return tuple(self.given.get("mappings", ()))


class RecordsToXml(_Records):
    """Records to XML."""

    produces: ClassVar[str] = f.XML


class RecordsToJson(_Records):
    """Records to JSON."""

    produces: ClassVar[str] = f.JSON


class RecordsToCsv(_Records):
    """Records to CSV, in the encoding that the mapping names."""

    produces: ClassVar[str] = f.CSV


class RecordsToXlsx(_Records):
    """Records to XLSX."""

    produces: ClassVar[str] = f.XLSX


def _has_openpyxl() -> bool:
    return find_spec("openpyxl") is not None


def _by_the_first_that_fits(
    source: Path, target: Path, found: str, wanted: str, mappings: tuple[str, ...]
) -> Report:
    from adapters.conversion.structured.forms import convert_records

    reason = Phrase("structured.no-mappings")
    for file in mappings:
        try:
            return convert_records(source, target, found=found, wanted=wanted, mapping=_mapping(file))
        except Reject as e:
            said = e.values.get("reason")
            if not isinstance(said, Phrase) or said.key not in _NOT_THIS_ONE:
                raise
            reason = Phrase("structured.no-mapping-fits", {"count": len(mappings), "reason": said})
    raise Reject("EX-311", found=found, wanted=wanted, reason=reason)


def _check(file: str) -> None:
    from adapters.conversion.structured.xslt import check

    place = _mapping(file).xml
    try:
        for stylesheet in filter(None, (place.before, place.after)):
            check(stylesheet)
    except Unreadable as e:
        raise Halt("EX-904", file=file, reason=e.reason) from e


def _mapping(file: str) -> Any:
    from adapters.conversion.structured.mapping import read_mapping

    try:
        return read_mapping(Path(file).read_text("utf-8"), Path(file).parent)
    except OSError as e:
        raise Halt("EX-904", file=file, reason=e.strerror or str(e)) from e
    except UnicodeDecodeError as e:
        raise Halt("EX-904", file=file, reason=str(e)) from e
    except Unreadable as e:
        raise Halt("EX-904", file=file, reason=e.reason) from e
