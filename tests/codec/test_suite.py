# SPDX-License-Identifier: Apache-2.0
"""What is derived from a content key: bound to its place, and open to nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.codec.suite import ContentKey, key_info, private_info, slice_associated
from exchange.codec.suite_intl import INTL
from exchange.model.digest import sha256
from exchange.model.identity import Address
from exchange.model.segment import SALT_BYTES
from tests.wire import CIVIL_AFFAIRS, RECEIVER, SECRET, SENDER, an_id, noise

KEY = ContentKey(INTL, SECRET)
PLACE: dict[str, Any] = {"salt": noise("salt", SALT_BYTES), "index": 3, "associated": b"place"}


@given(st.binary())
def test_a_slice_opens_in_its_place(data: bytes) -> None:
    assert KEY.open_slice(KEY.seal_slice(data, **PLACE), **PLACE) == data


@pytest.mark.parametrize(
    "elsewhere",
    [{"salt": bytes(SALT_BYTES)}, {"index": 4}, {"associated": b"other place"}, {"associated": b""}],
)
def test_a_slice_opens_nowhere_else(elsewhere: dict[str, Any]) -> None:
    sealed = KEY.seal_slice(b"data", **PLACE)
    with pytest.raises(ValueError, match="does not hold"):
        KEY.open_slice(sealed, **{**PLACE, **elsewhere})


def test_a_slice_opens_under_no_other_key() -> None:
    sealed = KEY.seal_slice(b"data", **PLACE)
    with pytest.raises(ValueError, match="does not hold"):
        ContentKey(INTL, bytes(32)).open_slice(sealed, **PLACE)


def test_a_slice_with_any_bit_altered_does_not_open() -> None:
    sealed = KEY.seal_slice(b"data", **PLACE)
    for place in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(ValueError, match="does not hold"):
            KEY.open_slice(bytes(altered), **PLACE)


@pytest.mark.parametrize("size", [0, 1, 15, 16])
def test_a_slice_cut_short_does_not_open(size: int) -> None:
    with pytest.raises(ValueError, match="does not hold"):
        KEY.open_slice(KEY.seal_slice(b"data", **PLACE)[:size], **PLACE)


def test_a_fresh_salt_makes_other_bytes_of_the_same_slice() -> None:
    other = {**PLACE, "salt": noise("another salt", SALT_BYTES)}
    assert KEY.seal_slice(b"data", **PLACE) != KEY.seal_slice(b"data", **other)


@given(st.binary())
def test_a_manifest_opens_in_its_message(data: bytes) -> None:
    assert KEY.open_manifest(KEY.seal_manifest(data, an_id()), an_id()) == data


def test_a_manifest_opens_in_no_other_message() -> None:
    sealed = KEY.seal_manifest(b"manifest", an_id())
    with pytest.raises(ValueError, match="does not hold"):
        KEY.open_manifest(sealed, an_id(1))


def test_the_leaf_salt_belongs_to_the_message_and_is_not_its_key() -> None:
    assert KEY.leaf_salt() == KEY.leaf_salt()
    assert KEY.leaf_salt() not in (SECRET, ContentKey(INTL, bytes(32)).leaf_salt())


def test_what_is_derived_for_one_purpose_is_no_use_for_another() -> None:
    assert len({KEY.leaf_salt(), KEY._slice_key(b"", 0)[:32], KEY._slice_key(b"", 1)[:32]}) == 3


TAX = Address.parse("440500.tax/registry")
PLACES = [
    key_info("intl-1", SENDER, RECEIVER, sha256(b"1")),
    key_info("gm-1", SENDER, RECEIVER, sha256(b"1")),
    key_info("intl-1", TAX, RECEIVER, sha256(b"1")),
    key_info("intl-1", SENDER, TAX, sha256(b"1")),
    key_info("intl-1", SENDER, RECEIVER, sha256(b"2")),
    private_info("intl-1", an_id(), SENDER),
    private_info("gm-1", an_id(), SENDER),
    private_info("intl-1", an_id(1), SENDER),
    private_info("intl-1", an_id(), TAX),
]


def test_every_place_of_a_wrapped_key_is_another() -> None:
    assert len(set(PLACES)) == len(PLACES)


@pytest.mark.parametrize("place", PLACES[1:])
def test_a_wrapped_key_moved_elsewhere_does_not_open(place: bytes) -> None:
    wrapped = CIVIL_AFFAIRS.encryption.public.wrap(SECRET, PLACES[0])
    with pytest.raises(ValueError, match="does not open"):
        CIVIL_AFFAIRS.encryption.unwrap(wrapped, place)


def test_every_place_of_a_slice_is_another() -> None:
    one, two = sha256(b"1"), sha256(b"2")
    places = [
        slice_associated(digest, index, last, compressed)
        for digest in (one, two)
        for index in (0, 1)
        for last in (False, True)
        for compressed in ("", "zstd")
    ]
    assert len(set(places)) == 16
