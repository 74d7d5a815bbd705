# SPDX-License-Identifier: Apache-2.0
"""
The contract of a format conversion, and the search for the cheapest way from one format to another.

A converter turns one file into another and says what became of it; the receiving daemon runs it in
a process of its own, with limits, and delivers nothing before it has succeeded. Formats are media
types, in one spelling. This module opens no file and starts no process.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

from exchange.errors import Reject
from exchange.model.conversion import Difference, Seals
from exchange.model.format import fits, format_name
from exchange.texts import Phrase

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Report:
    """
    What a conversion did.

    characters: of text that came through, where it is text;
    losses: what did not come through, a few words each; none = nothing was lost;
    notes: what else is worth saying. Phrases are said in the language of whoever reads them;
    lost: characters that can be read in the source and not in the result;
    pages_before, pages: of the source, as it says itself, and of the result;
    fonts: faces that are not here, each with the one that was taken instead;
    difference: of what source and result look like, where one renderer can draw both;
    seals_before, seals_after: electronic seals and signatures, of the source and of the result.
    None = not measured.
    """

    characters: int | None = None
    losses: tuple[str | Phrase, ...] = ()
    notes: tuple[str | Phrase, ...] = ()
    lost: int | None = None
    pages_before: int | None = None
    pages: int | None = None
    fonts: tuple[tuple[str, str], ...] = ()
    difference: Difference | None = None
    seals_before: Seals | None = None
    seals_after: Seals | None = None


class Spent(Reject):
    """
    A refusal for which the kept process may be to blame, and not the document.

    The process is replaced; if it had converted others before, this document gets one more try.
    """


class Converter:
    """
    One way from some formats to one other.

    A subclass says its formats and overrides `convert`. It is made without arguments, in a child
    process without network, in an empty folder, for one file. Raise `Reject("EX-311", found=…,
    wanted=…, reason=…)` for a document that cannot be converted, `Retry` where the machine is at
    fault and not the document; anything else that is raised is a bug and refuses the document
    likewise. Registered by the entry-point group `govbus.converters`.

    What is slow to start may be started once: converters that name the same *kept* process run in
    it, one document after the other, and whatever they have started there stays warm. Its folder is
    its own for its life; everything in it ends with it, and it is replaced when it fails.
    """

    accepts: ClassVar[tuple[str, ...]]  # formats it reads: media types, `text/*` and `*/*` included
    produces: ClassVar[str]  # the format it writes
    cost: ClassVar[int] = 10  # 1 = exact and quick .. 100 = a reconstruction; the cheapest way is taken
    limit_seconds: ClassVar[float] = 60.0  # of one file; then it is killed with all that it started
    memory_bytes: ClassVar[int] = 1024 * MIB  # of address space
    output_bytes: ClassVar[int] = 4096 * MIB  # of any one file that it writes
    lossy: ClassVar[bool] = False  # it makes something like the document; taken only where that is allowed
    optional: ClassVar[bool] = False  # lacking it is worth a word only where what it alone makes is asked for
    kept: ClassVar[str] = ""  # the name of its kept process; "" = a process for each file
    documents: ClassVar[int] = 100  # that one kept process converts before it is replaced
    idle_seconds: ClassVar[float] = 300.0  # without a document, after which a kept process is ended
    release: str = ""  # of what it was installed with: `govbus 0.1.0`; set by who loads it
    start_seconds: ClassVar[float] = 0.0  # for `start`, besides the time of the document; 0 = there is none
    section: ClassVar[str] = ""  # of its settings: `[conversion.SECTION]`; "" = it has none
    given: ClassVar[Mapping[str, Any]] = {}  # those settings, where there are any

    @classmethod
    def configure(cls, given: Mapping[str, Any]) -> None:
        """Take the settings of its section: first of all, wherever it runs; `Halt` = they cannot be."""
        cls.given = given

    @classmethod
    def trouble(cls) -> Phrase | None:
        """What it lacks on this machine; None = it works. One that lacks something is not there."""
        return None

    @classmethod
    def concerns(cls) -> Iterable[Phrase]:
        """What a person should look at, for `adapter check`, though it works: a program that is missing."""
        return ()

    @classmethod
    def version(cls) -> str:
        """Of what does its work, where that is not part of what it was installed with."""
        return ""

    def start(self) -> None:
        """Start in a kept process what all its documents need; `Retry` where it cannot be had."""

    def convert(self, source: Path, target: Path) -> Report:
        """Write *target*, which does not exist yet; what counts is that it is there at the end."""
        raise NotImplementedError


def plan(
    from_format: str,
    wanted: Sequence[str],
    converters: Iterable[Converter],
    *,
    allow_lossy: bool = False,
) -> tuple[Converter, ...]:
    """
    The cheapest row of *converters* that ends in one of the *wanted* formats; among equals the shortest.

    Nothing is to be done, and the row is empty, where *from_format* fits already.

    Args:
        allow_lossy: converters that make something like the document may be in the row.

    Raises:
        Reject: EX-310, no way leads there; EX-313, only a lossy one does.
    """
    known = tuple(converters)
    exact = [each for each in known if allow_lossy or not each.lossy]
    way = cheapest(from_format, wanted, exact)
    if way is not None:
        return way
    values = {"found": format_name(from_format), "wanted": ", ".join(map(format_name, wanted))}
    if cheapest(from_format, wanted, known) is not None:
        raise Reject("EX-313", **values)
    raise Reject("EX-310", **values)


def cheapest(
    from_format: str, wanted: Sequence[str], converters: Iterable[Converter]
) -> tuple[Converter, ...] | None:
    """As `plan`, of whatever *converters* there are; None: no way leads there."""
    known = tuple(converters)
    order = count()  # so that equals are taken first come, first served, and converters are never compared
    ahead: list[tuple[int, int, int, str, tuple[Converter, ...]]] = [
        (0, 0, next(order), format_name(from_format), ())
    ]
    been: set[str] = set()
    while ahead:
        cost, steps, _, here, way = heapq.heappop(ahead)
        if any(fits(here, each) for each in wanted):
            return way
        if here in been:
            continue
        been.add(here)
        for converter in known:
            if any(fits(here, each) for each in converter.accepts):
                there = format_name(converter.produces)
                onward = (cost + converter.cost, steps + 1, next(order), there, (*way, converter))
                heapq.heappush(ahead, onward)
    return None


def reachable(from_format: str, converters: Iterable[Converter]) -> tuple[str, ...]:
    """Every format that a file in *from_format* can become, by whatever number of steps."""
    known = tuple(converters)
    ahead, been = [format_name(from_format)], set[str]()
    while ahead:
        here = ahead.pop()
        onward = {
            format_name(each.produces) for each in known if any(fits(here, one) for one in each.accepts)
        }
        ahead.extend(onward - been)
        been |= onward
    return tuple(sorted(been - {format_name(from_format)}))


__all__ = ["Converter", "Report", "Spent", "cheapest", "fits", "format_name", "plan", "reachable"]
