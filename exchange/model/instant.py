# SPDX-License-Identifier: Apache-2.0
"""
Points in time as they travel: UTC, to the millisecond, in one spelling.

This module knows no clock; roles are given one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from exchange.errors import Reject

# Hours end at 23: later versions of Python read 24:00 as well, a second spelling of the next midnight.
_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)


def spell(at: datetime) -> str:
    """
    `2026-11-21T08:30:00.125Z`: the wire's spelling of *at*, cut to the millisecond.

    Raises:
        Reject: EX-104, it has no zone and could be any of several moments.
    """
    return cut(at).isoformat(timespec="milliseconds")[:-6] + "Z"


def parse(text: str) -> datetime:
    """
    The point in time spelled as *text*.

    Raises:
        Reject: EX-110, another spelling, or no such day.
    """
    if not _FORM.fullmatch(text):
        raise Reject("EX-110", what="time", found=text[:40], wanted="2026-11-21T08:30:00.125Z")
    try:
        return datetime.fromisoformat(text)
    except ValueError as e:
        raise Reject("EX-110", what="time", found=text[:40], wanted="2026-11-21T08:30:00.125Z") from e


def cut(at: datetime) -> datetime:
    """
    *at* as it will be read back from the wire: UTC, without a broken millisecond.

    Raises:
        Reject: EX-104, it has no zone and could be any of several moments.
    """
    if at.tzinfo is None:
        raise Reject("EX-104", what="time", found=at.isoformat(), wanted="a time with its zone")
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    broken = at.microsecond % 1000
    return at.replace(microsecond=at.microsecond - broken) if broken else at


def readable(at: datetime) -> str:
    """`2026-11-21 08:30:00 UTC`, for sentences: who reads them may be in another zone than who said them."""
    return f"{cut(at):%Y-%m-%d %H:%M:%S} UTC"


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970, as a UUID of version 7 wants them."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(count: int) -> datetime:
    """The point in time that is *count* milliseconds after 1970 began."""
    return _EPOCH + timedelta(milliseconds=count)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
