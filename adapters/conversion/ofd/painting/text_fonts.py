# SPDX-License-Identifier: Apache-2.0
"""
Which font shows a character: the embedded one, else the system's best, and what to say of it.

One `TextFonts` serves a whole conversion: it knows which fonts the document asked for, which stood in for
them, and which characters nothing could show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from adapters.conversion.ofd.fonts.programs import Defective, Program, program
from adapters.conversion.ofd.fonts.system import Substitute, substitutes
from adapters.conversion.ofd.losses import Losses
from adapters.conversion.ofd.painting.font_files import BLANK, PdfFont, Shape, width_of
from adapters.conversion.ofd.painting.pdf_file import PdfFile
from adapters.conversion.ofd.values import Face, Glyph, Writing
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

FONT_BYTES = 64 << 20  # of one embedded font
_LIGATURES = {"ff": "\ufb00", "fi": "\ufb01", "fl": "\ufb02", "ffi": "\ufb03", "ffl": "\ufb04"}
_TOGETHER = 16  # characters that one glyph stands for
BOLD = 600  # weight from which a face is bold


@dataclass(frozen=True, slots=True)
class Shown:
    """How a glyph is shown."""

    font: PdfFont
    code: int
    substituted: bool
    embolden: bool
    slant: bool


class TextFonts:
    """
    The fonts of one PDF.

    Attributes:
        substituted: which font of the system stood in for each one asked for.
    """

    def __init__(self, file: PdfFile, losses: Losses) -> None:
        self.substituted: dict[str, set[str]] = {}
        self._file = file
        self._losses = losses
        self._embedded: dict[Face, Program | None] = {}
        self._fonts: dict[int, PdfFont] = {}
        self._all: list[PdfFont] = []
        self._known: dict[tuple[Face, bool, bool, Glyph], Shown] = {}

    def shown(self, writing: Writing, glyph: Glyph) -> Shown:
        """The font and code for *glyph* in a text."""
        bold, italic = writing.weight >= BOLD, writing.italic
        key = (writing.face, bold, italic, glyph)
        found = self._known.get(key)
        if found is None or found.font.is_full:
            found = self._known[key] = self._chosen(writing.face, glyph, bold=bold, italic=italic)
        return found

    def finish(self) -> None:
        """Write all fonts."""
        for font in self._all:
            font.finish()

    # ---- choosing

    def _chosen(self, face: Face, glyph: Glyph, *, bold: bool, italic: bool) -> Shown:
        own = self._program(face)
        if own is not None:
            index = _index(own, glyph)
            if index is not None:
                synthetic = bold and not face.bold and "bold" not in face.name.lower()
                slant = italic and not face.italic and "italic" not in face.name.lower()
                return self._coded(own, face.name, index, glyph, embolden=synthetic, slant=slant)
        return self._substitute(face, glyph, bold=bold or face.bold, italic=italic or face.italic)

    def _program(self, face: Face) -> Program | None:
        if face not in self._embedded:
            self._embedded[face] = self._opened(face)
        return self._embedded[face]

    def _opened(self, face: Face) -> Program | None:
        if face.file is None:
            return None
        try:
            return program(face.file.read(FONT_BYTES))
        except Unreadable as e:
            self._losses.add(e.reason)
        except Defective as e:
            values = {"name": face.name or "-", "reason": str(e)[:80]}
            self._losses.add(Phrase("conversion.ofd.bad-font", values))
        return None

    def _substitute(self, face: Face, glyph: Glyph, *, bold: bool, italic: bool) -> Shown:
        first: Substitute | None = None
        blank = not glyph.text.strip()
        wanted = _LIGATURES.get(glyph.text, glyph.text)
        for each in self._candidates(face, bold=bold, italic=italic):
            first = first or each
            shape = BLANK if blank else _side_by_side(each.program, wanted, glyph.text)
            if shape is not None:
                self._note(face, each, blank=blank)
                return self._coded(
                    each.program,
                    each.name,
                    shape,
                    glyph,
                    substitute=each,
                    embolden=bold and not each.bold,
                    slant=italic and not each.italic,
                )
        if glyph.text:
            codes = " ".join(f"U+{ord(character):04X}" for character in glyph.text[:8])
            self._losses.add(Phrase("conversion.ofd.no-glyph", {"code": codes}))
        if first is None:
            raise Unreadable(Phrase("conversion.ofd.no-fonts"))
        return self._coded(first.program, first.name, BLANK, glyph, substitute=first)

    def _candidates(self, face: Face, *, bold: bool, italic: bool) -> Iterator[Substitute]:
        name = face.name or face.family
        return substitutes(name, bold=bold, italic=italic)

    def _note(self, face: Face, substitute: Substitute, *, blank: bool) -> None:
        if not blank:
            self.substituted.setdefault(face.name or "-", set()).add(substitute.name)

    def _coded(
        self,
        found: Program,
        label: str,
        shape: Shape,
        glyph: Glyph,
        *,
        substitute: Substitute | None = None,
        embolden: bool = False,
        slant: bool = False,
    ) -> Shown:
        font = self._fonts.get(id(found))
        if font is None or font.is_full:
            font = self._fonts[id(found)] = PdfFont(self._file, found, label)
            self._all.append(font)
        return Shown(font, font.code(shape, glyph.text), substitute is not None, embolden, slant)


def _side_by_side(found: Program, joined: str, text: str) -> Shape | None:
    """The shape of a text in a font of the system: the ligature, else its characters beside each other."""
    if len(joined) == 1 and found.characters.get(ord(joined)):
        return found.characters[ord(joined)]
    indices = [found.characters.get(ord(character), 0) for character in text[:_TOGETHER]]
    if not all(indices):
        return None
    if len(indices) == 1:
        return indices[0]
    places = accumulate((width_of(found, index) for index in indices[:-1]), initial=0.0)
    return tuple((index, round(place * found.units), 0) for index, place in zip(indices, places, strict=True))


def _index(found: Program, glyph: Glyph) -> int | None:
    """The glyph in an embedded font; None: it has none for this."""
    if glyph.index is not None and 0 < glyph.index < found.count:
        return glyph.index
    if glyph.text:
        known = found.characters.get(ord(glyph.text[0]))
        if known and known < found.count:
            return known
    if glyph.index == 0 and not glyph.text.strip():
        return BLANK
    return None
