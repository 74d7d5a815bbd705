# SPDX-License-Identifier: Apache-2.0
"""Pictures of every kind that Pillow reads keep their colours; those too large or broken are said."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from adapters.conversion.ofd.painting import pictures
from tests.adapters.conversion.ofd import made_pictures
from tests.adapters.conversion.ofd.made_packages import Made, content, image, media, package, square
from tests.adapters.conversion.ofd.made_pictures import BLACK, GREEN, RED, WHITE
from tests.adapters.conversion.ofd.seen import Colour, Seen, near

GREY = (128, 128, 128)


def page_with(data: bytes, mask: bytes | None = None) -> Seen:
    """A page of one picture of 20 mm, over a green square on its right half."""
    files = {"Res/a": data} | ({"Res/b": mask} if mask is not None else {})
    resources = (
        f"<ofd:MultiMedias>{media('80', 'a')}{media('81', 'b') if mask is not None else ''}</ofd:MultiMedias>"
    )
    attributes = ' CTM="20 0 0 20 0 0"' + (' ImageMask="81"' if mask is not None else "")
    objects = square(20, 10, "0 255 0", 10) + image("10 10 20 20", "80", attributes)
    return Seen(package(Made([content(objects)], resources, files=files)))


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def halves(mode: str, left: object, right: object) -> Image.Image:
    picture = Image.new(mode, (16, 16), left)  # type: ignore[arg-type]
    picture.paste(right, (8, 0, 16, 16))  # type: ignore[arg-type]
    return picture


@pytest.mark.parametrize(
    ("data", "left", "right"),
    [
        (saved(halves("1", 0, 1), "PNG"), BLACK, WHITE),
        (saved(halves("1", 0, 1), "TIFF", compression="group4"), BLACK, WHITE),
        (saved(halves("L", 128, 255), "JPEG"), GREY, WHITE),
        (saved(halves("I;16", 32896, 65535), "PNG"), GREY, WHITE),
        (saved(halves("F", 128.0, 255.0), "TIFF"), GREY, WHITE),
        (saved(halves("RGB", RED, WHITE).convert("P"), "GIF"), RED, WHITE),
        (saved(halves("RGB", RED, WHITE), "WEBP", lossless=True), RED, WHITE),
        (saved(halves("RGB", RED, WHITE), "JPEG2000"), RED, WHITE),
        (saved(halves("YCbCr", (128, 128, 128), (255, 128, 128)), "TIFF"), GREY, WHITE),
        (saved(halves("LA", (128, 255), (0, 0)), "PNG"), GREY, GREEN),
        (saved(halves("RGBA", (*RED, 255), (0, 0, 0, 0)), "PNG"), RED, GREEN),
        (saved(halves("CMYK", (0, 0, 0, 255), (0, 0, 0, 0)), "JPEG"), (35, 31, 32), WHITE),
    ],
    ids=["1", "fax", "L", "16", "F", "P", "webp", "jp2", "ycc", "LA", "RGBA", "CMYK"],
)
def test_every_kind_of_pixel_keeps_its_colour(data: bytes, left: Colour, right: Colour) -> None:
    found = page_with(data)
    assert found.losses == ()
    assert near(found.colour(12, 15), left, by=36)
    assert near(found.colour(28, 15), right, by=36)


def test_a_picture_that_is_cut_short_is_said() -> None:
    whole = saved(Image.effect_noise((64, 64), 80), "JPEG")
    found = page_with(whole[: len(whole) // 2])
    assert [loss for loss in found.losses if "cannot be read" in loss] != []


def test_a_picture_of_too_many_pixels_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PIXELS", 100)
    assert page_with(saved(halves("RGB", RED, WHITE), "PNG")).losses == (
        "page 1: the picture Doc_0/Res/a has 256 pixels; at most 100 are unpacked",
    )
    assert page_with(made_pictures.jbig2_black(16)).losses == (
        "page 1: the picture Doc_0/Res/a has 256 pixels; at most 100 are unpacked",
    )


def test_a_mask_that_cannot_be_read_is_said() -> None:
    found = page_with(saved(halves("RGB", RED, WHITE), "PNG"), mask=b"no mask")
    assert found.losses == ("page 1: the picture Doc_0/Res/b cannot be read: UnidentifiedImageError",)


def test_a_jbig2_picture_that_is_broken_is_said() -> None:
    found = page_with(made_pictures.jbig2_black(8)[:20])
    assert found.losses == ("page 1: the picture Doc_0/Res/a cannot be read: JBIG2",)


def test_a_picture_that_is_shown_twice_is_kept_once() -> None:
    data = saved(Image.effect_noise((64, 64), 80), "JPEG")
    objects = image("10 10 20 20", "80", ' CTM="20 0 0 20 0 0"') * 3
    resources = f"<ofd:MultiMedias>{media('80', 'a')}</ofd:MultiMedias>"
    found = Seen(package(Made([content(objects), content(objects)], resources, files={"Res/a": data})))
    assert found.pdf.count(b"/DCTDecode") == 1
