# SPDX-License-Identifier: Apache-2.0
"""
One OFD page being drawn: paths, pictures and gradients become objects in the order they come.

Everything comes in page millimetres, with y downwards. What lies wholly outside of its clip is left
out. Knows OFD's page objects and no PDF; text is laid out in `lines`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.conversion.ofd_writing.colours import Rgb
from adapters.conversion.ofd_writing.geometry import (
    Box,
    Matrix,
    Point,
    around,
    boundary,
    box_under,
    figure,
    figures,
    inverse,
    moved,
)
from adapters.conversion.ofd_writing.identities import Identities
from adapters.conversion.ofd_writing.paths import Path, rectangle
from adapters.conversion.ofd_writing.state import Clip
from adapters.conversion.ofd_writing.unsupported import Unsupported
from exchange.texts import Phrase

CAPS: Final = ("Butt", "Round", "Square")
JOINS: Final = ("Miter", "Round", "Bevel")
HAIRLINE_MM: Final = 0.09  # what PDF calls the thinnest line a device can draw
MOST_OBJECTS: Final = 100_000  # of one page, text aside
UNIT: Final = Box(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Line:
    """How a path is stroked; lengths in millimetres."""

    width: float
    cap: int = 0
    join: int = 0
    miter: float = 10.0
    dashes: tuple[float, ...] = ()
    phase: float = 0.0


@dataclass(frozen=True, slots=True)
class Gradient:
    """
    Colours along an axis, from *start* to *end*, or between two circles if radii are given.

    stops: place 0 .. 1 and colour; extend: whether the first and the last go on beyond.
    """

    start: Point
    end: Point
    stops: tuple[tuple[float, Rgb], ...]
    extend: tuple[bool, bool] = (False, False)
    radii: tuple[float, float] | None = None


Ink = Rgb | Gradient


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the page that becomes a picture for the sake of *feature*."""

    box: Box
    feature: Phrase


class Canvas:
    """A page of *box*; `parts` are its objects in XML, and the regions that are still to be pictured."""

    def __init__(self, box: Box, identities: Identities) -> None:
        self.box = box
        self.identities = identities
        self.parts: list[str | Region] = []

    def fill(self, path: Path, ink: Ink, *, alpha: float, clip: Clip) -> None:
        """Fill *path*; a rectangle in a clip along the axes is cut to size, which every reader shows."""
        bounds = path.bounds()
        if bounds is None:
            return
        if not clip.paths and not clip.box.covers(bounds) and path.is_rectangle():
            path = rectangle(bounds.meet(clip.box))
            bounds = bounds.meet(clip.box)
            if bounds.empty:
                return
        rule = ' Rule="Even-Odd"' if path.even_odd else ""
        self._path(
            path, bounds, clip, f' Stroke="false" Fill="true"{rule}', _paint("FillColor", ink, alpha, bounds)
        )

    def stroke(self, path: Path, ink: Ink, line: Line, *, alpha: float, clip: Clip) -> None:
        bounds = path.bounds()
        if bounds is None:
            return
        width = max(line.width, HAIRLINE_MM)
        pointed = line.join == 0 and len(path.segments) > 2
        reach = width * max(1.0, line.miter) if pointed else width
        outer = bounds.grown(min(reach, 20 * width))
        self._path(path, outer, clip, f"{_line(line, width)}", _paint("StrokeColor", ink, alpha, outer))

    def _path(self, path: Path, bounds: Box, clip: Clip, attributes: str, colour: str) -> None:
        if clip.box.apart(bounds) or clip.box.empty:
            return
        data = path.data(bounds.left, bounds.top)
        self._add(
            f'<ofd:PathObject ID="{self.identities.next()}" Boundary="{boundary(bounds)}"{attributes}>'
            f"{clips(clip, bounds)}{colour}<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
        )

    def _add(self, part: str) -> None:
        if len(self.parts) >= MOST_OBJECTS:
            raise Unsupported(Phrase("conversion.feature.crowded", {"limit": MOST_OBJECTS}))
        self.parts.append(part)

    def region(self, box: Box, feature: Phrase) -> None:
        """What is drawn now, within *box*, is taken from a picture of the page; neighbours become one."""
        box = box.meet(self.box)
        if box.empty:
            return
        before = self.parts[-1] if self.parts else None
        if isinstance(before, Region) and before.feature == feature and not before.box.apart(box):
            box = before.box.join(box)
            self.parts.pop()
        self.parts.append(Region(box, feature))

    def picture(self, resource: int, matrix: Matrix, *, alpha: float, clip: Clip) -> None:
        """The picture *resource* on the unit square under *matrix*, its first row at y = 0."""
        bounds = box_under(matrix, UNIT)
        if clip.box.apart(bounds) or clip.box.empty:
            return
        a, b, c, d, e, f = matrix
        own: Matrix = (a, b, c, d, e - bounds.left, f - bounds.top)
        faint = f' Alpha="{round(alpha * 255)}"' if alpha < 1 else ""
        inner = clips(clip, bounds, own)
        place = f'Boundary="{boundary(bounds)}" CTM="{figures(own, 4)}"'
        opening = f'<ofd:ImageObject ID="{self.identities.next()}" {place} ResourceID="{resource}"{faint}'
        self._add(opening + (f">{inner}</ofd:ImageObject>" if inner else "/>"))


def clips(clip: Clip, bounds: Box, own: Matrix | None = None) -> str:
    """
    The `Clips` of an object with *bounds*; "" where it lies inside.

    An object's clips are in its own space: *own* is its matrix, where it has one.
    """
    areas = [] if clip.box.covers(bounds) else [rectangle(clip.box.meet(bounds))]
    areas += [path for path in clip.paths if not _inside(bounds, path)]
    if not areas:
        return ""
    back = None if own is None else inverse(own)
    return f"<ofd:Clips>{''.join(_area(path, bounds, back) for path in areas)}</ofd:Clips>"


def _inside(bounds: Box, path: Path) -> bool:
    return path.is_rectangle() and (around(path.points())).covers(bounds)


def _area(path: Path, bounds: Box, back: Matrix | None) -> str:
    placed = [
        (kind, tuple((x - bounds.left, y - bounds.top) for x, y in points)) for kind, points in path.segments
    ]
    if back is not None:
        placed = [(kind, tuple(moved(back, x, y) for x, y in points)) for kind, points in placed]
    box = Path(tuple(placed)).bounds()
    assert box is not None  # an empty clip lets nothing through and comes here never
    places = 3 if back is None else 6
    words = " ".join(_segment(kind, points, box, places) for kind, points in placed)
    rule = ' Rule="Even-Odd"' if path.even_odd else ""
    outline = figures((box.left, box.top, max(box.width, 1e-6), max(box.height, 1e-6)), places)
    return (
        f'<ofd:Clip><ofd:Area><ofd:Path Boundary="{outline}" Stroke="false" Fill="true"{rule}>'
        f"<ofd:AbbreviatedData>{words}</ofd:AbbreviatedData></ofd:Path></ofd:Area></ofd:Clip>"
    )


def _segment(kind: str, points: Sequence[Point], box: Box, places: int) -> str:
    values = [value for x, y in points for value in (x - box.left, y - box.top)]
    return f"{kind} {figures(values, places)}".rstrip()


def _line(line: Line, width: float) -> str:
    said = f' LineWidth="{figure(width)}"'
    if line.cap in (1, 2):
        said += f' Cap="{CAPS[line.cap]}"'
    said += f' Join="{JOINS[line.join]}"' if line.join in (1, 2) else f' MiterLimit="{figure(line.miter)}"'
    if line.dashes:
        said += f' DashPattern="{figures(line.dashes)}"'
        said += f' DashOffset="{figure(line.phase)}"' if line.phase else ""
    return said


def _paint(element: str, ink: Ink, alpha: float, bounds: Box) -> str:
    faint = f' Alpha="{round(alpha * 255)}"' if alpha < 1 else ""
    if not isinstance(ink, Gradient):
        return f'<ofd:{element} Value="{ink[0]} {ink[1]} {ink[2]}"{faint}/>'
    return f"<ofd:{element}{faint}>{_shading(ink, bounds)}</ofd:{element}>"


def colour(element: str, rgb: Rgb, alpha: float) -> str:
    """A plain `FillColor` or `StrokeColor`."""
    return _paint(element, rgb, alpha, UNIT)


def _shading(ink: Gradient, bounds: Box) -> str:
    beyond = int(ink.extend[0]) + 2 * int(ink.extend[1])
    start = figures((ink.start[0] - bounds.left, ink.start[1] - bounds.top))
    end = figures((ink.end[0] - bounds.left, ink.end[1] - bounds.top))
    stops = "".join(_stops(ink.stops))
    common = f'StartPoint="{start}" EndPoint="{end}" Extend="{beyond}"'
    if ink.radii is None:
        return f"<ofd:AxialShd {common}>{stops}</ofd:AxialShd>"
    first, last = (figure(radius) for radius in ink.radii)
    return f'<ofd:RadialShd {common} StartRadius="{first}" EndRadius="{last}">{stops}</ofd:RadialShd>'


def _stops(stops: Sequence[tuple[float, Rgb]]) -> Iterator[str]:
    for place, (red, green, blue) in stops:
        shown = f'<ofd:Color Value="{red} {green} {blue}"/>'
        yield f'<ofd:Segment Position="{figure(place, 4)}">{shown}</ofd:Segment>'
