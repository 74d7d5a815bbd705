# SPDX-License-Identifier: Apache-2.0
"""
Setting what is painted with: colours, gradients, meshes and patterns, with their alpha, for filling or lines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.conversion.ofd.geometry import IDENTITY, Box, Matrix, inverse, moved, times
from adapters.conversion.ofd.losses import Losses
from adapters.conversion.ofd.painting.canvas import Canvas
from adapters.conversion.ofd.painting.pdf_file import Name, PdfFile, Ref, Value, number
from adapters.conversion.ofd.painting.shadings import Shading, alpha_shading, even_alpha, shading
from adapters.conversion.ofd.paths import rectangle
from adapters.conversion.ofd.values import Axial, Colour, Item, Mesh, Paint, Radial, Tiles
from exchange.texts import Phrase

SMALLEST_STEP = 0.05  # millimetres between two tiles: closer ones are one grey, and endless work

_OPERATORS = {
    ("gray", False): "g",
    ("rgb", False): "rg",
    ("cmyk", False): "k",
    ("gray", True): "G",
    ("rgb", True): "RG",
    ("cmyk", True): "K",
}


class Colours:
    """
    The paints of one PDF.

    Args:
        items: paints the objects of a pattern's cell.
    """

    def __init__(
        self, file: PdfFile, losses: Losses, items: Callable[[Canvas, Sequence[Item]], None]
    ) -> None:
        self._file = file
        self._losses = losses
        self._items = items
        self._states: dict[tuple[float, bool], Ref] = {}
        self._ink: Ref | None = None

    def apply(self, canvas: Canvas, paint: Paint, *, alpha: float, lines: bool, area: Box) -> bool:
        """
        What follows is painted with *paint*; whether there is anything to paint with.

        Args:
            lines: for strokes, otherwise for filling.
            area: what it may have to cover, in the space of the object.
        """
        match paint:
            case Colour():
                self.plain(canvas, paint, lines=lines)
                self.alpha(canvas, alpha * paint.alpha, lines=lines)
            case Axial() | Radial() | Mesh():
                self._shade(canvas, paint, lines=lines, area=area)
                self.alpha(canvas, alpha * even_alpha(paint), lines=lines)
            case Tiles():
                if not self._tile(canvas, paint, lines=lines):
                    return False
                self.alpha(canvas, alpha * paint.alpha, lines=lines)
        return True

    def plain(self, canvas: Canvas, colour: Colour, *, lines: bool) -> None:
        """Set a plain colour."""
        canvas.put(*map(number, colour.parts), _OPERATORS[colour.space, lines])

    def alpha(self, canvas: Canvas, alpha: float, *, lines: bool) -> None:
        """Set an alpha, where it is not full."""
        if alpha < 1:
            key = (round(alpha, 4), lines)
            if key not in self._states:
                self._states[key] = self._file.add({"CA" if lines else "ca": key[0]})
            canvas.state(self._states[key])

    def ink(self, canvas: Canvas) -> None:
        """What follows darkens what is under it, and hides nothing."""
        if self._ink is None:
            self._ink = self._file.add({"BM": Name("Multiply")})
        canvas.state(self._ink)

    # ---- gradients

    def _shade(self, canvas: Canvas, paint: Axial | Radial | Mesh, *, lines: bool, area: Box) -> None:
        mask = alpha_shading(self._file, paint, area)
        if mask is not None:
            canvas.state(self._masked(mask, area))
        found = shading(self._file, paint, area)
        head: dict[str, Value] = {
            "Type": Name("Pattern"),
            "PatternType": 2,
            "Shading": found.ref,
            "Matrix": list(times(found.matrix, canvas.matrix)),
        }
        _set_pattern(canvas, self._file.add(head), lines=lines)

    def _masked(self, mask: Shading, area: Box) -> Ref:
        canvas = Canvas(self._file)
        with canvas.saved():
            canvas.transform(mask.matrix)
            canvas.put(canvas.name("Shading", mask.ref), "sh")
        return self.masked_by(canvas, area)

    def masked_by(self, mask: Canvas, area: Box) -> Ref:
        """The state in which things are seen as much as *mask* is white there; nothing outside *area*."""
        grey: dict[str, Value] = {"S": Name("Transparency"), "CS": Name("DeviceGray")}
        box: list[Value] = [area.x, area.y, area.x + area.width, area.y + area.height]
        form = mask.form({"BBox": box, "Group": grey})
        return self._file.add({"SMask": {"Type": Name("Mask"), "S": Name("Luminosity"), "G": form}})

    # ---- patterns

    def _tile(self, canvas: Canvas, paint: Tiles, *, lines: bool) -> bool:
        steps = (abs(paint.x_step), abs(paint.y_step))
        if paint.width <= 0 or paint.height <= 0 or min(steps) < SMALLEST_STEP:
            self._losses.add(Phrase("conversion.ofd.bad-pattern"))
            return False
        grid = times(paint.matrix, canvas.page if paint.of_page else canvas.matrix)
        across, down = (1 + mirrored for mirrored in paint.mirrored)
        cell = Canvas(self._file, _back(canvas.page, grid))
        for column in range(across):
            for row in range(down):
                self._cell(cell, paint, column, row)
        head: dict[str, Value] = {
            "Type": Name("Pattern"),
            "PatternType": 1,
            "PaintType": 1,
            "TilingType": 1,
            "BBox": [0, 0, paint.width + steps[0] * (across - 1), paint.height + steps[1] * (down - 1)],
            "XStep": steps[0] * across,
            "YStep": steps[1] * down,
            "Resources": cell.resources(),
            "Matrix": list(grid),
            "Filter": Name("FlateDecode"),
        }
        _set_pattern(canvas, self._file.add_stream(head, cell.finished(), packed=True), lines=lines)
        return True

    def _cell(self, cell: Canvas, paint: Tiles, column: int, row: int) -> None:
        with cell.saved():
            cell.transform(moved(abs(paint.x_step) * column, abs(paint.y_step) * row))
            turned: Matrix = (
                *(-1.0 if column else 1.0, 0.0, 0.0, -1.0 if row else 1.0),
                *(paint.width if column else 0.0, paint.height if row else 0.0),
            )
            cell.transform(turned)
            cell.clip(rectangle(Box(0.0, 0.0, paint.width, paint.height)))
            self._items(cell, paint.content)


def _back(page: Matrix, grid: Matrix) -> Matrix:
    """What leads from the page's millimetres into a cell."""
    out = inverse(grid)
    return times(page, out) if out is not None else IDENTITY


def _set_pattern(canvas: Canvas, pattern: Ref, *, lines: bool) -> None:
    name = canvas.name("Pattern", pattern)
    canvas.put("/Pattern", "CS" if lines else "cs", name, "SCN" if lines else "scn")
