# SPDX-License-Identifier: Apache-2.0
"""A PDF's own fonts in the package: the same outlines, found under the characters they stand for."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.adapters.conversion.ofd_writing import fonts
from tests.adapters.conversion.ofd_writing.packages import NS, Written, converted, losses
from tests.adapters.conversion.ofd_writing.pdfs import Pdf, composite, helvetica, to_unicode


def shown(pdf: Pdf, font: str, string: str, folder: Path, size: int = 20) -> tuple[Written, tuple[str, ...]]:
    """A page that shows *string*, in PDF's own spelling, with *font*."""
    pdf.page(f"BT /F {size} Tf 72 700 Td {string} Tj ET", resources=f"/Font << /F {font} >>")
    written, report = converted(pdf.bytes(), folder)
    return written, losses(report)


def file_of(written: Written, number: int = 0) -> bytes:
    return written.resource(written.objects("TextObject")[number].attrib["Font"])


def code_of(text: ElementTree.Element) -> ElementTree.Element:
    found = text.find(f"{NS}TextCode")
    assert found is not None
    return found


def hexed(*glyphs: int) -> str:
    return f"<{''.join(f'{glyph:04x}' for glyph in glyphs)}>"


def test_a_truetype_font_keeps_its_outlines_under_its_characters(tmp_path: Path) -> None:
    pdf = Pdf()
    program = pdf.stream(fonts.truetype())
    g, ampersand = fonts.glyph("g"), fonts.glyph("ampersand")
    font = composite(pdf, program, "CIDFontType2", {g: "g", ampersand: "&"})
    written, lost = shown(pdf, font, hexed(g, ampersand), tmp_path)
    assert written.texts() == ["g&"]
    assert lost == ()
    for character in "g&":
        assert fonts.outline(file_of(written), character) == fonts.outline(fonts.truetype(), character)


def test_only_the_glyphs_that_are_used_are_embedded(tmp_path: Path) -> None:
    pdf = Pdf()
    font = composite(pdf, pdf.stream(fonts.truetype()), "CIDFontType2", {fonts.glyph("g"): "g"})
    written, _ = shown(pdf, font, hexed(fonts.glyph("g")), tmp_path)
    assert len(file_of(written)) < len(fonts.truetype()) / 10


def test_a_font_stripped_of_names_and_maps_is_embedded_whole(tmp_path: Path) -> None:
    pdf = Pdf()
    program = pdf.stream(fonts.bare("cmap", "post", "name", "OS/2"))
    font = composite(pdf, program, "CIDFontType2", {fonts.glyph("g"): "g"})
    written, _ = shown(pdf, font, hexed(fonts.glyph("g")), tmp_path)
    assert fonts.outline(file_of(written), "g") == fonts.outline(fonts.truetype(), "g")


def test_two_glyphs_of_one_character_are_two_editions_of_the_font(tmp_path: Path) -> None:
    pdf = Pdf()
    a, b = fonts.glyph("a"), fonts.glyph("b")
    font = composite(pdf, pdf.stream(fonts.truetype()), "CIDFontType2", {a: "x", b: "x"})
    written, _ = shown(pdf, font, hexed(a, b), tmp_path)
    assert written.texts() == ["x", "x"]
    for number, character in enumerate("ab"):
        assert fonts.outline(file_of(written, number), "x") == fonts.outline(fonts.truetype(), character)


def test_a_ligature_is_its_letters_and_shows_once(tmp_path: Path) -> None:
    pdf = Pdf()
    font = composite(pdf, pdf.stream(fonts.truetype()), "CIDFontType2", {fonts.glyph("M"): "fi"})
    written, _ = shown(pdf, font, hexed(fonts.glyph("M")), tmp_path)
    assert written.texts() == ["fi"]
    assert fonts.outline(file_of(written), "f") == fonts.outline(fonts.truetype(), "M")
    assert fonts.box(file_of(written), "i") is None


def test_a_ligature_of_equal_letters_is_the_character_unicode_has_for_it(tmp_path: Path) -> None:
    pdf = Pdf()
    font = composite(pdf, pdf.stream(fonts.truetype()), "CIDFontType2", {fonts.glyph("M"): "ffi"})
    written, _ = shown(pdf, font, hexed(fonts.glyph("M")), tmp_path)
    assert written.texts() == ["ﬃ"]


@pytest.mark.parametrize(("radical", "character"), [("⼈", "人"), ("⻔", "门")])
def test_a_radical_is_the_character_that_people_write(tmp_path: Path, radical: str, character: str) -> None:
    pdf = Pdf()
    font = composite(pdf, pdf.stream(fonts.truetype()), "CIDFontType2", {fonts.glyph("M"): radical})
    written, _ = shown(pdf, font, hexed(fonts.glyph("M")), tmp_path)
    assert written.texts() == [character]


def test_a_glyph_that_stands_for_nothing_is_shown_and_said(tmp_path: Path) -> None:
    pdf = Pdf()
    program = pdf.stream(fonts.bare("cmap"))
    written, lost = shown(pdf, composite(pdf, program, "CIDFontType2", {}), hexed(fonts.glyph("g")), tmp_path)
    (text,) = written.texts()
    assert 0xE000 <= ord(text) <= 0xF8FF
    assert fonts.outline(file_of(written), text) == fonts.outline(fonts.truetype(), "g")
    assert lost == ("1 glyphs that stand for no character: shown, but not to be searched or copied",)


def test_a_map_from_cids_to_glyphs_is_followed(tmp_path: Path) -> None:
    pdf = Pdf()
    table = pdf.stream(b"\0\0" + fonts.glyph("g").to_bytes(2, "big"))
    program = pdf.stream(fonts.truetype())
    font = composite(pdf, program, "CIDFontType2", {1: "g"}, f"/CIDToGIDMap {table}")
    written, _ = shown(pdf, font, hexed(1), tmp_path)
    assert fonts.outline(file_of(written), "g") == fonts.outline(fonts.truetype(), "g")


def test_a_bare_cff_program_becomes_an_opentype_font(tmp_path: Path) -> None:
    pdf = Pdf()
    program = pdf.stream(fonts.cff("A", "g"), "/Subtype /CIDFontType0C")
    font = composite(pdf, program, "CIDFontType0", {1: "A", 2: "g"})
    written, lost = shown(pdf, font, hexed(2, 1), tmp_path)
    assert written.texts() == ["gA"]
    assert lost == ()
    assert file_of(written)[:4] == b"OTTO"
    assert fonts.box(file_of(written), "g") == pytest.approx(fonts.box(fonts.truetype(), "g"), abs=0.002)


def test_a_cff_program_of_cids_is_read_by_them(tmp_path: Path) -> None:
    pdf = Pdf()
    program = pdf.stream(fonts.cid_keyed(((7, "A"), (1200, "g"))), "/Subtype /CIDFontType0C")
    font = composite(pdf, program, "CIDFontType0", {7: "A", 1200: "g"})
    written, lost = shown(pdf, font, hexed(1200, 7), tmp_path)
    assert written.texts() == ["gA"]
    assert lost == ()
    for character in "gA":
        expected = fonts.box(fonts.truetype(), character)
        assert fonts.box(file_of(written), character) == pytest.approx(expected, abs=0.002)


def test_a_ligature_in_a_cff_program_of_cids_shows_once(tmp_path: Path) -> None:
    pdf = Pdf()
    program = pdf.stream(fonts.cid_keyed(((7, "A"), (1200, "g"))), "/Subtype /CIDFontType0C")
    written, _ = shown(pdf, composite(pdf, program, "CIDFontType0", {7: "fi"}), hexed(7), tmp_path)
    assert fonts.box(file_of(written), "i") is None
    assert fonts.box(file_of(written), "f") is not None


def test_a_ligature_in_a_cff_program_shows_once(tmp_path: Path) -> None:
    pdf = Pdf()
    program = pdf.stream(fonts.cff("A", "g"), "/Subtype /CIDFontType0C")
    written, _ = shown(pdf, composite(pdf, program, "CIDFontType0", {1: "fi"}), hexed(1), tmp_path)
    assert written.texts() == ["fi"]
    assert fonts.box(file_of(written), "i") is None


def simple(pdf: Pdf, kind: str, key: str, program: str, more: str, flags: int = 32) -> str:
    descriptor = pdf.add(f"<< /Type /FontDescriptor /FontName /AAAAAA+T /Flags {flags} /{key} {program} >>")
    widths = " ".join(["600"] * 224)
    return pdf.add(
        f"<< /Type /Font /Subtype /{kind} /BaseFont /AAAAAA+T /FontDescriptor {descriptor} "
        f"/FirstChar 32 /LastChar 255 /Widths [{widths}] {more} >>"
    )


def test_an_opentype_program_of_cids_is_read_by_them(tmp_path: Path) -> None:
    pdf = Pdf()
    program = pdf.stream(fonts.opentype(((7, "A"), (1200, "g"))), "/Subtype /OpenType")
    font = composite(pdf, program, "CIDFontType0", {7: "A", 1200: "g"})
    written, _ = shown(pdf, font, hexed(1200, 7), tmp_path)
    for character in "gA":
        expected = fonts.box(fonts.truetype(), character)
        assert fonts.box(file_of(written), character) == pytest.approx(expected, abs=0.002)


def test_damage_to_a_glyph_that_is_not_used_does_no_harm(tmp_path: Path) -> None:
    pdf = Pdf()
    program = pdf.stream(fonts.damaged_glyph("z"))
    font = composite(pdf, program, "CIDFontType2", {fonts.glyph("g"): "g"})
    written, lost = shown(pdf, font, hexed(fonts.glyph("g")), tmp_path)
    assert fonts.outline(file_of(written), "g") == fonts.outline(fonts.truetype(), "g")
    assert lost == ()


def test_names_among_the_differences_choose_the_glyphs_of_a_cff_program(tmp_path: Path) -> None:
    pdf = Pdf()
    program = pdf.stream(fonts.cff("A", "g", "germandbls"), "/Subtype /Type1C")
    encoding = "/Encoding << /Type /Encoding /Differences [65 /germandbls /g] >>"
    written, _ = shown(pdf, simple(pdf, "Type1", "FontFile3", program, encoding), "(AB)", tmp_path)
    assert written.texts() == ["ßg"]
    expected = fonts.box(fonts.truetype(), "ß")
    assert fonts.box(file_of(written), "ß") == pytest.approx(expected, abs=0.002)


def test_a_simple_truetype_font_is_read_by_its_encoding(tmp_path: Path) -> None:
    pdf = Pdf()
    font = simple(pdf, "TrueType", "FontFile2", pdf.stream(fonts.truetype()), "/Encoding /WinAnsiEncoding")
    written, _ = shown(pdf, font, "(a\\344)", tmp_path)
    assert written.texts() == ["aä"]
    assert fonts.outline(file_of(written), "ä") == fonts.outline(fonts.truetype(), "ä")


def test_a_type_1_program_becomes_an_opentype_font(tmp_path: Path) -> None:
    pdf = Pdf()
    program = pdf.stream(fonts.type1())
    written, lost = shown(pdf, simple(pdf, "Type1", "FontFile", program, ""), "(Ag)", tmp_path)
    assert written.texts() == ["Ag"]
    assert lost == ()
    for character in "Ag":
        expected = fonts.box(fonts.truetype(), character)
        assert fonts.box(file_of(written), character) == pytest.approx(expected, abs=0.002)


def test_a_type_1_glyph_that_is_composed_has_its_accent(tmp_path: Path) -> None:
    pdf = Pdf()
    program = pdf.stream(fonts.type1())
    encoding = "/Encoding /WinAnsiEncoding"
    written, _ = shown(pdf, simple(pdf, "Type1", "FontFile", program, encoding), "(A\\304)", tmp_path)
    plain, accented = (fonts.box(file_of(written), character) for character in "AÄ")
    assert plain is not None
    assert accented is not None
    assert accented[3] > plain[3] + 0.05


def test_a_font_that_is_not_embedded_is_named_in_the_package_and_in_the_report(tmp_path: Path) -> None:
    pdf = Pdf()
    written, lost = shown(pdf, helvetica(pdf), "(plain)", tmp_path)
    (font,) = written.xml("Doc_0/PublicRes.xml").iter(f"{NS}Font")
    assert font.get("FontName") == "Helvetica"
    assert font.find(f"{NS}FontFile") is None
    assert lost == ("fonts that the PDF does not hold, shown in another: Helvetica",)


@pytest.mark.parametrize("codec", ["gbk", "utf-8"])
def test_the_chinese_name_of_a_font_is_read_in_either_encoding(tmp_path: Path, codec: str) -> None:
    spelled = "".join(f"#{byte:02X}" for byte in "仿宋".encode(codec))
    pdf = Pdf()
    font = pdf.add(f"<< /Type /Font /Subtype /TrueType /BaseFont /{spelled} /Encoding /WinAnsiEncoding >>")
    written, _ = shown(pdf, font, "(plain)", tmp_path)
    (found,) = written.xml("Doc_0/PublicRes.xml").iter(f"{NS}Font")
    assert found.get("FontName") == "仿宋"


def test_a_damaged_font_program_counts_as_none(tmp_path: Path) -> None:
    pdf = Pdf()
    font = simple(pdf, "TrueType", "FontFile2", pdf.stream(b"\0\1\0\0 no font"), "/Encoding /WinAnsiEncoding")
    written, lost = shown(pdf, font, "(plain)", tmp_path)
    assert written.texts() == ["plain"]
    assert lost == ("fonts that the PDF does not hold, shown in another: T",)


def chinese(pdf: Pdf, encoding: str) -> str:
    below = pdf.add(
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> "
        "/FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 >> >>"
    )
    return pdf.add(
        f"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-{encoding} /Encoding /{encoding} "
        f"/DescendantFonts [{below}] >>"
    )


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [("GBK-EUC-H", "gbk"), ("UniGB-UCS2-H", "utf-16-be"), ("UniGB-UTF16-H", "utf-16-be")],
)
def test_the_chinese_encodings_are_read(tmp_path: Path, encoding: str, codec: str) -> None:
    pdf = Pdf()
    written, _ = shown(pdf, chinese(pdf, encoding), f"<{'通知ABC'.encode(codec).hex()}>", tmp_path)
    assert written.texts() == ["通知ABC"]


def test_vertical_text_goes_down(tmp_path: Path) -> None:
    pdf = Pdf()
    string = f"<{'通知书'.encode('utf-16-be').hex()}>"
    written, _ = shown(pdf, chinese(pdf, "UniGB-UCS2-V"), string, tmp_path)
    assert "".join(written.texts()) == "通知书"
    tops = []
    for text in written.objects("TextObject"):
        code = code_of(text)
        top = float(text.attrib["Boundary"].split()[1]) + float(code.attrib["Y"])
        tops.append(top)
        tops.extend(top + float(step) for step in code.get("DeltaY", "").split())
    assert tops == sorted(tops)
    assert tops[-1] - tops[0] == pytest.approx(2 * 20 * 25.4 / 72, abs=0.01)


def test_glyphs_that_are_drawings_are_drawn_and_can_be_found(tmp_path: Path) -> None:
    pdf = Pdf()
    square = pdf.stream("1000 0 0 0 750 750 d1 0 0 750 750 re f")
    letters = to_unicode(pdf, {97: "方"}, digits=2)
    font = pdf.add(
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 750 750] /FontMatrix [0.001 0 0 0.001 0 0] "
        f"/CharProcs << /square {square} >> /Encoding << /Type /Encoding /Differences [97 /square] >> "
        f"/FirstChar 97 /LastChar 97 /Widths [1000] /Resources << >> /ToUnicode {letters} >>"
    )
    written, lost = shown(pdf, font, "(a)", tmp_path, size=72)
    (path,) = written.objects("PathObject")
    (text,) = written.objects("TextObject")
    assert path.attrib["Boundary"].split()[2:] == ["19.05", "19.05"]
    assert written.texts() == ["方"]
    assert [colour.get("Alpha") for colour in text.iter(f"{NS}FillColor")] == ["0"]
    assert lost == ()
