# SPDX-License-Identifier: Apache-2.0
"""The directory as signed XML: what is written is what is read, and nothing else is."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.codec.directory_form import (
    DIRECTORY_BYTES_MOST,
    claimed_certificate,
    open_directory,
    read_directory,
    sign_directory,
    write_certificate_state,
    write_directory,
    write_participant,
)
from exchange.codec.suite_intl import IntlSigner, IntlVerifier
from exchange.codec.xmlform import parse_canonical
from exchange.errors import Reject
from exchange.model.digest import sha256
from exchange.model.directory import Certificate, EncryptionKey, Participant, Standing
from exchange.model.identity import Address
from exchange.model.limits import MIB
from exchange.model.receipt import HUB
from exchange.model.rule import Rule
from tests.identities import FINANCE, NOON, TAX, Town, credit_code, directory

SIGNED_WITH = sha256(b"the hub's certificate")


def certificate(der: bytes = b"der", *, revoked: bool = False) -> Certificate:
    at = NOON + timedelta(days=3) if revoked else None
    return Certificate(sha256(der), der, NOON, NOON + timedelta(days=9), at)


FULL = Participant(
    id=FINANCE,
    name='汕头市财政局 <第一科> & "co"',
    credit_code=credit_code(),
    suite="intl-1",
    certificates=(certificate(), certificate(b"older", revoked=True)),
    encryption_keys=(EncryptionKey(bytes(32), NOON), EncryptionKey(b"k" * 32, NOON - timedelta(days=3))),
    standing=Standing.SUSPENDED,
    grants=frozenset({"urgent", "flash"}),
    limits=MappingProxyType({"segments": 9, "bytes-a-second": 1 << 40}),
    versions=(1, 2),
)
SPARSE = Participant(HUB, "hub", "", "intl-1", ())


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> IntlSigner:
    return Town(tmp_path_factory.mktemp("town")).party(HUB).identity.signer


@pytest.fixture(scope="module")
def verifier(signer: IntlSigner) -> IntlVerifier:
    return IntlVerifier(signer._key.public_key())


def test_everything_that_is_written_is_read() -> None:
    whole = replace(directory(FULL, SPARSE, holder=FINANCE), routing_version=4)
    assert read_directory(write_directory(whole, SIGNED_WITH)) == whole


def test_routing_rules_stand_in_it_in_the_routing_table_s_own_spelling() -> None:
    rules = (
        Rule(id="one", type="document.*", sender=f"{TAX}/*", deliver=(Address(FINANCE, "files"),)),
        Rule(id="two", type="*", to="4405*", grant="relay", comment="<all> & sundry"),
    )
    whole = replace(directory(FULL, holder=TAX), rules=rules, routing_version=3)
    document = write_directory(whole, SIGNED_WITH)
    parse_canonical(document, limit_bytes=MIB, what="the directory")
    assert read_directory(document) == whole


def test_an_empty_directory_is_one_too() -> None:
    assert read_directory(write_directory(directory(), SIGNED_WITH)) == directory()


def test_what_is_written_is_canonical() -> None:
    document = write_directory(directory(FULL, SPARSE), SIGNED_WITH)
    parse_canonical(document, limit_bytes=MIB, what="the directory")


def test_equal_directories_are_equal_bytes() -> None:
    one, other = directory(FULL, SPARSE), directory(SPARSE, FULL)
    assert write_directory(one, SIGNED_WITH) == write_directory(other, SIGNED_WITH)


@given(
    name=st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=80
    ).filter(lambda text: "￾" not in text and "￿" not in text),
    grants=st.frozensets(st.from_regex(r"[a-z]{1,12}", fullmatch=True), max_size=4),
    version=st.integers(0, 10**17),
)
def test_any_name_and_version_survive_the_journey(name: str, grants: frozenset[str], version: int) -> None:
    one = replace(FULL, name=name, grants=grants)
    whole = directory(one, version=version)
    assert read_directory(write_directory(whole, SIGNED_WITH)) == whole


def test_a_signed_directory_is_proven_and_read(signer: IntlSigner, verifier: IntlVerifier) -> None:
    document = sign_directory(directory(FULL, SPARSE), signer)
    assert claimed_certificate(document) == signer.certificate
    assert open_directory(document, verifier) == directory(FULL, SPARSE)


# ---- refused


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(Reject) as caught:
        call()
    return caught.value.code


def test_an_altered_directory_is_refused(signer: IntlSigner, verifier: IntlVerifier) -> None:
    document = sign_directory(directory(FULL), signer)
    assert code_of(lambda: open_directory(document.replace(b"suspended", b"active"), verifier)) == "EX-201"


def test_another_s_signature_is_refused(signer: IntlSigner, tmp_path: Path) -> None:
    stranger = Town(tmp_path).party(TAX).identity.key.public_key()
    document = sign_directory(directory(FULL), signer)
    assert code_of(lambda: open_directory(document, IntlVerifier(stranger))) == "EX-201"


def test_an_unsigned_directory_is_refused(verifier: IntlVerifier) -> None:
    document = write_directory(directory(FULL), SIGNED_WITH)
    assert code_of(lambda: open_directory(document, verifier)) == "EX-201"


def test_a_directory_that_is_too_large_is_refused_before_it_is_parsed(verifier: IntlVerifier) -> None:
    assert code_of(lambda: open_directory(b"<" * (DIRECTORY_BYTES_MOST + 1), verifier)) == "EX-103"


ALTERATIONS = {
    "of a participant twice": (
        b"<participant id",
        b'<participant id="hub"><name>x</name><suite>y</suite>'
        b"<standing>active</standing></participant><participant id",
    ),
    "with a standing that there is not": (b"suspended", b"asleep"),
    "with a credit code that does not check": (credit_code().encode(), credit_code().encode()[:-1] + b"0"),
    "with a key that is not base64": (base64.b64encode(bytes(32)), b"!"),
    "with a version that is no number": (b"<number>7", b"<number>07"),
    "with something unknown": (b"<number>7", b"<surprise></surprise><number>7"),
    "with a comment": (b"<number>7", b"<!--x--><number>7"),
    "for nobody that could be": (b"<routing-number>", b"<holder>finance</holder><routing-number>"),
}


@pytest.mark.parametrize("defect", ALTERATIONS)
def test_a_directory_is_refused(defect: str) -> None:
    found, put = ALTERATIONS[defect]
    document = write_directory(directory(FULL, SPARSE), SIGNED_WITH)
    assert found in document
    assert code_of(lambda: read_directory(document.replace(found, put, 1))).startswith("EX-1")


@pytest.mark.parametrize("document", [b"", b"<directory/>", b"<segment></segment>"])
def test_what_is_no_directory_says_nothing_of_its_signer(document: bytes) -> None:
    assert code_of(lambda: claimed_certificate(document)) == "EX-101"


def test_a_directory_that_no_participant_would_take_is_not_signed(signer: IntlSigner) -> None:
    crowd = replace(FULL, certificates=tuple(certificate(bytes([n]) * MIB) for n in range(3)))
    assert code_of(lambda: sign_directory(directory(crowd), signer)) == "EX-103"


# ---- for the ledger


def test_ledger_entries_are_canonical_and_name_the_version() -> None:
    entry = write_participant(FULL, 12)
    root = parse_canonical(entry, limit_bytes=MIB, what="entry")
    assert root.get("directory") == "12"
    parse_canonical(write_certificate_state(certificate(revoked=True)), limit_bytes=MIB, what="entry")
