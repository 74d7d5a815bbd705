# SPDX-License-Identifier: Apache-2.0
"""Pages are put together from layers, templates, units, annotations and seals, in order and size."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from adapters.conversion.ofd.conversion import converted
from adapters.conversion.ofd.signatures import signatures_of
from adapters.conversion.unreadable import Missing, Unreadable
from tests.adapters.conversion.ofd.build import FIXTURES
from tests.adapters.conversion.ofd.made_packages import Made, content, package, square
from tests.adapters.conversion.ofd.made_pictures import BLACK, BLUE, GREEN, RED, WHITE
from tests.adapters.conversion.ofd.seen import MILLIMETRE, Seen, near, seen


def test_templates_lie_below_and_above_the_page() -> None:
    found = seen("templates")
    assert [found.colour(at, at) for at in (12, 17, 25, 38)] == [RED, GREEN, BLUE, BLUE]
    assert [found.colour(at, at, 1) for at in (12, 17, 25)] == [RED, RED, BLUE]


def test_layers_lie_on_each_other_by_their_kind() -> None:
    assert [seen("templates").colour(at, at) for at in (52, 57, 65)] == [RED, GREEN, BLUE]


def test_a_page_is_as_large_as_it_says_else_as_its_document_says() -> None:
    found = seen("page_areas")
    assert [found.size(page) for page in range(4)] == [(50, 40), (60, 40), (210, 297), (100, 100)]


def test_a_sheet_that_does_not_begin_at_nought_is_shown_from_its_corner() -> None:
    assert [seen("page_areas").colour(at, at) for at in (5, 15)] == [RED, WHITE]


def test_only_the_application_box_is_shown() -> None:
    assert [seen("page_areas").colour(x, 15, 1) for x in (5, 15)] == [RED, WHITE]


def test_units_are_shown_inside_each_other_and_scaled() -> None:
    found = seen("composite_units")
    assert [found.colour(at, at) for at in (7, 12, 18)] == [RED, BLUE, BLUE]
    assert [found.colour(40 + at, 5 + at) for at in (5, 15, 25)] == [RED, BLUE, BLUE]


def test_a_unit_is_see_through_as_a_whole() -> None:
    found = seen("composite_units")
    assert near(found.colour(7, 62), (255, 127, 127))
    assert near(found.colour(12, 67), (127, 127, 255))  # no red shines through from below


def test_blocks_are_only_brackets_and_what_is_not_visible_is_not() -> None:
    found = seen("composite_units")
    assert found.colour(75, 65) == GREEN
    assert found.colour(90, 90) == WHITE


def test_annotations_that_are_visible_lie_on_the_page() -> None:
    found = seen("annotations")
    assert found.colour(15, 15) == RED
    assert found.colour(45, 15) == WHITE


def test_a_seal_is_shown_and_hides_nothing() -> None:
    found = seen("seals")
    assert near(found.colour(15, 25), RED)
    assert near(found.colour(25, 25), WHITE)
    assert near(found.colour(22, 12), GREEN)  # under the white of its picture
    assert near(found.colour(12, 12), BLACK)  # red ink on green


def test_a_seal_across_pages_shows_on_each_the_part_that_belongs_there() -> None:
    assert [near(seen("seals").colour(x, 20, 1), RED) for x in (12, 17)] == [True, False]


def test_a_seal_that_is_a_page_is_drawn_as_one() -> None:
    found = seen("seals")
    assert [found.colour(at, at) for at in (52, 68)] == [BLUE, BLUE]
    assert found.colour(72, 72) == WHITE
    assert (found.said.signatures, found.said.stamps) == (3, 3)


def test_signatures_are_laid_open_for_whoever_checks_them() -> None:
    first, _, third = signatures_of(FIXTURES["seals"]())
    assert (first.identifier, first.kind, first.provider, first.digest_method) == (
        "1",
        "Seal",
        "maker",
        "SM3",
    )
    assert first.signed_value().startswith(b"\x30")
    assert first.description.read().startswith(b"<?xml")
    protected = {each.name: each for each in first.protected}
    there, gone = protected["/Doc_0/Document.xml"], protected["/Doc_0/gone.xml"]
    assert there.part is not None
    assert b"CommonData" in there.part.read()
    assert (there.digest, gone.part, gone.digest) == (b"\0\1\2", None, b"")
    assert (third.kind, third.picture()) == ("Sign", None)


def test_attachments_go_along_under_names_of_their_own() -> None:
    found = seen("attachments")
    assert found.said.attachments == ("清单.txt", "清单-2.txt")
    with found.opened() as document:
        attached = [document.get_attachment(index) for index in range(document.count_attachments())]
        embedded = {each.get_name(): bytes(each.get_data()) for each in attached}
    assert embedded == {"清单.txt": "一".encode(), "清单-2.txt": "二".encode()}
    assert found.losses == ("the attachment gone is listed but not there",)


def test_the_documents_of_a_package_follow_each_other() -> None:
    assert [seen("two_documents").colour(15, 15, page) for page in (0, 1)] == [RED, BLUE]


def test_a_page_may_have_resources_of_its_own() -> None:
    found = seen("page_resources")
    assert found.colour(15, 15) == BLACK
    assert any("Page_1/Res.xml" in loss for loss in found.losses)


def test_the_outline_leads_to_its_pages() -> None:
    with seen("outlines").opened() as document:
        entries = [(each.level, each.get_title(), each.get_dest()) for each in document.get_toc()]
        found = [(level, title, dest and dest.get_index()) for level, title, dest in entries]
        place = entries[1][2].get_view()[1]
    assert found == [(0, "第一章", 0), (1, "第一节", 1), (0, "附录", 1), (0, "无处可去", None)]
    assert place[:2] == pytest.approx([10 * MILLIMETRE, 80 * MILLIMETRE], abs=0.1)


def test_a_click_leads_to_a_page_or_an_address_and_to_nothing_else() -> None:
    found = seen("links").links()
    assert [leads for _, leads in found] == ["https://www.example.org/a", 1, None]
    assert found[0][0] == pytest.approx((10, 10, 20, 20), abs=0.1)
    assert found[1][0] == pytest.approx((30, 10, 40, 20), abs=0.1)


def test_what_the_document_says_of_itself_stays() -> None:
    with seen("two_documents").opened() as document:
        assert document.get_metadata_dict()["Title"] == "试验"


# ---- what real and hostile packages do


@pytest.mark.parametrize("name", ["wrong_case_and_backslashes", "odd_namespaces"])
def test_what_is_only_spelling_is_forgiven(name: str) -> None:
    found = seen(name)
    assert found.colour(15, 15) == RED
    assert found.losses == ()


def test_a_page_that_is_missing_stays_as_an_empty_one_and_everything_missing_is_said() -> None:
    found = seen("missing_parts")
    assert len(found) == 3
    assert found.colour(15, 15) == RED
    said = " ".join(found.losses)
    for part in ("gone.xml", "template 5", "Page_1/Content.xml is not there", "document type declaration"):
        assert part in said


def test_a_ring_is_walked_once() -> None:
    found = seen("rings")
    assert (found.colour(5, 5), found.colour(65, 65)) == (RED, BLUE)
    assert any("contains itself" in loss for loss in found.losses)


def test_objects_beyond_the_limit_are_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.conversion.ofd.painting.painter.OBJECTS", 500)
    found = seen("bomb_of_units")
    assert found.colour(5, 5) == RED
    assert found.losses == ("page 1: a page has more than 500 objects; what comes after is left out",)


@pytest.mark.parametrize(
    ("limit", "fixture", "said"),
    [
        ("package.DOCUMENTS", "two_documents", "the package has 2 documents; only 1 were converted"),
        ("package.PAGES", "templates", "a document has 2 pages; only 1 were converted"),
        (
            "text_objects.CHARACTERS",
            "embedded_fonts",
            "a text has more than 1 characters; the rest is left out",
        ),
        ("signatures.SIGNATURES", "seals", "a document has 3 signatures; only 1 were looked at"),
    ],
)
def test_nothing_is_left_out_in_silence(
    limit: str, fixture: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"adapters.conversion.ofd.{limit}", 1)
    assert said in " ".join(Seen(FIXTURES[fixture]()).losses)


def test_an_object_of_an_unknown_kind_is_said_and_the_others_are_painted() -> None:
    found = seen("unknown_objects")
    assert found.colour(15, 15, page=1) == RED
    assert found.losses[0] == "page 2: an object of the kind VideoObject was not drawn"
    assert not found.said.is_whole


def test_an_object_of_an_unknown_kind_is_its_picture_with_its_text_unseen_on_it() -> None:
    found = seen("unknown_objects")
    assert found.colour(40, 40, page=1) == found.colour(33, 38, page=1) == BLUE
    assert found.text(page=1) == "公文AB"
    assert found.losses[1:] == (
        "page 2: an object of the kind StampObject is a picture, with its text unseen on it",
        "page 2: an object of the kind NoteObject was not drawn; its text is there, unseen",
    )


def test_the_text_of_an_object_that_was_not_drawn_is_unseen() -> None:
    found = seen("unknown_objects")
    assert {found.colour(x, y, page=1) for x in range(60, 90, 3) for y in range(60, 80, 3)} == {WHITE}


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("encrypted", Unreadable, "the package is encrypted"),
        ("no_pages", Unreadable, "the package has no page"),
        ("no_document", Missing, "Doc_0/Document.xml is not in the container"),
    ],
)
def test_a_package_without_anything_to_show_is_refused(name: str, error: type[Unreadable], said: str) -> None:
    with pytest.raises(error, match=said):
        seen(name)


# ---- the committed files


def test_the_committed_fixtures_are_what_the_script_makes() -> None:
    folder = Path(__file__).with_name("fixtures")
    committed = {file.stem: file.read_bytes() for file in folder.glob("*.ofd")}
    assert set(committed) == set(FIXTURES)
    assert [name for name, made in FIXTURES.items() if made() != committed[name]] == []


# ---- many pages, many objects


def _peak(pages: int) -> int:
    made = package(Made([content(square(10, 10, "255 0 0") * 50)] * pages))
    with TemporaryDirectory() as folder:
        source = Path(folder, "a")
        source.write_bytes(made)
        tracemalloc.start()
        try:
            assert converted(source, Path(folder, "b")).pages == pages
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_pages() -> None:
    _peak(1)  # what is loaded once
    assert _peak(120) < 4 * _peak(12)
