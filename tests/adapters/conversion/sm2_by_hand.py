# SPDX-License-Identifier: Apache-2.0
"""
SM3 and SM2 signatures in plain Python: a second implementation, for tests alone.

It signs what the tests verify through libcrypto, and always the same for the same input. It is slow and
leaks its keys through timing; nothing else may use it.

Source: GM/T 0004-2012 (SM3), GM/T 0003.2-2012 and 0003.5-2012 (SM2 and its curve).
"""

from __future__ import annotations

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
IDENTITY = b"1234567812345678"

Point = tuple[int, int] | None


def _left(word: int, by: int) -> int:
    by %= 32
    return (word << by | word >> (32 - by)) & 0xFFFFFFFF if by else word


def _folded(word: int) -> int:
    return word ^ _left(word, 15) ^ _left(word, 23)


def sm3(data: bytes) -> bytes:
    """The SM3 digest of *data*."""
    state = [
        0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
    ]  # fmt: skip
    padded = data + b"\x80" + bytes(-(len(data) + 9) % 64) + (8 * len(data)).to_bytes(8)
    for start in range(0, len(padded), 64):
        state = _compressed(state, padded[start : start + 64])
    return b"".join(word.to_bytes(4) for word in state)


def _compressed(state: list[int], block: bytes) -> list[int]:
    words = [int.from_bytes(block[i : i + 4]) for i in range(0, 64, 4)]
    for j in range(16, 68):
        mixed = _folded(words[j - 16] ^ words[j - 9] ^ _left(words[j - 3], 15))
        words.append(mixed ^ _left(words[j - 13], 7) ^ words[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        early = j < 16
        constant = _left(0x79CC4519 if early else 0x7A879D8A, j)
        ss1 = _left((_left(a, 12) + e + constant) & 0xFFFFFFFF, 7)
        ff = a ^ b ^ c if early else a & b | a & c | b & c
        gg = e ^ f ^ g if early else e & f | ~e & g
        tt1 = (ff + d + (ss1 ^ _left(a, 12)) + (words[j] ^ words[j + 4])) & 0xFFFFFFFF
        tt2 = (gg + h + ss1 + words[j]) & 0xFFFFFFFF
        a, b, c, d = tt1, a, _left(b, 9), c
        e, f, g, h = tt2 ^ _left(tt2, 9) ^ _left(tt2, 17), e, _left(f, 19), g
    return [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True)]


def _plus(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % P == 0:
        return None
    if one == other:
        slope = (3 * x1 * x1 + A) * pow(2 * y1, -1, P) % P
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, P) % P
    x = (slope * slope - x1 - x2) % P
    return x, (slope * (x1 - x) - y1) % P


def times(number: int, point: Point = G) -> tuple[int, int]:
    """*number* times *point*, which must not be zero."""
    result: Point = None
    while number:
        if number & 1:
            result = _plus(result, point)
        point = _plus(point, point)
        number >>= 1
    assert result is not None
    return result


def point_bytes(secret: int) -> bytes:
    """The public key of *secret*, uncompressed."""
    x, y = times(secret)
    return b"\x04" + x.to_bytes(32) + y.to_bytes(32)


def digest_to_sign(secret: int, message: bytes, identity: bytes = IDENTITY) -> int:
    """The number that is signed: identity, curve, key and message."""
    curve = b"".join(value.to_bytes(32) for value in (A, B, *G))
    about = (8 * len(identity)).to_bytes(2) + identity + curve + point_bytes(secret)[1:]
    return int.from_bytes(sm3(sm3(about) + message))


def sign(
    secret: int, message: bytes, *, identity: bytes = IDENTITY, nonce: int | None = None
) -> tuple[int, int]:
    """The signature (r, s) of *message*; without *nonce*, one that follows from the rest."""
    e = digest_to_sign(secret, message, identity)
    k = nonce or int.from_bytes(sm3(secret.to_bytes(32) + e.to_bytes(32))) % (N - 1) + 1
    r = (e + times(k)[0]) % N
    s = pow(1 + secret, -1, N) * (k - r * secret) % N
    assert r
    assert s
    assert r + k != N
    return r, s
