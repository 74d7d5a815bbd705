# SPDX-License-Identifier: Apache-2.0
"""
The content streams of a PDF page (ISO 32000-1, 7.8.2), drawn to an OFD page.

What an operator means stands in `operators`; here is what it works on: the state, the path under
construction, the resources, and the ways to draw a shape, a picture, a form or text. What OFD cannot
say becomes a picture of its region, with its text unseen on it; where that would not do, `Unsupported`
is raised and the whole page becomes one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pdfminer.pdfinterp import PDFContentParser
from pdfminer.pdftypes import PDFStream

from adapters.conversion.ofd_writing import colours
from adapters.conversion.ofd_writing.canvas import Canvas, Line
from adapters.conversion.ofd_writing.drawing import Resources, Shared
from adapters.conversion.ofd_writing.fonts import Font
from adapters.conversion.ofd_writing.geometry import (
    IDENTITY,
    Box,
    Matrix,
    around,
    box_under,
    inverse,
    moved,
    scale_of,
    times,
)
from adapters.conversion.ofd_writing.lines import Lines
from adapters.conversion.ofd_writing.objects import (
    BROKEN,
    array,
    dictionary,
    number,
    numbers,
    operator,
    plain,
    whole,
)
from adapters.conversion.ofd_writing.operators import OPERATORS
from adapters.conversion.ofd_writing.paths import Path, Pen, rectangle
from adapters.conversion.ofd_writing.shadings import gradient
from adapters.conversion.ofd_writing.showing import Text
from adapters.conversion.ofd_writing.state import Clip, Colour, State
from adapters.conversion.ofd_writing.unpacking import unpacked
from adapters.conversion.ofd_writing.unsupported import Unsupported
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

DEEPEST: Final = 12  # forms, patterns and glyphs within one another
MOST_INNER: Final = 100_000  # forms, tiles and glyphs of one page that are streams of their own
MOST_SAVED: Final = 500  # of `q` without `Q`
MOST_TILES: Final = 600  # of one pattern in one shape
MOST_OPERANDS: Final = 64
_FLIPPED: Final[Matrix] = (1.0, 0.0, 0.0, -1.0, 0.0, 1.0)  # a picture's first row is its top
_UNIT: Final = Box(0.0, 0.0, 1.0, 1.0)


class Interpreter:
    """
    Draws the content of one page.

    hidden: nothing is drawn but the text, and that unseen; for what became a picture.
    """

    def __init__(self, shared: Shared, canvas: Canvas, ctm: Matrix, *, hidden: bool = False) -> None:
        self.shared, self.canvas, self.hidden = shared, canvas, hidden
        self.lines = Lines(canvas)
        self.state = State(ctm, Clip(canvas.box))
        self.text: Text = Text(shared, self.lines, self._glyph)
        self.pen: Pen = Pen()
        self.clip_rule: bool | None = None  # even-odd, once `W` was said and until the path ends
        self.marks: list[bool] = []  # of marked content: whether it hides what is in it
        self.resources = Resources({})
        self.uncoloured = False  # inside a glyph or tile that takes its colour from outside
        self._saved: list[State] = []
        self._start = ctm  # where patterns are anchored
        self._depth = 0
        self._inner = 0

    # ---- running

    def run(self, streams: Sequence[PDFStream], resources: Resources) -> None:
        """Draw content streams, which are one text however they are cut."""
        for each in streams:
            unpacked(each)
        outer, self.resources = self.resources, resources
        operands: list[Any] = []
        for found in _tokens(streams):
            label = operator(found)
            if not label:
                operands.append(found)
                del operands[:-MOST_OPERANDS]
                continue
            action = OPERATORS.get(label)
            if action is not None:
                action(self, operands)
            operands = []
        self.lines.flush()
        self.resources = outer

    def inner(self, found: PDFStream, state: State, box: Box | None) -> None:
        """Draw a content stream within this one, beginning in *state*: a form, a tile, a glyph."""
        if self._depth >= DEEPEST:
            return
        self._inner += 1
        if self._inner > MOST_INNER:
            raise Unreadable(Phrase("conversion.pdf.forms", {"limit": MOST_INNER}))
        self.lines.flush()
        outer = self.state, self._saved, self._start, self.pen, self.text, self.marks, self.clip_rule
        self.state, self._saved, self._start, self.pen, self.marks = state, [], state.ctm, Pen(), []
        self.text, self.clip_rule = Text(self.shared, self.lines, self._glyph), None
        if box is not None:
            self.narrow(_box_path(state.ctm, box))
        self._depth += 1
        given = dictionary(found.get("Resources"))
        self.run([found], Resources(given, self.resources) if given else self.resources)
        self._depth -= 1
        self.state, self._saved, self._start, self.pen, self.text, self.marks, self.clip_rule = outer

    def save(self) -> None:
        if len(self._saved) < MOST_SAVED:
            self._saved.append(self.state.saved())

    def restore(self) -> None:
        if self._saved:
            self.state = self._saved.pop()

    @property
    def shown(self) -> bool:
        """Whether no layer hides what comes now."""
        return not any(self.marks)

    def narrow(self, path: Path) -> None:
        """From here on draw within *path* only."""
        self.lines.flush()
        self.state.clip = self.state.clip.narrowed(path)

    def _may_draw(self, bounds: Box | None) -> bool:
        """Whether what comes now, within *bounds*, is drawn as itself; text before it is written first."""
        if self.hidden or not self.shown or bounds is None:
            return False
        self.lines.flush()
        trouble = self.state.trouble
        if trouble is not None:
            self._region(bounds, trouble)
        return trouble is None

    def _region(self, bounds: Box, feature: Phrase) -> None:
        """What lies within *bounds* becomes a picture for the sake of *feature*."""
        if not self.hidden:
            self.lines.flush()
            self.canvas.region(bounds.meet(self.state.clip.box), feature)

    # ---- shapes

    def paint(self, *, fill: bool = False, stroke: bool = False, even_odd: bool = False) -> None:
        """Fill and stroke the path under construction, clip with it if that was asked, and begin another."""
        path = self.pen.taken(even_odd)
        if path.segments and (fill or stroke):
            line = self._line()
            bounds = path.bounds()
            if self._may_draw(bounds.grown(line.width) if bounds and stroke else bounds):
                if fill:
                    self._fill(path)
                if stroke:
                    self._stroke(path, line)
        if self.clip_rule is not None:
            self.narrow(replace(path, even_odd=self.clip_rule))
        self.clip_rule, self.pen = None, Pen()

    def _line(self) -> Line:
        state, scale = self.state, scale_of(self.state.ctm)
        dashes = tuple(length * scale for length in state.dashes)
        return Line(state.width * scale, state.cap, state.join, state.miter, dashes, state.dash_phase * scale)

    def _fill(self, path: Path) -> None:
        state = self.state
        if state.fill.pattern:
            self._fill_pattern(path)
        else:
            alpha = state.fill_alpha * state.group_alpha
            self.canvas.fill(path, state.fill.rgb, alpha=alpha, clip=state.clip)

    def _stroke(self, path: Path, line: Line) -> None:
        state, bounds = self.state, path.bounds()
        if state.stroke.pattern and bounds is not None:
            self._region(bounds.grown(line.width), Phrase("conversion.feature.line-pattern"))
            return
        alpha = state.stroke_alpha * state.group_alpha
        self.canvas.stroke(path, state.stroke.rgb, line, alpha=alpha, clip=state.clip)

    # ---- colours

    def spaces(self) -> Mapping[str, object]:
        """The colour spaces that have a name here."""
        own, above = self.resources.of("ColorSpace"), self.resources.above
        return own if own or above is None else above.of("ColorSpace")

    def colour(self, chosen: Colour, *, stroke: bool) -> None:
        """Put a colour in force."""
        if self.uncoloured:
            return
        if chosen.space.approximate:
            self.shared.approximate.add("colours")
        if stroke:
            self.state.stroke = chosen
        else:
            self.state.fill = chosen

    # ---- patterns and shadings

    def _fill_pattern(self, path: Path) -> None:
        found = self.resources.named("Pattern", self.state.fill.pattern)
        attributes = dictionary(found)
        matrix = times(row_of_six(array(attributes.get("Matrix"))) or IDENTITY, self._start)
        if whole(attributes.get("PatternType")) == 2:
            self._shade(path, attributes.get("Shading"), matrix)
        elif isinstance(tile := plain(found), PDFStream):
            self._tiles(path, tile, matrix)

    def shade(self, value: object) -> None:
        """Fill everything that the clip lets through with a gradient."""
        path = rectangle(self.state.clip.box)
        if not self.state.clip.box.empty and self._may_draw(path.bounds()):
            self._shade(path, value, self.state.ctm)

    def _shade(self, path: Path, value: object, matrix: Matrix) -> None:
        state = self.state
        ink = gradient(value, matrix, self.spaces())
        bounds = path.bounds()
        if ink is not None:
            alpha = state.fill_alpha * state.group_alpha
            self.canvas.fill(path, ink, alpha=alpha, clip=state.clip)
        elif bounds is not None:
            kind = whole(dictionary(value).get("ShadingType"))
            self._region(bounds, Phrase("conversion.feature.shading", {"kind": kind}))

    def _tiles(self, path: Path, tile: PDFStream, matrix: Matrix) -> None:
        area, back, box = path.bounds(), inverse(matrix), box_of(tile.get("BBox"))
        steps = number(tile.get("XStep")), number(tile.get("YStep"))
        if area is None or back is None or box is None or not all(steps):
            return
        area = area.meet(self.state.clip.box)
        if area.empty:
            return
        places = _tile_places(box_under(back, area), box, steps)
        if places is None:
            self._region(area, Phrase("conversion.feature.tiles"))
            return
        outer, uncoloured = self.state, self.uncoloured
        self.state = outer.saved()
        self.state.fill = self.state.stroke = Colour(colours.RGB, outer.fill.rgb)
        self.uncoloured = uncoloured or whole(tile.get("PaintType"), 1) == 2
        self.narrow(path)
        for x, y in places:
            state = self.state.saved()
            state.ctm = times((1.0, 0.0, 0.0, 1.0, x, y), matrix)
            self.inner(tile, state, box)
        self.state, self.uncoloured = outer, uncoloured

    # ---- pictures and forms

    def form(self, found: PDFStream, place: Matrix = IDENTITY) -> None:
        """Draw a form XObject, moved by *place*."""
        outer, hidden = self.state, self.hidden
        state = outer.untroubled()
        state.ctm = times(times(row_of_six(array(found.get("Matrix"))) or IDENTITY, place), outer.ctm)
        box = box_of(found.get("BBox"))
        if dictionary(found.get("Group")):
            if outer.fill_alpha < 1:
                self.shared.approximate.add("transparency")
            state.group_alpha *= outer.fill_alpha
            state.fill_alpha = state.stroke_alpha = 1.0
        if outer.trouble and not hidden:
            bounds = outer.clip.box if box is None else box_under(state.ctm, box)
            self._region(bounds, outer.trouble)
            self.hidden = True
        self.inner(found, state, box)
        self.hidden = hidden

    def picture(self, found: PDFStream) -> None:
        """Draw a picture on the unit square."""
        state, bounds = self.state, box_under(self.state.ctm, _UNIT)
        if not self._may_draw(bounds):
            return
        if state.fill.pattern and plain(found.get_any(("ImageMask", "IM"))) is True:
            self._region(bounds, Phrase("conversion.feature.stencil-pattern"))
            return
        try:
            resource = self.shared.picture(found, self.spaces(), state.fill.rgb)
        except Unsupported as e:
            self._region(bounds, e.feature)
            return
        alpha = state.fill_alpha * state.group_alpha
        self.canvas.picture(resource, times(_FLIPPED, state.ctm), alpha=alpha, clip=state.clip)

    # ---- text

    def show(self, parts: Sequence[Any]) -> None:
        """Show strings."""
        if not self.shown:
            return
        feature = None if self.hidden else self._trouble_with_text()
        before = self.text.matrix
        self.text.show(self.state, parts, hidden=self.hidden or feature is not None)
        if feature is not None:
            self._region(self._shown_between(before, self.text.matrix), feature)

    def _trouble_with_text(self) -> Phrase | None:
        state, mode = self.state, self.state.words.mode
        filled, stroked = mode in (0, 2), mode in (1, 2)
        patterned = (filled and state.fill.pattern) or (stroked and state.stroke.pattern)
        return state.trouble or (Phrase("conversion.feature.text-pattern") if patterned else None)

    def _shown_between(self, before: Matrix, after: Matrix) -> Box:
        size, ctm = self.state.words.size, self.state.ctm
        edges = [(x, y) for x in (-0.2 * size, 0.2 * size) for y in (-0.3 * size, 1.1 * size)]
        return around(moved(times(pen, ctm), x, y) for pen in (before, after) for x, y in edges)

    def _glyph(self, font: Font, code: int, matrix: Matrix) -> None:
        found = None if font.drawn is None else plain(font.drawn.get(code))
        if not isinstance(found, PDFStream):
            return
        uncoloured, outer = self.uncoloured, self.resources
        state = self.state.saved()
        state.ctm = matrix
        if font.resources is not None:
            self.resources = Resources(dictionary(font.resources), outer)
        self.inner(found, state, None)
        self.uncoloured, self.resources = uncoloured, outer


def _tokens(streams: Sequence[PDFStream]) -> Iterator[Any]:
    parser = None
    while True:
        try:
            parser = parser or PDFContentParser(list(streams))
            _, found = parser.nextobject()
        except BROKEN:  # the end, or what cannot be read to its end
            return
        yield found


def finite(given: Sequence[Any]) -> list[float]:
    """The numbers among operands."""
    return [float(each) for each in given if isinstance(each, int | float) and math.isfinite(each)]


def row_of_six(given: Sequence[Any]) -> Matrix | None:
    """A matrix as it stands in a file; None where it is none."""
    values = finite([plain(each) for each in given])
    if len(values) < 6:
        return None
    a, b, c, d, e, f = values[-6:]
    return a, b, c, d, e, f


def box_of(value: object) -> Box | None:
    """A rectangle as it stands in a file, whichever corners it names."""
    values = numbers(value)
    if len(values) != 4:
        return None
    left, bottom, right, top = values
    return Box(min(left, right), min(bottom, top), max(left, right), max(bottom, top))


def _box_path(ctm: Matrix, box: Box) -> Path:
    pen = Pen()
    pen.box(ctm, box.left, box.top, box.width, box.height)
    return pen.taken(False)


def _tile_places(wanted: Box, box: Box, steps: tuple[float, float]) -> list[tuple[float, float]] | None:
    """Where tiles of *box* must stand to cover *wanted*; None for too many."""
    columns = _repeats(wanted.left - box.right, wanted.right - box.left, steps[0])
    rows = _repeats(wanted.top - box.bottom, wanted.bottom - box.top, steps[1])
    if len(columns) * len(rows) > MOST_TILES:
        return None
    return [(column * steps[0], row * steps[1]) for column in columns for row in rows]


def _repeats(first: float, last: float, step: float) -> range:
    low, high = sorted((first / step, last / step))
    return range(math.ceil(low), math.floor(min(high, low + 10 * MOST_TILES)) + 1)
