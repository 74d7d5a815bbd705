# SPDX-License-Identifier: Apache-2.0
"""
Which certificates are believed, and why not.

Owns the reading of X.509: what a certificate of the bus must look like, the chain to the
configured anchors, and the revocation lists that the issuers publish. Who is registered is the
directory's business and is not known here; keys are never seen here.

`cryptography.x509.verification` builds the chain; it looks at no revocation list and lets weak keys
pass, so key, curve, binding and list are held against our own rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from exchange.codec.suite import Verifier
from exchange.codec.suite_intl import INTL, IntlVerifier
from exchange.errors import Halt, Reject
from exchange.model.digest import Digest, sha256
from exchange.model.directory import Certificate
from exchange.model.receipt import HUB

NAME_PREFIX = "urn:govbus:"  # of the SAN that binds a certificate to its owner
CHAIN_MOST = 4  # intermediates between an anchor and a participant


def bound_name(who: str) -> str:
    """The URI that stands in a certificate of *who*, a participant id or `hub`."""
    return f"{NAME_PREFIX}hub" if who == HUB else f"{NAME_PREFIX}participant:{who}"


def fingerprint(of: Digest | bytes) -> str:
    """
    A digest as two people compare it by telephone: groups of four, in eight by two.

    *of* is a digest, or a DER document whose SHA-256 is meant.
    """
    digits = (of if isinstance(of, Digest) else sha256(of)).value.hex()
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


def read_certificate(der: bytes) -> Certificate:
    """
    The certificate *der* as the directory lists it.

    Raises:
        Reject: EX-211, it is no X.509 certificate.
    """
    found = _parsed(der)
    return Certificate(sha256(der), der, found.not_valid_before_utc, found.not_valid_after_utc)


def common_name(der: bytes) -> str:
    """The CN of the certificate *der*: the name under which the broker knows its owner."""
    names = _parsed(der).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else ""


def certificates_in(pem: bytes, what: str) -> tuple[bytes, ...]:
    """
    The certificates of a PEM file, as DER.

    Raises:
        Halt: EX-904, there is none, or one of them is damaged.
    """
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError as e:
        raise Halt("EX-904", file=what, reason=str(e)) from e
    return tuple(certificate.public_bytes(serialization.Encoding.DER) for certificate in found)


def to_pem(certificates: Sequence[bytes]) -> bytes:
    """DER *certificates* as one PEM file."""
    return b"".join(_parsed(der).public_bytes(serialization.Encoding.PEM) for der in certificates)


@dataclass(frozen=True, slots=True)
class Revocations:
    """
    One issuer's revocation list, its signature proven.

    next_update: after it the list is stale; it still refuses what it lists.
    """

    issuer: str
    issued: datetime
    next_update: datetime
    serials: frozenset[int]

    def is_stale(self, at: datetime) -> bool:
        return at > self.next_update


@dataclass(frozen=True, slots=True)
class Anchors:
    """
    The authorities whose certificates are believed, with what they have revoked.

    roots, intermediates: DER; both come from one PEM file, the self-signed ones are the roots.
    """

    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...] = ()
    revocations: tuple[Revocations, ...] = ()
    _store: Store = field(init=False, repr=False, compare=False)
    _between: tuple[x509.Certificate, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.roots:
            raise Halt("EX-904", file="the trust anchors", reason="no self-signed certificate is among them")
        object.__setattr__(self, "_store", Store([_parsed(der) for der in self.roots]))
        object.__setattr__(self, "_between", tuple(_parsed(der) for der in self.intermediates))

    @classmethod
    def of(cls, certificates: Sequence[bytes], crl_pem: bytes = b"", *, what: str = "the list") -> Anchors:
        """
        The anchors among DER *certificates*, with the lists of the PEM file *crl_pem*.

        Raises:
            Halt: EX-904, no root among them, or a list that none of them has signed.
        """
        roots = tuple(der for der in certificates if _is_self_signed(_parsed(der)))
        between = tuple(der for der in certificates if der not in roots)
        return cls(roots, between, _revocations(crl_pem, certificates, what) if crl_pem.strip() else ())

    @classmethod
    def load(cls, path: Path, crl: Path | None = None) -> Anchors:
        """
        The anchors of the PEM file *path*, and the revocation lists of the PEM file *crl*.

        Raises:
            Halt: EX-904, a file cannot be read or does not hold what it should.
        """
        lists = b"" if crl is None else read_file(crl)
        return cls.of(certificates_in(read_file(path), str(path)), lists, what=str(crl))

    def check(self, der: bytes, who: str, *, at: datetime) -> None:
        """
        Hold a certificate of *who* against everything that is wanted of it.

        Raises:
            Reject: EX-202, bound to another, weak, or without a chain to an anchor; EX-205, on a
                revocation list of its issuer.
        """
        certificate = _parsed(der)
        check_key(certificate, who)
        _check_binding(certificate, who)
        self._check_chain(certificate, who, at)
        if self.has_revoked(der):
            raise Reject("EX-205", found=sha256(der), who=who)

    def has_revoked(self, der: bytes) -> bool:
        """Whether a list of its issuer names the certificate *der*."""
        certificate = _parsed(der)
        issuer = certificate.issuer.rfc4514_string()
        return any(certificate.serial_number in r.serials for r in self.revocations if r.issuer == issuer)

    def stale(self, at: datetime) -> tuple[Revocations, ...]:
        """The lists whose issuer should have published a newer one by now."""
        return tuple(r for r in self.revocations if r.is_stale(at))

    def _check_chain(self, certificate: x509.Certificate, who: str, at: datetime) -> None:
        # The chain is built as of a moment when the leaf was good: its own dates are judged at each use.
        when = min(max(at, certificate.not_valid_before_utc), certificate.not_valid_after_utc)
        policy = PolicyBuilder().store(self._store).time(when).max_chain_depth(CHAIN_MOST)
        try:
            policy.build_client_verifier().verify(certificate, list(self._between))
        except VerificationError as e:
            raise _untrusted(certificate, who, f"no chain to a trust anchor: {e}") from e


def check_key(certificate: x509.Certificate, who: str) -> ec.EllipticCurvePublicKey:
    """
    The key of *certificate*, which must be one that suite intl-1 signs with.

    Raises:
        Reject: EX-202, it is of another kind, curve or strength.
    """
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _untrusted(certificate, who, "its key is not on the curve P-256")
    return key


def verifier_of(der: bytes, suite: str, who: str) -> Verifier:
    """
    What proves signatures under the certificate *der*, with the algorithms of the registered *suite*.

    Raises:
        Reject: EX-210, the suite is not known here; EX-202, the key is not one of the suite.
    """
    if suite != INTL.name:
        raise Reject("EX-210", found=suite, wanted=INTL.name)
    return IntlVerifier(check_key(_parsed(der), who))


def read_file(path: Path) -> bytes:
    """
    What is in *path*.

    Raises:
        Halt: EX-904, it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as e:
        raise Halt("EX-904", file=str(path), reason=e.strerror or str(e)) from e


def _check_binding(certificate: x509.Certificate, who: str) -> None:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if [name.value for name in names] != [who]:
        raise _untrusted(certificate, who, "its common name is another")
    uris = _uris(certificate)
    if [uri for uri in uris if uri.startswith(NAME_PREFIX)] != [bound_name(who)]:
        raise _untrusted(certificate, who, f"it does not name {bound_name(who)}")


def _uris(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.UniformResourceIdentifier)


def _untrusted(certificate: x509.Certificate, who: str, reason: str) -> Reject:
    digest = sha256(certificate.public_bytes(serialization.Encoding.DER))
    return Reject("EX-214", found=digest, who=who, reason=reason)


def _is_self_signed(certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _revocations(pem: bytes, issuers: Sequence[bytes], what: str) -> tuple[Revocations, ...]:
    marker = b"-----END X509 CRL-----"
    blocks = [block + marker for block in pem.split(marker) if block.strip()]
    return tuple(_revocation(block, issuers, what) for block in blocks)


def _revocation(pem: bytes, issuers: Sequence[bytes], what: str) -> Revocations:
    try:
        crl = x509.load_pem_x509_crl(pem)
    except ValueError as e:
        raise Halt("EX-904", file=what, reason=str(e)) from e
    if not any(_signed_by(crl, _parsed(der)) for der in issuers):
        issuer = crl.issuer.rfc4514_string()
        raise Halt("EX-904", file=what, reason=f"the list of {issuer} is not signed by a trust anchor")
    next_update = crl.next_update_utc or datetime.max.replace(tzinfo=UTC)
    serials = frozenset(entry.serial_number for entry in crl)
    return Revocations(crl.issuer.rfc4514_string(), crl.last_update_utc, next_update, serials)


def _signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    try:
        return crl.issuer == issuer.subject and crl.is_signature_valid(key)  # type: ignore[arg-type]
    except TypeError:  # a kind of key that signs no lists
        return False


def _parsed(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as e:
        raise Reject("EX-211", what="the certificate", reason=str(e)) from e
