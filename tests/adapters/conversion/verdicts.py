# SPDX-License-Identifier: Apache-2.0
"""The verdict on a document made for a test, in short words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from adapters.conversion.seals import Outcome, SealVerdict, verify_seals
from tests.adapters.conversion.sealed_documents import (
    AUTHORITY,
    MADE,
    NOW,
    SIGN,
    Party,
    SignaturePlan,
    packed,
    sealed,
)

ANCHORS = (AUTHORITY.certificate,)


def verdicts(
    files: dict[str, bytes], folder: Path, *, anchors: tuple[bytes, ...] = ANCHORS
) -> tuple[SealVerdict, ...]:
    path = folder / "document.ofd"
    path.write_bytes(packed(files))
    return verify_seals(path, anchors, NOW)


def verdict(files: dict[str, bytes], folder: Path, *, anchors: tuple[bytes, ...] = ANCHORS) -> SealVerdict:
    (only,) = verdicts(files, folder, anchors=anchors)
    return only


def reasons(found: SealVerdict) -> list[str]:
    return [each.name for each in found.reasons]


def remarks(found: SealVerdict) -> list[str]:
    return [each.name for each in found.findings if each.outcome is Outcome.VALID]


def resigned(description: bytes) -> dict[str, bytes]:
    """The sealed document with another description, rightly signed."""
    value = SignaturePlan().value(description)
    return {**sealed(), f"{SIGN}Signature.xml": description, f"{SIGN}SignedValue.dat": value}


def foreign(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> tuple[x509.Certificate, Party]:
    """A certificate for *key* by itself, made by a library that knows no SM2."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "foreign")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, MADE, NOW + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made, Party("foreign", 0, made.public_bytes(serialization.Encoding.DER))
