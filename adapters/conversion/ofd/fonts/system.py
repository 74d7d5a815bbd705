# SPDX-License-Identifier: Apache-2.0
"""
Which font of the system stands in for one that a document names and does not embed.

Owns the names that Chinese offices use and the files that a system may have for them, best first; what
comes last is in Debian's fonts-noto-cjk and fonts-liberation. Files are found by their names alone.
"""

from __future__ import annotations

import mmap
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from adapters.conversion.ofd.fonts import sfnt
from adapters.conversion.ofd.fonts.programs import Defective, Program, program

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/X11/fonts")
FILES = 20_000  # looked at in them
FONT_BYTES = 64 << 20  # of one font file

_SERIF = ("NotoSerifCJK-Regular", "NotoSerifCJKsc-Regular", "SourceHanSerifSC-Regular", "uming", "simsun")
_SERIF_BOLD = ("NotoSerifCJK-Bold", "NotoSerifCJKsc-Bold", "SourceHanSerifSC-Bold", *_SERIF)
_SANS = (
    "NotoSansCJK-Regular",
    "NotoSansCJKsc-Regular",
    "SourceHanSansSC-Regular",
    "wqy-zenhei",
    "wqy-microhei",
)
_SANS_BOLD = ("NotoSansCJK-Bold", "NotoSansCJKsc-Bold", "SourceHanSansSC-Bold", *_SANS)
_FAMILY, _FULL_NAME = 1, 4  # identifiers in a name table
_LAST = ("DejaVuSans", "DejaVuSerif", "LiberationSans-Regular")

# (what the name contains, files best first, whether what follows has serifs). The first that fits counts.
_STYLES: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    (
        "小标宋|xiaobiaosong|xbs|大标宋|dabiaosong|粗宋|cusong",
        ("FZXBSJW", "方正小标宋简体", *_SERIF_BOLD),
        True,
    ),
    ("仿宋|fangsong|fang song|fzfs|stfangso", ("simfang", "STFANGSO", "FandolFang-Regular", *_SERIF), True),
    ("楷|kai|fzkt", ("simkai", "STKAITI", "FandolKai-Regular", "ukai", "gkai00mp", *_SERIF), True),
    (
        "黑|hei|雅黑|yahei|gothic|圆|yuan|幼圆|youyuan|fzht|fzlt",
        ("simhei", "FandolHei-Regular", *_SANS),
        False,
    ),
    ("times|minion|georgia|garamond|roman|cambria", ("LiberationSerif-Regular", *_SERIF), True),
    ("courier|consolas|mono|typewriter", ("LiberationMono-Regular", *_SERIF), True),
    ("arial|helvetica|tahoma|verdana|calibri|segoe|sans|latha", ("LiberationSans-Regular", *_SANS), False),
    (
        "隶|lishu|魏|weibei|行|xing|草|舒|宋|song|sun|明|ming|serif",
        ("simsun", "FandolSong-Regular", *_SERIF),
        True,
    ),
)


@dataclass(frozen=True, slots=True)
class Substitute:
    """A font of the system: its file, its name for a report, and whether it is bold or slanted by itself."""

    file: str
    name: str
    program: Program
    bold: bool
    italic: bool


def substitutes(name: str, *, bold: bool, italic: bool) -> Iterator[Substitute]:
    """Fonts that may stand in for *name*, best first; each is opened when it is asked for."""
    seen: set[str] = set()
    for stem in _stems(name, bold=bold, italic=italic):
        path = installed().get(stem.lower())
        if path is None or path in seen:
            continue
        seen.add(path)
        found = opened(path)
        if found is not None:
            yield found


def _stems(name: str, *, bold: bool, italic: bool) -> Iterator[str]:
    plain = _plain(name)
    yield plain
    stems, has_serifs = _style(plain)
    for stem in stems:
        if stem.startswith("Liberation"):
            yield stem.replace("Regular", _variant(bold=bold, italic=italic))
        if bold and stem.startswith(("Noto", "Source")):
            yield stem.replace("Regular", "Bold")
        yield stem
    yield from (_SERIF_BOLD if bold else _SERIF) if has_serifs else (_SANS_BOLD if bold else _SANS)
    yield from _LAST


def _style(plain: str) -> tuple[tuple[str, ...], bool]:
    for pattern, stems, has_serifs in _STYLES:
        if re.search(pattern, plain):
            return stems, has_serifs
    return _SERIF, True  # what an office writes in, where nothing else is said


def _plain(name: str) -> str:
    """A font's name without the tag of a subset, in lower case."""
    return re.sub(r"^[A-Z]{6}\+", "", name.strip()).lower()


def _variant(*, bold: bool, italic: bool) -> str:
    return {(False, False): "Regular", (True, False): "Bold", (False, True): "Italic"}.get(
        (bold, italic), "BoldItalic"
    )


@cache
def installed() -> dict[str, str]:
    """Font files by their names without suffix, in lower case."""
    found: dict[str, str] = {}
    count = 0
    for folder in FOLDERS:
        for where, _, files in os.walk(folder):
            for file in sorted(files):
                count += 1
                stem, suffix = os.path.splitext(file)
                if count <= FILES and suffix.lower() in (".ttf", ".otf", ".ttc", ".otc"):
                    found.setdefault(stem.lower(), os.path.join(where, file))
    return found


@cache
def opened(path: str) -> Substitute | None:
    """The font in a file, of a collection its simplified Chinese face; None: it cannot be used."""
    try:
        if os.path.getsize(path) > FONT_BYTES:
            return None
        with open(path, "rb") as file:  # mapped, not read: every process shares the one copy
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        face = _simplified(data)
        tables = sfnt.tables(data, face)
        named = dict(
            reversed(list(sfnt.names(tables.get("name", memoryview(b"")))))
        )  # the first of each counts
        name = named.get(_FULL_NAME) or named.get(_FAMILY) or Path(path).stem
        stem = Path(path).stem.lower()
        return Substitute(
            path, name, program(data, face), "bold" in stem, "italic" in stem or "oblique" in stem
        )
    except (OSError, ValueError, Defective):  # an empty file cannot be mapped
        return None


def _simplified(data: mmap.mmap) -> int:
    for face in range(sfnt.faces(data)):
        table = sfnt.tables(data, face).get("name", memoryview(b""))
        if any(key == _FULL_NAME and re.search(r"\bSC\b|\bCN\b|GB", text) for key, text in sfnt.names(table)):
            return face
    return 0
