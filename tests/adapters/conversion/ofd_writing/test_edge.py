# SPDX-License-Identifier: Apache-2.0
"""The converter as the bus runs it: in its own process, within its limits, one document after the other."""

from __future__ import annotations

import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.conversion.formats import PDF
from adapters.conversion.ofd_writing import PdfToOfd, edge
from exchange import Reject
from exchange.edge.conversion_process import ConversionProcess
from tests.adapters.conversion.ofd_writing.packages import Written, defects
from tests.adapters.conversion.ofd_writing.pdfs import Pdf, helvetica


@pytest.fixture(scope="module")
def process() -> Iterator[ConversionProcess]:
    with ConversionProcess() as process:
        yield process


def good(folder: Path) -> Path:
    pdf = Pdf()
    pdf.page("BT /F 12 Tf 72 700 Td (text) Tj ET", resources=f"/Font << /F {helvetica(pdf)} >>")
    file = folder / "good.pdf"
    file.write_bytes(pdf.bytes())
    return file


def bomb(folder: Path) -> Path:
    """A bomb within another, a few kilobytes that would be 450 MiB."""
    packer = zlib.compressobj(9)
    inner = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(450)) + packer.flush()
    pdf = Pdf()
    content = pdf.stream(zlib.compress(inner, 9), "/Filter [/FlateDecode /FlateDecode]", packed=False)
    pdf.page("", more=f"/Contents {content}")
    file = folder / "bomb.pdf"
    file.write_bytes(pdf.bytes())
    return file


def test_a_document_is_converted_in_the_process_of_the_bus(
    process: ConversionProcess, tmp_path: Path
) -> None:
    target = tmp_path / "target.ofd"
    report = process.convert(PdfToOfd(), good(tmp_path), target, from_format=PDF)
    written = Written(target)
    assert report.characters == 4
    assert written.texts() == ["text"]
    assert list(defects(written)) == []
    assert [str(loss) for loss in report.losses] == [
        "fonts that the PDF does not hold, shown in another: Helvetica"
    ]


def test_a_bomb_is_refused_and_the_next_document_unharmed(process: ConversionProcess, tmp_path: Path) -> None:
    with pytest.raises(Reject) as caught:
        process.convert(PdfToOfd(), bomb(tmp_path), tmp_path / "a.ofd", from_format=PDF)
    assert caught.value.code == "EX-311"
    assert "unpacks to more than 384 MiB" in str(caught.value)
    process.convert(PdfToOfd(), good(tmp_path), tmp_path / "b.ofd", from_format=PDF)
    assert Written(tmp_path / "b.ofd").texts() == ["text"]


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "PACKAGES", ("PIL", "none_such"))
    assert str(PdfToOfd.trouble()) == ("the Python packages none_such are not installed (./run setup office)")


def test_a_daemon_that_never_sees_a_pdf_never_loads_what_reads_one() -> None:
    code = (
        "import sys; from adapters.conversion.ofd_writing import PdfToOfd; PdfToOfd.trouble(); "
        "sys.exit(bool({'pdfminer', 'pypdfium2', 'PIL', 'fontTools'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
