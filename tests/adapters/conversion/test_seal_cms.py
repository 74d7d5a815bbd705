# SPDX-License-Identifier: Apache-2.0
"""Digital signatures in OFD documents (CMS), and the chains of certificates that vouch for signers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from adapters.conversion.seals import Outcome, SealVerdict, libcrypto
from tests.adapters.conversion import sm2_by_hand as sm2
from tests.adapters.conversion.sealed_documents import (
    AUTHORITY,
    SIGNED,
    SIGNER,
    STRANGER,
    Party,
    cms,
    issued,
    signed_by,
)
from tests.adapters.conversion.verdicts import foreign, reasons, remarks, verdict

# ---- CMS


@pytest.mark.parametrize("attributes", [False, True])
@pytest.mark.parametrize("held", ["nothing", "digest", "description"])
def test_a_digital_signature_is_valid_whatever_it_holds(attributes: bool, held: str, tmp_path: Path) -> None:
    def value(description: bytes) -> bytes:
        content = sm2.sm3(description) if held == "digest" else description
        return cms(content, held=None if held == "nothing" else content, attributes=attributes)

    found = verdict(signed_by(value), tmp_path)
    assert (found.outcome, found.findings, found.form) == (Outcome.VALID, (), "CMS")
    assert found.signer == SIGNER.name


def test_a_digital_signature_of_another_description_is_invalid(tmp_path: Path) -> None:
    found = verdict(signed_by(lambda _: cms(b"another")), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["description-altered"])


def test_a_digital_signature_by_another_key_is_invalid(tmp_path: Path) -> None:
    found = verdict(signed_by(lambda data: cms(data, sign=STRANGER.sign)), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["signature-wrong"])


def test_a_digital_signature_by_a_stranger_is_not_verifiable(tmp_path: Path) -> None:
    stranger = issued("stranger", 0xAAAA, STRANGER)
    found = verdict(signed_by(lambda data: cms(data, stranger, issuer=STRANGER.name)), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.NOT_VERIFIABLE, ["signer-untrusted"])


def test_a_digital_signature_without_its_certificate_is_not_verifiable(tmp_path: Path) -> None:
    found = verdict(signed_by(lambda data: cms(data, issuer="nobody")), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.NOT_VERIFIABLE, ["no-certificate"])


def test_a_digital_signature_without_a_time_has_the_one_that_the_description_tells(tmp_path: Path) -> None:
    found = verdict(signed_by(lambda data: cms(data, at=None)), tmp_path)
    assert (found.outcome, found.signed_at) == (Outcome.VALID, SIGNED)


PKCS7 = {"content_type": "1.2.840.113549.1.7.1", "outer_type": "1.2.840.113549.1.7.2"}


@pytest.mark.parametrize(("digest", "oid"), [("sha256", "2.16.840.1.101.3.4.2.1"), ("sha1", "1.3.14.3.2.26")])
def test_an_rsa_signature_is_verified_and_a_weak_one_said(digest: str, oid: str, tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    made, party = foreign(key)
    kind = hashes.SHA256() if digest == "sha256" else hashes.SHA1()

    def value(data: bytes) -> bytes:
        return cms(
            data, party, digest=lambda each: libcrypto.digest(digest, each), digest_oid=oid,
            algorithm="1.2.840.113549.1.1.1", sign=lambda each: key.sign(each, padding.PKCS1v15(), kind),
            issuer="foreign", **PKCS7,
        )  # fmt: skip

    found = verdict(signed_by(value), tmp_path, anchors=(party.certificate,))
    assert (found.outcome, made.serial_number) == (Outcome.VALID, 7)
    assert remarks(found) == (["weak-signature"] if digest == "sha1" else [])


def test_a_short_rsa_key_is_said(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 1024)
    _, party = foreign(key)

    def value(data: bytes) -> bytes:
        return cms(
            data, party, digest=lambda each: libcrypto.digest("sha256", each),
            digest_oid="2.16.840.1.101.3.4.2.1", algorithm="1.2.840.113549.1.1.11", issuer="foreign",
            sign=lambda each: key.sign(each, padding.PKCS1v15(), hashes.SHA256()), **PKCS7,
        )  # fmt: skip

    assert "weak-key" in remarks(verdict(signed_by(value), tmp_path, anchors=(party.certificate,)))


def test_an_ecdsa_signature_is_verified(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    _, party = foreign(key)

    def value(data: bytes) -> bytes:
        return cms(
            data, party, digest=lambda each: libcrypto.digest("sha256", each),
            digest_oid="2.16.840.1.101.3.4.2.1", algorithm="1.2.840.10045.4.3.2", issuer="foreign",
            sign=lambda each: key.sign(each, ec.ECDSA(hashes.SHA256())), **PKCS7,
        )  # fmt: skip

    assert verdict(signed_by(value), tmp_path, anchors=(party.certificate,)).outcome is Outcome.VALID


def test_an_algorithm_of_another_kind_than_the_key_is_invalid(tmp_path: Path) -> None:
    found = verdict(signed_by(lambda data: cms(data, algorithm="1.2.840.113549.1.1.11")), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["key-of-other-kind"])


def test_an_algorithm_that_nobody_knows_is_not_verifiable(tmp_path: Path) -> None:
    found = verdict(signed_by(lambda data: cms(data, algorithm="1.2.3.4")), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.NOT_VERIFIABLE, ["algorithm-unknown"])


# ---- chains

MIDDLE = issued("市级证书中心", 0xBBBB, AUTHORITY, authority=True)


def chained(by: Party, tmp_path: Path, *more: Party) -> SealVerdict:
    """The verdict on a digital signature whose signer's certificate is by *by*; *more* comes along."""
    signer = issued("end", 0xCCCC, by)
    return verdict(signed_by(lambda data: cms(data, signer, issuer=by.name, more=more)), tmp_path)


def test_a_chain_may_come_along_with_the_signature(tmp_path: Path) -> None:
    assert chained(MIDDLE, tmp_path, MIDDLE).outcome is Outcome.VALID
    assert reasons(chained(MIDDLE, tmp_path)) == ["signer-untrusted"]


def test_only_an_authority_issues_certificates(tmp_path: Path) -> None:
    assert reasons(chained(SIGNER, tmp_path, SIGNER)) == ["signer-untrusted"]


def test_an_authority_whose_time_was_over_vouches_for_nobody(tmp_path: Path) -> None:
    late = issued(MIDDLE.name, MIDDLE.secret, AUTHORITY, authority=True, ends=SIGNED - timedelta(days=1))
    assert reasons(chained(late, tmp_path, late)) == ["issuer-expired"]


def test_certificates_that_vouch_for_each_other_lead_nowhere(tmp_path: Path) -> None:
    one = issued("one", 0xDDDD, Party("two", 0xEEEE, b""), authority=True)
    two = issued("two", 0xEEEE, Party("one", 0xDDDD, b""), authority=True)
    assert reasons(chained(one, tmp_path, one, two)) == ["signer-untrusted"]
