# SPDX-License-Identifier: Apache-2.0
"""
The bytes of a PDF's streams behind their filters: measured first, and as far as they can be read.

Deflate and its predictors, which nearly everything uses, are undone here: a damaged stream is read up
to its damage, and rows are put together by Pillow, since they are a PNG file's. The rest is pdfminer's.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pdfminer.pdftypes import LITERALS_FLATE_DECODE, PDFStream
from pdfminer.utils import apply_png_predictor, apply_tiff_predictor
from PIL import Image

from adapters.conversion.ofd_writing.objects import BROKEN, dictionary, whole
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

LARGEST_STREAM: Final = 384 << 20  # bytes unpacked; a scan of A0 at 300 dpi in colour
_DENSEST: Final = 1032  # deflate makes no more of a byte
_STEP: Final = 1 << 20
_CAREFUL: Final = 64  # bytes at a time, in what is damaged
_PNG_TYPES: Final = {1: (0, "L"), 2: (4, "LA"), 3: (2, "RGB"), 4: (6, "RGBA")}  # by bytes of a pixel


def unpacked(found: PDFStream) -> bytes:
    """
    The bytes of a stream behind its filters; pictures' own (JPEG and the like) stay as they are.

    Raises:
        Unreadable: they are more than LARGEST_STREAM.
    """
    if found.data is not None:
        return found.data
    stages = [each in LITERALS_FLATE_DECODE for each, _ in found.get_filters()]
    packed = found.rawdata or b""
    if len(packed) * _DENSEST ** sum(stages) > LARGEST_STREAM:
        _measure(packed, stages)
    try:
        if stages == [True]:
            found.data = _deflated(found, packed)
            found.rawdata = None
        data = found.get_data()
    except BROKEN:
        data = found.data = b""  # so that nobody tries again
    return data


def _deflated(found: PDFStream, packed: bytes) -> bytes:
    """A stream under deflate alone."""
    if found.decipher is not None and found.objid is not None and found.genno is not None:
        packed = found.decipher(found.objid, found.genno, packed, found.attrs)
    try:
        data = zlib.decompress(packed)
    except zlib.error:
        data = _salvaged(packed)
    return _unpredicted(data, dictionary(found.get_filters()[0][1]))


def _salvaged(packed: bytes) -> bytes:
    """What can be read of damaged data, the check at its end aside."""
    meter, parts = zlib.decompressobj(), []
    try:
        for at in range(0, len(packed), _CAREFUL):
            parts.append(meter.decompress(packed[at : at + _CAREFUL]))
    except zlib.error:
        pass  # what was read until then counts
    return b"".join(parts)


def _unpredicted(data: bytes, parameters: Mapping[str, Any]) -> bytes:
    kind = whole(parameters.get("Predictor"), 1)
    colours, bits = whole(parameters.get("Colors"), 1), whole(parameters.get("BitsPerComponent"), 8)
    columns = whole(parameters.get("Columns"), 1)
    if kind == 2:
        return apply_tiff_predictor(colours, columns, bits, data)
    if kind < 10:
        return data
    pixel = max(1, colours * bits // 8)  # predictors know bytes alone
    if pixel not in _PNG_TYPES:
        return apply_png_predictor(kind, colours, columns, bits, data)
    return _rows(data, pixel, -(-colours * columns * bits // 8 // pixel))


def _rows(data: bytes, pixel: int, columns: int) -> bytes:
    """The rows of a PNG file of *pixel* bytes a pixel, without their predictors."""
    stride = pixel * columns + 1
    rows = -(-len(data) // stride)
    kind, mode = _PNG_TYPES[pixel]
    head = struct.pack(">IIBBBBB", columns, rows, 8, kind, 0, 0, 0)
    body = zlib.compress(data.ljust(rows * stride, b"\0"), 0)
    file = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    with Image.open(io.BytesIO(file)) as image:
        return image.convert(mode).tobytes()


def _chunk(label: bytes, content: bytes) -> bytes:
    check = zlib.crc32(label + content)
    return struct.pack(">I", len(content)) + label + content + struct.pack(">I", check)


def _measure(packed: bytes, stages: Sequence[bool]) -> None:
    """Refuse what deflate, at the head of the filters, makes too large."""
    data = packed
    for number, deflated in enumerate(stages):
        if not deflated:
            return
        data = _inflated(data, keep=any(stages[number + 1 :]))


def _inflated(packed: bytes, *, keep: bool) -> bytes:
    meter, length, rest = zlib.decompressobj(), 0, packed
    kept: list[bytes] = []
    while rest and not meter.eof:
        try:
            block = meter.decompress(rest, _STEP)
        except zlib.error:
            break
        rest, length = meter.unconsumed_tail, length + len(block)
        if length > LARGEST_STREAM:
            raise Unreadable(Phrase("conversion.pdf.bomb", {"limit": LARGEST_STREAM >> 20}))
        if keep:
            kept.append(block)
    return b"".join(kept)
