# SPDX-License-Identifier: Apache-2.0
"""Our frames are pika's frames, octet for octet, and a stream says the same however it is cut."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import pika.frame
import pika.spec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.edge.broker import NOTICE, RECEIPT, SEGMENT, Parcel
from exchange.edge.rabbit.connection import _understand
from exchange.edge.rabbit.frames import (
    CONTENT_TYPE,
    RECORD_BYTES,
    FrameReader,
    InvalidFrame,
    Properties,
    PublishedFrames,
    acknowledged,
    buried,
)

FRAME_MAX = 131_072

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)
sizes = st.one_of(
    st.integers(0, 3000),
    st.integers(RECORD_BYTES - 200, RECORD_BYTES + 200),
    st.integers(FRAME_MAX - 20, FRAME_MAX + 20),
    st.integers(0, 3 * FRAME_MAX),
)
parcels = st.builds(
    Parcel,
    exchange=names,
    key=names,
    body=sizes.map(lambda size: (bytes(range(256)) * (size // 256 + 1))[:size]),
    kind=st.sampled_from([SEGMENT, RECEIPT, NOTICE]),
    message_id=names,
    user_id=names,
)


def by_pika(channel: int, parcel: Parcel) -> bytes:
    """What pika sends for a parcel."""
    method = pika.spec.Basic.Publish(exchange=parcel.exchange, routing_key=parcel.key, mandatory=True)
    properties = pika.BasicProperties(
        content_type=CONTENT_TYPE,
        delivery_mode=2,
        message_id=parcel.message_id,
        type=parcel.kind,
        user_id=parcel.user_id or None,
    )
    frames = [pika.frame.Method(channel, method), pika.frame.Header(channel, len(parcel.body), properties)]
    most = FRAME_MAX - 8
    frames += [
        pika.frame.Body(channel, parcel.body[at : at + most]) for at in range(0, len(parcel.body), most)
    ]
    return b"".join(frame.marshal() for frame in frames)


@settings(max_examples=60)
@given(st.lists(parcels, max_size=6), st.integers(1, 65_535))
def test_parcels_become_the_frames_that_pika_would_send(some: list[Parcel], channel: int) -> None:
    ours = b"".join(PublishedFrames(channel, FRAME_MAX).buffers(some))
    assert ours == b"".join(by_pika(channel, parcel) for parcel in some)


def test_a_large_body_is_not_copied_and_fills_its_records() -> None:
    parcel = Parcel("out", "a.bulk", bytes(700_000), SEGMENT, "id", "hub")
    buffers = list(PublishedFrames(1, FRAME_MAX).buffers([parcel]))
    views = [each for each in buffers if isinstance(each, memoryview)]
    assert all(view.obj is parcel.body for view in views)
    assert sum(map(len, views)) > 0.8 * len(parcel.body)
    assert all(len(each) % RECORD_BYTES == 0 for each in buffers[:-1])


def test_many_small_parcels_become_few_buffers() -> None:
    some = [Parcel("out", "a.routine", bytes(1000), SEGMENT, f"id-{n}", "hub") for n in range(100)]
    assert len(list(PublishedFrames(1, FRAME_MAX).buffers(some))) == 1


@pytest.mark.parametrize("place", ["exchange", "key", "message_id", "kind", "user_id"])
def test_a_name_longer_than_amqp_can_say_is_refused(place: str) -> None:
    values = {"exchange": "e", "key": "k", "kind": SEGMENT, "message_id": "m", "user_id": "u"} | {
        place: "长" * 86
    }
    with pytest.raises(ValueError, match="at most 255"):
        list(PublishedFrames(1, FRAME_MAX).buffers([Parcel(body=b"", **values)]))


@given(st.integers(1, 65_535), st.integers(1, 1 << 63), st.booleans())
def test_acknowledgements_are_pikas(channel: int, tag: int, multiple: bool) -> None:
    ack = pika.frame.Method(channel, pika.spec.Basic.Ack(tag, multiple))
    nack = pika.frame.Method(channel, pika.spec.Basic.Nack(tag, multiple=False, requeue=False))
    assert acknowledged(channel, tag, multiple=multiple) == ack.marshal()
    assert buried(channel, tag) == nack.marshal()


# ---- reading ---------------------------------------------------------------------------------------


@dataclass
class Heard:
    """All that a reader said, in order."""

    said: list[tuple[object, ...]] = field(default_factory=list)

    def reader(self, deliveries: Sequence[int] = (), confirms: Sequence[int] = ()) -> FrameReader:
        reader = FrameReader(lambda frame: self.said.append(("other", frame)), _understand)
        for channel in deliveries:
            reader.announce_deliveries(channel, _Taker(channel, self))
        for channel in confirms:
            reader.announce_confirms(channel, lambda *values, at=channel: self.said.append((at, *values)))
        return reader


@dataclass
class _Taker:
    channel: int
    heard: Heard

    def delivered(
        self, tag: int, redelivered: bool, exchange: str, properties: Properties, body: bytes
    ) -> None:
        self.heard.said.append((self.channel, tag, redelivered, exchange, properties, body))


@dataclass(frozen=True)
class Delivery:
    """One message as the broker delivers it."""

    channel: int
    tag: int
    redelivered: bool
    exchange: str
    key: str
    properties: dict[str, object]
    body: bytes
    frame_max: int

    def frames(self) -> list[bytes]:
        method = pika.spec.Basic.Deliver("ctag", self.tag, self.redelivered, self.exchange, self.key)
        properties = pika.BasicProperties(**self.properties)
        most = self.frame_max - 8
        frames = [
            pika.frame.Method(self.channel, method),
            pika.frame.Header(self.channel, len(self.body), properties),
            *(
                pika.frame.Body(self.channel, self.body[at : at + most])
                for at in range(0, len(self.body), most)
            ),
        ]
        return [frame.marshal() for frame in frames]

    def said(self) -> tuple[object, ...]:
        values = [self.properties.get(name) or "" for name in ("message_id", "type", "user_id")]
        properties = Properties(*map(str, values), self.properties.get("headers"))  # type: ignore[arg-type]
        return (self.channel, self.tag, self.redelivered, self.exchange, properties, self.body)


ours = st.fixed_dictionaries(
    {
        "content_type": st.just(CONTENT_TYPE),
        "delivery_mode": st.just(2),
        "message_id": names,
        "type": names,
        "user_id": names,
    }
)
anyones = st.fixed_dictionaries(
    {},
    optional={
        "content_type": names,
        "message_id": names,
        "type": names,
        "user_id": names,
        "headers": st.dictionaries(st.sampled_from(["x-first-death-queue", "x-delivery-count"]), names),
        "priority": st.integers(0, 9),
        "correlation_id": names,
        "timestamp": st.integers(0, 1 << 40),
        "app_id": names,
    },
)
deliveries = st.builds(
    Delivery,
    channel=st.integers(1, 3),
    tag=st.integers(1, 1 << 62),
    redelivered=st.booleans(),
    exchange=names,
    key=names,
    properties=st.one_of(ours, anyones),
    body=st.binary(max_size=300),
    frame_max=st.sampled_from([16, 50, 4096]),
)
others = st.sampled_from(
    [
        pika.frame.Heartbeat().marshal(),
        pika.frame.Method(0, pika.spec.Connection.Blocked("disk")).marshal(),
        pika.frame.Method(9, pika.spec.Basic.Ack(5, multiple=True)).marshal(),
    ]
)


def pieces(stream: bytes, cuts: Sequence[int]) -> list[bytes]:
    """*stream*, cut at places that may fall anywhere."""
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[start:stop] for start, stop in itertools.pairwise(places)]


@given(
    st.lists(st.one_of(deliveries, others), max_size=8),
    st.lists(st.integers(0, 1 << 20), max_size=40),
    st.booleans(),
)
def test_a_stream_says_the_same_however_it_is_cut(
    items: list[Delivery | bytes], cuts: list[int], by_octets: bool
) -> None:
    stream = b"".join(b"".join(item.frames()) if isinstance(item, Delivery) else item for item in items)
    heard = Heard()
    reader = heard.reader(deliveries=[1, 2, 3])
    for piece in pieces(stream, range(len(stream)) if by_octets else cuts):
        reader.feed(piece)
    assert heard.said == [item.said() if isinstance(item, Delivery) else ("other", item) for item in items]


@given(
    st.lists(deliveries, min_size=2, max_size=6),
    st.randoms(use_true_random=False),
    st.lists(st.integers(0, 1 << 20)),
)
def test_frames_of_several_channels_may_be_mixed(
    some: list[Delivery], random: object, cuts: list[int]
) -> None:
    """Each channel's frames keep their order; between channels any order is allowed."""
    lines = {channel: [d for d in some if d.channel == channel] for channel in (1, 2, 3)}
    queued = {channel: [frame for d in line for frame in d.frames()] for channel, line in lines.items()}
    stream = b""
    while waiting := [line for line in queued.values() if line]:
        stream += random.choice(waiting).pop(0)  # type: ignore[attr-defined]
    heard = Heard()
    reader = heard.reader(deliveries=[1, 2, 3])
    for piece in pieces(stream, cuts):
        reader.feed(piece)
    for channel, line in lines.items():
        assert [said for said in heard.said if said[0] == channel] == [d.said() for d in line]


@given(
    st.lists(st.tuples(st.integers(1, 1 << 62), st.booleans(), st.booleans()), max_size=20),
    st.lists(st.integers(0, 999)),
)
def test_confirms_are_told_apart(answers: list[tuple[int, bool, bool]], cuts: list[int]) -> None:
    methods = [
        pika.spec.Basic.Ack(tag, multiple) if positive else pika.spec.Basic.Nack(tag, multiple, requeue=False)
        for tag, multiple, positive in answers
    ]
    heard = Heard()
    reader = heard.reader(confirms=[4])
    for piece in pieces(b"".join(pika.frame.Method(4, method).marshal() for method in methods), cuts):
        reader.feed(piece)
    assert heard.said == [(4, *answer) for answer in answers]


def test_what_a_publishing_channel_gets_back_is_left_to_pika() -> None:
    frames = [
        pika.frame.Method(4, pika.spec.Basic.Return(312, "NO_ROUTE", "out", "nowhere")),
        pika.frame.Header(4, 3, pika.BasicProperties(message_id="m")),
        pika.frame.Body(4, b"abc"),
    ]
    heard = Heard()
    reader = heard.reader(confirms=[4])
    for frame in frames:
        reader.feed(frame.marshal())
    assert heard.said == [("other", frame.marshal()) for frame in frames]


def test_a_channel_that_is_forgotten_is_left_to_pika() -> None:
    delivery = Delivery(
        1, 1, redelivered=False, exchange="e", key="k", properties={}, body=b"x", frame_max=4096
    )
    heard = Heard()
    reader = heard.reader(deliveries=[1])
    reader.forget(1)
    reader.feed(b"".join(delivery.frames()))
    assert heard.said == [("other", frame) for frame in delivery.frames()]


def test_a_frame_without_its_end_is_not_believed() -> None:
    frame = bytearray(pika.frame.Heartbeat().marshal())
    frame[-1] = 0
    with pytest.raises(InvalidFrame):
        Heard().reader().feed(bytes(frame))


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_body_frame_without_its_end_is_not_believed(cut: int) -> None:
    delivery = Delivery(
        1, 1, redelivered=False, exchange="e", key="k", properties={}, body=bytes(20), frame_max=4096
    )
    *before, body = delivery.frames()
    damaged = body[:-1] + b"\0"
    reader = Heard().reader(deliveries=[1])
    reader.feed(b"".join(before) + damaged[: 7 + cut])
    with pytest.raises(InvalidFrame):
        reader.feed(damaged[7 + cut :])


def test_a_body_longer_than_announced_is_not_believed() -> None:
    method = pika.spec.Basic.Deliver("ctag", 1, False, "e", "k")
    frames = [
        pika.frame.Method(1, method),
        pika.frame.Header(1, 3, pika.BasicProperties()),
        pika.frame.Body(1, b"four"),
    ]
    with pytest.raises(InvalidFrame, match="longer by 1"):
        Heard().reader(deliveries=[1]).feed(b"".join(frame.marshal() for frame in frames))


# ---- what a sender may have written ----------------------------------------------------------------


@given(st.binary(max_size=200), st.one_of(st.integers(0, (1 << 16) - 1), st.just(0x90B0)))
def test_properties_that_cannot_be_read_say_nothing_and_break_nothing(junk: bytes, flags: int) -> None:
    """They are the sender's words; a connection that broke over them would break again for ever."""
    payload = struct.pack(">HHQH", 60, 0, 2, flags) + junk + bytes(3)
    header = struct.pack(">BHI", 2, 1, len(payload)) + payload + b"\xce"
    method = pika.frame.Method(1, pika.spec.Basic.Deliver("ctag", 7, False, "e", "k")).marshal()
    said: list[tuple[object, ...]] = []

    class Taker:
        def delivered(
            self, tag: int, redelivered: bool, exchange: str, properties: Properties, body: bytes
        ) -> None:
            said.append((tag, body, *(type(value) for value in properties[:3])))

    reader = FrameReader(lambda _: None, _understand)
    reader.announce_deliveries(1, Taker())
    reader.feed(method + header + pika.frame.Body(1, b"xy").marshal())
    assert said == [(7, b"xy", str, str, str)]


def test_tables_nested_without_end_are_not_followed() -> None:
    table = b"\0\0\0\0"
    for _ in range(5000):
        entry = b"\x01aF" + table
        table = struct.pack(">I", len(entry)) + entry
    assert _understand(struct.pack(">H", 1 << 13) + table) == Properties("", "", "")
