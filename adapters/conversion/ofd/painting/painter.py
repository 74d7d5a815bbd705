# SPDX-License-Identifier: Apache-2.0
"""
Paints pages into a PDF file, object by object.

Owns what every object has: its place, what of it is seen, its alpha, and the order of fill and line. It
paints what it is given and no more than a bounded number of objects; what it cannot paint it says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from adapters.conversion.ofd.geometry import IDENTITY, Box, Matrix, around, inverse, times
from adapters.conversion.ofd.losses import Losses
from adapters.conversion.ofd.painting.canvas import Canvas
from adapters.conversion.ofd.painting.colours import Colours
from adapters.conversion.ofd.painting.lettering import Lettering, Mode
from adapters.conversion.ofd.painting.pdf_file import Name, PdfFile, Ref, Value, number
from adapters.conversion.ofd.painting.pictures import Pictures
from adapters.conversion.ofd.painting.text_fonts import TextFonts
from adapters.conversion.ofd.paths import Segments, rectangle, transformed
from adapters.conversion.ofd.values import (
    ClipArea,
    Colour,
    Group,
    ImageItem,
    Item,
    Page,
    Paint,
    PathItem,
    Pen,
    Place,
    Target,
    TextItem,
    Writing,
)
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

POINTS = 72 / 25.4  # in a millimetre
OBJECTS = 400_000  # of one page, those of units counted each time they are shown
LINKS = 10_000  # of one page
MARGIN = 0.5  # millimetres that an object may reach beyond its boundary: writers round

_CAPS = {"Butt": "0", "Round": "1", "Square": "2"}
_JOINS = {"Miter": "0", "Round": "1", "Bevel": "2"}


@dataclass(frozen=True, slots=True)
class Painted:
    """A page that was written."""

    ref: Ref
    sheet: Box


class Painter:
    """
    Paints the pages of one PDF file.

    Attributes:
        pages: the page objects written so far.
        fonts: what was asked for and what stood in.
        lettering: which characters were written.
    """

    def __init__(self, file: PdfFile, losses: Losses) -> None:
        self.pages: list[Ref] = []
        self.fonts = TextFonts(file, losses)
        self.lettering = Lettering(self.fonts)
        self._file = file
        self._losses = losses
        self._tree = file.reserve()
        self._pictures = Pictures(file)
        self._colours = Colours(file, losses, self._all)
        self._leading: list[tuple[Ref, dict[str, Value], Target]] = []
        self._left = OBJECTS

    def page(self, page: Page) -> Painted:
        """Paint one page."""
        sheet = page.areas.sheet
        way = (POINTS, 0.0, 0.0, -POINTS, -sheet.x * POINTS, (sheet.y + sheet.height) * POINTS)
        canvas = Canvas(self._file, way)
        canvas.links = []
        self._left = OBJECTS
        self.lettering.begin_page()
        with canvas.saved():
            canvas.transform(way)
            self._all(canvas, page.items)
        content = self._file.add_stream({"Filter": Name("FlateDecode")}, canvas.finished(), packed=True)
        head: dict[str, Value] = {
            "Type": Name("Page"),
            "Parent": self._tree,
            "MediaBox": _box(sheet, way),
            "Resources": canvas.resources(),
            "Contents": content,
        }
        if page.areas.shown != sheet:
            head["CropBox"] = _box(page.areas.shown, way)
        for name, area in (("BleedBox", page.areas.bleed), ("ArtBox", page.areas.content)):
            if area is not None and not area.within(sheet).is_empty:
                head[name] = _box(area.within(sheet), way)
        if canvas.links:
            head["Annots"] = [self._linked(area, leads) for area, leads in canvas.links[:LINKS]]
        self.pages.append(self._file.add(head))
        return Painted(self.pages[-1], sheet)

    def _linked(self, area: Box, leads: Target | str) -> Ref:
        ref = self._file.reserve()
        head: dict[str, Value] = {
            "Type": Name("Annot"),
            "Subtype": Name("Link"),
            "Rect": [area.x, area.y, area.x + area.width, area.y + area.height],
            "Border": [0, 0, 0],
        }
        if isinstance(leads, str):
            uri: dict[str, Value] = {"S": Name("URI"), "URI": leads.encode("ascii", "replace")}
            self._file.write(ref, {**head, "A": uri})
        else:
            self._leading.append((ref, head, leads))
        return ref

    def lead(self, places: Mapping[str, Painted]) -> None:
        """Write the links that lead to *places*, the pages of the document that is painted now."""
        for ref, head, target in self._leading:
            page = places.get(target.page)
            self._file.write(ref, {**head, "Dest": spot(target, page)} if page is not None else head)
        self._leading = []

    def finish(self) -> Ref:
        """Write the fonts and the tree of pages, which is returned."""
        self.fonts.finish()
        tree: dict[str, Value] = {"Type": Name("Pages"), "Kids": list(self.pages), "Count": len(self.pages)}
        self._file.write(self._tree, tree)
        return self._tree

    # ---- objects

    def _all(self, canvas: Canvas, items: Iterable[Item]) -> None:
        for item in items:
            self._left -= 1
            if self._left < 0:
                if self._left == -1:
                    self._losses.add(Phrase("conversion.ofd.too-many-objects", {"limit": OBJECTS}))
                return
            with canvas.saved():
                self._item(canvas, item)

    def _item(self, canvas: Canvas, item: Item) -> None:
        if item.place.link is not None and canvas.links is not None:
            canvas.links.append((around(canvas.matrix, item.place.boundary), item.place.link))
        match item:
            case PathItem():
                self._path(canvas, item)
            case TextItem():
                self._text(canvas, item)
            case ImageItem():
                self._image(canvas, item)
            case Group():
                self._group(canvas, item)

    def _path(self, canvas: Canvas, item: PathItem) -> None:
        if not item.outline or (item.fill is None and item.stroke is None):
            return
        reach = item.pen.width * _scale(item.place.matrix) if item.stroke is not None else 0.0
        self._confine(canvas, item.place, _around(transformed(item.outline, item.place.matrix)), reach)
        self._clip(canvas, item.place.clips)
        canvas.transform(item.place.matrix)
        area = _around(item.outline).grown(item.pen.width)
        if isinstance(item.fill, Colour) and isinstance(item.stroke, Colour):
            self._set(canvas, item.fill, item.place.alpha, area)
            self._set_pen(canvas, item.stroke, item.pen, item.place.alpha, area)
            canvas.outline(item.outline)
            canvas.put("B*" if item.even_odd else "B")
            return
        if item.fill is not None:
            with canvas.saved():
                if self._set(canvas, item.fill, item.place.alpha, area):
                    canvas.outline(item.outline)
                    canvas.put("f*" if item.even_odd else "f")
        if item.stroke is not None and self._set_pen(canvas, item.stroke, item.pen, item.place.alpha, area):
            canvas.outline(item.outline)
            canvas.put("S")

    def _text(self, canvas: Canvas, item: TextItem) -> None:
        self._clip(canvas, item.place.clips)
        canvas.transform(item.place.matrix)
        back = inverse(item.place.matrix)
        area = around(back, item.place.boundary) if back is not None else item.place.boundary
        fills = item.fill is not None and self._set(canvas, item.fill, item.place.alpha, area)
        strokes = item.stroke is not None and self._set_pen(
            canvas, item.stroke, item.pen, item.place.alpha, area
        )
        plain = isinstance(item.fill, Colour) and item.stroke is None
        if plain and isinstance(item.fill, Colour) and item.writing.weight > 400:
            self._colours.plain(canvas, item.fill, lines=True)
            self._colours.alpha(canvas, item.fill.alpha * item.place.alpha, lines=True)
        self.lettering.write(canvas, item.writing, Mode(fills, strokes, plain), item.pen.width)

    def _image(self, canvas: Canvas, item: ImageItem) -> None:
        try:
            drawn = self._pictures.drawn(item.picture, item.mask)
        except Unreadable as e:
            self._losses.add(e.reason)
            return
        unit = Box(0.0, 0.0, 1.0, 1.0)
        self._confine(canvas, item.place, around(item.place.matrix, unit), 0.0)
        self._clip(canvas, item.place.clips)
        with canvas.saved():
            self._colours.alpha(canvas, item.place.alpha, lines=False)
            if item.is_ink:
                self._colours.ink(canvas)
            canvas.transform(item.place.matrix)
            canvas.transform((1.0, 0.0, 0.0, -1.0, 0.0, 1.0))
            canvas.show(drawn.ref)
        if item.border is not None:
            pen, colour = item.border
            if self._set_pen(canvas, colour, pen, item.place.alpha, unit):
                canvas.outline(transformed(rectangle(unit), item.place.matrix))
                canvas.put("S")

    def _group(self, canvas: Canvas, item: Group) -> None:
        if not item.place.boundary.is_empty:
            canvas.clip(rectangle(item.place.boundary.grown(MARGIN)))
        self._clip(canvas, item.place.clips)
        if item.place.alpha < 1:
            self._see_through(canvas, item)
            return
        canvas.transform(item.place.matrix)
        self._all(canvas, item.items)

    def _see_through(self, canvas: Canvas, item: Group) -> None:
        """A group whose alpha is that of the whole: what lies under its own objects does not show."""
        self._colours.alpha(canvas, item.place.alpha, lines=False)
        canvas.transform(item.place.matrix)
        back = inverse(canvas.matrix)
        if back is None:
            return
        inner = Canvas(self._file, times(canvas.page, back))
        self._all(inner, item.items)
        way = inverse(item.place.matrix) or IDENTITY
        seen = (
            around(way, item.place.boundary.grown(MARGIN))
            if not item.place.boundary.is_empty
            else _EVERYTHING
        )
        box: list[Value] = [seen.x, seen.y, seen.x + seen.width, seen.y + seen.height]
        canvas.show(inner.form({"BBox": box, "Group": {"S": Name("Transparency")}}))

    # ---- what of them is seen

    def _confine(self, canvas: Canvas, place: Place, needed: Box, reach: float) -> None:
        """Only what lies within the boundary is seen; nothing is said where all of it does."""
        boundary = place.boundary.grown(MARGIN + reach)
        if not place.boundary.is_empty and needed.within(boundary) != needed:
            canvas.clip(rectangle(boundary))

    def _clip(self, canvas: Canvas, clips: Sequence[tuple[ClipArea, ...]]) -> None:
        for areas in clips:
            if len(areas) == 1 and not isinstance(areas[0].shape, Writing):
                outline = transformed(areas[0].shape, areas[0].matrix)
                canvas.clip(outline, even_odd=areas[0].even_odd)
            else:
                canvas.state(self._mask(canvas, areas))

    def _mask(self, canvas: Canvas, areas: Sequence[ClipArea]) -> Ref:
        """A mask that is white where any of the areas is: outlines alone do not join, nor with text."""
        back = inverse(canvas.matrix) or IDENTITY
        mask = Canvas(self._file, times(canvas.page, back))
        mask.put("1 g")
        said, self.lettering.said = self.lettering.said, Counter()
        for area in areas:
            with mask.saved():
                mask.transform(area.matrix)
                if isinstance(area.shape, Writing):
                    self.lettering.write(mask, area.shape, Mode(True, False, False), 0.0)
                elif area.shape:
                    mask.outline(area.shape)
                    mask.put("f*" if area.even_odd else "f")
        self.lettering.said = said  # what clips is no text of the page
        return self._colours.masked_by(mask, _EVERYTHING)

    # ---- what they are painted with

    def _set(self, canvas: Canvas, paint: Paint, alpha: float, area: Box) -> bool:
        return self._colours.apply(canvas, paint, alpha=alpha, lines=False, area=area)

    def _set_pen(self, canvas: Canvas, paint: Paint, pen: Pen, alpha: float, area: Box) -> bool:
        canvas.put(number(pen.width), "w", _CAPS[pen.cap], "J", _JOINS[pen.join], "j", number(pen.miter), "M")
        if pen.dash:
            canvas.put("[", *map(number, pen.dash), "]", number(pen.offset), "d")
        return self._colours.apply(canvas, paint, alpha=alpha, lines=True, area=area)


def spot(target: Target, page: Painted) -> list[Value]:
    """A place on a page as a PDF destination."""
    left = None if target.left is None else target.left * POINTS
    top = None if target.top is None else (page.sheet.height - target.top) * POINTS
    return [page.ref, Name("XYZ"), left, top, None]


_EVERYTHING = Box(-5000.0, -5000.0, 10_000.0, 10_000.0)


def _box(area: Box, way: Matrix) -> list[Value]:
    placed = around(way, area)
    return [
        round(each, 3) for each in (placed.x, placed.y, placed.x + placed.width, placed.y + placed.height)
    ]


def _around(outline: Segments) -> Box:
    xs = [x for _, values in outline for x in values[::2]] or [0.0]
    ys = [y for _, values in outline for y in values[1::2]] or [0.0]
    left, top = min(xs), min(ys)
    return Box(left, top, max(xs) - left, max(ys) - top)


def _scale(m: Matrix) -> float:
    return max(abs(m[0]) + abs(m[2]), abs(m[1]) + abs(m[3]))
