# SPDX-License-Identifier: Apache-2.0
"""
The options that narrow a list, the same for messages and receipts.

Owns how a person writes a moment: an ISO date or time, of this place if it names no zone, or an age
such as `90m`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import click

from cli.context import words
from cli.wiring import clock
from exchange.edge.queries import Wanted
from exchange.texts import say

_AGE = re.compile(r"(\d{1,9})([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LIMIT = 50
Option = Callable[[Callable[..., None]], Callable[..., None]]


def moment(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """The point in time that a person wrote as *value*."""
    if value is None:
        return None
    if age := _AGE.fullmatch(value):
        return clock() - timedelta(**{_UNITS[age[2]]: int(age[1])})
    try:
        return datetime.fromisoformat(value).astimezone()  # without a zone it is meant as it is here
    except ValueError:
        raise click.BadParameter(words("narrow.since.wrong", found=value)) from None


def narrowing(*, states: Sequence[str] = ()) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """
    Give a command the options, as one `wanted`.

    states: those that may be asked for, with the type of message; none = neither is an option.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def narrowed(
            *,
            sender: str,
            to: str,
            since: datetime | None,
            limit: int,
            type_: str = "",
            state: str | None = None,
            **others: Any,
        ) -> None:
            command(wanted=Wanted(state or "", type_, sender, to, since, limit), **others)

        decorated: Callable[..., None] = narrowed
        for option in reversed([*(_of_messages(states) if states else ()), *_OF_BOTH]):
            decorated = option(decorated)
        return decorated

    return decorate


def _of_messages(states: Sequence[str]) -> tuple[Option, ...]:
    return (
        click.option("--state", type=click.Choice(states), help=say("narrow.state.help")),
        click.option("--type", "type_", default="", metavar="TYPE", help=say("narrow.type.help")),
    )


_OF_BOTH: tuple[Option, ...] = (
    click.option("--from", "sender", default="", metavar="WHO", help=say("narrow.from.help")),
    click.option("--to", default="", metavar="WHO", help=say("narrow.to.help")),
    click.option("--since", callback=moment, metavar="TIME", help=say("narrow.since.help")),
    click.option("--limit", type=click.IntRange(1), default=LIMIT, help=say("narrow.limit.help")),
)
