# SPDX-License-Identifier: Apache-2.0
"""A PDF's pictures as files that every reader of OFD shows: masks, colours, codings."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.adapters.conversion.ofd_writing.packages import Written, converted, losses
from tests.adapters.conversion.ofd_writing.pdfs import Pdf


def shown(pdf: Pdf, picture: str, folder: Path, before: str = "") -> tuple[Written, tuple[str, ...]]:
    """A page with *picture*, two inches wide and one high, an inch from the left and top."""
    pdf.page(
        f"q {before} 144 0 0 72 72 216 cm /I Do Q", resources=f"/XObject << /I {picture} >>", size=(360, 360)
    )
    written, report = converted(pdf.bytes(), folder)
    return written, losses(report)


def image(pdf: Pdf, data: bytes, size: tuple[int, int], more: str, *, packed: bool = True) -> str:
    attributes = f"/Type /XObject /Subtype /Image /Width {size[0]} /Height {size[1]} {more}"
    return pdf.stream(data, attributes, packed=packed)


def seen(written: Written) -> Image.Image:
    (found,) = written.objects("ImageObject")
    return Image.open(io.BytesIO(written.resource(found.attrib["ResourceID"])))


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def test_a_picture_stands_where_it_stood(tmp_path: Path) -> None:
    pdf = Pdf()
    written, _ = shown(
        pdf, image(pdf, b"\0\xff", (2, 1), "/ColorSpace /DeviceGray /BitsPerComponent 8"), tmp_path
    )
    (found,) = written.objects("ImageObject")
    assert found.attrib["Boundary"] == "25.4 25.4 50.8 25.4"
    assert found.attrib["CTM"] == "50.8 0 0 25.4 0 0"
    assert list(seen(written).convert("L").tobytes()) == [0, 255]


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_goes_through_byte_for_byte(tmp_path: Path, mode: str) -> None:
    jpeg = encoded(Image.new(mode, (16, 8), 200 if mode == "L" else (200, 10, 30)), "JPEG")
    space = "/DeviceGray" if mode == "L" else "/DeviceRGB"
    pdf = Pdf()
    more = f"/ColorSpace {space} /BitsPerComponent 8 /Filter /DCTDecode"
    written, _ = shown(pdf, image(pdf, jpeg, (16, 8), more, packed=False), tmp_path)
    (found,) = written.objects("ImageObject")
    assert written.resource(found.attrib["ResourceID"]) == jpeg


def test_a_picture_that_is_shown_twice_is_stored_once(tmp_path: Path) -> None:
    pdf = Pdf()
    picture = image(pdf, b"\0", (1, 1), "/ColorSpace /DeviceGray /BitsPerComponent 8")
    for _ in range(2):
        pdf.page("q 72 0 0 72 0 0 cm /I Do Q", resources=f"/XObject << /I {picture} >>")
    written, _ = converted(pdf.bytes(), tmp_path)
    assert len([name for name in written.parts if "image_" in name]) == 1


def test_a_soft_mask_becomes_transparency(tmp_path: Path) -> None:
    pdf = Pdf()
    mask = image(pdf, b"\x00\x80", (2, 1), "/ColorSpace /DeviceGray /BitsPerComponent 8")
    more = f"/ColorSpace /DeviceRGB /BitsPerComponent 8 /SMask {mask}"
    written, _ = shown(pdf, image(pdf, b"\xff\0\0\0\xff\0", (2, 1), more), tmp_path)
    assert list(seen(written).convert("RGBA").tobytes()) == [255, 0, 0, 0, 0, 255, 0, 128]


def test_a_pixel_of_colour_under_a_large_mask_has_the_size_of_the_mask(tmp_path: Path) -> None:
    pdf = Pdf()
    mask = image(pdf, bytes(range(0, 256, 64)), (2, 2), "/ColorSpace /DeviceGray /BitsPerComponent 8")
    more = f"/ColorSpace /DeviceRGB /BitsPerComponent 8 /SMask {mask}"
    written, _ = shown(pdf, image(pdf, b"\xff\0\0", (1, 1), more), tmp_path)
    assert list(seen(written).convert("RGBA").tobytes())[3::4] == [0, 64, 128, 192]


def test_a_jpeg_2000_is_read(tmp_path: Path) -> None:
    jpeg = encoded(Image.new("RGB", (8, 8), (200, 10, 30)), "JPEG2000")
    pdf = Pdf()
    written, _ = shown(pdf, image(pdf, jpeg, (8, 8), "/Filter /JPXDecode", packed=False), tmp_path)
    assert seen(written).convert("RGB").getpixel((4, 4)) == (200, 10, 30)


def test_a_stencil_shows_the_colour_in_force(tmp_path: Path) -> None:
    pdf = Pdf()
    stencil = image(pdf, b"\x40", (2, 1), "/ImageMask true /BitsPerComponent 1")
    written, _ = shown(pdf, stencil, tmp_path, before="1 0 0 rg")
    assert list(seen(written).convert("RGBA").tobytes()) == [255, 0, 0, 255, 255, 0, 0, 0]


def test_a_hard_mask_becomes_transparency(tmp_path: Path) -> None:
    pdf = Pdf()
    mask = image(pdf, b"\x40", (2, 1), "/ImageMask true /BitsPerComponent 1")
    more = f"/ColorSpace /DeviceGray /BitsPerComponent 8 /Mask {mask}"
    written, _ = shown(pdf, image(pdf, b"\x10\x20", (2, 1), more), tmp_path)
    assert list(seen(written).convert("RGBA").tobytes())[3::4] == [255, 0]


def test_a_masked_colour_becomes_transparency(tmp_path: Path) -> None:
    pdf = Pdf()
    more = "/ColorSpace /DeviceGray /BitsPerComponent 8 /Mask [16 31]"
    written, _ = shown(pdf, image(pdf, b"\x10\x20", (2, 1), more), tmp_path)
    assert list(seen(written).convert("RGBA").tobytes())[3::4] == [0, 255]


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    pdf = Pdf()
    more = "/ColorSpace [/Indexed /DeviceRGB 1 <ff000000ff00>] /BitsPerComponent 1"
    written, _ = shown(pdf, image(pdf, b"\x40", (2, 1), more), tmp_path)
    assert list(seen(written).convert("RGB").tobytes()) == [255, 0, 0, 0, 255, 0]


@pytest.mark.parametrize(("bits", "data"), [(2, b"\x30"), (4, b"\x0f"), (16, b"\0\0\xff\xff")])
def test_every_depth_of_gray_is_read(tmp_path: Path, bits: int, data: bytes) -> None:
    pdf = Pdf()
    more = f"/ColorSpace /DeviceGray /BitsPerComponent {bits}"
    written, _ = shown(pdf, image(pdf, data, (2, 1), more), tmp_path)
    assert list(seen(written).convert("L").tobytes()) == [0, 255]


@pytest.mark.parametrize(("space", "colours"), [("/DeviceGray", 1), ("/DeviceRGB", 3), ("/DeviceCMYK", 4)])
def test_rows_that_predict_one_another_are_put_together(tmp_path: Path, space: str, colours: int) -> None:
    """Each row adds one to the row above it."""
    size = (5, 100)
    rows = b"".join(b"\x02" + bytes([row and 1] * colours * size[0]) for row in range(size[1]))
    parameters = f"<< /Predictor 15 /Colors {colours} /Columns {size[0]} >>"
    pdf = Pdf()
    more = f"/ColorSpace {space} /BitsPerComponent 8 /DecodeParms {parameters}"
    written, _ = shown(pdf, image(pdf, rows, size, more), tmp_path)
    levels = [seen(written).convert("L").getpixel((4, row)) for row in range(size[1])]
    assert len(set(levels)) > 90
    assert levels in (sorted(levels), sorted(levels, reverse=True))


def test_rows_of_single_bits_that_predict_one_another_are_put_together(tmp_path: Path) -> None:
    pdf = Pdf()
    parameters = "<< /Predictor 15 /Colors 1 /Columns 9 /BitsPerComponent 1 >>"
    more = f"/ColorSpace /DeviceGray /BitsPerComponent 1 /DecodeParms {parameters}"
    written, _ = shown(pdf, image(pdf, b"\x02\x80\x80\x02\0\0", (9, 2), more), tmp_path)
    lower = [seen(written).convert("L").getpixel((x, 1)) for x in range(9)]
    assert lower == [255, *[0] * 7, 255]


def test_four_inks_are_near_colours_and_said_to_be(tmp_path: Path) -> None:
    pdf = Pdf()
    more = "/ColorSpace /DeviceCMYK /BitsPerComponent 8"
    written, lost = shown(pdf, image(pdf, b"\0\xff\xff\0\0\0\0\0", (2, 1), more), tmp_path)
    red, white = seen(written).convert("RGB").get_flattened_data()
    assert red[0] > 200
    assert max(red[1:]) < 80
    assert white == (255, 255, 255)
    assert lost == ("colours of four inks or of a profile, as near ones in RGB",)


def test_a_jpeg_of_four_inks_is_read(tmp_path: Path) -> None:
    jpeg = encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95)
    pdf = Pdf()
    more = "/ColorSpace /DeviceCMYK /BitsPerComponent 8 /Filter /DCTDecode"
    written, _ = shown(pdf, image(pdf, jpeg, (8, 8), more, packed=False), tmp_path)
    red, green, blue = seen(written).convert("RGB").getpixel((4, 4))  # type: ignore[misc]
    assert red > 200
    assert max(green, blue) < 80


@pytest.mark.parametrize("black_is_1", [False, True])
def test_a_fax_is_read(tmp_path: Path, black_is_1: bool) -> None:
    page = Image.new("1", (32, 4), 0)
    page.paste(1, (0, 0, 16, 4))  # Pillow codes its ones as black
    file = encoded(page, "TIFF", compression="group4")
    tags = Image.open(io.BytesIO(file)).tag_v2  # type: ignore[attr-defined]
    coded = file[tags[273][0] : tags[273][0] + tags[279][0]]
    parameters = f"<< /K -1 /Columns 32 /Rows 4 /BlackIs1 {str(black_is_1).lower()} >>"
    more = (
        f"/ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode /DecodeParms {parameters}"
        f"{' /Decode [1 0]' if black_is_1 else ''}"
    )
    pdf = Pdf()
    written, _ = shown(pdf, image(pdf, coded, (32, 4), more, packed=False), tmp_path)
    assert [seen(written).convert("L").getpixel((x, 1)) for x in (0, 31)] == [0, 255]


def test_a_picture_within_the_content_is_read(tmp_path: Path) -> None:
    pdf = Pdf()
    inline = b"q 72 0 0 72 72 72 cm BI /W 2 /H 1 /CS /G /BPC 8 ID \x00\xff EI Q"
    pdf.page(inline)
    written, _ = converted(pdf.bytes(), tmp_path)
    assert list(seen(written).convert("L").tobytes()) == [0, 255]


def test_a_picture_that_cannot_be_read_is_taken_from_the_page(tmp_path: Path) -> None:
    pdf = Pdf()
    more = "/ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /JBIG2Decode"
    written, lost = shown(pdf, image(pdf, b"no picture", (2, 1), more, packed=False), tmp_path)
    (found,) = written.objects("ImageObject")
    left, top, width, height = (float(each) for each in found.attrib["Boundary"].split())
    assert (left, top, width, height) == pytest.approx((25.4, 25.4, 50.8, 25.4), abs=0.3)
    assert lost == (
        "page 1: a part of it is a picture with its text unseen on it (picture coded as JBIG2Decode)",
    )
