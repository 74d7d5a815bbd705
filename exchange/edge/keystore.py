# SPDX-License-Identifier: Apache-2.0
"""
The key files of one participant, or of the hub: made here, read here, never sent anywhere.

Owns a folder:

    identity.pem             the signing key and its certificates; also what TLS shows to the broker
    signing.key              a signing key that waits for its certificate
    encryption-NUMBER.pem    encryption keys; the last is published, earlier ones still open
    issued.pem               every certificate that was ever ours, without keys

Key and certificate are one file, so that a renewal replaces both at once: no crash leaves a key
beside another's certificate. Every file is for its owner's eyes alone. Whether a certificate is
believed is not judged here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.x509.oid import NameOID

from exchange.codec.suite import Verifier
from exchange.codec.suite_intl import IntlPrivateKey, IntlSigner, IntlVerifier
from exchange.edge.anchors import certificates_in, read_file, to_pem
from exchange.edge.spool import replace, sync_folder, write_whole
from exchange.errors import Halt, Reject
from exchange.model.digest import Digest, sha256

IDENTITY = "identity.pem"
ISSUED = "issued.pem"
WAITING = "signing.key"
ENCRYPTION = "encryption-[0-9]*.pem"
OWNER_ONLY = 0o600

_PEM = serialization.Encoding.PEM
_DER = serialization.Encoding.DER
_PKCS8 = serialization.PrivateFormat.PKCS8
_PLAIN = serialization.NoEncryption()


@dataclass(frozen=True, slots=True)
class Identity:
    """
    A signing key with the certificate that speaks for it.

    chain: DER, the own certificate first.
    """

    key: ec.EllipticCurvePrivateKey
    chain: tuple[bytes, ...]

    @property
    def certificate(self) -> bytes:
        return self.chain[0]

    @property
    def digest(self) -> Digest:
        return sha256(self.chain[0])

    @property
    def signer(self) -> IntlSigner:
        return IntlSigner(self.key, self.digest)


def make_folder(folder: Path) -> None:
    """*folder*, for its owner's eyes alone; one that is there is made so."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    sync_folder(folder.parent)


def make_signing_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """The key that waits for its certificate in *folder*, made where there is none yet."""
    path = folder / WAITING
    if not path.exists():
        _write_key(path, ec.generate_private_key(ec.SECP256R1()))
    return _signing_key(path)


def make_encryption_key(folder: Path) -> bytes:
    """A new encryption key, the newest from here on; its public half, raw."""
    key = x25519.X25519PrivateKey.generate()
    numbers = [int(path.name.split("-")[1].split(".")[0]) for path in folder.glob(ENCRYPTION)]
    _write_key(folder / f"encryption-{max(numbers, default=0) + 1:06d}.pem", key)
    return key.public_key().public_bytes_raw()


def has_identity(folder: Path) -> bool:
    """Whether *folder* has a key with its certificate."""
    return (folder / IDENTITY).exists()


def install(folder: Path, chain: Sequence[bytes]) -> Identity:
    """
    Let the certificates *chain*, the own one first, speak for the key that they were issued to.

    Replaces the identity in one step; to install the same again changes nothing.

    Raises:
        Halt: EX-904, none of the keys in *folder* is the one in the certificate.
    """
    wanted = _public_bytes(x509.load_der_x509_certificate(chain[0]).public_key())
    found = next((key for key in _keys(folder) if _public_bytes(key.public_key()) == wanted), None)
    if found is None:
        raise Halt("EX-904", file=str(folder), reason="the certificate was issued to a key that is not here")
    _remember(folder, chain[0])
    replace(folder / IDENTITY, to_pem(chain) + found.private_bytes(_PEM, _PKCS8, _PLAIN), mode=OWNER_ONLY)
    waiting = folder / WAITING
    if waiting.exists() and _public_bytes(_signing_key(waiting).public_key()) == wanted:
        waiting.unlink()
        sync_folder(folder)
    return Identity(found, tuple(chain))


def load_identity(folder: Path) -> Identity:
    """
    The identity of *folder*.

    Raises:
        Halt: EX-904, there is none, it is damaged, or others may read it.
    """
    path = folder / IDENTITY
    key = _signing_key(path)
    try:
        chain = x509.load_pem_x509_certificates(read_file(path))
    except ValueError as e:
        raise Halt("EX-904", file=str(path), reason=str(e)) from e
    return Identity(key, tuple(certificate.public_bytes(_DER) for certificate in chain))


def load_signer(folder: Path) -> IntlSigner:
    """
    What signs in the name of the owner of *folder*.

    Raises:
        Halt: EX-904, as `load_identity`.
    """
    return load_identity(folder).signer


def load_decryption_keys(folder: Path) -> tuple[IntlPrivateKey, ...]:
    """
    The encryption keys of *folder*, the newest first: several, while senders move to a new one.

    Raises:
        Halt: EX-904, there is none, or one cannot be read.
    """
    paths = sorted(folder.glob(ENCRYPTION), reverse=True)
    if not paths:
        raise Halt("EX-904", file=str(folder / ENCRYPTION), reason="there is no encryption key")
    return tuple(IntlPrivateKey(_encryption_key(path).private_bytes_raw()) for path in paths)


def signing_request(key: ec.EllipticCurvePrivateKey, who: str) -> bytes:
    """A certificate signing request for *who*, PKCS #10 as DER: it proves that its author has the key."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(key, hashes.SHA256()).public_bytes(_DER)


def request_pem(csr: bytes) -> bytes:
    """A signing request as authorities elsewhere want it."""
    return x509.load_der_x509_csr(csr).public_bytes(_PEM)


def request_verifier(csr: bytes) -> Verifier:
    """
    What proves signatures by the key in the signing request *csr*.

    Raises:
        Reject: EX-211, it is damaged, not signed by its own key, or the key is not on P-256.
    """
    return IntlVerifier(requested_key(csr))


def requested_key(csr: bytes) -> ec.EllipticCurvePublicKey:
    """
    The key in the signing request *csr*, whose own signature was checked.

    Raises:
        Reject: EX-211, as `request_verifier`.
    """
    try:
        request = x509.load_der_x509_csr(csr)
        key, holds = request.public_key(), request.is_signature_valid
    except ValueError as e:
        raise Reject("EX-211", what="the signing request", reason=str(e)) from e
    if not holds:
        raise Reject("EX-211", what="the signing request", reason="it is not signed by its own key")
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Reject("EX-211", what="the signing request", reason="its key is not on the curve P-256")
    return key


def is_for(certificate: bytes, key: ec.EllipticCurvePublicKey) -> bool:
    """Whether *certificate* (DER) was issued to *key*."""
    found = x509.load_der_x509_certificate(certificate).public_key()
    return isinstance(found, ec.EllipticCurvePublicKey) and _public_bytes(found) == _public_bytes(key)


def public_digest(key: ec.EllipticCurvePublicKey) -> Digest:
    """What two people compare of a key that has no certificate yet: SHA-256 of its SubjectPublicKeyInfo."""
    return sha256(_public_bytes(key))


def is_ours(folder: Path, certificate: bytes) -> bool:
    """
    Whether *certificate* (DER) is one of ours: issued to us before, or to a key that is here now.

    The second is so between the moment a renewal is granted and the moment it is accepted here.
    """
    if certificate in _issued(folder):
        return True
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except ValueError:
        return False
    return isinstance(key, ec.EllipticCurvePublicKey) and _public_bytes(key) in {
        _public_bytes(one.public_key()) for one in _keys(folder)
    }


def _issued(folder: Path) -> tuple[bytes, ...]:
    path = folder / ISSUED
    return certificates_in(read_file(path), str(path)) if path.exists() else ()


def _remember(folder: Path, certificate: bytes) -> None:
    issued = _issued(folder)
    if certificate not in issued:
        replace(folder / ISSUED, to_pem((*issued, certificate)), mode=OWNER_ONLY)


def _keys(folder: Path) -> list[ec.EllipticCurvePrivateKey]:
    paths = (folder / WAITING, folder / IDENTITY)
    return [_signing_key(path) for path in paths if path.exists()]


def _signing_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = _private_key(path)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Halt("EX-904", file=str(path), reason="it is not a P-256 key")
    return key


def _encryption_key(path: Path) -> x25519.X25519PrivateKey:
    key = _private_key(path)
    if not isinstance(key, x25519.X25519PrivateKey):
        raise Halt("EX-904", file=str(path), reason="it is not an X25519 key")
    return key


def _private_key(path: Path) -> object:
    data = read_file(path)
    if os.stat(path).st_mode & 0o077:
        raise Halt("EX-904", file=str(path), reason="others may read this key: chmod 600 it")
    start = data.find(b"-----BEGIN PRIVATE KEY-----")
    try:
        return serialization.load_pem_private_key(data[max(start, 0) :], None)
    except (ValueError, TypeError) as e:
        raise Halt("EX-904", file=str(path), reason=f"there is no readable private key: {e}") from e


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey) -> None:
    write_whole(path, key.private_bytes(_PEM, _PKCS8, _PLAIN), mode=OWNER_ONLY)


def _public_bytes(key: object) -> bytes:
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key.public_bytes(_DER, serialization.PublicFormat.SubjectPublicKeyInfo)
