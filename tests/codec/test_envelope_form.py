# SPDX-License-Identifier: Apache-2.0
"""An envelope is written in one spelling, read back whole, and claims nothing that it does not say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from lxml import etree

from exchange.codec import envelope_form, schema, signature
from exchange.codec.envelope_form import claim, claimed_certificate, open_signed, read, read_manifest, write
from exchange.model.envelope import Envelope, Manifest
from exchange.model.limits import LIMITS
from tests.refusals import refusal, verdict
from tests.strategies import envelopes, manifests, texts, unwritable, words
from tests.wire import FINANCE, SENDER, STRANGER, an_id, envelope, manifest_of, message, signed

DOCUMENT = signed(envelope())
CONTENT = write(envelope())


def altered(old: str, new: str, content: bytes = CONTENT) -> bytes:
    """*content* with its one *old* replaced."""
    assert content.count(old.encode()) == 1
    return content.replace(old.encode(), new.encode())


# ---- round trips


@given(envelopes())
def test_an_envelope_reads_back_as_it_was_written(made: Envelope) -> None:
    assert read(write(made)) == made


@given(envelopes())
def test_an_envelope_is_written_in_canonical_form(made: Envelope) -> None:
    written = write(made)
    root = etree.fromstring(written)
    assert etree.tostring(root, method="c14n", exclusive=True, with_comments=False) == written


@given(envelopes())
def test_an_envelope_fits_its_schema(made: Envelope) -> None:
    schema.check(etree.fromstring(write(made)), "envelope", "the envelope")


@given(envelopes())
def test_a_signed_envelope_opens(made: Envelope) -> None:
    document, digest = signature.sign(write(made), FINANCE.signer)
    assert open_signed(document, FINANCE.verifier, who="finance") == (made, digest)


@given(envelopes())
def test_a_claim_is_what_the_envelope_says(made: Envelope) -> None:
    document = signed(made)
    assert (claim(document).message_id, claim(document).sender) == (made.message_id, made.sender)
    assert claimed_certificate(document) == made.certificate


@given(texts, unwritable)
def test_a_control_character_in_an_attribute_is_refused(value: str, bad: str) -> None:
    assert refusal(write, envelope(attributes={"name": value + bad})) == "EX-104"
    assert refusal(write, envelope(attributes={value + bad: "value"})) == "EX-104"


@given(words, words, texts, texts)
def test_attributes_are_written_in_one_order(one: str, two: str, first: str, second: str) -> None:
    there = envelope(attributes={one: first, two: second})
    back = envelope(attributes=dict(reversed(list(there.attributes.items()))))
    assert write(there) == write(back)


@given(manifests)
def test_a_manifest_reads_back_as_it_was_written(made: Manifest) -> None:
    assert read_manifest(envelope_form.write_manifest(made)) == made


@given(manifests)
def test_a_manifest_is_written_in_canonical_form(made: Manifest) -> None:
    written = envelope_form.write_manifest(made)
    assert etree.tostring(etree.fromstring(written), method="c14n", exclusive=True) == written


def test_a_manifest_opens_from_the_envelope_that_carries_it() -> None:
    sent = message()
    opened = sent.key.open_manifest(sent.envelope.manifest, sent.envelope.message_id)
    assert read_manifest(opened) == manifest_of(sent.payload)


def test_the_hub_sees_no_name_of_a_part() -> None:
    sent = message(b"payload")
    assert "付款通知".encode() not in sent.document


# ---- claims


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<envelope>",
        DOCUMENT[1:],
        b" " + DOCUMENT,
        altered('version="1"', 'version="2"', DOCUMENT),
        DOCUMENT.replace(b"<type>", b"<typo>"),
        b"<?xml version='1.0'?>" + DOCUMENT,
    ],
)
def test_what_does_not_begin_as_an_envelope_claims_nothing(document: bytes) -> None:
    assert refusal(claim, document) == "EX-101"


@pytest.mark.parametrize(
    ("old", "new"), [(an_id(), "42"), (str(SENDER), "somebody"), (str(SENDER), "财政局")]
)
def test_a_claim_with_an_impossible_name_is_refused(old: str, new: str) -> None:
    assert refusal(claim, altered(f">{old}<", f">{new}<", DOCUMENT)) == "EX-110"


def test_a_document_that_names_no_certificate_is_refused() -> None:
    assert refusal(claimed_certificate, DOCUMENT.replace(b"certificate>", b"certainty>")) == "EX-101"


def test_a_certificate_that_is_no_digest_is_refused() -> None:
    assert refusal(claimed_certificate, b"<certificate>mine</certificate>") == "EX-112"


# ---- what is refused although it is signed


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<priority>routine</priority>", "<priority>soon</priority>", "EX-102"),
        ("<priority>routine</priority>", "", "EX-102"),
        ("<priority>routine</priority>", "<priority>routine</priority>" * 2, "EX-102"),
        ("<suite>intl-1</suite>", "<suite></suite>", "EX-102"),
        (' version="1"', ' version="2"', "EX-102"),
        (' version="1"', "", "EX-102"),
        (' version="1"', ' spare="1" version="1"', "EX-102"),
        ('size="20"', 'size="020"', "EX-102"),
        ('size="20"', 'size="99999999999"', "EX-104"),
        ('segments="1"', 'segments="2"', "EX-104"),
        ("2026-11-21T12:00:00.000Z</created>", "2026-02-30T12:00:00.000Z</created>", "EX-110"),
        ("<created>2026-11-21T12", "<created>2027-11-21T12", "EX-104"),
        ('name="district"', 'name="文号"', "EX-104"),
        ('name="district"', 'name=""', "EX-102"),
        ("</manifest>", "\n</manifest>", "EX-104"),
        ("</manifest>", "AA</manifest>", "EX-102"),
        ("</envelope>", "</envelope>\n", "EX-101"),
        ("</envelope>", "<!-- --></envelope>", "EX-101"),
        ("</envelope>", "<spare></spare></envelope>", "EX-102"),
        ("</envelope>", '<extension must-understand="1" name="x"></extension></envelope>', "EX-104"),
        ("</envelope>", '<extension must-understand="true" name=""></extension></envelope>', "EX-102"),
        (
            "</envelope>",
            '<x:Signature xmlns:x="http://www.w3.org/2000/09/xmldsig#"></x:Signature></envelope>',
            "EX-201",
        ),
        ("<type>document.official.v1", "<type>document", "EX-102"),
        (f"<from>{SENDER}</from>", f"<from>{SENDER}</from><to>{SENDER}</to><to>{SENDER}</to>", "EX-104"),
        ('xmlns="urn:govbus:exchange:1"', 'xmlns="urn:govbus:exchange:2"', "EX-102"),
        ('xmlns="urn:govbus:exchange:1"', 'xmlns="relative"', "EX-101"),
        ("<envelope ", "<x:envelope xmlns:x='urn:x' ", "EX-101"),
    ],
)
def test_what_an_envelope_may_not_say_is_refused(old: str, new: str, code: str) -> None:
    content = altered(old, new)
    assert refusal(read, content) == code


def test_a_ledger_head_that_cannot_be_is_refused() -> None:
    assert refusal(read, altered('<ledger-head at="2026-11', '<ledger-head at="2026-13')) == "EX-110"


def test_an_envelope_without_a_ledger_head_is_read() -> None:
    assert read(write(envelope(ledger_head=None))).ledger_head is None


def test_an_envelope_over_the_limit_is_refused_before_anything_else() -> None:
    most = LIMITS.envelope + LIMITS.manifest
    assert refusal(open_signed, b"x" * (most + 1), FINANCE.verifier, who="finance") == "EX-103"


def test_an_envelope_of_a_stranger_is_refused() -> None:
    assert refusal(open_signed, signed(envelope(), STRANGER), FINANCE.verifier, who="finance") == "EX-201"


def test_a_manifest_over_the_limit_is_refused() -> None:
    assert refusal(read_manifest, b"x" * (LIMITS.manifest + 1)) == "EX-103"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<key>payment-42</key>", "", "EX-102"),
        ('size="7"', 'size="-7"', "EX-102"),
        ('role="body"', f'role="{"x" * 65}"', "EX-104"),
        ("sha256:", "SHA256:", "EX-102"),
        ("sha256:", "sha384:", "EX-112"),
        ("</manifest>", "</manifest><!---->", "EX-101"),
    ],
)
def test_what_a_manifest_may_not_say_is_refused(old: str, new: str, code: str) -> None:
    written = envelope_form.write_manifest(manifest_of(b"payload"))
    assert refusal(read_manifest, altered(old, new, written)) == code


def test_the_longest_legal_attributes_still_fit() -> None:
    made = envelope(attributes={f"{i:064d}": "x" * LIMITS.attribute_value for i in range(LIMITS.attributes)})
    assert verdict(open_signed, signed(made), FINANCE.verifier, who="finance") == ""


def test_every_field_of_an_envelope_is_signed() -> None:
    """Another value of any field makes another document."""
    made = envelope(conversation=an_id(1), in_reply_to=an_id(2), follows=an_id(3))
    later = made.created + timedelta(seconds=1)
    changes = [
        {"message_id": an_id(9)},
        {"type": "other.v1"},
        {"to": ()},
        {"created": later},
        {"expires": made.expires - timedelta(1)},
        {"suite": "gm-1"},
        {"directory_version": 8},
        {"manifest": b""},
        {"conversation": None},
        {"in_reply_to": None},
        {"follows": None},
        {"attributes": {}},
        {"ledger_head": None},
    ]
    assert len({write(replace(made, **change)) for change in changes} | {write(made)}) == len(changes) + 1
