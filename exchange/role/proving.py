# SPDX-License-Identifier: Apache-2.0
"""
Proving what lies in a store or a file: a receipt that was received, kept or handed on.

What comes in is judged where it comes in; here stands what is at rest, judged as of its own time:
a certificate that was revoked later does not take back what was signed before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from exchange.codec import receipt_form, segment_form, signature
from exchange.codec.suite_intl import INTL
from exchange.edge.anchors import Anchors, verifier_of
from exchange.edge.trust import Trust
from exchange.errors import Reject
from exchange.model.digest import sha256
from exchange.model.receipt import Receipt
from exchange.texts import Phrase

WHAT = "the receipt"
_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?<([A-Za-z][\w.:-]{0,60})", re.ASCII)


def prove_receipt(document: bytes, trust: Trust) -> Receipt:
    """
    The receipt that the signed *document* is.

    Raises:
        Reject: EX-1xx, it is no receipt; EX-2xx or EX-301, it is not its author's, or nobody knows them.
    """
    claimed = _unaltered(document)
    try:
        verifier = trust.verifier(claimed.by, claimed.certificate, at=claimed.at)
    except Reject as refusal:
        if refusal.code == "EX-205":
            _open_registered(document, claimed, trust)
        raise
    return receipt_form.open_receipt(document, verifier, who=claimed.by)


def _open_registered(document: bytes, claimed: Receipt, trust: Trust) -> None:
    """What does not hold says so, before anybody wonders about dates that it only claims."""
    owner = trust.participant(claimed.by)
    registered = owner.certificate(claimed.certificate)
    assert registered is not None  # a date was judged
    verifier = verifier_of(registered.der, owner.suite, owner.id)
    receipt_form.open_receipt(document, verifier, who=claimed.by)


def prove_with(document: bytes, certificates: Sequence[bytes], anchors: Anchors) -> Receipt:
    """
    The same without a directory: its author's certificate is among *certificates* (DER).

    Raises:
        Reject: EX-1xx, EX-2xx, as `prove_receipt`; EX-202, none of them is the author's.
    """
    claimed = _unaltered(document)
    own = next((der for der in certificates if sha256(der) == claimed.certificate), None)
    if own is None:
        raise Reject("EX-202", found=claimed.certificate, who=claimed.by)
    proven = receipt_form.open_receipt(document, verifier_of(own, INTL.name, claimed.by), who=claimed.by)
    anchors.check(own, claimed.by, at=claimed.at)
    return proven


def check_is_receipt(document: bytes) -> None:
    """
    Say what a file is that somebody takes for a receipt, before anybody looks for a signature in it.

    Raises:
        Reject: EX-211, it is something else.
    """
    if document.startswith(receipt_form.RECEIPT_OPEN):
        return
    root = _ROOT.match(document)
    what, name = "other", ""
    if segment_form.is_segment(document):
        what = "segment"
    elif document.startswith(receipt_form.NOTICE_OPEN):
        what = "notice"
    elif document.startswith(b"-----BEGIN"):
        what = "pem"
    elif root is not None:
        what, name = "xml", root[1].decode()
    elif not document.strip():
        what = "empty"
    reason = Phrase(f"receipt.not.{what}", {"name": name})
    raise Reject("EX-211", what=Phrase("receipt.the-file"), reason=reason)


def read_unproven(document: bytes) -> Receipt:
    """What *document* claims to be; believe it for nothing but finding what proves it."""
    return receipt_form.read_receipt(signature.take_apart(document, WHAT).content)


def _unaltered(document: bytes) -> Receipt:
    """The same, once the content is the one that somebody signed: altered, it need not even have the form."""
    signed = signature.take_apart(document, WHAT)
    signature.check_content(signed, INTL, what=WHAT, who="its author")
    return receipt_form.read_receipt(signed.content)
