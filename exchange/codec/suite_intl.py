# SPDX-License-Identifier: Apache-2.0
"""
Suite `intl-1`: ECDSA over P-256 with SHA-256, HPKE, AES-256-GCM.

Owns the use of the `cryptography` package for messages. It draws no randomness except what the
primitives draw inside (ECDSA's nonce, HPKE's ephemeral key).
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import ec, utils, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exchange.codec.suite import PublicKey
from exchange.model.digest import Digest

_ECDSA = ec.ECDSA(hashes.SHA256())
# RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; base mode, single shot
_HPKE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class IntlSuite:
    """The algorithms that need no key of a participant."""

    name = "intl-1"
    digest = "sha256"
    digest_uri = "http://www.w3.org/2001/04/xmlenc#sha256"
    signature_uri = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"

    def hash(self, data: bytes) -> Digest:
        return Digest("sha256", hashlib.sha256(data).digest())

    def derive(self, secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
        """HKDF-SHA256, RFC 5869: extract, then expand."""
        pseudorandom = hmac.digest(salt or bytes(32), secret, "sha256")
        block, blocks = b"", []
        for counter in range(1, -(-size // 32) + 1):
            block = hmac.digest(pseudorandom, block + info + bytes((counter,)), "sha256")
            blocks.append(block)
        return b"".join(blocks)[:size]

    def seal(self, key: bytes, nonce: bytes, data: bytes, associated: bytes) -> bytes:
        return AESGCM(key).encrypt(nonce, data, associated)

    def open(self, key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        try:
            return AESGCM(key).decrypt(nonce, sealed, associated)
        except InvalidTag as e:
            raise ValueError("the authentication tag does not hold") from e


INTL = IntlSuite()


class IntlSigner:
    """Signs with a P-256 key."""

    suite = INTL

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: Digest) -> None:
        _check_curve(key)
        self._key = key
        self.certificate = certificate

    def sign(self, data: bytes) -> bytes:
        """
        r and s, 32 bytes each.

        Source: XML Signature 1.1, section 6.4.3: "the base64 encoding of … the concatenation of r and s".
        """
        r, s = utils.decode_dss_signature(self._key.sign(data, _ECDSA))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class IntlVerifier:
    """Verifies with a P-256 key."""

    suite = INTL

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        _check_curve(key)
        self._key = key

    def verify(self, data: bytes, signature: bytes) -> bool:
        if len(signature) != 64:
            return False
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        try:
            self._key.verify(utils.encode_dss_signature(r, s), data, _ECDSA)
        except InvalidSignature:
            return False
        return True


def _check_curve(key: object) -> None:
    # Certificate chains are checked elsewhere and let keys of any kind and size through.
    curve = getattr(key, "curve", None)
    if not isinstance(curve, ec.SECP256R1):
        raise ValueError(f"wanted a P-256 key, found {getattr(curve, 'name', type(key).__name__)}")


class IntlPublicKey:
    """
    An X25519 encryption key, spelled as its 32 raw bytes.

    Raises:
        ValueError: another length; and from `wrap`, a key under which nothing would be secret.
    """

    def __init__(self, raw: bytes) -> None:
        self._key = x25519.X25519PublicKey.from_public_bytes(raw)

    def wrap(self, secret: bytes, info: bytes) -> bytes:
        return _HPKE.encrypt(secret, self._key, info)


class IntlPrivateKey:
    """The private half, spelled as its 32 raw bytes."""

    def __init__(self, raw: bytes) -> None:
        self._key = x25519.X25519PrivateKey.from_private_bytes(raw)
        self.public_raw = self._key.public_key().public_bytes_raw()

    @property
    def public(self) -> PublicKey:
        return IntlPublicKey(self.public_raw)

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes:
        try:
            return _HPKE.decrypt(wrapped, self._key, info)
        except (InvalidTag, ValueError) as e:
            raise ValueError("the wrapped key does not open") from e
