# SPDX-License-Identifier: Apache-2.0
"""
Every reader before any bytes: a value or a Reject with its code, and nothing else, ever.

Whatever else a reader raises would stop a worker in front of a document that anybody could send.
What it takes must stay the same when it is written and read again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exchange.codec import envelope_form, receipt_form, segment_form, signature, xmlform
from exchange.codec.compression import compress, decompress
from exchange.model import instant
from exchange.model.digest import Digest
from exchange.model.envelope import Extension
from exchange.model.identity import Address, credit_code, message_id, message_type, participant_id
from exchange.model.ranges import Indices
from exchange.model.receipt import PrivatePart
from tests.refusals import verdict
from tests.wire import (
    CIVIL_AFFAIRS,
    FINANCE,
    THE_HUB,
    an_id,
    envelope,
    manifest_of,
    message,
    notice,
    receipt,
    segment,
    signed,
)

Reader = Callable[[bytes], Any]

LARGE = envelope(
    conversation=an_id(1), in_reply_to=an_id(2), follows=an_id(3), extensions=(Extension("x", "<&>", True),)
)


# Envelope and schema, trust, and a slice that cannot be decompressed: what the readers' docstrings promise.
CODES = {"", "EX-101", "EX-102", "EX-103", "EX-104", "EX-110", "EX-112", "EX-201", "EX-203", "EX-406"}


def parse(data: bytes) -> object:
    return xmlform.parse(data, limit_bytes=1 << 20, what="it")


def parse_canonical(data: bytes) -> object:
    return xmlform.parse_canonical(data, limit_bytes=1 << 20, what="it")


def cut_and_decode(data: bytes) -> bytes:
    return segment_form.cut(data).sealed


# reader: a document that it takes
READERS: dict[str, tuple[Reader, bytes]] = {
    "parse": (parse, envelope_form.write(LARGE)),
    "parse_canonical": (parse_canonical, envelope_form.write(LARGE)),
    "envelope": (envelope_form.read, envelope_form.write(LARGE)),
    "signed envelope": (lambda d: envelope_form.open_signed(d, FINANCE.verifier, who="x"), signed(LARGE)),
    "claim": (envelope_form.claim, signed(LARGE)),
    "claimed certificate": (envelope_form.claimed_certificate, signed(LARGE)),
    "manifest": (envelope_form.read_manifest, envelope_form.write_manifest(manifest_of(b"x"))),
    "receipt": (
        receipt_form.read_receipt,
        receipt_form.write_receipt(receipt(private=b"private", code="EX-502")),
    ),
    "signed receipt": (
        lambda d: receipt_form.open_receipt(d, CIVIL_AFFAIRS.verifier, who="x"),
        receipt_form.sign_receipt(receipt(), CIVIL_AFFAIRS.signer),
    ),
    "private part": (
        receipt_form.read_private,
        receipt_form.write_private(PrivatePart("said", 3, ("a", "b"), "s")),
    ),
    "notice": (receipt_form.read_notice, receipt_form.write_notice(notice(head="head", body=b"body"))),
    "signed notice": (
        lambda d: receipt_form.open_notice(d, THE_HUB.verifier, who="x"),
        receipt_form.sign_notice(notice(), THE_HUB.signer),
    ),
    "claimed author": (receipt_form.claimed_author, receipt_form.sign_notice(notice(), THE_HUB.signer)),
    "segment": (
        cut_and_decode,
        segment(message(b"x" * 200_000, segment_bytes=1 << 16), 1, compressed="zstd"),
    ),
    "signature": (lambda d: signature.take_apart(d, "it"), signed(LARGE)),
    "frame": (lambda d: decompress(d, 400), compress(b"text" * 100)),
}

# What an attacker, a careless library or an editor puts into a document, one after the other between bars.
TOKENS = (
    (
        "| |\n|\r|\t|\0|\ufeff|<|>|&|\"|'|/|=|x|0|-1|00|99999999999999999999|１|文|"
        "&#0;|&#65;|&amp;|&x;|]]>|==|"
        "<!---->|<?x?>|<![CDATA[x]]>|<!DOCTYPE a>|<a/>|<a></a>|</a>|</envelope>|</receipt>|"
        "<data>|</data></segment>|"
        '</keys>|<keys>| xmlns="u"| xmlns:x="u"| xmlns="relative"| x="1"|xmlns=\'\'|<x:a>|'
        '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">|</ds:Signature>'
    )
    .encode()
    .split(b"|")
)


@st.composite
def mutated(draw: st.DrawFn, document: bytes) -> bytes:
    """*document* after one to four careless or hostile edits."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(document)))
        end = min(len(document), start + draw(st.sampled_from([0, 0, 1, 2, 8, 40, 200])))
        middle = draw(
            st.sampled_from(TOKENS)
            | st.binary(max_size=4)
            | st.just(document[start:end] * 2)
            | st.just(document)
        )
        document = document[:start] + middle + document[end:]
    return document


@pytest.mark.parametrize("name", READERS)
def test_the_good_document_is_taken(name: str) -> None:
    reader, good = READERS[name]
    assert verdict(reader, good) == ""


@pytest.mark.parametrize("name", READERS)
@given(data=st.binary(max_size=400))
@example(data=b"")
@example(data=b"<a xmlns='relative'/>")
@example(data=b'<a xmlns="relative"></a>')
def test_any_bytes_are_a_value_or_refused(name: str, data: bytes) -> None:
    assert verdict(READERS[name][0], data) in CODES


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_a_good_document_edited_is_a_value_or_refused(name: str, data: st.DataObject) -> None:
    reader, good = READERS[name]
    assert verdict(reader, data.draw(mutated(good))) in CODES


@pytest.mark.parametrize(
    ("reader", "writer", "good"),
    [
        (envelope_form.read, envelope_form.write, READERS["envelope"][1]),
        (envelope_form.read_manifest, envelope_form.write_manifest, READERS["manifest"][1]),
        (receipt_form.read_receipt, receipt_form.write_receipt, READERS["receipt"][1]),
        (receipt_form.read_notice, receipt_form.write_notice, READERS["notice"][1]),
        (receipt_form.read_private, receipt_form.write_private, READERS["private part"][1]),
    ],
)
@given(data=st.data())
def test_what_is_taken_is_read_back_the_same(
    reader: Reader, writer: Callable[[Any], bytes], good: bytes, data: st.DataObject
) -> None:
    document = data.draw(mutated(good))
    if verdict(reader, document) == "":
        value = reader(document)
        assert reader(writer(value)) == value


@pytest.mark.parametrize(
    "reader",
    [
        Address.parse,
        Digest.parse,
        instant.parse,
        message_id,
        message_type,
        participant_id,
        credit_code,
        lambda text: Indices.parse(50, text),
        lambda text: xmlform.number(text, "it"),
        lambda text: xmlform.base64_bytes(text, "it"),
        lambda text: xmlform.hashes(text, "it"),
    ],
)
@given(text=st.text(max_size=100) | st.text("0123456789abcdef:.-/TZ=+", max_size=100))
def test_any_text_is_a_value_or_refused(reader: Callable[[str], Any], text: str) -> None:
    assert verdict(reader, text) in ("", "EX-104", "EX-110", "EX-111", "EX-112")
