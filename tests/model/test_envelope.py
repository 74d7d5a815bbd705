# SPDX-License-Identifier: Apache-2.0
"""What an envelope and its manifest may say, and the limits, clocks and extensions they are held against."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from exchange.errors import Reject
from exchange.model.digest import sha256
from exchange.model.envelope import (
    Extension,
    Manifest,
    ManifestPart,
    check_extensions,
    check_limits,
    check_manifest,
    check_times,
)
from exchange.model.limits import KIB, LIMITS, MIB, Limits
from exchange.model.priority import Priority
from tests.refusals import refusal
from tests.wire import NOON, RECEIVER, envelope, manifest_of

# ---- the envelope


@pytest.mark.parametrize("field", ["message_id", "conversation", "in_reply_to", "follows"])
def test_every_id_is_one(field: str) -> None:
    assert refusal(envelope, **{field: "42"}) == "EX-110"


def test_the_type_is_one() -> None:
    assert refusal(envelope, type="an official document") == "EX-110"


@pytest.mark.parametrize("segment_bytes", [64 * KIB - 1, 4 * MIB + 1, 0, -1])
def test_the_segment_size_lies_within_its_bounds(segment_bytes: int) -> None:
    assert refusal(envelope, segment_bytes=segment_bytes) == "EX-104"


@pytest.mark.parametrize(("size", "segments"), [(0, 0), (0, 2), (512 * KIB, 2), (512 * KIB + 1, 1), (20, -1)])
def test_the_segment_count_follows_from_the_sizes(size: int, segments: int) -> None:
    assert refusal(envelope, size_bytes=size, segments=segments) == "EX-104"


def test_a_payload_has_no_negative_size() -> None:
    assert refusal(envelope, size_bytes=-1) == "EX-104"


@pytest.mark.parametrize("later", [timedelta(0), timedelta(seconds=-1), timedelta(microseconds=999)])
def test_it_expires_a_millisecond_after_it_was_created_or_later(later: timedelta) -> None:
    assert refusal(envelope, expires=NOON + later) == "EX-104"


def test_its_times_are_cut_to_what_the_wire_carries() -> None:
    made = envelope(
        created=NOON + timedelta(microseconds=1_999), expires=NOON + timedelta(days=1, microseconds=1)
    )
    assert (made.created, made.expires) == (NOON + timedelta(milliseconds=1), NOON + timedelta(days=1))


@pytest.mark.parametrize("field", ["created", "expires"])
def test_a_time_without_a_zone_is_refused(field: str) -> None:
    assert refusal(envelope, **{field: NOON.replace(tzinfo=None)}) == "EX-104"


def test_each_address_stands_once() -> None:
    assert refusal(envelope, to=(RECEIVER, RECEIVER)) == "EX-104"


@pytest.mark.parametrize(
    "changes",
    [{"suite": ""}, {"suite": "x" * 256}, {"directory_version": -1}, {"attributes": {"": "x"}},
     {"attributes": {"x" * 256: "x"}}],
)  # fmt: skip
def test_what_the_schema_would_refuse_is_not_made(changes: dict[str, Any]) -> None:
    assert refusal(envelope, **changes) == "EX-104"


def test_an_extension_has_a_name() -> None:
    assert refusal(Extension, "", "value") == "EX-104"


def test_attributes_are_none_unless_named() -> None:
    assert envelope(attributes={}).attributes == {}


# ---- limits


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("the payload", {"payload": 19}),
        ("the number of segments", {"segments": 0}),
        ("the number of receivers", {"receivers": 0}),
        ("the number of attributes", {"attributes": 1}),
        ("an attribute's name", {"attribute_name": 7}),
        ("an attribute's value", {"attribute_value": 5}),
        ("the manifest", {"manifest": 199}),
        ("the number of extensions", {"extensions": 0}),
        ("the life in seconds", {"life_seconds": 3 * 86400 - 1}),
    ],
)
def test_one_over_a_limit_is_refused_by_name(what: str, changes: dict[str, int]) -> None:
    made = envelope(extensions=(Extension("trace", "1"),))
    with pytest.raises(Reject, match=what) as refused:
        check_limits(made, replace(LIMITS, **changes))
    assert refused.value.code == "EX-103"


def test_exactly_at_every_limit_is_taken() -> None:
    made = envelope(extensions=(Extension("trace", "1"),), attributes={"district": "x" * 12})
    least = Limits(
        payload=20, segments=1, receivers=1, attributes=1, attribute_name=8, attribute_value=12, manifest=200,
        extensions=1, life_seconds=3 * 86400,
    )  # fmt: skip
    check_limits(made, least)


def test_an_envelope_without_attributes_is_within_limits() -> None:
    check_limits(envelope(attributes={}))


@pytest.mark.parametrize("priority", [Priority.FLASH, Priority.URGENT])
def test_an_express_message_of_too_many_segments_is_refused(priority: Priority) -> None:
    made = envelope(priority=priority, size_bytes=129 * 64 * KIB, segment_bytes=64 * KIB, segments=129)
    assert refusal(check_limits, made) == "EX-405"


@pytest.mark.parametrize(
    ("priority", "segments"), [(Priority.FLASH, 128), (Priority.ROUTINE, 129), (Priority.BULK, 129)]
)
def test_an_express_message_may_have_128_segments_and_others_more(priority: Priority, segments: int) -> None:
    check_limits(
        envelope(priority=priority, size_bytes=segments * 64 * KIB, segment_bytes=64 * KIB, segments=segments)
    )


# ---- the clock


@pytest.mark.parametrize("now", [NOON + timedelta(days=3), NOON + timedelta(days=400)])
def test_what_has_expired_is_refused(now: datetime) -> None:
    assert refusal(check_times, envelope(), now) == "EX-404"


def test_what_comes_from_the_future_is_refused() -> None:
    assert refusal(check_times, envelope(), NOON - timedelta(seconds=301)) == "EX-104"


@pytest.mark.parametrize(
    "now", [NOON - timedelta(seconds=300), NOON, NOON + timedelta(days=3, milliseconds=-1)]
)
def test_clocks_may_differ_a_little(now: datetime) -> None:
    check_times(envelope(), now)


# ---- extensions


def test_an_extension_that_must_be_understood_and_is_not_is_refused() -> None:
    assert (
        refusal(check_extensions, envelope(extensions=(Extension("urn:later", "x", must_understand=True),)))
        == "EX-105"
    )


def test_an_unknown_optional_extension_passes() -> None:
    check_extensions(envelope(extensions=(Extension("urn:later", "x"),)))


def test_an_understood_extension_passes() -> None:
    made = envelope(extensions=(Extension("urn:later", "x", must_understand=True),))
    check_extensions(made, frozenset({"urn:later"}))


# ---- the manifest


def part(**changes: Any) -> ManifestPart:
    fields: dict[str, Any] = {
        "name": "通知.docx", "media_type": "application/msword", "role": "body",
        "size_bytes": 20, "digest": sha256(b""),
    }  # fmt: skip
    return ManifestPart(**{**fields, **changes})


@pytest.mark.parametrize(
    "changes",
    [{"name": ""}, {"name": "x" * 256}, {"media_type": ""}, {"media_type": "x" * 256}, {"role": ""},
     {"role": "x" * 65}, {"size_bytes": -1}],
)  # fmt: skip
def test_a_part_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    assert refusal(part, **changes) == "EX-104"


def test_a_manifest_that_adds_up_is_taken() -> None:
    check_manifest(manifest_of(b"x" * 20), envelope())


def test_the_sizes_of_the_parts_add_up_to_the_payload() -> None:
    manifest = Manifest("key", (part(size_bytes=7), part(size_bytes=13)))
    check_manifest(manifest, envelope(size_bytes=20))
    assert refusal(check_manifest, manifest, envelope(size_bytes=21)) == "EX-104"


def test_a_payload_has_at_least_one_part() -> None:
    assert refusal(check_manifest, Manifest("key", ()), envelope(size_bytes=0)) == "EX-104"


def test_too_many_parts_are_refused() -> None:
    many = Manifest("key", (part(size_bytes=0),) * (LIMITS.parts + 1))
    with pytest.raises(Reject, match="the number of parts") as refused:
        check_manifest(many, envelope(size_bytes=0))
    assert refused.value.code == "EX-103"


def test_too_long_a_key_is_refused_by_name() -> None:
    with pytest.raises(Reject, match="the application's key") as refused:
        check_manifest(Manifest("k" * (LIMITS.key + 1), (part(),)), envelope())
    assert refused.value.code == "EX-103"
