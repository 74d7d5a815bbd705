# SPDX-License-Identifier: Apache-2.0
"""
`govbus dead`: list, show.

On the hub's config what nobody could take, on an adapter's what its applications did not.

Owns what is shown. What is done about a dead letter is the janitor's and a person's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from cli.context import (
    config_option,
    json_option,
    local,
    show_fields,
    show_json,
    show_table,
    tell,
    words,
)
from cli.reasons import step
from cli.sides import Side, open_side
from exchange.edge.daemon_messages import DaemonMessages
from exchange.edge.dead_letters import DeadLetter, DeadLetters
from exchange.errors import NotFound
from exchange.model import instant
from exchange.texts import Phrase, say

REASON_CHARACTERS = 80  # of a reason in a table; `show` has all of it


@click.group(help=say("dead.help"))
def dead() -> None:
    """Dead letters."""


@dead.command("list", help=say("dead.list.help"))
@config_option
@click.option("--limit", type=click.IntRange(1), default=50, help=say("narrow.limit.help"))
@json_option
def list_(config: Path, limit: int, as_json: bool) -> None:
    """The newest dead letters."""
    found = _newest(open_side(config), limit)
    if as_json:
        show_json([_facts(letter) for letter in found])
        return
    columns = ("at", "id", "queue", "sender", "message-id", "code", "reason")
    show_table([words(f"dead.field.{name}") for name in columns], [_row(letter) for letter in found])
    if not found:
        tell("dead.none")


@dead.command("show", help=say("dead.show.help"))
@click.argument("id_", metavar="ID")
@config_option
@json_option
def show_(id_: str, config: Path, as_json: bool) -> None:
    """One dead letter with its whole reason."""
    found = _find(open_side(config), id_)
    if as_json:
        show_json(_facts(found))
        return
    fields = {
        "at": local(instant.from_milliseconds(found.at_ms)),
        "id": found.id,
        "queue": found.queue,
        "sender": found.sender,
        "message-id": found.message_id,
        "code": found.code,
        "reason": found.reason,
    }
    show_fields({words(f"dead.field.{name}"): value for name, value in fields.items()})
    if (hint := step(found.code)) and "dead show" not in hint:
        tell("cli.hint", hint=hint)


def _newest(side: Side, limit: int) -> list[DeadLetter]:
    if isinstance(side.messages, DaemonMessages):
        return side.messages.unhappy(most=limit)
    return DeadLetters(side.engine).newest(limit)


def _find(side: Side, id_: str) -> DeadLetter:
    if isinstance(side.messages, DaemonMessages):
        found = next((letter for letter in side.messages.unhappy(most=100_000) if letter.id == id_), None)
    else:
        found = DeadLetters(side.engine).letter(id_)
    if found is None:
        raise NotFound("EX-905", what=Phrase("dead.thing"), found=id_)
    return found


def _facts(letter: DeadLetter) -> Mapping[str, object]:
    return {
        "id": letter.id,
        "at": instant.spell(instant.from_milliseconds(letter.at_ms)),
        "queue": letter.queue,
        "sender": letter.sender,
        "message_id": letter.message_id,
        "code": letter.code,
        "reason": letter.reason,
    }


def _row(letter: DeadLetter) -> list[str]:
    at = local(instant.from_milliseconds(letter.at_ms))
    lines = letter.reason.strip().splitlines() or [""]
    reason = lines[-1][:REASON_CHARACTERS]  # of a traceback the last line says what it was
    return [at, letter.id, letter.queue, letter.sender, letter.message_id, letter.code, reason]
