# SPDX-License-Identifier: Apache-2.0
"""
The letters, strokes and pictures of a PDF's pages, and the blocks that they make.

pdfminer says what stands where, PDFium gives the pictures with their masks. Opening, and refusing by
name what cannot be opened, is the reader's of PDF to OFD.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pypdfium2
import pypdfium2.raw
from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LTChar, LTContainer, LTCurve, LTLine, LTPage, LTRect
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage

from adapters.conversion.ofd_writing.geometry import Box
from adapters.conversion.ofd_writing.signatures import signatures
from adapters.conversion.ofd_writing.source import Source, judged
from adapters.conversion.reconstruction.blocks import (
    Block,
    Cell,
    Letter,
    Line,
    Look,
    Page,
    Paragraph,
    Picture,
    Rule,
    Stroke,
    Table,
)
from adapters.conversion.reconstruction.paragraphs import lines_of, paragraphs_of
from adapters.conversion.reconstruction.tables import Grid, Place, grids
from exchange import Seals

THIN: Final = 4.0  # points; a filled rectangle thinner than this is a stroke
MARGIN: Final = 72.0  # of a page without text
UNKNOWN: Final = "\ufffd"
WHITE: Final = "FFFFFF"


@dataclass
class _Seen:
    """What was found on one page."""

    height: float
    letters: list[Letter] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    shapes: int = 0

    def box(self, item: Any) -> Box:
        return Box(item.x0, self.height - item.y1, item.x1, self.height - item.y0)


def pages_of(file: Path) -> Iterator[Page]:
    """
    The pages of the PDF *file*, in order.

    Raises:
        Unreadable: it cannot be opened, or is damaged.
    """
    with Source(file) as source, pypdfium2.PdfDocument(file) as pictures:
        resources = PDFResourceManager()
        device = PDFPageAggregator(resources, laparams=None)
        interpreter = PDFPageInterpreter(resources, device)
        for number, page in enumerate(PDFPage.create_pages(source.document)):
            interpreter.process_page(judged(page))
            yield _page(device.get_result(), pictures, number)


def signatures_of(file: Path) -> Seals:
    """
    The signatures of the PDF *file*; they are not verified.

    Raises:
        Unreadable: it cannot be opened.
    """
    with Source(file) as source:
        return signatures(source.catalog)


def _page(layout: LTPage, pictures: pypdfium2.PdfDocument, number: int) -> Page:
    seen = _Seen(layout.height)
    _gather(layout, seen)
    found, loose = grids(seen.strokes)
    free = [letter for letter in seen.letters if not any(_inside(letter, grid.box) for grid in found)]
    lines = lines_of(free)
    edges = _edges([line.box for line in lines] + [grid.box for grid in found], layout)
    tables = [_table(grid, seen.letters) for grid in found]
    rules = [
        Rule(stroke) for stroke in loose if stroke.across and stroke.end - stroke.start > edges.width / 3
    ]
    return Page(
        width=layout.width,
        height=layout.height,
        text=edges,
        blocks=_in_order(lines, [*tables, *rules], edges),
        pictures=tuple(_pictures(pictures, number, layout.height)),
        shapes=seen.shapes + len(loose) - len(rules),
    )


def _in_order(lines: Sequence[Line], others: Sequence[Table | Rule], edges: Box) -> tuple[Block, ...]:
    """Everything from the top down; what stands between two lines parts their paragraphs."""
    blocks: list[Block] = []
    waiting = list(lines)
    for other in sorted(others, key=lambda each: each.box.top):
        above = [line for line in waiting if line.box.bottom <= other.box.top + line.size / 2]
        waiting = waiting[len(above) :]
        blocks += [*paragraphs_of(above, edges), other]
    return (*blocks, *paragraphs_of(waiting, edges))


def _edges(boxes: Sequence[Box], layout: LTPage) -> Box:
    if not boxes:
        return Box(MARGIN, MARGIN, layout.width - MARGIN, layout.height - MARGIN)
    return reduce(Box.join, boxes)


# ---- what pdfminer finds


def _gather(items: Any, seen: _Seen) -> None:
    for item in items:
        if isinstance(item, LTChar):
            seen.letters.append(_letter(item, seen))
        elif isinstance(item, LTLine):
            _line(item, seen)
        elif isinstance(item, LTRect):
            _rectangle(item, seen)
        elif isinstance(item, LTCurve):
            seen.shapes += 1
        elif isinstance(item, LTContainer):
            _gather(item, seen)


def _letter(item: LTChar, seen: _Seen) -> Letter:
    text = item.get_text()
    if text.startswith("(cid:"):
        text = UNKNOWN
    name = item.fontname.rpartition("+")[2]
    bold = any(word in name.lower() for word in ("bold", "black", "heavy"))
    italic = any(word in name.lower() for word in ("italic", "oblique"))
    look = Look(_family(name), round(item.size * 2) / 2, bold, italic, _colour(item.graphicstate.ncolor))
    return Letter(text, seen.box(item), look)


def _family(name: str) -> str:
    """
    The family of the font with this PostScript *name*: NotoSerifCJKsc-Bold is of Noto Serif CJK SC.

    It is a guess, since most PDFs give no other name; a word processor takes another face where it fails.
    """
    stem = re.split(r"[-,]", name)[0]
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z]{3})(?=sc$|tc$|jp$|kr$)", " ", stem)
    return re.sub(r" (sc|tc|jp|kr)$", lambda found: found[0].upper(), spaced) or name


def _line(item: LTLine, seen: _Seen) -> None:
    box, colour = seen.box(item), _colour(item.stroking_color)
    if box.height <= THIN:
        seen.strokes.append(_across(box, item.linewidth, colour))
    elif box.width <= THIN:
        seen.strokes.append(_upright(box, item.linewidth, colour))
    else:
        seen.shapes += 1


def _rectangle(item: LTRect, seen: _Seen) -> None:
    box = seen.box(item)
    ink = _colour(item.non_stroking_color if item.fill else item.stroking_color)
    if item.fill and min(box.width, box.height) > THIN:
        seen.shapes += ink != WHITE
    elif item.fill and box.height <= box.width:
        seen.strokes.append(_across(box, box.height, ink))
    elif item.fill:
        seen.strokes.append(_upright(box, box.width, ink))
    elif item.stroke:
        top, bottom = (Box(box.left, y, box.right, y) for y in (box.top, box.bottom))
        left, right = (Box(x, box.top, x, box.bottom) for x in (box.left, box.right))
        seen.strokes += [_across(each, item.linewidth, ink) for each in (top, bottom)]
        seen.strokes += [_upright(each, item.linewidth, ink) for each in (left, right)]


def _across(box: Box, width: float, colour: str) -> Stroke:
    return Stroke(True, (box.top + box.bottom) / 2, box.left, box.right, width, colour)


def _upright(box: Box, width: float, colour: str) -> Stroke:
    return Stroke(False, (box.left + box.right) / 2, box.top, box.bottom, width, colour)


def _colour(found: Any) -> str:
    """RRGGBB of a colour in gray, RGB or CMYK; of what is no colour, such as a pattern, black."""
    values = found if isinstance(found, list | tuple) else (found,)
    if not values or not all(isinstance(value, int | float) for value in values):
        return "000000"
    if len(values) == 4:
        cyan, magenta, yellow, black = values
        values = [1 - min(1, each + black) for each in (cyan, magenta, yellow)]
    red, green, blue = values if len(values) == 3 else [values[0]] * 3
    return "".join(f"{round(255 * min(1.0, max(0.0, each))):02X}" for each in (red, green, blue))


# ---- tables and pictures


def _inside(letter: Letter, box: Box) -> bool:
    x, y = (letter.box.left + letter.box.right) / 2, (letter.box.top + letter.box.bottom) / 2
    return box.left <= x <= box.right and box.top <= y <= box.bottom


def _table(grid: Grid, letters: Sequence[Letter]) -> Table:
    own = [letter for letter in letters if _inside(letter, grid.box)]
    starts = {(place.row, place.column): place for place in grid.places}
    covered = {
        (row, place.column): place
        for place in grid.places
        for row in range(place.row + 1, place.row + place.rows)
    }
    rows = []
    for row in range(len(grid.ys) - 1):
        cells, column = [], 0
        while column < len(grid.xs) - 1:
            place = starts.get((row, column))
            if place is not None:
                cells.append(Cell(_content(grid, place, own), place.columns, begins=place.rows > 1))
            else:
                place = covered[row, column]
                cells.append(Cell((), place.columns, continued=True))
            column += place.columns
        rows.append(tuple(cells))
    return Table(_steps(grid.xs), _steps(grid.ys), tuple(rows), grid.box)


def _steps(places: Sequence[float]) -> tuple[float, ...]:
    return tuple(after - before for before, after in pairwise(places))


def _content(grid: Grid, place: Place, letters: Sequence[Letter]) -> tuple[Paragraph, ...]:
    box = grid.box_of(place)
    lines = lines_of(letter for letter in letters if _inside(letter, box))
    return tuple(paragraphs_of(lines, box))


def _pictures(document: pypdfium2.PdfDocument, number: int, height: float) -> Iterator[Picture]:
    page = document[number]
    try:
        for found in page.get_objects(filter=(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE,), max_depth=8):
            left, bottom, right, top = found.get_bounds()
            held = io.BytesIO()
            found.get_bitmap(render=True).to_pil().save(held, "PNG")
            yield Picture(held.getvalue(), Box(left, height - top, right, height - bottom))
    finally:
        page.close()
