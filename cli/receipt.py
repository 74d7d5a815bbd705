# SPDX-License-Identifier: Apache-2.0
"""
`govbus receipt`: list, show, verify, export; on the hub's config or on an adapter's.

Owns options and what is shown; `exchange.role.proving` proves.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from cli.context import (
    FILE,
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
from cli.conversions import conversions_in, facts, show_conversions
from cli.narrowing import narrowing
from cli.reasons import next_step, sentence, signer
from cli.sides import Side, open_side
from cli.typable import at_hub
from exchange.edge.anchors import Anchors, certificates_in, read_file, to_pem
from exchange.edge.queries import FoundReceipt, Wanted
from exchange.edge.spool import replace
from exchange.errors import EXIT_NO, NotFound, Reject
from exchange.model import instant
from exchange.model.identity import UUID
from exchange.model.receipt import Receipt, ReceiptKind
from exchange.role.proving import check_is_receipt, prove_receipt, prove_with, read_unproven
from exchange.texts import Phrase, say

_id = click.argument("receipt_id", metavar="ID")


@click.group(help=say("receipt.help"))
def receipt() -> None:
    """Signed receipts."""


@receipt.command("list", help=say("receipt.list.help"))
@config_option
@click.option("--message", "message_id", default="", metavar="ID", help=say("receipt.message.help"))
@click.option(
    "--kind", type=click.Choice([kind.value for kind in ReceiptKind]), help=say("receipt.kind.help")
)
@narrowing()
@json_option
def list_(config: Path, message_id: str, kind: str | None, wanted: Wanted, as_json: bool) -> None:
    """The newest receipts."""
    side = open_side(config)
    found = side.messages.receipts(wanted, message_id=message_id, kind=kind or "")
    if as_json:
        show_json([side.receipt_facts(one) for one in found])
        return
    columns = ("at", "receipt-id", "kind", "by", "message-id", "receiver", "code", "verified")
    show_table([words(f"receipt.field.{name}") for name in columns], [_row(side, one) for one in found])


@receipt.command("show", help=say("receipt.show.help"))
@_id
@config_option
@json_option
def show_(receipt_id: str, config: Path, as_json: bool) -> None:
    """One receipt, whatever it says."""
    side = open_side(config)
    found = _find(side, receipt_id)
    read = read_unproven(found.document) if found.document else None  # our own word is not signed
    conversions = conversions_in(side, read) if read else ()
    if as_json:
        told = {"conversions": [facts(one) for one in conversions]} if conversions else {}
        show_json({**side.receipt_facts(found), **(_public_facts(read) if read else {}), **told})
    elif read:
        _show(read, sentence(found), side.proves(found))
        show_conversions(conversions)
        if hint := next_step(found):
            tell("cli.hint", hint=hint)
        if side.differs(found):
            tell("receipt.differs")
    else:
        show("receipt.own-word", code=found.code, text=sentence(found))


@receipt.command(help=say("receipt.verify.help"))
@click.argument("what", metavar="FILE|ID")
@click.option("--config", type=FILE, help=say("receipt.verify.config.help"))
@click.option("--trust", type=FILE, help=say("receipt.verify.trust.help"))
@click.option("--certificate", type=FILE, help=say("receipt.verify.certificate.help"))
@json_option
@click.pass_context
def verify(
    context: click.Context,
    what: str,
    config: Path | None,
    trust: Path | None,
    certificate: Path | None,
    as_json: bool,
) -> None:
    """Prove a receipt; exit 1 where it does not hold."""
    if config is None and (trust is None or certificate is None):
        raise click.UsageError(words("receipt.verify.needs"))
    side = None if config is None else open_side(config)
    try:
        document = _document(what, side)
        check_is_receipt(document)
        proven = _proven(document, side, trust, certificate)
    except Reject as refusal:
        _show_refused(refusal, config, as_json=as_json)
        context.exit(EXIT_NO)  # whatever was altered: it does not hold
    if as_json:
        show_json({"verified": True, **_own_facts(proven), **_public_facts(proven)})
    else:
        show("receipt.verified", by=signer(proven.by), kind=_kind(proven.kind.value))
        _show(proven, "", None)


@receipt.command(help=say("receipt.export.help"))
@_id
@config_option
@click.option("--out", type=FILE, required=True, help=say("receipt.out.help"))
@click.option("--certificate", type=FILE, help=say("receipt.export.certificate.help"))
def export(receipt_id: str, config: Path, out: Path, certificate: Path | None) -> None:
    """Write the signed document into a file."""
    side = open_side(config)
    found = _find(side, receipt_id)
    replace(out, found.document)
    if certificate is not None:
        replace(certificate, to_pem((_signer(side, read_unproven(found.document)),)))
    show("receipt.exported", path=out)
    if not side.proves(found):
        tell("receipt.exported.unproven")


# ---- finding


def _find(side: Side, receipt_id: str) -> FoundReceipt:
    found = side.messages.receipt(receipt_id)
    if found is None:
        raise NotFound("EX-905", what=Phrase("receipt.thing"), found=receipt_id)
    return found


def _document(what: str, side: Side | None) -> bytes:
    """
    The file *what*, or the receipt of that id from the store.

    Raises:
        NotFound: EX-905, there is neither; Reject: EX-211, it is a folder.
    """
    if Path(what).is_dir():
        raise Reject("EX-211", what=what, reason=Phrase("receipt.is-folder"))
    if Path(what).is_file():
        return read_file(Path(what))
    if side is None or not UUID.fullmatch(what):
        raise NotFound("EX-905", what=Phrase("receipt.file"), found=what)
    return _find(side, what).document


def _signer(side: Side, read: Receipt) -> bytes:
    registered = side.trust.participant(read.by).certificate(read.certificate)
    if registered is None:
        raise NotFound("EX-905", what=Phrase("receipt.certificate"), found=read.certificate)
    return registered.der


def _proven(document: bytes, side: Side | None, trust: Path | None, certificate: Path | None) -> Receipt:
    if side is None:
        assert trust is not None  # the options were checked
        assert certificate is not None
        signers = certificates_in(read_file(certificate), str(certificate))
        return prove_with(document, signers, Anchors.load(trust))
    proven = prove_receipt(document, side.trust)
    _check_envelope(side, proven)
    return proven


def _check_envelope(side: Side, proven: Receipt) -> None:
    """A receipt about another envelope under the same id says nothing about our message."""
    ours = [m for m in side.messages.find(proven.message_id) if m.sender == str(proven.sender) and m.digest]
    if ours and all(m.digest != str(proven.envelope) for m in ours):
        raise Reject("EX-211", what=Phrase("receipt.thing"), reason=Phrase("receipt.other-envelope"))


# ---- as JSON


def _own_facts(read: Receipt) -> Mapping[str, object]:
    return {
        "receipt_id": read.receipt_id,
        "kind": read.kind.value,
        "message_id": read.message_id,
        "by": read.by,
        "at": instant.spell(read.at),
        "code": read.code,
    }


def _public_facts(read: Receipt) -> Mapping[str, object]:
    head = read.ledger_head
    return {
        "from": str(read.sender),
        "receiver": str(read.receiver) if read.receiver else "",
        "envelope": str(read.envelope),
        "certificate": str(read.certificate),
        "directory_version": read.directory_version,
        "ledger_head": None if head is None else {"size": head.size, "root": str(head.root)},
    }


# ---- for people


def _row(side: Side, found: FoundReceipt) -> list[str]:
    verified = words("receipt.yes" if side.proves(found) else "receipt.no")
    kind = _kind(found.kind)
    at = local(found.at)
    by = words("receipt.by", by=signer(found.by))
    return [at, found.receipt_id, kind, by, found.message_id, found.receiver, found.code, verified]


def _show(read: Receipt, text: str, verified: bool | None) -> None:
    head = read.ledger_head
    fields = {
        "receipt-id": read.receipt_id,
        "kind": _kind(read.kind.value),
        "by": words("receipt.by", by=signer(read.by)),
        "at": local(read.at),
        "message-id": read.message_id,
        "from": read.sender,
        "receiver": read.receiver,
        "envelope": read.envelope,
        "certificate": read.certificate,
        "code": read.code,
        "text": text,
        "directory-version": read.directory_version,
        "ledger-head": "" if head is None else f"{head.size} {head.root}",
        "verified": "" if verified is None else words("receipt.yes" if verified else "receipt.no"),
    }
    show_fields({words(f"receipt.field.{name}"): value for name, value in fields.items()})


def _show_refused(refusal: Reject, config: Path | None, *, as_json: bool) -> None:
    if as_json:
        show_json({"verified": False, "code": refusal.code, "text": refusal.text(lang())})
        return
    show("receipt.not-verified", code=refusal.code, text=refusal.text(lang()))
    tell("cli.hint", hint=refusal.hint(lang(), at_hub=at_hub("receipt", config)))


def _kind(kind: str) -> str:
    return words(f"message.state.{kind}")
