# SPDX-License-Identifier: Apache-2.0
"""
What a crypto suite offers: the contract between the roles and the cryptography.

A participant registers with one suite; algorithms come from that registration, never from a
message. Randomness comes in as arguments wherever an algorithm lets it. `intl-1` is in
`suite_intl`; `gm-1` will stand beside it, behind the same contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from exchange.model.digest import Digest
from exchange.model.identity import Address


class Signer(Protocol):
    """Signs in one participant's name."""

    @property
    def certificate(self) -> Digest:
        """The digest of the certificate that verifies what this signs."""

    @property
    def suite(self) -> Suite: ...

    def sign(self, data: bytes) -> bytes:
        """A signature over *data*, in the form that XML-DSig wants."""


class Verifier(Protocol):
    """Verifies what one registered key signed."""

    @property
    def suite(self) -> Suite: ...

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Whether *signature* over *data* holds."""


class PublicKey(Protocol):
    """An encryption key of a receiver."""

    def wrap(self, secret: bytes, info: bytes) -> bytes:
        """*secret*, encrypted so that only the key's owner reads it, and only under the same *info*."""


class PrivateKey(Protocol):
    """The other half of an encryption key."""

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes:
        """
        The secret in *wrapped*.

        Raises:
            ValueError: another key, another *info*, or altered bytes.
        """


class Suite(Protocol):
    """Named algorithms that belong together."""

    name: str
    digest: str  # name of the digest algorithm, one of exchange.model.digest.ALGORITHMS
    digest_uri: str
    signature_uri: str

    def hash(self, data: bytes) -> Digest: ...

    def derive(self, secret: bytes, salt: bytes, info: bytes, size: int) -> bytes:
        """*size* bytes from *secret*; other *salt* or *info*, other bytes."""

    def seal(self, key: bytes, nonce: bytes, data: bytes, associated: bytes) -> bytes:
        """*data* encrypted and authenticated, with *associated* authenticated beside it."""

    def open(self, key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """
        What `seal` was given.

        Raises:
            ValueError: any byte is another.
        """


KEY_BYTES, NONCE_BYTES = 32, 12


@dataclass(frozen=True, slots=True)
class ContentKey:
    """
    The secret of one message, and everything that is derived from it.

    secret: 32 random bytes, wrapped for each receiver in a key record.
    """

    suite: Suite
    secret: bytes

    def leaf_salt(self) -> bytes:
        """What every leaf begins with, so that guessable content cannot be guessed from the root."""
        return self.suite.derive(self.secret, b"", b"govbus leaf", KEY_BYTES)

    def seal_slice(self, data: bytes, *, salt: bytes, index: int, associated: bytes) -> bytes:
        """One slice, encrypted under a key of its own: a re-sent slice may compress to other bytes."""
        key = self._slice_key(salt, index)
        return self.suite.seal(key[:KEY_BYTES], key[KEY_BYTES:], data, associated)

    def open_slice(self, sealed: bytes, *, salt: bytes, index: int, associated: bytes) -> bytes:
        """
        The slice in *sealed*.

        Raises:
            ValueError: it was altered, or belongs elsewhere.
        """
        key = self._slice_key(salt, index)
        return self.suite.open(key[:KEY_BYTES], key[KEY_BYTES:], sealed, associated)

    def seal_manifest(self, data: bytes, message_id: str) -> bytes:
        key = self.suite.derive(self.secret, message_id.encode(), b"govbus manifest", KEY_BYTES + NONCE_BYTES)
        return self.suite.seal(key[:KEY_BYTES], key[KEY_BYTES:], data, message_id.encode())

    def open_manifest(self, sealed: bytes, message_id: str) -> bytes:
        key = self.suite.derive(self.secret, message_id.encode(), b"govbus manifest", KEY_BYTES + NONCE_BYTES)
        return self.suite.open(key[:KEY_BYTES], key[KEY_BYTES:], sealed, message_id.encode())

    def _slice_key(self, salt: bytes, index: int) -> bytes:
        info = b"govbus slice" + index.to_bytes(8, "big")
        return self.suite.derive(self.secret, salt, info, KEY_BYTES + NONCE_BYTES)


def key_info(suite: str, sender: Address, receiver: Address, envelope: Digest) -> bytes:
    """What a wrapped content key is bound to: moved elsewhere, it does not open."""
    return f"govbus key|{suite}|{sender}|{receiver}|{envelope}".encode()


def private_info(suite: str, receipt_id: str, sender: Address) -> bytes:
    """What the private part of a receipt is bound to."""
    return f"govbus receipt|{suite}|{receipt_id}|{sender}".encode()


def slice_associated(envelope: Digest, index: int, last: bool, compressed: str) -> bytes:
    """What is authenticated beside a slice: its place in this very message."""
    flags = bytes((int(last), int(compressed == "zstd")))
    return envelope.value + index.to_bytes(8, "big") + flags
