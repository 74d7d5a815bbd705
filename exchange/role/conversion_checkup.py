# SPDX-License-Identifier: Apache-2.0
"""
`adapter check`, of conversions: which converters work on this machine, and what the others lack.

A converter that lacks something is absent from every search: a message that would need it is
returned. That is worth a warning where an application says which formats it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from exchange.converter import Converter
from exchange.edge.conversion_walls import keeps_network_out
from exchange.edge.settings import Application
from exchange.model.format import format_name
from exchange.role.checkup import Finding, Findings, Verdict, good, poor
from exchange.texts import Phrase

NAME = "conversion"


def conversion(
    applications: Iterable[Application],
    known: Callable[[], Sequence[Converter]],
    walled: Callable[[], bool] = keeps_network_out,
) -> Findings:
    """Whether what converts documents for *applications* is there, and runs without network."""
    wanted = {format_name(name) for each in applications for name in _accepted(each)}
    if not wanted:
        yield Finding(NAME, Verdict.GOOD, Phrase("check.conversion.unused"))
        return
    converters = known()
    working = [each for each in converters if each.trouble() is None]
    missed = wanted - {format_name(each.produces) for each in working}
    troubles = {
        str(trouble): trouble
        for each in converters
        if not each.optional or format_name(each.produces) in missed
        if (trouble := each.trouble()) is not None
    }
    for trouble in troubles.values():
        yield poor(NAME, Verdict.WARNING, "conversion.lacking", reason=trouble)
    concerns = [concern for each in converters for concern in each.concerns()]
    for concern in concerns:
        yield Finding(NAME, Verdict.WARNING, Phrase("check.conversion.concern", {"concern": concern}))
    if not walled():
        yield poor(NAME, Verdict.WARNING, "conversion.exposed")
    elif not troubles and not concerns:
        yield good(NAME, count=len(working))


def _accepted(application: Application) -> Iterator[str]:
    yield from application.accepts
    for names in application.accepts_by_type.values():
        yield from names
