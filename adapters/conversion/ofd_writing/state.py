# SPDX-License-Identifier: Apache-2.0
"""
The graphics state of PDF (ISO 32000-1, 8.4), as a value that is copied by `q` and put back by `Q`.

Everything that a path, a glyph or a picture takes from its surroundings stands here. Knows neither
where it came from nor what is drawn with it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.conversion.ofd_writing.colours import BLACK, GRAY, Rgb, Space
from adapters.conversion.ofd_writing.geometry import Box, Matrix
from adapters.conversion.ofd_writing.paths import Path
from exchange.texts import Phrase

if TYPE_CHECKING:
    from adapters.conversion.ofd_writing.fonts import Font

INVISIBLE: Final = 3  # the text rendering mode that draws nothing


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour in force: its space, its look, and the pattern that takes its place, if one does."""

    space: Space = GRAY
    rgb: Rgb = BLACK
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Clip:
    """
    Where may be drawn, in page millimetres: within *box*, and within each of *paths*.

    A clip along the axes narrows the box, which most objects then are inside of and need no word about.
    """

    box: Box
    paths: tuple[Path, ...] = ()

    def narrowed(self, path: Path) -> Clip:
        bounds = path.bounds()
        if bounds is None:  # nothing is inside of an empty path
            return Clip(Box(0, 0, -1, -1))
        met = self.box.meet(bounds)
        return Clip(met, self.paths if path.is_rectangle() else (*self.paths, path))


@dataclass(slots=True)
class Words:
    """The text state: what `q` saves of it; the two matrices live in their text object."""

    font: Font | None = None
    size: float = 0.0
    character_space: float = 0.0
    word_space: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0


@dataclass(slots=True)
class State:
    """The graphics state; lengths in user space unless said otherwise."""

    ctm: Matrix  # user space to page millimetres
    clip: Clip
    fill: Colour = field(default_factory=Colour)
    stroke: Colour = field(default_factory=Colour)
    fill_alpha: float = 1.0
    stroke_alpha: float = 1.0
    width: float = 1.0
    cap: int = 0
    join: int = 0
    miter: float = 10.0
    dashes: tuple[float, ...] = ()
    dash_phase: float = 0.0
    group_alpha: float = 1.0  # of the transparent groups around
    blending: str = ""  # a blend mode that is none of OFD's
    masked: bool = False  # by a soft mask, which OFD has not
    words: Words = field(default_factory=Words)

    @property
    def trouble(self) -> Phrase | None:
        """What is in force that OFD cannot say."""
        if self.blending:
            return Phrase("conversion.feature.blend", {"mode": self.blending})
        return Phrase("conversion.feature.soft-mask") if self.masked else None

    def untroubled(self) -> State:
        """This without what OFD cannot say."""
        kept = self.saved()
        kept.blending, kept.masked = "", False
        return kept

    def saved(self) -> State:
        """This as it is now, whatever becomes of it."""
        kept = copy.copy(self)
        kept.words = copy.copy(self.words)
        return kept
