# SPDX-License-Identifier: Apache-2.0
"""Colours, gradients, meshes and patterns of GB/T 33190, 8.3, read into paints."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from adapters.conversion.ofd.geometry import matrix, number, numbers
from adapters.conversion.ofd.resources import ColourSpace, Resources
from adapters.conversion.ofd.values import (
    BLACK,
    Axial,
    Colour,
    Item,
    Mesh,
    Paint,
    Radial,
    Stop,
    Tiles,
    Vertex,
)
from adapters.conversion.xml_parts import Element, attribute, child, children, name_of

STOPS = 256  # of one gradient
VERTICES = 20_000  # of one mesh

_KINDS: dict[int, Any] = {1: "gray", 3: "rgb", 4: "cmyk"}
_BY_NAME = {"GRAY": 1, "RGB": 3, "CMYK": 4}


class PaintReader:
    """
    Reads what an object is painted with.

    Args:
        cell: reads the objects of a pattern's cell.
    """

    def __init__(self, resources: Resources, cell: Callable[[Element], tuple[Item, ...]]) -> None:
        self._resources = resources
        self._cell = cell

    def paint(self, element: Element | None, default: Paint | None) -> Paint | None:
        """The paint that a FillColor or StrokeColor says."""
        if element is None:
            return default
        for special in children(element):
            made = self._special(special, element)
            if made is not None:
                return made
        return self.colour(element)

    def colour(self, element: Element | None) -> Colour:
        """The plain colour that a CT_Color says."""
        if element is None:
            return BLACK
        words = attribute(element, "Value").split()
        space = self._space(element, len(words))
        index = attribute(element, "Index")
        if not words and index.isdigit() and int(index) < len(space.palette):
            words = space.palette[int(index)].split()
        count = _BY_NAME.get(space.kind, 3)
        parts = tuple(_part(word, space.largest) for word in words[:count])
        if len(parts) < count:
            parts = (parts or (0.0,)) + (0.0,) * (count - max(1, len(parts)))
        return Colour(_KINDS[count], parts, alpha(element))

    def _space(self, element: Element, words: int) -> ColourSpace:
        for name in (attribute(element, "ColorSpace"), self._resources.default_space):
            space = self._resources.colour_spaces.get(name)
            if space is not None and words in (0, _BY_NAME.get(space.kind, 3)):
                return space
        return ColourSpace({1: "GRAY", 4: "CMYK"}.get(words, "RGB"))

    def _special(self, special: Element, element: Element) -> Paint | None:
        opacity = alpha(element)
        match name_of(special):
            case "AxialShd":
                return Axial(**self._gradient(special, opacity))
            case "RadialShd":
                return self._radial(special, opacity)
            case "GouraudShd":
                return Mesh(self._vertices(special), 0, opacity)
            case "LaGouraudShd":
                rows = int(number(attribute(special, "VerticesPerRow"), 0))
                return Mesh(self._vertices(special), max(2, rows), opacity)
            case "Pattern":
                return self._tiles(special, opacity)
            case _:
                return None

    def _gradient(self, shade: Element, opacity: float) -> dict[str, Any]:
        """What axial and radial gradients have in common."""
        return {
            "start": _point(attribute(shade, "StartPoint")),
            "end": _point(attribute(shade, "EndPoint")),
            "stops": self._stops(shade),
            "extend": _extend(shade),
            "mapping": _mapping(shade),
            "unit": number(attribute(shade, "MapUnit"), 0.0),
            "alpha": opacity,
        }

    def _radial(self, shade: Element, opacity: float) -> Radial:
        eccentricity = min(0.999, max(0.0, number(attribute(shade, "Eccentricity"), 0.0)))
        return Radial(
            **self._gradient(shade, opacity),
            start_radius=abs(number(attribute(shade, "StartRadius"), 0.0)),
            end_radius=abs(number(attribute(shade, "EndRadius"), 0.0)),
            flatness=math.sqrt(1 - eccentricity**2),
            angle=number(attribute(shade, "Angle"), 0.0),
        )

    def _stops(self, shade: Element) -> tuple[Stop, ...]:
        written = list(children(shade, "Segment"))[:STOPS]
        last = max(1, len(written) - 1)
        stops, lowest = [], 0.0
        for index, each in enumerate(written):
            lowest = min(1.0, max(lowest, number(attribute(each, "Position"), index / last)))
            stops.append(Stop(lowest, self.colour(child(each, "Color"))))
        return tuple(stops) or (Stop(0.0, BLACK),)

    def _vertices(self, shade: Element) -> tuple[Vertex, ...]:
        return tuple(
            Vertex(
                number(attribute(each, "X"), 0.0),
                number(attribute(each, "Y"), 0.0),
                self.colour(child(each, "Color")),
                int(number(attribute(each, "EdgeFlag"), 0)) % 3,
            )
            for each in list(children(shade, "Point"))[:VERTICES]
        )

    def _tiles(self, pattern: Element, opacity: float) -> Tiles:
        width = number(attribute(pattern, "Width"), 0.0)
        height = number(attribute(pattern, "Height"), 0.0)
        reflect = attribute(pattern, "ReflectMethod", "Normal")
        content = child(pattern, "CellContent")
        return Tiles(
            width=width,
            height=height,
            x_step=number(attribute(pattern, "XStep"), width) or width,
            y_step=number(attribute(pattern, "YStep"), height) or height,
            content=self._cell(content) if content is not None else (),
            mirrored=(reflect in ("Column", "RowAndColumn"), reflect in ("Row", "RowAndColumn")),
            of_page=attribute(pattern, "RelativeTo") == "Page",
            matrix=matrix(attribute(pattern, "CTM")),
            alpha=opacity,
        )


def alpha(element: Element) -> float:
    """The attribute Alpha, 0 .. 255, as 0 .. 1."""
    return min(1.0, max(0.0, number(attribute(element, "Alpha"), 255.0) / 255))


def _part(word: str, largest: int) -> float:
    if word.startswith("#"):
        try:
            value = float(int(word[1:], 16))
        except ValueError:
            value = 0.0
    else:
        value = number(word, 0.0)
    return min(1.0, max(0.0, value / largest))


def _point(text: str) -> tuple[float, float]:
    found = numbers(text)
    return (found[0], found[1]) if len(found) >= 2 else (0.0, 0.0)


def _extend(shade: Element) -> tuple[bool, bool]:
    bits = int(number(attribute(shade, "Extend"), 0))
    return bool(bits & 1), bool(bits & 2)


def _mapping(shade: Element) -> Any:
    found = attribute(shade, "MapType", "Direct")
    return found if found in ("Direct", "Repeat", "Reflect") else "Direct"
