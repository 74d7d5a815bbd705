# SPDX-License-Identifier: Apache-2.0
"""
The gradients of PDF (ISO 32000-1, 8.7.4.5) that OFD knows too: along an axis, and between two circles.

OFD has no functions of colour: a gradient is sampled, and kept where a straight line between samples
would not do. Other kinds are None, and their page becomes a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from adapters.conversion.ofd_writing.canvas import Gradient
from adapters.conversion.ofd_writing.colours import Rgb, space
from adapters.conversion.ofd_writing.functions import function
from adapters.conversion.ofd_writing.geometry import Matrix, moved, scale_of
from adapters.conversion.ofd_writing.objects import array, dictionary, numbers, plain, whole

SAMPLES: Final = 64


def gradient(value: object, matrix: Matrix, named: Mapping[str, object] | None) -> Gradient | None:
    """The gradient that a shading dictionary describes, on the page to which *matrix* leads."""
    attributes = dictionary(value)
    kind = whole(attributes.get("ShadingType"))
    places = numbers(attributes.get("Coords"))
    colours = space(attributes.get("ColorSpace"), named)
    course = function(attributes.get("Function"))
    if colours is None or course is None or len(places) != {2: 4, 3: 6}.get(kind, -1):
        return None
    domain = numbers(attributes.get("Domain")) or [0.0, 1.0]

    def look(place: float) -> Rgb:
        values = course([domain[0] + place * (domain[1] - domain[0])])
        return colours.rgb(values) if len(values) >= colours.components else (0, 0, 0)

    ends = [plain(each) is True for each in array(attributes.get("Extend"))]
    extend = (ends[0], ends[1]) if len(ends) == 2 else (False, False)
    if kind == 2:
        start, end = moved(matrix, *places[:2]), moved(matrix, *places[2:])
        return Gradient(start, end, _stops(look), extend)
    if not _round(matrix):
        return None
    scale = scale_of(matrix)
    start, end = moved(matrix, *places[:2]), moved(matrix, *places[3:5])
    return Gradient(start, end, _stops(look), extend, (places[2] * scale, places[5] * scale))


def _round(matrix: Matrix) -> bool:
    """Whether circles stay circles."""
    a, b, c, d, _, _ = matrix
    size = abs(a) + abs(b) + abs(c) + abs(d)
    return (
        abs(a * c + b * d) < 0.01 * size * size
        and abs((a * a + b * b) - (c * c + d * d)) < 0.01 * size * size
    )


def _stops(look: Callable[[float], Rgb]) -> tuple[tuple[float, Rgb], ...]:
    sampled = [(step / SAMPLES, look(step / SAMPLES)) for step in range(SAMPLES + 1)]
    kept = [sampled[0]]
    for at in range(1, SAMPLES):
        if not _straight(kept[-1], sampled[at], sampled[at + 1]):
            kept.append(sampled[at])
    return (*kept, sampled[-1])


def _straight(
    before: tuple[float, Rgb], here: tuple[float, Rgb], after: tuple[float, Rgb], slack: float = 1.0
) -> bool:
    share = (here[0] - before[0]) / (after[0] - before[0])
    wanted: Sequence[float] = [
        low + share * (high - low) for low, high in zip(before[1], after[1], strict=True)
    ]
    return all(abs(found - level) <= slack for found, level in zip(here[1], wanted, strict=True))
