# SPDX-License-Identifier: Apache-2.0
"""
Bad input gets a clear answer: every file in `bad_inputs/` its code, its sentence and its exit code.

The files are what somebody might really send; the readers here take the steps that hub and
receiver take, in their order.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from exchange.codec import compression, segment_form
from exchange.codec.envelope_form import claim, open_signed, read_manifest
from exchange.codec.receipt_form import claimed_author, open_notice, open_receipt
from exchange.codec.suite import ContentKey, key_info, slice_associated
from exchange.codec.suite_intl import INTL
from exchange.errors import EXIT_BAD_DATA, EXIT_NO, Reject
from exchange.model.digest import Digest
from exchange.model.envelope import Envelope, check_extensions, check_limits, check_manifest, check_times
from exchange.model.merkle import leaf_hash, verify_path
from exchange.model.ranges import Indices
from exchange.model.segment import check_place
from exchange.texts import CODES, LANGUAGES
from tests.bad_inputs.build import BAD_INPUTS, FOLDER, SEGMENT, SENT
from tests.wire import CIVIL_AFFAIRS, FINANCE, NOON, RECEIVER, THE_HUB, envelope

PARTIES = {party.name: party for party in (FINANCE, CIVIL_AFFAIRS, THE_HUB)}
FILES = sorted(FOLDER.glob("*.xml"))


def take_envelope(document: bytes) -> tuple[Envelope, Digest]:
    """As the hub takes an envelope."""
    who = claim(document).sender.participant
    made, digest = open_signed(document, PARTIES[who].verifier, who=who)
    check_limits(made)
    check_times(made, NOON)
    check_extensions(made)
    return made, digest


def take_manifest(document: bytes) -> None:
    """As a receiver takes a manifest; its envelope speaks of 20 bytes."""
    check_manifest(read_manifest(document), envelope())


def take_segment(document: bytes) -> bytes:
    """As CIVIL_AFFAIRS takes a segment."""
    found = segment_form.cut(document)
    made, digest = take_envelope(found.envelope)
    check_place(found.piece, made.size_bytes, made.segment_bytes)
    key, piece = content_key(found, made, digest), found.piece
    last = piece.index == made.segments - 1
    try:
        data = key.open_slice(
            found.sealed,
            salt=piece.salt,
            index=piece.index,
            associated=slice_associated(digest, piece.index, last, piece.compressed),
        )
    except ValueError as e:
        raise Reject("EX-401", index=piece.index, count=made.segments, reason=str(e)) from e
    if piece.compressed:
        data = compression.decompress(data, piece.size, piece.index)
    leaf = leaf_hash(key.leaf_salt(), data)
    if not verify_path(leaf, piece.index, count=made.segments, path=piece.path, root=made.root):
        reason = "it does not belong to the signed root"
        raise Reject("EX-401", index=piece.index, count=made.segments, reason=reason)
    return data


def content_key(found: segment_form.Cut, made: Envelope, digest: Digest) -> ContentKey:
    """The key of a message, from the record that is for RECEIVER."""
    for record in found.keys:
        if record.receiver == RECEIVER:
            try:
                info = key_info(made.suite, made.sender, RECEIVER, digest)
                return ContentKey(INTL, CIVIL_AFFAIRS.encryption.unwrap(record.wrapped, info))
            except ValueError as e:
                raise Reject("EX-207", who=str(RECEIVER)) from e
    raise Reject("EX-207", who=str(RECEIVER))


def take_receipt(document: bytes) -> None:
    by, _ = claimed_author(document)
    open_receipt(document, PARTIES[by].verifier, who=by)


def take_notice(document: bytes) -> None:
    """As a sender takes a notice; its message has 50 segments."""
    by, _ = claimed_author(document)
    Indices.parse(50, open_notice(document, PARTIES[by].verifier, who=by).ranges)


READERS: dict[str, Callable[[bytes], object]] = {
    "envelope": take_envelope,
    "manifest": take_manifest,
    "segment": take_segment,
    "receipt": take_receipt,
    "notice": take_notice,
}


def refused(name: str) -> Reject:
    """How the file *name* is refused."""
    with pytest.raises(Reject) as found:
        READERS[BAD_INPUTS[name].kind]((FOLDER / f"{name}.xml").read_bytes())
    return found.value


def test_every_file_has_its_line_in_the_table_and_every_line_its_file() -> None:
    assert {file.stem for file in FILES} == set(BAD_INPUTS)


def test_there_are_many() -> None:
    assert len(BAD_INPUTS) >= 40


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_a_file_is_what_the_script_builds(name: str) -> None:
    assert (FOLDER / f"{name}.xml").read_bytes() == BAD_INPUTS[name].build()


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_a_bad_input_is_refused_with_its_code(name: str) -> None:
    assert refused(name).code == BAD_INPUTS[name].code


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", BAD_INPUTS)
def test_its_sentence_and_hint_have_no_holes(name: str, lang: str) -> None:
    found = refused(name)
    for sentence in (found.text(lang), found.hint(lang)):
        assert sentence.strip()
        assert not re.search(r"<[a-z_]+>", sentence)


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_a_command_that_meets_it_ends_with_its_exit_code(name: str) -> None:
    found = refused(name)
    assert found.exit_code == CODES[BAD_INPUTS[name].code].exit_code
    assert found.exit_code in (EXIT_NO, EXIT_BAD_DATA)


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_its_refusal_names_an_ebms_error(name: str) -> None:
    assert re.fullmatch(r"EBMS:\d{4}", refused(name).ebms)


def test_the_good_segment_that_the_bad_ones_are_made_from_is_taken() -> None:
    assert take_segment(SEGMENT) == SENT.payload[1 << 16 :]
