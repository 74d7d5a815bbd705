# SPDX-License-Identifier: Apache-2.0
"""
AMQP 0-9-1 frames as bytes: the few that every message costs, written and read without a detour.

pika spends most of its time per message on objects for frames. Here a publish and an
acknowledgement are joined bytes, and a delivery is cut out of the stream in one pass, however
the network has sliced it. Every other frame is handed on untouched for pika to understand.

This module knows no socket, no thread and no pika; tests hold it against pika's own frames.

Source: AMQP 0-9-1, sections 2.3.5 (frames) and 4.2.6 (content); confirms are RabbitMQ's basic.ack and
basic.nack.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from exchange.edge.broker import Parcel
from exchange.model.limits import KIB

CONTENT_TYPE = "application/xml"

_METHOD, _HEADER, _BODY = 1, 2, 3
_END = 0xCE
_END_OCTET = b"\xce"
_PUBLISH, _DELIVER, _ACK, _NACK = 0x003C0028, 0x003C003C, 0x003C0050, 0x003C0078
_BASIC = 60
_MANDATORY = 1
_MULTIPLE = 1
_PERSISTENT = b"\x02"
_OVERHEAD = 8  # octets of a frame around its payload

_HAS_CONTENT_TYPE, _HAS_MODE, _HAS_ID, _HAS_TYPE, _HAS_USER = 1 << 15, 1 << 12, 1 << 7, 1 << 5, 1 << 4
_OURS = _HAS_CONTENT_TYPE | _HAS_MODE | _HAS_ID | _HAS_TYPE | _HAS_USER

_frame = struct.Struct(">BHI")
_method = struct.Struct(">BHII")
_content = struct.Struct(">BHIHHQH")
_content_payload = struct.Struct(">HHQH")
_answer = struct.Struct(">BHIIQBB")
_tag = struct.Struct(">QB")
_number = struct.Struct(">I")

BUFFER_BYTES = 128 * KIB  # small messages are joined up to here: few TLS records, few system calls
RECORD_BYTES = 16 * KIB  # of a TLS record at most; smaller pieces of a large body would make more of them
_KNOWN_MOST = 4096  # places whose method frame is remembered


class InvalidFrame(ValueError):
    """The stream is not one of AMQP frames: nothing after this can be believed."""


class Properties(NamedTuple):
    """What a delivery says about itself beside its body; *headers* is None where it brings none."""

    message_id: str
    kind: str
    user_id: str
    headers: Mapping[str, object] | None = None


_NO_PROPERTIES = Properties("", "", "")


def _short(text: str) -> bytes:
    raw = text.encode()
    if len(raw) > 255:
        raise ValueError(f"{len(raw)} bytes, at most 255 fit: {text[:40]!r}…")
    return bytes((len(raw),)) + raw


class PublishedFrames:
    """
    The frames of parcels on one channel: persistent, mandatory, never with a priority.

    What repeats from parcel to parcel is remembered; two threads may ask at the same time.
    """

    def __init__(self, channel: int, frame_max: int) -> None:
        self._channel = channel
        self._body_most = frame_max - _OVERHEAD
        self._methods: dict[tuple[str, str], bytes] = {}
        self._tails: dict[tuple[str, str], tuple[int, bytes]] = {}
        self._start = _short(CONTENT_TYPE) + _PERSISTENT

    def buffers(self, parcels: Iterable[Parcel]) -> Iterator[bytes | memoryview]:
        """
        The frames of *parcels*, in order, cut where it suits the network.

        Small messages are joined. Large bodies are not copied, but for the pieces around the frames'
        borders.

        Raises:
            ValueError: a name is longer than AMQP can say, 255 bytes.
        """
        pieces: list[bytes] = []
        size = 0
        for parcel in parcels:
            pieces.append(self._methods.get((parcel.exchange, parcel.key)) or self._learn_method(parcel))
            pieces.append(self._header(parcel))
            length = len(parcel.body)
            if length > RECORD_BYTES:
                yield from self._large_body(b"".join(pieces), parcel.body)
                pieces, size = [], 0
            elif length:
                pieces += (_frame.pack(_BODY, self._channel, length), parcel.body, _END_OCTET)
                size += length
            if size >= BUFFER_BYTES:
                yield b"".join(pieces)
                pieces, size = [], 0
        if pieces:
            yield b"".join(pieces)

    def _large_body(self, before: bytes, body: bytes) -> Iterator[bytes | memoryview]:
        """The frames of *body*, after what goes *before* them: views of whole TLS records, and joints."""
        view = memoryview(body)
        for start in range(0, len(body), self._body_most):
            stop = min(start + self._body_most, len(body))
            before += _frame.pack(_BODY, self._channel, stop - start)
            joint = min(start + max(RECORD_BYTES - len(before), 0), stop)
            rest = stop - (stop - joint) % RECORD_BYTES
            yield b"".join((before, view[start:joint]))
            if joint < rest:
                yield view[joint:rest]
            before = b"".join((view[rest:stop], _END_OCTET))
        yield before

    def _header(self, parcel: Parcel) -> bytes:
        flags, tail = self._tails.get((parcel.kind, parcel.user_id)) or self._learn_tail(parcel)
        properties = self._start + _short(parcel.message_id) + tail
        length = _content_payload.size + len(properties) - 1  # the frame's end, in the tail, does not count
        return _content.pack(_HEADER, self._channel, length, _BASIC, 0, len(parcel.body), flags) + properties

    def _learn_method(self, parcel: Parcel) -> bytes:
        names = b"\0\0" + _short(parcel.exchange) + _short(parcel.key) + bytes((_MANDATORY,))
        known = _method.pack(_METHOD, self._channel, 4 + len(names), _PUBLISH) + names + _END_OCTET
        if len(self._methods) >= _KNOWN_MOST:
            self._methods.clear()
        self._methods[parcel.exchange, parcel.key] = known
        return known

    def _learn_tail(self, parcel: Parcel) -> tuple[int, bytes]:
        user = _short(parcel.user_id) if parcel.user_id else b""
        known = (_OURS if user else _OURS & ~_HAS_USER, _short(parcel.kind) + user + _END_OCTET)
        if len(self._tails) >= _KNOWN_MOST:
            self._tails.clear()
        self._tails[parcel.kind, parcel.user_id] = known
        return known


def acknowledged(channel: int, tag: int, *, multiple: bool) -> bytes:
    """basic.ack of one delivery, or of all up to it."""
    return _answer.pack(_METHOD, channel, 13, _ACK, tag, multiple, _END)


def buried(channel: int, tag: int) -> bytes:
    """basic.nack of one delivery, which is not to come again."""
    return _answer.pack(_METHOD, channel, 13, _NACK, tag, 0, _END)


class Deliveries(Protocol):
    """Takes what arrives on one channel."""

    def delivered(
        self, tag: int, redelivered: bool, exchange: str, properties: Properties, body: bytes
    ) -> None:
        """One whole message."""


Confirms = Callable[[int, bool, bool], None]  # delivery tag, all up to it, positively


@dataclass(slots=True)
class _Incoming:
    """The delivery that is arriving on a channel; between two of them *method* is False."""

    to: Deliveries
    method: bool = False
    tag: int = 0
    redelivered: bool = False
    exchange: str = ""
    properties: Properties = _NO_PROPERTIES
    missing: int = 0
    pieces: list[bytes] = field(default_factory=list)

    def finish(self) -> None:
        pieces = self.pieces
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self.pieces = []
        self.method = False
        self.to.delivered(self.tag, self.redelivered, self.exchange, self.properties, body)


class FrameReader:
    """
    Cuts a stream into frames: deliveries and confirms of the channels that were announced go to
    their takers, every other frame goes whole to *other*.

    *understand* reads properties that are not exactly those that we publish.
    """

    def __init__(self, other: Callable[[bytes], None], understand: Callable[[bytes], Properties]) -> None:
        self._other = other
        self._understand = understand
        self._confirms: dict[int, Confirms] = {}
        self._incoming: dict[int, _Incoming] = {}
        self._rest = b""
        self._open: _Incoming | None = None  # whose body frame is cut by the end of what came so far
        self._open_left = 0  # octets of that frame still to come, its end included

    def announce_confirms(self, channel: int, taker: Confirms) -> None:
        self._confirms[channel] = taker

    def announce_deliveries(self, channel: int, taker: Deliveries) -> None:
        self._incoming[channel] = _Incoming(taker)

    def forget(self, channel: int) -> None:
        """The channel is gone; its number may come again with another meaning."""
        self._confirms.pop(channel, None)
        self._incoming.pop(channel, None)

    def feed(self, data: bytes) -> None:
        """
        Go on with *data*.

        Raises:
            InvalidFrame: a frame does not end where it should.
        """
        position = self._continue_body(data) if self._open else 0
        if self._rest:
            data = self._rest + data
        end = len(data)
        while end - position >= _OVERHEAD:
            kind, channel, size = _frame.unpack_from(data, position)
            stop = position + _OVERHEAD + size
            if stop > end:
                if kind == _BODY and (incoming := self._incoming.get(channel)) and incoming.method:
                    self._begin_body(incoming, data[position + 7 :], size)
                    position = end
                break
            if data[stop - 1] != _END:
                raise InvalidFrame(f"a frame of {size} octets does not end with {_END}")
            self._take(kind, channel, data, position, stop)
            position = stop
        self._rest = data[position:]

    def _take(self, kind: int, channel: int, data: bytes, start: int, stop: int) -> None:
        """One whole frame, from *start* to *stop* of *data*."""
        incoming = self._incoming.get(channel)
        if incoming is not None:
            if kind == _BODY and incoming.method:
                self._take_body(incoming, data[start + 7 : stop - 1])
                return
            if kind == _HEADER and incoming.method:
                self._take_header(incoming, data, start + 7, stop - 1)
                return
            if kind == _METHOD and _number.unpack_from(data, start + 7)[0] == _DELIVER:
                self._take_deliver(incoming, data, start + 11)
                return
        elif kind == _METHOD and (confirms := self._confirms.get(channel)) is not None:
            method = _number.unpack_from(data, start + 7)[0]
            if method in (_ACK, _NACK):
                tag, bits = _tag.unpack_from(data, start + 11)
                confirms(tag, bool(bits & _MULTIPLE), method == _ACK)
                return
        self._other(data[start:stop])

    def _take_deliver(self, incoming: _Incoming, data: bytes, position: int) -> None:
        position += 1 + data[position]  # the consumer's tag: a channel here has one consumer
        incoming.tag, bits = _tag.unpack_from(data, position)
        incoming.redelivered = bool(bits & 1)
        length = data[position + 9]
        incoming.exchange = data[position + 10 : position + 10 + length].decode()
        incoming.method = True

    def _take_header(self, incoming: _Incoming, data: bytes, position: int, stop: int) -> None:
        _, _, size, flags = _content_payload.unpack_from(data, position)
        if flags == _OURS:
            incoming.properties = _our_properties(data[position + _content_payload.size : stop])
        else:
            incoming.properties = self._understand(data[position + 12 : stop])
        incoming.missing = size
        if not size:
            incoming.pieces = [b""]
            incoming.finish()

    def _take_body(self, incoming: _Incoming, piece: bytes) -> None:
        incoming.pieces.append(piece)
        self._count(incoming, len(piece))

    def _count(self, incoming: _Incoming, octets: int) -> None:
        incoming.missing -= octets
        if incoming.missing < 0:
            raise InvalidFrame(f"a body is longer by {-incoming.missing} octets than its header says")
        if not incoming.missing:
            incoming.finish()

    def _begin_body(self, incoming: _Incoming, piece: bytes, size: int) -> None:
        """The first part of a body frame of *size* octets; its parts are never joined to a frame again."""
        self._open_left = size + 1 - len(piece)  # at least the frame's end
        self._open = incoming
        incoming.pieces.append(piece)
        incoming.missing -= len(piece)

    def _continue_body(self, data: bytes) -> int:
        """Go on with a body frame that was cut; where the next frame begins in *data*."""
        incoming = self._open
        assert incoming is not None
        left = self._open_left
        if len(data) < left:
            self._open_left -= len(data)
            incoming.pieces.append(data)
            incoming.missing -= len(data)
            return len(data)
        if data[left - 1] != _END:
            raise InvalidFrame(f"a body frame does not end with {_END}")
        self._open = None
        incoming.pieces.append(data[: left - 1])
        self._count(incoming, left - 1)
        return left


def _our_properties(raw: bytes) -> Properties:
    """Properties with exactly the flags that `PublishedFrames` sets."""
    try:
        message_id, at = _text(raw, 2 + raw[0])  # after the content type and the delivery mode
        kind, at = _text(raw, at)
        user_id, _ = _text(raw, at)
    except IndexError:
        return _NO_PROPERTIES
    return Properties(message_id, kind, user_id)


def _text(raw: bytes, at: int) -> tuple[str, int]:
    """A short string, and where it ends; it may be its sender's and need not be UTF-8."""
    end = at + 1 + raw[at]
    return raw[at + 1 : end].decode(errors="replace"), end
