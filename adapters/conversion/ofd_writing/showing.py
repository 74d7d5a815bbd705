# SPDX-License-Identifier: Apache-2.0
"""
Text objects of PDF (ISO 32000-1, 9.4): the text matrices, and the showing of strings.

Turns strings into placed glyphs for `lines`; glyphs that are content streams are handed back to the
interpreter to be drawn. Knows no other operator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from adapters.conversion.ofd_writing.drawing import Shared
from adapters.conversion.ofd_writing.fonts import Font, Glyph
from adapters.conversion.ofd_writing.geometry import IDENTITY, Matrix, moved, scale_of, times
from adapters.conversion.ofd_writing.lines import Lines, Style, style_size
from adapters.conversion.ofd_writing.state import INVISIBLE, State
from adapters.conversion.ofd_writing.unsupported import Unsupported
from exchange.texts import Phrase

DrawGlyph = Callable[[Font, int, Matrix], None]  # a font, a code, glyph space to the page
_CLIPS: Final = 4  # text rendering modes from here on clip


class Text:
    """One page's text object: its two matrices, and what is shown with them."""

    def __init__(self, shared: Shared, lines: Lines, draw: DrawGlyph) -> None:
        self._shared, self._lines, self._draw = shared, lines, draw
        self._hidden = False
        self.matrix: Matrix = IDENTITY
        self._line: Matrix = IDENTITY

    def begin(self) -> None:
        self.matrix = self._line = IDENTITY

    def place(self, matrix: Matrix) -> None:
        self.matrix = self._line = matrix

    def next_line(self, x: float, y: float) -> None:
        self.place(times((1.0, 0.0, 0.0, 1.0, x, y), self._line))

    def show(self, state: State, parts: Sequence[object], *, hidden: bool) -> None:
        """
        Show strings, with the numbers between them as steps back in thousandths of the size.

        hidden: they are there to be found, and not seen.
        """
        words, font = state.words, state.words.font
        self._hidden = hidden
        if font is None:
            return
        for part in parts:
            if isinstance(part, bytes):
                self._string(state, font, part)
            elif isinstance(part, int | float):
                step = -part / 1000 * words.size
                self._step(0.0, step) if font.vertical else self._step(step * words.stretch, 0.0)

    def _step(self, x: float, y: float) -> None:
        a, b, c, d, e, f = self.matrix
        self.matrix = a, b, c, d, e + a * x + c * y, f + b * x + d * y

    def _string(self, state: State, font: Font, data: bytes) -> None:
        words = state.words
        em: Matrix = (words.size * words.stretch, 0.0, 0.0, words.size, 0.0, words.rise)
        base = times(self.matrix, state.ctm)
        sized = style_size(times(em, base))
        styles: dict[int, Style] = {}
        along = 0.0
        for glyph in font.cut(data):
            spaced = words.character_space + (words.word_space if glyph.word_space else 0.0)
            moves = glyph.advance * words.size + spaced
            if font.drawn is not None:
                self._draw_one(state, font, glyph, times(em, times(self._pen(font, along), base)))
            if sized is not None and words.mode < _CLIPS:
                x, y = self._origin(font, glyph, along, state)
                self._put(state, font, glyph, sized, styles, moved(base, x, y))
            along += moves if font.vertical else moves * words.stretch
        if words.mode >= _CLIPS and not self._hidden and data.strip():
            raise Unsupported(Phrase("conversion.feature.text-clip"))
        self._step(0.0, along) if font.vertical else self._step(along, 0.0)

    def _pen(self, font: Font, along: float) -> Matrix:
        return (1.0, 0.0, 0.0, 1.0, 0.0, along) if font.vertical else (1.0, 0.0, 0.0, 1.0, along, 0.0)

    def _origin(self, font: Font, glyph: Glyph, along: float, state: State) -> tuple[float, float]:
        words = state.words
        if not font.vertical:
            return along, words.rise
        across, down = glyph.shift
        return across * words.size * words.stretch, along + down * words.size + words.rise

    def _put(
        self,
        state: State,
        font: Font,
        glyph: Glyph,
        sized: tuple[float, tuple[float, float, float, float]],
        styles: dict[int, Style],
        at: tuple[float, float],
    ) -> None:
        resource, said = self._shared.shelf.place(font, glyph.number, glyph.characters)
        style = styles.get(resource)
        if style is None:
            style = styles[resource] = self._style(state, font, resource, sized)
        width = 0.5 if font.vertical else glyph.advance
        self._lines.add(style, state.clip, at, said, width * style.size)

    def _style(
        self,
        state: State,
        font: Font,
        resource: int,
        sized: tuple[float, tuple[float, float, float, float]],
    ) -> Style:
        size, turn = sized
        mode = state.words.mode
        named = font.program is None
        bold, italic = named and font.look.bold, named and font.look.italic
        if self._hidden or mode == INVISIBLE or font.drawn is not None:
            return Style(resource, size, turn, (0, 0, 0), 0.0)
        fill = None if mode == 1 else state.fill.rgb
        line = (state.stroke.rgb, state.width * scale_of(state.ctm)) if mode in (1, 2) else None
        alpha, outline_alpha = (each * state.group_alpha for each in (state.fill_alpha, state.stroke_alpha))
        return Style(resource, size, turn, fill, alpha, line, outline_alpha, bold, italic)

    def _draw_one(self, state: State, font: Font, glyph: Glyph, matrix: Matrix) -> None:
        if not self._hidden and state.words.mode != INVISIBLE:
            self._lines.flush()
            self._draw(font, glyph.code, times(font.matrix, matrix))
