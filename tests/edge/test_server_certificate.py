# SPDX-License-Identifier: Apache-2.0
"""The certificate of a private node: what a client checks, and what it could never have signed."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from exchange.edge.server_certificate import CLOCK_SKEW, LIFETIME, certificates_in, issue

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MADE = issue("private node test", now=NOW)


def test_it_is_good_for_this_machine_alone() -> None:
    certificate = x509.load_pem_x509_certificate(MADE.certificate)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


def test_it_serves_and_signs_nothing() -> None:
    extensions = x509.load_pem_x509_certificate(MADE.certificate).extensions
    usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


def test_its_authority_signed_it() -> None:
    authority = x509.load_pem_x509_certificate(MADE.authority)
    x509.load_pem_x509_certificate(MADE.certificate).verify_directly_issued_by(authority)


def test_it_holds_from_an_hour_before_for_ten_years() -> None:
    certificate = x509.load_pem_x509_certificate(MADE.certificate)
    assert certificate.not_valid_before_utc == NOW - CLOCK_SKEW
    assert certificate.not_valid_after_utc == NOW + LIFETIME


def test_a_tls_library_takes_certificate_and_key_together(tmp_path: Path) -> None:
    (tmp_path / "both.pem").write_bytes(MADE.certificate + MADE.key)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / "both.pem")


def test_two_nodes_have_nothing_in_common() -> None:
    other = issue("private node other", now=NOW)
    assert {MADE.authority, MADE.certificate, MADE.key}.isdisjoint(
        {other.authority, other.certificate, other.key}
    )


def test_certificates_are_told_apart_in_one_spelling() -> None:
    spelled = b"a remark\r\n" + MADE.authority.replace(b"\n", b"\r\n") + b"\n\n" + MADE.certificate
    assert certificates_in(spelled) == (MADE.authority, MADE.certificate)


@pytest.mark.parametrize("pem", [b"", b"no certificate", MADE.key], ids=["nothing", "words", "a key"])
def test_what_holds_no_certificate_is_refused(pem: bytes) -> None:
    with pytest.raises(ValueError, match=r"PEM|certificate"):
        certificates_in(pem)
