# SPDX-License-Identifier: Apache-2.0
"""The built-in authority: what it issues, and how long that is good."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from exchange.edge.authority import AUTHORITY_LIFE, LIFE, Authority
from exchange.errors import Halt
from tests.identities import FINANCE, NOON, Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def certificate(town: Town, who: str = FINANCE) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return x509.load_der_x509_certificate(town.authority.issue(key, who, at=NOON))


def test_making_it_again_finds_the_same_authority(town: Town) -> None:
    again = Authority.make(town.folder / "authority", "another name", at=NOON + timedelta(days=1))
    assert again.certificate == town.authority.certificate


def test_a_folder_without_an_authority_is_named(tmp_path: Path) -> None:
    with pytest.raises(Halt, match="EX-904"):
        Authority.load(tmp_path)


def test_a_participant_is_bound_by_common_name_and_uri(town: Town) -> None:
    made = certificate(town)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert made.subject.rfc4514_string() == f"CN={FINANCE}"
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [f"urn:govbus:participant:{FINANCE}"]


def test_a_participant_may_log_in_and_sign_but_not_issue(town: Town) -> None:
    made = certificate(town)
    usage = made.extensions.get_extension_for_class(x509.KeyUsage).value
    purposes = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert usage.digital_signature
    assert not usage.key_cert_sign
    assert list(purposes) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_certificate_is_good_for_two_years(town: Town) -> None:
    assert certificate(town).not_valid_after_utc == NOON + LIFE == NOON + timedelta(days=730)


def test_no_certificate_outlives_the_authority(town: Town) -> None:
    late = NOON + AUTHORITY_LIFE - timedelta(days=10)
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    made = x509.load_der_x509_certificate(town.authority.issue(key, FINANCE, at=late))
    assert made.not_valid_after_utc == NOON + AUTHORITY_LIFE


def test_no_two_certificates_have_one_serial_number(town: Town) -> None:
    assert certificate(town).serial_number != certificate(town).serial_number
