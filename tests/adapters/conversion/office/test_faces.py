# SPDX-License-Identifier: Apache-2.0
"""The faces of official documents are not replaced by a sans serif one."""

from __future__ import annotations

import ctypes
import ctypes.util
from pathlib import Path

import pytest
from lxml import etree

from adapters.conversion.office import fonts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "fonts.conf"
    fonts.write_fonts(path)
    return path


def taken_for(name: str, file: Path) -> str:
    """What fontconfig itself takes for *name* with the settings *file*."""
    library = ctypes.CDLL(ctypes.util.find_library("fontconfig"))
    for function in ("FcConfigCreate", "FcNameParse", "FcFontMatch"):
        getattr(library, function).restype = ctypes.c_void_p
    settings = ctypes.c_void_p(library.FcConfigCreate())
    assert library.FcConfigParseAndLoad(settings, bytes(file), 1)
    assert library.FcConfigBuildFonts(settings)
    pattern = ctypes.c_void_p(library.FcNameParse(name.encode()))
    library.FcConfigSubstitute(settings, pattern, 0)
    library.FcDefaultSubstitute(pattern)
    found = ctypes.c_void_p(library.FcFontMatch(settings, pattern, ctypes.byref(ctypes.c_int())))
    family = ctypes.c_char_p()
    assert library.FcPatternGetString(found, b"family", 0, ctypes.byref(family)) == 0
    assert family.value is not None
    return family.value.decode()


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("仿宋_GB2312", "Noto Serif CJK"),
        ("FangSong", "Noto Serif CJK"),
        ("方正小标宋简体", "Noto Serif CJK"),
        ("宋体", "Noto Serif CJK"),
        ("SimSun", "Noto Serif CJK"),
        ("楷体_GB2312", "Noto Serif CJK"),
        ("黑体", "Noto Sans CJK"),
        ("Times New Roman", "Liberation Serif"),
    ],
)
def test_a_face_of_official_documents_comes_out_as_one_of_its_kind(
    file: Path, name: str, family: str
) -> None:
    assert taken_for(name, file).startswith(family)


def test_each_name_has_one_rule(file: Path) -> None:
    names = [each.text for each in etree.parse(file).findall(".//test/string")]
    assert len(names) == len(set(names)) > 40


def test_a_face_that_is_there_goes_before_what_is_like_it(file: Path) -> None:
    rules = {
        rule.findtext("test/string"): [each.text for each in rule.findall("edit[@name='family']/string")]
        for rule in etree.parse(file).iter("match")
    }
    wanted = rules["仿宋_GB2312"]
    assert wanted[0] == "仿宋_GB2312"
    assert wanted.index("FangSong") < wanted.index("Noto Serif CJK SC")
