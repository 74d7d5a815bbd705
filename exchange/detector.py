# SPDX-License-Identifier: Apache-2.0
"""
The contract of a detector: what a file is, by its content and never by its name.

The receiving daemon asks detectors before it converts, in the same walls in which it converts, and
believes what they find rather than what the sender declared. This module opens no file itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from exchange.model.format import fits, format_name
from exchange.texts import Phrase

UNKNOWN = "application/octet-stream"
ZIP = "application/zip"
ASCII = "charset=us-ascii"  # what is ASCII is every character set that a sender may have declared
_TEXTS = ("text/", "application/xml", "application/json")


@dataclass(frozen=True, slots=True)
class Detected:
    """
    What a file was found to be.

    trouble: why it cannot be opened (protected, damaged, a bomb, empty); None = nothing against it was seen;
    notes: what else is worth saying: macros, a name under which people know it.
    """

    format: str = UNKNOWN
    trouble: Phrase | None = None
    notes: tuple[Phrase, ...] = ()


class Detector:
    """
    Something that knows formats by their content.

    Made without arguments, in a child process without network, for one file. It reads a bounded part
    of it and raises nothing for whatever bytes. Registered by the entry-point group `govbus.detectors`.
    """

    knows: ClassVar[tuple[str, ...]]  # the formats that it finds wherever they are: not found = not there
    limit_seconds: ClassVar[float] = 60.0  # a thousandth of one, on a machine that is not drowning
    memory_bytes: ClassVar[int] = 512 << 20  # of address space

    def detect(self, source: Path) -> Detected:
        """What *source* is; format UNKNOWN = none of those that it knows."""
        raise NotImplementedError


def judged(declared: str, found: Detected, knows: tuple[str, ...]) -> str:
    """
    The format of a part that its sender *declared*, and in which a detector *found* something.

    Content counts. What the sender declared is kept where the content cannot contradict it: a format
    that no detector *knows*, a narrower name (`text/csv` for a text, `application/x+xml` for XML), the
    character set of what is ASCII.
    """
    said, seen = format_name(declared), format_name(found.format)
    foreign = not any(fits(said, each) for each in knows)
    if found.trouble is not None and seen in (UNKNOWN, ZIP):
        return said  # not seen, because it cannot be
    if seen == UNKNOWN:
        return said if foreign else UNKNOWN
    if _is_text(said) and _is_text(seen):
        return _as_text(said, seen)
    if foreign and said != UNKNOWN and _is_general(seen):
        return said
    return _as_text(seen.split(";")[0], seen) if _is_text(seen) else seen


def _is_text(name: str) -> bool:
    return name.startswith(_TEXTS) or name.split(";")[0].endswith(("+xml", "+json"))


def _is_general(name: str) -> bool:
    return _is_text(name) or name == ZIP


def _as_text(said: str, seen: str) -> str:
    """The kind of text that was declared, in the character set that was found."""
    kind, *declared = said.split(";")
    _, *found = seen.split(";")
    charset = [each for each in found if each.startswith("charset=")]
    if charset == [ASCII]:
        charset = [each for each in declared if each.startswith("charset=")] or ["charset=utf-8"]
    if not charset:
        return said
    rest = [each for each in declared if not each.startswith("charset=")]
    return format_name(";".join((kind, *rest, *charset)))


__all__ = ["UNKNOWN", "Detected", "Detector", "judged"]
