# SPDX-License-Identifier: Apache-2.0
"""
`govbus message`: list, show, trace; on the hub's config or on an adapter's.

Owns options and what is shown; `exchange.edge.queries` finds, `exchange.role.tracing` tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from cli.context import (
    config_option,
    folded,
    json_option,
    local,
    show_fields,
    show_json,
    show_table,
    tell,
    words,
)
from cli.narrowing import narrowing
from cli.reasons import next_step, sentence, signer, told
from cli.sides import Side, open_side
from cli.wiring import clock
from exchange.edge.dead_letters import DeadLetters
from exchange.edge.ledger import Ledger
from exchange.edge.queries import OUTCOMES, FoundMessage, FoundReceipt, Wanted
from exchange.errors import NotFound
from exchange.model import instant
from exchange.model.identity import message_id
from exchange.model.journey import State
from exchange.model.receipt import HUB
from exchange.role.tracing import Step
from exchange.role.tracing import trace as story
from exchange.texts import Phrase, Size, say

STATES = tuple(dict.fromkeys((*OUTCOMES, *(state.value for state in State))))

COLUMNS = ("created", "message-id", "state", "priority", "size", "type", "from", "to")

_id = click.argument("message_id_", metavar="ID")
_sender = click.option("--from", "sender", metavar="PARTICIPANT", default="", help=say("message.from.help"))


@click.group(help=say("message.help"))
def message() -> None:
    """Messages."""


@message.command("list", help=say("message.list.help"))
@config_option
@narrowing(states=STATES)
@json_option
def list_(config: Path, wanted: Wanted, as_json: bool) -> None:
    """The newest messages."""
    side = open_side(config)
    found = side.messages.newest(wanted)
    if as_json:
        show_json([facts(one) for one in found])
        return
    columns = COLUMNS if side.me == HUB else ("direction", *COLUMNS)
    show_table(
        [words(f"message.field.{name}") for name in columns], [_row(one)[-len(columns) :] for one in found]
    )
    if not found:
        tell("message.none")


@message.command("show", help=say("message.show.help"))
@_id
@config_option
@_sender
@json_option
def show_(message_id_: str, config: Path, sender: str, as_json: bool) -> None:
    """One message with its deliveries and receipts."""
    found = find(open_side(config), message_id_, sender)
    if as_json:
        show_json(facts(found))
    else:
        _show(found)


@message.command("trace", help=say("message.trace.help"))
@_id
@config_option
@_sender
@json_option
def trace_(message_id_: str, config: Path, sender: str, as_json: bool) -> None:
    """What happened to a message, in order."""
    side = open_side(config)
    found = find(side, message_id_, sender)
    steps = story(found, clock(), **_of_hub(side, found))
    if as_json:
        show_json({"message_id": found.message_id, "state": found.state, "steps": [_step(s) for s in steps]})
        return
    for step in steps:
        click.echo(_line(step))


def find(side: Side, id_: str, sender: str = "") -> FoundMessage:
    """
    The message *id_*, which *sender* sent where several used the same id.

    Raises:
        NotFound: EX-905; Reject: EX-110, it is no id.
    """
    found = side.messages.find(message_id(id_))
    mine = [one for one in found if not sender or one.sender.partition("/")[0] == sender]
    if not mine:
        raise NotFound("EX-905", what=Phrase("message.thing"), found=id_)
    if len({one.sender for one in mine}) > 1:
        senders = ", ".join(one.sender for one in mine)
        raise click.UsageError(words("message.several", message_id=id_, senders=senders))
    return mine[0]


def _of_hub(side: Side, found: FoundMessage) -> Mapping[str, Any]:
    """What the hub has beside its message tables."""
    if side.me != HUB:
        return {}
    dead = DeadLetters(side.engine).about(found.message_id)
    return {"entries": Ledger(side.engine).about(found.message_id), "dead": dead}


# ---- as JSON


def facts(found: FoundMessage) -> Mapping[str, object]:
    """A message as `message show --json` has it."""
    return {
        "message_id": found.message_id,
        "type": found.type,
        "from": found.sender,
        "to": list(found.to),
        "priority": found.priority,
        "state": found.state,
        "size": found.size,
        "segments": found.segments,
        "created": instant.spell(found.created),
        "expires": instant.spell(found.expires),
        "direction": found.direction,
        "deliveries": [
            {
                "to": delivery.to,
                "state": delivery.state,
                "segments_forwarded": delivery.segments_forwarded,
                "segments_resent": delivery.segments_resent,
                "overdue": found.late(delivery, clock()),
                "receipts": [_receipt(receipt) for receipt in delivery.receipts],
            }
            for delivery in found.deliveries
        ],
    }


def _receipt(receipt: FoundReceipt) -> Mapping[str, object]:
    at, text = instant.spell(receipt.at), sentence(receipt)
    return {"kind": receipt.kind, "by": receipt.by, "at": at, "code": receipt.code, "text": text}


def _step(step: Step) -> Mapping[str, object]:
    return {
        "at": instant.spell(step.at),
        "event": step.event,
        "by": step.by,
        "receiver": step.receiver,
        "code": step.code,
        "text": step.text if step.receipt is None else sentence(step.receipt),
        "ledger": step.ledger,
        "now": step.now,
    }


# ---- for people


def _row(found: FoundMessage) -> list[str]:
    more = f" (+{len(found.to) - 2})" if len(found.to) > 2 else ""
    state = words(f"message.state.{found.state}")
    return [
        words(f"message.direction.{found.direction}") if found.direction else "",
        local(found.created),
        found.message_id,
        words("message.state.overdue", state=state) if found.overdue(clock()) else state,
        _priority(found.priority),
        str(Size(found.size)),
        found.type,
        found.sender,
        ", ".join(found.to[:2]) + more or words("message.to.routed"),
    ]


def _priority(word: str) -> str:
    return words(f"message.priority.{word}") if word else ""


def _show(found: FoundMessage) -> None:
    fields = {
        "message-id": found.message_id,
        "state": words(f"message.state.{found.state}"),
        "type": found.type,
        "from": found.sender,
        "to": ", ".join(found.to) or words("message.to.routed"),
        "priority": _priority(found.priority),
        "size": str(Size(found.size)),
        "segments": found.segments,
        "created": local(found.created),
        "expires": local(found.expires),
    }
    show_fields({words(f"message.field.{name}"): value for name, value in fields.items()})
    for delivery in found.deliveries:
        state = words(f"message.state.{delivery.state}")
        click.echo()
        click.echo(words("message.delivery", to=delivery.to, state=state, at=local(delivery.at)))
        if delivery.state != State.REJECTED.value:  # it went nowhere, whatever the hub was given
            click.echo(
                "  " + _segments(delivery.segments_forwarded, found.segments, delivery.segments_resent)
            )
        if found.late(delivery, clock()):
            click.echo("  " + words("message.overdue"))
        if delivery.reason:
            click.echo(f"  {delivery.reason}")
        _show_receipts(delivery.receipts)
    if not found.deliveries:
        _show_receipts(found.receipts)


def _segments(there: int, count: int, resent: int) -> str:
    return words(
        "message.segments.resent" if resent else "message.segments", there=there, count=count, resent=resent
    )


def _show_receipts(receipts: tuple[FoundReceipt, ...]) -> None:
    for receipt in receipts:
        kind = words(f"message.state.{receipt.kind}")
        click.echo("  " + words("message.receipt", at=local(receipt.at), kind=kind, by=signer(receipt.by)))
        for line in told(receipt.code, sentence(receipt), next_step(receipt)):
            click.echo(f"    {line}")


def _line(step: Step) -> str:
    event = words(f"trace.{step.event}")
    line = [
        local(step.at, "milliseconds"),
        words("trace.now", event=event) if step.now else event,
        step.receiver,
    ]
    if step.by:
        line.append(words("trace.by", by=signer(step.by)))
    if step.ledger is not None:
        line.append(words("trace.ledger", number=step.ledger))
    if step.segments is not None:
        line.append(_segments(*step.segments))
    return "\n    ".join([folded(line, 2), *_why(step)])


def _why(step: Step) -> Iterator[str]:
    if step.receipt is not None:
        return told(step.code, sentence(step.receipt), next_step(step.receipt))
    return told(step.code, step.text, "")


__all__ = ["facts", "find", "message"]
