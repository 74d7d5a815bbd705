# SPDX-License-Identifier: Apache-2.0
"""
The colour spaces of PDF (ISO 32000-1, 8.6), each as the way to red, green and blue.

OFD's readers agree on RGB alone, so everything becomes that. A profile is not computed: its colours
are taken for those of the device with as many components; `Space.approximate` says where that or the
four inks make a colour a near one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from adapters.conversion.ofd_writing.functions import function
from adapters.conversion.ofd_writing.objects import (
    array,
    dictionary,
    name,
    numbers,
    plain,
    stream,
    whole,
)
from adapters.conversion.ofd_writing.unpacking import unpacked

Rgb = tuple[int, int, int]
BLACK: Final[Rgb] = (0, 0, 0)
DEEPEST: Final = 6  # spaces within spaces


@dataclass(frozen=True, slots=True)
class Space:
    """
    A colour space.

    kind: Gray, RGB, CMYK, Lab, Indexed, Tint or Pattern; components: how many numbers a colour has;
    rgb: what they look like; initial: the colour in force when the space is chosen; top: what a full
    sample of a picture means; approximate: whether `rgb` is a near colour; under: an uncoloured
    pattern's own space.
    """

    kind: str
    components: int
    rgb: Callable[[Sequence[float]], Rgb]
    initial: tuple[float, ...]
    top: tuple[float, ...] = ()
    approximate: bool = False
    under: Space | None = None


def _byte(share: float) -> int:
    return min(255, max(0, int(share * 255 + 0.5)))


def _gray(values: Sequence[float]) -> Rgb:
    level = _byte(values[0])
    return level, level, level


def _rgb(values: Sequence[float]) -> Rgb:
    return _byte(values[0]), _byte(values[1]), _byte(values[2])


# What four inks leave of white, as a polynomial of the second degree: of each ink, then of each pair of
# inks in `_PAIRS`. Fitted to what PDFium shows of 3,645 mixtures; off by 5 of 255 on average.
_PAIRS: Final = ((0, 0), (0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3))
_LEFT: Final = (
    (-1.077, -0.007, 0.01, -0.742, -0.023, 0.232, 0.054, 0.817, -0.002, -0.01, -0.097, 0.004, -0.043, -0.094),
    (-0.312, -0.767, -0.084, -0.742, 0.034, 0.24, 0.028, 0.12, -0.058, 0.071, 0.547, 0.015, 0.026, -0.087),
    (-0.05, -0.439, -0.772, -0.714, 0.004, 0.027, 0.12, -0.008, 0.046, 0.255, 0.197, 0.001, 0.478, -0.09),
)


def cmyk_rgb(values: Sequence[float]) -> Rgb:
    """Four inks as they look on coated paper, nearly; black ink alone is a gray, so that text is black."""
    inks = [min(1.0, max(0.0, value)) for value in values[:4]]
    if not any(inks[:3]):
        return _gray([1.0 - inks[3]])
    terms = [*inks, *(inks[one] * inks[other] for one, other in _PAIRS)]
    red, green, blue = (
        _byte(1.0 + sum(weight * term for weight, term in zip(row, terms, strict=True))) for row in _LEFT
    )
    return red, green, blue


GRAY: Final = Space("Gray", 1, _gray, (0.0,))
RGB: Final = Space("RGB", 3, _rgb, (0.0, 0.0, 0.0))
CMYK: Final = Space("CMYK", 4, cmyk_rgb, (0.0, 0.0, 0.0, 1.0), approximate=True)
PATTERN: Final = Space("Pattern", 0, lambda _: BLACK, ())

_NAMED: Final = {
    **dict.fromkeys(("DeviceGray", "G", "CalGray"), GRAY),
    **dict.fromkeys(("DeviceRGB", "RGB", "CalRGB"), RGB),
    **dict.fromkeys(("DeviceCMYK", "CMYK", "CalCMYK"), CMYK),
    "Pattern": PATTERN,
}
_SAME_AS_SCREEN: Final = b"sRGB"  # in the name of a profile whose colours are those of the device
_PROFILE_HEAD: Final = 8192  # bytes in which its name stands
_BY_COUNT: Final = {1: GRAY, 3: RGB, 4: CMYK}


def space(value: object, named: Mapping[str, object] | None = None, depth: int = 0) -> Space | None:
    """The space that *value* describes, by itself or by a name among the resources *named*."""
    if depth > DEEPEST:
        return None
    found = plain(value)
    if label := name(found):
        if label in _NAMED:
            return _NAMED[label]
        return space(named[label], None, depth + 1) if named and label in named else None
    parts = array(found)
    kind = name(parts[0]) if parts else ""
    if kind in _NAMED and kind != "Pattern":
        return _NAMED[kind]
    makers = {
        "ICCBased": _profiled,
        "Lab": _lab,
        "Indexed": _indexed,
        "I": _indexed,
        "Separation": _tint,
        "DeviceN": _tint,
        "Pattern": _pattern,
    }
    return makers[kind](parts, named, depth) if kind in makers else None


def _profiled(parts: Sequence[object], named: Mapping[str, object] | None, depth: int) -> Space | None:
    held = stream(parts[1]) if len(parts) > 1 else None
    if held is None:
        return None
    same = _BY_COUNT.get(whole(held.get("N")))
    if same is None:
        return space(held.get("Alternate"), named, depth + 1)
    exact = same is not CMYK and (same is GRAY or _SAME_AS_SCREEN in unpacked(held)[:_PROFILE_HEAD])
    return same if exact else replace(same, approximate=True)


def _pattern(parts: Sequence[object], named: Mapping[str, object] | None, depth: int) -> Space:
    under = space(parts[1], named, depth + 1) if len(parts) > 1 else None
    return Space("Pattern", 0 if under is None else under.components, PATTERN.rgb, (), under=under)


def _indexed(parts: Sequence[object], named: Mapping[str, object] | None, depth: int) -> Space | None:
    under = space(parts[1], named, depth + 1) if len(parts) > 3 else None
    if under is None or not under.components:
        return None
    last = min(255, whole(parts[2]))
    held = stream(parts[3])
    given = unpacked(held) if held is not None else plain(parts[3])
    table = given if isinstance(given, bytes) else b""
    count = under.components
    spread = under.top or (1.0,) * count
    lows = _lows(under)
    colours = [
        under.rgb(
            [low + part / 255 * (high - low) for part, low, high in zip(row, lows, spread, strict=False)]
        )
        for row in (table[i : i + count] for i in range(0, (last + 1) * count, count))
        if len(row) == count
    ] or [BLACK]

    def look(values: Sequence[float]) -> Rgb:
        return colours[min(max(int(values[0]), 0), len(colours) - 1)]

    return Space("Indexed", 1, look, (0.0,), (255.0,), under.approximate)


def _lows(under: Space) -> tuple[float, ...]:
    return (0.0, -100.0, -100.0) if under.kind == "Lab" else (0.0,) * under.components


def _tint(parts: Sequence[object], named: Mapping[str, object] | None, depth: int) -> Space | None:
    if len(parts) < 4:
        return None
    inks = [name(ink) for ink in array(parts[1])] or [name(parts[1])]
    under, mix = space(parts[2], named, depth + 1), function(parts[3])
    if under is None or mix is None:
        return None

    def look(values: Sequence[float]) -> Rgb:
        mixed = mix(values)
        return under.rgb(mixed) if len(mixed) >= under.components else BLACK

    return Space("Tint", len(inks), look, (1.0,) * len(inks), approximate=under.approximate)


def _lab(parts: Sequence[object], _: Mapping[str, object] | None, __: int) -> Space:
    attributes = dictionary(parts[1]) if len(parts) > 1 else {}
    white = numbers(attributes.get("WhitePoint")) or [0.9505, 1.0, 1.089]
    span = numbers(attributes.get("Range")) or [-100.0, 100.0, -100.0, 100.0]

    def look(values: Sequence[float]) -> Rgb:
        middle = (values[0] + 16) / 116
        x, y, z = (
            _lab_share(each) * level
            for each, level in zip(
                (middle + values[1] / 500, middle, middle - values[2] / 200), white, strict=False
            )
        )
        return _rgb(
            [
                _companded(3.2406 * x - 1.5372 * y - 0.4986 * z),
                _companded(-0.9689 * x + 1.8758 * y + 0.0415 * z),
                _companded(0.0557 * x - 0.2040 * y + 1.0570 * z),
            ]
        )

    return Space("Lab", 3, look, (0.0, 0.0, 0.0), (100.0, span[1], span[3]), approximate=True)


def _lab_share(value: float) -> float:
    return value**3 if value >= 6 / 29 else 108 / 841 * (value - 4 / 29)


def _companded(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
