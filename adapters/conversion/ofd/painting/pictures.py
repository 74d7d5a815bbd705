# SPDX-License-Identifier: Apache-2.0
"""
Pictures as PDF image objects: JPEG and JBIG2 as they are, everything that Pillow reads as pixels.

What a picture is, its first bytes say, never its name. Its size is judged before a pixel is unpacked. A
picture that cannot be read is `Unreadable`; the painter leaves its place empty and says so.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, UnidentifiedImageError

from adapters.conversion.ofd.painting.pdf_file import Name, PdfFile, Ref, Value
from adapters.conversion.ofd.values import Source
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

PICTURE_BYTES = 256 << 20
PIXELS = 80_000_000  # unpacked; an A3 sheet at 600 dpi in grey
_STRIP_ROWS = 256
_END_OF_JPEG = b"\xff\xd9"
_JBIG2 = b"\x97JB2\r\n\x1a\n"
_FORMATS = ("JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "JPEG2000", "PPM", "ICO")
_DEFECTS = (
    *(
        OSError,
        ValueError,
        SyntaxError,
        TypeError,
        EOFError,
        KeyError,
        IndexError,
        OverflowError,
        struct.error,
    ),
    *(AssertionError, MemoryError, NameError, RuntimeError, ZeroDivisionError, AttributeError),
    *(Image.DecompressionBombError, UnidentifiedImageError, zlib.error),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture in the file."""

    ref: Ref
    width: int
    height: int


class Pictures:
    """The pictures of one PDF: each file of the package is taken over once."""

    def __init__(self, file: PdfFile) -> None:
        self._file = file
        self._known: dict[tuple[Source, Source | None], Drawn | Unreadable] = {}

    def drawn(self, picture: Source, mask: Source | None) -> Drawn:
        """
        The picture in the file, seen where *mask* is white.

        Raises:
            Unreadable: it cannot be read.
        """
        key = (picture, mask)
        if key not in self._known:
            try:
                self._known[key] = self._taken(picture, mask)
            except Unreadable as e:
                self._known[key] = e
        found = self._known[key]
        if isinstance(found, Unreadable):
            raise found
        return found

    def _taken(self, picture: Source, mask: Source | None) -> Drawn:
        data = picture.read(PICTURE_BYTES)
        soft = self._mask(mask) if mask is not None else None
        if data.startswith(_JBIG2):
            return self._jbig2(data, picture.name, soft)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures: they are judged here
            try:
                with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                    if image.width * image.height > PIXELS:
                        values = {"name": picture.name, "pixels": image.width * image.height, "limit": PIXELS}
                        raise Unreadable(Phrase("conversion.ofd.large-picture", values))
                    return self._pixels(image, data, soft)
            except _DEFECTS as e:
                raise _bad(picture, e) from e

    # ---- pixels

    def _pixels(self, image: Image.Image, data: bytes, soft: Ref | None) -> Drawn:
        if image.format == "JPEG" and image.mode in ("L", "RGB", "CMYK"):
            if _END_OF_JPEG not in data[-64:]:
                image.load()  # it may be cut short: that is said now, not when it is looked at
            return self._jpeg(image, data, soft)
        if soft is None and _has_alpha(image):
            image = image.convert("RGBA")
            soft = self._grey(image.getchannel("A"))
        image = _plain(image)
        head: dict[str, Value] = {
            "BitsPerComponent": 1 if image.mode == "1" else 8,
            "ColorSpace": _space(image.mode),
        }
        return self._added(image, {**head, "Filter": Name("FlateDecode")}, _packed(image), soft)

    def _jpeg(self, image: Image.Image, data: bytes, soft: Ref | None) -> Drawn:
        head: dict[str, Value] = {
            "BitsPerComponent": 8,
            "ColorSpace": _space(image.mode),
            "Filter": Name("DCTDecode"),
        }
        if image.mode == "CMYK" and "adobe" in image.info:  # Photoshop's are inverted
            head["Decode"] = [1, 0] * 4
        return self._added(image, head, data, soft)

    def _mask(self, mask: Source) -> Ref:
        drawn = self._taken_mask(mask)
        return self._grey(drawn)

    def _taken_mask(self, mask: Source) -> Image.Image:
        try:
            with Image.open(io.BytesIO(mask.read(PICTURE_BYTES)), formats=_FORMATS) as image:
                if image.width * image.height > PIXELS:
                    raise ValueError(f"{image.width}x{image.height}")
                return image.convert("L")
        except _DEFECTS as e:
            raise _bad(mask, e) from e

    def _grey(self, image: Image.Image) -> Ref:
        head: dict[str, Value] = {
            "BitsPerComponent": 8,
            "ColorSpace": Name("DeviceGray"),
            "Filter": Name("FlateDecode"),
        }
        return self._added(image, head, _packed(image), None).ref

    def _added(self, image: Image.Image, head: dict[str, Value], data: bytes, soft: Ref | None) -> Drawn:
        return self._written(image.width, image.height, head, data, soft)

    def _written(
        self, width: int, height: int, head: dict[str, Value], data: bytes, soft: Ref | None
    ) -> Drawn:
        whole: dict[str, Value] = {
            "Type": Name("XObject"),
            "Subtype": Name("Image"),
            "Width": width,
            "Height": height,
            **head,
        }
        if soft is not None:
            whole["SMask"] = soft
        return Drawn(self._file.add_stream(whole, data, packed=True), width, height)

    # ---- JBIG2

    def _jbig2(self, data: bytes, name: str, soft: Ref | None) -> Drawn:
        try:
            body, width, height = jbig2(data)
        except (struct.error, ValueError) as e:
            raise Unreadable(Phrase("conversion.ofd.bad-picture", {"name": name, "reason": "JBIG2"})) from e
        if width * height > PIXELS:
            values = {"name": name, "pixels": width * height, "limit": PIXELS}
            raise Unreadable(Phrase("conversion.ofd.large-picture", values))
        head: dict[str, Value] = {
            "BitsPerComponent": 1,
            "ColorSpace": Name("DeviceGray"),
            "Filter": Name("JBIG2Decode"),
        }
        return self._written(width, height, head, body, soft)


def _bad(picture: Source, error: Exception) -> Unreadable:
    said = str(error)
    reason = type(error).__name__ if "<" in said or not said else said[:80]  # no address of an object
    return Unreadable(Phrase("conversion.ofd.bad-picture", {"name": picture.name, "reason": reason}))


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info


def _plain(image: Image.Image) -> Image.Image:
    if image.mode in ("1", "L", "RGB", "CMYK"):
        return image
    if image.mode in ("LA", "La"):
        return image.convert("L")
    if image.mode.startswith(("I", "F")):
        return _eight_bits(image)
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Sixteen bits of grey as eight: Pillow itself would cut them off at 255."""
    if image.mode == "F":
        return image.convert("L")
    return image.convert("I").point(lambda value: value / 256).convert("L")


def _space(mode: str) -> Name:
    return Name({"1": "DeviceGray", "L": "DeviceGray", "CMYK": "DeviceCMYK"}.get(mode, "DeviceRGB"))


def _packed(image: Image.Image) -> bytes:
    """The pixels, packed strip by strip, so that they are not in memory twice."""
    pack = zlib.compressobj(6)
    packed = []
    for top in range(0, image.height, _STRIP_ROWS):
        strip = image.crop((0, top, image.width, min(top + _STRIP_ROWS, image.height)))
        packed.append(pack.compress(strip.tobytes()))
    return b"".join([*packed, pack.flush()])


# ---- JBIG2


def jbig2(data: bytes) -> tuple[bytes, int, int]:
    """
    A JBIG2 file as PDF embeds it: its segments without header and end marks; and the size of its page.

    Raises:
        ValueError, struct.error: it is not one, or is laid out in the random order that PDF does not know.

    Source: ISO 14492, annex D, and ISO 32000-1, 7.4.7.
    """
    flags = data[8]
    if not flags & 1:
        raise ValueError("random order")
    at = 9 if flags & 2 else 13
    kept, width, height = [], 0, 0
    for kind, start, body, end in _segments(data, at):
        if kind == 48:
            width, height = struct.unpack_from(">LL", data, body)
        if kind not in (49, 51):  # end of page, end of file
            kept.append(data[start:end])
    if not width or not height or height == 0xFFFFFFFF:
        raise ValueError("no page")
    return b"".join(kept), width, height


def _segments(data: bytes, at: int) -> Iterator[tuple[int, int, int, int]]:
    while at + 11 <= len(data):
        start = at
        number, flags, referred = struct.unpack_from(">LBB", data, at)
        count = referred >> 5
        at += 6
        if count == 7:
            count = struct.unpack_from(">L", data, at - 1)[0] & 0x1FFFFFFF
            at += 3 + (count + 8) // 8
        at += count * (1 if number <= 256 else 2 if number <= 65536 else 4)
        at += 4 if flags & 0x40 else 1
        length = struct.unpack_from(">L", data, at)[0]
        at += 4
        end = len(data) if length == 0xFFFFFFFF else at + length
        yield flags & 0x3F, start, at, end
        at = end
