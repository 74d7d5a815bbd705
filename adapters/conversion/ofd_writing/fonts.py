# SPDX-License-Identifier: Apache-2.0
"""
The fonts of a PDF (ISO 32000-1, 9.5 to 9.8): from the bytes of a string to glyphs, widths and characters.

A font says for each code which glyph of its program it shows, which characters that stands for, and
how far it moves the pen. Draws nothing, and writes no font file: `programs` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pdfminer.fontmetrics import FONT_METRICS
from pdfminer.pdffont import get_widths, get_widths2

from adapters.conversion.ofd_writing.encodings import (
    Codes,
    characters,
    collection,
    encoding,
    glyph_name,
    to_unicode,
    with_differences,
)
from adapters.conversion.ofd_writing.geometry import Matrix
from adapters.conversion.ofd_writing.objects import (
    array,
    dictionary,
    name,
    number,
    numbers,
    plain,
    stream,
    text,
    whole,
)
from adapters.conversion.ofd_writing.programs import Program, TrueType, read
from adapters.conversion.ofd_writing.unpacking import unpacked

_SYMBOLIC, _FIXED, _SERIF, _ITALIC, _BOLD = 4, 1, 2, 64, 1 << 18  # ISO 32000-1, table 123
_TAG = re.compile(r"^[A-Z]{6}\+")
_DIRECT: Final = re.compile(r"^Uni\w+-(?:UCS2|UTF16)")  # CMaps whose codes are characters themselves


@dataclass(frozen=True, slots=True)
class Glyph:
    """
    One code of a string, as its font shows it.

    number: of the glyph in the program, 0 where there is none; characters: what it stands for, "" where
    nothing says so; advance: how far the pen moves, in ems, downwards where the font is vertical;
    shift: from the pen to the glyph's origin, in ems; word_space: whether it is the code 32 of one byte.
    """

    code: int
    number: int
    characters: str
    advance: float
    shift: tuple[float, float] = (0.0, 0.0)
    word_space: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What a reader without the font file chooses another font by."""

    name: str
    bold: bool = False
    italic: bool = False
    serif: bool = False
    fixed: bool = False


@dataclass(slots=True)
class Font:
    """
    A font of a PDF.

    program: its glyphs, None where the PDF does not embed it; key: the same for all fonts that share a
    program; drawn: of a Type 3 font, the content stream of each code's glyph, with the matrix of glyph
    space and its resources.
    """

    look: Look
    cut: Callable[[bytes], Iterator[Glyph]]
    program: Program | None
    key: object
    vertical: bool = False
    drawn: Mapping[int, Any] | None = None
    matrix: Matrix = (0.001, 0.0, 0.0, 0.001, 0.0, 0.0)
    resources: Any = None


class Programs:
    """Font programs that were read, one for each stream however many fonts share it."""

    def __init__(self) -> None:
        self._read: dict[int, Program | None] = {}

    def of(self, descriptor: Mapping[str, Any]) -> tuple[Program | None, object]:
        """The program that a font descriptor embeds, and its key."""
        for label in ("FontFile2", "FontFile3", "FontFile"):
            found = stream(descriptor.get(label))
            if found is not None:
                key = found.objid or id(found)
                if key not in self._read:
                    self._read[key] = read(unpacked(found))
                return self._read[key], key
        return None, None


def font(value: object, programs: Programs) -> Font:
    """The font that a font dictionary describes."""
    attributes = dictionary(value)
    kind = name(attributes.get("Subtype"))
    if kind == "Type0":
        return _composite(attributes, programs)
    if kind == "Type3":
        return _drawn(attributes)
    return _simple(attributes, programs)


def _look(attributes: Mapping[str, Any], descriptor: Mapping[str, Any]) -> Look:
    label = _TAG.sub("", name(descriptor.get("FontName")) or name(attributes.get("BaseFont")) or "Unknown")
    flags, lower = whole(descriptor.get("Flags")), label.lower()
    return Look(
        _readable(label),
        bold=bool(flags & _BOLD) or "bold" in lower or number(descriptor.get("FontWeight")) >= 600,
        italic=bool(flags & _ITALIC) or "italic" in lower or "oblique" in lower,
        serif=bool(flags & _SERIF) or "times" in lower,
        fixed=bool(flags & _FIXED) or "courier" in lower,
    )


def _readable(label: str) -> str:
    """A name that was written as GBK or UTF-8 bytes, as most Chinese producers do, in characters."""
    raw = label.encode("latin-1", "replace")
    if raw.isascii():
        return label
    for each in ("utf-8", "gb18030"):
        try:
            return raw.decode(each)
        except UnicodeDecodeError:
            continue
    return label


# ---- simple fonts


def _simple(attributes: Mapping[str, Any], programs: Programs) -> Font:
    descriptor = dictionary(attributes.get("FontDescriptor"))
    program, key = programs.of(descriptor)
    names, own = _names(attributes, descriptor, program)
    unicode_of = to_unicode(attributes.get("ToUnicode"))
    widths = _widths(attributes, descriptor, names, program)
    known: dict[int, Glyph] = {}

    def glyph(code: int) -> Glyph:
        label = names.get(code, "")
        shown = 0 if program is None else _simple_glyph(program, code, label, own)
        said = unicode_of.get(code) or characters(label) or _fallback(program, shown, code)
        return Glyph(code, shown, said, widths(code, shown), word_space=code == 32)

    def cut(data: bytes) -> Iterator[Glyph]:
        for code in data:
            if code not in known:
                known[code] = glyph(code)
            yield known[code]

    return Font(_look(attributes, descriptor), cut, program, key)


def _names(
    attributes: Mapping[str, Any], descriptor: Mapping[str, Any], program: Program | None
) -> tuple[Mapping[int, str], bool]:
    """Glyph names by code, and whether the program's own encoding goes before them."""
    given = plain(attributes.get("Encoding"))
    stated = name(given) or name(dictionary(given).get("BaseEncoding"))
    symbolic = bool(whole(descriptor.get("Flags")) & _SYMBOLIC)
    label = _TAG.sub("", name(attributes.get("BaseFont")))
    if program is None and not stated and label in ("Symbol", "ZapfDingbats"):
        return with_differences({}, dictionary(given).get("Differences")), False
    truetype = isinstance(program, TrueType)
    own = program is not None and (not stated or (truetype and symbolic and not dictionary(given)))
    base = encoding(stated or ("WinAnsiEncoding" if truetype and not symbolic else "StandardEncoding"))
    if own and not truetype and not stated and program is not None:
        base = {code: glyph for code in range(256) if (glyph := _own_name(program, code))} or base
    return with_differences(base, dictionary(given).get("Differences")), own


def _own_name(program: Program, code: int) -> str:
    shown = program.coded(code)
    return program.glyphs[shown] if shown else ""


def _simple_glyph(program: Program, code: int, label: str, own: bool) -> int:
    """The glyph of *code*: by its name, its character, or the program's own encoding, in the order due."""
    ways: list[Callable[[], int | None]] = [
        lambda: _by_name(program, label),
        lambda: program.coded(code),
    ]
    if own and isinstance(program, TrueType):
        ways.reverse()
    for way in ways:
        if found := way():
            return found
    return 0


def _by_name(program: Program, label: str) -> int | None:
    if not label or label == ".notdef":
        return None
    said = characters(label)
    if isinstance(program, TrueType):
        found = program.shown_by(said) or program.named(label) or _mac(program, said)
        return found or _numbered(label, len(program.glyphs))
    return program.named(label) or _renamed(program, said)


def _mac(program: TrueType, said: str) -> int | None:
    codes = program.maps().get((1, 0), {})
    for code, glyph in encoding("MacRomanEncoding").items():
        if characters(glyph) == said and codes.get(code):
            return codes[code]
    return None


def _numbered(label: str, count: int) -> int | None:
    """Names such as `g12` or `glyph12`, which producers give where they know a number alone."""
    found = re.fullmatch(r"(?:g|glyph|gid|index)_?(\d{1,5})", label)
    return int(found[1]) if found and int(found[1]) < count else None


def _renamed(program: Program, said: str) -> int | None:
    for other in glyph_name(said) if said else ():
        if found := program.named(other):
            return found
    return None


def _fallback(program: Program | None, shown: int, code: int) -> str:
    if isinstance(program, TrueType) and shown:
        return program.characters().get(shown, "")
    return chr(code) if program is None and 32 <= code < 127 else ""


def _widths(
    attributes: Mapping[str, Any],
    descriptor: Mapping[str, Any],
    names: Mapping[int, str],
    program: Program | None,
) -> Callable[[int, int], float]:
    first = whole(attributes.get("FirstChar"))
    given = array(attributes.get("Widths"))
    missing = number(descriptor.get("MissingWidth")) / 1000
    standard = _standard(_TAG.sub("", name(attributes.get("BaseFont"))))

    def width(code: int, shown: int) -> float:
        if 0 <= code - first < len(given):
            return number(given[code - first]) / 1000
        if given or (program is None and not standard):
            return missing
        if standard:
            return standard.get(characters(names.get(code, "")), 0) / 1000
        return (program.advance(shown) if program is not None else None) or missing

    return width


def _standard(label: str) -> Mapping[str, int]:
    """The widths of one of the 14 fonts that need no embedding, by character."""
    other = label.replace(",", "-").replace("ArialMT", "Arial").replace("PSMT", "")
    for known, stands_for in (("Arial", "Helvetica"), ("TimesNewRoman", "Times"), ("CourierNew", "Courier")):
        if other.startswith(known):
            other = other.replace(known, stands_for)
    other = other.replace("Italic", "Oblique") if other[:4] in ("Helv", "Cour") else other
    other = "Times-Roman" if other == "Times" else other
    return FONT_METRICS[other][1] if other in FONT_METRICS else {}


# ---- composite fonts


def _composite(attributes: Mapping[str, Any], programs: Programs) -> Font:
    below = dictionary((array(attributes.get("DescendantFonts")) or [None])[0])
    descriptor = dictionary(below.get("FontDescriptor"))
    program, key = programs.of(descriptor)
    codes = Codes(attributes.get("Encoding"))
    glyph_of = _cid_glyphs(below, program)
    said_by = _said(attributes, below, codes, program)
    advance = _cid_advances(below, codes.vertical)
    known: dict[tuple[int, int], Glyph] = {}

    def cut(data: bytes) -> Iterator[Glyph]:
        for code, length, cid in codes.cut(data):
            if (code, length) not in known:
                shown = glyph_of(cid)
                moved, shift = advance(cid)
                spaces = code == 32 and length == 1
                known[code, length] = Glyph(code, shown, said_by(code, cid, shown), moved, shift, spaces)
            yield known[code, length]

    return Font(_look(below, descriptor), cut, program, key, vertical=codes.vertical)


def _cid_glyphs(below: Mapping[str, Any], program: Program | None) -> Callable[[int], int]:
    if program is None:
        return lambda cid: 0
    limit = len(program.glyphs)
    held = stream(below.get("CIDToGIDMap"))
    table = b"" if held is None else unpacked(held)
    if table:
        return lambda cid: _within(int.from_bytes(table[2 * cid : 2 * cid + 2], "big"), limit)
    return lambda cid: _within(program.by_cid(cid), limit)


def _within(glyph: int, limit: int) -> int:
    return glyph if glyph < limit else 0


def _said(
    attributes: Mapping[str, Any], below: Mapping[str, Any], codes: Codes, program: Program | None
) -> Callable[[int, int, int], str]:
    unicode_of = to_unicode(attributes.get("ToUnicode"))
    system = dictionary(below.get("CIDSystemInfo"))
    registry = f"{text(system.get('Registry'))}-{text(system.get('Ordering'))}"
    of_collection = {} if "Identity" in registry else collection(registry)
    direct = bool(_DIRECT.match(codes.label))
    own = program.characters() if isinstance(program, TrueType) else {}

    def said(code: int, cid: int, shown: int) -> str:
        if code in unicode_of:
            return unicode_of[code]
        if direct and not 0xD800 <= code < 0xE000 and code < 0x110000:
            return chr(code)
        return of_collection.get(cid) or own.get(shown, "")

    return said


def _cid_advances(
    below: Mapping[str, Any], vertical: bool
) -> Callable[[int], tuple[float, tuple[float, float]]]:
    across: Mapping[Any, Any] = get_widths(array(below.get("W")))
    usual = number(below.get("DW"), 1000.0)
    if not vertical:
        return lambda cid: (number(across.get(cid), usual) / 1000, (0.0, 0.0))
    down = get_widths2([plain(each) for each in array(below.get("W2"))])
    height, step = [*numbers(below.get("DW2")), 880.0, -1000.0][:2] if below.get("DW2") else (880.0, -1000.0)

    def advance(cid: int) -> tuple[float, tuple[float, float]]:
        moved, (x, y) = down.get(cid, (step, (number(across.get(cid), usual) / 2, height)))
        return number(moved) / 1000, (-number(x) / 1000, -number(y) / 1000)

    return advance


# ---- fonts whose glyphs are content streams


def _drawn(attributes: Mapping[str, Any]) -> Font:
    names = with_differences({}, dictionary(attributes.get("Encoding")).get("Differences"))
    unicode_of = to_unicode(attributes.get("ToUnicode"))
    procedures = dictionary(attributes.get("CharProcs"))
    first, given = whole(attributes.get("FirstChar")), array(attributes.get("Widths"))
    stated: Sequence[float] = numbers(attributes.get("FontMatrix"))
    a, b, c, d, e, f = stated if len(stated) == 6 else (0.001, 0, 0, 0.001, 0, 0)
    drawn = {code: procedures[label] for code, label in names.items() if label in procedures}

    def cut(data: bytes) -> Iterator[Glyph]:
        for code in data:
            at = code - first
            width = number(given[at]) * a if 0 <= at < len(given) else 0.0
            said = unicode_of.get(code) or characters(names.get(code, ""))
            yield Glyph(code, 0, said, width, word_space=code == 32)

    return Font(
        Look("Type 3"),
        cut,
        None,
        None,
        drawn=drawn,
        matrix=(a, b, c, d, e, f),
        resources=attributes.get("Resources"),
    )
