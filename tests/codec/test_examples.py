# SPDX-License-Identifier: Apache-2.0
"""The examples on the page of the wire format are real: they fit the schemas, and its keys open them."""

from __future__ import annotations

import re

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from docs import generate
from exchange.codec import schema, segment_form
from exchange.codec.envelope_form import open_signed, read_manifest
from exchange.codec.receipt_form import open_notice, open_receipt, read_private
from exchange.codec.suite import ContentKey, key_info, private_info, slice_associated
from exchange.codec.suite_intl import INTL, IntlPrivateKey, IntlVerifier
from exchange.model.envelope import check_limits, check_manifest
from exchange.model.merkle import leaf_hash, verify_path
from exchange.model.notice import NoticeKind
from exchange.model.receipt import ReceiptKind

PAGE = (generate.REFERENCE / "wire-format.md").read_text("utf-8")
TEXT = generate.PAYLOAD


def block(name: str) -> str:
    """What the page shows between the marks of *name*."""
    found = re.search(rf"<!-- generated: {name} -->\n\n?```\w+\n(.*?)\n```", PAGE, re.DOTALL)
    assert found
    return found[1]


def document(name: str) -> bytes:
    return generate.bare(block(name))


def signing_key(whose: str) -> IntlVerifier:
    """The public key on the page that is said to be *whose*."""
    pem = re.search(
        rf"{whose}, signing key:\n(-----BEGIN.*?-----END PUBLIC KEY-----)", block("keys"), re.DOTALL
    )
    assert pem
    key = serialization.load_pem_public_key(pem[1].encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return IntlVerifier(key)


def private_key(whose: str) -> IntlPrivateKey:
    """The private encryption key on the page that is said to be *whose*."""
    found = re.search(rf"{whose}, private X25519 key: ([0-9a-f]{{64}})", block("keys"))
    assert found
    return IntlPrivateKey(bytes.fromhex(found[1]))


@pytest.mark.parametrize("page", generate.PAGES)
def test_a_page_is_what_the_code_says(page: str) -> None:
    written = (generate.REFERENCE / page).read_text("utf-8")
    assert written == generate.PAGES[page](), "run: python -m docs.generate"


@pytest.mark.parametrize("name", ["segment", "manifest", "receipt", "notice"])
def test_an_example_fits_its_schema(name: str) -> None:
    schema.check(etree.fromstring(document(name)), name, "the example")


@pytest.mark.parametrize(
    ("name", "built"),
    [
        ("segment", generate.example_segment),
        ("receipt", generate.example_receipt),
        ("notice", generate.example_notice),
    ],
)
def test_an_example_without_its_explanations_is_the_document_to_the_byte(name: str, built: object) -> None:
    assert document(name) == built()  # type: ignore[operator]


def test_the_segment_opens_with_the_keys_on_the_page_and_gives_the_text() -> None:
    found = segment_form.cut(document("segment"))
    envelope, digest = open_signed(found.envelope, signing_key("440500.finance"), who="440500.finance")
    check_limits(envelope)
    info = key_info(envelope.suite, envelope.sender, found.keys[0].receiver, digest)
    key = ContentKey(INTL, private_key("440500.civil-affairs").unwrap(found.keys[0].wrapped, info))
    associated = slice_associated(digest, 0, True, "")
    data = key.open_slice(found.sealed, salt=found.piece.salt, index=0, associated=associated)
    leaf = leaf_hash(key.leaf_salt(), data)
    assert verify_path(leaf, 0, count=1, path=found.piece.path, root=envelope.root)
    assert data == TEXT


def test_the_manifest_is_the_one_inside_the_segment() -> None:
    found = segment_form.cut(document("segment"))
    envelope, _ = open_signed(found.envelope, signing_key("440500.finance"), who="440500.finance")
    secret = re.search(r"content key of the message: ([0-9a-f]{64})", block("keys"))
    assert secret
    key = ContentKey(INTL, bytes.fromhex(secret[1]))
    opened = key.open_manifest(envelope.manifest, envelope.message_id)
    assert opened == document("manifest")
    check_manifest(read_manifest(opened), envelope)


def test_the_receipt_is_about_that_segment_and_its_private_part_is_read_by_the_sender() -> None:
    whose = "440500.civil-affairs"
    receipt = open_receipt(document("receipt"), signing_key(whose), who=whose)
    _, digest = open_signed(
        segment_form.cut(document("segment")).envelope, signing_key("440500.finance"), who="440500.finance"
    )
    assert (receipt.kind, receipt.envelope) == (ReceiptKind.DELIVERED, digest)
    plain = private_key("440500.finance").unwrap(
        receipt.private, private_info(INTL.name, receipt.receipt_id, receipt.sender)
    )
    assert INTL.hash(plain) == receipt.private_digest
    assert read_private(plain).rows == 1


def test_the_notice_is_the_hubs() -> None:
    assert open_notice(document("notice"), signing_key("hub"), who="hub").kind is NoticeKind.GO


def test_every_element_of_the_schemas_is_named_on_the_page() -> None:
    named: set[str] = set()
    for name in ("envelope", "segment", "manifest", "receipt", "private", "notice"):
        source = (generate.REFERENCE.parents[1] / "schemas" / "exchange" / f"{name}.xsd").read_text("utf-8")
        named |= set(re.findall(r'<xs:(?:element|attribute) name="([\w-]+)"', source))
    assert sorted(name for name in named if not re.search(rf"[`<\s]{name}[`>=\s]", PAGE)) == []


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="places for segment"):
        generate.with_parts("no marks")
