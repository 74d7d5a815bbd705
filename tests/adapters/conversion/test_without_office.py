# SPDX-License-Identifier: Apache-2.0
"""A machine with the core alone: what needs the office part is absent and says so; everything else works."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from adapters.conversion import formats as f
from tests.adapters.conversion import documents as made

OFFICE_PART = ("PIL", "asn1crypto", "fontTools", "olefile", "openpyxl", "pdfminer", "pypdfium2", "reportlab")
ALONE = """
import json, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in PART:
            raise ModuleNotFoundError(name)
PART = sys.argv[1].split(",")
sys.meta_path.insert(0, Absent())
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name.partition(".")[0] in PART else real(name, *more)
from pathlib import Path
from exchange.edge.conversion_process import installed_converters, installed_detectors, known_converters
(detector,) = installed_detectors()
found = [detector.detect(Path(file)) for file in sys.argv[2:]]
print(json.dumps({
    "works": sorted(type(each).__name__ for each in installed_converters()),
    "lacks": {
        type(each).__name__: str(each.trouble())
        for each in known_converters() if each.trouble() and not each.optional
    },
    "found": [[each.format, str(each.trouble or "")] for each in found],
}))
"""


def alone(*files: Path) -> dict[str, object]:
    words = [sys.executable, "-c", ALONE, ",".join(OFFICE_PART), *map(str, files)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout)
    return said


def test_converters_that_lack_a_library_are_absent_and_say_which(tmp_path: Path) -> None:
    said = alone()
    works, lacks = said["works"], said["lacks"]
    assert isinstance(works, list)
    assert isinstance(lacks, dict)
    assert "Gb18030ToUtf8" in works
    assert {"OfficeToPdf", "DocToWps", "OfdToPdf", "PdfToOfd", "PdfToDocx"} <= lacks.keys()
    assert all("./run setup office" in reason for reason in lacks.values()), lacks


def test_what_a_file_is_is_seen_without_them_and_where_not_the_reason_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(made.pdf())
    (tmp_path / "a.doc").write_bytes(made.word_97())
    (tmp_path / "a.txt").write_bytes("财政局".encode("gb18030"))
    found = alone(*(tmp_path / name for name in ("a.pdf", "a.doc", "a.txt")))["found"]
    assert isinstance(found, list)
    assert found[0] == [f.PDF, ""]
    assert "olefile is not installed" in found[1][1]
    assert found[2][0] == "text/plain;charset=gb18030"
