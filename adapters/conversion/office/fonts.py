# SPDX-License-Identifier: Apache-2.0
"""
The faces of official documents, and what stands in for each where it is not installed.

GB/T 9704 wants 仿宋 for the text, 小标宋 for the title, 黑体, 楷体 and 宋体 beside them; systems other than
Windows have none of them, and without a word from us they come out in a sans serif face. A face that is
installed under its own name, or under another name of the same design, always goes first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

SYSTEM = "/etc/fonts/fonts.conf"


@dataclass(frozen=True, slots=True)
class Face:
    """
    One design.

    names: under which documents ask for it;
    like: installed faces that come near it, the nearest first;
    bold: it is heavy by design, and so must what stands in for it be.
    """

    names: tuple[str, ...]
    like: tuple[str, ...]
    bold: bool = False


_SERIF = ("Noto Serif CJK SC", "Source Han Serif SC", "Source Han Serif CN", "AR PL SungtiL GB")
_SANS = ("Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Zen Hei")

FANG_SONG: Final = (
    *("仿宋", "FangSong", "仿宋_GB2312", "FangSong_GB2312", "华文仿宋", "STFangsong"),
    *("方正仿宋_GBK", "方正仿宋简体", "FZFangSong-Z02", "CESI仿宋-GB2312", "CESI仿宋-GB13000"),
)
XIAO_BIAO_SONG: Final = (
    *("方正小标宋简体", "方正小标宋_GBK", "FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05"),
    *("小标宋", "CESI小标宋-GB2312", "华文中宋", "STZhongsong"),
)
SONG: Final = (
    *("宋体", "SimSun", "新宋体", "NSimSun", "SimSun-ExtB", "华文宋体", "STSong"),
    *("方正书宋_GBK", "方正书宋简体", "CESI宋体-GB2312", "CESI宋体-GB13000"),
)
KAI: Final = (
    *("楷体", "KaiTi", "楷体_GB2312", "KaiTi_GB2312", "华文楷体", "STKaiti"),
    *("方正楷体_GBK", "方正楷体简体", "CESI楷体-GB2312", "CESI楷体-GB13000"),
)
HEI: Final = (
    *("黑体", "SimHei", "华文细黑", "华文黑体", "STXihei", "STHeiti", "方正黑体_GBK", "方正黑体简体"),
    *("微软雅黑", "Microsoft YaHei", "等线", "DengXian", "CESI黑体-GB2312", "CESI黑体-GB13000"),
)

FACES: Final = (
    Face(FANG_SONG, _SERIF),
    Face(XIAO_BIAO_SONG, _SERIF, bold=True),
    Face(SONG, _SERIF),
    Face(KAI, ("AR PL KaitiM GB", "AR PL UKai CN", *_SERIF)),
    Face(HEI, _SANS),
    Face(("Times New Roman",), ("Liberation Serif",)),
    Face(("Arial",), ("Liberation Sans",)),
    Face(("Courier New",), ("Liberation Mono",)),
    Face(("Calibri",), ("Carlito", "Liberation Sans")),
    Face(("Cambria",), ("Caladea", "Liberation Serif")),
)


def write_fonts(file: Path) -> None:
    """Write *file* for fontconfig: the system's own settings, and after them the faces above."""
    rules = "\n".join(_rules())
    file.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        f'<include ignore_missing="yes">{SYSTEM}</include>\n'
        f"{rules}\n</fontconfig>\n",
        encoding="utf-8",
    )


def _rules() -> Iterator[str]:
    for face in FACES:
        for name in face.names:
            others = [each for each in face.names if each != name]
            yield _rule(name, [name, *others, *face.like], bold=face.bold)


def _rule(name: str, families: list[str], *, bold: bool) -> str:
    """
    What is taken for *name*: the first of *families* that is there.

    `assign` and `strong`: a weak rule loses to the system's own rules for the language.
    """
    words = "".join(f"<string>{escape(each)}</string>" for each in families)
    weight = '<edit name="weight" mode="assign"><const>bold</const></edit>' if bold else ""
    return (
        f'<match target="pattern"><test name="family" qual="first"><string>{escape(name)}</string></test>'
        f'<edit name="family" mode="assign" binding="strong">{words}</edit>{weight}</match>'
    )
