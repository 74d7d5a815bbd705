# SPDX-License-Identifier: Apache-2.0
"""Messages that follow others, wherever these stand: in their order, and never for ever."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from exchange.edge.hub_store import MessageKey
from exchange.model.priority import Priority
from exchange.role.preparing import Preparation, Preparing, at_once

SENDER = "440500.civil-affairs"


def message(name: str, priority: Priority, follows: str | None = None) -> Preparation[str]:
    waiting: Any = SimpleNamespace(message=SimpleNamespace(key=MessageKey(SENDER, name), priority=priority))
    envelope: Any = SimpleNamespace(follows=follows)
    return Preparation(waiting, envelope)


def order(*some: Preparation[str]) -> list[str]:
    """In which they are handed over, step by step."""
    preparing: Preparing[str] = Preparing(lambda one: one.waiting.message.key.message_id, start=at_once)
    left, had = list(some), []
    while preparing.begin(one for one in left if one.line not in preparing.lines):
        ready = preparing.ready()
        had += [one.result() for one in ready]
        preparing.done(ready)
        left = [one for one in left if one not in ready]
    return had


def test_what_follows_a_message_of_a_later_class_waits_for_it_and_so_does_what_comes_behind() -> None:
    flash = [message("b", Priority.FLASH, follows="a"), message("c", Priority.FLASH)]
    assert order(*flash, message("a", Priority.BULK)) == ["a", "b", "c"]


def test_what_follows_a_message_that_is_begun_at_the_same_time_waits_for_it() -> None:
    assert order(message("a", Priority.FLASH), message("b", Priority.BULK, follows="a")) == ["a", "b"]


def test_two_that_follow_each_other_wait_for_nobody() -> None:
    assert order(message("a", Priority.FLASH, "b"), message("b", Priority.BULK, "a")) == ["b", "a"]


def test_what_follows_one_behind_it_in_its_own_line_waits_for_nobody() -> None:
    assert order(message("a", Priority.BULK, "b"), message("b", Priority.BULK)) == ["a", "b"]
