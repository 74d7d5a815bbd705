# SPDX-License-Identifier: Apache-2.0
"""
The small built-in authority: enough for a trial, a town, or a bus of one's own.

Owns the authority's key and certificate in a folder, and the issuing of the hub's and the
participants' certificates. In production a provincial authority stands in its place: its
certificate is configured as an anchor and its key is never on the hub.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from exchange.edge.anchors import bound_name
from exchange.edge.keystore import has_identity, install, load_identity, make_folder, make_signing_key

LIFE = timedelta(days=730)  # of a participant's certificate and of the hub's
AUTHORITY_LIFE = timedelta(days=3650)
SKEW = timedelta(hours=1)  # clocks that are behind still accept what was issued just now
LIST_LIFE = timedelta(days=30)  # until the next revocation list is due


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority in a folder: its key and its self-signed certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes  # DER

    @classmethod
    def make(cls, folder: Path, name: str, *, at: datetime) -> Authority:
        """The authority in *folder*, made and called *name* where there is none yet."""
        make_folder(folder)
        if not has_identity(folder):
            key = make_signing_key(folder)
            install(folder, [_self_signed(key, name, at)])
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> Authority:
        """
        The authority in *folder*.

        Raises:
            Halt: EX-904, there is none.
        """
        identity = load_identity(folder)
        return cls(identity.key, identity.certificate)

    def issue(
        self, key: ec.EllipticCurvePublicKey, who: str, *, at: datetime, life: timedelta = LIFE
    ) -> bytes:
        """A certificate that binds *key* to *who*, a participant id or `hub`; DER."""
        mine = x509.load_der_x509_certificate(self.certificate)
        end = min(at + life, mine.not_valid_after_utc)
        made = (
            _builder(_named(who), mine.subject, key, start=at - SKEW, end=end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(issues=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(bound_name(who))]), critical=False
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
            .sign(self.key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.DER)

    def revocation_list(self, revoked: dict[bytes, datetime], *, at: datetime) -> bytes:
        """A revocation list, PEM, of the certificates in *revoked* (DER -> when)."""
        mine = x509.load_der_x509_certificate(self.certificate)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(mine.subject)
            .last_update(at)
            .next_update(at + LIST_LIFE)
        )
        for der, when in revoked.items():
            serial = x509.load_der_x509_certificate(der).serial_number
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _self_signed(key: ec.EllipticCurvePrivateKey, name: str, at: datetime) -> bytes:
    subject = _named(name)
    made = (
        _builder(subject, subject, key.public_key(), start=at - SKEW, end=at + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(issues=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, issues: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not issues, content_commitment=not issues, key_cert_sign=issues, crl_sign=issues,
        key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
