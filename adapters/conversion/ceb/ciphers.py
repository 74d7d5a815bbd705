# SPDX-License-Identifier: Apache-2.0
"""
The ciphers of CEB: the one over the whole body, the two over streams, and the wrapping of keys.

None of them keeps a secret today, and none is used for anything but reading old documents. The first
is RC4 with a mistake in it, which the makers of files and readers share: where two numbers should
change places, one takes the place of a third. It is written here as it is, or nothing could be read.

Source: the findings published with github.com/ChenyuHeee/MacOS-ceb2pdf (MIT), held there against eighteen
real files; their key streams are tests here.
"""

from __future__ import annotations

from typing import Literal

from adapters.conversion.ceb.settings import WrappingKey
from adapters.conversion.ceb.triple_des import BLOCK_BYTES, encrypt_blocks

BODY_RESTART_BYTES = 64 << 10  # after which the body's key stream begins again
STREAM_RESTART_BYTES = 256  # after which a stream's cipher does
_Order = Literal["little", "big"]
_ORDERS: tuple[_Order, ...] = ("little", "big")
_KEY_BITS = 0xAA  # set in each byte of the key


def body_key_stream(key: bytes, length: int = BODY_RESTART_BYTES) -> bytes:
    """The first *length* bytes of the key stream of *key*, which must not be empty."""
    state = _scheduled(key)
    x = y = 0
    stream = bytearray(length)
    for number in range(length):
        x = (x + 1) & 0xFF
        was = state[x]
        y = (y + was) & 0xFF
        state[x] = state[y]
        state[y] = state[was]  # RC4 would put *was* itself here
        stream[number] = state[(state[x] + state[y]) & 0xFF]
    return bytes(stream)


def _scheduled(key: bytes) -> list[int]:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + (key[i % len(key)] | _KEY_BITS)) & 0xFF
        state[i], state[j] = state[j], state[i]
    return state


def without_body_cipher(body: bytes, key: bytes) -> bytes:
    """*body* without the cipher of *key*; the same puts it on."""
    stream = body_key_stream(key, min(BODY_RESTART_BYTES, len(body)))
    places = range(0, len(body), BODY_RESTART_BYTES)
    return b"".join(_exclusive_or(body[at : at + BODY_RESTART_BYTES], stream) for at in places)


def without_ofb(data: bytes, key: bytes) -> bytes:
    """*data* without 3DES in output feedback, begun again every 256 bytes; the same puts it on."""
    blocks, last = [], key[:BLOCK_BYTES]
    for _ in range(STREAM_RESTART_BYTES // BLOCK_BYTES):
        last = encrypt_blocks(key, last)
        blocks.append(last)
    stream = b"".join(blocks) * (len(data) // STREAM_RESTART_BYTES + 1)
    return _exclusive_or(data, stream)


def without_cfb(data: bytes, key: bytes) -> bytes:
    """*data* without 3DES in cipher feedback of 64 bits, begun again every 256 bytes."""
    start, step = key[:BLOCK_BYTES], STREAM_RESTART_BYTES
    before = b"".join(start + data[at : at + step - BLOCK_BYTES] for at in range(0, len(data), step))
    padded = before + bytes(-len(before) % BLOCK_BYTES)
    return _exclusive_or(data, encrypt_blocks(key, padded))


def unwrapped(blob: bytes, wrapping: WrappingKey, lengths: tuple[int, ...]) -> bytes | None:
    """
    The key in *blob*: a length of four bytes and so many bytes of key, raised to the power without padding.

    Descriptions differ in which end of a number comes first, so both are tried: only the right one
    begins with a length. None: *wrapping* is not the key.
    """
    for read in _ORDERS:
        number = int.from_bytes(blob, read)
        plain = pow(number, wrapping.exponent, wrapping.modulus)
        for write in _ORDERS:
            found = _after_length(plain, len(blob), write, lengths)
            if found is not None:
                return found
    return None


def _after_length(number: int, size: int, order: _Order, lengths: tuple[int, ...]) -> bytes | None:
    try:
        plain = number.to_bytes(size, order)
    except OverflowError:  # the modulus is longer than the blob
        return None
    for wanted in lengths:
        if plain[:4] in (wanted.to_bytes(4, "little"), wanted.to_bytes(4)):
            return plain[4 : 4 + wanted]
    return None


def _exclusive_or(data: bytes, stream: bytes) -> bytes:
    numbers = int.from_bytes(data), int.from_bytes(stream[: len(data)])
    return (numbers[0] ^ numbers[1]).to_bytes(len(data))
