# SPDX-License-Identifier: Apache-2.0
"""Requests and grants as signed XML: what is written is what is read, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.codec.enrollment_form import (
    GRANT_BYTES_MOST,
    REQUEST_BYTES_MOST,
    claimed_grant,
    claimed_request,
    open_grant,
    open_request,
    sign_grant,
    sign_request,
    write_grant,
    write_request,
)
from exchange.codec.suite_intl import IntlVerifier
from exchange.codec.xmlform import parse_canonical
from exchange.errors import Reject
from exchange.model.digest import sha256
from exchange.model.enrollment import EnrollmentGrant, EnrollmentRequest
from exchange.model.limits import MIB
from tests.identities import FINANCE, NOON, Party, Town, credit_code

REQUEST = EnrollmentRequest(
    participant=FINANCE,
    name="汕头市 <财政> & 局",
    credit_code=credit_code(),
    suite="intl-1",
    signing_request=b"a signing request",
    encryption_key=bytes(32),
    at=NOON,
    signed_with=sha256(b"a signing request"),
)
GRANT = EnrollmentGrant(
    participant=FINANCE,
    at=NOON,
    chain=(b"ours", b"between"),
    anchors=(b"root",),
    hub=b"the hub's",
    broker_urls=("amqps://one:5671/govbus", "amqps://two:5671/govbus"),
    broker_authorities=(b"the broker's",),
    directory=b"<directory/>",
)


@pytest.fixture(scope="module")
def party(tmp_path_factory: pytest.TempPathFactory) -> Party:
    return Town(tmp_path_factory.mktemp("town")).party(FINANCE)


@pytest.fixture(scope="module")
def verifier(party: Party) -> IntlVerifier:
    return IntlVerifier(party.identity.key.public_key())


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(Reject) as caught:
        call()
    return caught.value.code


def test_a_request_is_proven_and_read(party: Party, verifier: IntlVerifier) -> None:
    document = sign_request(REQUEST, party.identity.signer)
    assert open_request(document, verifier, who=FINANCE) == REQUEST
    assert claimed_request(document) == REQUEST


def test_a_grant_is_proven_and_read(party: Party, verifier: IntlVerifier) -> None:
    document = sign_grant(GRANT, party.identity.signer)
    assert open_grant(document, verifier) == GRANT
    assert claimed_grant(document) == GRANT


@pytest.mark.parametrize("document", [write_request(REQUEST), write_grant(GRANT)], ids=["request", "grant"])
def test_what_is_written_is_canonical(document: bytes) -> None:
    parse_canonical(document, limit_bytes=MIB, what="it")


def test_an_altered_request_is_refused(party: Party, verifier: IntlVerifier) -> None:
    document = sign_request(REQUEST, party.identity.signer).replace(b"440500.finance", b"440500.fiction")
    assert code_of(lambda: open_request(document, verifier, who=FINANCE)) == "EX-201"


def test_an_altered_grant_is_refused(party: Party, verifier: IntlVerifier) -> None:
    document = sign_grant(GRANT, party.identity.signer).replace(b"//one", b"//two")
    assert code_of(lambda: open_grant(document, verifier)) == "EX-201"


def test_another_s_signature_is_refused(party: Party, tmp_path: Path) -> None:
    stranger = IntlVerifier(Town(tmp_path).party(FINANCE).identity.key.public_key())
    assert (
        code_of(lambda: open_request(sign_request(REQUEST, party.identity.signer), stranger, who="x"))
        == "EX-201"
    )
    assert code_of(lambda: open_grant(sign_grant(GRANT, party.identity.signer), stranger)) == "EX-201"


@pytest.mark.parametrize("document", [write_request(REQUEST), write_grant(GRANT), b"", b"a letter"])
def test_what_is_not_signed_is_refused(document: bytes, verifier: IntlVerifier) -> None:
    for call in (lambda: claimed_request(document), lambda: claimed_grant(document)):
        assert code_of(call) == "EX-201"


def test_a_grant_is_no_request_and_a_request_no_grant(party: Party) -> None:
    request, grant = sign_request(REQUEST, party.identity.signer), sign_grant(GRANT, party.identity.signer)
    assert code_of(lambda: claimed_request(grant)) == "EX-102"
    assert code_of(lambda: claimed_grant(request)) == "EX-102"


def test_what_is_too_large_is_refused_before_it_is_parsed(verifier: IntlVerifier) -> None:
    large = b"<" * (REQUEST_BYTES_MOST + 1)
    assert code_of(lambda: claimed_request(large)) == "EX-103"
    assert code_of(lambda: open_request(large, verifier, who="x")) == "EX-103"
    larger = b"<" * (GRANT_BYTES_MOST + 1)
    assert code_of(lambda: claimed_grant(larger)) == "EX-103"
    assert code_of(lambda: open_grant(larger, verifier)) == "EX-103"


# ---- what the values refuse


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"participant": "finance"}, "EX-110"),
        ({"credit_code": "1" * 18}, "EX-111"),
        ({"name": ""}, "EX-104"),
        ({"name": "x" * 101}, "EX-104"),
        ({"name": "two\nlines"}, "EX-104"),
        ({"name": " padded "}, "EX-104"),
        ({"name": "\u202ereversed"}, "EX-104"),
        ({"suite": "rot-13"}, "EX-210"),
        ({"encryption_key": bytes(31)}, "EX-104"),
    ],
)
def test_a_request_is_not_possible_with(change: dict[str, object], code: str) -> None:
    assert code_of(lambda: replace(REQUEST, **change)) == code  # type: ignore[arg-type]


def test_a_grant_is_for_somebody() -> None:
    assert code_of(lambda: replace(GRANT, participant="nobody")) == "EX-110"
