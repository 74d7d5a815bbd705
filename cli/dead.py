# SPDX-License-Identifier: Apache-2.0
"""
`govbus dead`: list, show, requeue, discard.

On the hub's config what nobody could take, on an adapter's what its applications did not.

Owns options and what is shown; what a person does about one is `exchange.role.dead_letter_care`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from cli.context import (
    config_option,
    json_option,
    local,
    show,
    show_fields,
    show_json,
    show_table,
    tell,
    who_does_it,
    words,
)
from cli.reasons import step
from cli.sides import Side, open_side
from cli.wiring import clock
from exchange.edge.daemon_messages import DaemonMessages
from exchange.edge.dead_letters import DeadLetter, DeadLetters
from exchange.errors import NotFound
from exchange.model import instant
from exchange.model.receipt import HUB
from exchange.role.dead_letter_care import DeadLetterCare
from exchange.texts import Phrase, say

_reason = click.option("--reason", default="", metavar="TEXT", help=say("dead.reason.help"))

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


@dead.command("discard", help=say("dead.discard.help"))
@click.argument("ids", metavar="ID…", nargs=-1)
@config_option
@click.option("--all", "every", is_flag=True, help=say("dead.discard.all.help"))
@_reason
def discard_(ids: tuple[str, ...], config: Path, every: bool, reason: str) -> None:
    """Take letters off the hub's list."""
    if bool(ids) is every:
        raise click.UsageError(words("dead.which"))
    side, by = _at_hub(config), who_does_it()
    care = DeadLetterCare(side.engine, clock=clock, by=by, reason=reason)
    wanted = ids or _every(side)
    for id_ in wanted:
        letter = care.discard(id_)
        show("dead.discarded", id=letter.id, code=letter.code, sender=letter.sender, by=by)
    if not wanted:
        tell("dead.none")


@dead.command("requeue", help=say("dead.requeue.help"))
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@config_option
@_reason
def requeue_(ids: tuple[str, ...], config: Path, reason: str) -> None:
    """Send what the hub had sent once more."""
    side, by = _at_hub(config), who_does_it()
    care = DeadLetterCare(side.engine, clock=clock, by=by, reason=reason)
    for id_ in ids:
        show("dead.requeued", id=care.requeue(id_).id, by=by)


def _at_hub(config: Path) -> Side:
    side = open_side(config)
    if side.me != HUB:
        raise click.UsageError(words("dead.only-hub"))
    return side


def _every(side: Side) -> list[str]:
    letters = DeadLetters(side.engine)
    return [letter.id for letter in letters.newest(letters.count())]


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
