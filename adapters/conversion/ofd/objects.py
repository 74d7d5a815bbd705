# SPDX-License-Identifier: Apache-2.0
"""
The objects of a page, in the order in which they are painted, each resolved into a value.

Rings of composite units end where they began and are said. Nothing here is painted, and nothing that
is shared is copied: a unit that stands on the page a thousand times is read once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from adapters.conversion.ofd.geometry import Box, Matrix, box, matrix, moved, number, numbers, times
from adapters.conversion.ofd.losses import Losses
from adapters.conversion.ofd.outlines import destination
from adapters.conversion.ofd.paints import PaintReader, alpha
from adapters.conversion.ofd.paths import segments
from adapters.conversion.ofd.resources import Resources, Style, chain
from adapters.conversion.ofd.text_objects import writing
from adapters.conversion.ofd.values import (
    BLACK,
    ClipArea,
    Colour,
    Group,
    ImageItem,
    Item,
    PathItem,
    Pen,
    Place,
    Source,
    Target,
    TextItem,
)
from adapters.conversion.xml_parts import Element, attribute, child, children, descendants, name_of, text_of
from exchange.texts import Phrase

NESTED = 24  # composite units and patterns inside each other

_ADDRESSES = ("http://", "https://", "mailto:")
_ADDRESS_CHARACTERS = 2000
_NOTHING = Box(0.0, 0.0, 0.0, 0.0)
_SAYS_NOTHING = {"Actions", "Clips", "FillColor", "StrokeColor", "Pattern"}


class ObjectReader:
    """Reads the objects of one page, or of one template, with the resources that it has."""

    def __init__(self, resources: Resources, losses: Losses) -> None:
        self._resources = resources
        self._losses = losses
        self._paints = PaintReader(resources, self._cell)
        self._units: dict[str, tuple[Item, ...]] = {}
        self._open: list[str] = []

    def items(self, block: Element, layer: str = "") -> Iterator[Item]:
        """The objects of a layer, a block or an appearance; all share the drawing parameters *layer*."""
        for each in children(block):
            name = name_of(each)
            if name == "PageBlock":
                yield from self.items(each, layer)
            elif attribute(each, "Visible").lower() not in ("false", "0"):
                yield from self._read(each, name, layer)

    def _read(self, each: Element, name: str, layer: str) -> Iterator[Item]:
        style = self._style(each, layer)
        match name:
            case "PathObject":
                yield self._path(each, style)
            case "TextObject":
                yield self._text(each, style)
            case "ImageObject":
                yield from self._image(each, style)
            case "CompositeObject":
                yield from self._composite(each)
            case _ if name not in _SAYS_NOTHING:
                yield from self._unknown(each, name, style)

    def _style(self, each: Element, layer: str) -> Style:
        named = (attribute(each, "DrawParam"), layer)
        return Style((each, *chain(named, self._resources.draw_params)))

    # ---- kinds of object

    def _path(self, each: Element, style: Style) -> PathItem:
        fills = style.word("Fill", "false").lower() in ("true", "1")
        strokes = style.word("Stroke", "true").lower() not in ("false", "0")
        outline, whole = segments(text_of(child(each, "AbbreviatedData")))
        if not whole:
            self._losses.add(Phrase("conversion.ofd.bad-path"))
        return PathItem(
            place=self._place(each),
            outline=outline,
            fill=self._paints.paint(style.element("FillColor"), None) if fills else None,
            stroke=self._paints.paint(style.element("StrokeColor"), BLACK) if strokes else None,
            pen=pen(style),
            even_odd=style.word("Rule").lower() == "even-odd",
        )

    def _text(self, each: Element, style: Style) -> TextItem:
        fills = style.word("Fill", "true").lower() not in ("false", "0")
        strokes = style.word("Stroke", "false").lower() in ("true", "1")
        return TextItem(
            place=self._place(each),
            writing=writing(each, self._resources.fonts, self._losses),
            fill=self._paints.paint(style.element("FillColor"), BLACK) if fills else None,
            stroke=self._paints.paint(style.element("StrokeColor"), None) if strokes else None,
            pen=pen(style),
        )

    def _image(self, each: Element, style: Style) -> Iterator[ImageItem]:
        identifier = attribute(each, "ResourceID")
        picture = self._resources.media.get(identifier)
        if picture is None:
            picture = self._resources.media.get(attribute(each, "Substitution"))
        if picture is None:
            self._losses.add(Phrase("conversion.ofd.no-picture", {"name": identifier or "-"}))
            return
        yield self._pictured(each, picture, style)

    def _pictured(self, each: Element, picture: Source, style: Style) -> ImageItem:
        place = self._place(each)
        if not attribute(each, "CTM"):  # then readers fill the boundary
            area = place.boundary
            sized: Matrix = (area.width, 0.0, 0.0, area.height, area.x, area.y)
            place = replace(place, matrix=sized)
        mask = self._resources.media.get(attribute(each, "ImageMask"))
        return ImageItem(place, picture, mask, self._border(child(each, "Border"), style))

    def _unknown(self, each: Element, name: str, style: Style) -> Iterator[Item]:
        """What can be kept of an object that nobody can draw: its picture, and its text, unseen, on it."""
        picture = self._resources.media.get(attribute(each, "Substitution"))
        if picture is not None:
            yield self._pictured(each, picture, style)
        texts = [
            text for text in (each, *descendants(each, "TextObject")) if child(text, "TextCode") is not None
        ]
        for text in texts:
            yield replace(self._text(text, Style((text,))), fill=None, stroke=None)
        said = "unknown-shown" if picture is not None else "unknown-text" if texts else "unknown-object"
        self._losses.add(Phrase(f"conversion.ofd.{said}", {"name": name[:60]}))

    def _border(self, border: Element | None, style: Style) -> tuple[Pen, Colour] | None:
        if border is None:
            return None
        own = Style((border, *style.elements))
        return pen(own), self._paints.colour(child(border, "BorderColor"))

    def _composite(self, each: Element) -> Iterator[Group]:
        identifier = attribute(each, "ResourceID")
        unit = self._resources.units.get(identifier)
        if unit is None:
            self._losses.add(Phrase("conversion.ofd.no-unit", {"name": identifier or "-"}))
        elif identifier in self._open or len(self._open) >= NESTED:
            self._losses.add(Phrase("conversion.ofd.ring", {"name": identifier}))
        else:
            yield Group(self._place(each), self._unit(identifier, unit))

    def _unit(self, identifier: str, unit: Element) -> tuple[Item, ...]:
        if identifier not in self._units:
            self._open.append(identifier)
            content = child(unit, "Content")
            self._units[identifier] = tuple(self.items(content)) if content is not None else ()
            self._open.pop()
        return self._units[identifier]

    def _cell(self, content: Element) -> tuple[Item, ...]:
        if len(self._open) >= NESTED:
            self._losses.add(Phrase("conversion.ofd.ring", {"name": "Pattern"}))
            return ()
        self._open.append("")
        cell = tuple(self.items(content))
        self._open.pop()
        return cell

    # ---- where they stand

    def _place(self, each: Element) -> Place:
        boundary = box(attribute(each, "Boundary")) or _NOTHING
        shift = moved(boundary.x, boundary.y)
        own = matrix(attribute(each, "CTM"))
        clips = tuple(self._clips(child(each, "Clips"), times(own, shift), shift))
        return Place(boundary, times(own, shift), alpha(each), clips, link(child(each, "Actions")))

    def _clips(self, clips: Element | None, whole: Matrix, shift: Matrix) -> Iterator[tuple[ClipArea, ...]]:
        if clips is None:
            return
        follows = attribute(clips, "TransFlag", "true").lower() not in ("false", "0")
        outer = whole if follows else shift
        for clip in children(clips, "Clip"):
            areas = tuple(self._clip_areas(clip, outer))
            if areas:
                yield areas

    def _clip_areas(self, clip: Element, outer: Matrix) -> Iterator[ClipArea]:
        for area in children(clip, "Area"):
            way = times(matrix(attribute(area, "CTM")), outer)
            for shape in children(area, "Path", "Text"):
                boundary = box(attribute(shape, "Boundary")) or _NOTHING
                own = times(matrix(attribute(shape, "CTM")), moved(boundary.x, boundary.y))
                even_odd = attribute(shape, "Rule").lower() == "even-odd"
                if name_of(shape) == "Text":
                    yield ClipArea(times(own, way), writing(shape, self._resources.fonts, self._losses))
                else:
                    outline, _ = segments(text_of(child(shape, "AbbreviatedData")))
                    yield ClipArea(times(own, way), outline, even_odd)


def link(actions: Element | None) -> Target | str | None:
    """Where a click leads; only to places of the document and to addresses that a browser opens."""
    for action in children(actions, "Action"):
        uri = child(action, "URI")
        address = attribute(uri, "URI") if uri is not None else ""
        if address.lower().startswith(_ADDRESSES):
            return address[:_ADDRESS_CHARACTERS]
        place = destination(child(child(action, "Goto"), "Dest"))
        if place is not None:
            return place
    return None


def pen(style: Style) -> Pen:
    """The pen that an object's style says."""
    cap: Any = style.word("Cap", "Butt")
    join: Any = style.word("Join", "Miter")
    dash = tuple(abs(each) for each in numbers(style.word("DashPattern")))
    return Pen(
        width=abs(number(style.word("LineWidth"), 0.353)),
        cap=cap if cap in ("Butt", "Round", "Square") else "Butt",
        join=join if join in ("Miter", "Round", "Bevel") else "Miter",
        miter=max(1.0, number(style.word("MiterLimit"), 3.528)),
        dash=dash if sum(dash) > 0 else (),
        offset=number(style.word("DashOffset"), 0.0),
    )
