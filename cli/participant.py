# SPDX-License-Identifier: Apache-2.0
"""
`govbus participant`: list, show, suspend, resume, grant, revoke.

Owns what is shown of the registered participants; `exchange.role.enrollment` puts out and lets in,
`exchange.edge.registry` gives and takes grants.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click

from cli.context import (
    config_option,
    json_option,
    lang,
    local,
    show,
    show_fields,
    show_json,
    show_table,
    tell,
    words,
)
from cli.wiring import clock, office, registry
from exchange.edge.anchors import fingerprint
from exchange.edge.settings import load_hub
from exchange.edge.tables import open_engine
from exchange.errors import EXIT_UNREACHABLE, NotFound
from exchange.model import instant
from exchange.model.directory import Certificate, Directory, Participant
from exchange.model.receipt import HUB
from exchange.role.enrollment import Recorded
from exchange.texts import Phrase, say

_id = click.argument("participant_id", metavar="ID")
_words = click.argument("grants", metavar="WORD…", nargs=-1, required=True)


@click.group(help=say("participant.help"))
def participant() -> None:
    """Who takes part."""


@participant.command("list", help=say("participant.list.help"))
@config_option
@json_option
def list_(config: Path, as_json: bool) -> None:
    """Every registered participant."""
    directory = _directory(config)
    people = [one for name, one in sorted(directory.participants.items()) if name != HUB]
    if as_json:
        show_json([_facts(one, clock()) for one in people])
        return
    titles = [words(f"participant.column.{name}") for name in ("id", "name", "standing", "until", "grants")]
    show_table(titles, [_row(one, clock()) for one in people])


@participant.command("show", help=say("participant.show.help"))
@config_option
@_id
@json_option
def show_one(config: Path, participant_id: str, as_json: bool) -> None:
    """One participant, with its certificates."""
    one = _find(_directory(config), participant_id)
    facts = _facts(one, clock())
    if as_json:
        show_json(facts)
        return
    standing = words(f"participant.standing.{one.standing.value}")
    grants = ", ".join(sorted(one.grants)) or words("participant.grant.none")
    shown = {**facts, "standing": standing, "grants": grants}
    fields = ("id", "name", "credit_code", "suite", "standing", "grants")
    show_fields({words(f"participant.field.{name}"): shown[name] for name in fields})
    for certificate in one.certificates:
        _show_certificate(certificate)


@participant.command(help=say("participant.suspend.help"))
@config_option
@_id
@json_option
@click.pass_context
def suspend(context: click.Context, config: Path, participant_id: str, as_json: bool) -> None:
    """Let a participant neither send nor receive; its connections are closed at once."""
    done = office(load_hub(config)).suspend(participant_id)
    facts = {"closed": done.closed, "login": "open" if done.owed else "closed"}
    if as_json:
        show_json({"participant": participant_id, "version": done.version, **facts})
    elif done.owed is None:
        show("participant.suspended", participant=participant_id, closed=done.closed, version=done.version)
        tell("participant.suspend.next", participant=participant_id, config=config)
    if done.owed is not None:
        _tell_owed("participant.suspended.recorded", done, config, participant_id)
        context.exit(EXIT_UNREACHABLE)


@participant.command(help=say("participant.resume.help"))
@config_option
@_id
@json_option
@click.pass_context
def resume(context: click.Context, config: Path, participant_id: str, as_json: bool) -> None:
    """Let a suspended participant take part again."""
    done = office(load_hub(config)).resume(participant_id)
    if as_json:
        login = "closed" if done.owed else "open"
        show_json({"participant": participant_id, "version": done.version, "login": login})
    elif done.owed is None:
        show("participant.resumed", participant=participant_id, version=done.version)
    if done.owed is not None:
        _tell_owed("participant.resumed.recorded", done, config, participant_id)
        context.exit(EXIT_UNREACHABLE)


# ---- grants


@participant.command(help=say("participant.grant.help"))
@config_option
@_id
@_words
@json_option
def grant(config: Path, participant_id: str, grants: tuple[str, ...], as_json: bool) -> None:
    """Give a participant grants; what it has stays."""
    _change_grants(config, participant_id, as_json, add=grants)


@participant.command(help=say("participant.revoke.help"))
@config_option
@_id
@_words
@json_option
def revoke(config: Path, participant_id: str, grants: tuple[str, ...], as_json: bool) -> None:
    """Take grants back."""
    _change_grants(config, participant_id, as_json, remove=grants)


def _change_grants(
    config: Path,
    participant_id: str,
    as_json: bool,
    *,
    add: tuple[str, ...] = (),
    remove: tuple[str, ...] = (),
) -> None:
    settings = load_hub(config)
    register = registry(settings, open_engine(settings.database_url))
    before = _find(register.directory(), participant_id).grants
    for word in remove:
        if word not in before:
            raise NotFound("EX-905", what=Phrase("participant.grant.thing"), found=word)
    version = register.grant(participant_id, add=add, remove=remove)
    has = sorted(_find(register.directory(), participant_id).grants)
    if as_json:
        show_json({"participant": participant_id, "version": version, "grants": has})
        return
    shown = ", ".join(has) or words("participant.grant.none")
    show("participant.granted", participant=participant_id, grants=shown, version=version)


def _tell_owed(key: str, done: Recorded, config: Path, participant_id: str) -> None:
    assert done.owed is not None
    reason = f"{done.owed.code} {done.owed.text(lang())}"
    tell(key, participant=participant_id, version=done.version, reason=reason)
    tell("participant.recorded.next", config=config)


def _directory(config: Path) -> Directory:
    settings = load_hub(config)
    return registry(settings, open_engine(settings.database_url)).directory()


def _find(directory: Directory, participant_id: str) -> Participant:
    found = directory.participants.get(participant_id)
    if found is None:
        raise NotFound("EX-905", what=Phrase("participant.thing"), found=participant_id)
    return found


def _row(one: Participant, at: datetime) -> list[str]:
    good = [c.not_after for c in one.certificates if c.is_good(at)]
    until = local(max(good)) if good else words("participant.no-certificate")
    standing = words(f"participant.standing.{one.standing.value}")
    return [one.id, one.name, standing, until, " ".join(sorted(one.grants))]


def _show_certificate(certificate: Certificate) -> None:
    revoked = certificate.revoked_at
    key = "participant.certificate" if revoked is None else "participant.certificate.revoked"
    show(
        key,
        digest=certificate.digest,
        fingerprint=fingerprint(certificate.digest),
        start=local(certificate.not_before),
        end=local(certificate.not_after),
        revoked="" if revoked is None else local(revoked),
    )


def _facts(one: Participant, at: datetime) -> Mapping[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "credit_code": one.credit_code,
        "suite": one.suite,
        "standing": one.standing.value,
        "grants": sorted(one.grants),
        "limits": dict(one.limits),
        "certificates": [_certificate_facts(certificate, at) for certificate in one.certificates],
        "encryption_keys": [
            {"key": key.raw.hex(), "since": instant.spell(key.since)} for key in one.encryption_keys
        ],
    }


def _certificate_facts(c: Certificate, at: datetime) -> Mapping[str, object]:
    return {
        "digest": str(c.digest),
        "not_before": instant.spell(c.not_before),
        "not_after": instant.spell(c.not_after),
        "revoked_at": None if c.revoked_at is None else instant.spell(c.revoked_at),
        "good": c.is_good(at),
    }
