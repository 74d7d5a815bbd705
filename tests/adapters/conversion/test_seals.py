# SPDX-License-Identifier: Apache-2.0
"""Seals in OFD documents: what a seal must be, protect and be used in to be valid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.conversion.seals import Outcome, libcrypto, verify_seals
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
    description_xml,
    issued,
    packed,
    public_key,
    sealed,
    signatures_xml,
    time_stamp,
)
from tests.adapters.conversion.verdicts import ANCHORS, reasons, remarks, resigned, verdict, verdicts

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
