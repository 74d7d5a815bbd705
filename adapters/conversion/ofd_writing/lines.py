# SPDX-License-Identifier: Apache-2.0
"""
Text on an OFD page: glyphs that follow one another become one text object.

Each glyph keeps its exact place: places are rounded to the micrometre once, and the steps between
them are written, so that no error adds up along a line. Knows no PDF.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from xml.sax.saxutils import escape

from adapters.conversion.ofd_writing.canvas import Canvas, clips, colour
from adapters.conversion.ofd_writing.colours import Rgb
from adapters.conversion.ofd_writing.geometry import (
    Box,
    Matrix,
    Point,
    around,
    boundary,
    figure,
    figures,
    inverse,
    moved,
)
from adapters.conversion.ofd_writing.state import Clip

_GAP_EMS = 3.0  # a wider gap begins another object
_REPEATED = 4  # so many equal steps are written as `g count step`


@dataclass(frozen=True, slots=True)
class Style:
    """
    What the glyphs of one text object share.

    font: ID of its resource; size: in millimetres; turn: the first four of the matrix from the object's
    space to the page; rgb: None where nothing is filled; outline: colour and width of a stroke around the
    glyphs; alpha: 0 for text that is there and cannot be seen.
    """

    font: int
    size: float
    turn: tuple[float, float, float, float]
    rgb: Rgb | None
    alpha: float = 1.0
    outline: tuple[Rgb, float] | None = None
    outline_alpha: float = 1.0
    bold: bool = False
    italic: bool = False

    @property
    def plain(self) -> bool:
        return all(abs(one - other) < 1e-3 for one, other in zip(self.turn, (1, 0, 0, 1), strict=True))


@dataclass(slots=True)
class Run:
    """Glyphs of one style and clip on one line: characters, and where they stand in the object's space."""

    style: Style
    clip: Clip
    back: Matrix
    characters: list[str] = field(default_factory=list)
    places: list[Point] = field(default_factory=list)
    end: float = 0.0

    def takes(self, style: Style, clip: Clip, place: Point) -> bool:
        if style != self.style or clip is not self.clip:
            return False
        (x, y), size = place, style.size
        level = abs(y - self.places[-1][1]) < 0.01 * size
        return level and -0.5 * size < x - self.end < _GAP_EMS * size and x > self.places[-1][0] - 0.01 * size


class Lines:
    """
    Collects glyphs and writes text objects to a canvas; `flush` before anything else is drawn.

    said: the text of the objects that were written.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._run: Run | None = None
        self.said: list[str] = []

    def add(self, style: Style, clip: Clip, at: Point, said: str, advance: float) -> None:
        """
        Put *said* at *at* on the page: the first character is the glyph, others are empty ones.

        advance: of the glyph, in the object's own millimetres.
        """
        run = self._run
        place = (0.0, 0.0) if run is None else moved(run.back, *at)
        if run is None or not run.takes(style, clip, place):
            self.flush()
            back = inverse((*style.turn, 0.0, 0.0))
            if back is None:
                return
            run = self._run = Run(style, clip, back)
            place = moved(back, *at)
        run.characters.extend(said)
        run.places.extend([place] * len(said))
        run.end = place[0] + advance

    def flush(self) -> None:
        run, self._run = self._run, None
        if run is not None and run.characters:
            self._write(run)

    def _write(self, run: Run) -> None:
        style, canvas = run.style, self._canvas
        bounds = _bounds(run)
        if canvas.box.apart(bounds):
            return
        self.said.append("".join(run.characters))
        if run.clip.box.apart(bounds) and style.alpha:
            style = _unseen(style)  # clipped away: it stays to be found
        origin = moved(run.back, bounds.left, bounds.top)
        places = [(round((x - origin[0]) * 1000), round((y - origin[1]) * 1000)) for x, y in run.places]
        inner = (
            clips(run.clip, bounds, None if style.plain else (*style.turn, 0.0, 0.0)) if style.alpha else ""
        )
        shape = f'Font="{style.font}" Size="{figure(style.size, 4)}"{_attributes(style)}'
        canvas.parts.append(
            f'<ofd:TextObject ID="{canvas.identities.next()}" Boundary="{boundary(bounds)}" {shape}>'
            f"{inner}{_colours(style)}{_codes(run.characters, places)}</ofd:TextObject>"
        )


def _unseen(style: Style) -> Style:
    return Style(style.font, style.size, style.turn, (0, 0, 0), 0.0)


def _bounds(run: Run) -> Box:
    """Around the glyphs with room for what stands out of the em; on the page."""
    size, turn = run.style.size, (*run.style.turn, 0.0, 0.0)
    flat = around(run.places)
    room = Box(
        flat.left - size * 0.5,
        flat.top - size * 1.2,
        max(flat.right, run.end) + size * 0.7,
        flat.bottom + size * 0.6,
    )
    corners = ((x, y) for x in (room.left, room.right) for y in (room.top, room.bottom))
    return around(moved(turn, x, y) for x, y in corners)


def _attributes(style: Style) -> str:
    said = "" if style.plain else f' CTM="{figures((*style.turn, 0, 0), 5)}"'
    if style.outline is not None:
        said += f' Stroke="true" LineWidth="{figure(style.outline[1])}"'
    if style.rgb is None:
        said += ' Fill="false"'
    if style.bold:
        said += ' Weight="700"'
    return said + (' Italic="true"' if style.italic else "")


def _colours(style: Style) -> str:
    said = "" if style.rgb is None else colour("FillColor", style.rgb, style.alpha)
    if style.outline is not None:
        said += colour("StrokeColor", style.outline[0], style.outline_alpha)
    return said


def _codes(characters: Sequence[str], places: Sequence[tuple[int, int]]) -> str:
    """The text with its steps; places in thousandths of a millimetre."""
    (x, y), xs, ys = places[0], [place[0] for place in places], [place[1] for place in places]
    across, down = _steps(xs), _steps(ys)
    said = f' DeltaX="{across}"' if across else ""
    said += f' DeltaY="{down}"' if down and any(each != y for each in ys) else ""
    text = escape("".join(characters))
    return f'<ofd:TextCode X="{figure(x / 1000)}" Y="{figure(y / 1000)}"{said}>{text}</ofd:TextCode>'


def _steps(values: Sequence[int]) -> str:
    words: list[str] = []
    steps = [later - earlier for earlier, later in pairwise(values)]
    for step, count in _counted(steps):
        written = figure(step / 1000)
        words.extend(["g", str(count), written] if count >= _REPEATED else [written] * count)
    return " ".join(words)


def _counted(steps: Sequence[int]) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(steps):
        end = at
        while end < len(steps) and steps[end] == steps[at]:
            end += 1
        yield steps[at], end - at
        at = end


def style_size(matrix: Matrix) -> tuple[float, tuple[float, float, float, float]] | None:
    """
    Size and turn of text whose em square *matrix* takes to the page.

    The size is the height of the em; None where the matrix flattens it.
    """
    a, b, c, d, _, _ = matrix
    size = math.hypot(c, d)
    if size < 1e-6 or abs(a * d - b * c) < 1e-12:
        return None
    return size, (a / size, b / size, -c / size, -d / size)
