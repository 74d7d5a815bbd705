# SPDX-License-Identifier: Apache-2.0
"""
Builds the bad inputs: one file a defect, named by it, beside this script.

    python -m tests.bad_inputs.build

Everything is made with the fixed keys of `tests.wire`, so that the files are the same in every run;
a test builds them again and compares. A bug that a document has shown gets its file here.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from exchange.codec import compression, receipt_form, segment_form, signature
from exchange.codec.envelope_form import write, write_manifest
from exchange.codec.suite import slice_associated
from exchange.model.digest import sha256
from exchange.model.envelope import Extension, Manifest, ManifestPart
from exchange.model.identity import Address
from exchange.model.limits import KIB, LIMITS
from exchange.model.priority import Priority
from exchange.model.receipt import HUB, ReceiptKind
from exchange.model.segment import SALT_BYTES
from tests.wire import (
    CIVIL_AFFAIRS,
    FINANCE,
    NOON,
    RECEIVER,
    STRANGER,
    THE_HUB,
    Message,
    envelope,
    key_record,
    message,
    noise,
    notice,
    receipt,
    sealed_slice,
    segment,
    signed,
    slice_of,
)

FOLDER = Path(__file__).parent

TAX = Address.parse("440500.tax/registry")
GOOD = write(envelope())
SIGNED = signed(envelope())
TAIL = SIGNED[SIGNED.index(b"<ds:Signature ") : -len(b"</envelope>")]
SENT = message(b"all work " * 7400, segment_bytes=64 * KIB)  # two segments, the second one small
SEGMENT = segment(SENT, 1)
RECEIPT = receipt_form.write_receipt(receipt())
NOTICE = receipt_form.write_notice(notice())


@dataclass(frozen=True)
class BadInput:
    """A document, what it is meant to be, and the code with which it must be refused."""

    kind: str  # envelope, manifest, segment, receipt, notice: the reader in tests/test_bad_inputs.py
    code: str
    build: Callable[[], bytes]


def altered(document: bytes, old: str, new: str) -> bytes:
    """*document* with its one *old* replaced."""
    assert document.count(old.encode()) == 1, old
    return document.replace(old.encode(), new.encode())


def by_finance(content: bytes) -> bytes:
    """*content*, whatever it says, with a signature that holds."""
    return signature.sign(content, FINANCE.signer)[0]


def says(old: str, new: str) -> Callable[[], bytes]:
    """An envelope that says *new* instead of *old*, well signed."""
    return lambda: by_finance(altered(GOOD, old, new))


def signed_otherwise(old: str, new: str) -> bytes:
    """An envelope whose signature holds in a profile that has *new* instead of *old*."""
    found = signature.take_apart(SIGNED, "it")
    info = altered(found.signed_info, old, new)
    value = base64.b64encode(FINANCE.signer.sign(signature._as_apex(info)))
    return SIGNED.replace(found.signed_info, info).replace(base64.b64encode(found.value), value)


def second_spelling() -> bytes:
    """The last character before the padding has four bits that nobody reads."""
    value = base64.b64encode(signature.take_apart(SIGNED, "it").value)
    return SIGNED.replace(value, value[:-3] + bytes([value[-3] + 1]) + b"==")


def moved(document: bytes, before: bytes) -> bytes:
    """*document* with its signature *before* another element."""
    return document.replace(TAIL, b"").replace(before, TAIL + before, 1)


def forged() -> bytes:
    """An unsigned envelope to somebody else."""
    return write(envelope(to=(TAX,)))


# ---- segments


def resealed(sent: Message, index: int, data: bytes, compressed: str) -> bytes:
    """Segment *index* whose slice holds *data*, sealed as its sender would."""
    piece = slice_of(sent, index, compressed=compressed)
    associated = slice_associated(sent.digest, index, index == sent.envelope.segments - 1, compressed)
    sealed = sent.key.seal_slice(data, salt=piece.salt, index=index, associated=associated)
    return segment_form.write(sent.document, [key_record(sent)], piece, sealed)


def with_slice(**changes: object) -> bytes:
    """Segment 1 whose slice says something else about itself."""
    piece = slice_of(SENT, 1)
    return segment_form.write(
        SENT.document,
        [key_record(SENT)],
        replace(piece, **changes),
        sealed_slice(SENT, piece),  # type: ignore[arg-type]
    )


def with_key(wrapped: bytes) -> bytes:
    return segment(SENT, 1, keys=[replace(key_record(SENT), wrapped=wrapped)])


def with_data(alter: Callable[[bytes], bytes]) -> bytes:
    piece = slice_of(SENT, 1)
    return segment_form.write(SENT.document, [key_record(SENT)], piece, alter(sealed_slice(SENT, piece)))


def gzipped() -> bytes:
    piece = slice_of(SENT, 1)
    data = gzip.compress(SENT.payload[piece.offset : piece.offset + piece.size], mtime=0)
    return altered(resealed(SENT, 1, data, "zstd"), 'compressed="zstd"', 'compressed="gzip"')


def manifest(*parts: ManifestPart) -> bytes:
    return write_manifest(Manifest("payment-42", parts))


def part(size_bytes: int, name: str = "通知.docx") -> ManifestPart:
    return ManifestPart(name, "application/msword", "body", size_bytes, sha256(b""))


def by_party(content: bytes, party: str) -> bytes:
    signers = {"hub": THE_HUB, "receiver": CIVIL_AFFAIRS, "stranger": STRANGER}
    return signature.sign(content, signers[party].signer)[0]


def a_thousand(pattern: str) -> str:
    """*pattern* for each of the numbers below 1000."""
    return " ".join(pattern.format(number) for number in range(1000))


OTHER = message(b"another message")
BOMB = "&a;" * 10
DEEP = LIMITS.depth + 1

# name of the defect and of its file: what it is meant to be, the code, how it is made
BAD_INPUTS: dict[str, BadInput] = {
    # ---- not the XML that we read
    "envelope_with_dtd": BadInput("envelope", "EX-101", lambda: b"<!DOCTYPE envelope>" + SIGNED),
    "envelope_with_entity_bomb": BadInput(
        "envelope",
        "EX-101",
        lambda: (
            f'<!DOCTYPE e [<!ENTITY a "{"x" * 100}"><!ENTITY b "{BOMB}">]>'.encode()
            + altered(SIGNED, "440507", "&b;")
        ),
    ),
    "envelope_with_external_entity": BadInput(
        "envelope",
        "EX-101",
        lambda: b'<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + altered(SIGNED, "440507", "&x;"),
    ),
    "envelope_with_undefined_entity": BadInput("envelope", "EX-101", says(">440507<", ">&x;<")),
    "envelope_in_utf_16": BadInput("envelope", "EX-101", lambda: SIGNED.decode().encode("utf-16")),
    "envelope_declared_utf_7": BadInput(
        "envelope", "EX-101", lambda: b'<?xml version="1.0" encoding="UTF-7"?>' + SIGNED
    ),
    "envelope_with_byte_order_mark": BadInput("envelope", "EX-101", lambda: b"\xef\xbb\xbf" + SIGNED),
    "envelope_with_comment_in_address": BadInput(
        "envelope", "EX-101", says("<to>440500.civil-affairs", "<to>440500.civil<!---->-affairs")
    ),
    "envelope_with_cdata": BadInput("envelope", "EX-101", says(">440507<", "><![CDATA[440507]]><")),
    "envelope_with_processing_instruction": BadInput("envelope", "EX-101", says(">440507<", "><?php x?><")),
    "envelope_with_control_character": BadInput("envelope", "EX-101", says(">440507<", ">44\x0b07<")),
    "envelope_with_bytes_that_are_no_utf_8": BadInput(
        "envelope", "EX-101", lambda: by_finance(GOOD.replace(b">440507<", b">\xd3\xc3<"))
    ),
    "envelope_cut_short": BadInput("envelope", "EX-201", lambda: SIGNED[:-100]),
    "envelope_not_canonical": BadInput("envelope", "EX-101", says(">440507<", ">&#52;40507<")),
    "envelope_with_relative_namespace": BadInput(
        "envelope", "EX-101", says("</manifest>", '</manifest><x xmlns="relative"></x>')
    ),
    "envelope_too_large": BadInput(
        "envelope", "EX-103", says(">440507<", f">{'x' * (LIMITS.envelope + LIMITS.manifest)}<")
    ),
    "envelope_too_deep": BadInput("envelope", "EX-103", says(">440507<", f">{'<a>' * DEEP}{'</a>' * DEEP}<")),
    "envelope_crowded_with_attributes": BadInput(
        "envelope", "EX-103", says('<attribute name="district"', "<attribute " + a_thousand('a{}=""'))
    ),
    "envelope_crowded_with_namespaces": BadInput(
        "envelope",
        "EX-103",
        says('<attribute name="district"', "<attribute " + a_thousand('xmlns:a{0}="u:{0}"')),
    ),
    # ---- not what the schema knows
    "envelope_with_unknown_element": BadInput(
        "envelope", "EX-102", says("<suite>", "<urgency>9</urgency><suite>")
    ),
    "envelope_without_manifest": BadInput(
        "envelope", "EX-102", lambda: by_finance(GOOD[: GOOD.index(b"<manifest>")] + b"</envelope>")
    ),
    "envelope_with_unknown_priority": BadInput("envelope", "EX-102", says(">routine<", ">yesterday<")),
    "envelope_with_number_in_two_spellings": BadInput("envelope", "EX-102", says('size="20"', 'size="020"')),
    # ---- not what can be
    "envelope_of_impossible_day": BadInput(
        "envelope", "EX-110", says("<created>2026-11-21", "<created>2026-02-30")
    ),
    "envelope_that_expires_before_it_was_created": BadInput(
        "envelope", "EX-104", says("<expires>2026-11-24", "<expires>2026-11-20")
    ),
    "envelope_with_wrong_segment_count": BadInput("envelope", "EX-104", says('segments="1"', 'segments="2"')),
    "envelope_with_address_twice": BadInput("envelope", "EX-104", says("<to>", f"<to>{RECEIVER}</to><to>")),
    "envelope_with_attribute_twice": BadInput("envelope", "EX-104", says('name="文号"', 'name="district"')),
    "envelope_with_unknown_digest": BadInput(
        "envelope", "EX-112", says("<certificate>sha256:", "<certificate>sha224:")
    ),
    "envelope_of_misspelled_sender": BadInput(
        "envelope", "EX-110", says(">440500.finance/", ">440500.Finance/")
    ),
    "envelope_that_wants_too_much_understanding": BadInput(
        "envelope",
        "EX-105",
        lambda: signed(envelope(extensions=(Extension("urn:tomorrow", "1", must_understand=True),))),
    ),
    # ---- beyond limits and clocks
    "envelope_with_too_many_attributes": BadInput(
        "envelope",
        "EX-103",
        lambda: signed(envelope(attributes={f"a{i}": "" for i in range(LIMITS.attributes + 1)})),
    ),
    "envelope_with_too_many_receivers": BadInput(
        "envelope",
        "EX-103",
        lambda: signed(envelope(to=tuple(Address(f"440500.a{i}", "b") for i in range(LIMITS.receivers + 1)))),
    ),
    "envelope_that_lives_too_long": BadInput(
        "envelope", "EX-103", lambda: signed(envelope(expires=NOON + timedelta(days=91)))
    ),
    "envelope_that_has_expired": BadInput(
        "envelope",
        "EX-404",
        lambda: signed(envelope(created=NOON - timedelta(days=2), expires=NOON - timedelta(days=1))),
    ),
    "envelope_from_the_future": BadInput(
        "envelope", "EX-104", lambda: signed(envelope(created=NOON + timedelta(minutes=6)))
    ),
    "envelope_flash_of_129_segments": BadInput(
        "envelope",
        "EX-405",
        lambda: signed(
            envelope(priority=Priority.FLASH, size_bytes=129 * 64 * KIB, segment_bytes=64 * KIB, segments=129)
        ),
    ),
    # ---- not signed, or not so
    "envelope_unsigned": BadInput("envelope", "EX-201", lambda: GOOD),
    "envelope_signed_by_stranger": BadInput("envelope", "EX-201", lambda: signed(envelope(), STRANGER)),
    "envelope_altered_after_signing": BadInput(
        "envelope", "EX-201", lambda: altered(SIGNED, ">routine<", ">flash<")
    ),
    "envelope_signed_twice": BadInput("envelope", "EX-201", lambda: by_finance(SIGNED)),
    "envelope_inside_a_forged_one": BadInput(
        "envelope", "EX-201", lambda: altered(forged(), "</envelope>", "") + SIGNED + b"</envelope>"
    ),
    "envelope_inside_its_own_signature": BadInput(
        "envelope",
        "EX-201",
        lambda: (
            altered(forged(), "</envelope>", "")
            + altered(TAIL, "</ds:Signature>", "<ds:Object>")
            + SIGNED
            + b"</ds:Object></ds:Signature></envelope>"
        ),
    ),
    "envelope_with_the_signature_of_another": BadInput(
        "envelope", "EX-201", lambda: altered(forged(), "</envelope>", "") + TAIL + b"</envelope>"
    ),
    "envelope_signed_by_id": BadInput(
        "envelope",
        "EX-101",
        lambda: signed_otherwise('URI=""', 'URI="#all"').replace(b"<envelope ", b'<envelope Id="all" '),
    ),
    "envelope_signed_by_id_in_place": BadInput(
        "envelope", "EX-201", lambda: signed_otherwise('URI=""', 'URI="#all"')
    ),
    "envelope_signed_with_sha_1": BadInput(
        "envelope",
        "EX-201",
        lambda: signed_otherwise("2001/04/xmldsig-more#ecdsa-sha256", "2001/04/xmldsig-more#ecdsa-sha1"),
    ),
    "envelope_signed_with_one_transform_more": BadInput(
        "envelope",
        "EX-201",
        lambda: signed_otherwise(
            "<ds:Transforms>",
            '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"></ds:Transform>',
        ),
    ),
    "envelope_with_a_key_in_its_signature": BadInput(
        "envelope",
        "EX-201",
        lambda: altered(
            SIGNED, "</ds:Signature>", "<ds:KeyInfo><ds:KeyName>x</ds:KeyName></ds:KeyInfo></ds:Signature>"
        ),
    ),
    "envelope_with_its_signature_first": BadInput("envelope", "EX-201", lambda: moved(SIGNED, b"<priority>")),
    "envelope_with_a_second_spelling_of_its_signature": BadInput("envelope", "EX-201", second_spelling),
    # ---- manifests
    "manifest_that_does_not_add_up": BadInput("manifest", "EX-104", lambda: manifest(part(7), part(12))),
    "manifest_without_parts": BadInput("manifest", "EX-102", lambda: manifest()),
    "manifest_with_too_many_parts": BadInput(
        "manifest", "EX-103", lambda: manifest(part(20), *[part(0, f"{i}") for i in range(LIMITS.parts)])
    ),
    "manifest_with_a_part_without_name": BadInput(
        "manifest", "EX-102", lambda: altered(manifest(part(20)), ">通知.docx<", "><")
    ),
    # ---- segments
    "segment_cut_short": BadInput("segment", "EX-101", lambda: SEGMENT[:-100]),
    "segment_with_comment_in_address": BadInput(
        "segment", "EX-101", lambda: altered(SEGMENT, "<from>440500", "<from>440500<!---->")
    ),
    "segment_with_two_envelopes": BadInput(
        "segment", "EX-101", lambda: altered(SEGMENT, "<keys>", forged().decode() + "<keys>")
    ),
    "segment_with_markup_in_its_data": BadInput(
        "segment", "EX-101", lambda: altered(SEGMENT, "<data>", "<data><x></x>")
    ),
    "segment_with_broken_base64": BadInput(
        "segment", "EX-104", lambda: altered(SEGMENT, "<data>", "<data>=")
    ),
    "segment_with_index_in_two_spellings": BadInput(
        "segment", "EX-101", lambda: altered(SEGMENT, 'index="1"', 'index="01"')
    ),
    "segment_beyond_the_last": BadInput("segment", "EX-104", lambda: with_slice(index=99)),
    "segment_that_lies_elsewhere": BadInput("segment", "EX-104", lambda: with_slice(offset=0)),
    "segment_compressed_with_gzip": BadInput("segment", "EX-101", gzipped),
    "segment_that_decompresses_to_more": BadInput(
        "segment", "EX-406", lambda: resealed(SENT, 1, compression.compress(bytes(1 << 20)), "zstd")
    ),
    "segment_with_bytes_behind_its_frame": BadInput(
        "segment",
        "EX-406",
        lambda: resealed(SENT, 1, compression.compress(SENT.payload[64 * KIB :]) + b"more", "zstd"),
    ),
    "segment_without_key": BadInput("segment", "EX-207", lambda: segment(SENT, 1, keys=())),
    "segment_with_a_receiver_twice": BadInput(
        "segment", "EX-104", lambda: segment(SENT, 1, keys=[key_record(SENT)] * 2)
    ),
    "segment_with_the_key_of_another_message": BadInput(
        "segment", "EX-207", lambda: with_key(key_record(OTHER).wrapped)
    ),
    "segment_with_the_key_of_another_receiver": BadInput(
        "segment", "EX-207", lambda: with_key(key_record(SENT, TAX, STRANGER).wrapped)
    ),
    "segment_with_altered_data": BadInput(
        "segment", "EX-401", lambda: with_data(lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]))
    ),
    "segment_with_the_data_of_another": BadInput(
        "segment", "EX-401", lambda: with_data(lambda _: sealed_slice(SENT, slice_of(SENT, 0)))
    ),
    "segment_with_another_salt": BadInput(
        "segment", "EX-401", lambda: with_slice(salt=noise("other salt", SALT_BYTES))
    ),
    "segment_with_other_content": BadInput(
        "segment", "EX-401", lambda: resealed(SENT, 1, b"x" * slice_of(SENT, 1).size, "")
    ),
    "segment_wrong_merkle_path": BadInput(
        "segment", "EX-401", lambda: with_slice(path=slice_of(SENT, 0).path)
    ),
    "segment_without_merkle_path": BadInput("segment", "EX-401", lambda: with_slice(path=())),
    "segment_with_half_a_hash_in_its_path": BadInput(
        "segment", "EX-104", lambda: SEGMENT.replace(b"</slice>", b"AAAA</slice>")
    ),
    # ---- receipts
    "receipt_unsigned": BadInput("receipt", "EX-201", lambda: RECEIPT),
    "receipt_signed_by_stranger": BadInput("receipt", "EX-201", lambda: by_party(RECEIPT, "stranger")),
    "receipt_altered_after_signing": BadInput(
        "receipt", "EX-201", lambda: altered(by_party(RECEIPT, "receiver"), ">delivered<", ">returned<")
    ),
    "receipt_of_unknown_kind": BadInput(
        "receipt", "EX-102", lambda: by_party(altered(RECEIPT, ">delivered<", ">misplaced<"), "receiver")
    ),
    "receipt_for_another_participant": BadInput(
        "receipt",
        "EX-203",
        lambda: by_party(altered(RECEIPT, f"<receiver>{RECEIVER}", f"<receiver>{TAX}"), "receiver"),
    ),
    "receipt_accepted_by_a_receiver": BadInput(
        "receipt", "EX-203", lambda: by_party(altered(RECEIPT, ">delivered<", ">accepted<"), "receiver")
    ),
    "receipt_delivered_by_the_hub": BadInput(
        "receipt",
        "EX-203",
        lambda: by_party(
            altered(
                receipt_form.write_receipt(receipt(by=HUB, kind=ReceiptKind.ACCEPTED)),
                ">accepted<",
                ">delivered<",
            ),
            "hub",
        ),
    ),
    # ---- notices
    "notice_signed_by_stranger": BadInput("notice", "EX-201", lambda: by_party(NOTICE, "stranger")),
    "notice_to_go_by_a_participant": BadInput(
        "notice",
        "EX-203",
        lambda: by_party(altered(NOTICE, "<by>hub<", f"<by>{CIVIL_AFFAIRS.name}<"), "receiver"),
    ),
    "notice_with_ranges_beyond_the_message": BadInput(
        "notice", "EX-104", lambda: by_party(altered(NOTICE, ">0-4,7<", ">0-4,99<"), "hub")
    ),
    "notice_with_ranges_out_of_order": BadInput(
        "notice", "EX-104", lambda: by_party(altered(NOTICE, ">0-4,7<", ">7,0-4<"), "hub")
    ),
}


def main() -> None:
    """Write every file, and remove those that no longer have a defect to show."""
    for old in FOLDER.glob("*.xml"):
        old.unlink()
    for name, bad in BAD_INPUTS.items():
        (FOLDER / f"{name}.xml").write_bytes(bad.build())


if __name__ == "__main__":
    main()
