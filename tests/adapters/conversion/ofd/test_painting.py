# SPDX-License-Identifier: Apache-2.0
"""Outlines, colours, gradients, patterns, clips and pictures come out where they belong, in their colours."""

from __future__ import annotations

import pytest

from tests.adapters.conversion.ofd.made_pictures import BLACK, BLUE, GREEN, RED, WHITE
from tests.adapters.conversion.ofd.seen import Colour, near, seen

HALF_RED, HALF_BLUE = (255, 127, 127), (127, 127, 255)
MIDDLE = (127, 0, 127)


def check(name: str, places: dict[tuple[float, float], Colour], page: int = 0, by: int = 12) -> None:
    found = seen(name)
    wrong = {
        place: (found.colour(*place, page), wanted)
        for place, wanted in places.items()
        if not near(found.colour(*place, page), wanted, by)
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("verb", "inside", "outside"),
    [
        ("lines", [(6, 6), (24, 24)], [(4, 6), (26, 24)]),
        ("arcs", [(50, 15), (50, 5.5), (50, 24.5), (40.5, 15), (59.5, 15)], [(41, 6), (59, 24)]),
        ("quadratic", [(85, 6), (85, 20), (77, 24)], [(76, 6), (94, 6)]),
        ("cubic", [(15, 42), (15, 59), (6, 58)], [(5.5, 41), (24.5, 41)]),
        ("even_odd", [(42, 42), (58, 58)], [(50, 50), (46, 46)]),
        ("clipped_to_its_boundary", [(76, 76), (94, 94)], [(97, 80), (80, 97)]),
    ],
)
def test_an_outline_is_filled(
    verb: str, inside: list[tuple[float, float]], outside: list[tuple[float, float]]
) -> None:
    check("path_verbs", {**dict.fromkeys(inside, RED), **dict.fromkeys(outside, WHITE)})


def test_a_line_is_as_wide_and_as_dashed_as_it_says() -> None:
    dashes = {(77, 50): BLUE, (82, 50): WHITE, (87, 50): BLUE, (77, 48.5): BLUE, (77, 47.5): WHITE}
    check("path_verbs", dashes)


def test_an_outline_is_filled_and_drawn() -> None:
    check("path_verbs", {(15, 85): RED, (9, 85): BLUE, (15, 79): BLUE, (7, 85): WHITE})


def test_what_is_understood_of_a_bad_path_is_drawn_and_the_rest_is_said() -> None:
    check("path_verbs", {(50, 75): BLUE, (60, 85): BLUE})
    assert seen("path_verbs").losses == (
        "page 1: a path is not understood to its end and was drawn as far as it is",
    )


def test_colours_mean_what_their_space_says() -> None:
    check("colour_spaces", {(10, 10): (128, 128, 128), (50, 10): BLUE, (70, 10): RED, (90, 10): GREEN})


def test_inks_stay_inks() -> None:
    assert b"/DeviceCMYK" not in seen("colour_spaces").pdf  # no space is needed for plain ink
    check("colour_spaces", {(30, 10): (237, 28, 36)}, by=40)  # as a press mixes it


def test_alpha_lets_through_what_is_below() -> None:
    check("colour_spaces", {(10, 30): HALF_RED, (70, 30): HALF_BLUE})


def test_a_colour_without_value_is_black_and_no_colour_fills_nothing() -> None:
    check("colour_spaces", {(30, 30): BLACK, (50, 30): WHITE})


def test_drawing_parameters_are_inherited_and_a_ring_of_them_ends() -> None:
    places = {
        (20, 15): RED,
        (20, 13.5): RED,
        (20, 12.5): WHITE,
        (50, 20): GREEN,
        (20, 55): BLUE,
        (50, 55): RED,
    }
    check("draw_params", places)


def test_an_axial_gradient_runs_from_start_to_end_and_beyond_only_if_told() -> None:
    places = {(5.5, 15): RED, (15, 15): MIDDLE, (24.5, 15): BLUE}
    check("gradients", places, by=16)
    check("gradients", {(42, 15): WHITE, (58, 15): WHITE, (77, 15): RED, (93, 15): BLUE}, by=16)


def test_a_gradient_repeats_or_turns_back() -> None:
    check("gradients", {(5.5, 50): RED, (14.5, 50): BLUE, (15.5, 50): RED, (24.5, 50): BLUE}, by=28)
    check("gradients", {(40.5, 50): RED, (50, 50): BLUE, (59.5, 50): RED}, by=28)


def test_a_radial_gradient_is_a_circle_or_a_turned_ellipse() -> None:
    check("gradients", {(85, 50): RED, (85, 59.5): BLUE, (76, 41): WHITE}, by=28)
    check("gradients", {(15, 85): RED, (15, 94): BLUE, (22, 85): WHITE}, by=40)


def test_a_gradient_of_alpha_fades() -> None:
    check("gradients", {(41, 85): (255, 242, 242), (50, 85): HALF_RED, (59.5, 85): RED}, by=16)


def test_a_mesh_fills_its_triangles() -> None:
    check("gradients", {(78, 78): RED, (93, 93): WHITE})


def test_tiles_begin_at_the_object_or_at_the_page() -> None:
    check("patterns", {(7, 7): RED, (12, 7): WHITE, (17, 17): RED, (42, 42): WHITE})
    check("patterns", {(62, 12): RED, (57, 12): WHITE, (67, 12): WHITE})


def test_tiles_are_mirrored_and_scaled() -> None:
    check(
        "patterns",
        {(7, 57): RED, (12, 57): WHITE, (17, 57): WHITE, (22, 57): RED, (27, 57): RED, (32, 57): WHITE},
    )
    check("patterns", {(60, 60): RED, (70, 60): WHITE, (80, 80): RED})


def test_clips_cut_and_areas_of_one_clip_join() -> None:
    check("clips", {(10, 10): RED, (20, 10): WHITE})
    check("clips", {(45, 10): RED, (55, 10): WHITE, (45, 20): WHITE})
    check("clips", {(80, 20): RED, (90, 10): RED, (90, 20): WHITE})


def test_a_clip_may_be_text_or_moved_or_apart_from_the_matrix() -> None:
    check("clips", {(9, 46): RED, (9, 41): WHITE, (16, 46): WHITE})
    check("clips", {(45, 50): WHITE, (55, 50): RED})
    check("clips", {(79, 46): RED, (79, 55): WHITE, (90, 55): RED})
    assert seen("clips").text() == ""  # what cuts is not there to be read
    check("clips", {(9, 85): RED, (11, 85): WHITE})


@pytest.mark.parametrize(
    ("kind", "left", "top"), [("png", 5, 5), ("bmp", 40, 5), ("tiff", 75, 5), ("unsized", 40, 65)]
)
def test_a_picture_stands_upright_in_its_colours(kind: str, left: float, top: float) -> None:
    corners = {(left + 5, top + 5): RED, (left + 15, top + 5): GREEN, (left + 5, top + 15): BLUE}
    check("pictures", {**corners, (left + 15, top + 15): WHITE})


def test_jpeg_and_jbig2_are_taken_over_as_they_are() -> None:
    check("pictures", {(15, 45): BLUE, (50, 45): BLACK}, by=20)
    pdf = seen("pictures").pdf
    assert b"/DCTDecode" in pdf
    assert b"/JBIG2Decode" in pdf


def test_a_picture_may_be_transparent_or_masked_or_turned() -> None:
    check("pictures", {(80, 45): RED, (90, 45): WHITE})
    check("pictures", {(10, 70): RED, (20, 70): WHITE, (10, 80): BLUE})
    check("pictures", {(90, 70): RED, (90, 80): GREEN, (80, 70): BLUE, (80, 80): WHITE})


def test_a_picture_may_have_a_border() -> None:
    check("borders_and_lattices", {(20, 20): RED, (10, 20): BLUE, (30, 20): BLUE})


def test_a_lattice_fills_its_cells() -> None:
    check("borders_and_lattices", {(60, 20): RED, (60, 49): BLUE, (60, 40): MIDDLE}, by=28)


def test_rings_repeat_beyond_their_end_if_told() -> None:
    found = seen("borders_and_lattices")
    pale = [found.colour(20 + away, 70)[1] > 128 for away in (1, 4, 6, 9)]
    assert pale == [False, True, False, True]
    assert found.colour(29, 79) != WHITE  # a third ring, beyond the end


def test_a_gradient_without_length_paints_nothing_and_a_pattern_without_size_is_said() -> None:
    check("borders_and_lattices", {(60, 70): WHITE, (90, 70): WHITE})
    assert seen("borders_and_lattices").losses == (
        "page 1: a pattern without a sensible size was not painted",
    )


def test_a_picture_that_cannot_be_read_is_said_and_the_page_goes_on() -> None:
    assert seen("pictures").losses == (
        "page 1: the picture Doc_0/Res/broken.png cannot be read: UnidentifiedImageError",
        "page 1: the picture 99 is not there",
    )
