# SPDX-License-Identifier: Apache-2.0
"""
CEB documents, made here by the inverse of what reads them; they are the same each time.

The ciphers are put on by other code than the one that takes them off: RC4's variant byte by byte over the
whole, 3DES by the chaining modes of a library.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher

from adapters.conversion.ceb import CebToPdf

try:  # where the library keeps them for old files
    from cryptography.hazmat.decrepit.ciphers.modes import CFB, OFB
except ImportError:
    from cryptography.hazmat.primitives.ciphers.modes import CFB, OFB


class Configured(CebToPdf):
    """A converter that a test configures, so that no other one is."""


KEY = bytes(range(0x41, 0x51))
STREAM_KEY = bytes(range(1, 25))
PRIME_1 = (1 << 255) - 19
PRIME_2 = (1 << 256) - (1 << 32) - 977
MODULUS = PRIME_1 * PRIME_2
EXPONENT = 65537
SECRET = pow(EXPONENT, -1, (PRIME_1 - 1) * (PRIME_2 - 1))
OFB_ALGORITHM, CFB_ALGORITHM, WRAPPED = 1, 2, 0x80000000
VERSION_3 = b"Founder CEB\0\0\0\3\0"
VERSION_250 = b"Founder CEB 2.50\0"


def pdf(pages: int = 2, *, change: Callable[[bytes], bytes] | None = None, indirect: bool = False) -> bytes:
    """
    A PDF with a few words on each page.

    change: is done to each stream; then the trailer says that it is enciphered. indirect: the length of a
    stream is an object of its own.
    """
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    kids = []
    for number in range(pages):
        words = f"BT /F1 12 Tf 72 700 Td (Page {number + 1} of the notice) Tj ET\n".encode() * 40
        content = zlib.compress(words)
        at = len(objects) + 1
        kids.append(at)
        length = f"{at + 2} 0 R" if indirect else str(len(content))
        objects += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1<</Type/Font/Subtype/Type1"
            f"/BaseFont/Helvetica>>>>>>/Contents {at + 1} 0 R>>".encode(),
            f"<</Length {length}/Filter/FlateDecode>>\nstream\r\n".encode()
            + (change(content) if change else content)
            + b"\nendstream",
            str(len(content)).encode(),
        ]
    objects[1] = f"<</Type/Pages/Count {pages}/Kids[{' '.join(f'{each} 0 R' for each in kids)}]>>".encode()
    return _written(objects, marked=change is not None)


def _written(objects: Sequence[bytes], *, marked: bool) -> bytes:
    made, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % each for each in places)
    mark = b"/Encrypt 1 0 R" if marked else b""
    size = len(objects) + 1
    tail = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n"
    return made + tail % (size, table, size, mark, len(made))


def with_body_cipher(data: bytes, key: bytes = KEY) -> bytes:
    made = bytearray()
    for at, byte in enumerate(data):
        if at % 65536 == 0:
            state, j = list(range(256)), 0
            for i in range(256):
                j = (j + state[i] + (key[i % len(key)] | 0xAA)) % 256
                state[i], state[j] = state[j], state[i]
            x = y = 0
        x = (x + 1) % 256
        y = (y + state[x]) % 256
        old = state[x]
        state[x] = state[y]
        state[y] = state[old]
        made.append(byte ^ state[(state[x] + state[y]) % 256])
    return bytes(made)


def chained(mode: type[CFB] | type[OFB], key: bytes = STREAM_KEY) -> Callable[[bytes], bytes]:
    """Puts 3DES on a stream, begun again every 256 bytes."""

    def put_on(data: bytes) -> bytes:
        pieces = (data[at : at + 256] for at in range(0, len(data), 256))
        return b"".join(Cipher(TripleDES(key), mode(key[:8])).encryptor().update(each) for each in pieces)

    return put_on


def wrapped(key: bytes = STREAM_KEY, *, order: str = "little") -> bytes:
    """*key* as the vendor would wrap it, with a length before it."""
    plain = len(key).to_bytes(4, "little") + key
    plain = plain + bytes(64 - len(plain)) if order == "little" else plain + b"\1" * (64 - len(plain))
    number = int.from_bytes(plain, order)  # type: ignore[arg-type]
    if number >= MODULUS:
        raise ValueError("too large for the modulus")
    return pow(number, SECRET, MODULUS).to_bytes(64, order)  # type: ignore[arg-type]


def ceb(
    sections: Sequence[tuple[int, bytes]], *, magic: bytes = VERSION_3, empty_at_end: bool = False
) -> bytes:
    """A container of *sections*, each (type, content)."""
    count = len(sections) + empty_at_end
    table, at = b"", 0x1F + 17 * count
    for kind, content in sections:
        table += struct.pack("<IIB8x", at, len(content), kind)
        at += len(content)
    if empty_at_end:
        table += struct.pack("<IIB8x", at, 0, 3)
    head = magic.ljust(0x14, b"\0") + struct.pack("<HH7x", count, 1)
    return head + table + b"".join(content for _, content in sections)


def document(
    *,
    mode: type[CFB] | type[OFB] | None = None,
    algorithm: int | None = 0,
    key: bytes = KEY,
    stream_key: bytes | None = None,
    magic: bytes = VERSION_3,
    pages: int = 2,
    indirect: bool = False,
    types: tuple[int, ...] = (3, 4, 5, 16),
) -> bytes:
    """A whole CEB; without *mode* its streams have no cipher, with *algorithm* None it says nothing of it."""
    body = pdf(pages, change=chained(mode) if mode else None, indirect=indirect)
    sections = [(types[0], with_body_cipher(body, key)), (types[1], key)]
    if stream_key is not None:
        sections.append((types[2], stream_key))
    if algorithm is not None:
        sections.append((types[3], algorithm.to_bytes(4, "little")))
    sections.append((255, b"Maker 3.2".ljust(150, b"\0")))
    return ceb(sections, magic=magic)
