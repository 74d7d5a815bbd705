# SPDX-License-Identifier: Apache-2.0
"""Where LibreOffice is absent, its edges are absent, and what is lacking is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.conversion.office import installation
from adapters.conversion.office.edges import OfficeToDoc, OfficeToDocx, OfficeToOdt, OfficeToPdf
from adapters.conversion.office.wps import DocToWps
from exchange.edge.conversion_process import installed_converters

EDGES = {OfficeToDoc, OfficeToDocx, OfficeToOdt, OfficeToPdf}


def installed() -> set[type]:
    return {type(each) for each in installed_converters()}


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which an office may be."""
    monkeypatch.setattr(installation, "PROGRAMS", (tmp_path,))
    return tmp_path


def an_office(program: Path) -> None:
    for name in (installation.BINARY, installation.WRITER):
        (program / name).touch(mode=0o755)


def test_where_an_office_is_its_edges_are() -> None:
    assert EDGES | {DocToWps} <= installed()


def test_where_no_office_is_its_edges_are_absent_and_the_package_is_named(program: Path) -> None:
    assert installed() & EDGES == set()
    assert DocToWps in installed()
    assert "libreoffice-writer-nogui" in str(OfficeToPdf.trouble())


def test_an_office_without_its_bridge_is_none(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_office(program)
    monkeypatch.setattr(installation, "BRIDGES", (tmp_path / "uno.py",))
    assert "python3-uno" in str(OfficeToPdf.trouble())


def test_an_office_with_all_it_needs_has_no_trouble(program: Path) -> None:
    an_office(program)
    assert OfficeToPdf.trouble() is None
    assert installation.program() == program / installation.BINARY


def test_the_version_is_what_the_office_says_of_itself(program: Path) -> None:
    assert installation.version() == "LibreOffice"
    an_office(program)
    assert installation.version() == "LibreOffice"
    (program / "bootstraprc").write_text("[Bootstrap]\nProductKey=LibreOffice 7.4\n")
    assert OfficeToPdf.version() == "LibreOffice 7.4"
