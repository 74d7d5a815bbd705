# SPDX-License-Identifier: Apache-2.0
"""
Paths: built in a PDF's user space, written as OFD's AbbreviatedData.

A path's points are kept where they will be drawn, in page millimetres. Knows no colour and no clip.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from adapters.conversion.ofd_writing.geometry import Box, Matrix, Point, around, figure, moved

MOVE, LINE, CURVE, CLOSE = "M", "L", "B", "C"  # as OFD spells them
MOST_SEGMENTS: Final = 200_000  # of one path; beyond it a page is a picture

Segment = tuple[str, tuple[Point, ...]]


@dataclass(frozen=True, slots=True)
class Path:
    """Segments in page millimetres, and the rule by which they enclose."""

    segments: tuple[Segment, ...]
    even_odd: bool = False

    def points(self) -> Iterator[Point]:
        for _, points in self.segments:
            yield from points

    def bounds(self) -> Box | None:
        """The box around all points, control points too; None for an empty path."""
        points = list(self.points())
        return around(points) if points else None

    def is_rectangle(self) -> bool:
        """Whether it is one rectangle along the axes."""
        kinds = [kind for kind, _ in self.segments if kind != CLOSE]
        points = list(self.points())
        if kinds[:1] != [MOVE] or kinds[1:] not in ([LINE] * 3, [LINE] * 4):
            return False
        if len(points) == 5 and not _same(points[4], points[0]):
            return False
        first, second, third, fourth = points[:4]
        level = _level(first, second) and _upright(second, third) and _level(third, fourth)
        turned = _upright(first, second) and _level(second, third) and _upright(third, fourth)
        return (level and _upright(fourth, first)) or (turned and _level(fourth, first))

    def data(self, left: float, top: float) -> str:
        """AbbreviatedData, with (*left*, *top*) as the origin."""
        words: list[str] = []
        for kind, points in self.segments:
            words.append(kind)
            for x, y in points:
                words.append(figure(x - left))
                words.append(figure(y - top))
        return " ".join(words)


def rectangle(box: Box) -> Path:
    """*box* as a path."""
    corners = (
        (box.left, box.top),
        (box.right, box.top),
        (box.right, box.bottom),
        (box.left, box.bottom),
    )
    first, *others = corners
    return Path(((MOVE, (first,)), *((LINE, (corner,)) for corner in others), (CLOSE, ())))


class Pen:
    """The path under construction; points come in user space and are placed by the matrix of their moment."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self._here: Point = (0.0, 0.0)
        self._start: Point = (0.0, 0.0)

    def move(self, ctm: Matrix, x: float, y: float) -> None:
        self._here = self._start = x, y
        if self.segments and self.segments[-1][0] == MOVE:
            self.segments.pop()
        self._add(MOVE, ctm, (x, y))

    def line(self, ctm: Matrix, x: float, y: float) -> None:
        self._begun(ctm, x, y)
        self._here = x, y
        self._add(LINE, ctm, (x, y))

    def curve(self, ctm: Matrix, *points: Point) -> None:
        """A Bézier curve by three points; by two, the first control point is where the pen is."""
        self._begun(ctm, *points[0])
        three = points if len(points) == 3 else (self._here, *points)
        self._here = three[-1]
        self._add(CURVE, ctm, *three)

    def close(self) -> None:
        if self.segments and self.segments[-1][0] != CLOSE:
            self.segments.append((CLOSE, ()))
            self._here = self._start

    def box(self, ctm: Matrix, left: float, bottom: float, width: float, height: float) -> None:
        self.move(ctm, left, bottom)
        self.line(ctm, left + width, bottom)
        self.line(ctm, left + width, bottom + height)
        self.line(ctm, left, bottom + height)
        self.close()

    def taken(self, even_odd: bool) -> Path:
        """The path so far, without a last point that leads nowhere."""
        segments = self.segments
        if segments and segments[-1][0] == MOVE:
            segments = segments[:-1]
        return Path(tuple(segments), even_odd)

    def _begun(self, ctm: Matrix, x: float, y: float) -> None:
        if not self.segments:
            self.move(ctm, x, y)
        elif self.segments[-1][0] == CLOSE:
            self.move(ctm, *self._start)

    def _add(self, kind: str, ctm: Matrix, *points: Point) -> None:
        if len(self.segments) <= MOST_SEGMENTS:
            self.segments.append((kind, tuple(moved(ctm, x, y) for x, y in points)))


def _same(one: Point, other: Point) -> bool:
    return _level(one, other) and _upright(one, other)


def _level(one: Point, other: Point) -> bool:
    return abs(one[1] - other[1]) < 1e-4


def _upright(one: Point, other: Point) -> bool:
    return abs(one[0] - other[0]) < 1e-4
