# SPDX-License-Identifier: Apache-2.0
"""
`govbus enroll`: request, approve, accept, renew, revoke.

Owns what is shown and asked; `exchange.role.joining` does the department's side and
`exchange.role.enrollment` the hub's.
"""

from __future__ import annotations

from pathlib import Path

import click

from cli.context import (
    FILE,
    FOLDER,
    compared,
    config_option,
    fingerprint_option,
    json_option,
    lang,
    show,
    show_json,
    tell,
    yes_option,
)
from cli.wiring import clock, office
from exchange.codec.suite_intl import INTL
from exchange.edge.anchors import certificates_in, read_file
from exchange.edge.settings import load_hub
from exchange.edge.spool import replace
from exchange.errors import EXIT_NO, EXIT_UNREACHABLE
from exchange.model.digest import Digest
from exchange.role import joining
from exchange.role.enrollment import Examined
from exchange.role.joining import Asked, Received
from exchange.texts import say

_folder = click.argument("folder", metavar="DIR", type=FOLDER)


@click.group(help=say("enroll.help"))
def enroll() -> None:
    """A department takes part: keys, request, grant."""


# ---- the department


@enroll.command(help=say("enroll.request.help"))
@_folder
@click.option("--id", "participant", required=True, metavar="440500.finance", help=say("enroll.id.help"))
@click.option("--name", required=True, help=say("enroll.name.help"))
@click.option("--credit-code", required=True, metavar="CODE", help=say("enroll.credit-code.help"))
@click.option("--suite", type=click.Choice([INTL.name]), default=INTL.name, help=say("enroll.suite.help"))
@json_option
def request(folder: Path, participant: str, name: str, credit_code: str, suite: str, as_json: bool) -> None:
    """Make keys in DIR and the request that goes to the hub's operator."""
    asked = joining.ask(
        folder, participant=participant, name=name, credit_code=credit_code, suite=suite, at=clock()
    )
    _show_asked(asked, as_json, next_step="enroll.request.next")


@enroll.command(help=say("enroll.renew.help"))
@_folder
@json_option
def renew(folder: Path, as_json: bool) -> None:
    """Make new keys beside the present ones, and a request that the present one signs."""
    _show_asked(joining.ask_again(folder, at=clock()), as_json, next_step="enroll.renew.next")


@enroll.command(help=say("enroll.accept.help"))
@_folder
@click.argument("grant", metavar="GRANT", type=FILE)
@yes_option
@fingerprint_option
@json_option
@click.pass_context
def accept(
    context: click.Context, folder: Path, grant: Path, yes: bool, fingerprint: str | None, as_json: bool
) -> None:
    """Verify the grant, compare the hub's fingerprint, and put what was granted into its places."""
    received = joining.examine_grant(folder, read_file(grant), at=clock())
    _tell_received(received)
    if not received.known and not compared(
        received.fingerprint, given=fingerprint, yes=yes, question="enroll.accept.question"
    ):
        tell("enroll.not-compared")
        context.exit(EXIT_NO)
    config = joining.accept(folder, received, lang=lang())
    if as_json:
        show_json({"config": str(config), "participant": received.grant.participant})
        return
    show("enroll.accepted", config=config)
    tell("enroll.accept.next", config=config)


def _show_asked(asked: Asked, as_json: bool, *, next_step: str) -> None:
    if as_json:
        show_json({"request": str(asked.path), "fingerprint": asked.fingerprint})
        return
    show("enroll.requested", path=asked.path)
    tell("enroll.fingerprint.key", fingerprint=asked.fingerprint)
    tell(next_step, path=asked.path)


def _tell_received(received: Received) -> None:
    tell("enroll.received", participant=received.grant.participant, count=len(received.view.participants) - 1)
    tell("enroll.fingerprint.hub", fingerprint=received.fingerprint)
    if received.known:
        tell("enroll.hub-known")


# ---- the hub's operator


@enroll.command(help=say("enroll.approve.help"))
@config_option
@click.argument("request_file", metavar="REQUEST", type=FILE)
@click.option("--out", type=FILE, required=True, help=say("enroll.out.help"))
@click.option("--grant", "grants", multiple=True, metavar="WORD", help=say("enroll.grant.help"))
@click.option("--certificate", type=FILE, help=say("enroll.certificate.help"))
@click.option("--again", is_flag=True, help=say("enroll.again.help"))
@yes_option
@fingerprint_option
@json_option
@click.pass_context
def approve(
    context: click.Context,
    config: Path,
    request_file: Path,
    out: Path,
    grants: tuple[str, ...],
    certificate: Path | None,
    again: bool,
    yes: bool,
    fingerprint: str | None,
    as_json: bool,
) -> None:
    """Examine the request, compare its fingerprint, and let its author take part."""
    desk = office(load_hub(config))
    examined = desk.examine(read_file(request_file))
    _tell_examined(examined, grants)
    if not examined.renews and not compared(
        examined.fingerprint, given=fingerprint, yes=yes, question="enroll.approve.question"
    ):
        tell("enroll.not-compared")
        context.exit(EXIT_NO)
    chain = () if certificate is None else certificates_in(read_file(certificate), str(certificate))
    replace(out, desk.approve(examined, grants=grants, chain=chain, again=again))
    if as_json:
        show_json({"grant": str(out), "participant": examined.request.participant})
        return
    show("enroll.approved", participant=examined.request.participant, path=out)
    tell("enroll.approve.next", path=out, fingerprint=desk.fingerprint)


@enroll.command(help=say("enroll.revoke.help"))
@config_option
@click.argument("participant", metavar="ID")
@click.option("--certificate", metavar="DIGEST", help=say("enroll.revoke.certificate.help"))
@json_option
@click.pass_context
def revoke(
    context: click.Context, config: Path, participant: str, certificate: str | None, as_json: bool
) -> None:
    """Take back one certificate of a participant, or all."""
    digest = None if certificate is None else Digest.parse(certificate)
    done = office(load_hub(config)).revoke(participant, digest)
    if as_json:
        show_json({"participant": participant, "version": done.version, "closed": done.closed})
    elif done.owed is None:
        show("enroll.revoked", participant=participant, version=done.version, closed=done.closed)
    if done.owed is not None:
        reason = f"{done.owed.code} {done.owed.text(lang())}"
        tell("enroll.revoked.recorded", participant=participant, version=done.version, reason=reason)
        tell("participant.recorded.next", config=config)
        context.exit(EXIT_UNREACHABLE)


def _tell_examined(examined: Examined, grants: tuple[str, ...]) -> None:
    r = examined.request
    tell("enroll.examined", participant=r.participant, name=r.name, credit_code=r.credit_code, suite=r.suite)
    if grants:
        tell("enroll.examined.grants", grants=", ".join(grants))
    key = "enroll.examined.new" if examined.known is None else "enroll.examined.known"
    tell("enroll.examined.renews" if examined.renews else key)
    tell("enroll.fingerprint.key", fingerprint=examined.fingerprint)
