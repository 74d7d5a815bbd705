# SPDX-License-Identifier: Apache-2.0
"""
Real OFD packages, all in `--corpus DIR`: each becomes a PDF with all of its pages and all of its text.

What their text is, a reading of its own says: the TextCode elements of the pages, by plain ElementTree.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pdfminer.high_level import extract_text

from adapters.conversion.ofd.conversion import converted


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "package" in metafunc.fixturenames:
        files = sorted(Path(metafunc.config.getoption("corpus"), "ofd").glob("*.ofd"))
        metafunc.parametrize("package", files, ids=[file.stem for file in files])


def test_every_page_and_every_character_comes_through(package: Path, tmp_path: Path) -> None:
    done = converted(package, tmp_path / "a.pdf")
    pages, wanted = _said_by(package)
    found = Counter("".join(extract_text(io.BytesIO((tmp_path / "a.pdf").read_bytes())).split()))
    assert done.pages == pages
    assert sorted((wanted - found).elements()) == []


def test_a_corpus_holds_packages(corpus: Path) -> None:
    assert list(Path(corpus, "ofd").glob("*.ofd"))


def _said_by(package: Path) -> tuple[int, Counter[str]]:
    """How many pages there are, and the characters of the pages themselves, templates not counted."""
    pages, characters = 0, Counter[str]()
    with zipfile.ZipFile(package) as container:
        for name in container.namelist():
            if re.search(r"(Pages?[\\/_].*Content|Content_\d+|Page_\d+[\\/]Content)\.xml$", name):
                pages += 1
                root = ElementTree.fromstring(container.read(name))
                for element in root.iter():
                    if element.tag.endswith("TextCode"):
                        characters.update("".join((element.text or "").split()))
    return pages, characters
