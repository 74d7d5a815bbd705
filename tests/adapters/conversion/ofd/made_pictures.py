# SPDX-License-Identifier: Apache-2.0
"""Small pictures for fixtures, byte for byte the same wherever they are made."""

from __future__ import annotations

import base64
import struct
import zlib

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


def png(rows: list[list[tuple[int, ...]]]) -> bytes:
    """A PNG of these pixels: three parts each, or four with alpha, or one for grey."""
    kind = {1: 0, 3: 2, 4: 6}[len(rows[0][0])]
    lines = b"".join(b"\0" + bytes(part for pixel in row for part in pixel) for row in rows)
    head = struct.pack(">LLBBBBB", len(rows[0]), len(rows), 8, kind, 0, 0, 0)
    body = _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(lines, 0)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def bmp(rows: list[list[tuple[int, ...]]]) -> bytes:
    """A BMP of 24 bits."""
    width, height = len(rows[0]), len(rows)
    lines = [b"".join(bytes(reversed(pixel)) for pixel in row) for row in reversed(rows)]
    data = b"".join(line + bytes(-len(line) % 4) for line in lines)
    head = struct.pack("<LLLHHLLLLLL", 40, width, height, 1, 24, 0, len(data), 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<LLL", 54 + len(data), 0, 54) + head + data


def tiff(rows: list[list[tuple[int, ...]]]) -> bytes:
    """An uncompressed TIFF of one strip, RGB."""
    width, height = len(rows[0]), len(rows)
    data = bytes(part for row in rows for pixel in row for part in pixel)
    bits_at, data_at = 8 + 2 + 12 * 9 + 4, 8 + 2 + 12 * 9 + 4 + 6
    tags = [
        (256, 3, 1, width),
        (257, 3, 1, height),
        (258, 3, 3, bits_at),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, data_at),
        (277, 3, 1, 3),
        (278, 3, 1, height),
        (279, 4, 1, len(data)),
    ]
    entries = b"".join(struct.pack("<HHLL", *tag) for tag in tags)
    return (
        b"II*\0" + struct.pack("<LH", 8, len(tags)) + entries + bytes(4) + struct.pack("<3H", 8, 8, 8) + data
    )


def jbig2_black(side: int) -> bytes:
    """A JBIG2 file whose page is black: its default pixel says so, and nothing is drawn on it."""
    page = struct.pack(">LLLLBH", side, side, 0, 0, 0x04, 0)
    segments = _segment(0, 48, page) + _segment(1, 49, b"") + _segment(2, 51, b"", page=0)
    return b"\x97JB2\r\n\x1a\n" + b"\x01" + struct.pack(">L", 1) + segments


def jpeg_blue() -> bytes:
    """A JPEG of 8 by 8 blue pixels."""
    return base64.b64decode(_JPEG)


def _segment(number: int, kind: int, data: bytes, page: int = 1) -> bytes:
    return struct.pack(">LBBBL", number, kind, 0, page, len(data)) + data


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


_JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQ"
    "ERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU"
    "FBQUFBQUFBQUFBQUFBT/wAARCAAIAAgDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAA"
    "AgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6"
    "Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXG"
    "x8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREA"
    "AgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5"
    "OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPE"
    "xcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwD896KKK/1TPhz/2Q=="
)
