# SPDX-License-Identifier: Apache-2.0
"""
The directory, as signed XML and back.

Written in canonical form and signed by the hub like everything else on the bus. A view names its
holder, so that one participant's view cannot be shown to another. Whether a version may follow the
one that is held is `model.directory`'s to say, and whose certificate signs is `edge.trust`'s.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from exchange.codec import routing_xml, schema, signature
from exchange.codec.suite import Signer, Verifier
from exchange.codec.xmlform import (
    NAMESPACE,
    Element,
    Reader,
    attribute,
    attribute_of,
    base64_bytes,
    base64_text,
    element,
    number,
    parse_canonical,
)
from exchange.errors import Reject
from exchange.model import instant
from exchange.model.digest import Digest, sha256
from exchange.model.directory import Certificate, Directory, EncryptionKey, Participant, Standing
from exchange.model.limits import MIB
from exchange.model.receipt import HUB
from exchange.model.rule import Rule

DIRECTORY_BYTES_MOST = 3 * MIB  # in base64 it is the body of a notice, which has 4 MiB
WHAT = "the directory"

_OPEN = f'<directory xmlns="{NAMESPACE}" version="1">'.encode()
_CERTIFICATE = re.compile(rb"<signed-with>([^<]{1,80})</signed-with>")


def sign_directory(directory: Directory, signer: Signer) -> bytes:
    """
    *directory* as the document that travels, signed by the hub's *signer*.

    Raises:
        Reject: EX-103, it is larger than a participant would take.
    """
    document = signature.sign(write_directory(directory, signer.certificate), signer)[0]
    _check_size(document)
    return document


def write_directory(directory: Directory, signed_with: Digest) -> bytes:
    """*directory* as a canonical document, still without its signature."""
    d = directory
    parts = (
        element("number", str(d.version)),
        element("signed-with", str(signed_with)),
        element("issued", instant.spell(d.issued)),
        element("expires", instant.spell(d.expires)),
        element("holder", d.holder or None),
        element("routing-number", str(d.routing_version)),
        *(_write_participant(one) for _, one in sorted(d.participants.items())),
        _write_rules(d.rules),
    )
    return b"".join((_OPEN, "".join(parts).encode(), b"</directory>"))


def claimed_certificate(document: bytes) -> Digest:
    """
    The certificate that *document* says it is signed with, before anything is proven.

    Raises:
        Reject: EX-101, it does not begin as a directory does.
    """
    found = _CERTIFICATE.search(document, 0, 1024)
    if not document.startswith(_OPEN) or found is None:
        raise Reject("EX-101", what=WHAT, reason="it does not begin as a directory does")
    return Digest.parse(found[1].decode("ascii", "replace"))


def open_directory(document: bytes, verifier: Verifier) -> Directory:
    """
    Prove the signed *document* and read it.

    Raises:
        Reject: EX-201, the hub's *verifier* did not sign it; EX-101 to EX-112, it says what it may not.
    """
    _check_size(document)
    signed = signature.take_apart(document, WHAT)
    signature.verify(signed, verifier, what=WHAT, who=HUB)
    return read_directory(signed.content)


def _check_size(document: bytes) -> None:
    if len(document) > DIRECTORY_BYTES_MOST:
        found, limit = f"{len(document)} bytes", f"{DIRECTORY_BYTES_MOST} bytes"
        raise Reject("EX-103", what=WHAT, found=found, limit=limit)


def read_directory(content: bytes) -> Directory:
    """The directory in *content*: canonical bytes whose signature was proven and taken off."""
    root = parse_canonical(content, limit_bytes=DIRECTORY_BYTES_MOST, what=WHAT)
    signature.refuse_second(root, WHAT)
    schema.check(root, "directory", WHAT)
    found = Reader(root, WHAT)
    return Directory(
        version=found.number("number"),
        issued=instant.parse(found.text("issued")),
        expires=instant.parse(found.text("expires")),
        participants=_participants(found.every("participant")),
        rules=_read_rules(found.child("rules")),
        routing_version=found.number("routing-number"),
        holder=found.optional("holder") or "",
    )


def write_participant(one: Participant, version: int) -> bytes:
    """*one* as it stands in a version of the directory: a canonical document, for the ledger."""
    start = f'<directory-entry xmlns="{NAMESPACE}" directory="{version}" version="1">'
    return f"{start}{_write_participant(one)}</directory-entry>".encode()


def write_certificate_state(certificate: Certificate) -> bytes:
    """*certificate* and whether it was revoked: a canonical document, for the ledger."""
    entry = _write_certificate(certificate)
    return f'<certificate-entry xmlns="{NAMESPACE}" version="1">{entry}</certificate-entry>'.encode()


# ---- one participant


def _write_participant(one: Participant) -> str:
    parts = (
        element("name", one.name),
        element("credit-code", one.credit_code or None),
        element("suite", one.suite),
        element("standing", one.standing.value),
        *(_write_certificate(c) for c in one.certificates),
        *(
            f'<encryption-key since="{instant.spell(key.since)}">{base64_text(key.raw)}</encryption-key>'
            for key in one.encryption_keys
        ),
        *(element("grant", grant) for grant in sorted(one.grants)),
        *(f'<limit name="{attribute(name)}">{value}</limit>' for name, value in sorted(one.limits.items())),
        *(element("wire-version", str(version)) for version in one.versions),
    )
    return f'<participant id="{attribute(one.id)}">{"".join(parts)}</participant>'


def _write_certificate(certificate: Certificate) -> str:
    c = certificate
    revoked = "" if c.revoked_at is None else f' revoked="{instant.spell(c.revoked_at)}"'
    dates = f'not-after="{instant.spell(c.not_after)}" not-before="{instant.spell(c.not_before)}"'
    return f"<certificate {dates}{revoked}>{base64_text(c.der)}</certificate>"


def _participants(children: list[Element]) -> MappingProxyType[str, Participant]:
    found: dict[str, Participant] = {}
    for child in children:
        one = _participant(child)
        if one.id in found:
            raise Reject("EX-104", what=WHAT, found=f"{one.id} twice", wanted="each participant once")
        found[one.id] = one
    return MappingProxyType(found)


def _participant(child: Element) -> Participant:
    found = Reader(child, WHAT)
    return Participant(
        id=attribute_of(child, "id", WHAT),
        name=found.text("name"),
        credit_code=found.optional("credit-code") or "",
        suite=found.text("suite"),
        certificates=tuple(_certificate(c) for c in found.every("certificate")),
        encryption_keys=tuple(_encryption_key(key) for key in found.every("encryption-key")),
        standing=Standing(found.text("standing")),
        grants=frozenset(grant.text or "" for grant in found.every("grant")),
        limits=MappingProxyType(
            {attribute_of(x, "name", WHAT): number(x.text or "", "limit") for x in found.every("limit")}
        ),
        versions=tuple(number(x.text or "", "wire version") for x in found.every("wire-version")),
    )


def _certificate(child: Element) -> Certificate:
    der = base64_bytes(child.text or "", "certificate")
    revoked = child.get("revoked")
    return Certificate(
        digest=sha256(der),
        der=der,
        not_before=instant.parse(attribute_of(child, "not-before", WHAT)),
        not_after=instant.parse(attribute_of(child, "not-after", WHAT)),
        revoked_at=None if revoked is None else instant.parse(revoked),
    )


def _encryption_key(child: Element) -> EncryptionKey:
    raw = base64_bytes(child.text or "", "encryption key")
    return EncryptionKey(raw, instant.parse(attribute_of(child, "since", WHAT)))


# ---- the routing table's fragments, spelled by its own codec


def _write_rules(rules: tuple[Rule, ...]) -> str:
    return f"<rules>{''.join(map(routing_xml.write_rule, rules))}</rules>" if rules else ""


def _read_rules(found: Element | None) -> tuple[Rule, ...]:
    return () if found is None else tuple(map(routing_xml.read_rule, found))
