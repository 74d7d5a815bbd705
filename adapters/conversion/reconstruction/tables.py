# SPDX-License-Identifier: Apache-2.0
"""
Strokes that are the grid of a table, and the cells between them.

A table is a set of strokes that touch, with two rows or two columns at least. Cells between which a
stroke is missing are one cell. Strokes that are no grid are rules and shapes, and given back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.conversion.ofd_writing.geometry import Box
from adapters.conversion.reconstruction.blocks import Stroke

NEAR = 2.5  # points; what is nearer than this is drawn as touching
COVERED = 0.8  # of a cell's side that a stroke must run along to close it
MOST_STROKES = 20_000  # on a page; more are a drawing
MOST_SIDES = 400  # rows or columns


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of a grid: its first row and column, and how many of each it takes."""

    row: int
    column: int
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the columns and rows of a table begin and end, and its cells."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    places: tuple[Place, ...]

    @property
    def box(self) -> Box:
        return Box(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])

    def box_of(self, place: Place) -> Box:
        return Box(
            self.xs[place.column],
            self.ys[place.row],
            self.xs[place.column + place.columns],
            self.ys[place.row + place.rows],
        )


def grids(strokes: Sequence[Stroke]) -> tuple[list[Grid], list[Stroke]]:
    """The tables among *strokes*, and the strokes that are in none."""
    if len(strokes) > MOST_STROKES:
        return [], list(strokes)
    found, left = [], []
    for cluster in _touching(strokes):
        grid = _grid(cluster)
        if grid is None:
            left += cluster
        else:
            found.append(grid)
    return found, left


def _touching(strokes: Sequence[Stroke]) -> list[list[Stroke]]:
    """Strokes that meet, directly or through others, together."""
    owner = list(range(len(strokes)))

    def root(number: int) -> int:
        while owner[number] != number:
            owner[number] = owner[owner[number]]
            number = owner[number]
        return number

    across = sorted((s.at, n) for n, s in enumerate(strokes) if s.across)
    for n, upright in enumerate(strokes):
        if upright.across:
            continue
        for at, m in across:
            if at < upright.start - NEAR:
                continue
            if at > upright.end + NEAR:
                break
            if strokes[m].start - NEAR <= upright.at <= strokes[m].end + NEAR:
                owner[root(m)] = root(n)
    clusters: dict[int, list[Stroke]] = {}
    for n, stroke in enumerate(strokes):
        clusters.setdefault(root(n), []).append(stroke)
    return list(clusters.values())


def _grid(strokes: Sequence[Stroke]) -> Grid | None:
    xs = _distinct([s.at for s in strokes if not s.across])
    ys = _distinct([s.at for s in strokes if s.across])
    cells = (len(xs) - 1) * (len(ys) - 1)
    if len(xs) < 2 or len(ys) < 2 or cells < 2 or max(len(xs), len(ys)) > MOST_SIDES:
        return None
    return Grid(tuple(xs), tuple(ys), tuple(_places(xs, ys, strokes)))


def _distinct(values: Sequence[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > NEAR:
            found.append(value)
    return found


def _places(xs: list[float], ys: list[float], strokes: Sequence[Stroke]) -> list[Place]:
    """From the top left on: each cell grows to the right, then down, until a stroke ends it."""
    taken: set[tuple[int, int]] = set()
    places = []
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            if (row, column) in taken:
                continue
            columns, rows = 1, 1
            while column + columns < len(xs) - 1 and not _closed(
                strokes, xs[column + columns], ys[row], ys[row + 1], across=False
            ):
                columns += 1
            right = xs[column + columns]
            while row + rows < len(ys) - 1 and not _closed(
                strokes, ys[row + rows], xs[column], right, across=True
            ):
                rows += 1
            taken.update((r, c) for r in range(row, row + rows) for c in range(column, column + columns))
            places.append(Place(row, column, rows, columns))
    return places


def _closed(strokes: Sequence[Stroke], at: float, start: float, end: float, *, across: bool) -> bool:
    """Whether strokes run along most of this side of a cell."""
    along = 0.0
    for stroke in strokes:
        if stroke.across is across and abs(stroke.at - at) <= NEAR:
            along += max(0.0, min(stroke.end, end) - max(stroke.start, start))
    return along >= COVERED * (end - start)
