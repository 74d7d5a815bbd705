# SPDX-License-Identifier: Apache-2.0
"""
Gradients and meshes as PDF shadings.

Repeated and reflected gradients become one function over as many periods as the object can show. Alpha
that changes along a gradient is a shading of its own, in grey, for a soft mask.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from itertools import pairwise

from adapters.conversion.ofd.geometry import (
    IDENTITY,
    Box,
    Matrix,
    Point,
    at,
    inverse,
    moved,
    times,
    turned,
)
from adapters.conversion.ofd.painting.pdf_file import Name, PdfFile, Ref, Value
from adapters.conversion.ofd.values import Axial, Colour, Mesh, Radial, Stop

PERIODS = 200  # of a repeated gradient; beyond, it is one colour to the eye

_COMPONENTS = {"gray": 1, "rgb": 3, "cmyk": 4}
_SPACES = {"gray": "DeviceGray", "rgb": "DeviceRGB", "cmyk": "DeviceCMYK"}


@dataclass(frozen=True, slots=True)
class Shading:
    """A shading in the file; *matrix* leads from its space to the object's."""

    ref: Ref
    matrix: Matrix = IDENTITY


def shading(file: PdfFile, paint: Axial | Radial | Mesh, area: Box) -> Shading:
    """The colours of *paint*; *area* is what it may have to cover."""
    return _made(file, paint, area, as_alpha=False)


def alpha_shading(file: PdfFile, paint: Axial | Radial | Mesh, area: Box) -> Shading | None:
    """The alpha of *paint* as grey, black = not seen; None: it does not change."""
    if len({colour.alpha for colour in _colours(paint)}) < 2:
        return None
    return _made(file, paint, area, as_alpha=True)


def even_alpha(paint: Axial | Radial | Mesh) -> float:
    """The alpha that all of *paint* has; 1 where it changes."""
    found = {colour.alpha for colour in _colours(paint)}
    return paint.alpha * (found.pop() if len(found) == 1 else 1.0)


def _colours(paint: Axial | Radial | Mesh) -> list[Colour]:
    return [each.colour for each in (paint.vertices if isinstance(paint, Mesh) else paint.stops)]


def _made(file: PdfFile, paint: Axial | Radial | Mesh, area: Box, *, as_alpha: bool) -> Shading:
    if isinstance(paint, Mesh):
        return _mesh(file, paint, as_alpha=as_alpha)
    space = "gray" if as_alpha else _one_space(paint.stops)
    stops = [
        (each.position, (each.colour.alpha,) if as_alpha else _in_space(each.colour, space))
        for each in paint.stops
    ]
    first, last = _periods(paint, area)
    function = _function(file, stops, paint.mapping, range(first, last))
    start, end, matrix = _ends(paint)
    start, end = _along(start, end, first, paint), _along(start, end, last, paint)
    kind, coords = 2, [*start, *end]
    if isinstance(paint, Radial):
        first_radius, last_radius = (max(0.0, _radius(each, paint)) for each in (first, last))
        kind, coords = 3, [*start, first_radius, *end, last_radius]
    head: dict[str, Value] = {
        "ShadingType": kind,
        "ColorSpace": Name(_SPACES[space]),
        "Coords": coords,
        "Domain": [0, 1],
        "Function": function,
        "Extend": list(paint.extend),
    }
    return Shading(file.add(head), matrix)


def _ends(paint: Axial | Radial) -> tuple[Point, Point, Matrix]:
    """Start and end in the space in which ellipses are circles, and the way out of it."""
    if not isinstance(paint, Radial) or (paint.flatness == 1.0 and paint.angle == 0.0):
        return paint.start, paint.end, IDENTITY
    x, y = paint.start
    flat: Matrix = (1.0, 0.0, 0.0, max(1e-3, paint.flatness), 0.0, 0.0)
    way = times(times(times(moved(-x, -y), flat), turned(paint.angle)), moved(x, y))
    back = inverse(way)
    return paint.start, at(back, paint.end) if back else paint.end, way


# ---- periods


def _unit(paint: Axial | Radial) -> float:
    """One period as a share of the way from start to end."""
    length = math.dist(paint.start, paint.end)
    if isinstance(paint, Radial):
        length = max(length, abs(paint.end_radius - paint.start_radius))
    if paint.mapping == "Direct" or paint.unit <= 0 or length <= 0:
        return 1.0
    return max(1 / PERIODS, paint.unit / length)


def _periods(paint: Axial | Radial, area: Box) -> tuple[int, int]:
    """The first period and the one after the last."""
    if paint.mapping == "Direct":
        return 0, 1
    share = _unit(paint)
    last = max(1, math.ceil(1 / share - 1e-9))
    length = max(1e-6, math.dist(paint.start, paint.end))
    if isinstance(paint, Radial):
        length = max(length, abs(paint.end_radius - paint.start_radius))
    reach = math.hypot(area.width, area.height) + math.dist(paint.start, (area.x, area.y))
    further = min(PERIODS, math.ceil(reach / (length * share)))
    shrinking = isinstance(paint, Radial)  # radii below nothing are not
    return (0 if shrinking or not paint.extend[0] else -further), (
        last + further if paint.extend[1] else last
    )


def _along(start: Point, end: Point, period: int, paint: Axial | Radial) -> Point:
    share = _unit(paint) * period
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)


def _radius(period: int, paint: Radial) -> float:
    return paint.start_radius + (paint.end_radius - paint.start_radius) * _unit(paint) * period


# ---- functions


def _function(
    file: PdfFile, stops: list[tuple[float, tuple[float, ...]]], mapping: str, periods: range
) -> Ref:
    one = _stitched(file, stops)
    if len(periods) == 1:
        return one
    count = len(periods)
    mirrored = [[1, 0] if mapping == "Reflect" and period % 2 else [0, 1] for period in periods]
    encode: list[Value] = [part for pair in mirrored for part in pair]
    return file.add(
        {
            "FunctionType": 3,
            "Domain": [0, 1],
            "Functions": [one] * count,
            "Bounds": [index / count for index in range(1, count)],
            "Encode": encode,
        }
    )


def _stitched(file: PdfFile, stops: list[tuple[float, tuple[float, ...]]]) -> Ref:
    stops = _whole(stops)
    pieces: list[Value] = []
    bounds: list[Value] = []
    for (low, first), (high, second) in pairwise(stops):
        if high <= low and (low > 0 or len(stops) > 2):
            continue  # a step: the next piece begins with the other colour
        head: dict[str, Value] = {
            "FunctionType": 2,
            "Domain": [0, 1],
            "C0": list(first),
            "C1": list(second),
            "N": 1,
        }
        pieces.append(file.add(head))
        bounds.append(high)
    if len(pieces) == 1 and isinstance(pieces[0], Ref):
        return pieces[0]
    encode: list[Value] = [0, 1] * len(pieces)
    head = {"FunctionType": 3, "Domain": [0, 1], "Functions": pieces, "Bounds": bounds[:-1], "Encode": encode}
    return file.add(head)


def _whole(stops: list[tuple[float, tuple[float, ...]]]) -> list[tuple[float, tuple[float, ...]]]:
    """The stops, with the first colour at 0 and the last at 1."""
    if stops[0][0] > 0:
        stops = [(0.0, stops[0][1]), *stops]
    if stops[-1][0] < 1:
        stops = [*stops, (1.0, stops[-1][1])]
    return stops if len(stops) > 1 else [(0.0, stops[0][1]), (1.0, stops[0][1])]


def _one_space(stops: tuple[Stop, ...]) -> str:
    spaces = {each.colour.space for each in stops}
    return spaces.pop() if len(spaces) == 1 else "rgb"


def _in_space(colour: Colour, space: str) -> tuple[float, ...]:
    return colour.parts if colour.space == space else rgb(colour)


def rgb(colour: Colour) -> tuple[float, ...]:
    """A colour as red, green and blue."""
    match colour.space:
        case "gray":
            return colour.parts * 3
        case "cmyk":
            *inks, black = colour.parts
            return tuple(1 - min(1.0, ink + black) for ink in inks)
        case _:
            return colour.parts


# ---- meshes


def _mesh(file: PdfFile, paint: Mesh, *, as_alpha: bool) -> Shading:
    xs = [each.x for each in paint.vertices] or [0.0]
    ys = [each.y for each in paint.vertices] or [0.0]
    left, top = min(xs), min(ys)
    width, height = max(max(xs) - left, 1e-6), max(max(ys) - top, 1e-6)
    data = bytearray()
    for vertex in paint.vertices:
        parts = (vertex.colour.alpha,) if as_alpha else rgb(vertex.colour)
        place = ((vertex.x - left) / width, (vertex.y - top) / height)
        if not paint.per_row:
            data.append(vertex.flag)
        data += struct.pack(">LL", *(round(each * 0xFFFFFFFF) for each in place))
        data += bytes(round(each * 255) for each in parts)
    components = 1 if as_alpha else 3
    head: dict[str, Value] = {
        "ShadingType": 5 if paint.per_row else 4,
        "ColorSpace": Name("DeviceGray" if as_alpha else "DeviceRGB"),
        "BitsPerCoordinate": 32,
        "BitsPerComponent": 8,
        "Decode": [left, left + width, top, top + height, *([0, 1] * components)],
    }
    head |= {"VerticesPerRow": paint.per_row} if paint.per_row else {"BitsPerFlag": 8}
    return Shading(file.add_stream(head, bytes(data)))
