# SPDX-License-Identifier: Apache-2.0
"""The converter as the bus runs it: in its own process, with a report in words, and refusals by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import entry_points
from pathlib import Path

import pypdfium2
import pytest

from adapters.conversion import formats
from adapters.conversion.ofd import edge
from adapters.conversion.ofd.edge import OfdToPdf
from adapters.conversion.ofd.losses import SENTENCES, Losses
from exchange import Reject
from exchange.edge.conversion_process import ConversionProcess
from exchange.texts import Phrase

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
    assert report.characters == 0
    assert [str(loss) for loss in report.losses] == ["the attachment gone is listed but not there"]
    assert [str(note) for note in report.notes] == ["attached: 清单.txt", "attached: 清单-2.txt"]


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
    assert OfdToPdf.trouble() == Phrase("conversion.ofd.no-packages", {"names": "asn1crypto, fontTools, PIL"})


def test_every_loss_is_said_once_with_its_number_and_their_number_is_bounded() -> None:

    losses = Losses()
    for number in range(SENTENCES + 5):
        losses.add(Phrase("conversion.ofd.no-unit", {"name": str(number)}))
    losses.add(Phrase("conversion.ofd.no-unit", {"name": "0"}))
    said = [str(each) for each in losses.phrases()]
    assert len(said) == SENTENCES + 1
    assert said[0].endswith("(×2)")
    assert said[-1] == "5 further losses"
