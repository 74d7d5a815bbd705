# SPDX-License-Identifier: Apache-2.0
"""Text of OFD pages is text in the PDF: exact characters, at the places that the document gives them."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.conversion.ofd.fonts import system
from tests.adapters.conversion.ofd import made_fonts
from tests.adapters.conversion.ofd.build import FIXTURES
from tests.adapters.conversion.ofd.made_pictures import BLACK, GREEN, RED, WHITE
from tests.adapters.conversion.ofd.seen import Seen, near, seen

ALL = 0.15  # millimetres by which a box may be off


def letters(found: Seen) -> list[tuple[str, tuple[float, ...]]]:
    return [(character, box) for character, box in found.boxes() if character.strip()]


def test_each_letter_stands_where_its_steps_lead() -> None:
    wanted = [
        ("公", (10, 12, 18, 20)),
        ("文", (30, 12, 38, 20)),
        ("A", (50, 12, 58, 20)),
        ("B", (60, 12, 68, 20)),
        ("公", (10, 32, 18, 40)),
        ("文", (10, 47, 18, 55)),
    ]
    for (character, box), (expected, place) in zip(letters(seen("text_steps")), wanted, strict=False):
        assert character == expected
        assert box == pytest.approx(place, abs=ALL)


def test_without_steps_letters_are_as_wide_as_the_font_has_them_times_the_stretch() -> None:
    found = letters(seen("text_steps"))[6:]
    lefts = [box[0] for _, box in found]
    assert [character for character, _ in found] == list("公文公文")
    assert lefts == pytest.approx([10, 15, 50, 65], abs=ALL)


def test_a_blank_is_a_blank() -> None:
    assert "公 文" in seen("text_steps").text()


def test_letters_turn_clockwise_and_lines_run_where_the_document_says() -> None:
    found = seen("text_directions")
    inside = [(24, 24), (46, 24), (76, 16), (14, 56), (14, 66)]
    outside = [(24, 16), (54, 24), (84, 16), (24, 56)]
    assert [found.colour(*place) for place in inside] == [BLACK] * 5
    assert [found.colour(*place) for place in outside] == [WHITE] * 4


def test_an_italic_leans_to_the_right() -> None:
    found = seen("text_directions")
    assert found.colour(69, 62.5) == BLACK  # the upper right, beyond the upright square
    assert found.colour(60.4, 62.5) == WHITE
    assert found.colour(60.4, 69.5) == BLACK


def test_letters_are_filled_or_drawn_or_both_or_only_there() -> None:
    found = seen("text_looks")
    assert near(found.colour(14, 16), RED)
    assert (near(found.colour(44, 16), WHITE), near(found.colour(40, 16), GREEN)) == (True, True)
    assert (near(found.colour(74, 16), RED), near(found.colour(70, 16), GREEN)) == (True, True)
    assert found.colour(14, 46) == WHITE
    assert found.text().replace(" ", "").count("公") == 6


def test_a_matrix_and_a_weight_make_letters_larger() -> None:
    found = seen("text_looks")
    assert near(found.colour(54, 46), RED)
    assert near(found.colour(9.9, 76), RED)  # the line of a heavy letter reaches out of the square


@pytest.mark.parametrize("line", [0, 1, 2, 3], ids=["truetype", "opentype", "bare_cff", "of_components"])
def test_every_kind_of_font_is_embedded_with_its_shapes(line: int) -> None:
    found = seen("embedded_fonts")
    top = 7 + 20 * line
    assert [found.colour(x, top + 4) for x in (10.5, 17.5, 18.5)] == [BLACK, BLACK, WHITE]
    assert [found.colour(14, y) for y in (top - 0.5, top + 0.5, top + 7.5, top + 8.5)] == [
        WHITE,
        BLACK,
        BLACK,
        WHITE,
    ]


def test_text_in_every_kind_of_font_can_be_copied() -> None:
    assert seen("embedded_fonts").text_elsewhere() == "公文公文公文A"


def test_glyphs_are_taken_by_index_and_mean_the_characters() -> None:
    found = seen("glyph_transforms")
    assert [found.colour(x, 9) for x in (14, 34)] == [BLACK, WHITE]  # the second is half as high
    assert [found.colour(x, 13) for x in (14, 34)] == [BLACK, BLACK]
    assert found.text().replace(" ", "") == found.text_elsewhere() == "甲乙一二一fix甲乙"


def test_several_glyphs_of_one_character_are_all_shown_and_copied_as_one() -> None:
    found = seen("glyph_transforms")
    assert [found.colour(x, 73) for x in (14, 34, 54)] == [BLACK] * 3
    assert [found.colour(x, 69) for x in (14, 34, 54)] == [BLACK, BLACK, WHITE]


# ---- fonts of the system


@pytest.fixture
def own_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system whose only fonts are the ones that a test puts there."""
    monkeypatch.setattr(system, "FOLDERS", (str(tmp_path),))
    monkeypatch.setattr(system, "installed", system.installed.__wrapped__)
    return tmp_path


def test_a_font_that_is_not_embedded_is_substituted_by_name_and_named(own_fonts: Path) -> None:
    (own_fonts / "simfang.ttf").write_bytes(made_fonts.truetype())
    (own_fonts / "simkai.otf").write_bytes(made_fonts.opentype_cff())
    found = Seen(FIXTURES["font_not_embedded"]())
    assert found.said.substituted == {"仿宋_GB2312": ("Squares",), "楷体": ("Squares",)}
    assert found.losses == ("the file gone.ttf of the font 楷体 is not there",)
    assert found.text_elsewhere() == "公文公文ABA"


def test_a_letter_of_another_font_is_narrowed_where_it_would_run_into_the_next(own_fonts: Path) -> None:
    (own_fonts / "notoserifcjk-regular.otf").write_bytes(made_fonts.opentype_cff())
    found = Seen(FIXTURES["font_not_embedded"]())
    assert [found.colour(x, 56) for x in (10.5, 14.8, 15.5)] == [BLACK, BLACK, BLACK]
    widths = [box[2] - box[0] for character, box in letters(found) if character in "AB"]
    assert widths == pytest.approx([8, 8, 8], abs=ALL)  # one em wide, as wide as a Chinese character: never


def test_an_embedded_font_that_is_broken_is_said_and_substituted(own_fonts: Path) -> None:
    (own_fonts / "notoserifcjk-regular.ttf").write_bytes(made_fonts.truetype())
    (own_fonts / "dejavusans.ttf").write_bytes(b"no font either")
    found = Seen(FIXTURES["broken_font"]())
    assert found.losses == (
        "page 1: the embedded font Squares cannot be used: neither TrueType nor CFF",
        "page 1: no font has a shape for U+2603",
    )
    assert found.text_elsewhere() == "公A\u2603AB文"
    assert found.colour(14, 16) == BLACK
    assert [found.colour(x, 56) for x in (14, 19, 24, 44)] == [
        BLACK,
        WHITE,
        BLACK,
        BLACK,
    ]  # A beside B, then 文


def test_an_empty_file_among_the_fonts_is_passed_over(own_fonts: Path) -> None:
    (own_fonts / "simfang.ttf").write_bytes(b"")
    (own_fonts / "notoserifcjk-regular.ttf").write_bytes(made_fonts.truetype())
    assert Seen(FIXTURES["font_not_embedded"]()).text_elsewhere() == "公文公文ABA"


def test_a_system_without_any_font_is_said_to_lack_one(own_fonts: Path) -> None:
    with pytest.raises(Exception, match="install fonts-noto-cjk"):
        Seen(FIXTURES["font_not_embedded"]())
