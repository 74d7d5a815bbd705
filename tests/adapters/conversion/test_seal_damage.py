# SPDX-License-Identifier: Apache-2.0
"""What cannot be read, or not be verified on this machine, has a verdict too; anchors; sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.conversion.seals import Outcome, anchors_of, libcrypto, verify_seals
from adapters.conversion.seals.der import parts_of
from adapters.conversion.seals.ses_signature import NotReadable
from adapters.conversion.unreadable import Unreadable
from exchange.texts import LANGUAGES
from tests.adapters.conversion.sealed_documents import (
    AUTHORITY,
    FILES,
    MADE,
    MAKER,
    NOW,
    SIGN,
    SIGNER,
    SealPlan,
    SignaturePlan,
    cms,
    description_xml,
    general_time,
    oid,
    sealed,
    sequence,
    signatures_xml,
    signed_by,
    time_stamp,
)
from tests.adapters.conversion.verdicts import ANCHORS, foreign, reasons, remarks, resigned, verdict, verdicts

NO_PATHS: tuple[str, ...] = ()

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
