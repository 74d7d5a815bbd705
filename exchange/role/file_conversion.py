# SPDX-License-Identifier: Apache-2.0
"""
One file, converted by hand: the same detection, the same search and the same walls as for a message.

`explain` says what a file is and by which way it would go, and changes nothing; `convert_file` goes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange.converter import Converter, Report, cheapest, plan, reachable
from exchange.detector import UNKNOWN, Detected, Detector, judged
from exchange.edge import spool
from exchange.edge.conversion_process import ConversionProcess, convert_part
from exchange.errors import Reject, Retry
from exchange.model.format import format_name


@dataclass(frozen=True, slots=True)
class Tools:
    """What there is to work with: the converters that work here, those that lack something, detectors."""

    converters: Sequence[Converter]
    detectors: Sequence[Detector]

    @property
    def working(self) -> tuple[Converter, ...]:
        return tuple(each for each in self.converters if each.trouble() is None)

    @property
    def lacking(self) -> tuple[Converter, ...]:
        return tuple(each for each in self.converters if each.trouble() is not None)


@dataclass(frozen=True, slots=True)
class Explained:
    """
    What a file is, and how it would become what is wanted.

    way: the steps, none = nothing is to be done; None = no way leads there;
    lossy_way: one that loses something, where no other leads there;
    lacking: what would open a way if it were installed.
    """

    format: str
    found: Detected
    wanted: str
    way: tuple[Converter, ...] | None
    lossy_way: tuple[Converter, ...] | None
    reachable: tuple[str, ...]
    lacking: tuple[Converter, ...]

    @property
    def is_barred(self) -> bool:
        """Whether it cannot be opened and would have to be: then ways do not matter, as for a message."""
        return self.way != () and self.found.trouble is not None


def format_of(
    file: Path, declared: str, detectors: Sequence[Detector], process: ConversionProcess
) -> tuple[str, Detected]:
    """What *file* is, and what was found in it; *declared* counts where content cannot tell."""
    found = process.detect(detectors, file)
    knows = tuple(name for detector in detectors for name in detector.knows)
    return judged(declared or UNKNOWN, found, knows), found


def explain(
    file: Path,
    wanted: str,
    tools: Tools,
    process: ConversionProcess,
    *,
    declared: str = "",
    allow_lossy: bool = False,
) -> Explained:
    """What *file* is, and by which way it would become *wanted*."""
    form, found = format_of(file, declared, tools.detectors, process)
    exact = [each for each in tools.working if allow_lossy or not each.lossy]
    way, any_way = (cheapest(form, [wanted], each) for each in (exact, tools.working))
    wished = cheapest(form, [wanted], tools.converters) or ()
    return Explained(
        format=form,
        found=found,
        wanted=format_name(wanted),
        way=way,
        lossy_way=any_way if way is None else None,
        reachable=reachable(form, tools.working),
        lacking=tuple(each for each in wished if each in tools.lacking) if any_way is None else (),
    )


def convert_file(explained: Explained, file: Path, target: Path, process: ConversionProcess) -> Report:
    """
    *target* from *file*, by the way that was explained; it appears whole or not at all.

    Raises:
        Reject: EX-311, it cannot be opened, or a step failed; EX-310, EX-313, no way leads there; EX-312, a
            step took too long.
        Retry: EX-506, there is no room.
    """
    if explained.is_barred:
        reason = explained.found.trouble
        raise Reject("EX-311", found=explained.format, wanted=explained.wanted, reason=reason)
    if explained.way is None:
        plan(explained.format, [explained.wanted], explained.lossy_way or ())
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".govbus-") as folder:
            return _gone(explained, file, target, Path(folder), process)
    except OSError as e:
        raise Retry("EX-506", after_seconds=0.0, what=str(target), reason=e.strerror or str(e)) from e


def _gone(explained: Explained, file: Path, target: Path, folder: Path, process: ConversionProcess) -> Report:
    converted = convert_part(
        file,
        explained.format,
        accepts=[explained.wanted],
        folder=folder,
        converters=explained.way or (),
        process=process,
        allow_lossy=True,
    )
    if not converted.reports:
        copy = folder / "copy"
        spool.copy_new(file, copy)
        copy.replace(target)
    else:
        converted.path.replace(target)
    spool.sync_folder(target.parent)
    return converted.report
