# SPDX-License-Identifier: Apache-2.0
"""
Receipts and notices, as signed XML and back: the two documents without a payload.
"""

from __future__ import annotations

import re

from exchange.codec import schema, signature
from exchange.codec.conversion_form import read_conversions, write_conversions
from exchange.codec.envelope_form import read_head, write_head
from exchange.codec.suite import Signer, Verifier
from exchange.codec.xmlform import (
    NAMESPACE,
    Reader,
    base64_bytes,
    base64_text,
    element,
    number,
    parse,
    parse_canonical,
    readable,
)
from exchange.errors import Reject
from exchange.model import instant
from exchange.model.digest import Digest
from exchange.model.identity import NUMBER_LIMIT, Address
from exchange.model.limits import MIB
from exchange.model.notice import Notice, NoticeKind
from exchange.model.priority import Priority
from exchange.model.receipt import PrivatePart, Receipt, ReceiptKind

RECEIPT_BYTES_MOST = 96 * 1024
NOTICE_BYTES_MOST = 4 * MIB + 64 * 1024  # a directory of 3 MiB in base64, and the notice around it
TEXT_MOST = (
    4000  # characters of the private text; with these three, and conversions, a receipt stays under its limit
)
REPORTS_MOST = 16  # lines
REPORT_MOST = 300  # characters of one

RECEIPT_OPEN = f'<receipt xmlns="{NAMESPACE}" version="1">'.encode()
NOTICE_OPEN = f'<notice xmlns="{NAMESPACE}" version="1">'.encode()
_AUTHOR = re.compile(
    rb'<(receipt|notice) xmlns="%b" version="1"><\1-id>[^<]{1,64}</\1-id><kind>[^<]{1,32}</kind>'
    rb"<by>([^<]{1,64})</by><at>[^<]{1,40}</at><certificate>([^<]{1,80})</certificate>" % NAMESPACE.encode()
)


def claimed_author(document: bytes) -> tuple[str, Digest]:
    """
    Who a receipt or notice says it is by, and under which certificate, before anything is proven.

    Raises:
        Reject: EX-101, it does not begin as one; EX-112, the certificate is not named by a digest.
    """
    found = _AUTHOR.match(document)
    if not found:
        raise Reject("EX-101", what="the document", reason="it does not say by whom it is")
    return found[2].decode("ascii", "replace"), Digest.parse(found[3].decode("ascii", "replace"))


def sign_receipt(receipt: Receipt, signer: Signer) -> bytes:
    """*receipt* as the document that travels."""
    return signature.sign(write_receipt(receipt), signer)[0]


def write_receipt(receipt: Receipt) -> bytes:
    """*receipt* as a canonical document, still without its signature."""
    r = receipt
    parts = (
        element("receipt-id", r.receipt_id),
        element("kind", r.kind.value),
        element("by", r.by),
        element("at", instant.spell(r.at)),
        element("certificate", str(r.certificate)),
        element("message-id", r.message_id),
        element("from", str(r.sender)),
        element("receiver", str(r.receiver) if r.receiver else None),
        element("envelope-digest", str(r.envelope)),
        element("priority", r.priority.value),
        element("code", r.code or None),
        element("directory-version", None if r.directory_version is None else str(r.directory_version)),
        write_head(r.ledger_head),
        element("private-digest", str(r.private_digest) if r.private_digest else None),
        element("private", base64_text(r.private) if r.private else None),
    )
    return b"".join((RECEIPT_OPEN, "".join(parts).encode(), b"</receipt>"))


def open_receipt(document: bytes, verifier: Verifier, *, who: str) -> Receipt:
    """
    Prove the signed *document* and read it.

    Raises:
        Reject: EX-201, not signed by *verifier*; EX-101 to EX-112, EX-203, it says what it may not.
    """
    _check_size(document, RECEIPT_BYTES_MOST, "the receipt")
    signed = signature.take_apart(document, "the receipt")
    signature.verify(signed, verifier, what="the receipt", who=who)
    return read_receipt(signed.content)


def read_receipt(content: bytes) -> Receipt:
    """
    The receipt in *content*: canonical bytes whose signature was proven and taken off.

    Raises:
        Reject: EX-101, EX-102 not the form; EX-104 to EX-112 a value is not possible; EX-201, there
            is a second signature; EX-203, its author may not give it.
    """
    what = "the receipt"
    root = parse_canonical(content, limit_bytes=RECEIPT_BYTES_MOST, what=what)
    schema.check(root, "receipt", what)
    signature.refuse_second(root, what)
    found = Reader(root, what)
    receiver, version = found.optional("receiver"), found.optional("directory-version")
    private_digest, private = found.optional("private-digest"), found.optional("private")
    return Receipt(
        receipt_id=found.text("receipt-id"),
        kind=ReceiptKind(found.text("kind")),  # the schema knows the same kinds
        message_id=found.text("message-id"),
        sender=Address.parse(found.text("from")),
        receiver=Address.parse(receiver) if receiver is not None else None,
        envelope=Digest.parse(found.text("envelope-digest")),
        priority=Priority(found.text("priority")),
        by=found.text("by"),
        at=instant.parse(found.text("at")),
        certificate=Digest.parse(found.text("certificate")),
        code=found.optional("code") or "",
        directory_version=None if version is None else number(version, "directory version"),
        ledger_head=read_head(found.child("ledger-head"), what),
        private_digest=Digest.parse(private_digest) if private_digest is not None else None,
        private=base64_bytes(private, "the private part") if private is not None else b"",
    )


def write_private(private: PrivatePart) -> bytes:
    """
    *private* as a document, before it is encrypted.

    It holds an application's own words. Whatever they are, the receipt must be written: what XML
    cannot carry is replaced, what is too long is cut, a count that is none is left out.
    """
    said = element("text", readable(private.text, TEXT_MOST))
    rows = None if private.rows is None or not 0 <= private.rows < NUMBER_LIMIT else str(private.rows)
    reports = "".join(
        element("report", readable(line, REPORT_MOST)) for line in private.reports[:REPORTS_MOST]
    )
    conversions = write_conversions(private.conversions)
    inner = f"{said}{element('rows', rows)}{reports}{conversions}{element('salt', private.salt)}"
    return f'<private xmlns="{NAMESPACE}">{inner}</private>'.encode()


def read_private(data: bytes) -> PrivatePart:
    """
    The private part in *data*, decrypted.

    Raises:
        Reject: EX-101, EX-102, it is not one.
    """
    what = "the private part"
    root = parse(data, limit_bytes=RECEIPT_BYTES_MOST, what=what)
    schema.check(root, "private", what)
    found = Reader(root, what)
    rows = found.optional("rows")
    return PrivatePart(
        text=found.text("text"),
        rows=None if rows is None else number(rows, "rows"),
        reports=tuple(child.text or "" for child in found.every("report")),
        conversions=read_conversions(found),
        salt=found.text("salt"),
    )


# ---- notices


def sign_notice(notice: Notice, signer: Signer) -> bytes:
    """*notice* as the document that travels."""
    return signature.sign(write_notice(notice), signer)[0]


def write_notice(notice: Notice) -> bytes:
    """*notice* as a canonical document, still without its signature."""
    n = notice
    parts = (
        element("notice-id", n.notice_id),
        element("kind", n.kind.value),
        element("by", n.by),
        element("at", instant.spell(n.at)),
        element("certificate", str(n.certificate)),
        element("message-id", n.message_id or None),
        element("from", n.sender or None),
        element("receiver", n.receiver or None),
        element("ranges", n.ranges or None),
        element("version", str(n.version)),
        element("head", n.head or None),
        element("body", base64_text(n.body) if n.body else None),
    )
    return b"".join((NOTICE_OPEN, "".join(parts).encode(), b"</notice>"))


def open_notice(document: bytes, verifier: Verifier, *, who: str) -> Notice:
    """
    Prove the signed *document* and read it.

    Raises:
        Reject: EX-201, not signed by *verifier*; EX-101 to EX-112, EX-203, it says what it may not.
    """
    _check_size(document, NOTICE_BYTES_MOST, "the notice")
    signed = signature.take_apart(document, "the notice")
    signature.verify(signed, verifier, what="the notice", who=who)
    return read_notice(signed.content)


def read_notice(content: bytes) -> Notice:
    """
    The notice in *content*: canonical bytes whose signature was proven and taken off.

    Raises:
        Reject: as `read_receipt`.
    """
    what = "the notice"
    root = parse_canonical(content, limit_bytes=NOTICE_BYTES_MOST, what=what)
    schema.check(root, "notice", what)
    signature.refuse_second(root, what)
    found = Reader(root, what)
    body = found.optional("body")
    return Notice(
        notice_id=found.text("notice-id"),
        kind=NoticeKind(found.text("kind")),  # the schema knows the same kinds
        by=found.text("by"),
        at=instant.parse(found.text("at")),
        certificate=Digest.parse(found.text("certificate")),
        message_id=found.optional("message-id") or "",
        sender=found.optional("from") or "",
        receiver=found.optional("receiver") or "",
        ranges=found.optional("ranges") or "",
        version=found.number("version"),
        head=found.optional("head") or "",
        body=base64_bytes(body, "the body") if body is not None else b"",
    )


def _check_size(document: bytes, limit: int, what: str) -> None:
    if len(document) > limit:
        raise Reject("EX-103", what=what, found=f"{len(document)} bytes", limit=f"{limit} bytes")
