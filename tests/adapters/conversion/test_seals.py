# SPDX-License-Identifier: Apache-2.0
"""Seals and signatures in OFD documents: valid, invalid or not verifiable, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.conversion.seals import Outcome, SealVerdict, anchors_of, libcrypto, verify_seals
from adapters.conversion.seals.der import parts_of
from adapters.conversion.seals.ses_signature import NotReadable
from adapters.conversion.unreadable import Unreadable
from exchange.texts import LANGUAGES
from tests.adapters.conversion import sm2_by_hand as sm2
from tests.adapters.conversion.sealed_documents import (
    AUTHORITY,
    CONTENT_XML,
    FILES,
    FOREIGN_MAKER,
    MADE,
    MAKER,
    NOW,
    OTHER_SIGNER,
    PICTURE,
    SIGN,
    SIGNED,
    SIGNER,
    STRANGER,
    Party,
    SealPlan,
    SignaturePlan,
    certificate,
    cms,
    description_xml,
    general_time,
    issued,
    oid,
    packed,
    public_key,
    sealed,
    sequence,
    signatures_xml,
    signed_by,
    time_stamp,
)

ANCHORS = (AUTHORITY.certificate,)
NO_PATHS: tuple[str, ...] = ()


def verdicts(
    files: dict[str, bytes], folder: Path, *, anchors: tuple[bytes, ...] = ANCHORS
) -> tuple[SealVerdict, ...]:
    path = folder / "document.ofd"
    path.write_bytes(packed(files))
    return verify_seals(path, anchors, NOW)


def verdict(files: dict[str, bytes], folder: Path, *, anchors: tuple[bytes, ...] = ANCHORS) -> SealVerdict:
    (only,) = verdicts(files, folder, anchors=anchors)
    return only


def reasons(found: SealVerdict) -> list[str]:
    return [each.name for each in found.reasons]


def remarks(found: SealVerdict) -> list[str]:
    return [each.name for each in found.findings if each.outcome is Outcome.VALID]


# ---- valid


@pytest.mark.parametrize("version", [1, 4])
@pytest.mark.parametrize("raw", [False, True])
def test_a_seal_of_either_standard_and_in_either_spelling_of_its_numbers_is_valid(
    version: int, raw: bool, tmp_path: Path
) -> None:
    found = verdict(sealed(SignaturePlan(SealPlan(version=version), raw=raw)), tmp_path)
    assert (found.outcome, found.findings) == (Outcome.VALID, ())


def test_a_verdict_says_what_the_seal_says_of_itself(tmp_path: Path) -> None:
    found = verdict(sealed(), tmp_path)
    assert (found.id, found.form, found.seal_id) == ("1", "SES 4", "44050000000001")
    assert (found.seal_name, found.signer, found.maker) == ("市财政局公章", SIGNER.name, MAKER.name)
    assert found.signed_at == SIGNED
    assert found.picture is not None
    assert (found.picture.format, found.picture.data, found.picture.width_mm) == ("png", PICTURE, 40)
    assert [(each.page, each.boundary, each.clip) for each in found.stamps] == [
        ("1", (100, 200, 40, 40), (0, 0, 20, 40))
    ]
    assert found.protected == (*(f"/{name}" for name in FILES), f"/{SIGN}Seal.esl")
    assert found.unprotected == ()


def test_a_seal_may_name_its_users_by_digest(tmp_path: Path) -> None:
    assert verdict(sealed(SignaturePlan(SealPlan(by_digest=True))), tmp_path).outcome is Outcome.VALID


def test_a_maker_may_sign_more_than_the_content_of_the_seal(tmp_path: Path) -> None:
    plan = SealPlan(signed_over=lambda _, all_three: all_three)
    assert verdict(sealed(SignaturePlan(plan)), tmp_path).outcome is Outcome.VALID


def test_paths_may_lack_the_slash_or_be_relative_or_in_another_case(tmp_path: Path) -> None:
    files = sealed()
    for path in (
        "Doc_0/Signs/Sign_0/Signature.xml",
        "Sign_0/Signature.xml",
        "\\doc_0\\signs\\Sign_0\\signature.xml",
    ):
        files["Doc_0/Signs/Signatures.xml"] = signatures_xml(path)
        assert verdict(files, tmp_path).outcome is Outcome.VALID


def test_a_maker_may_stand_under_an_anchor_that_is_no_root(tmp_path: Path) -> None:
    assert verdict(sealed(), tmp_path, anchors=(MAKER.certificate,)).outcome is Outcome.VALID


def test_a_document_without_signatures_has_no_verdict(tmp_path: Path) -> None:
    files = {**FILES, "OFD.xml": FILES["OFD.xml"].replace(b"Signatures>", b"Nothing>")}
    assert verdicts(files, tmp_path) == ()


# ---- files


@pytest.mark.parametrize("name", FILES)
def test_an_altered_file_is_named(name: str, tmp_path: Path) -> None:
    files = sealed()
    files[name] += b" "
    found = verdict(files, tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["file-altered"])
    assert f"/{name}" in found.sentence()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    files = sealed()
    del files["Doc_0/Pages/Page_0/Content.xml"]
    found = verdict(files, tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["file-missing"])


def test_a_digest_that_is_none_protects_nothing(tmp_path: Path) -> None:
    files = sealed()
    description = files[f"{SIGN}Signature.xml"].replace(b"<ofd:CheckValue>", b"<ofd:CheckValue>!", 1)
    files[f"{SIGN}Signature.xml"] = description
    files[f"{SIGN}SignedValue.dat"] = SignaturePlan().value(description)
    assert reasons(verdict(files, tmp_path)) == ["file-altered"]


def resigned(description: bytes) -> dict[str, bytes]:
    """The sealed document with another description, rightly signed."""
    value = SignaturePlan().value(description)
    return {**sealed(), f"{SIGN}Signature.xml": description, f"{SIGN}SignedValue.dat": value}


def test_files_that_are_not_protected_are_named_and_change_nothing_unless_they_are_pages(
    tmp_path: Path,
) -> None:
    files = {**sealed(), "Doc_0/Annots/Annotations.xml": b"<Annotations/>"}
    found = verdict(files, tmp_path)
    assert (found.outcome, remarks(found)) == (Outcome.VALID, ["files-unprotected"])
    assert found.unprotected == ("Doc_0/Annots/Annotations.xml",)


@pytest.mark.parametrize("name", ["Doc_0/Document.xml", "Doc_0/Pages/Page_0/Content.xml"])
def test_a_seal_that_does_not_protect_the_pages_proves_nothing(name: str, tmp_path: Path) -> None:
    some = {each: data for each, data in FILES.items() if each != name}
    found = verdict(resigned(description_xml(some)), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.NOT_VERIFIABLE, ["pages-unprotected"])


def test_a_seal_that_protects_nothing_proves_nothing(tmp_path: Path) -> None:
    found = verdict(resigned(description_xml({})), tmp_path)
    assert (found.outcome, reasons(found)) == (
        Outcome.NOT_VERIFIABLE,
        ["nothing-protected", "pages-unprotected"],
    )


@pytest.mark.parametrize(
    ("check", "weak"), [("MD5", True), ("SHA1", True), ("SHA256", False), ("SM3", False)]
)
def test_digests_go_by_many_names_and_weak_ones_are_said(check: str, weak: bool, tmp_path: Path) -> None:
    name = check.lower()
    description = description_xml(FILES, check=check, digest=lambda data: libcrypto.digest(name, data))
    found = verdict(resigned(description), tmp_path)
    assert found.outcome is Outcome.VALID
    assert ("weak-digest" in remarks(found)) is weak


def test_a_digest_that_nobody_knows_is_not_verifiable(tmp_path: Path) -> None:
    found = verdict(resigned(description_xml(FILES, check="1.2.156.10197.1.401.2")), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.NOT_VERIFIABLE, ["digest-unknown"])


def test_two_files_of_one_name_protect_nothing(tmp_path: Path) -> None:
    path = tmp_path / "document.ofd"
    twice = {**sealed(), "Doc_0/./Pages/Page_0/Content.xml": CONTENT_XML}
    path.write_bytes(packed(twice))
    (found,) = verify_seals(path, ANCHORS, NOW)
    assert (found.outcome, reasons(found)) == (Outcome.NOT_VERIFIABLE, ["file-doubled"])


# ---- signatures


def test_an_altered_description_is_found(tmp_path: Path) -> None:
    files = sealed()
    files[f"{SIGN}Signature.xml"] = files[f"{SIGN}Signature.xml"].replace(b"100 200 40 40", b"000 200 40 40")
    found = verdict(files, tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["description-altered"])


def test_a_signature_with_another_identity_than_the_agreed_one_is_wrong(tmp_path: Path) -> None:
    found = verdict(sealed(SignaturePlan(identity=b"ALICE123@YAHOO.COM")), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["signature-wrong"])
    assert "SM2" in found.sentence()


def test_a_signature_by_another_key_is_wrong(tmp_path: Path) -> None:
    thief = Party(SIGNER.name, OTHER_SIGNER.secret, SIGNER.certificate)
    assert reasons(verdict(sealed(SignaturePlan(signer=thief)), tmp_path)) == ["signature-wrong"]


@pytest.mark.parametrize("by_digest", [False, True])
def test_a_signer_whom_the_seal_does_not_name_may_not_use_it(by_digest: bool, tmp_path: Path) -> None:
    plan = SignaturePlan(SealPlan(by_digest=by_digest), signer=OTHER_SIGNER)
    found = verdict(sealed(plan), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["signer-not-listed"])


def test_a_seal_that_names_nobody_is_not_verifiable(tmp_path: Path) -> None:
    found = verdict(sealed(SignaturePlan(SealPlan(users=()))), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.NOT_VERIFIABLE, ["no-signers-listed"])


# ---- seals


def test_an_altered_seal_is_found(tmp_path: Path) -> None:
    forged = replace(
        SealPlan(), picture=PICTURE.replace(b"seal", b"cat!"), signed_over=lambda *_: b"the true one"
    )
    found = verdict(sealed(SignaturePlan(forged)), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["seal-altered"])


def test_a_seal_beside_the_signature_that_is_another_is_found(tmp_path: Path) -> None:
    other = SealPlan(name="市税务局公章").made()
    description = description_xml({**FILES, f"{SIGN}Seal.esl": other})
    found = verdict({**resigned(description), f"{SIGN}Seal.esl": other}, tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["other-seal"])


def test_a_foreign_maker_makes_a_seal_not_verifiable(tmp_path: Path) -> None:
    found = verdict(sealed(SignaturePlan(SealPlan(maker=FOREIGN_MAKER))), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.NOT_VERIFIABLE, ["maker-untrusted"])


def test_without_anchors_nothing_is_verifiable_and_what_is_wrong_is_still_found(tmp_path: Path) -> None:
    assert reasons(verdict(sealed(), tmp_path, anchors=())) == ["no-anchors"]
    altered = {**sealed(), "OFD.xml": FILES["OFD.xml"] + b" "}
    assert verdict(altered, tmp_path, anchors=()).outcome is Outcome.INVALID


def test_a_maker_that_only_says_its_issuer_is_trusted_is_not(tmp_path: Path) -> None:
    forged = Party("x", 0x7777, certificate("x", public_key(0x7777), AUTHORITY.name, STRANGER.sign))
    found = verdict(sealed(SignaturePlan(SealPlan(maker=forged))), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.NOT_VERIFIABLE, ["issuer-signature-wrong"])


def test_a_signer_who_leads_nowhere_is_vouched_for_by_the_seal(tmp_path: Path) -> None:
    lone = issued("lone", 0x8888, STRANGER)
    plan = SignaturePlan(SealPlan(users=(lone.certificate,)), signer=lone)
    found = verdict(sealed(plan), tmp_path)
    assert (found.outcome, remarks(found)) == (Outcome.VALID, ["signer-untrusted"])


def test_a_seal_without_a_picture_is_said(tmp_path: Path) -> None:
    assert remarks(verdict(sealed(SignaturePlan(SealPlan(picture=b""))), tmp_path)) == ["no-picture"]


# ---- times


def test_a_seal_used_after_its_end_is_invalid(tmp_path: Path) -> None:
    found = verdict(sealed(SignaturePlan(SealPlan(ends=SIGNED - timedelta(days=1)))), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["seal-not-valid-then"])


def test_a_seal_used_before_its_beginning_is_invalid(tmp_path: Path) -> None:
    assert reasons(verdict(sealed(SignaturePlan(at=MADE - timedelta(days=1))), tmp_path)) == [
        "seal-not-valid-then"
    ]


def test_a_seal_that_has_ended_since_stays_valid_and_it_is_said(tmp_path: Path) -> None:
    found = verdict(sealed(SignaturePlan(SealPlan(ends=SIGNED + timedelta(days=1)))), tmp_path)
    assert (found.outcome, remarks(found)) == (Outcome.VALID, ["seal-expired-since"])


def test_a_certificate_that_had_ended_when_it_signed_is_invalid(tmp_path: Path) -> None:
    late = issued(SIGNER.name, SIGNER.secret, AUTHORITY, ends=SIGNED - timedelta(days=1))
    plan = SignaturePlan(SealPlan(users=(late.certificate,)), signer=late)
    found = verdict(sealed(plan), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["certificate-not-valid-then"])


def test_a_certificate_that_has_ended_since_is_said(tmp_path: Path) -> None:
    late = issued(SIGNER.name, SIGNER.secret, AUTHORITY, ends=SIGNED + timedelta(days=1))
    plan = SignaturePlan(SealPlan(users=(late.certificate,)), signer=late)
    found = verdict(sealed(plan), tmp_path)
    assert (found.outcome, remarks(found)) == (Outcome.VALID, ["certificate-expired-since"])


def test_a_maker_whose_time_was_over_when_the_seal_was_made_is_invalid(tmp_path: Path) -> None:
    late = issued(MAKER.name, MAKER.secret, AUTHORITY, ends=MADE - timedelta(days=1))
    found = verdict(sealed(SignaturePlan(SealPlan(maker=late))), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["certificate-not-valid-then"])


def test_a_signature_of_tomorrow_is_invalid(tmp_path: Path) -> None:
    found = verdict(sealed(SignaturePlan(at=NOW + timedelta(days=1))), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["signed-in-future"])


def test_a_time_stamp_is_verified(tmp_path: Path) -> None:
    found = verdict(sealed(SignaturePlan(stamp=lambda signature: time_stamp(signature, AUTHORITY))), tmp_path)
    assert (found.outcome, remarks(found)) == (Outcome.VALID, ["time-stamped"])


def test_a_time_stamp_of_another_signature_makes_the_seal_invalid(tmp_path: Path) -> None:
    plan = SignaturePlan(stamp=lambda signature: time_stamp(signature, AUTHORITY, imprint=sm2.sm3(b"x")))
    found = verdict(sealed(plan), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["time-stamp-wrong"])


def test_a_time_stamp_that_nobody_signed_makes_the_seal_invalid(tmp_path: Path) -> None:
    forger = Party(AUTHORITY.name, STRANGER.secret, AUTHORITY.certificate)
    found = verdict(sealed(SignaturePlan(stamp=lambda signature: time_stamp(signature, forger))), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["time-stamp-wrong"])


def test_a_time_stamp_by_a_stranger_is_said(tmp_path: Path) -> None:
    stranger = issued("别处时间戳", 0x9999, STRANGER)
    plan = SignaturePlan(stamp=lambda signature: time_stamp(signature, stranger, issuer=STRANGER.name))
    assert remarks(verdict(sealed(plan), tmp_path)) == ["time-stamp-untrusted"]


def test_a_time_stamp_that_is_none_is_said(tmp_path: Path) -> None:
    found = verdict(sealed(SignaturePlan(stamp=lambda _: b"nothing")), tmp_path)
    assert (found.outcome, remarks(found)) == (Outcome.VALID, ["time-stamp-unreadable"])


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


def foreign(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> tuple[x509.Certificate, Party]:
    """A certificate for *key* by itself, made by a library that knows no SM2."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "foreign")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, MADE, NOW + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made, Party("foreign", 0, made.public_bytes(serialization.Encoding.DER))


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


# ---- what cannot be read

NO_CERTIFICATE = b"no certificate, and long enough to be taken for one by its length"


@pytest.mark.parametrize(
    ("plan", "wanted"),
    [
        (SignaturePlan(signer=replace(SIGNER, certificate=NO_CERTIFICATE)), ["certificate-unreadable"]),
        (
            SignaturePlan(SealPlan(maker=replace(MAKER, certificate=NO_CERTIFICATE))),
            ["certificate-unreadable"],
        ),
        (SignaturePlan(SealPlan(end=general_time(MADE)[:2] + b"x" * 15)), ["no-validity"]),
        (SignaturePlan(time=general_time(MADE)[:2] + b"x" * 15), ["no-time"]),
    ],
)
def test_a_part_that_cannot_be_read_keeps_a_seal_from_being_verified(
    plan: SignaturePlan, wanted: list[str], tmp_path: Path
) -> None:
    found = verdict(sealed(plan), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.NOT_VERIFIABLE, wanted)


def test_a_seal_beside_the_signature_that_is_not_there_is_found(tmp_path: Path) -> None:
    found = verdict(without(f"{SIGN}Seal.esl"), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["file-missing", "other-seal"])


def test_signed_data_that_are_none_are_said(tmp_path: Path) -> None:
    broken = sequence(oid("1.2.840.113549.1.7.2"), b"\xa0\x03\x02\x01\x01")
    found = verdict(signed_by(lambda _: broken), tmp_path)
    assert (found.form, reasons(found)) == ("CMS", ["value-unreadable"])


def test_a_digital_signature_without_any_time_is_not_verifiable(tmp_path: Path) -> None:
    description = description_xml(FILES, seal=False).replace(
        b"<ofd:SignatureDateTime>2026", b"<ofd:SignatureDateTime>"
    )
    files = signed_by(lambda _: cms(description, at=None))
    found = verdict({**files, f"{SIGN}Signature.xml": description}, tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.NOT_VERIFIABLE, ["no-time"])


def test_a_digital_signature_of_tomorrow_is_invalid(tmp_path: Path) -> None:
    found = verdict(signed_by(lambda data: cms(data, at=NOW + timedelta(days=1))), tmp_path)
    assert (found.outcome, reasons(found)) == (Outcome.INVALID, ["signed-in-future"])


def test_a_document_whose_root_is_missing_is_not_verifiable(tmp_path: Path) -> None:
    found = verdict(without("Doc_0/Document.xml"), tmp_path)
    assert reasons(found) == ["file-missing", "document-unreadable"]


@pytest.mark.parametrize(
    "token",
    [
        lambda signature: time_stamp(signature, AUTHORITY, issuer="nobody"),
        lambda signature: time_stamp(signature, AUTHORITY, algorithm="1.2.3.4"),
    ],
)
def test_a_time_stamp_that_cannot_be_verified_is_said(
    token: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    found = verdict(sealed(SignaturePlan(stamp=token)), tmp_path)
    assert (found.outcome, remarks(found)) == (Outcome.VALID, ["time-stamp-unproven"])


def test_signed_data_that_stamp_nothing_are_no_time_stamp(tmp_path: Path) -> None:
    found = verdict(sealed(SignaturePlan(stamp=lambda data: cms(data, AUTHORITY, held=sequence()))), tmp_path)
    assert remarks(found) == ["time-stamp-unreadable"]


def without(name: str) -> dict[str, bytes]:
    return {each: data for each, data in sealed().items() if each != name}


@pytest.mark.parametrize(
    ("files", "name"),
    [
        (without(f"{SIGN}SignedValue.dat"), "value-unreadable"),
        (without(f"{SIGN}Signature.xml"), "description-unreadable"),
        (without("Doc_0/Signs/Signatures.xml"), "list-unreadable"),
        ({**sealed(), f"{SIGN}SignedValue.dat": b"nothing"}, "value-unreadable"),
        ({**sealed(), f"{SIGN}SignedValue.dat": b""}, "value-unreadable"),
        ({**sealed(), f"{SIGN}Signature.xml": b"<!DOCTYPE x><x/>"}, "description-unreadable"),
    ],
)
def test_what_cannot_be_read_is_said_and_never_dropped(
    files: dict[str, bytes], name: str, tmp_path: Path
) -> None:
    found = verdicts(files, tmp_path)
    assert name in [each for one in found for each in reasons(one)]
    assert all(one.outcome is Outcome.NOT_VERIFIABLE for one in found)


def test_files_of_a_signature_that_no_list_names_are_said(tmp_path: Path) -> None:
    files = {**sealed(), "Doc_0/Signs/Signatures.xml": signatures_xml()}
    found = verdicts(files, tmp_path)
    assert [reasons(one) for one in found] == [["unlisted"]] * 3
    assert {one.id for one in found} == {
        f"{SIGN}{name}" for name in ("Signature.xml", "Seal.esl", "SignedValue.dat")
    }


def test_a_list_that_is_too_long_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.conversion.seals.ofd_signatures.SIGNATURES_MOST", 1)
    path = f"/{SIGN}Signature.xml"
    files = {**sealed(), "Doc_0/Signs/Signatures.xml": signatures_xml(path, path)}
    assert [reasons(one) for one in verdicts(files, tmp_path)] == [[], ["too-many"]]


def test_a_file_that_is_no_package_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.ofd"
    path.write_bytes(b"nothing")
    with pytest.raises(Unreadable):
        verify_seals(path, ANCHORS, NOW)


HEAD = 4  # tag and length of the whole
SEALED = sealed()
VALUE = SignaturePlan().value(SEALED[f"{SIGN}Signature.xml"])

SIGNED_PART = (HEAD, HEAD + len(parts_of(VALUE)[0]))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(VALUE) - 1), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_signature_has_a_verdict_and_is_not_valid_where_the_damage_was_signed(
    place: int, byte: int, cut: bool, tmp_path: Path
) -> None:
    changed = VALUE[:place] if cut else VALUE[:place] + bytes([byte]) + VALUE[place + 1 :]
    found = verdict({**SEALED, f"{SIGN}SignedValue.dat": changed}, tmp_path)
    assert (
        changed == VALUE or not SIGNED_PART[0] <= place < SIGNED_PART[1] or found.outcome is not Outcome.VALID
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.binary(max_size=200))
def test_any_bytes_have_a_verdict(value: bytes, tmp_path: Path) -> None:
    assert verdict({**SEALED, f"{SIGN}SignedValue.dat": value}, tmp_path).outcome is not Outcome.VALID


# ---- a machine without SM2


@pytest.fixture
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without libcrypto."""
    libcrypto._library.cache_clear()
    monkeypatch.setattr(libcrypto, "LIBRARIES", NO_PATHS)
    monkeypatch.setattr(libcrypto, "_library", libcrypto._library.__wrapped__)


@pytest.mark.usefixtures("_bare")
def test_a_machine_without_sm2_says_so(tmp_path: Path) -> None:
    found = verdict(sealed(), tmp_path)
    assert found.outcome is Outcome.NOT_VERIFIABLE
    assert {"no-sm2", "no-algorithm"} <= set(reasons(found))


@pytest.mark.usefixtures("_bare")
def test_a_machine_without_sm2_still_finds_an_altered_file_by_another_digest(tmp_path: Path) -> None:
    description = description_xml(FILES, check="SHA256", digest=lambda data: libcrypto.digest("sha256", data))
    files = {**resigned(description), "OFD.xml": FILES["OFD.xml"] + b" "}
    assert verdict(files, tmp_path).outcome is Outcome.INVALID


# ---- anchors and sentences


def test_anchors_are_read_from_pem_and_der() -> None:
    made, party = foreign(ec.generate_private_key(ec.SECP256R1()))
    pem = made.public_bytes(serialization.Encoding.PEM)
    assert anchors_of(pem + pem, AUTHORITY.certificate) == (
        party.certificate,
        party.certificate,
        AUTHORITY.certificate,
    )


def test_an_anchor_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotReadable):
        anchors_of(b"nothing")
    with pytest.raises(NotReadable):
        verdict(sealed(), tmp_path, anchors=(b"nothing",))


def test_a_verdict_with_many_reasons_says_the_first_and_their_number(tmp_path: Path) -> None:
    many = {f"Doc_0/Res/{number}.png": b"x" for number in range(13)}
    found = verdict(resigned(description_xml({**FILES, **many})), tmp_path)
    assert len(found.reasons) == 13
    assert found.sentence().endswith("; and 3 reasons more")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_verdict_is_a_sentence_in_either_language(lang: str, tmp_path: Path) -> None:
    said = verdict({**sealed(), "OFD.xml": FILES["OFD.xml"] + b" "}, tmp_path).sentence(lang)
    wanted = {
        "en": "市财政局公章: invalid, because the file /OFD.xml was altered after signing",
        "zh": "市财政局公章：无效，原因：文件 /OFD.xml 在签章之后被改动",
    }
    assert said == wanted[lang]
