# SPDX-License-Identifier: Apache-2.0
"""
What a document says and shows, every edge keeps: text, pages and pictures of the committed documents.

The text of a Word file is read here from its XML, and that of a PDF by PDFium, so that no converter vouches
for itself. What one edge writes is shown through another. Fidelity of OFD, CEB and records is held by
tests of their own, which the page of all edges names.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import entry_points
from itertools import count
from pathlib import Path

import pytest
from PIL import Image

from adapters.conversion import formats as f
from adapters.conversion.detection import detect
from adapters.conversion.ofd.edge import OfdToPdf
from adapters.conversion.ofd_writing import PdfToOfd
from adapters.conversion.office.edges import OfficeToDoc, OfficeToDocx, OfficeToOdt, OfficeToPdf
from adapters.conversion.reconstruction.edge import PdfToDocx
from exchange import Converter
from exchange.edge.conversion_process import ConversionProcess
from tests.adapters.conversion.office import build
from tests.adapters.conversion.seen_pages import PIXELS_PER_MM, difference, drawn, letters

TESTS = Path(__file__).parent
PAGE_OF_EDGES = Path(__file__).parents[3] / "docs" / "reference" / "conversion-edges.md"
WORD = sorted(build.FOLDER.glob("*.docx"))
WORD_97 = sorted([*build.FOLDER.glob("*.doc"), *build.FOLDER.glob("*.wps")])
A_LINE_OFF = 6.0  # a page of text whose lines stand a millimetre off
LEAST = {"ofd": 30, "docx": 5, "doc": 3, "wps": 3, "pdf": 5}  # committed documents of each kind
RED = 200  # of 255, with the other colours below 80


class Desk:
    """Converts, in the process of the bus, into numbered files."""

    def __init__(self, folder: Path, process: ConversionProcess) -> None:
        self._folder, self._process, self._numbers = folder, process, count()

    def through(self, source: Path, *ways: Converter) -> Path:
        for way in ways:
            target = self._folder / f"{next(self._numbers)}.out"
            self._process.convert(way, source, target, from_format="a/document")
            source = target
        return source


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with ConversionProcess() as process:
        yield Desk(tmp_path_factory.mktemp("desk"), process)


def said_in(document: Path) -> Counter[str]:
    """The letters of a Word file."""
    xml = zipfile.ZipFile(document).read("word/document.xml").decode()
    text = "".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", xml))
    return Counter(each for each in text if not each.isspace())


def apart(one: Path, other: Path) -> float:
    """How far the pages of two PDFs are apart at most; they have as many."""
    return max(difference(*pair) for pair in zip(drawn(one), drawn(other), strict=True))


def by_name(path: object) -> str:
    return path.name if isinstance(path, Path) else ""


# ---- the documents


def test_at_least_forty_documents_are_committed_and_several_of_each_kind() -> None:
    found = Counter(file.suffix.lstrip(".") for file in TESTS.glob("*/fixtures/*"))
    total = sum(found[kind] for kind in LEAST)
    assert total >= 40
    assert f"{total} are committed" in PAGE_OF_EDGES.read_text("utf-8")
    assert {kind: found[kind] for kind, least in LEAST.items() if found[kind] < least} == {}


@pytest.mark.parametrize("name", build.FIXTURES)
def test_a_word_file_is_what_its_script_makes(name: str) -> None:
    assert (build.FOLDER / f"{name}.docx").read_bytes() == build.FIXTURES[name]()


def test_the_committed_word_files_are_those_of_the_script() -> None:
    names = {f"{name}.docx" for name in build.FIXTURES} | {f"{name}.doc" for name in build.OF_WORD_97}
    names |= {f"{name}.wps" for name in (*build.OF_WPS, "of_wps")}
    assert {file.name for file in build.FOLDER.iterdir()} == names
    assert (build.FOLDER / "of_wps.wps").read_bytes() == build.of_wps()


@pytest.mark.parametrize("document", WORD_97, ids=by_name)
def test_a_doc_is_word_97_and_a_wps_is_that_or_ooxml_of_wps(document: Path) -> None:
    wanted = f"{f.DOCX};maker=wps" if document.stem == "of_wps" else f.DOC
    assert detect(document).format == wanted


# ---- Word, WPS and their like


@pytest.mark.parametrize("document", WORD, ids=by_name)
def test_a_pdf_of_word_says_every_letter_of_it(document: Path, desk: Desk) -> None:
    assert letters(desk.through(document, OfficeToPdf())) == said_in(document)


@pytest.mark.parametrize("document", WORD_97, ids=by_name)
def test_a_pdf_of_word_97_and_of_wps_says_and_shows_what_that_of_word_does(
    document: Path, desk: Desk
) -> None:
    pdf = desk.through(document, OfficeToPdf())
    word = build.FOLDER / f"{document.stem}.docx"
    if word.exists():
        assert letters(pdf) == said_in(word)
        assert apart(pdf, desk.through(word, OfficeToPdf())) < 1.0
    else:
        assert letters(pdf) == said_in(document)


@pytest.mark.parametrize("document", WORD, ids=by_name)
@pytest.mark.parametrize("way", [OfficeToOdt(), OfficeToDoc()], ids=["odt", "doc"])
def test_word_in_another_form_says_and_shows_the_same(document: Path, way: Converter, desk: Desk) -> None:
    straight, around = (
        desk.through(document, OfficeToPdf()),
        desk.through(document, way, OfficeToPdf()),
    )
    assert letters(around) == letters(straight)
    assert apart(straight, around) < 1.0


@pytest.mark.parametrize("document", WORD_97[:-1], ids=by_name)
def test_word_97_as_word_says_and_shows_the_same(document: Path, desk: Desk) -> None:
    straight = desk.through(document, OfficeToPdf())
    word = desk.through(document, OfficeToDocx())
    assert said_in(word) == letters(straight)
    assert apart(straight, desk.through(word, OfficeToPdf())) < 1.0


def test_the_head_is_red_and_at_its_place_and_so_is_the_seal(desk: Desk) -> None:
    (page,) = drawn(desk.through(build.FOLDER / "red_head.docx", OfficeToPdf()))
    left, top, right, bottom = red(page).getbbox() or (0, 0, 0, 0)
    assert [round(side / PIXELS_PER_MM) for side in page.size] == [210, 297]  # A4
    assert (
        37 * PIXELS_PER_MM <= top <= 45 * PIXELS_PER_MM
    )  # the text begins 37 mm below the edge of the sheet
    assert 28 * PIXELS_PER_MM <= left < right <= 184 * PIXELS_PER_MM
    assert bottom - top > 60 * PIXELS_PER_MM  # the seal, 40 mm high, stands below head and text


def test_a_document_of_three_parts_has_each_begin_a_page(desk: Desk) -> None:
    assert len(drawn(desk.through(build.FOLDER / "three_pages.docx", OfficeToPdf()))) >= 3


# ---- on to OFD, and back from PDF


@pytest.mark.parametrize("document", WORD, ids=by_name)
def test_word_arrives_as_ofd_with_its_letters_and_its_looks(document: Path, desk: Desk) -> None:
    pdf = desk.through(document, OfficeToPdf())
    back = desk.through(pdf, PdfToOfd(), OfdToPdf())
    assert letters(back) == said_in(document)
    assert apart(pdf, back) < 0.5


@pytest.mark.parametrize("document", WORD, ids=by_name)
def test_a_reconstruction_says_every_letter_on_pages_that_look_alike(document: Path, desk: Desk) -> None:
    pdf = desk.through(document, OfficeToPdf())
    word = desk.through(pdf, PdfToDocx())
    assert said_in(word) == letters(pdf)
    assert apart(pdf, desk.through(word, OfficeToPdf())) < A_LINE_OFF


# ---- all of them


def test_the_page_of_all_edges_names_each_with_a_test() -> None:
    row = re.compile(r"^\| `([a-z0-9-]+)` .*`tests/.*`", re.MULTILINE)
    named = set(row.findall(PAGE_OF_EDGES.read_text("utf-8")))
    assert named == {point.name for point in entry_points(group="govbus.converters")}


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE_OF_EDGES.read_text("utf-8"))
    project = PAGE_OF_EDGES.parents[2]
    gone = [name for path, name in named if f"def {name}(" not in (project / path).read_text("utf-8")]
    assert len(named) > len(gone) == 0


def red(page: Image.Image) -> Image.Image:
    """White where *page* is red."""
    bands = zip(page.split(), (range(RED, 256), range(80), range(80)), strict=True)
    masks = [band.point([255 * (value in wanted) for value in range(256)]) for band, wanted in bands]
    both = Image.composite(masks[0], Image.new("L", page.size), masks[1])
    return Image.composite(both, Image.new("L", page.size), masks[2])
