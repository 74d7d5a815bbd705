# SPDX-License-Identifier: Apache-2.0
"""
HPKE written out from RFC 9180, with the ephemeral key as an argument.

Two uses: a second implementation to hold the suite's against, and wrapped keys that are the same
in every run, for documents that are kept as files.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEM_ID = b"KEM\x00\x20"  # DHKEM(X25519, HKDF-SHA256)
HPKE_ID = b"HPKE\x00\x20\x00\x01\x00\x02"  # with HKDF-SHA256 and AES-256-GCM


def wrap(secret: bytes, receiver_public: bytes, info: bytes, ephemeral_private: bytes) -> bytes:
    """`SealBase` of section 6.1: the encapsulated key, then the sealed *secret*."""
    ephemeral = x25519.X25519PrivateKey.from_private_bytes(ephemeral_private)
    encapsulated = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(x25519.X25519PublicKey.from_public_bytes(receiver_public))
    return encapsulated + _aead(_kem_secret(shared, encapsulated + receiver_public), info, "encrypt", secret)


def unwrap(wrapped: bytes, receiver_private: bytes, info: bytes) -> bytes:
    """`OpenBase` of section 6.1."""
    receiver = x25519.X25519PrivateKey.from_private_bytes(receiver_private)
    encapsulated, sealed = wrapped[:32], wrapped[32:]
    shared = receiver.exchange(x25519.X25519PublicKey.from_public_bytes(encapsulated))
    context = encapsulated + receiver.public_key().public_bytes_raw()
    return _aead(_kem_secret(shared, context), info, "decrypt", sealed)


def _kem_secret(shared: bytes, context: bytes) -> bytes:
    # Section 4.1, ExtractAndExpand
    pseudorandom = _extract(b"", b"eae_prk", shared, KEM_ID)
    return _expand(pseudorandom, b"shared_secret", context, 32, KEM_ID)


def _aead(shared_secret: bytes, info: bytes, verb: str, data: bytes) -> bytes:
    # Section 5.1, KeySchedule in base mode (0x00), then one AEAD call with sequence number 0
    context = (
        b"\x00" + _extract(b"", b"psk_id_hash", b"", HPKE_ID) + _extract(b"", b"info_hash", info, HPKE_ID)
    )
    secret = _extract(shared_secret, b"secret", b"", HPKE_ID)
    key = _expand(secret, b"key", context, 32, HPKE_ID)
    nonce = _expand(secret, b"base_nonce", context, 12, HPKE_ID)
    answer: bytes = getattr(AESGCM(key), verb)(nonce, data, b"")
    return answer


def _extract(salt: bytes, label: bytes, material: bytes, suite: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, "sha256")


def _expand(pseudorandom: bytes, label: bytes, info: bytes, size: int, suite: bytes) -> bytes:
    labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(pseudorandom, labelled + b"\x01", "sha256")[:size]
