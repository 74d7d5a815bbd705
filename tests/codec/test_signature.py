# SPDX-License-Identifier: Apache-2.0
"""One signature profile: what it covers it covers to the last bit, and nothing else is one."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from exchange.codec import signature
from exchange.codec.envelope_form import open_signed, write
from exchange.codec.receipt_form import open_receipt, sign_receipt
from exchange.codec.signature import refuse_second, sign, take_apart, verify
from exchange.codec.suite_intl import IntlSuite
from exchange.model.digest import Digest
from tests.refusals import refusal, verdict
from tests.strategies import texts
from tests.wire import CIVIL_AFFAIRS, FINANCE, STRANGER, TestSigner, envelope, receipt

CONTENT = write(envelope())
DOCUMENT, DIGEST = sign(CONTENT, FINANCE.signer)
DSIG = "http://www.w3.org/2000/09/xmldsig#"


def proves(document: bytes) -> str:
    """What happens to *document* as an envelope of FINANCE: the code of its refusal, or nothing."""
    return verdict(open_signed, document, FINANCE.verifier, who="finance")


def test_what_was_signed_is_proven() -> None:
    assert verify(take_apart(DOCUMENT, "it"), FINANCE.verifier, what="it", who="finance") == DIGEST


def test_the_content_is_what_was_signed_to_the_byte() -> None:
    assert take_apart(DOCUMENT, "it").content == CONTENT


def test_the_digest_is_that_of_the_content() -> None:
    assert Digest("sha256", hashlib.sha256(CONTENT).digest()) == DIGEST


@given(texts)
def test_any_canonical_document_can_be_signed(value: str) -> None:
    from exchange.codec.xmlform import text

    content = f"<a>{text(value)}</a>".encode()
    document, digest = sign(content, FINANCE.signer)
    found = take_apart(document, "it")
    assert (found.content, verify(found, FINANCE.verifier, what="it", who="x")) == (content, digest)


def test_the_signature_is_the_last_child() -> None:
    root = etree.fromstring(DOCUMENT)
    assert root[-1].tag == f"{{{DSIG}}}Signature"
    assert len(root.findall(f"{{{DSIG}}}Signature")) == 1


def test_the_signed_document_is_canonical_itself() -> None:
    assert etree.tostring(etree.fromstring(DOCUMENT), method="c14n", exclusive=True) == DOCUMENT


def test_the_signed_info_is_signed_in_its_canonical_form() -> None:
    info = etree.fromstring(DOCUMENT).find(f"{{{DSIG}}}Signature/{{{DSIG}}}SignedInfo")
    form = etree.tostring(info, method="c14n", exclusive=True)
    assert FINANCE.verifier.verify(form, take_apart(DOCUMENT, "it").value)


# ---- whatever is altered


@pytest.mark.parametrize(
    ("document", "opens"),
    [
        (DOCUMENT, lambda d: open_signed(d, FINANCE.verifier, who="finance")),
        (
            sign_receipt(receipt(), CIVIL_AFFAIRS.signer),
            lambda d: open_receipt(d, CIVIL_AFFAIRS.verifier, who="civil affairs"),
        ),
    ],
    ids=["envelope", "receipt"],
)
@pytest.mark.parametrize("flip", [0x01, 0x02, 0x04, 0x10, 0x20, 0x80])
def test_a_document_with_any_byte_altered_is_refused(document: bytes, opens: object, flip: int) -> None:
    """Exhaustive: every byte of it, the signature's own included."""
    passed = []
    for place in range(len(document)):
        altered = bytearray(document)
        altered[place] ^= flip
        if verdict(opens, bytes(altered)) == "":  # type: ignore[arg-type]
            passed.append(place)
    assert passed == []


def test_a_document_cut_short_or_with_a_byte_lost_is_refused() -> None:
    assert all(proves(DOCUMENT[:place]) for place in range(len(DOCUMENT)))
    assert all(proves(DOCUMENT[:place] + DOCUMENT[place + 1 :]) for place in range(len(DOCUMENT)))


@given(st.integers(0, len(DOCUMENT)), st.binary(min_size=1, max_size=5))
def test_a_document_with_bytes_put_in_is_refused(place: int, more: bytes) -> None:
    assert proves(DOCUMENT[:place] + more + DOCUMENT[place:])


def test_the_last_character_of_the_value_has_no_second_spelling() -> None:
    """Four bits behind the end of 64 bytes in base64 are read by nobody; they must be zero all the same."""
    value = base64.b64encode(take_apart(DOCUMENT, "it").value)
    others = [bytes([value[-3] + step]) for step in (1, 2, 3)]
    for other in others:
        assert base64.b64decode(value[:-3] + other + b"==") == base64.b64decode(value)
        assert proves(DOCUMENT.replace(value, value[:-3] + other + b"==")) == "EX-201"


def test_anothers_signature_does_not_hold() -> None:
    assert proves(sign(CONTENT, STRANGER.signer)[0]) == "EX-201"


def test_the_signature_of_another_document_does_not_hold() -> None:
    other = sign(write(envelope(directory_version=8)), FINANCE.signer)[0]
    start = DOCUMENT.index(b"<ds:Signature ")
    assert proves(DOCUMENT[:start] + other[other.index(b"<ds:Signature ") :]) == "EX-201"


# ---- whatever is not of the one form


@dataclass
class Elsewhere(IntlSuite):
    """Suite intl-1 under names of other algorithms."""

    digest_uri: str = "http://www.w3.org/2001/04/xmlenc#sha512"
    signature_uri: str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"


def test_the_algorithms_come_from_the_registration_not_from_the_document() -> None:
    signer = TestSigner(FINANCE.key, FINANCE.certificate)
    signer.suite = Elsewhere()  # type: ignore[misc]
    document, _ = sign(CONTENT, signer)
    assert b"sha384" in document
    assert proves(document) == "EX-201"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('URI=""', 'URI="#a"'),
        ('<ds:Reference URI="">', '<ds:Reference URI="" Id="a">'),
        ('<ds:Reference URI="">', "<ds:Reference>"),
        ("enveloped-signature", "base64"),
        ("<ds:Signature ", '<ds:Signature Id="a" '),
        ('<ds:Signature xmlns:ds="', '<ds:Signature xmlns:dx="'),
        ("<ds:SignedInfo>", "<ds:SignedInfo >"),
        ("<ds:SignedInfo>", "<ds:Object></ds:Object><ds:SignedInfo>"),
        ("<ds:SignatureValue>", "<ds:SignatureValue >"),
        ("</ds:SignatureValue>", "</ds:SignatureValue><ds:KeyInfo></ds:KeyInfo>"),
        ("</ds:SignatureValue>", "\n</ds:SignatureValue>"),
        ("<ds:SignatureValue>", "<ds:SignatureValue>\n"),
        ("</ds:Signature>", "</ds:Signature>\n"),
        ("</ds:Signature>", "</ds:Signature><a></a>"),
        ("</ds:Signature>", "</ds:Signature>text"),
        ("<ds:DigestValue>", "<ds:DigestValue >"),
        ("</ds:DigestValue>", "=</ds:DigestValue>"),
        ("</ds:DigestValue>", ""),
        ("</ds:Transforms>", "<ds:Transform></ds:Transform></ds:Transforms>"),
        ("</ds:Reference>", '</ds:Reference><ds:Reference URI="#b"></ds:Reference>'),
        ("</ds:SignedInfo>", ""),
        ("</envelope>", ""),
        ("</envelope>", "</envelope"),
        ("</envelope>", "</envelope></envelope>"),
    ],
)
def test_a_signature_of_any_other_form_is_refused(old: str, new: str) -> None:
    assert DOCUMENT.count(old.encode()) == 1
    assert proves(DOCUMENT.replace(old.encode(), new.encode())) == "EX-201"


def test_a_document_without_a_signature_is_refused() -> None:
    assert refusal(take_apart, CONTENT, "it") == "EX-201"


def test_a_document_that_is_only_a_signature_is_refused() -> None:
    assert (
        refusal(take_apart, DOCUMENT[DOCUMENT.index(b"<ds:Signature ") : -len(b"</envelope>")], "it")
        == "EX-201"
    )


def test_a_signature_that_is_too_large_is_not_looked_for() -> None:
    large = DOCUMENT.replace(
        b"<ds:SignatureValue>", b"<ds:SignatureValue>" + b"A" * signature.SIGNATURE_BYTES_MOST
    )
    assert proves(large) == "EX-201"


@given(st.binary(max_size=300))
def test_any_bytes_are_taken_apart_or_refused(data: bytes) -> None:
    assert verdict(take_apart, data, "it") == "EX-201"


# ---- two signatures


def test_a_document_signed_twice_is_refused() -> None:
    """The second signature covers the first, and both hold; there is one author all the same."""
    assert proves(sign(DOCUMENT, FINANCE.signer)[0]) == "EX-201"


def test_a_document_signed_by_a_stranger_and_then_by_its_author_is_refused() -> None:
    assert proves(sign(sign(CONTENT, STRANGER.signer)[0], FINANCE.signer)[0]) == "EX-201"


def test_what_was_proven_holds_no_signature_under_any_prefix() -> None:
    root = etree.fromstring(f'<a xmlns:s="{DSIG}"><b/><s:Signature/></a>')
    assert refusal(refuse_second, root, "it") == "EX-201"


@pytest.mark.parametrize("content", ["<a/>", "<a>text</a>", "<a><Signature/></a>"])
def test_what_was_proven_and_holds_none_passes(content: str) -> None:
    refuse_second(etree.fromstring(content), "it")
