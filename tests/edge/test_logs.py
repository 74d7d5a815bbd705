# SPDX-License-Identifier: Apache-2.0
"""A log line is one JSON document, or a line for a terminal, and holds nothing that is not on the list."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from exchange.edge import logs
from exchange.errors import StoreDown
from exchange.texts import Phrase, say

log = logging.getLogger("govbus")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Logging is the process's own: give it back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in logs.LOGGERS}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def line(stream: io.StringIO) -> dict[str, Any]:
    (only,) = stream.getvalue().splitlines()
    found: dict[str, Any] = json.loads(only)
    return found


def test_a_line_is_one_json_document_with_time_level_and_event() -> None:
    stream = io.StringIO()
    logs.set_up(stream)
    log.warning("%s waits", "inbound")
    found = line(stream)
    assert (found["level"], found["event"]) == ("warning", "inbound waits")
    assert found["time"].endswith("Z")


def test_facts_stand_beside_the_event() -> None:
    stream = io.StringIO()
    logs.set_up(stream)
    log.info("refused", extra={"message_id": "m", "code": "EX-301", "reason": "无路由"})
    found = line(stream)
    assert (found["message_id"], found["code"], found["reason"]) == ("m", "EX-301", "无路由")
    assert "无路由" in stream.getvalue()


def test_what_is_not_on_the_list_does_not_get_in() -> None:
    stream = io.StringIO()
    logs.set_up(stream)
    log.warning("refused at the door", extra={"key": "关于某人的处分决定.docx", "attributes": {"文号": "1"}})
    assert set(line(stream)) == {"time", "level", "event"}


def test_an_error_brings_its_traceback_in_the_same_line() -> None:
    stream = io.StringIO()
    logs.set_up(stream)
    try:
        raise ZeroDivisionError("oops")
    except ZeroDivisionError:
        log.exception("it ended")
    assert "ZeroDivisionError: oops" in line(stream)["trace"]


def test_a_terminal_gets_a_line_for_people() -> None:
    stream = Terminal()
    logs.set_up(stream)
    log.warning("inbound waits", extra={"code": "EX-901"})
    assert stream.getvalue().rstrip().endswith("WARNING inbound waits  code=EX-901")


def test_others_are_heard_only_when_they_warn() -> None:
    stream = io.StringIO()
    logs.set_up(stream)
    logging.getLogger("somebody.else").info("chatter")
    logging.getLogger("somebody.else").warning("trouble")
    assert line(stream)["event"] == "trouble"


def test_setting_up_twice_writes_once() -> None:
    first, second = io.StringIO(), io.StringIO()
    logs.set_up(first)
    logs.set_up(second)
    log.info("ready")
    assert (first.getvalue(), line(second)["event"]) == ("", "ready")


def test_what_is_ours_is_said_in_the_log_s_language() -> None:
    stream = io.StringIO()
    logs.set_up(stream, lang="zh")
    away = StoreDown("EX-902", where="hub.sqlite", reason="x")
    log.warning(Phrase("log.waits", {"name": "inbound"}), extra={"code": away.code, "reason": away})
    found = line(stream)
    assert found["event"] == say("log.waits", "zh", name="inbound")
    assert found["reason"] == away.text("zh")
    assert away.text("zh") != away.text("en")


def test_an_error_may_be_the_event_itself() -> None:
    stream = io.StringIO()
    logs.set_up(stream, lang="zh")
    away = StoreDown("EX-902", where="hub.sqlite", reason="x")
    log.error(away)
    assert line(stream)["event"] == away.text("zh")


def test_a_plain_line_is_in_the_log_s_language_too() -> None:
    terminal = Terminal()
    logs.set_up(terminal, lang="zh")
    log.info(Phrase("log.ready"))
    assert say("log.ready", "zh") in terminal.getvalue()
