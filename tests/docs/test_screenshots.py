# SPDX-License-Identifier: Apache-2.0
"""The pictures of the docs: what a terminal shows is followed, every letter stands in its column."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from docs.screenshots import CELL, MARGIN, PICTURES, cells, picture, screen

PROJECT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("output", "seen"),
    [
        ("a\r\nb\r\n", ["a", "b", ""]),
        ("10 %\r20 %", ["20 %"]),
        ("one\ntwo\n\x1b[2A\x1b[2K1\n\x1b[2K2\n", ["1", "2", ""]),
        ("\x1b[?25lbar\x1b[?25h", ["bar"]),
        ("long line\rshort\x1b[K", ["short"]),
    ],
)
def test_a_screen_is_what_a_terminal_shows(output: str, seen: list[str]) -> None:
    assert screen(output) == seen


def test_letters_stand_where_the_terminal_has_them() -> None:
    drawn = ET.fromstring(picture("t", ["民政局  <ok>"])).findall(f"{SVG}text")
    assert [(each.text, float(each.get("x", 0)), float(each.get("textLength", 0))) for each in drawn] == [
        ("民政局", MARGIN, pytest.approx(6 * CELL)),
        ("<ok>", pytest.approx(MARGIN + 8 * CELL), pytest.approx(4 * CELL)),
    ]
    assert cells("民政局  <ok>") == 12


@pytest.mark.parametrize("name", ["demo.svg", "demo.zh-CN.svg", "trace.svg", "trace.zh-CN.svg"])
def test_the_pictures_are_drawn_and_shown(name: str) -> None:
    root = ET.parse(PICTURES / name).getroot()
    said = " ".join(each.text or "" for each in root.iter(f"{SVG}text"))
    assert ("./run demo" if name.startswith("demo") else "govbus message trace") in said.replace("  ", " ")
    readme = "README.zh-CN.md" if "zh" in name else "README.md"
    assert f"docs/pictures/{name}" in (PROJECT / readme).read_text("utf-8")
