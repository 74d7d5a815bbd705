# SPDX-License-Identifier: Apache-2.0
"""
The pictures of a PDF (ISO 32000-1, 8.9) as files that every reader of OFD shows: JPEG or PNG.

A JPEG in gray or RGB goes through byte for byte; everything else is decoded and becomes PNG, with its
masks as transparency. Pillow is known here and where whole pages are pictured.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from pdfminer.pdftypes import PDFStream
from PIL import Image, ImageChops, ImageFilter

from adapters.conversion.ofd_writing.colours import GRAY, Rgb, Space, cmyk_rgb, space
from adapters.conversion.ofd_writing.objects import (
    dictionary,
    filters,
    is_jpeg,
    number,
    numbers,
    plain,
    stream,
    whole,
)
from adapters.conversion.ofd_writing.unpacking import unpacked

MOST_PIXELS: Final = 120_000_000  # of one picture; A0 at 300 dpi has 140 million, and is scaled down
FEW_COLOURS: Final = 4096  # of a picture that is drawn
_LIKE_FAX: Final = frozenset({"CCITTFaxDecode", "CCF"})
_OWN_FORMAT: Final = frozenset({"JPXDecode"})
_UNREADABLE: Final = frozenset({"JBIG2Decode"})

# What Pillow raises over a picture that is not what it says.
DAMAGED: Final = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, IndexError, KeyError)


@dataclass(frozen=True, slots=True)
class Picture:
    """A file for an OFD package; approximate: its colours are near ones."""

    content: bytes
    extension: str
    approximate: bool = False


def picture(found: PDFStream, named: Mapping[str, object] | None, ink: Rgb) -> Picture | None:
    """
    The picture that an image XObject or inline image is; None where it cannot be read.

    named: the resources' colour spaces; ink: the colour in force, which a stencil mask shows.
    """
    width, height = whole(found.get_any(("Width", "W"))), whole(found.get_any(("Height", "H")))
    if not 0 < width * height <= MOST_PIXELS:
        return None
    try:
        if plain(found.get_any(("ImageMask", "IM"))) is True:
            return _png(_stencil(found, width, height, ink))
        passed = _passed(found, named)
        return passed or _decoded(found, named, width, height)
    except DAMAGED:
        return None


def _passed(found: PDFStream, named: Mapping[str, object] | None) -> Picture | None:
    """A JPEG that needs nothing done to it."""
    masked = stream(found.get("SMask")) or found.get("Mask") is not None
    if not is_jpeg(found) or masked or found.get_any(("Decode", "D")) is not None:
        return None
    colours = space(found.get_any(("ColorSpace", "CS")), named)
    data = unpacked(found)
    with Image.open(io.BytesIO(data)) as image:
        fits = image.format == "JPEG" and image.mode in ("L", "RGB")
    if not fits or (colours is not None and colours.kind not in ("Gray", "RGB")):
        return None
    return Picture(data, "jpg", colours is not None and colours.approximate)


def _decoded(found: PDFStream, named: Mapping[str, object] | None, width: int, height: int) -> Picture | None:
    colours = space(found.get_any(("ColorSpace", "CS")), named)
    image, near = _image(found, colours, width, height)
    if image is None:
        return None
    alpha = _alpha(found, image)
    if alpha is not None:
        image = image.convert("RGB")
        if alpha.width * alpha.height > image.width * image.height:
            image = image.resize(alpha.size, Image.Resampling.NEAREST)  # seals: one red pixel under a mask
        image.putalpha(alpha.resize(image.size) if alpha.size != image.size else alpha)
    return _png(image, near)


def _png(image: Image.Image, near: bool = False) -> Picture:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=3)
    return Picture(out.getvalue(), "png", near)


def _image(
    found: PDFStream, colours: Space | None, width: int, height: int
) -> tuple[Image.Image | None, bool]:
    """The pixels as Pillow has them, and whether their colours are near ones."""
    kinds = filters(found)
    last = kinds[-1] if kinds else ""
    if last in _UNREADABLE:
        return None, False
    if is_jpeg(found) or last in _OWN_FORMAT:
        return _of_a_file(unpacked(found), found, colours)
    if colours is None:
        return None, False
    if last in _LIKE_FAX:
        faxed = _faxed(found, width, height)
        return _raw(faxed, colours, 1, (width, height), numbers(found.get_any(("Decode", "D")))), False
    bits = whole(found.get_any(("BitsPerComponent", "BPC")), 8)
    data = unpacked(found)
    return _raw(
        data, colours, bits, (width, height), numbers(found.get_any(("Decode", "D")))
    ), colours.approximate


def _of_a_file(data: bytes, found: PDFStream, colours: Space | None) -> tuple[Image.Image | None, bool]:
    image: Image.Image = Image.open(io.BytesIO(data))
    image.load()
    decode = numbers(found.get_any(("Decode", "D")))
    if image.mode == "CMYK":
        return _four_inks(image, decode), True
    if image.mode in ("L", "RGB") and colours is not None and colours.kind not in ("Gray", "RGB"):
        bands = len(image.getbands())
        if colours.components == bands:
            return _raw(image.tobytes(), colours, 8, image.size, decode), colours.approximate
    if decode[:2] == [1.0, 0.0]:
        image = Image.eval(image, lambda level: 255 - level)
    return (image if image.mode in ("L", "RGB", "RGBA") else image.convert("RGB")), False


def _four_inks(image: Image.Image, decode: Sequence[float]) -> Image.Image:
    # Pillow turns the inks of Adobe's files round already; a Decode that says so again is theirs too.
    flipped = decode[:2] == [1.0, 0.0] and "adobe" not in image.info
    turned = Image.eval(image, lambda level: 255 - level) if flipped else image
    return _of_inks(turned.split())


def _of_inks(bands: Sequence[Image.Image]) -> Image.Image:
    """Four bands of ink in red, green and blue: three by a table, and the black laid over them."""
    *three, black = bands
    light = Image.eval(black, lambda level: 255 - level)
    shown = Image.merge("RGB", three).filter(_inks_table())
    return ImageChops.multiply(shown, Image.merge("RGB", [light] * 3))


@cache
def _inks_table() -> ImageFilter.Color3DLUT:
    return ImageFilter.Color3DLUT.generate(
        17, lambda *inks: tuple(level / 255 for level in cmyk_rgb([*inks, 0.0]))
    )


def _raw(
    data: bytes, colours: Space, bits: int, size: tuple[int, int], decode: Sequence[float]
) -> Image.Image | None:
    """Samples without a file around them."""
    width, height = size
    count = colours.components
    if bits not in (1, 2, 4, 8, 16) or count < 1:
        return None
    row = (width * count * bits + 7) // 8
    data = data[: row * height].ljust(row * height, b"\0")
    bands = _bands(data, bits, count, size)
    if colours.kind == "Gray" or colours.kind == "RGB":
        straight = [_decoded_band(band, decode[2 * i : 2 * i + 2]) for i, band in enumerate(bands)]
        return straight[0] if count == 1 else Image.merge("RGB", straight)
    if count == 1:
        return _looked_up(bands[0], colours, bits, decode)
    if colours.kind == "CMYK":
        straight = [_decoded_band(band, decode[2 * i : 2 * i + 2]) for i, band in enumerate(bands)]
        return _of_inks(straight)
    return _pixel_by_pixel(bands, colours, decode)


def _bands(data: bytes, bits: int, count: int, size: tuple[int, int]) -> list[Image.Image]:
    """One picture in eight bits for each component; the fewer bits spread over the whole range."""
    width, height = size
    if bits == 16:
        data, bits = data[::2], 8
    if bits == 8:
        if count == 1:
            return [Image.frombytes("L", size, data)]
        if count in (3, 4):
            whole_picture = Image.frombytes("RGB" if count == 3 else "CMYK", size, data)
            return list(whole_picture.split())
        return [Image.frombytes("L", size, data[band::count]) for band in range(count)]
    if bits == 1 and count == 1:
        return [Image.frombytes("1", size, data).convert("L")]
    spread = _spread(data, bits, width * count, height)
    return [Image.frombytes("L", size, spread[band::count]) for band in range(count)]


def _spread(data: bytes, bits: int, columns: int, rows: int) -> bytes:
    top, per_byte = (1 << bits) - 1, 8 // bits
    table = [
        bytes(((byte >> (8 - bits * (place + 1))) & top) * 255 // top for place in range(per_byte))
        for byte in range(256)
    ]
    stride = (columns * bits + 7) // 8
    out = bytearray()
    for row in range(rows):
        out += b"".join([table[byte] for byte in data[row * stride : (row + 1) * stride]])[:columns]
    return bytes(out)


def _decoded_band(band: Image.Image, span: Sequence[float]) -> Image.Image:
    if len(span) < 2 or (span[0] == 0 and span[1] == 1):
        return band
    low, high = span
    return band.point(
        [round(255 * min(1.0, max(0.0, low + step / 255 * (high - low)))) for step in range(256)]
    )


def _looked_up(band: Image.Image, colours: Space, bits: int, decode: Sequence[float]) -> Image.Image:
    """One component by a table of its 256 looks."""
    top = float((1 << min(bits, 8)) - 1)
    if len(decode) >= 2:
        low, high = decode[0], decode[1]
    else:
        low, high = 0.0, top if colours.kind == "Indexed" else (colours.top or (1.0,))[0]
    looks = [colours.rgb([low + step / 255 * (high - low) + 1e-6]) for step in range(256)]
    return Image.merge("RGB", [band.point([look[channel] for look in looks]) for channel in range(3)])


def _pixel_by_pixel(bands: Sequence[Image.Image], colours: Space, decode: Sequence[float]) -> Image.Image:
    """Tints of several inks and Lab: each colour that occurs is worked out once."""
    lows = [-100.0 if colours.kind == "Lab" and i else 0.0 for i in range(colours.components)]
    highs = list(colours.top or (1.0,) * colours.components)
    if len(decode) >= 2 * colours.components:
        lows, highs = list(decode[::2]), list(decode[1::2])
    known: dict[tuple[int, ...], bytes] = {}
    out = bytearray()
    for pixel in zip(*(band.tobytes() for band in bands), strict=True):
        look = known.get(pixel)
        if look is None:
            values = [
                low + level / 255 * (high - low) for level, low, high in zip(pixel, lows, highs, strict=True)
            ]
            look = known[pixel] = bytes(colours.rgb(values))
        out += look
    return Image.frombytes("RGB", bands[0].size, bytes(out))


def encoded(image: Image.Image) -> Picture:
    """A picture without transparency: as PNG where it is drawn, as JPEG where it is photographed."""
    if image.getcolors(FEW_COLOURS) is not None:
        return _png(image)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return Picture(out.getvalue(), "jpg")


# ---- faxes


def _faxed(found: PDFStream, width: int, height: int) -> bytes:
    """The bits of a picture in CCITT's coding, eight to a byte, as PDF means them."""
    with Image.open(io.BytesIO(_tiff(found, width, height))) as image:
        return image.convert("1").tobytes()


def _tiff(found: PDFStream, width: int, height: int) -> bytes:
    """A TIFF file around the coded bits: PDF's parameters are TIFF's under other names."""
    kinds, packed = found.get_filters(), found.rawdata
    if len(kinds) != 1 or packed is None or found.decipher is not None:
        raise ValueError("a fax within another filter")
    parameters = dictionary(kinds[0][1])
    scheme, black_is_1 = whole(parameters.get("K")), plain(parameters.get("BlackIs1")) is True
    columns, aligned = (
        whole(parameters.get("Columns"), 1728),
        plain(parameters.get("EncodedByteAlign")) is True,
    )
    if columns != width:
        raise ValueError("a fax of another width")
    options = (4 if aligned else 0) | (1 if scheme > 0 else 0)
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 1),
        (259, 3, 4 if scheme < 0 else 3),
        (262, 3, 1 if black_is_1 else 0),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, height),
        (279, 4, len(packed)),
        (292 if scheme >= 0 else 293, 4, options if scheme >= 0 else 0),
    ]
    body = packed + b"\0" * (len(packed) % 2)
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return (
        struct.pack("<2sHI", b"II", 42, 8 + len(body))
        + body
        + struct.pack("<H", len(tags))
        + entries
        + b"\0" * 4
    )


# ---- masks


def _stencil(found: PDFStream, width: int, height: int, ink: Rgb) -> Image.Image:
    shown = _one_bit(found, width, height)
    stencil = Image.new("RGB", (width, height), ink)
    stencil.putalpha(shown)
    return stencil


def _one_bit(found: PDFStream, width: int, height: int) -> Image.Image:
    """A mask as transparency: 255 where it lets colour through, which is where its sample is 0."""
    kinds = filters(found)
    if kinds and kinds[-1] in _UNREADABLE:
        raise ValueError("a mask in JBIG2")
    row = (width + 7) // 8
    data = _faxed(found, width, height) if kinds and kinds[-1] in _LIKE_FAX else unpacked(found)
    data = data[: row * height].ljust(row * height, b"\0")
    mask = Image.frombytes("1", (width, height), data).convert("L")
    turned = numbers(found.get_any(("Decode", "D")))[:1] == [1.0]
    return mask if turned else Image.eval(mask, lambda level: 255 - level)


def _alpha(found: PDFStream, image: Image.Image) -> Image.Image | None:
    soft = stream(found.get("SMask"))
    if soft is not None:
        size = whole(soft.get("Width")), whole(soft.get("Height"))
        if 0 < size[0] * size[1] <= MOST_PIXELS:
            level, _ = _image(soft, GRAY, *size)
            return None if level is None else level.convert("L")
    hard = plain(found.get("Mask"))
    if isinstance(hard, PDFStream):
        return _one_bit(hard, whole(hard.get("Width")), whole(hard.get("Height")))
    if isinstance(hard, list):
        return _by_colour(found, image, hard)
    return None


def _by_colour(found: PDFStream, image: Image.Image, spans: Sequence[object]) -> Image.Image | None:
    """Colour key masking, where the samples are what is shown: gray and RGB of eight bits."""
    limits = [int(number(each)) for each in spans]
    bands = image.split() if image.mode in ("L", "RGB") else ()
    if whole(found.get("BitsPerComponent"), 8) != 8 or 2 * len(bands) != len(limits):
        return None
    clear: Image.Image | None = None
    for band, low, high in zip(bands, limits[::2], limits[1::2], strict=True):
        inside = band.point([255 if low <= level <= high else 0 for level in range(256)])
        clear = inside if clear is None else Image.composite(inside, Image.new("L", inside.size), clear)
    return None if clear is None else Image.eval(clear, lambda level: 255 - level)
