# SPDX-License-Identifier: Apache-2.0
"""
`govbus ledger`: verify, head, proof.

Owns what these commands read and how they say it. It judges nothing: that is done in
`exchange.edge.ledger_audit` and in the model's proofs.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import click
from click import get_current_context

from exchange.edge.anchors import Anchors
from exchange.edge.ledger import Ledger
from exchange.edge.ledger_audit import Holds, Verification, signed_by_hub
from exchange.edge.registry import Registry
from exchange.edge.settings import load_hub
from exchange.edge.tables import open_engine
from exchange.edge.trust import Trust
from exchange.errors import EXIT_NO, NotFound
from exchange.model import instant
from exchange.model.ledger_audit import Flaw
from exchange.model.ledger_entry import Inclusion
from exchange.model.ledger_head import SignedHead
from exchange.texts import Phrase, say

FLAWS_SHOWN = 100  # a rewritten table has a flaw in every row; a person reads the first

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Opened:
    """The hub's ledger, and what proves the hub's signatures."""

    ledger: Ledger
    holds: Holds


@click.group(help=say("ledger.help"))
def ledger() -> None:
    """The hub's append-only record."""


def _reading(command: Callable[..., None]) -> Callable[..., None]:
    """The options that every command here has."""
    file = click.Path(path_type=Path, dir_okay=False)
    config = click.option("--config", type=file, required=True, help=say("ledger.config.help"))
    as_json = click.option("--json", "as_json", is_flag=True, help=say("ledger.json.help"))
    return config(as_json(command))


@ledger.command(help=say("ledger.verify.help"))
@click.option("--incremental", is_flag=True, help=say("ledger.incremental.help"))
@_reading
def verify(config: Path, incremental: bool, as_json: bool) -> None:
    """Recompute the ledger; exit 1 names what does not fit."""
    opened = _open(config)
    verification = Verification(opened.ledger, holds=opened.holds, incremental=incremental)
    found = _found(verification)
    if incremental and not found.shown:
        verification.remember()
    if as_json:
        _print_json(_verified(verification, found))
    else:
        _tell(verification, found)
    _exit_unless(not found.shown)


@ledger.command(help=say("ledger.head.help"))
@_reading
def head(config: Path, as_json: bool) -> None:
    """Show the latest signed head; exit 1 where there is none, or its signature does not hold."""
    opened = _open(config)
    signed = _head(opened, None)
    facts = {**_head_facts(opened, signed), "waiting": opened.ledger.waiting()}
    if as_json:
        _print_json(facts)
    else:
        _print_fields({**facts, "at": signed.at})
    _exit_unless(opened.holds(signed))


@ledger.command(help=say("ledger.proof.help"))
@click.argument("id_", metavar="ID")
@click.option("--size", type=click.IntRange(min=1), help=say("ledger.size.help"))
@_reading
def proof(id_: str, size: int | None, config: Path, as_json: bool) -> None:
    """Prove an entry under a signed head; exit 1 where that cannot be done."""
    opened = _open(config)
    signed = _head(opened, size)
    proofs = list(_proofs(opened.ledger, id_, signed))
    if as_json:
        facts = [_proof_facts(each, signed) for each in proofs]
        _print_json({"head": _head_facts(opened, signed), "proofs": facts})
    else:
        _print_proofs(opened, signed, proofs)
    _exit_unless(
        bool(proofs) and opened.holds(signed) and all(each.holds_under(signed.head) for each in proofs)
    )


# ---- reading


def _open(config: Path) -> Opened:
    settings = load_hub(config)
    engine = open_engine(settings.database_url)
    anchors = Anchors.load(settings.trust.anchors, settings.trust.crl)
    trust = Trust(Registry(engine, _now).directory(), anchors, _now)
    return Opened(Ledger(engine), signed_by_hub(trust))


def _now() -> datetime:
    return datetime.now(UTC)


def _head(opened: Opened, size: int | None) -> SignedHead:
    signed = opened.ledger.head(size)
    if signed is None:
        raise NotFound("EX-905", what=Phrase("ledger.thing.head"), found="" if size is None else size)
    return signed


def _proofs(opened: Ledger, id_: str, signed: SignedHead) -> Iterator[Inclusion]:
    """Proofs of what *id_* means under a head; what is not under it yet is told and left out."""
    numbers = [int(id_)] if id_.isdecimal() else [each.number for each in opened.about(id_)]
    if not numbers or numbers[0] >= opened.size():
        raise NotFound("EX-905", what=Phrase("ledger.thing.entry"), found=id_)
    for number in numbers:
        if number < signed.size:
            yield opened.inclusion(number, signed.size)
        else:
            click.echo(_say("ledger.uncovered", number=number), err=True)


@dataclass(frozen=True, slots=True)
class _Found:
    shown: tuple[Flaw, ...]
    more: int  # flaws beyond those shown


def _found(verification: Verification) -> _Found:
    label = _say("ledger.verifying")
    length = verification.size - verification.start
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        flaws = verification.flaws(bar.update)
        return _Found(tuple(islice(flaws, FLAWS_SHOWN)), sum(1 for _ in flaws))


# ---- telling


def _verified(verification: Verification, found: _Found) -> Facts:
    return {
        "sound": not found.shown,
        "start": verification.start,
        "size": verification.size,
        "held": verification.held,
        "flaw_count": len(found.shown) + found.more,
        "flaws": [
            {**_places(flaw), "kind": flaw.kind.value, "text": _flaw_text(flaw)} for flaw in found.shown
        ],
    }


def _tell(verification: Verification, found: _Found) -> None:
    entries = verification.size - verification.start
    for flaw in found.shown:
        click.echo(_flaw_text(flaw))
    if found.more:
        click.echo(_say("ledger.more", count=found.more))
    if found.shown:
        click.echo(_say("ledger.unsound", flaws=len(found.shown) + found.more, entries=entries))
        return
    click.echo(_say("ledger.sound", entries=entries, start=verification.start, held=verification.held))
    if verification.size > verification.held:
        click.echo(_say("ledger.unsigned", count=verification.size - verification.held))


def _places(flaw: Flaw) -> dict[str, object]:
    return {"number": flaw.number, "first": flaw.first, "last": flaw.last}


def _flaw_text(flaw: Flaw) -> str:
    return _say(f"ledger.flaw.{flaw.kind.value}", **_places(flaw))


def _head_facts(opened: Opened, signed: SignedHead) -> dict[str, object]:
    return {
        "size": signed.size,
        "root": str(signed.root),
        "at": instant.spell(signed.at),
        "certificate": str(signed.certificate),
        "signature": _base64(signed.signature),
        "verified": opened.holds(signed),
    }


def _proof_facts(found: Inclusion, signed: SignedHead) -> Facts:
    return {
        "number": found.number,
        "kind": found.entry.kind.value,
        "subject": found.entry.subject,
        "recorded": instant.spell(found.entry.at),
        "body": _base64(found.entry.body),
        "leaf": found.entry.leaf.hex(),
        "path": [each.hex() for each in found.path],
        "verified": found.holds_under(signed.head),
    }


def _print_proofs(opened: Opened, signed: SignedHead, proofs: list[Inclusion]) -> None:
    for each in proofs:
        facts = _proof_facts(each, signed)
        shown = ("number", "kind", "subject", "leaf", "path", "verified")
        _print_fields({"recorded": each.entry.at, **{name: facts[name] for name in shown}})
        click.echo()
    _print_fields({**_head_facts(opened, signed), "at": signed.at})


def _print_fields(facts: Facts) -> None:
    for name, value in facts.items():
        click.echo(f"{_say(f'ledger.field.{name}')}: {_shown(value)}")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return _say("ledger.yes" if value else "ledger.no")
    if isinstance(value, datetime):
        return value.astimezone().isoformat(" ", "milliseconds")
    return " ".join(value) if isinstance(value, list) else str(value)


def _print_json(document: Facts) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _say(key: str, **values: object) -> str:
    return say(key, get_current_context().find_root().params.get("lang") or "en", **values)


def _exit_unless(answer: bool) -> None:
    if not answer:
        get_current_context().exit(EXIT_NO)
