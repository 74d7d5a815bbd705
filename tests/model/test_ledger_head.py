# SPDX-License-Identifier: Apache-2.0
"""Heads and entries have one spelling each, and only one thing can be read from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import Reject
from exchange.model import instant
from exchange.model.digest import Digest, sha256
from exchange.model.ledger_head import LedgerHead, SignedHead

NOON = datetime(2026, 11, 21, 12, 0, 0, 125_000, UTC)

moments = st.datetimes(min_value=NOON.replace(year=1970, tzinfo=None), timezones=st.just(UTC))
digests = st.binary(min_size=32, max_size=32).map(lambda value: Digest("sha256", value))


def test_a_head_is_four_lines_of_text():
    head = LedgerHead(3, sha256(b""), NOON)
    assert head.to_bytes() == (
        b"govbus ledger head 1\n"
        b"size 3\n"
        b"root sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
        b"at 2026-11-21T12:00:00.125Z\n"
    )


@given(st.integers(0, 10**17), digests, moments)
def test_a_head_reads_back_as_it_was_written(size: int, root: Digest, at: datetime):
    head = LedgerHead(size, root, at)
    assert LedgerHead.from_bytes(head.to_bytes()) == head


@given(st.binary(max_size=200))
def test_any_bytes_are_a_head_or_the_named_error(data: bytes):
    with pytest.raises(Reject, match="EX-104"):
        LedgerHead.from_bytes(data)


@pytest.mark.parametrize(
    ("defect", "found", "wanted"),
    [
        ("a size with a zero in front", "size 3", "size 03"),
        ("a negative size", "size 3", "size -3"),
        ("another root", "root sha256:e3", "root md5:e3"),
        ("a root in capitals", "root sha256:e3", "root sha256:E3"),
        ("a day that does not exist", "2026-11-21", "2026-02-30"),
        ("a time with another zone", "125Z", "125+08:00"),
        ("another preamble", "head 1", "head 2"),
        ("no last line end", "125Z\n", "125Z"),
        ("a line more", "125Z\n", "125Z\n\n"),
        ("another line end", "size 3\n", "size 3\r\n"),
    ],
)
def test_any_other_spelling_is_refused(defect: str, found: str, wanted: str):
    spelled = LedgerHead(3, sha256(b""), NOON).to_bytes().decode()
    assert found in spelled, defect
    with pytest.raises(Reject):
        LedgerHead.from_bytes(spelled.replace(found, wanted, 1).encode())


def test_a_ledger_is_not_shorter_than_empty():
    with pytest.raises(Reject, match="EX-104 ledger head size is -1"):
        LedgerHead(-1, sha256(b""), NOON)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(Reject, match="EX-104 ledger time"):
        LedgerHead(1, sha256(b""), NOON.replace(tzinfo=None))


def test_the_same_moment_elsewhere_is_the_same_head():
    there = NOON.astimezone(timezone(timedelta(hours=8)))
    assert LedgerHead(1, sha256(b""), there) == LedgerHead(1, sha256(b""), NOON)


def test_a_head_keeps_what_the_wire_can_carry_of_its_time():
    head = LedgerHead(1, sha256(b""), NOON + timedelta(microseconds=7))
    assert head.at == NOON == instant.parse("2026-11-21T12:00:00.125Z")


def test_a_signed_head_speaks_for_its_head():
    head = LedgerHead(1, sha256(b"root"), NOON)
    signed = SignedHead(head, b"signature", sha256(b"certificate"))
    assert (signed.size, signed.root, signed.at) == (1, sha256(b"root"), NOON)
