# SPDX-License-Identifier: Apache-2.0
"""
X.509 certificates with SM2, RSA or ECDSA keys: read, and followed up to an anchor that is trusted.

`cryptography` builds no chain with SM2 in it; this does, for the few steps that seals need: names,
signatures, validity at the time of signing, authority. Revocation is not looked at: seals carry no
revocation lists and nothing is fetched.

Source: RFC 5280 6.1, GM/T 0015.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.conversion.seals.algorithms import WEAK_RSA_BITS, key_kind
from adapters.conversion.seals.der import (
    bits_of,
    integer_of,
    octets_of,
    oid_of,
    parts_of,
    text_of,
    time_of,
    whole_of,
)
from adapters.conversion.seals.ses_signature import NotReadable

CHAIN_MOST = 8  # certificates from the end to the anchor
_VERSION, _EXTENSIONS, _OID = b"\xa0", b"\xa3", b"\x06"  # tags
_BASIC_CONSTRAINTS = "2.5.29.19"
_TRUE = b"\x01\x01\xff"  # the first thing in the constraints of an authority, in DER
_PEM = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----(.*?)-----END", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate, as far as seals need it."""

    raw: bytes
    subject: str
    subject_name: bytes  # the same in DER, for comparison
    issuer_name: bytes
    serial: int
    begins: datetime | None
    ends: datetime | None
    key: bytes  # SubjectPublicKeyInfo
    key_kind: str  # sm2, rsa, ec or ""
    weak: bool  # its key is too short for today
    signed: bytes  # the part that is signed
    algorithm: str  # OID
    signature: bytes
    authority: bool  # it may issue others

    def covers(self, day: datetime) -> bool:
        """Whether it is valid at *day*."""
        return self.begins is not None and self.ends is not None and self.begins <= day <= self.ends


def anchors_of(*sources: bytes) -> tuple[bytes, ...]:
    """
    The certificates in *sources*, each the content of a file: PEM with any number of them, or one in DER.

    Raises:
        NotReadable: a source holds something else.
    """
    found: list[bytes] = []
    for source in sources:
        written = [b64decode(each) for each in _PEM.findall(source)] or [source]
        for each in written:
            read_certificate(each)
            found.append(each)
    return tuple(found)


def read_certificate(data: bytes) -> Certificate:
    """
    The certificate in DER *data*.

    Raises:
        NotReadable: it is none.
    """
    try:
        return _read(whole_of(data))
    except (ValueError, TypeError, IndexError, OverflowError) as e:
        raise NotReadable(str(e)) from e


def readable(certificates: Iterable[bytes]) -> tuple[Certificate, ...]:
    """Those of *certificates* that can be read."""
    found = []
    for each in certificates:
        try:
            found.append(read_certificate(each))
        except NotReadable:
            continue
    return tuple(found)


def issuers_of(certificate: Certificate, known: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Those of *known* whose name is that of the issuer."""
    return tuple(each for each in known if each.subject_name == certificate.issuer_name)


def _read(data: bytes) -> Certificate:
    body, algorithm, signature = parts_of(data)
    parts = list(parts_of(body))
    if parts[0][:1] == _VERSION:
        parts.pop(0)
    serial, _, issuer, validity, subject, key, *rest = parts
    begins, ends = (time_of(each) for each in parts_of(validity))
    kind, bits = _key(key)
    return Certificate(
        raw=data,
        subject=_said(subject),
        subject_name=subject,
        issuer_name=issuer,
        serial=integer_of(serial),
        begins=begins,
        ends=ends,
        key=key,
        key_kind=kind,
        weak=kind == "rsa" and bits < WEAK_RSA_BITS,
        signed=body,
        algorithm=oid_of(parts_of(algorithm)[0]),
        signature=bits_of(signature),
        authority=any(each[:1] == _EXTENSIONS and _is_authority(each) for each in rest),
    )


def _key(key: bytes) -> tuple[str, int]:
    """The kind of a SubjectPublicKeyInfo, and the length of an RSA key."""
    identifiers, value = parts_of(key)
    algorithm, *parameters = parts_of(identifiers)
    curve = parameters[0] if parameters and parameters[0][:1] == _OID else b""
    kind = key_kind(oid_of(algorithm), oid_of(curve) if curve else "")
    if kind != "rsa":
        return kind, 0
    modulus = parts_of(bits_of(value))[0]
    return kind, integer_of(modulus).bit_length()


def _is_authority(extensions: bytes) -> bool:
    for each in parts_of(parts_of(extensions)[0]):
        oid, *_, value = parts_of(each)
        if oid_of(oid) == _BASIC_CONSTRAINTS:
            return octets_of(value)[2:5] == _TRUE
    return False


def _said(name: bytes) -> str:
    """The common name, else the unit, else the organisation, else all of it."""
    pairs = (parts_of(pair) for relative in parts_of(name) for pair in parts_of(relative))
    parts: dict[str, str] = {}
    for oid, value in pairs:
        parts.setdefault(oid_of(oid), text_of(value))
    for wanted in ("2.5.4.3", "2.5.4.11", "2.5.4.10"):
        if wanted in parts:
            return parts[wanted]
    return ", ".join(parts.values())
