# SPDX-License-Identifier: Apache-2.0
"""
Our signatures before other implementations, and theirs before ours.

signxml and xmlsec (libxmlsec1) know XML-DSig as the W3C wrote it. What we sign they must prove; what
they sign in our profile we must prove; what they sign in any other profile, however valid, we refuse.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import signxml
from hypothesis import given, settings

from exchange.codec.envelope_form import open_signed, write
from exchange.codec.receipt_form import open_receipt, sign_receipt, write_receipt
from exchange.model.envelope import Envelope
from exchange.model.receipt import Receipt
from tests.refusals import verdict
from tests.signing_elsewhere import (
    ENVELOPED,
    EXCLUSIVE,
    INCLUSIVE,
    signed_by_signxml,
    signed_by_xmlsec,
    signxml_proves,
    without_line_breaks_in_values,
    xmlsec_proves,
)
from tests.strategies import envelopes, receipts
from tests.wire import FINANCE, STRANGER, THE_HUB, Party, envelope, receipt, signed

CONTENT = write(envelope())

Implementation = Callable[[bytes, Party], bool]


# ---- ours before theirs


both = pytest.mark.parametrize("proves", [signxml_proves, xmlsec_proves])


@both
@settings(max_examples=25)
@given(made=envelopes())
def test_what_we_sign_others_prove(proves: Implementation, made: Envelope) -> None:
    assert proves(signed(made), FINANCE)


@both
@settings(max_examples=25)
@given(made=receipts())
def test_our_receipts_others_prove(proves: Implementation, made: Receipt) -> None:
    assert proves(sign_receipt(made, THE_HUB.signer), THE_HUB)


@both
def test_what_a_stranger_signed_others_refuse_too(proves: Implementation) -> None:
    assert not proves(signed(envelope(), STRANGER), FINANCE)


@both
def test_what_was_altered_others_refuse_too(proves: Implementation) -> None:
    assert not proves(signed(envelope()).replace(b"routine", b"flash!!"), FINANCE)


# ---- theirs before ours


def ours(document: bytes) -> str:
    """The code with which we refuse *document* as an envelope of FINANCE; "" when we believe it."""
    return verdict(open_signed, document, FINANCE.verifier, who="finance")


def test_what_signxml_signs_in_our_profile_we_prove() -> None:
    assert ours(signed_by_signxml(CONTENT)) == ""


def test_what_xmlsec_signs_in_our_profile_we_prove() -> None:
    assert ours(without_line_breaks_in_values(signed_by_xmlsec(CONTENT))) == ""


WITH_ID = CONTENT.replace(b' version="1"', b' Id="all" version="1"')

OTHER_PROFILES = {
    "another signature algorithm": lambda: signed_by_signxml(
        CONTENT, method=signxml.SignatureMethod.ECDSA_SHA384
    ),
    "another digest algorithm": lambda: signed_by_signxml(CONTENT, digest=signxml.DigestAlgorithm.SHA512),
    "inclusive canonical form, by signxml": lambda: signed_by_signxml(CONTENT, c14n=INCLUSIVE),
    "key material in the signature, by signxml": lambda: signed_by_signxml(CONTENT, key_info=True),
    "a reference by id, by signxml": lambda: signed_by_signxml(WITH_ID, reference="#all"),
    "line breaks in the value": lambda: signed_by_xmlsec(CONTENT),
    "inclusive canonical form, by xmlsec": lambda: signed_by_xmlsec(CONTENT, c14n=INCLUSIVE),
    "one transform less": lambda: signed_by_xmlsec(CONTENT, transforms=(ENVELOPED,)),
    "one transform more": lambda: signed_by_xmlsec(CONTENT, transforms=(ENVELOPED, EXCLUSIVE, EXCLUSIVE)),
    "a reference by id, by xmlsec": lambda: signed_by_xmlsec(WITH_ID, uri="#all"),
    "the signature not the last child": lambda: signed_by_xmlsec(CONTENT, place=3),
    "the signature the first child": lambda: signed_by_xmlsec(CONTENT, place=0),
    "the name of a key in the signature": lambda: signed_by_xmlsec(
        CONTENT, key_info="<ds:KeyInfo><ds:KeyName>finance</ds:KeyName></ds:KeyInfo>"
    ),
}


@pytest.mark.parametrize("profile", OTHER_PROFILES)
def test_a_signature_of_another_profile_is_valid_elsewhere_and_refused_here(profile: str) -> None:
    document = OTHER_PROFILES[profile]()
    assert xmlsec_proves(document, FINANCE)
    assert ours(document) == "EX-201"


def test_a_second_signature_in_our_profile_by_another_implementation_is_refused() -> None:
    twice = without_line_breaks_in_values(signed_by_xmlsec(signed(envelope())))
    assert ours(twice) == "EX-201"


def test_a_receipt_made_elsewhere_in_our_profile_is_believed() -> None:
    made = receipt()
    document = without_line_breaks_in_values(signed_by_xmlsec(write_receipt(made)))
    assert open_receipt(document, FINANCE.verifier, who="finance") == made
