# SPDX-License-Identifier: Apache-2.0
"""
Requests and grants of enrolment, as signed XML and back.

Both are signed in the one profile. A first request is signed by the key that it asks a certificate
for, which proves that its author has it; so the fingerprint of that key vouches for all it says.
"""

from __future__ import annotations

from exchange.codec import schema, signature
from exchange.codec.suite import Signer, Verifier
from exchange.codec.xmlform import (
    NAMESPACE,
    Element,
    Reader,
    base64_bytes,
    base64_text,
    element,
    parse_canonical,
)
from exchange.errors import Reject
from exchange.model import instant
from exchange.model.digest import Digest
from exchange.model.enrollment import EnrollmentGrant, EnrollmentRequest
from exchange.model.limits import KIB, MIB
from exchange.model.receipt import HUB

REQUEST_BYTES_MOST = 64 * KIB
GRANT_BYTES_MOST = 6 * MIB  # a directory view, in base64, is the largest part
REQUEST, GRANT = "the enrolment request", "the enrolment grant"


def sign_request(request: EnrollmentRequest, signer: Signer) -> bytes:
    """*request* as the document that goes to the hub's operator."""
    return signature.sign(write_request(request), signer)[0]


def write_request(request: EnrollmentRequest) -> bytes:
    """*request* as a canonical document, still without its signature."""
    r = request
    parts = (
        element("participant", r.participant),
        element("name", r.name),
        element("credit-code", r.credit_code),
        element("suite", r.suite),
        element("signing-request", base64_text(r.signing_request)),
        element("encryption-key", base64_text(r.encryption_key)),
        element("at", instant.spell(r.at)),
        element("signed-with", str(r.signed_with)),
    )
    return _document("enrollment-request", "".join(parts))


def claimed_request(document: bytes) -> EnrollmentRequest:
    """
    What *document* asks for, with nothing proven: enough to find the key that proves it.

    Raises:
        Reject: EX-101 to EX-112, it is no such document.
    """
    _check_size(document, REQUEST_BYTES_MOST, REQUEST)
    return _read_request(signature.take_apart(document, REQUEST).content)


def open_request(document: bytes, verifier: Verifier, *, who: str) -> EnrollmentRequest:
    """
    Prove the signed *document* and read it.

    Raises:
        Reject: EX-201, not signed by *verifier*; EX-101 to EX-112, it says what it may not.
    """
    _check_size(document, REQUEST_BYTES_MOST, REQUEST)
    signed = signature.take_apart(document, REQUEST)
    signature.verify(signed, verifier, what=REQUEST, who=who)
    return _read_request(signed.content)


def _read_request(content: bytes) -> EnrollmentRequest:
    found = Reader(_checked(content, REQUEST_BYTES_MOST, REQUEST), REQUEST)
    return EnrollmentRequest(
        participant=found.text("participant"),
        name=found.text("name"),
        credit_code=found.text("credit-code"),
        suite=found.text("suite"),
        signing_request=base64_bytes(found.text("signing-request"), "the signing request"),
        encryption_key=base64_bytes(found.text("encryption-key"), "the encryption key"),
        at=instant.parse(found.text("at")),
        signed_with=Digest.parse(found.text("signed-with")),
    )


# ---- the grant


def sign_grant(grant: EnrollmentGrant, signer: Signer) -> bytes:
    """*grant* as the document that goes back to the department."""
    return signature.sign(write_grant(grant), signer)[0]


def write_grant(grant: EnrollmentGrant) -> bytes:
    """*grant* as a canonical document, still without its signature."""
    g = grant
    parts = (
        element("participant", g.participant),
        element("at", instant.spell(g.at)),
        _several("chain", "certificate", [base64_text(der) for der in g.chain]),
        _several("anchors", "certificate", [base64_text(der) for der in g.anchors]),
        element("hub", base64_text(g.hub)),
        _several("broker", "url", list(g.broker_urls)),
        _several("broker-authorities", "certificate", [base64_text(der) for der in g.broker_authorities]),
        element("directory", base64_text(g.directory)),
    )
    return _document("enrollment-grant", "".join(parts))


def claimed_grant(document: bytes) -> EnrollmentGrant:
    """
    What *document* gives, with nothing proven: enough to find whose signature it should bear.

    Raises:
        Reject: EX-101 to EX-112, it is no such document.
    """
    _check_size(document, GRANT_BYTES_MOST, GRANT)
    return _read_grant(signature.take_apart(document, GRANT).content)


def open_grant(document: bytes, verifier: Verifier) -> EnrollmentGrant:
    """
    Prove the signed *document* and read it.

    Raises:
        Reject: EX-201, not signed by *verifier*; EX-101 to EX-112, it says what it may not.
    """
    _check_size(document, GRANT_BYTES_MOST, GRANT)
    signed = signature.take_apart(document, GRANT)
    signature.verify(signed, verifier, what=GRANT, who=HUB)
    return _read_grant(signed.content)


def _read_grant(content: bytes) -> EnrollmentGrant:
    found = Reader(_checked(content, GRANT_BYTES_MOST, GRANT), GRANT)
    return EnrollmentGrant(
        participant=found.text("participant"),
        at=instant.parse(found.text("at")),
        chain=_certificates(found, "chain"),
        anchors=_certificates(found, "anchors"),
        hub=base64_bytes(found.text("hub"), "the hub's certificate"),
        broker_urls=tuple(child.text or "" for child in _below(found, "broker", "url")),
        broker_authorities=_certificates(found, "broker-authorities"),
        directory=base64_bytes(found.text("directory"), "the directory"),
    )


def _document(name: str, inner: str) -> bytes:
    return f'<{name} xmlns="{NAMESPACE}" version="1">{inner}</{name}>'.encode()


def _certificates(found: Reader, name: str) -> tuple[bytes, ...]:
    children = _below(found, name, "certificate")
    return tuple(base64_bytes(child.text or "", "a certificate") for child in children)


def _below(found: Reader, name: str, each: str) -> list[Element]:
    parent = found.child(name)
    return [] if parent is None else Reader(parent, found.what).every(each)


def _several(name: str, each: str, values: list[str]) -> str:
    return f"<{name}>{''.join(element(each, value) for value in values)}</{name}>"


def _checked(content: bytes, limit_bytes: int, what: str) -> Element:
    root = parse_canonical(content, limit_bytes=limit_bytes, what=what)
    signature.refuse_second(root, what)
    schema.check(root, "enrollment", what)
    return root


def _check_size(document: bytes, limit: int, what: str) -> None:
    if len(document) > limit:
        raise Reject("EX-103", what=what, found=f"{len(document)} bytes", limit=f"{limit} bytes")
