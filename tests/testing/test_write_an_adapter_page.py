# SPDX-License-Identifier: Apache-2.0
"""docs/how-to/write-an-adapter.md: its code is run, in the order in which it is read."""

from __future__ import annotations

import sys
import tomllib
import types
from pathlib import Path

import pytest

from exchange import Reject, Report
from exchange.edge.configuration import Source, fill
from exchange.edge.settings import Application
from tests.pages import blocks

PAGE = "how-to/write-an-adapter.md"
page = types.ModuleType("city_archive")
sys.modules[page.__name__] = page  # dataclasses look their module up
for code in blocks(PAGE, "python"):
    exec(compile(code, PAGE, "exec"), page.__dict__)

TestDrawer = page.TestDrawer


def test_the_configurations_shown_fit_the_adapter() -> None:
    shown = [tomllib.loads(text) for text in blocks(PAGE, "toml")]
    applications = [table["applications"]["archive"] for table in shown if "applications" in table]
    for table in applications:
        source = Source(Path("/etc/govbus/adapter.toml"), "")
        application = fill(Application, table, source)
        if application.settings:
            assert fill(page.Drawer.Settings, application.settings, source).path == Path("/srv/archive")
    assert [table.get("accepts") for table in applications] == [None, ["text/plain;charset=utf-8"]]


def test_the_entry_points_shown_have_the_groups_that_are_looked_up() -> None:
    shown = [tomllib.loads(text).get("project", {}).get("entry-points", {}) for text in blocks(PAGE, "toml")]
    groups = [group for table in shown for group in table]
    assert groups == ["govbus.adapters", "govbus.converters", "govbus.detectors"]


def test_the_converter_shown_converts(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes("caf\u00e9".encode("latin-1"))
    assert page.Latin1ToUtf8().convert(source, target) == Report(characters=4)
    assert target.read_text() == "caf\u00e9"
    source.write_bytes(b"\0")
    with pytest.raises(Reject, match="it is not text"):
        page.Latin1ToUtf8().convert(source, target)


def test_the_detector_shown_detects(tmp_path: Path) -> None:
    file = tmp_path / "drawing.pdf"
    file.write_bytes(b"CAD1 and lines")
    assert page.CadDetector().detect(file).format == "application/x-city-cad"
    file.write_bytes(b"%PDF-1.7")
    assert page.CadDetector().detect(file).format == "application/octet-stream"
