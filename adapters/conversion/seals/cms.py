# SPDX-License-Identifier: Apache-2.0
"""
A digital signature as PKCS #7, CMS or GM/T 0010 writes it: who signed, and which bytes.

The SM suite has OIDs of its own for the same structure. What OFD makers put in as content differs: it
is Signature.xml, its digest, or nothing; every way is read, and the bytes say which it was.

Source: RFC 5652 5, GM/T 0010-2012 (OIDs), GB/T 35275-2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adapters.conversion.seals.algorithms import digest_named
from adapters.conversion.seals.certificates import readable
from adapters.conversion.seals.der import content_of, integer_of, octets_of, oid_of, parts_of, time_of
from adapters.conversion.seals.ses_signature import NotReadable, Signed

SIGNED_DATA = ("1.2.840.113549.1.7.2", "1.2.156.10197.6.1.4.2.2")
_MESSAGE_DIGEST, _SIGNING_TIME = "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5"
_SEQUENCE, _SET, _TAG_0, _OCTET_STRINGS = b"\x30", b"\x31", b"\xa0", (b"\x04", b"\x24")


@dataclass(frozen=True, slots=True)
class CmsSignature:
    """
    One signer of signed data.

    content: what it holds; None where it stands elsewhere; digest: the name of its digest, "" if unknown;
    attributes: the signed attributes in the form that is signed, b"" where there are none.
    """

    signed: Signed
    content: bytes | None
    digest: str
    message_digest: bytes | None
    attributes: bytes
    at: datetime | None
    certificates: tuple[bytes, ...]


def is_cms(data: bytes) -> bool:
    """Whether *data* says that it is signed data."""
    try:
        return oid_of(parts_of(data)[0]) in SIGNED_DATA
    except (ValueError, TypeError, IndexError):
        return False


def read_cms(data: bytes) -> tuple[CmsSignature, ...]:
    """
    The signers of the signed data *data*.

    Raises:
        NotReadable: it is none, or has no signer.
    """
    try:
        _, tagged = parts_of(data)
        _, _, encapsulated, *rest, infos = parts_of(parts_of(tagged)[0])
        certificates = tuple(each for part in rest if part[:1] == _TAG_0 for each in parts_of(part))
        content = _content(encapsulated)
        found = tuple(_signer(each, content, certificates) for each in parts_of(infos))
    except (ValueError, TypeError, IndexError, OverflowError) as e:
        raise NotReadable(str(e)) from e
    if not found:
        raise NotReadable("no signer")
    return found


# EncapsulatedContentInfo: a type, and perhaps [0] with an OCTET STRING; in PKCS #7 with anything.
def _content(encapsulated: bytes) -> bytes | None:
    _, *held = parts_of(encapsulated)
    if not held:
        return None
    inside = parts_of(held[0])[0]
    return octets_of(inside) if inside[:1] in _OCTET_STRINGS else content_of(inside)


# SignerInfo: version, who, digest, [0] attributes, algorithm, signature, [1] unsigned attributes.
def _signer(info: bytes, content: bytes | None, certificates: tuple[bytes, ...]) -> CmsSignature:
    _, who, digest, *rest = parts_of(info)
    tagged = rest.pop(0) if rest[0][:1] == _TAG_0 else b""
    algorithm, signature, *_ = rest
    attributes = _attributes(tagged)
    return CmsSignature(
        signed=Signed(
            certificate=_certificate(who, certificates),
            algorithm=oid_of(parts_of(algorithm)[0]),
            signature=octets_of(signature),
            messages=(),
        ),
        content=content,
        digest=digest_named(oid_of(parts_of(digest)[0])) or "",
        message_digest=octets_of(attributes[_MESSAGE_DIGEST]) if _MESSAGE_DIGEST in attributes else None,
        attributes=_SET + tagged[1:] if tagged else b"",  # RFC 5652 5.4: signed as a SET, sent as [0]
        at=time_of(attributes[_SIGNING_TIME]) if _SIGNING_TIME in attributes else None,
        certificates=certificates,
    )


def _attributes(tagged: bytes) -> dict[str, bytes]:
    """The first value of each signed attribute."""
    found: dict[str, bytes] = {}
    for each in parts_of(tagged) if tagged else ():
        oid, values = parts_of(each)
        found.setdefault(oid_of(oid), parts_of(values)[0])
    return found


def _certificate(who: bytes, certificates: tuple[bytes, ...]) -> bytes:
    """The certificate of the signer: by issuer and number, else the only one there is."""
    if who[:1] != _SEQUENCE:
        return certificates[0] if len(certificates) == 1 else b""
    issuer, serial = parts_of(who)
    for each in readable(certificates):
        if (each.issuer_name, each.serial) == (issuer, integer_of(serial)):
            return each.raw
    return b""
