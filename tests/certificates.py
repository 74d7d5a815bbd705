# SPDX-License-Identifier: Apache-2.0
"""An authority for tests: it issues client certificates and writes them where TLS libraries want them."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """A client certificate and its key, as files."""

    certificate: Path
    key: Path


@dataclass(slots=True)
class ClientAuthority:
    """An authority of its own key; *folder* takes what it issues."""

    folder: Path
    name: str = "test authority"
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    pem: bytes = b""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        subject = _named(self.name)
        made = (
            _builder(subject, subject, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.pem = made.public_bytes(serialization.Encoding.PEM)

    def issue(self, common_name: str) -> ClientFiles:
        """A client certificate for *common_name*, good for a day."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = (
            _builder(_named(common_name), _named(self.name), key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        files = ClientFiles(self.folder / f"{common_name}.pem", self.folder / f"{common_name}-key.pem")
        files.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        files.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return files


def client_context(ca_file: Path, files: ClientFiles | None = None) -> ssl.SSLContext:
    """What a client of a node brings: the node's authority, and its own certificate where it has one."""
    context = ssl.create_default_context(cafile=str(ca_file))
    if files is not None:
        context.load_cert_chain(files.certificate, files.key)
    return context


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )
