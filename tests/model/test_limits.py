# SPDX-License-Identifier: Apache-2.0
"""The bounds fit each other: what one allows, no other makes impossible."""

from __future__ import annotations

from exchange.model.limits import LIMITS, SEGMENT_BYTES, SEGMENT_BYTES_LEAST, SEGMENT_BYTES_MOST

LIBXML2_TEXT_MOST = 10_000_000  # characters of one text node
RABBITMQ_4_MOST = 16 << 20  # bytes of one message


def test_the_usual_segment_is_between_the_least_and_the_most() -> None:
    assert SEGMENT_BYTES_LEAST <= SEGMENT_BYTES <= SEGMENT_BYTES_MOST


def test_the_largest_segment_fits_its_document() -> None:
    sealed = SEGMENT_BYTES_MOST + 16  # and the authentication tag
    assert -(-sealed // 3) * 4 + LIMITS.envelope + LIMITS.manifest <= LIMITS.document


def test_a_document_fits_the_broker_and_the_parser() -> None:
    assert LIMITS.document < min(LIBXML2_TEXT_MOST, RABBITMQ_4_MOST)


def test_the_largest_payload_fits_segments_of_the_least_size() -> None:
    assert LIMITS.payload // SEGMENT_BYTES_LEAST <= LIMITS.segments


def test_all_key_records_fit_their_place() -> None:
    from exchange.codec.segment_form import _HEAD_MOST

    record = len('<key receiver=""></key>') + 129 + 128  # an address, and 80 wrapped bytes in base64
    path = 64 * 32 * 4 // 3
    assert LIMITS.receivers * record + path < _HEAD_MOST
