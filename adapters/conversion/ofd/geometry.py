# SPDX-License-Identifier: Apache-2.0
"""
Numbers, boxes and matrices of a page, in millimetres, y downward, as GB/T 33190 has them.

A matrix (a, b, c, d, e, f) takes (x, y) to (a·x + c·y + e, b·x + d·y + f), as in PDF. Numbers come
from strangers: what is no number is left out, and none is larger than a page could ever need.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TypeAlias

Matrix: TypeAlias = tuple[float, float, float, float, float, float]
Point: TypeAlias = tuple[float, float]

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
LARGEST = 1e6  # of any number in a page: a kilometre

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def is_empty(self) -> bool:
        """Whether nothing fits in."""
        return self.width <= 0 or self.height <= 0

    def grown(self, by: float) -> Box:
        """This with a margin around it."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def within(self, other: Box) -> Box:
        """What this has in common with *other*."""
        left, top = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        return Box(left, top, max(0.0, right - left), max(0.0, bottom - top))


def number(text: str | None, default: float) -> float:
    """The first number in *text*."""
    found = _NUMBER.search(text) if text else None
    return bounded(float(found[0])) if found else default


def numbers(text: str | None) -> tuple[float, ...]:
    """All numbers in *text*."""
    return tuple(bounded(float(each)) for each in _NUMBER.findall(text)) if text else ()


def bounded(value: float) -> float:
    """*value*, no larger than anything on a page can be."""
    return max(-LARGEST, min(LARGEST, value))


def box(text: str | None) -> Box | None:
    """The box that *text* says by four numbers."""
    found = numbers(text)
    return Box(*found[:4]) if len(found) >= 4 else None


def matrix(text: str | None) -> Matrix:
    """The matrix that *text* says by six numbers; the identity where it says none."""
    found = numbers(text)
    return (found[0], found[1], found[2], found[3], found[4], found[5]) if len(found) >= 6 else IDENTITY


def times(first: Matrix, then: Matrix) -> Matrix:
    """The matrix that does *first* and *then* the other."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def moved(x: float, y: float) -> Matrix:
    """The matrix that moves by (x, y)."""
    return (1.0, 0.0, 0.0, 1.0, x, y)


def turned(degrees: float) -> Matrix:
    """The matrix that turns clockwise on the page."""
    angle = math.radians(degrees)
    return (math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle), 0.0, 0.0)


def inverse(m: Matrix) -> Matrix | None:
    """The matrix that undoes *m*; None where nothing can."""
    a, b, c, d, e, f = m
    scale = a * d - b * c
    if abs(scale) < 1e-12:
        return None
    undone = (d / scale, -b / scale, -c / scale, a / scale)
    return (*undone, -(e * undone[0] + f * undone[2]), -(e * undone[1] + f * undone[3]))


def at(m: Matrix, point: Point) -> Point:
    """Where *m* takes *point*."""
    x, y = point
    return (m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5])


def around(m: Matrix, area: Box) -> Box:
    """The upright box around *area* after *m*."""
    right, bottom = area.x + area.width, area.y + area.height
    corners = [at(m, each) for each in ((area.x, area.y), (right, area.y), (area.x, bottom), (right, bottom))]
    left, top = min(x for x, _ in corners), min(y for _, y in corners)
    return Box(left, top, max(x for x, _ in corners) - left, max(y for _, y in corners) - top)
