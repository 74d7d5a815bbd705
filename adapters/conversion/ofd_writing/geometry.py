# SPDX-License-Identifier: Apache-2.0
"""
Matrices, boxes and how numbers are written: the arithmetic between a PDF page and an OFD page.

A matrix is PDF's row of six; `times(inner, outer)` applies *inner* first. Boxes are left, top, right,
bottom. An OFD page is in millimetres with y downwards. Knows no document.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]

IDENTITY: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
MM_A_POINT: Final = 25.4 / 72
FARTHEST: Final = 1e6  # millimetres; beyond it a coordinate is nonsense


def times(inner: Matrix, outer: Matrix) -> Matrix:
    """The matrix that applies *inner*, then *outer*."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u)


def moved(matrix: Matrix, x: float, y: float) -> Point:
    """Where *matrix* takes the point."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def inverse(matrix: Matrix) -> Matrix | None:
    """What undoes *matrix*; None where it flattens the plane."""
    a, b, c, d, e, f = matrix
    determinant = a * d - b * c
    if abs(determinant) < 1e-12:
        return None
    return (
        d / determinant,
        -b / determinant,
        -c / determinant,
        a / determinant,
        (c * f - d * e) / determinant,
        (b * e - a * f) / determinant,
    )


def scale_of(matrix: Matrix) -> float:
    """By how much *matrix* enlarges lengths, on the average of directions."""
    a, b, c, d, _, _ = matrix
    return math.sqrt(abs(a * d - b * c))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle along the axes; empty where right < left or bottom < top."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return max(0.0, self.right - self.left)

    @property
    def height(self) -> float:
        return max(0.0, self.bottom - self.top)

    @property
    def empty(self) -> bool:
        return self.right <= self.left or self.bottom <= self.top

    def meet(self, other: Box) -> Box:
        """What both cover."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def join(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def covers(self, other: Box) -> bool:
        slack = 1e-3
        return (
            self.left <= other.left + slack
            and self.top <= other.top + slack
            and self.right >= other.right - slack
            and self.bottom >= other.bottom - slack
        )

    def apart(self, other: Box) -> bool:
        """Whether the two have no point in common."""
        return (
            self.right < other.left
            or other.right < self.left
            or self.bottom < other.top
            or other.bottom < self.top
        )

    def grown(self, by: float) -> Box:
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)


def around(points: Iterable[Point]) -> Box:
    """The smallest box that holds *points*, of which there is at least one."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def box_under(matrix: Matrix, box: Box) -> Box:
    """The smallest box that holds *box* after *matrix*."""
    corners = ((box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom))
    return around(moved(matrix, x, y) for x, y in corners)


def figure(value: float, places: int = 3) -> str:
    """*value* as OFD writes numbers: no exponent, no needless zero."""
    bounded = min(FARTHEST, max(-FARTHEST, value)) if value == value else 0.0
    text = f"{bounded:.{places}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def figures(values: Sequence[float], places: int = 3) -> str:
    """Several numbers, as OFD lists them."""
    return " ".join(figure(value, places) for value in values)


def boundary(box: Box) -> str:
    """*box* as an OFD `Boundary`: left, top, width, height, the last two above nothing."""
    return figures((box.left, box.top, max(box.width, 0.001), max(box.height, 0.001)))
