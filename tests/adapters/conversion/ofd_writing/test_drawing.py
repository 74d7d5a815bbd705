# SPDX-License-Identifier: Apache-2.0
"""Paths, colours, clips, patterns, transparency, forms, layers; and what becomes a picture instead."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from adapters.conversion.ofd_writing import canvas, lines
from tests.adapters.conversion.ofd_writing.packages import NS, Written, converted, losses
from tests.adapters.conversion.ofd_writing.pdfs import Pdf, helvetica

SIZE = (720, 720)


def page(
    content: str, folder: Path, resources: str = "", pdf: Pdf | None = None
) -> tuple[Written, tuple[str, ...]]:
    pdf = pdf or Pdf()
    pdf.page(content, resources=resources, size=SIZE)
    written, report = converted(pdf.bytes(), folder)
    return written, losses(report)


def one_path(content: str, folder: Path, resources: str = "", pdf: Pdf | None = None) -> ElementTree.Element:
    (found,) = page(content, folder, resources, pdf)[0].objects("PathObject")
    return found


def colour(path: ElementTree.Element, kind: str = "FillColor") -> str | None:
    found = path.find(f"{NS}{kind}")
    return None if found is None else found.get("Value")


def data(path: ElementTree.Element) -> str | None:
    return path.findtext(f"{NS}AbbreviatedData")


def test_a_filled_path_is_filled_and_not_stroked(tmp_path: Path) -> None:
    path = one_path("0 72 m 72 72 l 36 0 l f", tmp_path)
    assert (path.get("Fill"), path.get("Stroke")) == ("true", "false")
    assert data(path) == "M 0 0 L 25.4 0 L 12.7 25.4"


def test_a_curve_keeps_its_control_points(tmp_path: Path) -> None:
    path = one_path("0 0 m 0 72 72 72 72 0 c 36 36 72 72 v 0 36 0 0 y f", tmp_path)
    assert data(path) == "M 0 25.4 B 0 0 25.4 0 25.4 25.4 B 25.4 25.4 12.7 12.7 25.4 0 B 0 12.7 0 25.4 0 25.4"


def test_a_line_has_its_width_ends_corners_and_dashes(tmp_path: Path) -> None:
    path = one_path("7.2 w 1 J 2 j [36 18] 9 d 72 72 m 360 72 l S", tmp_path)
    assert path.get("LineWidth") == "2.54"
    assert (path.get("Cap"), path.get("Join")) == ("Round", "Bevel")
    assert (path.get("DashPattern"), path.get("DashOffset")) == ("12.7 6.35", "3.175")


def test_a_line_lies_within_its_boundary(tmp_path: Path) -> None:
    path = one_path("7.2 w 72 72 m 360 72 l S", tmp_path)
    left, top, width, height = (float(each) for each in path.attrib["Boundary"].split())
    assert left <= 25.4 - 1.27
    assert left + width >= 127 + 1.27
    assert height >= 2.54
    assert top < 228.6 < top + height


def test_the_even_odd_rule_is_kept(tmp_path: Path) -> None:
    assert one_path("0 0 99 99 re 9 9 9 9 re f*", tmp_path).get("Rule") == "Even-Odd"


@pytest.mark.parametrize(
    ("operators", "value"),
    [
        ("0.5 g", "128 128 128"),
        ("1 0 0.2 rg", "255 0 51"),
        ("0 0 0 1 k", "0 0 0"),
        ("/DeviceRGB cs 0 1 0 sc", "0 255 0"),
        ("/Icc cs 1 0 0 sc", "255 0 0"),
        ("/Spot cs 1 scn", "255 0 0"),
        ("/Palette cs 1 sc", "0 0 255"),
        ("/Lab cs 100 0 0 sc", "255 255 255"),
        ("/Calculated cs 0.25 scn", "64 0 191"),
    ],
)
def test_colours_of_every_space_become_rgb(tmp_path: Path, operators: str, value: str) -> None:
    pdf = Pdf()
    icc = pdf.stream(b"", "/N 3")
    spot = "[/Separation /Spot /DeviceRGB << /FunctionType 2 /Domain [0 1] /C0 [1 1 1] /C1 [1 0 0] /N 1 >>]"
    program = pdf.stream("{ dup 1 exch sub 0 exch }", "/FunctionType 4 /Domain [0 1] /Range [0 1 0 1 0 1]")
    spaces = (
        f"/Icc [/ICCBased {icc}] /Spot {spot} /Palette [/Indexed /DeviceRGB 1 <ff00000000ff>] "
        "/Lab [/Lab << /WhitePoint [0.9505 1 1.089] >>] "
        f"/Calculated [/Separation /Other /DeviceRGB {program}]"
    )
    path = one_path(f"{operators} 0 0 9 9 re f", tmp_path, f"/ColorSpace << {spaces} >>", pdf)
    assert colour(path) == value


@pytest.mark.parametrize(("profile", "said"), [(b"... sRGB IEC61966-2.1", 0), (b"... Some Press", 1)])
def test_a_profile_that_is_not_the_screens_is_said_to_be_approximated(
    tmp_path: Path, profile: bytes, said: int
) -> None:
    pdf = Pdf()
    spaces = f"/ColorSpace << /Icc [/ICCBased {pdf.stream(profile, '/N 3')}] >>"
    _, lost = page("/Icc cs 1 0 0 sc 0 0 9 9 re f", tmp_path, spaces, pdf)
    assert len(lost) == said


def test_a_rectangle_in_a_rectangular_clip_is_cut_to_size(tmp_path: Path) -> None:
    path = one_path("72 72 72 72 re W n 0 0 720 720 re f", tmp_path)
    assert path.attrib["Boundary"] == "25.4 203.2 25.4 25.4"
    assert path.find(f"{NS}Clips") is None


def test_what_lies_within_its_clip_needs_none(tmp_path: Path) -> None:
    path = one_path("0 0 720 720 re W n 72 72 m 144 72 l 108 144 l f", tmp_path)
    assert path.find(f"{NS}Clips") is None


def test_a_clip_of_any_shape_is_kept(tmp_path: Path) -> None:
    path = one_path("0 0 m 144 0 l 72 144 l W n 0 0 144 144 re f", tmp_path)
    (clip,) = path.iter(f"{NS}Path")
    assert clip.findtext(f"{NS}AbbreviatedData") == "M 0 50.8 L 50.8 50.8 L 25.4 0"


def test_a_clip_ends_with_its_state(tmp_path: Path) -> None:
    path = one_path("q 0 0 9 9 re W n Q 72 72 m 144 72 l 108 144 l f", tmp_path)
    assert path.find(f"{NS}Clips") is None


def test_what_is_clipped_away_is_not_written(tmp_path: Path) -> None:
    written, _ = page("0 0 9 9 re W n 72 72 m 144 72 l 108 144 l f", tmp_path)
    assert written.objects("PathObject") == []


def test_transparency_is_kept(tmp_path: Path) -> None:
    path = one_path("/G gs 0 0 9 9 re f", tmp_path, "/ExtGState << /G << /ca 0.5 >> >>")
    found = path.find(f"{NS}FillColor")
    assert found is not None
    assert found.get("Alpha") == "128"


AXIS = "<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [72 0 216 0] /Extend [true false] /Function {} >>"
ROUND = "<< /ShadingType 3 /ColorSpace /DeviceRGB /Coords [144 144 0 144 144 72] /Function {} >>"
RED_TO_BLUE = "<< /FunctionType 2 /Domain [0 1] /C0 [1 0 0] /C1 [0 0 1] /N 1 >>"


def test_a_gradient_along_an_axis_is_a_gradient(tmp_path: Path) -> None:
    path = one_path("72 72 144 72 re W n /S sh", tmp_path, f"/Shading << /S {AXIS.format(RED_TO_BLUE)} >>")
    (shading,) = path.iter(f"{NS}AxialShd")
    assert path.attrib["Boundary"] == "25.4 203.2 50.8 25.4"
    assert (shading.get("StartPoint"), shading.get("EndPoint")) == ("0 50.8", "50.8 50.8")
    assert shading.get("Extend") == "1"
    assert [stop.get("Position") for stop in shading] == ["0", "1"]
    assert [stop[0].get("Value") for stop in shading] == ["255 0 0", "0 0 255"]


def test_a_gradient_between_circles_is_a_gradient(tmp_path: Path) -> None:
    pattern = f"<< /PatternType 2 /Shading {ROUND.format(RED_TO_BLUE)} >>"
    path = one_path("/Pattern cs /P scn 72 72 144 144 re f", tmp_path, f"/Pattern << /P {pattern} >>")
    (shading,) = path.iter(f"{NS}RadialShd")
    assert (shading.get("StartRadius"), shading.get("EndRadius")) == ("0", "25.4")
    assert shading.get("EndPoint") == "25.4 25.4"


def test_a_bent_gradient_has_stops_where_it_bends(tmp_path: Path) -> None:
    bent = (
        "<< /FunctionType 3 /Domain [0 1] /Bounds [0.5] /Encode [0 1 0 1] /Functions ["
        "<< /FunctionType 2 /Domain [0 1] /C0 [1 0 0] /C1 [0 1 0] /N 1 >>"
        "<< /FunctionType 2 /Domain [0 1] /C0 [0 1 0] /C1 [0 0 1] /N 1 >>] >>"
    )
    path = one_path("/S sh", tmp_path, f"/Shading << /S {AXIS.format(bent)} >>")
    (shading,) = path.iter(f"{NS}AxialShd")
    assert [stop.get("Position") for stop in shading] == ["0", "0.5", "1"]


def test_a_tiled_pattern_is_drawn_tile_by_tile_within_its_shape(tmp_path: Path) -> None:
    pdf = Pdf()
    tile = pdf.stream(
        "0 1 0 rg 0 0 m 36 0 l 36 36 l f",
        "/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 36 36] /XStep 36 /YStep 36 /Resources << >>",
    )
    content = "/Pattern cs /P scn 0 0 72 72 re f"
    written, lost = page(content, tmp_path, f"/Pattern << /P {tile} >>", pdf)
    inside = {path.attrib["Boundary"] for path in written.objects("PathObject")}
    wanted = {f"{x} {y} 12.7 12.7" for x in ("0", "12.7") for y in ("228.6", "241.3")}
    assert wanted <= inside
    assert {colour(path) for path in written.objects("PathObject")} == {"0 255 0"}
    assert lost == ()


def test_an_uncoloured_pattern_takes_the_colour_that_is_given(tmp_path: Path) -> None:
    pdf = Pdf()
    tile = pdf.stream(
        "1 1 0 rg 0 0 m 72 0 l 72 72 l f",
        "/PatternType 1 /PaintType 2 /TilingType 1 /BBox [0 0 72 72] /XStep 72 /YStep 72 /Resources << >>",
    )
    resources = f"/Pattern << /P {tile} >> /ColorSpace << /C [/Pattern /DeviceRGB] >>"
    written, _ = page("/C cs 1 0 0 /P scn 0 0 72 72 re f", tmp_path, resources, pdf)
    assert {colour(path) for path in written.objects("PathObject")} == {"255 0 0"}


def test_a_form_is_drawn_in_its_place(tmp_path: Path) -> None:
    pdf = Pdf()
    form = pdf.stream(
        "0 0 m 72 0 l 72 72 l f",
        "/Type /XObject /Subtype /Form /BBox [0 0 72 72] /Matrix [1 0 0 1 72 0] /Resources << >>",
    )
    path = one_path("1 0 0 1 0 72 cm /X Do", tmp_path, f"/XObject << /X {form} >>", pdf)
    assert path.attrib["Boundary"] == "25.4 203.2 25.4 25.4"


def test_a_form_that_draws_itself_comes_to_an_end(tmp_path: Path) -> None:
    pdf = Pdf()
    form = pdf.stream(
        "0 0 m 9 0 l 9 9 l f /X Do",
        "/Type /XObject /Subtype /Form /BBox [0 0 72 72] /Resources << /XObject << /X 3 0 R >> >>",
    )
    assert form == "3 0 R"
    written, _ = page("/X Do", tmp_path, f"/XObject << /X {form} >>", pdf)
    assert 0 < len(written.objects("PathObject")) < 100


def test_a_hidden_layer_is_left_out(tmp_path: Path) -> None:
    pdf = Pdf()
    seen, hidden = (pdf.add(f"<< /Type /OCG /Name ({name}) >>") for name in ("seen", "hidden"))
    pdf.catalogue = f"/OCProperties << /OCGs [{seen} {hidden}] /D << /OFF [{hidden}] >> >>"
    content = "/OC /H BDC 1 0 0 rg 0 0 9 9 re f EMC /OC /S BDC 0 0 1 rg 0 0 9 9 re f EMC"
    path = one_path(content, tmp_path, f"/Properties << /H {hidden} /S {seen} >>", pdf)
    assert colour(path) == "0 0 255"


def test_an_annotation_is_drawn_as_it_appears(tmp_path: Path) -> None:
    pdf = Pdf()
    stamp = pdf.stream("1 0 0 rg 0 0 10 10 re f", "/Type /XObject /Subtype /Form /BBox [0 0 10 10]")
    note = f"<< /Type /Annot /Subtype /Stamp /Rect [72 72 144 144] /AP << /N {stamp} >> >>"
    unseen = f"<< /Type /Annot /Subtype /Stamp /Rect [0 0 9 9] /F 2 /AP << /N {stamp} >> >>"
    pdf.page("", size=SIZE, more=f"/Annots [{note} {unseen}]")
    written, _ = converted(pdf.bytes(), tmp_path)
    (path,) = written.objects("PathObject")
    assert path.attrib["Boundary"] == "25.4 203.2 25.4 25.4"
    assert colour(path) == "255 0 0"


def test_links_fields_signatures_and_films_are_counted(tmp_path: Path) -> None:
    pdf = Pdf()
    link = "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] >>"
    field = "<< /Type /Annot /Subtype /Widget /FT /Tx /Rect [0 0 9 9] >>"
    signed = "<< /Type /Annot /Subtype /Widget /FT /Sig /V << /Type /Sig >> /Rect [0 0 9 9] >>"
    film = "<< /Type /Annot /Subtype /Movie /Rect [0 0 9 9] >>"
    pdf.page("", more=f"/Annots [{link} {link} {field} {signed} {film}]")
    _, report = converted(pdf.bytes(), tmp_path)
    assert losses(report) == (
        "1 electronic signatures of the PDF: drawn as they appear; they do not sign the OFD document",
        "2 links: their text is there, the link is not",
        "1 form fields: drawn as they were filled in, not to be filled in",
        "1 sounds, films or models: left out",
    )


# ---- what OFD cannot say


def test_a_blended_shape_becomes_a_picture_of_its_region_and_the_rest_stays(tmp_path: Path) -> None:
    content = "1 0 0 rg 72 72 m 144 72 l 72 144 l f /G gs 0 1 0 rg 360 360 72 72 re f"
    written, lost = page(content, tmp_path, "/ExtGState << /G << /BM /Multiply >> >>")
    (path,) = written.objects("PathObject")
    (picture,) = written.objects("ImageObject")
    assert colour(path) == "255 0 0"
    boundary = [float(each) for each in picture.attrib["Boundary"].split()]
    assert boundary == pytest.approx([127, 101.6, 25.4, 25.4], abs=0.3)
    assert lost == ("page 1: a part of it is a picture with its text unseen on it (blend mode Multiply)",)


def test_blended_text_is_a_picture_and_still_to_be_found(tmp_path: Path) -> None:
    pdf = Pdf()
    resources = f"/Font << /F {helvetica(pdf)} >> /ExtGState << /G << /BM /Screen >> >>"
    written, _ = page("/G gs BT /F 36 Tf 72 360 Td (found) Tj ET", tmp_path, resources, pdf)
    (text,) = written.objects("TextObject")
    assert written.texts() == ["found"]
    assert [each.get("Alpha") for each in text.iter(f"{NS}FillColor")] == ["0"]
    assert len(written.objects("ImageObject")) == 1


def test_a_page_of_what_cannot_be_said_is_one_picture_with_its_text(tmp_path: Path) -> None:
    pdf = Pdf()
    resources = f"/Font << /F {helvetica(pdf)} >> /ExtGState << /G << /BM /Screen >> >>"
    content = "BT /F 36 Tf 72 360 Td (found) Tj ET /G gs 0 0 1 rg 0 0 720 720 re f"
    written, lost = page(content, tmp_path, resources, pdf)
    (picture,) = written.objects("ImageObject")
    assert picture.attrib["Boundary"] == "0 0 254 254"
    assert written.texts() == ["found"]
    assert lost[0] == "page 1: a picture with its text unseen on it (blend mode Screen)"


def test_a_mesh_becomes_a_picture_of_its_region(tmp_path: Path) -> None:
    pdf = Pdf()
    mesh = pdf.stream(
        b"\0" * 24,
        "/ShadingType 4 /ColorSpace /DeviceRGB /BitsPerCoordinate 8 /BitsPerComponent 8 /BitsPerFlag 8 "
        "/Decode [0 9 0 9 0 1 0 1 0 1]",
    )
    written, lost = page("72 72 72 72 re W n /S sh", tmp_path, f"/Shading << /S {mesh} >>", pdf)
    assert len(written.objects("ImageObject")) == 1
    assert "(shading of type 4)" in lost[0]


def test_what_cannot_be_read_any_more_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known to lose text; a writer that does is played by one that writes none."""
    pdf = Pdf()
    pdf.page("BT /F 12 Tf 72 700 Td (five letters) Tj ET", resources=f"/Font << /F {helvetica(pdf)} >>")
    _, kept = converted(pdf.bytes(), tmp_path)
    monkeypatch.setattr(lines.Lines, "_write", lambda self, run: None)
    _, report = converted(pdf.bytes(), tmp_path)
    assert (kept.characters, kept.lost) == (11, 0)
    assert (report.characters, report.lost) == (0, 11)


def test_a_page_of_too_many_objects_is_one_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canvas, "MOST_OBJECTS", 10)
    written, lost = page("0 0 9 9 re f " * 20, tmp_path)
    assert (len(written.objects("PathObject")), len(written.objects("ImageObject"))) == (0, 1)
    assert lost == ("page 1: a picture with its text unseen on it (more than 10 objects)",)


def test_unseen_text_stays_unseen_and_can_be_found(tmp_path: Path) -> None:
    pdf = Pdf()
    content = "BT 3 Tr /F 36 Tf 72 360 Td (scanned) Tj ET"
    written, _ = page(content, tmp_path, f"/Font << /F {helvetica(pdf)} >>", pdf)
    (text,) = written.objects("TextObject")
    assert written.texts() == ["scanned"]
    assert [each.get("Alpha") for each in text.iter(f"{NS}FillColor")] == ["0"]


def test_turned_text_is_turned_by_its_matrix(tmp_path: Path) -> None:
    pdf = Pdf()
    content = "BT /F 36 Tf 0 1 -1 0 360 360 Tm (up) Tj ET"
    written, _ = page(content, tmp_path, f"/Font << /F {helvetica(pdf)} >>", pdf)
    (text,) = written.objects("TextObject")
    assert text.attrib["CTM"] == "0 -1 1 0 0 0"
    assert text.attrib["Size"] == "12.7"
