# SPDX-License-Identifier: Apache-2.0
"""The converter as the bus runs it: in its own process, with a report in words, and refusals by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import entry_points
from pathlib import Path

import pypdfium2
import pytest

from adapters.conversion import comparing, formats
from adapters.conversion.ofd import edge
from adapters.conversion.ofd.edge import OfdToPdf
from adapters.conversion.ofd.fonts import system
from adapters.conversion.ofd.losses import PAGES, SENTENCES, Losses
from adapters.conversion.ofd.painting import painter
from exchange import Reject, Report, Seals
from exchange.edge.conversion_process import ConversionProcess
from exchange.texts import Phrase
from tests.adapters.conversion.ofd import made_fonts
from tests.adapters.conversion.ofd import made_packages as made

FIXTURES = Path(__file__).with_name("fixtures")


@pytest.fixture(scope="module")
def process() -> Iterator[ConversionProcess]:
    with ConversionProcess() as process:
        yield process


def test_documents_are_converted_one_after_the_other_in_the_process_of_the_bus(
    process: ConversionProcess, tmp_path: Path
) -> None:
    for name in ("embedded_fonts", "seals"):
        target = tmp_path / name
        process.convert(OfdToPdf(), FIXTURES / f"{name}.ofd", target, from_format=formats.OFD)
        with closing(pypdfium2.PdfDocument(target)) as document:
            assert len(document) > 0


def test_the_report_says_characters_losses_and_what_else_is_worth_saying(
    process: ConversionProcess, tmp_path: Path
) -> None:
    source = FIXTURES / "attachments.ofd"
    report = process.convert(OfdToPdf(), source, tmp_path / "a", from_format=formats.OFD)
    assert (report.characters, report.lost) == (0, 0)
    assert (report.pages_before, report.pages) == (1, 1)
    assert [str(loss) for loss in report.losses] == ["the attachment gone is listed but not there"]
    assert [str(note) for note in report.notes] == ["attached: 清单.txt", "attached: 清单-2.txt"]


def test_characters_are_counted_on_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = FIXTURES / "text_looks.ofd"
    report = OfdToPdf().convert(source, tmp_path / "a.pdf")
    assert (report.characters, report.lost) == (6, 0)
    monkeypatch.setattr(comparing, "said_in", lambda pdf: ["公"])
    report = OfdToPdf().convert(source, tmp_path / "b.pdf")
    assert (report.characters, report.lost) == (1, 5)


def twice(tmp_path: Path, *places: str) -> Report:
    """What becomes of the same two letters, in boxes at *places*."""
    font = '<ofd:Font ID="50" FontName="Nowhere" FamilyName="Nowhere"/>'
    code = '<ofd:TextCode X="0" Y="8">公文</ofd:TextCode>'
    page = made.content("".join(made.text(f"{place} 30 10", code) for place in places))
    document = made.Made((page,), resources=f"<ofd:Fonts>{font}</ofd:Fonts>")
    (tmp_path / "a.ofd").write_bytes(made.package(document))
    return OfdToPdf().convert(tmp_path / "a.ofd", tmp_path / "a.pdf")


def test_what_is_written_twice_on_one_spot_is_read_once_and_not_lost(tmp_path: Path) -> None:
    report = twice(tmp_path, "10 10", "10.3 10.3")
    assert (report.characters, report.lost) == (2, 0)


def test_what_is_written_again_elsewhere_is_read_again(tmp_path: Path) -> None:
    report = twice(tmp_path, "10 10", "10 60")
    assert (report.characters, report.lost) == (4, 0)


def test_seals_become_pictures_and_are_counted_by_their_verdicts(
    process: ConversionProcess, tmp_path: Path
) -> None:
    source = FIXTURES / "seals.ofd"
    report = process.convert(OfdToPdf(), source, tmp_path / "a", from_format=formats.OFD)
    assert (report.seals_before, report.seals_after) == (Seals(invalid=3), Seals())


def test_the_report_names_the_fonts_that_stood_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("simfang.ttf", "simkai.ttf"):
        (tmp_path / name).write_bytes(made_fonts.truetype())
    monkeypatch.setattr(system, "FOLDERS", (str(tmp_path),))
    monkeypatch.setattr(system, "installed", system.installed.__wrapped__)
    report = OfdToPdf().convert(FIXTURES / "font_not_embedded.ofd", tmp_path / "a.pdf")
    assert report.fonts == (("仿宋_GB2312", "Squares"), ("楷体", "Squares"))


def test_what_was_left_out_is_not_said_to_be_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(painter, "OBJECTS", 1)
    assert OfdToPdf().convert(FIXTURES / "text_steps.ofd", tmp_path / "a.pdf").lost is None


@pytest.mark.parametrize("name", ["no_pages", "no_document"])
def test_what_cannot_be_converted_is_refused_and_the_next_document_unharmed(
    process: ConversionProcess, tmp_path: Path, name: str
) -> None:
    with pytest.raises(Reject) as caught:
        process.convert(OfdToPdf(), FIXTURES / f"{name}.ofd", tmp_path / "a", from_format=formats.OFD)
    assert caught.value.code == "EX-311"
    process.convert(OfdToPdf(), FIXTURES / "seals.ofd", tmp_path / "b", from_format=formats.OFD)
    assert (tmp_path / "b").exists()


def test_a_file_that_is_no_package_is_refused_in_words(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(b"%PDF-1.4")
    with pytest.raises(Reject, match="the ZIP container is damaged"):
        OfdToPdf().convert(source, tmp_path / "b")


def test_it_is_registered() -> None:
    found = {point.name: point.load() for point in entry_points(group="govbus.converters")}
    assert found["ofd-to-pdf"] is OfdToPdf


def test_it_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert OfdToPdf.trouble() is None
    monkeypatch.setattr(edge, "find_spec", lambda name: None)
    assert OfdToPdf.trouble() == Phrase(
        "conversion.ofd.no-packages", {"names": "asn1crypto, fontTools, PIL, pypdfium2"}
    )


def test_every_loss_is_said_once_with_its_number_and_their_number_is_bounded() -> None:

    losses = Losses()
    for number in range(SENTENCES + 5):
        losses.add(Phrase("conversion.ofd.no-unit", {"name": str(number)}))
    losses.add(Phrase("conversion.ofd.no-unit", {"name": "0"}))
    said = [str(each) for each in losses.phrases()]
    assert len(said) == SENTENCES + 1
    assert said[0].endswith("(×2)")
    assert said[-1] == "5 further losses"


def test_a_loss_names_its_pages_and_not_each_of_very_many() -> None:
    losses = Losses()
    for losses.page in (0, 2, 2, 5):
        losses.add(Phrase("conversion.ofd.no-unit", {"name": "a"}))
    for losses.page in range(1, PAGES + 2):
        losses.add(Phrase("conversion.ofd.no-unit", {"name": "b"}))
    one, other = (str(each) for each in losses.phrases())
    assert one == "page 2, 5: the composite unit a is not there (×4)"
    assert other.startswith("page 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 …: ")
