# SPDX-License-Identifier: Apache-2.0
"""
Envelopes and manifests, as XML and back.

The writer emits canonical bytes; the reader takes only bytes whose signature has been proven, and
only after the schema has accepted them. Order and spelling of elements stand in
`schemas/exchange/envelope.xsd`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

from exchange.codec import schema, signature
from exchange.codec.suite import Verifier
from exchange.codec.xmlform import (
    NAMESPACE,
    Element,
    Reader,
    attribute,
    attribute_of,
    base64_bytes,
    base64_text,
    boolean,
    element,
    number,
    parse,
    parse_canonical,
    text,
)
from exchange.errors import Reject
from exchange.model import instant
from exchange.model.digest import Digest
from exchange.model.envelope import Envelope, Extension, Manifest, ManifestPart
from exchange.model.identity import Address, message_id
from exchange.model.ledger_head import LedgerHead
from exchange.model.limits import LIMITS, Limits
from exchange.model.priority import Priority

OPEN = f'<envelope xmlns="{NAMESPACE}" version="1">'.encode()
CLOSE = b"</envelope>"
_CLAIM = re.compile(
    re.escape(OPEN)
    + rb"<message-id>([^<]{1,64})</message-id><type>[^<]{1,128}</type><from>([^<]{1,140})</from>"
)

_CERTIFICATE = re.compile(
    rb"<certificate>([^<]{1,80})</certificate>"
)  # once at most: character data has no "<"


def write(envelope: Envelope) -> bytes:
    """*envelope* as a canonical document, still without its signature."""
    e = envelope
    parts = (
        element("message-id", e.message_id),
        element("type", e.type),
        element("from", str(e.sender)),
        *(element("to", str(address)) for address in e.to),
        element("priority", e.priority.value),
        element("created", instant.spell(e.created)),
        element("expires", instant.spell(e.expires)),
        element("conversation", e.conversation),
        element("in-reply-to", e.in_reply_to),
        element("follows", e.follows),
        *(
            f'<attribute name="{attribute(name)}">{text(value)}</attribute>'
            for name, value in sorted(e.attributes.items())
        ),
        f'<payload segment-size="{e.segment_bytes}" segments="{e.segments}" size="{e.size_bytes}">',
        f"{e.root}</payload>",
        element("suite", e.suite),
        element("certificate", str(e.certificate)),
        element("directory-version", str(e.directory_version)),
        write_head(e.ledger_head),
        element("manifest", base64_text(e.manifest)),
        *(
            f'<extension must-understand="{str(x.must_understand).lower()}" name="{attribute(x.name)}">'
            f"{text(x.value)}</extension>"
            for x in e.extensions
        ),
    )
    return b"".join((OPEN, "".join(parts).encode(), CLOSE))


def write_head(head: LedgerHead | None) -> str:
    """A ledger head as an element, or nothing where there is none yet."""
    if head is None:
        return ""
    return f'<ledger-head at="{instant.spell(head.at)}" size="{head.size}">{head.root}</ledger-head>'


def read_head(found: Element | None, what: str) -> LedgerHead | None:
    """
    The ledger head in the element *found*, which the schema has checked.

    Raises:
        Reject: EX-104 to EX-112, a value is not possible.
    """
    if found is None:
        return None
    size = number(attribute_of(found, "size", what), what)
    return LedgerHead(size, Digest.parse(found.text or ""), instant.parse(attribute_of(found, "at", what)))


@dataclass(frozen=True, slots=True)
class Claim:
    """What an envelope says about itself before anything is proven: enough to find the key that proves it."""

    message_id: str
    sender: Address


def claim(document: bytes) -> Claim:
    """
    Who *document* says it is from.

    Raises:
        Reject: EX-101, it does not begin as an envelope does; EX-110, an id or address is none.
    """
    found = _CLAIM.match(document)
    if not found:
        raise Reject("EX-101", what="the envelope", reason="it does not begin as an envelope does")
    return Claim(message_id(_ascii(found[1])), Address.parse(_ascii(found[2])))


def claimed_certificate(document: bytes) -> Digest:
    """
    Under which certificate *document* says it is signed.

    Raises:
        Reject: EX-101, it does not say; EX-112, it names none.
    """
    found = _CERTIFICATE.search(document)
    if found is None:
        raise Reject("EX-101", what="the envelope", reason="it names no certificate")
    return Digest.parse(_ascii(found[1]))


def _ascii(data: bytes) -> str:
    return data.decode("ascii", "replace")


def open_signed(
    document: bytes, verifier: Verifier, *, who: str, limits: Limits = LIMITS
) -> tuple[Envelope, Digest]:
    """
    Prove the signed *document* and read it; the envelope and its digest.

    Raises:
        Reject: EX-201, not signed by *verifier*; EX-101 to EX-112, it says what it may not.
    """
    if len(document) > limits.envelope + limits.manifest:
        limit = f"{limits.envelope + limits.manifest} bytes"
        raise Reject("EX-103", what="the envelope", found=f"{len(document)} bytes", limit=limit)
    signed = signature.take_apart(document, "the envelope")
    digest = signature.verify(signed, verifier, what="the envelope", who=who)
    return read(signed.content, limits=limits), digest


def read(content: bytes, *, limits: Limits = LIMITS) -> Envelope:
    """
    The envelope in *content*: canonical bytes whose signature was proven and taken off.

    Raises:
        Reject: EX-101, EX-102 not the form; EX-104 to EX-112 a value is not possible;
            EX-201, there is a second signature.
    """
    what = "the envelope"
    root = parse_canonical(content, limit_bytes=limits.envelope + limits.manifest, what=what)
    schema.check(root, "envelope", what)
    signature.refuse_second(root, what)
    found = Reader(root, what)
    payload = found.every("payload")[0]  # the schema has seen it
    return Envelope(
        message_id=found.text("message-id"),
        type=found.text("type"),
        sender=Address.parse(found.text("from")),
        to=tuple(Address.parse(child.text or "") for child in found.every("to")),
        priority=Priority(found.text("priority")),  # the schema knows the same classes
        created=instant.parse(found.text("created")),
        expires=instant.parse(found.text("expires")),
        size_bytes=number(attribute_of(payload, "size", what), "payload size"),
        segment_bytes=number(attribute_of(payload, "segment-size", what), "segment size"),
        segments=number(attribute_of(payload, "segments", what), "segment count"),
        root=Digest.parse(payload.text or ""),
        suite=found.text("suite"),
        certificate=Digest.parse(found.text("certificate")),
        directory_version=found.number("directory-version"),
        manifest=base64_bytes(found.text("manifest"), "the manifest"),
        conversation=found.optional("conversation"),
        in_reply_to=found.optional("in-reply-to"),
        follows=found.optional("follows"),
        attributes=_attributes(found.every("attribute"), what),
        ledger_head=read_head(found.child("ledger-head"), what),
        extensions=tuple(_extension(child, what) for child in found.every("extension")),
    )


def _attributes(children: list[Element], what: str) -> MappingProxyType[str, str]:
    found: dict[str, str] = {}
    for child in children:
        name = attribute_of(child, "name", what)
        if name in found:
            raise Reject("EX-104", what="attribute", found=f"{name} twice", wanted="each name once")
        found[name] = child.text or ""
    return MappingProxyType(found)


def _extension(child: Element, what: str) -> Extension:
    must = boolean(child.get("must-understand"), "must-understand")
    return Extension(attribute_of(child, "name", what), child.text or "", must)


# ---- the manifest, which is read by sender and receivers alone


def write_manifest(manifest: Manifest) -> bytes:
    """*manifest* as a canonical document, before it is encrypted."""
    parts = "".join(
        f'<part digest="{part.digest}" media-type="{attribute(part.media_type)}" '
        f'role="{attribute(part.role)}" size="{part.size_bytes}">{text(part.name)}</part>'
        for part in manifest.parts
    )
    return f'<manifest xmlns="{NAMESPACE}">{element("key", manifest.key)}{parts}</manifest>'.encode()


def read_manifest(data: bytes, *, limits: Limits = LIMITS) -> Manifest:
    """
    The manifest in *data*, which was decrypted and is as trustworthy as its sender.

    Raises:
        Reject: EX-101 to EX-112, it is not one.
    """
    what = "the manifest"
    root = parse(data, limit_bytes=limits.manifest, what=what)
    schema.check(root, "manifest", what)
    found = Reader(root, what)
    return Manifest(found.text("key"), tuple(_part(child, what) for child in found.every("part")))


def _part(child: Element, what: str) -> ManifestPart:
    return ManifestPart(
        name=child.text or "",
        media_type=attribute_of(child, "media-type", what),
        role=attribute_of(child, "role", what),
        size_bytes=number(attribute_of(child, "size", what), "part size"),
        digest=Digest.parse(attribute_of(child, "digest", what)),
    )
