# SPDX-License-Identifier: Apache-2.0
"""
The one XML signature that the bus writes and believes.

Enveloped, one Reference with URI="", exclusive canonical XML, the Signature as the last child of
the document. Nothing of it is negotiable: the bytes of a signature are a template with two holes,
the digest and the signature value, so there is nothing for an attacker to wrap, transform or
redirect. The algorithms come from the signer's registration, never from the document.

Source: W3C XML Signature Syntax and Processing 1.1; RFC 4051 for the ECDSA identifiers.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass

from exchange.codec.suite import Signer, Suite, Verifier
from exchange.codec.xmlform import Element, has_canonical_end
from exchange.errors import Reject
from exchange.model.digest import Digest

_DSIG = "http://www.w3.org/2000/09/xmldsig#"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_OPEN = f'<ds:Signature xmlns:ds="{_DSIG}">'.encode()
_CLOSE = b"</ds:SignatureValue></ds:Signature>"
_BETWEEN = b"</ds:SignedInfo><ds:SignatureValue>"
SIGNATURE_BYTES_MOST = 4096  # the profile needs about 1,100


@dataclass(frozen=True, slots=True)
class Signed:
    """
    A signed document, taken apart but not yet believed.

    content: the document without its signature; digest: what the signature says it is.
    """

    content: bytes
    signed_info: bytes
    digest: bytes
    value: bytes


def sign(content: bytes, signer: Signer) -> tuple[bytes, Digest]:
    """
    *content*, a canonical document, with the signature as its last child; and the content's digest.
    """
    digest = signer.suite.hash(content)
    info = _signed_info(signer.suite, digest.value)
    value = base64.b64encode(signer.sign(_as_apex(info)))
    cut = content.rindex(b"</")
    return b"".join(
        (content[:cut], _OPEN, info, b"<ds:SignatureValue>", value, _CLOSE, content[cut:])
    ), digest


def take_apart(document: bytes, what: str) -> Signed:
    """
    Find the signature by its place: right before the root's end tag.

    Raises:
        Reject: EX-201, it is not there, or not in the one form.
    """
    end = document.rfind(_CLOSE)
    start = document.rfind(_OPEN, max(0, end - SIGNATURE_BYTES_MOST), max(end, 0))
    if end < 0 or start < 0:
        raise Reject("EX-201", what=what, who="its author", reason="there is no signature in its place")
    tail = document[end + len(_CLOSE) :]
    if not (tail.startswith(b"</") and tail.endswith(b">") and tail.count(b"<") == 1):
        raise Reject("EX-201", what=what, who="its author", reason="the signature is not the last child")
    info, between, value = document[start + len(_OPEN) : end].partition(_BETWEEN)
    if not between or not info.startswith(b"<ds:SignedInfo>"):
        raise Reject("EX-201", what=what, who="its author", reason="it is not of the one form")
    info += b"</ds:SignedInfo>"
    content = document[:start] + tail
    return Signed(
        content, info, _between(info, b"<ds:DigestValue>", b"</ds:DigestValue>", what), _base64(value, what)
    )


def verify(signed: Signed, verifier: Verifier, *, what: str, who: str) -> Digest:
    """
    Prove *signed*; the digest of its content.

    Raises:
        Reject: EX-201, the content, the form or the signature is another.
    """
    digest = check_content(signed, verifier.suite, what=what, who=who)
    if signed.signed_info != _signed_info(verifier.suite, digest.value):
        raise Reject("EX-201", what=what, who=who, reason="it is not of the registered algorithms")
    if not verifier.verify(_as_apex(signed.signed_info), signed.value):
        raise Reject("EX-201", what=what, who=who, reason="the signature value does not hold")
    return digest


def check_content(signed: Signed, suite: Suite, *, what: str, who: str) -> Digest:
    """
    Hold the content against the digest that is signed, before anybody knows whose signature it is.

    Raises:
        Reject: EX-201, the content is another.
    """
    digest = suite.hash(signed.content)
    if not hmac.compare_digest(digest.value, signed.digest):
        raise Reject("EX-201", what=what, who=who, reason="the content was altered")
    return digest


def refuse_second(root: Element, what: str) -> None:
    """
    Refuse a proven document that holds a signature still: what was proven has one, and it was taken off.

    Raises:
        Reject: EX-201.
    """
    if len(root) and root[-1].tag.startswith(f"{{{_DSIG}}}"):
        raise Reject("EX-201", what=what, who="its author", reason="there is a second signature")


def _signed_info(suite: Suite, digest: bytes) -> bytes:
    return (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{_EXCLUSIVE}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{suite.signature_uri}"></ds:SignatureMethod><ds:Reference URI="">'
        f'<ds:Transforms><ds:Transform Algorithm="{_DSIG}enveloped-signature"></ds:Transform>'
        f'<ds:Transform Algorithm="{_EXCLUSIVE}"></ds:Transform></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{suite.digest_uri}"></ds:DigestMethod>'
        f"<ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    ).encode()


def _as_apex(info: bytes) -> bytes:
    # Exclusive canonical XML renders a namespace where it is first used: on SignedInfo, once it stands alone.
    return info.replace(b"<ds:SignedInfo>", f'<ds:SignedInfo xmlns:ds="{_DSIG}">'.encode(), 1)


def _between(data: bytes, left: bytes, right: bytes, what: str) -> bytes:
    _, found, rest = data.partition(left)
    value, closed, _ = rest.partition(right)
    if not found or not closed:
        raise Reject("EX-201", what=what, who="its author", reason="it is not of the one form")
    return _base64(value, what)


def _base64(value: bytes, what: str) -> bytes:
    try:
        data = binascii.a2b_base64(value, strict_mode=True)
    except binascii.Error as e:
        raise Reject("EX-201", what=what, who="its author", reason=f"a value is not base64: {e}") from e
    if not has_canonical_end(value, data):
        raise Reject(
            "EX-201", what=what, who="its author", reason="a value is not base64 in its one spelling"
        )
    return data
