# SPDX-License-Identifier: Apache-2.0
"""A digest never travels without its algorithm, and has one spelling."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.model.digest import Digest, sha256
from tests.refusals import refusal, verdict
from tests.strategies import digests

NINES = "9f" * 32


@given(digests)
def test_a_digest_reads_back_as_it_was_spelled(digest: Digest) -> None:
    assert Digest.parse(str(digest)) == digest


def test_the_same_value_of_another_algorithm_is_another_digest() -> None:
    assert Digest("sha256", bytes(32)) != Digest("sm3", bytes(32))


@pytest.mark.parametrize(
    "text",
    ["", ":", "sha256", "sha256:",
     f"sha256:{NINES}00", f"sha256:{NINES[:-2]}", f"sha256:{NINES[:-1]}",
     f"md5:{NINES[:32]}", f"sha512:{NINES}", f"SHA256:{NINES}",
     f"sha256:{NINES.upper()}", f"sha256:{'zz' * 32}",
     f" sha256:{NINES}", f"sha256:{NINES}\n", NINES],
)  # fmt: skip
def test_any_other_spelling_is_refused(text: str) -> None:
    assert refusal(Digest.parse, text) == "EX-112"


def test_spaces_between_digits_are_no_second_spelling() -> None:
    assert refusal(Digest.parse, "sha256:" + " ".join(["9f"] * 32)) == "EX-112"


@pytest.mark.parametrize(
    ("algorithm", "size"), [("sha256", 31), ("sha256", 33), ("sm3", 0), ("md5", 16), ("", 0)]
)
def test_an_unknown_algorithm_or_another_length_is_refused(algorithm: str, size: int) -> None:
    assert refusal(Digest, algorithm, bytes(size)) == "EX-112"


@given(st.text())
def test_any_text_is_a_digest_or_refused(text: str) -> None:
    assert verdict(Digest.parse, text) in ("", "EX-112")


@given(st.binary())
def test_sha256_is_sha256(data: bytes) -> None:
    assert sha256(data) == Digest("sha256", hashlib.sha256(data).digest())
