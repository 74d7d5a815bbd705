# SPDX-License-Identifier: Apache-2.0
"""SM2 and SM3 through libcrypto, held against the standard's vectors and a second implementation."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.conversion.seals import libcrypto
from adapters.conversion.seals.der import parts_of, signature_in_der, time_in, time_of
from tests.adapters.conversion import sm2_by_hand as sm2
from tests.adapters.conversion.sealed_documents import (
    bits,
    general_time,
    integer,
    public_key,
    sequence,
    utc_time,
)

# GM/T 0003.5-2012, appendix A: the signature example on the recommended curve.
SECRET = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
PUBLIC = "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"  # noqa: E501
NONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
MESSAGE = b"message digest"


def verifies(signature: bytes, message: bytes = MESSAGE, identity: bytes = sm2.IDENTITY) -> bool:
    return libcrypto.verifies(public_key(SECRET), signature, message, digest="sm3", identity=identity)


def test_the_standards_example_is_verified_by_libcrypto() -> None:
    assert verifies(sequence(integer(R), integer(S)))


def test_the_standards_example_is_made_by_hand() -> None:
    assert sm2.point_bytes(SECRET).hex().upper() == PUBLIC
    assert sm2.sign(SECRET, MESSAGE, nonce=NONCE) == (R, S)


@pytest.mark.parametrize(
    ("signature", "message", "identity"),
    [
        (sequence(integer(R), integer(S)), b"message digesT", sm2.IDENTITY),
        (sequence(integer(R), integer(S)), MESSAGE, b"1234567812345679"),
        (sequence(integer(R), integer(S + 1)), MESSAGE, sm2.IDENTITY),
        (b"", MESSAGE, sm2.IDENTITY),
        (b"nothing", MESSAGE, sm2.IDENTITY),
    ],
)
def test_anything_else_is_not(signature: bytes, message: bytes, identity: bytes) -> None:
    assert not verifies(signature, message, identity)


# GM/T 0004-2012, appendix A.
@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_is_the_standards(data: bytes, digest: str) -> None:
    assert libcrypto.digest("sm3", data).hex() == digest
    assert sm2.sm3(data).hex() == digest


@settings(max_examples=50)
@given(st.binary(max_size=300))
def test_sm3_is_the_same_by_hand(data: bytes) -> None:
    assert libcrypto.digest("sm3", data) == sm2.sm3(data)


@settings(max_examples=10)
@given(message=st.binary(max_size=99), identity=st.binary(min_size=1, max_size=40))
def test_what_is_signed_by_hand_is_verified_by_libcrypto(message: bytes, identity: bytes) -> None:
    r, s = sm2.sign(SECRET, message, identity=identity)
    assert verifies(sequence(integer(r), integer(s)), message, identity)
    assert verifies(signature_in_der(r.to_bytes(32) + s.to_bytes(32)), message, identity)


def test_a_key_that_is_none_is_unsupported() -> None:
    with pytest.raises(libcrypto.Unsupported):
        libcrypto.verifies(b"nothing", b"", b"", digest="sm3")


def test_a_digest_that_libcrypto_does_not_have_is_unsupported() -> None:
    with pytest.raises(libcrypto.Unsupported):
        libcrypto.verifies(public_key(SECRET), b"", b"", digest="sm9")


NOON = datetime(2026, 6, 1, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "20260601120005Z", "260601120005Z", "20260601120005.763Z", "2026-06-01T12:00:05Z",
        "2026-06-01 12:00:05Z", "20260601200005", "2026-06-01 20:00:05", "2026/06/01 20:00:05",
        "20260601200005+0800",
        "20260601070005-0500", "2026-06-01T20:00:05+08:00",
    ],
)  # fmt: skip
def test_a_time_is_read_in_every_spelling_and_is_chinas_without_a_zone(written: str) -> None:
    assert time_in(written) == NOON


@pytest.mark.parametrize("written", ["", "yesterday", "20261301120000Z", "2026", "20260601250000Z"])
def test_what_is_no_time_is_none(written: str) -> None:
    assert time_in(written) is None


@pytest.mark.parametrize(
    "der",
    [
        utc_time(NOON),
        general_time(NOON),
        bits(utc_time(NOON)),
        bits(general_time(NOON)),
        bits(b"20260601120005Z"),
    ],
)
def test_a_time_is_read_from_any_type(der: bytes) -> None:
    assert time_of(der) == NOON


@given(st.binary(max_size=60))
def test_any_bytes_are_parts_or_a_value_error(data: bytes) -> None:
    try:
        parts = parts_of(data)
    except ValueError:
        return
    assert b"".join(parts) in data
