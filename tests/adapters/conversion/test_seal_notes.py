# SPDX-License-Identifier: Apache-2.0
"""A conversion's report says what the seals of the document were worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from adapters.conversion.ofd.edge import OfdToPdf
from adapters.conversion.seals import notes
from adapters.conversion.seals.notes import seals_judged
from exchange import Halt, Seals
from exchange.edge.conversion_process import ConversionProcess, known_converters
from tests.adapters.conversion.sealed_documents import AUTHORITY, DOCUMENT_XML, FILES, NOW, packed, sealed


class _Then(datetime):
    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return NOW


@pytest.fixture
def _then(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day of the documents that are made here."""
    monkeypatch.setattr(notes, "datetime", _Then)


@pytest.fixture
def _unconfigured() -> Iterator[None]:
    """What a test configures is so for that test alone."""
    yield
    OfdToPdf.given = {}


def document(folder: Path, **changed: bytes) -> Path:
    path = folder / "document.ofd"
    path.write_bytes(packed({**sealed(), **changed}))
    return path


def anchors(folder: Path, content: bytes = AUTHORITY.certificate) -> dict[str, str]:
    (folder / "ca.der").write_bytes(content)
    return {"anchors": str(folder / "ca.der")}


def judged(what: Path, given: Mapping[str, str]) -> tuple[Seals | None, list[str]]:
    seals, notes = seals_judged(what, given)
    return seals, list(map(str, notes))


@pytest.mark.usefixtures("_then")
def test_each_seal_has_its_note(tmp_path: Path) -> None:
    assert judged(document(tmp_path), anchors(tmp_path)) == (Seals(valid=1), ["市财政局公章: valid"])
    seals, (said,) = judged(document(tmp_path), {})
    assert seals == Seals(unproven=1)
    assert said.startswith("市财政局公章: not verifiable, because no trust anchor is configured")
    altered = document(tmp_path, **{"Doc_0/Document.xml": DOCUMENT_XML + b" "})
    seals, (said,) = judged(altered, anchors(tmp_path))
    assert seals == Seals(invalid=1)
    assert said == "市财政局公章: invalid, because the file /Doc_0/Document.xml was altered after signing"


def test_a_document_without_seals_has_no_note(tmp_path: Path) -> None:
    files = {**FILES, "OFD.xml": FILES["OFD.xml"].replace(b"Signatures>", b"Nothing>")}
    (tmp_path / "document.ofd").write_bytes(packed(files))
    assert seals_judged(tmp_path / "document.ofd", {}) == (Seals(), ())


def test_what_cannot_be_judged_is_said(tmp_path: Path) -> None:
    (tmp_path / "document.ofd").write_bytes(b"nothing")
    seals, notes = seals_judged(tmp_path / "document.ofd", {})
    assert (seals, [each.key for each in notes]) == (None, ["seals.not-verified"])
    seals, notes = seals_judged(document(tmp_path), {"anchors": str(tmp_path / "gone")})
    assert (seals, [each.key for each in notes]) == (None, ["seals.not-verified"])


@pytest.mark.usefixtures("_unconfigured")
def test_anchors_that_cannot_be_read_are_named_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(Halt, match="EX-904"):
        known_converters({"seals": {"anchors": str(tmp_path / "gone")}})
    with pytest.raises(Halt, match="no certificate"):
        known_converters({"seals": anchors(tmp_path, b"nothing")})


@pytest.mark.usefixtures("_unconfigured")
def test_the_report_of_a_conversion_tells_the_verdicts(tmp_path: Path) -> None:
    OfdToPdf.configure(anchors(tmp_path))
    box = b"<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
    page = b"<ofd:CommonData>" + box + b"</ofd:CommonData><ofd:Pages>"
    source = document(tmp_path, **{"Doc_0/Document.xml": DOCUMENT_XML.replace(b"<ofd:Pages>", page)})
    with ConversionProcess() as process:
        report = process.convert(OfdToPdf(), source, tmp_path / "target", from_format=OfdToPdf.accepts[0])
    (said,) = [str(note) for note in report.notes if "市财政局公章" in str(note)]
    assert said.startswith(
        "市财政局公章: invalid, because the file /Doc_0/Document.xml was altered after signing"
    )
