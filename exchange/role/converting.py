# SPDX-License-Identifier: Apache-2.0
"""
Converting: a message's parts become what its receiving application accepts, before it gets them.

Each part takes the cheapest way; one that fits already stays as it is. Handover calls this, and
sends `delivered` only after it has succeeded; what it says about each conversion goes, encrypted,
to the sender. How a converter runs is the edge's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from exchange.adapter import Part
from exchange.converter import Converter, fits
from exchange.edge import spool
from exchange.edge.conversion_process import ConversionProcess, Converted, convert_part
from exchange.errors import Retry
from exchange.model.digest import Digest
from exchange.role.handover import FilePart
from exchange.texts import Phrase, say

FOLDER = "converted"  # in the message's place, and gone with it


class Converting:
    """
    The conversions for one application, one thread's own.

    accepts: formats that the application reads; none = any, and nothing is converted.
    """

    def __init__(self, accepts: Sequence[str], converters: Sequence[Converter], *, lang: str = "en") -> None:
        self._accepts = accepts
        self._converters = converters
        self._lang = lang
        self._process = ConversionProcess()

    def __call__(self, parts: Sequence[Part], place: Path) -> tuple[tuple[Part, ...], tuple[str, ...]]:
        """
        *parts* as the application accepts them, and a line about each that was converted.

        Raises:
            Reject: EX-310, EX-311, EX-312, about the first part that cannot be had.
            Retry: EX-506, there is no room.
        """
        if all(self._fits(part) for part in parts):
            return tuple(parts), ()
        folder = _emptied(place / FOLDER)
        done: list[Part] = []
        said: list[str] = []
        for number, part in enumerate(parts):
            if self._fits(part):
                done.append(part)
            else:
                converted = self._convert(part, folder, number)
                done.append(_part(part, converted))
                said.append(self._line(part, converted))
        return tuple(done), tuple(said)

    def close(self) -> None:
        """End the child process; a further call starts another."""
        self._process.close()

    def _fits(self, part: Part) -> bool:
        return not self._accepts or any(fits(part.media_type, each) for each in self._accepts)

    def _convert(self, part: Part, folder: Path, number: int) -> Converted:
        return convert_part(
            _path(part, folder / f"part-{number}"),
            part.media_type,
            accepts=self._accepts,
            folder=folder,
            converters=self._converters,
            process=self._process,
        )

    def _line(self, part: Part, converted: Converted) -> str:
        report = converted.report
        key = "conversion.report" if report.characters is None else "conversion.report.text"
        values = {"name": part.name, "found": part.media_type, "wanted": converted.format}
        line = say(key, self._lang, characters=report.characters, **values)
        if report.losses:
            line += "; " + say("conversion.report.losses", self._lang, losses=self._said(report.losses))
        if report.notes:
            line += "; " + self._said(report.notes)
        return " ".join(line.split())

    def _said(self, lines: Sequence[str | Phrase]) -> str:
        each = (say(it.key, self._lang, **it.values) if isinstance(it, Phrase) else it for it in lines)
        return ", ".join(each)


def _emptied(folder: Path) -> Path:
    spool.forget(folder)  # of a handover that a crash, or a busy application, interrupted
    try:
        folder.mkdir(parents=True)
    except OSError as e:
        raise Retry("EX-506", after_seconds=10.0, what=str(folder), reason=e.strerror) from e
    return folder


def _path(part: Part, path: Path) -> Path:
    if isinstance(part, FilePart):
        return part.path
    part.save(path)
    return path


def _part(part: Part, converted: Converted) -> FilePart:
    with converted.path.open("rb") as reading:
        digest = Digest("sha256", hashlib.file_digest(reading, "sha256").digest())
    size = converted.path.stat().st_size
    return FilePart(part.name, converted.format, part.role, size, digest, converted.path)
