# SPDX-License-Identifier: Apache-2.0
"""
The outlines of paths: the abbreviated notation of GB/T 33190, 9.1, as moves, lines and Bézier curves.

Quadratic curves and elliptical arcs become cubic ones, so that a painter needs three verbs and a
close. Notation that is not understood ends the outline there: what came before is kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TypeAlias

from adapters.conversion.ofd.geometry import Box, Matrix, Point, at, bounded

Segment: TypeAlias = tuple[str, tuple[float, ...]]  # ("m"|"l"|"c"|"h", coordinates)
Segments: TypeAlias = tuple[Segment, ...]

_TOKEN = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_ARGUMENTS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
_KAPPA = 4 / 3


def segments(notation: str) -> tuple[Segments, bool]:
    """The outline that *notation* says, and whether all of it was understood."""
    outline: list[Segment] = []
    here: Point = (0.0, 0.0)
    start = here
    tokens = _TOKEN.findall(notation)
    at_token, verb = 0, ""
    while at_token < len(tokens):
        if tokens[at_token][0].isalpha():
            verb, at_token = tokens[at_token].upper(), at_token + 1
        elif verb in ("", "C"):
            return tuple(outline), False
        count = _ARGUMENTS.get(verb, -1)
        words = tokens[at_token : at_token + count] if count >= 0 else ["?"]
        if count < 0 or len(words) < count or any(word.isalpha() for word in words):
            return tuple(outline), False
        values = tuple(bounded(float(word)) for word in words)
        at_token += count
        if not outline and verb not in "SM":
            outline.append(("m", here))
        outline += _drawn(verb, values, here)
        if verb in "SM":
            start = (values[0], values[1])
        here = start if verb == "C" else (values[-2], values[-1])
    return tuple(outline), True


def _drawn(verb: str, values: tuple[float, ...], here: Point) -> list[Segment]:
    match verb:
        case "S" | "M":
            return [("m", values)]
        case "L":
            return [("l", values)]
        case "B":
            return [("c", values)]
        case "Q":
            return [("c", _cubic(here, values))]
        case "A":
            return list(arc(here, values))
        case _:
            return [("h", ())]


def _cubic(here: Point, values: tuple[float, ...]) -> tuple[float, ...]:
    (x0, y0), (x1, y1, x2, y2) = here, values
    return (
        *(x0 + 2 / 3 * (x1 - x0), y0 + 2 / 3 * (y1 - y0)),
        *(x2 + 2 / 3 * (x1 - x2), y2 + 2 / 3 * (y1 - y2)),
        *(x2, y2),
    )


def arc(here: Point, values: tuple[float, ...]) -> Iterator[Segment]:
    """
    The elliptical arc from *here*: radii, turn of the ellipse, large, clockwise, and the end.

    Source: GB/T 33190, 9.1 (verb A), and SVG 1.1, F.6, whose arc it is.
    """
    rx, ry, degrees, large, sweep, x, y = values
    rx, ry = abs(rx), abs(ry)
    if here == (x, y):
        return
    if rx < 1e-9 or ry < 1e-9:
        yield ("l", (x, y))
        return
    turn = math.radians(degrees)
    cos, sin = math.cos(turn), math.sin(turn)
    half_x, half_y = (here[0] - x) / 2, (here[1] - y) / 2
    px, py = cos * half_x + sin * half_y, -sin * half_x + cos * half_y
    grow = math.sqrt(max(1.0, (px / rx) ** 2 + (py / ry) ** 2))  # radii that cannot reach are made to
    rx, ry = rx * grow, ry * grow
    below = (rx * py) ** 2 + (ry * px) ** 2
    factor = math.sqrt(max(0.0, ((rx * ry) ** 2 - below) / below)) * (-1 if bool(large) == bool(sweep) else 1)
    cx, cy = factor * rx * py / ry, -factor * ry * px / rx
    begin = math.atan2((py - cy) / ry, (px - cx) / rx)
    swept = math.atan2((-py - cy) / ry, (-px - cx) / rx) - begin
    if sweep and swept < 0:
        swept += 2 * math.pi
    elif not sweep and swept > 0:
        swept -= 2 * math.pi
    middle = (cos * cx - sin * cy + (here[0] + x) / 2, sin * cx + cos * cy + (here[1] + y) / 2)
    ellipse: Matrix = (rx * cos, rx * sin, -ry * sin, ry * cos, *middle)
    yield from _quarters(ellipse, begin, swept)


def _quarters(ellipse: Matrix, begin: float, swept: float) -> Iterator[Segment]:
    count = max(1, math.ceil(abs(swept) / (math.pi / 2) - 1e-9))
    step = swept / count
    reach = _KAPPA * math.tan(step / 4)
    for index in range(count):
        u, v = begin + index * step, begin + (index + 1) * step
        first = (math.cos(u) - reach * math.sin(u), math.sin(u) + reach * math.cos(u))
        second = (math.cos(v) + reach * math.sin(v), math.sin(v) - reach * math.cos(v))
        end = (math.cos(v), math.sin(v))
        yield ("c", (*at(ellipse, first), *at(ellipse, second), *at(ellipse, end)))


def rectangle(area: Box) -> Segments:
    """The outline of a box."""
    right, bottom = area.x + area.width, area.y + area.height
    corners = ((area.x, area.y), (right, area.y), (right, bottom), (area.x, bottom))
    return (("m", corners[0]), *(("l", each) for each in corners[1:]), ("h", ()))


def transformed(outline: Segments, m: Matrix) -> Segments:
    """*outline* after *m*."""
    return tuple((verb, _each_at(m, values)) for verb, values in outline)


def _each_at(m: Matrix, values: tuple[float, ...]) -> tuple[float, ...]:
    pairs = zip(values[::2], values[1::2], strict=True)
    return tuple(part for pair in pairs for part in at(m, pair))
