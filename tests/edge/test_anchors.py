# SPDX-License-Identifier: Apache-2.0
"""Which certificates are believed, and by what name the others are refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from exchange.edge.anchors import (
    Anchors,
    certificates_in,
    common_name,
    fingerprint,
    read_certificate,
    to_pem,
    verifier_of,
)
from exchange.errors import Halt, Reject
from exchange.model.digest import sha256
from exchange.model.receipt import HUB
from tests.identities import FINANCE, NOON, TAX, Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certify(
    issuer: x509.Name,
    issuer_key: Any,
    key: Any,
    *,
    name: str = FINANCE,
    uri: str | None = f"urn:govbus:participant:{FINANCE}",
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
    ca: bool = False,
    path_length: int | None = None,
    digest: hashes.HashAlgorithm | None = hashes.SHA256(),  # noqa: B008
) -> bytes:
    """A certificate as another authority than ours might issue it."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOON - timedelta(days=1))
        .not_valid_after(NOON + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if ca:
        rights = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
        usage = dict.fromkeys((*rights, "key_agreement", "encipher_only", "decipher_only"), False)
        builder = builder.add_extension(
            x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True
        )
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    else:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if uri is not None:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)])
        builder = builder.add_extension(names, critical=False)
    return der(builder.sign(issuer_key, digest))


def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def issuer_of(town: Town) -> x509.Name:
    return x509.load_der_x509_certificate(town.authority.certificate).subject


# ---- good


def test_a_participant_of_the_authority_is_believed(town: Town) -> None:
    town.anchors.check(town.party(FINANCE).identity.certificate, FINANCE, at=NOON)


def test_the_hub_is_believed_under_its_own_name(town: Town) -> None:
    town.anchors.check(town.party(HUB).identity.certificate, HUB, at=NOON)


def test_a_chain_over_an_intermediate_is_believed(town: Town) -> None:
    between_key, leaf_key = key(), key()
    between = certify(
        issuer_of(town),
        town.authority.key,
        between_key.public_key(),
        name="between",
        uri=None,
        ca=True,
        path_length=0,
    )
    root_key = town.authority.key
    root = certify(issuer_of(town), root_key, root_key.public_key(), name=town.name, uri=None, ca=True)
    leaf = certify(named("between"), between_key, leaf_key.public_key())
    Anchors.of([root, between]).check(leaf, FINANCE, at=NOON)
    with pytest.raises(Reject, match="no chain to a trust anchor"):
        Anchors.of([root]).check(leaf, FINANCE, at=NOON)


def test_the_chain_is_judged_for_a_moment_at_which_the_certificate_was_good(town: Town) -> None:
    certificate = town.party(FINANCE).identity.certificate
    town.anchors.check(certificate, FINANCE, at=NOON + timedelta(days=3000))


# ---- refused


def refused(anchors: Anchors, certificate: bytes, who: str = FINANCE) -> Reject:
    with pytest.raises(Reject) as caught:
        anchors.check(certificate, who, at=NOON)
    return caught.value


def test_a_stranger_s_certificate_is_refused(town: Town, tmp_path: Path) -> None:
    stranger = Town(tmp_path / "elsewhere").party(FINANCE)
    error = refused(town.anchors, stranger.identity.certificate)
    assert (error.code, "no chain to a trust anchor" in str(error)) == ("EX-214", True)


def test_another_s_certificate_is_refused(town: Town) -> None:
    assert "common name is another" in str(refused(town.anchors, town.party(TAX).identity.certificate))


def test_a_participant_s_certificate_does_not_speak_for_the_hub(town: Town) -> None:
    certificate = town.party(FINANCE).identity.certificate
    assert refused(town.anchors, certificate, HUB).code == "EX-214"


MakeLeaf = Callable[[Town], bytes]
DEFECTS: dict[str, tuple[MakeLeaf, str]] = {
    "bound to nobody": (
        lambda town: certify(issuer_of(town), town.authority.key, key().public_key(), uri=None),
        "it does not name",
    ),
    "bound to another by its URI": (
        lambda town: certify(
            issuer_of(town), town.authority.key, key().public_key(), uri=f"urn:govbus:participant:{TAX}"
        ),
        "it does not name",
    ),
    "not for logging in": (
        lambda town: certify(
            issuer_of(town), town.authority.key, key().public_key(), purpose=ExtendedKeyUsageOID.CODE_SIGNING
        ),
        "no chain",
    ),
    "an authority itself": (
        lambda town: certify(issuer_of(town), town.authority.key, key().public_key(), ca=True),
        "no chain",
    ),
    "on another curve": (
        lambda town: certify(
            issuer_of(town), town.authority.key, ec.generate_private_key(ec.SECP384R1()).public_key()
        ),
        "not on the curve P-256",
    ),
    "RSA of 1024 bits": (
        lambda town: certify(
            issuer_of(town), town.authority.key, rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()  # noqa: E501
        ),
        "not on the curve P-256",
    ),
    "Ed25519": (
        lambda town: certify(
            issuer_of(town), town.authority.key, ed25519.Ed25519PrivateKey.generate().public_key()
        ),
        "not on the curve P-256",
    ),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_certificate_is_refused_that_is(defect: str, town: Town) -> None:
    make, reason = DEFECTS[defect]
    error = refused(town.anchors, make(town))
    assert error.code == "EX-214"
    assert reason in str(error)


def test_what_is_no_certificate_is_refused(town: Town) -> None:
    assert refused(town.anchors, b"no certificate").code == "EX-211"


def test_a_suite_that_is_not_known_has_no_verifier(town: Town) -> None:
    with pytest.raises(Reject, match="EX-210"):
        verifier_of(town.party(FINANCE).identity.certificate, "gm-1", FINANCE)


# ---- revocation lists


def with_list(town: Town, revoked: dict[bytes, datetime], at: datetime = NOON) -> Anchors:
    return Anchors.of([town.authority.certificate], town.authority.revocation_list(revoked, at=at))


def test_a_certificate_on_its_issuer_s_list_is_refused(town: Town) -> None:
    one, other = town.party(FINANCE).identity.certificate, town.party(TAX).identity.certificate
    anchors = with_list(town, {one: NOON})
    assert refused(anchors, one).code == "EX-205"
    anchors.check(other, TAX, at=NOON)


def test_a_list_of_another_issuer_says_nothing_about_ours(town: Town, tmp_path: Path) -> None:
    other = Town(tmp_path / "elsewhere", name="another authority")
    ours = town.party(FINANCE).identity.certificate
    lists = other.authority.revocation_list({ours: NOON}, at=NOON)
    anchors = Anchors.of([town.authority.certificate, other.authority.certificate], lists)
    anchors.check(ours, FINANCE, at=NOON)


def test_several_lists_stand_in_one_file(town: Town, tmp_path: Path) -> None:
    other = Town(tmp_path / "elsewhere", name="another authority")
    one = town.party(FINANCE).identity.certificate
    lists = other.authority.revocation_list({}, at=NOON) + town.authority.revocation_list(
        {one: NOON}, at=NOON
    )
    anchors = Anchors.of([town.authority.certificate, other.authority.certificate], lists)
    assert len(anchors.revocations) == 2
    assert anchors.has_revoked(one)


def test_a_stale_list_is_named_and_still_refuses(town: Town) -> None:
    one = town.party(FINANCE).identity.certificate
    anchors = with_list(town, {one: NOON})
    assert anchors.stale(NOON + timedelta(days=29)) == ()
    assert [r.issuer for r in anchors.stale(NOON + timedelta(days=31))] == [f"CN={town.name}"]
    assert anchors.has_revoked(one)


def test_a_list_that_no_anchor_signed_is_not_used(town: Town, tmp_path: Path) -> None:
    forged = Town(tmp_path / "elsewhere").authority.revocation_list({}, at=NOON)
    with pytest.raises(Halt, match=r"EX-904.*not signed by a trust anchor"):
        Anchors.of([town.authority.certificate], forged)


def test_an_authority_whose_key_signs_no_lists_is_passed_over(town: Town) -> None:
    issuer = x509.load_der_x509_certificate(town.authority.certificate).subject
    agrees = x25519.X25519PrivateKey.generate().public_key()
    odd = certify(issuer, town.authority.key, agrees, name=town.name, uri=None)
    lists = town.authority.revocation_list({}, at=NOON)
    assert len(Anchors.of([odd, town.authority.certificate], lists).revocations) == 1


def test_what_is_no_list_is_not_used(town: Town) -> None:
    with pytest.raises(Halt, match="EX-904"):
        Anchors.of([town.authority.certificate], b"no list")


# ---- files and spelling


def test_anchors_are_read_from_files(town: Town, tmp_path: Path) -> None:
    (tmp_path / "anchors.pem").write_bytes(to_pem([town.authority.certificate]))
    (tmp_path / "crl.pem").write_bytes(town.authority.revocation_list({}, at=NOON))
    assert Anchors.load(tmp_path / "anchors.pem", tmp_path / "crl.pem").roots == town.anchors.roots


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Halt, match=r"EX-904.*anchors\.pem"):
        Anchors.load(tmp_path / "anchors.pem")


def test_a_file_of_something_else_is_named(tmp_path: Path) -> None:
    (tmp_path / "anchors.pem").write_bytes(b"nothing of the kind")
    with pytest.raises(Halt, match=r"EX-904.*anchors\.pem"):
        Anchors.load(tmp_path / "anchors.pem")


def test_intermediates_alone_are_no_anchors(town: Town) -> None:
    with pytest.raises(Halt, match="no self-signed certificate"):
        Anchors.of([town.party(FINANCE).identity.certificate])


def test_pem_and_der_are_the_same_certificates(town: Town) -> None:
    both = (town.authority.certificate, town.party(FINANCE).identity.certificate)
    assert certificates_in(to_pem(both), "a file") == both


def test_a_certificate_reads_as_the_directory_lists_it(town: Town) -> None:
    raw = town.party(FINANCE).identity.certificate
    listed = read_certificate(raw)
    assert (listed.digest, listed.der) == (sha256(raw), raw)
    assert listed.not_after - NOON == timedelta(days=730)
    assert common_name(raw) == FINANCE


def test_a_fingerprint_is_read_in_groups_of_four() -> None:
    assert fingerprint(b"").startswith("e3b0 c442 98fc 1c14 9afb")
    assert fingerprint(b"") == fingerprint(sha256(b""))
    assert len(fingerprint(b"").split()) == 16
