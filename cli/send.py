# SPDX-License-Identifier: Apache-2.0
"""
`govbus send`: files become one message in the outbox, with or without a running daemon.

Owns options, the watching of what becomes of the message, and what is shown. How a message is
taken over is `exchange.role.submission`'s.
"""

from __future__ import annotations

import mimetypes
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

import click

from cli.context import config_option, json_option, lang, local, show, show_json, tell, words
from cli.reasons import next_step, sentence, signer, step, told
from cli.sides import Side, adapter_side
from cli.typable import typable
from cli.wiring import rabbit
from exchange.adapter import ATTACHMENT, BODY, Content, Outgoing
from exchange.edge.queries import FoundMessage
from exchange.edge.settings import AdapterSettings, load_adapter
from exchange.errors import EXIT_NO, GovbusError, NotFound
from exchange.model import topology
from exchange.model.journey import State
from exchange.model.priority import Priority
from exchange.role.adapter_service import submission
from exchange.role.stores import Stores, known_troubles, running_pid
from exchange.texts import say

LOOK_SECONDS = 0.1  # between two looks into the outbox while waiting
WAIT_SECONDS = 300.0

EXISTING = click.Path(path_type=Path, exists=True, dir_okay=False)
SECONDS = click.FloatRange(min=0, min_open=True)


@click.command(help=say("send.help"))
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@config_option
@click.option("--type", "type_", required=True, metavar="TYPE", help=say("send.type.help"))
@click.option("--to", "to", multiple=True, metavar="ADDRESS", help=say("send.to.help"))
@click.option("--priority", type=click.Choice([p.value for p in Priority]), help=say("send.priority.help"))
@click.option("--attribute", "attributes", multiple=True, metavar="K=V", help=say("send.attribute.help"))
@click.option("--application", metavar="NAME", help=say("send.application.help"))
@click.option("--key", metavar="KEY", help=say("send.key.help"))
@click.option(
    "--expires-after", type=click.FloatRange(min=1), metavar="SECONDS", help=say("send.expires-after.help")
)
@click.option("--wait", is_flag=True, help=say("send.wait.help"))
@click.option("--timeout", type=SECONDS, default=WAIT_SECONDS, metavar="S", help=say("send.timeout.help"))
@json_option
@click.pass_context
def send(
    context: click.Context,
    files: tuple[Path, ...],
    config: Path,
    type_: str,
    to: tuple[str, ...],
    priority: str | None,
    attributes: tuple[str, ...],
    application: str | None,
    key: str | None,
    expires_after: float | None,
    wait: bool,
    timeout: float,
    as_json: bool,
) -> None:
    """Send FILEs as the parts of one message."""
    settings = load_adapter(config)
    outgoing = Outgoing(
        key=key or f"send-{uuid.uuid4()}",
        type=type_,
        parts=[_content(path, number) for number, path in enumerate(files)],
        to=to,
        priority=priority,
        attributes=_attributes(attributes),
        expires_after_seconds=expires_after,
    )
    stores = Stores.open(settings)
    (taken,), _ = submission(settings, stores).take(_application(settings, application), [outgoing])
    if not taken.new:
        tell("send.known", what=key)
    side = adapter_side(settings, stores)
    sight = Sight(side, taken.message_id)
    if not as_json:
        show("send.taken", message_id=taken.message_id)
    if running_pid(stores.folder) is None:
        tell("send.no-daemon", config=config)
    troubles = Troubles(stores.folder)
    found = _watched(sight, timeout, troubles) if wait else sight.look()
    if as_json:
        show_json(_facts(found, side))
    elif wait:
        _show_end(found)
    if wait and found.state == "open":
        troubles.look_for_the_broker(settings)
    if wait:
        _exit(context, found, timeout)


class Sight:
    """One message of ours, looked at again and again."""

    def __init__(self, side: Side, message_id: str) -> None:
        self._messages = side.messages
        self._id = message_id

    def look(self) -> FoundMessage:
        found = self._messages.find(self._id)
        if not found:
            raise NotFound("EX-905", what=words("message.thing"), found=self._id)
        return found[0]


class Troubles:
    """What the daemon's threads wait for, told once each: it may be why nothing moves."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: set[str] = set()

    def tell(self) -> None:
        """What the daemon has noted since the last time."""
        if running_pid(self._folder) is None:
            return
        for reason in known_troubles(self._folder).values():
            if reason not in self._told:
                self._told.add(reason)
                tell("send.trouble", reason=reason)
                code = reason.partition(" ")[0]
                if hint := step(code):
                    tell("cli.hint", hint=hint)

    def look_for_the_broker(self, settings: AdapterSettings) -> None:
        """Nothing came of waiting: tell if the broker does not let us in; the daemon is more patient."""
        queue = topology.egress_queue(settings.participant.id, Priority.ROUTINE)
        way = rabbit(settings.broker, f"{settings.participant.id} send")
        try:
            way.depths([queue])
        except GovbusError as e:
            if str(e) not in self._told:
                tell("send.trouble", reason=f"{e.code} {e.text(lang())}")
                tell("cli.hint", hint=e.hint(lang()))
        finally:
            way.close()


def _watched(sight: Sight, seconds: float, troubles: Troubles) -> FoundMessage:
    """The message when it is over, or as it is after *seconds*."""
    end = time.monotonic() + seconds
    found = sight.look()
    shown = 0
    label, quiet = words("send.progress"), not sys.stderr.isatty()
    with click.progressbar(length=max(1, found.segments), label=label, file=sys.stderr, hidden=quiet) as bar:
        while found.state == "open" and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
            troubles.tell()
            found = sight.look()
            bar.length = max(1, found.segments)
            done = min((d.segments_forwarded for d in found.deliveries), default=0)
            bar.update(max(0, done - shown))
            shown = max(done, shown)
    return found


def _facts(found: FoundMessage, side: Side) -> Mapping[str, object]:
    return {
        "message_id": found.message_id,
        "state": found.state,
        "receipts": [side.receipt_facts(receipt) for receipt in found.receipts],
    }


def _show_end(found: FoundMessage) -> None:
    for receipt in found.receipts:
        key = "send.receipt" if receipt.receiver else "send.receipt.whole"
        kind = words(f"message.state.{receipt.kind}")
        tell(key, at=local(receipt.at), kind=kind, by=signer(receipt.by), receiver=receipt.receiver)
        for line in told(receipt.code, sentence(receipt), next_step(receipt)):
            click.echo(f"    {line}", err=True)


def _exit(context: click.Context, found: FoundMessage, timeout: float) -> None:
    if found.state == "open":
        states = sorted({d.state for d in found.deliveries}) or [State.QUEUED.value]
        state = ", ".join(words(f"message.state.{state}") for state in states)
        raise NotFound("EX-906", seconds=int(timeout), message_id=found.message_id, state=state)
    if found.state != "delivered":
        state = words(f"message.state.{found.state}")
        sentence = words("send.failed", message_id=found.message_id, state=state)
        click.echo(typable(sentence, context.params["config"]), err=True)
        context.exit(EXIT_NO)


# ---- what goes in


def _content(path: Path, number: int) -> Content:
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Content(path.name, path.absolute(), media_type, ATTACHMENT if number else BODY)


def _attributes(pairs: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.UsageError(words("send.attribute.wrong", found=pair))
        found[name] = value
    return found


def _application(settings: AdapterSettings, named: str | None) -> str:
    """The application in whose name the message goes: the one that was named, else the first there is."""
    known = list(settings.applications)
    if named is not None and named not in known:
        raise click.UsageError(words("send.application.unknown", found=named, known=", ".join(known) or "-"))
    if named is None and not known:
        raise click.UsageError(words("send.application.none"))
    return named or known[0]


__all__ = ["send"]
