# SPDX-License-Identifier: Apache-2.0
"""
Receipts and notices, made and signed in the name of whoever issues them here.

One place for both sides, so that a receipt of the hub and one of a receiver are built alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from exchange.codec import receipt_form
from exchange.codec.suite import PublicKey, private_info
from exchange.errors import Reject
from exchange.model.digest import Digest
from exchange.model.identity import Address
from exchange.model.notice import Notice, NoticeKind
from exchange.model.priority import Priority
from exchange.model.receipt import HUB, PrivatePart, Receipt, ReceiptKind
from exchange.role.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class About:
    """What a receipt speaks of: one message, by its envelope's digest, and whose it is."""

    message_id: str
    sender: Address
    envelope: Digest
    priority: Priority


@dataclass(frozen=True, slots=True)
class Issued:
    """A receipt and its signed document; refusal: what it says no for, where it does."""

    receipt: Receipt
    document: bytes
    refusal: Reject | None = None


def issue(
    around: Surroundings,
    kind: ReceiptKind,
    about: About,
    *,
    receiver: Address | None,
    code: str = "",
    private: PrivatePart | None = None,
    reader: PublicKey | None = None,
) -> Issued:
    """
    A signed receipt.

    Args:
        private: what only the sender may read; left out where *reader*, the sender's key, is not known.
    """
    receipt_id = around.new_id()
    sealed, digest = b"", None
    if private is not None and reader is not None:
        salted = replace(private, salt=around.draw(16).hex())
        plain = receipt_form.write_private(salted)
        digest = around.suite.hash(plain)
        sealed = reader.wrap(plain, private_info(around.suite.name, receipt_id, about.sender))
    receipt = Receipt(
        receipt_id=receipt_id,
        kind=kind,
        message_id=about.message_id,
        sender=about.sender,
        receiver=receiver,
        envelope=about.envelope,
        priority=about.priority,
        by=around.me,
        at=around.now(),
        certificate=around.signer.certificate,
        code=code,
        directory_version=around.view().version if around.me == HUB else None,
        ledger_head=around.ledger_head,
        private_digest=digest,
        private=sealed,
    )
    return Issued(receipt, receipt_form.sign_receipt(receipt, around.signer))


def notify(around: Surroundings, kind: NoticeKind, **fields: object) -> tuple[str, bytes]:
    """The id and the signed document of a notice; *fields* as in `exchange.model.notice.Notice`."""
    notice_id = around.new_id()
    notice = Notice(
        notice_id=notice_id,
        kind=kind,
        by=around.me,
        at=around.now(),
        certificate=around.signer.certificate,
        **fields,  # type: ignore[arg-type]
    )
    return notice_id, receipt_form.sign_notice(notice, around.signer)
