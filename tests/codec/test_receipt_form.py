# SPDX-License-Identifier: Apache-2.0
"""Receipts and notices are written in one spelling, read back whole, and believed only when signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from exchange.codec import schema
from exchange.codec.receipt_form import (
    NOTICE_BYTES_MOST,
    RECEIPT_BYTES_MOST,
    REPORT_MOST,
    REPORTS_MOST,
    TEXT_MOST,
    claimed_author,
    open_notice,
    open_receipt,
    read_notice,
    read_private,
    read_receipt,
    sign_notice,
    sign_receipt,
    write_notice,
    write_private,
    write_receipt,
)
from exchange.model.conversion import WHOLLY, Conversion, ConversionStep, Difference, Seals
from exchange.model.digest import sha256
from exchange.model.notice import Notice, NoticeKind
from exchange.model.receipt import HUB, PrivatePart, Receipt, ReceiptKind
from tests.refusals import refusal, verdict
from tests.strategies import notices, private_parts, receipts
from tests.wire import CIVIL_AFFAIRS, FINANCE, STRANGER, THE_HUB, noise, notice, receipt, sealed_private

RECEIPT = sign_receipt(receipt(), CIVIL_AFFAIRS.signer)
NOTICE = sign_notice(notice(), THE_HUB.signer)


def altered(old: str, new: str, content: bytes) -> bytes:
    """*content* with its one *old* replaced."""
    assert content.count(old.encode()) == 1
    return content.replace(old.encode(), new.encode())


# ---- round trips


@given(receipts())
def test_a_receipt_reads_back_as_it_was_written(made: Receipt) -> None:
    assert read_receipt(write_receipt(made)) == made


@given(notices())
def test_a_notice_reads_back_as_it_was_written(made: Notice) -> None:
    assert read_notice(write_notice(made)) == made


@given(st.one_of(receipts().map(write_receipt), notices().map(write_notice)))
def test_both_are_written_in_canonical_form(written: bytes) -> None:
    assert etree.tostring(etree.fromstring(written), method="c14n", exclusive=True) == written


@given(receipts())
def test_a_receipt_fits_its_schema(made: Receipt) -> None:
    schema.check(etree.fromstring(write_receipt(made)), "receipt", "the receipt")


@given(notices())
def test_a_notice_fits_its_schema(made: Notice) -> None:
    schema.check(etree.fromstring(write_notice(made)), "notice", "the notice")


@given(receipts())
def test_a_signed_receipt_opens_and_says_who_it_is_by(made: Receipt) -> None:
    document = sign_receipt(made, THE_HUB.signer)
    assert open_receipt(document, THE_HUB.verifier, who="hub") == made
    assert claimed_author(document) == (made.by, made.certificate)


@given(notices())
def test_a_signed_notice_opens_and_says_who_it_is_by(made: Notice) -> None:
    document = sign_notice(made, THE_HUB.signer)
    assert open_notice(document, THE_HUB.verifier, who="hub") == made
    assert claimed_author(document) == (made.by, made.certificate)


def test_the_private_part_is_read_by_the_sender_alone() -> None:
    sealed, digest = sealed_private(PrivatePart("已办结", rows=3, salt="x"), receipt().receipt_id)
    document = sign_receipt(receipt(private=sealed, private_digest=digest), CIVIL_AFFAIRS.signer)
    opened = open_receipt(document, CIVIL_AFFAIRS.verifier, who="civil affairs")
    info = b"govbus receipt|intl-1|%b|440500.finance/treasury" % opened.receipt_id.encode()
    assert read_private(FINANCE.encryption.unwrap(opened.private, info)).text == "已办结"
    assert "已办结".encode() not in document


# ---- the private part


@given(private_parts)
def test_a_private_part_reads_back_as_it_was_written(made: PrivatePart) -> None:
    assert read_private(write_private(made)) == made


@given(st.text(), st.none() | st.integers(), st.lists(st.text(), max_size=30).map(tuple))
def test_whatever_an_application_says_its_receipt_can_be_written(
    said: str, rows: int | None, reports: tuple[str, ...]
) -> None:
    read = read_private(write_private(PrivatePart(said, rows, reports)))
    assert len(read.reports) == min(len(reports), REPORTS_MOST)


def test_an_impossible_count_is_left_out() -> None:
    assert read_private(write_private(PrivatePart(rows=-1))).rows is None


def test_what_no_certificate_can_count_is_left_out_and_what_has_no_room_too() -> None:
    one = Conversion("a" * 100, "b", sha256(b""), sha256(b"x"), (), lost=-1, pages=10**18)
    one = replace(one, difference=Difference(WHOLLY + 1, 1, 1), seals_before=Seals(1, -1))
    read = read_private(write_private(PrivatePart(conversions=(one,) * 100))).conversions
    assert (read[0].lost, read[0].pages) == (None, None)
    assert (read[0].difference, read[0].seals_before) == (None, None)
    assert 30 < len(read) < 64


def test_a_certificate_from_before_differences_and_seals_were_measured_still_reads() -> None:
    digest = sha256(b"")
    written = (
        '<private xmlns="urn:govbus:exchange:1"><text>said</text><conversion delivered="result">'
        f"<part>a</part><found>b</found><source>{digest}</source><result>{digest}</result>"
        '<step converter="c" version="1" format="d"/><characters>3</characters><lost>1</lost>'
        '<pages-before>2</pages-before><pages>1</pages><face asked="e" taken="f"/></conversion>'
        "<salt>0</salt></private>"
    )
    (read,) = read_private(written.encode()).conversions
    assert (read.characters, read.lost, read.pages_before, read.pages) == (3, 1, 2, 1)
    assert (read.difference, read.seals_before, read.seals_after) == (None, None, None)


def test_the_longest_private_part_fits_a_receipt() -> None:
    """In the characters that grow most: each `&` is written with five."""
    name, digest = "&" * 500, sha256(b"")
    steps, faces = (ConversionStep(name, name, name),) * 20, ((name, name),) * 50
    conversion = Conversion(name, name, digest, digest, steps, True, 10**17, 10**17, 10**17, 10**17, faces)
    seals = Seals(10**17, 10**17, 10**17)
    difference = Difference(WHOLLY, 10**17, 10**17)
    conversion = replace(conversion, difference=difference, seals_before=seals, seals_after=seals)
    reports = ("&" * REPORT_MOST * 2,) * REPORTS_MOST * 2
    longest = PrivatePart("&" * TEXT_MOST * 2, 10**17, reports, "0" * 64, (conversion,) * 64)
    sealed, digest = sealed_private(longest, receipt().receipt_id)
    document = sign_receipt(receipt(private=sealed, private_digest=digest), CIVIL_AFFAIRS.signer)
    assert verdict(open_receipt, document, CIVIL_AFFAIRS.verifier, who="civil affairs") == ""


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('<private xmlns="urn:govbus:exchange:1">', '<private xmlns="urn:other">', "EX-102"),
        ("<text>said</text>", "", "EX-102"),
        ("<rows>3</rows>", "<rows>03</rows>", "EX-102"),
        ("<rows>3</rows>", "<rows>3</rows><rows>3</rows>", "EX-102"),
        ("</private>", "</private><?x?>", "EX-101"),
    ],
)
def test_what_a_private_part_may_not_say_is_refused(old: str, new: str, code: str) -> None:
    assert refusal(read_private, altered(old, new, write_private(PrivatePart("said", 3)))) == code


# ---- refusals


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<kind>delivered</kind>", "<kind>lost</kind>", "EX-102"),
        ("<kind>delivered</kind>", "<kind>accepted</kind>", "EX-203"),
        ("<by>440500.civil-affairs</by>", "<by>440500.tax</by>", "EX-203"),
        ("<by>440500.civil-affairs</by>", "<by>hub</by>", "EX-203"),
        ("<by>440500.civil-affairs</by>", "<by>HUB</by>", "EX-102"),
        ("<priority>routine</priority>", "<priority>soon</priority>", "EX-102"),
        ("<priority>routine</priority>", "", "EX-102"),
        ("2026-11-21T12:00:02.000Z</at>", "2026-11-31T12:00:02.000Z</at>", "EX-110"),
        ("</receipt>", "<code></code></receipt>", "EX-102"),
        ("</receipt>", "<private>QR==</private></receipt>", "EX-102"),
        ("</receipt>", "<private>QQ= =</private></receipt>", "EX-104"),
        (
            "</receipt>",
            '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"></Signature></receipt>',
            "EX-201",
        ),
        ("</receipt>", "<spare></spare></receipt>", "EX-102"),
        ("</receipt>", "</receipt> ", "EX-101"),
        ("<receipt ", "<receipt  ", "EX-101"),
    ],
)
def test_what_a_receipt_may_not_say_is_refused(old: str, new: str, code: str) -> None:
    assert refusal(read_receipt, altered(old, new, write_receipt(receipt()))) == code


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<kind>go</kind>", "<kind>stop</kind>", "EX-102"),
        ("<kind>go</kind>", "<kind>directory-wanted</kind>", "EX-203"),
        ("<by>hub</by>", "<by>440500.finance</by>", "EX-203"),
        ("<version>7</version>", "<version>-7</version>", "EX-102"),
        ("<version>7</version>", "", "EX-102"),
        ("</notice>", "<body>x</body></notice>", "EX-102"),
        ("</notice>", "<body>QQ= =</body></notice>", "EX-104"),
        (
            "</notice>",
            '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"></Signature></notice>',
            "EX-201",
        ),
        ("</notice>", "</notice>\n", "EX-101"),
    ],
)
def test_what_a_notice_may_not_say_is_refused(old: str, new: str, code: str) -> None:
    assert refusal(read_notice, altered(old, new, write_notice(notice()))) == code


@pytest.mark.parametrize(
    ("opens", "document", "limit"),
    [(open_receipt, RECEIPT, RECEIPT_BYTES_MOST), (open_notice, NOTICE, NOTICE_BYTES_MOST)],
)
class TestOpening:
    """What both documents have in common."""

    def test_one_over_the_limit_is_refused(
        self, opens: Callable[..., Any], document: bytes, limit: int
    ) -> None:
        assert refusal(opens, document.ljust(limit + 1), THE_HUB.verifier, who="hub") == "EX-103"

    def test_one_of_a_stranger_is_refused(
        self, opens: Callable[..., Any], document: bytes, limit: int
    ) -> None:
        assert refusal(opens, document, STRANGER.verifier, who="hub") == "EX-201"

    def test_one_without_a_signature_is_refused(
        self, opens: Callable[..., Any], document: bytes, limit: int
    ) -> None:
        bare = document[: document.index(b"<ds:Signature ")] + document[-len(b"</receipt>") :]
        assert refusal(opens, bare, THE_HUB.verifier, who="hub") == "EX-201"


def test_a_receipt_is_no_notice() -> None:
    assert refusal(open_notice, RECEIPT, CIVIL_AFFAIRS.verifier, who="x") == "EX-102"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<receipt>",
        RECEIPT[1:],
        b" " + NOTICE,
        RECEIPT.replace(b"<receipt ", b"<notice ", 1),
        RECEIPT.replace(b"<by>", b"<bye>"),
    ],
)
def test_what_does_not_begin_as_either_has_no_author(document: bytes) -> None:
    assert refusal(claimed_author, document) == "EX-101"


def test_a_certificate_that_is_no_digest_is_refused() -> None:
    certificate = f"<certificate>{THE_HUB.certificate}</certificate>"
    assert (
        refusal(claimed_author, altered(certificate, "<certificate>mine</certificate>", NOTICE)) == "EX-112"
    )


def test_a_notice_can_carry_a_directory_of_three_mebibytes() -> None:
    large = notice(kind=NoticeKind.DIRECTORY, body=noise("directory", 3 << 20))
    document = sign_notice(large, THE_HUB.signer)
    assert open_notice(document, THE_HUB.verifier, who="hub") == large


def test_the_hub_refuses_a_message_as_a_whole_without_a_receiver() -> None:
    made = receipt(by=HUB, kind=ReceiptKind.REJECTED, receiver=None, code="EX-302", directory_version=7)
    assert read_receipt(write_receipt(made)) == made
