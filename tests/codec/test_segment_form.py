# SPDX-License-Identifier: Apache-2.0
"""A segment is cut by its one spelling, without a look into envelope or data; any other is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from exchange.codec import compression, envelope_form, schema, segment_form
from exchange.codec.segment_form import cut, for_receiver, is_segment, write
from exchange.codec.suite import ContentKey, key_info, slice_associated
from exchange.codec.suite_intl import INTL
from exchange.model.identity import Address
from exchange.model.limits import LIMITS
from exchange.model.merkle import leaf_hash, verify_path
from exchange.model.segment import KeyRecord, Slice, check_place
from tests.refusals import refusal
from tests.strategies import addresses, slices
from tests.wire import CIVIL_AFFAIRS, FINANCE, RECEIVER, SENDER, key_record, message, noise, segment, slice_of

SENT = message()
WHOLE = segment(SENT)
TAX = Address.parse("440500.tax/registry")
keys = st.lists(
    st.builds(KeyRecord, addresses, st.binary(min_size=1, max_size=120)),
    max_size=4,
    unique_by=lambda k: k.receiver,
)


def altered(old: str, new: str, document: bytes = WHOLE) -> bytes:
    """*document* with its one *old* replaced."""
    assert document.count(old.encode()) == 1
    return document.replace(old.encode(), new.encode())


@given(keys, slices, st.binary(max_size=300))
def test_a_segment_is_cut_into_what_it_was_joined_from(
    records: list[KeyRecord], piece: Slice, sealed: bytes
) -> None:
    found = cut(write(SENT.document, records, piece, sealed))
    assert (found.envelope, list(found.keys), found.piece, found.sealed) == (
        SENT.document,
        records,
        piece,
        sealed,
    )


@given(keys, slices, st.binary(max_size=300))
def test_a_segment_fits_its_schema(records: list[KeyRecord], piece: Slice, sealed: bytes) -> None:
    schema.check(etree.fromstring(write(SENT.document, records, piece, sealed)), "segment", "the segment")


@given(keys, keys)
def test_the_hub_passes_on_only_the_keys_that_it_names(
    all_keys: list[KeyRecord], some: list[KeyRecord]
) -> None:
    piece = slice_of(SENT)
    passed = for_receiver(cut(write(SENT.document, all_keys, piece, b"sealed")), some)
    assert passed == write(SENT.document, some, piece, b"sealed")


def test_the_rest_is_what_every_receiver_gets_alike() -> None:
    found = cut(WHOLE)
    assert WHOLE.endswith(bytes(found.rest))
    assert bytes(found.rest).startswith(b"<slice ")


def test_only_a_segment_is_one() -> None:
    assert is_segment(WHOLE)
    assert not is_segment(SENT.document)


@pytest.mark.parametrize("compressed", ["", "zstd"])
def test_a_payload_arrives_slice_by_slice_as_it_left(compressed: str) -> None:
    """The whole road of a payload: cut, sealed, carried, opened, proven, joined."""
    sent = message(b"text " * 40_000 + noise("tail", 1000), segment_bytes=64 << 10)
    arrived = bytearray()
    for index in reversed(range(sent.envelope.segments)):
        found = cut(segment(sent, index, compressed=compressed))
        envelope, digest = envelope_form.open_signed(found.envelope, FINANCE.verifier, who="finance")
        secret = CIVIL_AFFAIRS.encryption.unwrap(
            found.keys[0].wrapped, key_info(INTL.name, SENDER, RECEIVER, digest)
        )
        key, piece = ContentKey(INTL, secret), found.piece
        check_place(piece, envelope.size_bytes, envelope.segment_bytes)
        associated = slice_associated(digest, index, index == envelope.segments - 1, piece.compressed)
        data = key.open_slice(found.sealed, salt=piece.salt, index=index, associated=associated)
        data = compression.decompress(data, piece.size, index) if piece.compressed else data
        leaf = leaf_hash(key.leaf_salt(), data)
        assert verify_path(leaf, index, count=envelope.segments, path=piece.path, root=envelope.root)
        arrived[0:0] = data
    assert bytes(arrived) == sent.payload


# ---- refusals


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<segment ", "<segments ", "EX-101"),
        ("<segment ", " <segment ", "EX-101"),
        ("<segment ", '<?xml version="1.0"?><segment ', "EX-101"),
        ("</segment>", "</segment>\n", "EX-101"),
        ("</segment>", "</segment><!---->", "EX-101"),
        ("</envelope>", "</envelope><!---->", "EX-101"),
        ("</envelope>", "</envelope>\n", "EX-101"),
        ("</envelope>", "</envelop>", "EX-101"),
        ("<envelope ", "<envelope  ", "EX-101"),
        ("<message-id>", "<!----><message-id>", "EX-101"),
        ("<message-id>", "<?x?><message-id>", "EX-101"),
        ("<keys>", "<keys >", "EX-101"),
        ("</keys>", "</keys><keys></keys>", "EX-101"),
        ("</keys>", "", "EX-101"),
        ("<keys>", "<keys>x", "EX-101"),
        (f'receiver="{RECEIVER}"', 'receiver=""', "EX-101"),
        (f'receiver="{RECEIVER}"', 'receiver="somebody"', "EX-110"),
        (f'receiver="{RECEIVER}"', 'receiver="民政局"', "EX-110"),
        (f'receiver="{RECEIVER}"', f'receiver="{RECEIVER}" more=""', "EX-101"),
        ('index="0"', 'index="00"', "EX-101"),
        ('index="0"', 'index="-1"', "EX-101"),
        ('index="0"', 'index="１"', "EX-101"),
        ('index="0"', 'index="9999999999"', "EX-101"),
        ('offset="0"', 'offset="007"', "EX-101"),
        ("<slice ", '<slice compressed="gzip" ', "EX-101"),
        ("<slice ", '<slice compressed="" ', "EX-101"),
        ("<slice ", "<slice\n", "EX-101"),
        ("</slice>", "AAAA</slice>", "EX-104"),
        ("</slice>", "A</slice>", "EX-104"),
        ("</slice>", " </slice>", "EX-101"),
        ("</slice>", "</slice><slice></slice>", "EX-101"),
        ("<data>", "<data><b/>", "EX-101"),
        ("<data>", "<data>&amp;", "EX-101"),
        ("<data>", "<data>&#65;", "EX-101"),
        ("<data>", "<data><![CDATA[]]>", "EX-101"),
        ("<data>", "<data></data><data>", "EX-101"),
        ("<data>", "<data >", "EX-101"),
        ("</data>", "", "EX-101"),
    ],
)
def test_any_other_spelling_is_refused(old: str, new: str, code: str) -> None:
    assert refusal(cut, altered(old, new)) == code


def test_a_salt_that_is_not_base64_is_refused() -> None:
    salt = WHOLE.split(b'salt="')[1][:24].decode()
    assert refusal(cut, altered(salt, "=" * 24)) == "EX-104"


def test_a_wrapped_key_that_is_not_base64_is_refused() -> None:
    assert refusal(cut, altered("</key>", "=A</key>")) == "EX-104"


@pytest.mark.parametrize("data", ["x", "QR==", "数据", " ", "QQ==\n"])
def test_data_that_are_not_base64_are_refused_by_whoever_reads_them(data: str) -> None:
    start = WHOLE.index(b"<data>") + len(b"<data>")
    found = cut(WHOLE[:start] + data.encode() + b"</data></segment>")
    assert refusal(lambda: found.sealed) == "EX-104"


def test_a_segment_over_the_limit_is_refused() -> None:
    assert refusal(cut, WHOLE, limits=replace(LIMITS, document=len(WHOLE) - 1)) == "EX-103"


def test_an_envelope_over_the_limit_is_not_looked_for_further() -> None:
    assert refusal(cut, WHOLE, limits=replace(LIMITS, envelope=100, manifest=100)) == "EX-101"


def test_more_key_records_than_receivers_are_refused() -> None:
    assert refusal(cut, WHOLE, limits=replace(LIMITS, receivers=0)) == "EX-103"


def test_a_receiver_with_two_key_records_is_refused() -> None:
    twice = segment(SENT, keys=[key_record(SENT), key_record(SENT)])
    assert refusal(cut, twice) == "EX-104"


def test_two_receivers_have_a_key_record_each() -> None:
    records = [key_record(SENT), key_record(SENT, TAX)]
    assert cut(segment(SENT, keys=records)).keys == tuple(records)


def test_a_segment_may_carry_no_key() -> None:
    assert cut(segment(SENT, keys=())).keys == ()


def test_markup_between_envelope_and_data_is_refused_however_far() -> None:
    far = altered("<data>", "A" * segment_form._HEAD_MOST + "<data>")
    assert refusal(cut, far) == "EX-101"


def test_a_segment_cut_short_anywhere_is_refused() -> None:
    assert {refusal(cut, WHOLE[:size]) for size in range(len(WHOLE))} == {"EX-101"}
