# SPDX-License-Identifier: Apache-2.0
"""
What stands on a page, as values: millimetres, y downward, everything resolved that a document refers to.

A painter needs nothing else: no identifiers, no inheritance of drawing parameters, no templates. What
is heavy (fonts, pictures) is a `Part`, read when it is painted. This module knows neither XML nor PDF.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from adapters.conversion.containers import Container
from adapters.conversion.ofd.geometry import IDENTITY, Box, Matrix, Point
from adapters.conversion.ofd.paths import Segments


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the package; two are equal if they are the same file of the same package."""

    container: Container
    name: str

    def read(self, limit_bytes: int | None = None) -> bytes:
        """
        Its content.

        Raises:
            Unreadable: it is not there, is damaged, or is larger than *limit_bytes*.
        """
        return self.container.read(self.name, limit_bytes)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Content that is no file of the package, such as the picture inside a seal."""

    name: str
    data: bytes

    def read(self, limit_bytes: int | None = None) -> bytes:
        """Its content; it was measured when it was taken."""
        return self.data


Source: TypeAlias = Part | Held

# ---- paints


@dataclass(frozen=True, slots=True)
class Colour:
    """A plain colour: each part 0 .. 1, alpha 1 = opaque."""

    space: Literal["gray", "rgb", "cmyk"]
    parts: tuple[float, ...]
    alpha: float = 1.0


BLACK = Colour("rgb", (0.0, 0.0, 0.0))


@dataclass(frozen=True, slots=True)
class Stop:
    """A colour at a position 0 .. 1 of a gradient."""

    position: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Gradient:
    """What axial and radial gradients have in common."""

    start: Point
    end: Point
    stops: tuple[Stop, ...]
    extend: tuple[bool, bool] = (False, False)  # before the start, beyond the end
    mapping: Literal["Direct", "Repeat", "Reflect"] = "Direct"
    unit: float = 0.0  # length of one period, 0 = from start to end
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Axial(Gradient):
    """Colour changes along a line."""


@dataclass(frozen=True, slots=True)
class Radial(Gradient):
    """Colour changes between two circles, or between ellipses turned by *angle* degrees."""

    start_radius: float = 0.0
    end_radius: float = 0.0
    flatness: float = 1.0  # minor to major axis
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class Vertex:
    """A corner of a mesh; *flag* says which edge of the triangle before it goes on from."""

    x: float
    y: float
    colour: Colour
    flag: int = 0


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles whose colours run into each other; *per_row* for a lattice, 0 for free triangles."""

    vertices: tuple[Vertex, ...]
    per_row: int = 0
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Tiles:
    """A cell of objects, repeated."""

    width: float
    height: float
    x_step: float
    y_step: float
    content: tuple[Item, ...]
    mirrored: tuple[bool, bool] = (False, False)  # every second column, every second row
    of_page: bool = False  # the grid is the page's, not the object's
    matrix: Matrix = IDENTITY
    alpha: float = 1.0


Paint: TypeAlias = Colour | Axial | Radial | Mesh | Tiles


@dataclass(frozen=True, slots=True)
class Pen:
    """How a line is drawn."""

    width: float = 0.353
    cap: Literal["Butt", "Round", "Square"] = "Butt"
    join: Literal["Miter", "Round", "Bevel"] = "Miter"
    miter: float = 3.528
    dash: tuple[float, ...] = ()
    offset: float = 0.0


# ---- text


@dataclass(frozen=True, slots=True)
class Face:
    """The font that a document asks for."""

    name: str
    family: str = ""
    bold: bool = False
    italic: bool = False
    file: Source | None = None  # None: not embedded


@dataclass(frozen=True, slots=True)
class Glyph:
    """A shape and the text that it stands for; *index* in the embedded font where the document says it."""

    text: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Glyphs from a first place on; steps from each to the next, or none: as wide as they are."""

    x: float
    y: float
    glyphs: tuple[Glyph, ...]
    steps: tuple[Point, ...] | None


@dataclass(frozen=True, slots=True)
class Writing:
    """Text in one font, in the space of its object."""

    face: Face
    size: float
    runs: tuple[Run, ...]
    stretch: float = 1.0
    char_degrees: int = 0  # each glyph is turned, clockwise
    read_degrees: int = 0  # where the next glyph stands, if there are no steps
    weight: int = 400
    italic: bool = False


# ---- objects


@dataclass(frozen=True, slots=True)
class Target:
    """A place on a page, in millimetres from its corner; without a height the top of the page."""

    page: str  # identifier
    left: float | None = None
    top: float | None = None


@dataclass(frozen=True, slots=True)
class ClipArea:
    """One area inside which an object is seen: an outline, or text; *matrix* leads to the object's parent."""

    matrix: Matrix
    shape: Segments | Writing
    even_odd: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object stands in its parent: the way of its coordinates, and what of it is seen."""

    boundary: Box
    matrix: Matrix  # from the object's own space to its parent's
    alpha: float = 1.0
    clips: tuple[tuple[ClipArea, ...], ...] = ()  # seen is what all of them have, each the union of its areas
    link: Target | str | None = None  # where a click on the boundary leads: a place, or an address


@dataclass(frozen=True, slots=True)
class PathItem:
    """An outline, filled or drawn or both."""

    place: Place
    outline: Segments
    fill: Paint | None
    stroke: Paint | None
    pen: Pen
    even_odd: bool = False


@dataclass(frozen=True, slots=True)
class TextItem:
    """Text, filled or drawn or both; neither: invisible."""

    place: Place
    writing: Writing
    fill: Paint | None
    stroke: Paint | None
    pen: Pen


@dataclass(frozen=True, slots=True)
class ImageItem:
    """
    A picture in the unit square; *mask* is white where it is seen.

    Ink, such as a seal's, leaves what lies under it readable, whatever ground its picture has.
    """

    place: Place
    picture: Source
    mask: Source | None = None
    border: tuple[Pen, Colour] | None = None
    is_ink: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Objects that are placed together: a composite unit, an annotation, a seal."""

    place: Place
    items: Sequence[Item]


Item: TypeAlias = PathItem | TextItem | ImageItem | Group


# ---- pages


@dataclass(frozen=True, slots=True)
class Areas:
    """The boxes of a page: the sheet, and the part of it that is shown."""

    sheet: Box
    shown: Box
    content: Box | None = None
    bleed: Box | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its objects come one after another, from the lowest to the topmost."""

    identifier: str
    areas: Areas
    items: Iterable[Item] = field(default=())
