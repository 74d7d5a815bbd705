# SPDX-License-Identifier: Apache-2.0
"""
The certificate of a conversion: what became what, by which way, and what it cost.

It stands in the private part of the `delivered` receipt, whose digest the receiver signs: the sender
can prove from which bytes the delivered ones were made, and what was said to be lost. Nothing in it
is in anybody's language.
"""

from __future__ import annotations

from dataclasses import dataclass

from exchange.model.digest import Digest

WHOLLY = 10_000  # ten-thousandths: as far apart as black and white


@dataclass(frozen=True, slots=True)
class Difference:
    """
    How unlike its source a result looks: the same pages of both, drawn small and gray by one renderer.

    worst: of the page that differs most, the mean distance of the gray values of all its pixels, in
    ten-thousandths of the way from black to white; a page that is not there any more differs wholly;
    page: which one that is, from 1;
    pages: how many were compared; of long documents some, from the first to the last.
    """

    worst: int
    page: int
    pages: int

    @property
    def share(self) -> float:
        """The worst page's, 0 to 1."""
        return self.worst / WHOLLY


@dataclass(frozen=True, slots=True)
class Seals:
    """
    The electronic seals and signatures of a file, by what was found of them; a picture of a seal is none.

    unproven: neither proven right nor wrong, be it that something is missing for that, or that
    nobody here verifies signatures of this kind.
    """

    valid: int = 0
    invalid: int = 0
    unproven: int = 0

    @property
    def count(self) -> int:
        return self.valid + self.invalid + self.unproven


@dataclass(frozen=True, slots=True)
class ConversionStep:
    """One converter, in which version, and the format that it wrote."""

    converter: str
    version: str
    format: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """
    What became of one part.

    part: its name; found: the format that it was found to have;
    source, result: digests of what was sent and of what was made of it;
    delivered: whether the result was given to the application; else what was sent was, as it is;
    characters, lost: read in the result, and in the source but not in the result; None = not counted;
    pages_before, pages: of the source, as it says itself, and of the result; None = it says none;
    faces: asked for and not there, each with the one that was taken;
    difference: of what they look like; None = not measured;
    seals_before, seals_after: of the source, and of the result; None = not counted.
    """

    part: str
    found: str
    source: Digest
    result: Digest
    steps: tuple[ConversionStep, ...]
    delivered: bool = True
    characters: int | None = None
    lost: int | None = None
    pages_before: int | None = None
    pages: int | None = None
    faces: tuple[tuple[str, str], ...] = ()
    difference: Difference | None = None
    seals_before: Seals | None = None
    seals_after: Seals | None = None

    @property
    def lost_share(self) -> float:
        """Of all characters that could be read in the source, those that were lost: 0 to 1."""
        whole = (self.characters or 0) + (self.lost or 0)
        return (self.lost or 0) / whole if whole else 0.0
