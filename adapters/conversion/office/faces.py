# SPDX-License-Identifier: Apache-2.0
"""
Which faces a document asks for, and what this machine takes for those that it does not have.

Asked of fontconfig itself, with the very settings that the office has, so that what is reported is
what was done.
"""

from __future__ import annotations

import ctypes
import re
from functools import cache
from pathlib import Path
from typing import Final

from adapters.conversion import formats as f
from adapters.conversion.containers import Container
from adapters.conversion.unreadable import Unreadable

PART_BYTES: Final = 64 << 20
MOST: Final = 50  # that one document is told of
_PARTS: Final = {
    f.DOCX: ("word/document.xml", "word/styles.xml"),
    f.DOCM: ("word/document.xml", "word/styles.xml"),
    f.ODT: ("content.xml", "styles.xml"),
}
_WORD: Final = re.compile(r"<w:rFonts\b[^>]{0,2000}>")  # elsewhere the same attributes name languages
_NAMES: Final = re.compile(
    r"""(?:w:(?:ascii|hAnsi|eastAsia|cs)|svg:font-family|fo:font-family)="(?:&apos;)?([^"&]{1,80})"""
)


def asked(file: Path, form: str) -> tuple[str, ...]:
    """The faces that *file* names, in order of their names; none where the format does not tell."""
    try:
        with Container(file) as container:
            parts = [container.read(name, PART_BYTES) for name in _PARTS[form] if container.find(name)]
    except (Unreadable, KeyError):
        return ()
    texts = [part.decode("utf-8", "replace") for part in parts]
    if form != f.ODT:
        texts = ["".join(_WORD.findall(text)) for text in texts]
    names = {found[1].strip() for text in texts for found in _NAMES.finditer(text)}
    return tuple(sorted(names))[:MOST]


def substituted(names: tuple[str, ...], settings: Path) -> tuple[tuple[str, str], ...]:
    """Of *names* those that are not there, each with the face that fontconfig takes instead."""
    found = ((name, taken(name, settings)) for name in names)
    return tuple((name, families[0]) for name, families in found if families and not _is_one(name, families))


def _is_one(name: str, families: tuple[str, ...]) -> bool:
    return name.casefold() in {each.casefold() for each in families}


@cache
def taken(name: str, settings: Path) -> tuple[str, ...]:
    """The names of the face that is taken for *name*; none where fontconfig cannot be asked."""
    held = _fontconfig(settings)
    if held is None:
        return ()
    library, config = held
    pattern = ctypes.c_void_p(library.FcNameParse(re.sub(r"([\\:,=-])", r"\\\1", name).encode()))
    library.FcConfigSubstitute(config, pattern, 0)
    library.FcDefaultSubstitute(pattern)
    found = ctypes.c_void_p(library.FcFontMatch(config, pattern, ctypes.byref(ctypes.c_int())))
    if found.value is None:
        return ()
    families = _families(library, found)
    for each in (pattern, found):
        library.FcPatternDestroy(each)
    return families


def _families(library: ctypes.CDLL, pattern: ctypes.c_void_p) -> tuple[str, ...]:
    """English first, as fontconfig lists them."""
    names: list[str] = []
    family = ctypes.c_char_p()
    while library.FcPatternGetString(pattern, b"family", len(names), ctypes.byref(family)) == 0:
        names.append((family.value or b"").decode("utf-8", "replace"))
    return tuple(names)


@cache
def _fontconfig(settings: Path) -> tuple[ctypes.CDLL, ctypes.c_void_p] | None:
    try:
        library = ctypes.CDLL("libfontconfig.so.1")
    except OSError:
        return None
    for function in ("FcConfigCreate", "FcNameParse", "FcFontMatch"):
        getattr(library, function).restype = ctypes.c_void_p
    config = ctypes.c_void_p(library.FcConfigCreate())
    if not library.FcConfigParseAndLoad(config, bytes(settings), 1) or not library.FcConfigBuildFonts(config):
        return None
    return library, config
