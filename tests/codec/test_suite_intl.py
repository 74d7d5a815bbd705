# SPDX-License-Identifier: Apache-2.0
"""Suite intl-1, held against published vectors and a second implementation."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from exchange.codec.suite_intl import INTL, IntlPrivateKey, IntlPublicKey, IntlSigner, IntlVerifier
from exchange.model.digest import Digest
from tests import hpke_by_hand
from tests.wire import CIVIL_AFFAIRS, FINANCE, SECRET, STRANGER, noise

SIGNED = FINANCE.signer.sign(b"data")


def test_its_digest_is_sha256() -> None:
    assert INTL.hash(b"data") == Digest(INTL.digest, hashlib.sha256(b"data").digest())


@pytest.mark.parametrize(
    ("secret", "salt", "info", "size", "wanted"),
    [
        (  # RFC 5869, A.1
            "0b" * 22,
            "000102030405060708090a0b0c",
            "f0f1f2f3f4f5f6f7f8f9",
            42,
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (  # RFC 5869, A.3: no salt, no info
            "0b" * 22,
            "",
            "",
            42,
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ],
)
def test_derivation_follows_the_vectors_of_rfc_5869(
    secret: str, salt: str, info: str, size: int, wanted: str
) -> None:
    assert INTL.derive(*map(bytes.fromhex, (secret, salt, info)), size).hex() == wanted


@given(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=40), st.integers(1, 100))
def test_derivation_is_hkdf_of_the_other_implementation(
    secret: bytes, salt: bytes, info: bytes, size: int
) -> None:
    assert INTL.derive(secret, salt, info, size) == HKDF(hashes.SHA256(), size, salt, info).derive(secret)


@given(st.binary())
def test_a_signature_holds(data: bytes) -> None:
    key = FINANCE.key
    assert IntlVerifier(key.public_key()).verify(data, IntlSigner(key, FINANCE.certificate).sign(data))


def test_a_signature_is_r_and_s_of_32_bytes_each() -> None:
    assert len(IntlSigner(FINANCE.key, FINANCE.certificate).sign(b"")) == 64


def test_a_signer_names_its_certificate_and_suite() -> None:
    signer = IntlSigner(FINANCE.key, FINANCE.certificate)
    assert (signer.certificate, signer.suite, FINANCE.verifier.suite) == (FINANCE.certificate, INTL, INTL)


def test_a_signature_over_other_data_does_not_hold() -> None:
    assert not FINANCE.verifier.verify(b"other data", SIGNED)


def test_anothers_signature_does_not_hold() -> None:
    assert not FINANCE.verifier.verify(b"data", STRANGER.signer.sign(b"data"))


@pytest.mark.parametrize(
    "signature", [b"", SIGNED[:63], SIGNED + b"\0", bytes(64), b"\xff" * 64, SIGNED[32:] + SIGNED[:32]]
)
def test_what_is_no_signature_does_not_hold(signature: bytes) -> None:
    assert not FINANCE.verifier.verify(b"data", signature)


def test_a_signature_has_one_spelling() -> None:
    """Its s is the same number with a zero before it: two documents would be signed by one signature."""
    assert not FINANCE.verifier.verify(b"data", SIGNED[:32] + b"\0" + SIGNED[32:])


@given(st.binary(max_size=80))
def test_any_bytes_are_a_signature_or_not_and_nothing_breaks(signature: bytes) -> None:
    assert not FINANCE.verifier.verify(b"data", signature)


def test_keys_of_other_curves_are_refused_on_both_sides() -> None:
    other = ec.derive_private_key(7, ec.SECP384R1())
    with pytest.raises(ValueError, match="P-256"):
        IntlVerifier(other.public_key())
    with pytest.raises(ValueError, match="P-256"):
        IntlSigner(other, FINANCE.certificate)


def test_keys_of_other_kinds_are_refused() -> None:
    other = rsa.generate_private_key(65537, 1024)
    with pytest.raises(ValueError, match="P-256"):
        IntlVerifier(other.public_key())  # type: ignore[arg-type]  # that is the defect


# ---- wrapped keys


@given(st.binary(min_size=1, max_size=100), st.binary(max_size=100))
def test_a_wrapped_secret_opens(secret: bytes, info: bytes) -> None:
    assert CIVIL_AFFAIRS.encryption.unwrap(CIVIL_AFFAIRS.encryption.public.wrap(secret, info), info) == secret


def test_the_suite_opens_what_hpke_by_hand_wraps() -> None:
    owner = CIVIL_AFFAIRS.encryption
    wrapped = hpke_by_hand.wrap(SECRET, owner.public_raw, b"info", noise("ephemeral", 32))
    assert owner.unwrap(wrapped, b"info") == SECRET


def test_hpke_by_hand_opens_what_the_suite_wraps() -> None:
    wrapped = CIVIL_AFFAIRS.encryption.public.wrap(SECRET, b"info")
    assert hpke_by_hand.unwrap(wrapped, CIVIL_AFFAIRS.encryption_raw, b"info") == SECRET


def test_every_wrapping_is_another() -> None:
    public = CIVIL_AFFAIRS.encryption.public
    assert public.wrap(SECRET, b"") != public.wrap(SECRET, b"")


def test_a_public_key_is_its_32_bytes() -> None:
    again = IntlPublicKey(CIVIL_AFFAIRS.encryption.public_raw)
    assert CIVIL_AFFAIRS.encryption.unwrap(again.wrap(SECRET, b""), b"") == SECRET


def test_only_its_owner_opens_a_wrapped_key() -> None:
    wrapped = CIVIL_AFFAIRS.encryption.public.wrap(SECRET, b"info")
    with pytest.raises(ValueError, match="does not open"):
        STRANGER.encryption.unwrap(wrapped, b"info")


def test_a_wrapped_key_with_any_byte_altered_does_not_open() -> None:
    wrapped = CIVIL_AFFAIRS.encryption.public.wrap(SECRET, b"info")
    for place in range(len(wrapped)):
        altered = bytearray(wrapped)
        altered[place] ^= 1
        with pytest.raises(ValueError, match="does not open"):
            CIVIL_AFFAIRS.encryption.unwrap(bytes(altered), b"info")


def test_what_was_wrapped_with_a_point_that_hides_nothing_does_not_open() -> None:
    """RFC 7748, section 6.1: the shared secret would be zero; whoever sent it need not have known the key."""
    with pytest.raises(ValueError, match="does not open"):
        CIVIL_AFFAIRS.encryption.unwrap(bytes(32 + len(SECRET) + 16), b"info")


@given(st.binary(max_size=120))
def test_any_bytes_are_no_wrapped_key(wrapped: bytes) -> None:
    with pytest.raises(ValueError, match="does not open"):
        CIVIL_AFFAIRS.encryption.unwrap(wrapped, b"info")


@pytest.mark.parametrize("raw", [b"", bytes(31), bytes(33)])
def test_a_key_of_another_length_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="32"):
        IntlPublicKey(raw)
    with pytest.raises(ValueError, match="32"):
        IntlPrivateKey(raw)


def test_a_public_key_that_hides_nothing_is_refused_when_it_is_used() -> None:
    """RFC 7748, section 6.1: a point of small order makes the shared secret zero, for everybody."""
    with pytest.raises(ValueError, match="key"):
        IntlPublicKey(bytes(32)).wrap(SECRET, b"")
