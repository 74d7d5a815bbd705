# SPDX-License-Identifier: Apache-2.0
"""
What the long-running processes write about themselves: one JSON document a line, or a line for a terminal.

Owns the form and the list of facts that may stand in a line. What is not on that list does not
get in, whatever a caller adds: a log is read by people who may not read what the bus carries, so
file names, keys and attribute values never stand in one. Phrases and errors are said in the log's
language; what other packages write stays as it is.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from exchange.errors import GovbusError
from exchange.texts import Phrase, say

# extra={…} of a record: what else a line may say
FACTS = (
    "message_id", "sender", "receiver", "state", "code", "reason", "participant", "applications", "version",
    "workers", "listen", "pid", "seconds",
)  # fmt: skip

LOGGERS = ("govbus", "exchange", "adapters")  # ours; of others' only warnings are of interest


def set_up(stream: TextIO | None = None, *, level: int = logging.INFO, lang: str = "en") -> None:
    """Write this process's log to *stream*, standard error unless given: JSON lines, plain on a terminal."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(PlainLine(lang) if out.isatty() else JsonLine(lang))
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h.formatter, PlainLine | JsonLine)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in LOGGERS:
        logging.getLogger(name).setLevel(level)


class _Line(logging.Formatter):
    def __init__(self, lang: str = "en") -> None:
        super().__init__()
        self._lang = lang

    def event(self, record: logging.LogRecord) -> str:
        return str(self._said(record.msg)) if _is_ours(record.msg) else record.getMessage()

    def facts(self, record: logging.LogRecord) -> dict[str, object]:
        found = {name: self._said(getattr(record, name)) for name in FACTS if hasattr(record, name)}
        return {name: value for name, value in found.items() if value not in (None, "")}

    def _said(self, value: object) -> object:
        if isinstance(value, Phrase):
            return say(value.key, self._lang, **value.values)
        return value.text(self._lang) if isinstance(value, GovbusError) else value


class JsonLine(_Line):
    """`{"time": …, "level": …, "event": …, …}`; times in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _time(record).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": self.event(record),
        }
        line |= self.facts(record)
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class PlainLine(_Line):
    """For a person at a terminal: local time, what happened, and the facts behind it."""

    def format(self, record: logging.LogRecord) -> str:
        time = _time(record).astimezone().strftime("%H:%M:%S")
        facts = "  ".join(f"{name}={value}" for name, value in self.facts(record).items())
        level = "" if record.levelno == logging.INFO else f"{record.levelname} "
        line = f"{time}  {level}{self.event(record)}" + (f"  {facts}" if facts else "")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _is_ours(event: object) -> bool:
    return isinstance(event, Phrase | GovbusError)
