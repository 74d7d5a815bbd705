# SPDX-License-Identifier: Apache-2.0
"""
What a page is made of: values in points, y downwards from the top of the page.

Knows neither PDF nor Word.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from adapters.conversion.ofd_writing.geometry import Box


@dataclass(frozen=True, slots=True)
class Look:
    """How letters look; colour: RRGGBB."""

    font: str
    size: float
    bold: bool = False
    italic: bool = False
    colour: str = "000000"


@dataclass(frozen=True, slots=True)
class Letter:
    """One character, or the blank that stands for a gap, and where it is."""

    text: str
    box: Box
    look: Look


@dataclass(frozen=True, slots=True)
class Line:
    """Letters on one base line, from left to right."""

    letters: tuple[Letter, ...]

    @property
    def box(self) -> Box:
        return reduce(Box.join, (letter.box for letter in self.letters))

    @property
    def text(self) -> str:
        return "".join(letter.text for letter in self.letters)

    @property
    def size(self) -> float:
        """The size of its largest letters."""
        return max(letter.look.size for letter in self.letters)


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line along one axis: *at* on the other one, from *start* to *end*."""

    across: bool  # it runs from left to right
    at: float
    start: float
    end: float
    width: float = 1.0
    colour: str = "000000"


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one look."""

    text: str
    look: Look


@dataclass(frozen=True, slots=True)
class Paragraph:
    """
    Text that flows.

    align: both, center or right; indent: of its first line, from the left edge of the text; end: how far
    from the right edge the text of one that is set right ends;
    pitch: from line to line, 0 = there is one line.
    """

    runs: tuple[Run, ...]
    box: Box
    align: str = "both"
    indent: float = 0.0
    end: float = 0.0
    pitch: float = 0.0

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with its paragraphs; it may take several columns, and several rows."""

    paragraphs: tuple[Paragraph, ...]
    columns: int = 1
    begins: bool = False  # it goes on in the row below
    continued: bool = False  # it goes on from the row above


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; widths of all columns, heights of all rows."""

    widths: tuple[float, ...]
    heights: tuple[float, ...]
    rows: tuple[tuple[Cell, ...], ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Rule:
    """A stroke that stands by itself, from left to right."""

    stroke: Stroke

    @property
    def box(self) -> Box:
        half = self.stroke.width / 2
        return Box(self.stroke.start, self.stroke.at - half, self.stroke.end, self.stroke.at + half)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, as PNG, where it stands."""

    data: bytes
    box: Box


Block = Paragraph | Table | Rule


@dataclass(frozen=True, slots=True)
class Page:
    """
    One page.

    text: the rectangle in which its blocks stand; shapes: how many drawn things were not carried over.
    """

    width: float
    height: float
    text: Box
    blocks: tuple[Block, ...]
    pictures: tuple[Picture, ...]
    shapes: int = 0

    @property
    def words(self) -> str:
        """All its text."""
        found = []
        for block in self.blocks:
            if isinstance(block, Paragraph):
                found.append(block.text)
            elif isinstance(block, Table):
                found += [each.text for row in block.rows for cell in row for each in cell.paragraphs]
        return "\n".join(found)
