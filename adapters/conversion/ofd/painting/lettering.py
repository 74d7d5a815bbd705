# SPDX-License-Identifier: Apache-2.0
"""
Text as PDF text: glyphs at the places that the document gives them, codes that mean exactly its characters.

Glyphs in a line that share a font go out together, with their steps between them. A glyph of a font that
stands in for another is narrowed where it would run into the next.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from adapters.conversion.ofd.geometry import Matrix, Point, at, times, turned
from adapters.conversion.ofd.painting.canvas import Canvas, matrix_words
from adapters.conversion.ofd.painting.font_files import PdfFont
from adapters.conversion.ofd.painting.pdf_file import number
from adapters.conversion.ofd.painting.text_fonts import Shown, TextFonts
from adapters.conversion.ofd.values import Run, Writing

SLANT = math.tan(math.radians(12))
NARROWEST = 0.55  # of its width, a glyph that would run into the next
_HALF = 0.95  # em: what is as wide as a Chinese character is never narrowed
_WEIGHT = 0.03  # em: the line that makes a glyph bold
_SAME_X, _SAME_Y = 0.5, 0.125  # em: nearer than this, the same text is read as one
_SPOTS = 8  # of one text that are looked at: readers do not look further back either


@dataclass(frozen=True, slots=True)
class _Set:
    """A glyph in its place."""

    shown: Shown
    x: float
    y: float
    narrowed: float  # 1 = as wide as it is


@dataclass(frozen=True, slots=True)
class Mode:
    """How letters are painted; *bold* is possible where they are filled with a plain colour."""

    fills: bool
    strokes: bool
    can_embolden: bool

    def number(self, *, embolden: bool) -> int:
        """PDF's text rendering mode."""
        if self.fills:
            return 2 if self.strokes or (embolden and self.can_embolden) else 0
        return 1 if self.strokes else 3


class Lettering:
    """
    Writes texts with the fonts of one PDF.

    Attributes:
        said: the characters that can be read so far, and how often; what is written twice on the same
            spot, as shadows are made, is read once.
    """

    def __init__(self, fonts: TextFonts) -> None:
        self.said: Counter[str] = Counter()
        self._spots: dict[str, list[Point]] = {}  # of the texts on this page
        self._fonts = fonts

    def begin_page(self) -> None:
        """What is written from here on stands on another page."""
        self._spots = {}

    def write(self, canvas: Canvas, writing: Writing, mode: Mode, pen_width: float) -> None:
        """Write a text, in the space of its object, with the colours that are set."""
        if writing.size == 0 or not writing.runs:
            return
        canvas.put("BT")
        for run in writing.runs:
            placed = list(self._placed(writing, run))
            if writing.char_degrees == 0:
                placed = _stacked(writing, run, placed)
            self._say("".join(glyph.text for glyph in run.glyphs), writing, run, canvas.matrix)
            for line in _lines(placed, together=writing.char_degrees == 0):
                self._line(canvas, writing, line, mode, pen_width)
        canvas.put("ET")

    def _say(self, text: str, writing: Writing, run: Run, way: Matrix) -> None:
        x, y = at(way, (run.x, run.y))
        em = abs(writing.size) * max(math.hypot(way[0], way[1]), math.hypot(way[2], way[3]))
        spots = self._spots.setdefault(text, [])
        if not any(abs(x - u) < _SAME_X * em and abs(y - v) < _SAME_Y * em for u, v in spots[-_SPOTS:]):
            self.said.update(text)
        spots.append((x, y))

    def _placed(self, writing: Writing, run: Run) -> Iterator[_Set]:
        x, y, narrowed = run.x, run.y, 1.0
        for index, glyph in enumerate(run.glyphs):
            shown = self._fonts.shown(writing, glyph)
            width = shown.font.advance(shown.code) * writing.size * writing.stretch
            step = _step(run, index, width, writing.read_degrees)
            if run.steps is None or not shown.substituted:
                narrowed = 1.0
            elif index < len(run.steps):
                narrowed = _narrowed(shown, width, step)
            yield _Set(shown, x, y, narrowed)
            x, y = x + step[0], y + step[1]

    def _line(self, canvas: Canvas, writing: Writing, line: list[_Set], mode: Mode, pen_width: float) -> None:
        first = line[0]
        font = first.shown.font
        canvas.put(canvas.name("Font", font.ref), number(writing.size), "Tf")
        rendering = mode.number(embolden=first.shown.embolden)
        canvas.put(str(rendering), "Tr")
        if rendering == 2 and not mode.strokes:
            canvas.put(number(abs(writing.size) * _WEIGHT), "w")
        elif rendering in (1, 2):
            canvas.put(number(pen_width), "w")
        canvas.put(matrix_words(_matrix(writing, first)), "Tm")
        canvas.put("[" + _codes(writing, line, font) + "]", "TJ")


def _stacked(writing: Writing, run: Run, placed: list[_Set]) -> list[_Set]:
    """Glyphs that mean nothing by themselves go out with the one whose text they help to show."""
    if all(glyph.text for glyph in run.glyphs):
        return placed
    clusters: list[list[_Set]] = []
    for glyph, each in zip(run.glyphs, placed, strict=True):
        if glyph.text or not clusters or clusters[-1][0].shown.font is not each.shown.font:
            clusters.append([each])
        else:
            clusters[-1].append(each)
    return [_one(writing, cluster) if len(cluster) > 1 else cluster[0] for cluster in clusters]


def _one(writing: Writing, cluster: list[_Set]) -> _Set:
    first = cluster[0]
    across, up = writing.size * writing.stretch, -writing.size
    codes = [(each.shown.code, (each.x - first.x) / across, (each.y - first.y) / up) for each in cluster]
    return replace(first, shown=replace(first.shown, code=first.shown.font.stacked(codes)))


def _codes(writing: Writing, line: list[_Set], font: PdfFont) -> str:
    """Codes, and between them what sets the next one right: thousandths of an em, to the left."""
    em = writing.size * writing.stretch * line[0].narrowed
    words: list[str] = []
    codes: list[str] = []
    cursor = line[0].x
    for each in line:
        left = round((cursor - each.x) / em * 1000, 1)
        if abs(left) >= 0.5:
            words.append(f"<{''.join(codes)}>{number(left)}")
            codes = []
            cursor -= left / 1000 * em
        codes.append(f"{each.shown.code:04X}")
        cursor += font.advance(each.shown.code) * em
    return "".join(words) + f"<{''.join(codes)}>"


def _lines(placed: list[_Set], *, together: bool) -> Iterator[list[_Set]]:
    line: list[_Set] = []
    for each in placed:
        if line and not (together and _goes_on(line[-1], each)):
            yield line
            line = []
        line.append(each)
    if line:
        yield line


def _goes_on(before: _Set, each: _Set) -> bool:
    same = before.shown.font is each.shown.font and before.narrowed == each.narrowed
    looks = (before.shown.embolden, before.shown.slant) == (each.shown.embolden, each.shown.slant)
    return same and looks and before.y == each.y


def _step(run: Run, index: int, width: float, degrees: int) -> Point:
    if run.steps is None:
        direction = {90: (0.0, 1.0), 180: (-1.0, 0.0), 270: (0.0, -1.0)}.get(degrees, (1.0, 0.0))
        return (direction[0] * width, direction[1] * width)
    return run.steps[index] if index < len(run.steps) else (0.0, 0.0)


def _narrowed(shown: Shown, width: float, step: Point) -> float:
    across = step[0]
    if step[1] or across <= 0 or width <= across * 1.02 or shown.font.advance(shown.code) >= _HALF:
        return 1.0
    return round(max(NARROWEST, across / width), 3)


def _matrix(writing: Writing, each: _Set) -> Matrix:
    slant = SLANT if each.shown.slant else 0.0
    upright: Matrix = (writing.stretch * each.narrowed, 0.0, slant, -1.0, 0.0, 0.0)
    if writing.char_degrees:
        upright = times(upright, turned(writing.char_degrees))
    return (*upright[:4], each.x, each.y)
