# SPDX-License-Identifier: Apache-2.0
"""
Points in time as they travel: UTC, to the millisecond, in one spelling.

This module knows no clock; roles are given one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from exchange.errors import Reject

_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)


def spell(at: datetime) -> str:
    """`2026-11-21T08:30:00.125Z`: the wire's spelling of *at*, cut to the millisecond."""
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


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
    """*at* as it will be read back from the wire."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000).astimezone(UTC)


def milliseconds(at: datetime) -> int:
    """Milliseconds since 1970, as a UUID of version 7 wants them."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(count: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=count)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
