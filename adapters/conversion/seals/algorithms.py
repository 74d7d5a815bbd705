# SPDX-License-Identifier: Apache-2.0
"""
The algorithms that seals name, and what is thought of them: one table for each kind of name.

OFD files name them by OID, by the OID of a neighbour, or by an English word; all spellings that real
files have stand here. This module computes nothing.

Source: GM/T 0006 (OIDs of the SM algorithms), GB/T 38540, GB/T 33190 18.2, RFC 8017, RFC 5758.
"""

from __future__ import annotations

from dataclasses import dataclass

WEAK_DIGESTS = frozenset({"md5", "sha1"})  # collisions can be made
WEAK_RSA_BITS = 2048  # shorter ones are said to be weak


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """
    What a signature is made with.

    kind: sm2, rsa or ec, as `key_kind` calls them; digest: "" where the algorithm leaves it open.
    """

    kind: str
    digest: str


DIGESTS = {
    **dict.fromkeys(("1.2.156.10197.1.401", "1.2.156.10197.1.401.1", "sm3"), "sm3"),
    **dict.fromkeys(("2.16.840.1.101.3.4.2.1", "sha256", "sha-256"), "sha256"),
    **dict.fromkeys(("2.16.840.1.101.3.4.2.2", "sha384", "sha-384"), "sha384"),
    **dict.fromkeys(("2.16.840.1.101.3.4.2.3", "sha512", "sha-512"), "sha512"),
    **dict.fromkeys(("1.3.14.3.2.26", "sha1", "sha-1"), "sha1"),
    **dict.fromkeys(("1.2.840.113549.2.5", "md5"), "md5"),
}

SIGNATURES = {
    **dict.fromkeys(
        (
            "1.2.156.10197.1.501",  # SM2 with SM3
            "1.2.156.10197.1.301",  # the curve, and the key, standing for it
            "1.2.156.10197.1.301.1",  # the signature without its digest
        ),
        SignatureAlgorithm("sm2", "sm3"),
    ),
    "1.2.156.10197.1.504": SignatureAlgorithm("rsa", "sm3"),
    "1.2.840.113549.1.1.1": SignatureAlgorithm("rsa", ""),
    "1.2.840.113549.1.1.4": SignatureAlgorithm("rsa", "md5"),
    "1.2.840.113549.1.1.5": SignatureAlgorithm("rsa", "sha1"),
    "1.2.840.113549.1.1.11": SignatureAlgorithm("rsa", "sha256"),
    "1.2.840.113549.1.1.12": SignatureAlgorithm("rsa", "sha384"),
    "1.2.840.113549.1.1.13": SignatureAlgorithm("rsa", "sha512"),
    "1.2.840.10045.2.1": SignatureAlgorithm("ec", ""),
    "1.2.840.10045.4.1": SignatureAlgorithm("ec", "sha1"),
    "1.2.840.10045.4.3.2": SignatureAlgorithm("ec", "sha256"),
    "1.2.840.10045.4.3.3": SignatureAlgorithm("ec", "sha384"),
    "1.2.840.10045.4.3.4": SignatureAlgorithm("ec", "sha512"),
}

SM2_CURVE = "1.2.156.10197.1.301"
EC_KEY = "1.2.840.10045.2.1"
RSA_KEY = "1.2.840.113549.1.1.1"


def digest_named(name: str) -> str | None:
    """The digest that *name* means; None where it is unknown here."""
    return DIGESTS.get(name.strip().lower())


def key_kind(algorithm: str, curve: str) -> str:
    """sm2, rsa, ec, or "" of a key with these OIDs."""
    if algorithm == RSA_KEY:
        return "rsa"
    if algorithm == EC_KEY:
        return "sm2" if curve == SM2_CURVE else "ec"
    return "sm2" if algorithm == SM2_CURVE else ""
