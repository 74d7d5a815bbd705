# SPDX-License-Identifier: Apache-2.0
"""Notations and binary forms that come from strangers: what they mean, and that no bytes can do harm."""

from __future__ import annotations

import math
import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.conversion.ofd.fonts import sfnt
from adapters.conversion.ofd.fonts.programs import CffProgram, Defective, TrueTypeProgram, components, program
from adapters.conversion.ofd.geometry import (
    IDENTITY,
    LARGEST,
    Box,
    around,
    at,
    box,
    inverse,
    matrix,
    number,
    numbers,
    times,
    turned,
)
from adapters.conversion.ofd.painting.pdf_file import Name, Ref, spelled
from adapters.conversion.ofd.painting.pdf_file import number as spelled_number
from adapters.conversion.ofd.painting.pictures import jbig2
from adapters.conversion.ofd.paths import segments
from adapters.conversion.ofd.seal_pictures import seal_picture
from adapters.conversion.ofd.text_objects import steps
from tests.adapters.conversion.ofd import made_fonts, made_pictures
from tests.adapters.conversion.ofd.build_structure import seal_value

small = st.floats(-100, 100).map(lambda value: round(value, 3))
matrices = st.tuples(small, small, small, small, small, small)

# ---- numbers, boxes, matrices


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0 0 210 297", (0, 0, 210, 297)),
        ("1.5,-2 .5 3.", (1.5, -2, 0.5, 3)),
        ("NaN inf 1e999", (LARGEST,)),
        ("", ()),
        (None, ()),
    ],
)
def test_numbers_are_found_and_bounded(text: str | None, found: tuple[float, ...]) -> None:
    assert numbers(text) == found


def test_what_is_no_number_leaves_the_default() -> None:
    assert (number("x", 3.5), number(None, 1.0), box("1 2 3"), matrix("1 2")) == (3.5, 1.0, None, IDENTITY)


@settings(derandomize=True)
@given(matrices, st.tuples(small, small))
def test_a_matrix_that_can_be_undone_is(m: tuple[float, ...], point: tuple[float, float]) -> None:
    whole = (m[0], m[1], m[2], m[3], m[4], m[5])
    back = inverse(whole)
    if back is not None and abs(m[0] * m[3] - m[1] * m[2]) > 1:
        assert at(times(whole, back), point) == pytest.approx(point, abs=1e-3)


def test_a_quarter_turn_is_clockwise_on_the_page() -> None:
    assert at(turned(90), (1, 0)) == pytest.approx((0, 1))
    turned_box = around(turned(90), Box(0, 0, 2, 1))
    assert (turned_box.x, turned_box.y, turned_box.width, turned_box.height) == pytest.approx((-1, 0, 1, 2))


def test_boxes_meet_in_what_they_share() -> None:
    assert Box(0, 0, 10, 10).within(Box(5, 5, 10, 10)) == Box(5, 5, 5, 5)
    assert Box(0, 0, 1, 1).within(Box(5, 5, 1, 1)).is_empty


# ---- outlines and steps


def test_an_arc_ends_where_it_says_and_stays_on_its_ellipse() -> None:
    outline, whole = segments("M 10 0 A 10 5 0 0 1 -10 0")
    assert whole
    assert outline[-1][1][-2:] == pytest.approx((-10, 0), abs=1e-9)
    for _, values in outline[1:]:
        x, y = values[-2:]
        assert (x / 10) ** 2 + (y / 5) ** 2 == pytest.approx(1, abs=1e-6)


def test_radii_that_are_too_short_are_made_to_reach() -> None:
    outline, _ = segments("M 0 0 A 1 1 0 0 1 10 0")
    assert outline[-1][1][-2:] == pytest.approx((10, 0), abs=1e-9)


def test_a_quadratic_curve_passes_where_it_should() -> None:
    ((_, start), (_, curve)), _ = segments("M 0 0 Q 10 20 20 0")
    x0, y0 = start
    x1, y1, x2, y2, x3, y3 = curve
    middle = ((x0 + 3 * x1 + 3 * x2 + x3) / 8, (y0 + 3 * y1 + 3 * y2 + y3) / 8)
    assert middle == pytest.approx((10, 10))


@pytest.mark.parametrize("notation", ["L 1 1", "M 1 1 2 2 L", "M 0 0 X", "5 5", "M 0 0 C 5 5", "B 1 2 3"])
def test_notation_that_is_cut_or_unknown_is_kept_as_far_as_it_goes(notation: str) -> None:
    outline, _ = segments(notation)
    assert all(len(values) == {"m": 2, "l": 2, "c": 6, "h": 0}[verb] for verb, values in outline)


@settings(derandomize=True)
@given(st.text(alphabet="MLQBACS 0123456789.-e", max_size=80))
def test_any_notation_gives_finite_segments(notation: str) -> None:
    outline, _ = segments(notation)
    assert all(math.isfinite(value) for _, values in outline for value in values)


@pytest.mark.parametrize(
    ("text", "count", "found"),
    [
        ("1 2 3", 3, (1, 2, 3)),
        ("g 3 1.5", 3, (1.5, 1.5, 1.5)),
        ("2 g 2 1", 5, (2, 1, 1, 1, 1)),
        ("g 1000000000 1", 3, (1, 1, 1)),
        ("g", 2, (0, 0)),
        ("", 2, (0, 0)),
        ("5", 0, ()),
    ],
)
def test_steps_repeat_and_go_on(text: str, count: int, found: tuple[float, ...]) -> None:
    assert steps(text, count) == found


# ---- fonts


def test_a_font_says_its_characters_widths_and_shapes() -> None:
    for data in (made_fonts.truetype(), made_fonts.opentype_cff(), made_fonts.bare_cff()):
        font = program(data)
        glyph = font.characters[ord("公")]
        assert glyph == 2
        assert font.advance(glyph) == 1.0
        assert font.advance(1) == 0.5


def test_a_font_without_characters_still_has_its_glyphs() -> None:
    font = program(made_fonts.truetype(with_cmap=False))
    assert isinstance(font, TrueTypeProgram)
    assert font.characters == {}
    assert font.shape(2)
    assert font.shape(0) == font.shape(9999) == b""


def test_the_parts_of_a_composite_glyph_are_found() -> None:
    font = program(made_fonts.truetype_of_components())
    assert isinstance(font, TrueTypeProgram)
    assert [glyph for _, glyph in components(font.shape(2))] == [1]
    assert components(font.shape(1)) == []


@pytest.mark.parametrize(
    "data", [b"", b"%!PS", b"\0\1\0\0", b"OTTO" + bytes(60), b"\1\0\4\1" + bytes(20), b"ttcf"]
)
def test_what_is_no_font_is_said_to_be_defective(data: bytes) -> None:
    with pytest.raises(Defective):
        program(data)


@settings(max_examples=150, derandomize=True)
@given(st.sampled_from([made_fonts.truetype(), made_fonts.opentype_cff(), made_fonts.bare_cff()]), st.data())
def test_a_damaged_font_is_read_or_defective(data: bytes, draw: st.DataObject) -> None:
    changed = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 8))):
        changed[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    with suppress(Defective):
        font = program(bytes(changed))
        for glyph in {2, 3, *list(font.characters.values())[:5]}:
            font.advance(glyph)
            if isinstance(font, TrueTypeProgram):
                components(font.shape(glyph))


def _cmap(form: bytes, platform: int = 3, encoding: int = 1) -> memoryview:
    return memoryview(struct.pack(">HHHHL", 0, 1, platform, encoding, 12) + form)


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (_cmap(struct.pack(">HHH", 6, 14, 0) + struct.pack(">HHHH", 65, 2, 7, 8)), {65: 7, 66: 8}),
        (
            _cmap(struct.pack(">HHLLL", 12, 0, 28, 0, 1) + struct.pack(">LLL", 0x20000, 0x20001, 5), 3, 10),
            {0x20000: 5, 0x20001: 6},
        ),
        (
            _cmap(struct.pack(">HHH", 6, 12, 0) + struct.pack(">HHH", 0xF041, 1, 7), 3, 0),
            {0xF041: 7, 0x41: 7},
        ),
        (_cmap(struct.pack(">HHH", 0, 262, 0) + bytes(65) + b"\7" + bytes(190), 1, 0), {65: 7}),
        (_cmap(b"\0"), {}),
        (memoryview(b""), {}),
    ],
    ids=["trimmed", "beyond_the_first_plane", "symbols", "mac", "cut", "empty"],
)
def test_every_form_of_character_table_is_read(table: memoryview, found: dict[int, int]) -> None:
    assert sfnt.characters(table) == found


@settings(derandomize=True)
@given(st.binary(max_size=200))
def test_any_character_table_gives_characters(data: bytes) -> None:
    assert all(glyph >= 0 for glyph in sfnt.characters(memoryview(data)).values())


def test_what_is_written_is_read_again() -> None:
    assert {
        tag: bytes(body) for tag, body in sfnt.tables(sfnt.written({"head": b"a", "glyf": b"bcd"})).items()
    } == {
        "head": b"a",
        "glyf": b"bcd",
    }


def test_a_cff_font_is_known_by_its_first_bytes() -> None:
    assert isinstance(program(made_fonts.bare_cff()), CffProgram)


# ---- seals and pictures


def test_the_picture_of_a_seal_is_found_where_the_standard_puts_it() -> None:
    found = seal_picture(seal_value("png", b"picture"))
    assert found is not None
    assert (found.kind, found.data, found.width, found.height) == ("PNG", b"picture", 20, 20)


def test_a_seal_wrapped_into_an_octet_string_is_found() -> None:
    inner = seal_value("PNG", bytes(80))
    wrapped = (
        b"\x30\x82" + struct.pack(">H", len(inner) + 4) + b"\x04\x82" + struct.pack(">H", len(inner)) + inner
    )
    assert seal_picture(wrapped) is not None


@settings(derandomize=True)
@given(st.binary(max_size=300))
def test_any_bytes_have_a_picture_or_none(data: bytes) -> None:
    found = seal_picture(data)
    assert found is None or found.data in data


@settings(derandomize=True)
@given(st.binary(max_size=120))
def test_any_changed_seal_has_a_picture_or_none(tail: bytes) -> None:
    value = seal_value("PNG", b"picture")
    found = seal_picture(value[:40] + tail)
    assert found is None or len(found.data) <= len(value) + 120


def test_jbig2_is_embedded_without_its_header_and_end() -> None:
    data = made_pictures.jbig2_black(8)
    body, width, height = jbig2(data)
    assert (width, height) == (8, 8)
    assert body == data[13:][: 11 + 19]


@settings(derandomize=True)
@given(st.binary(max_size=100))
def test_any_jbig2_is_read_or_refused(data: bytes) -> None:
    with suppress(ValueError, struct.error):
        body, width, height = jbig2(b"\x97JB2\r\n\x1a\n\x01" + data)
        assert width
        assert height
        assert len(body) <= len(data)


# ---- spelling PDF


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, b"null"),
        (True, b"true"),
        (12, b"12"),
        (1.5, b"1.5"),
        (0.000001, b"0"),
        (-0.0, b"0"),
        ("公", b"<feff516c>"),
        (b"(", b"<28>"),
        (Name("A b/"), b"/A#20b#2f"),
        (Ref(7), b"7 0 R"),
        ([1, [2]], b"[1 [2]]"),
        ({"A": 1}, b"<</A 1>>"),
    ],
)
def test_values_are_spelled_as_pdf_has_them(value: object, found: bytes) -> None:
    assert spelled(value) == found  # type: ignore[arg-type]


@settings(derandomize=True)
@given(st.floats(-1e6, 1e6))
def test_numbers_are_spelled_without_exponents(value: float) -> None:
    said = spelled_number(value)
    assert float(said) == pytest.approx(value, abs=1e-4)
    assert "e" not in said
