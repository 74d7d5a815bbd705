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
    faces: asked for and not there, each with the one that was taken.
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

    @property
    def lost_share(self) -> float:
        """Of all characters that could be read in the source, those that were lost: 0 to 1."""
        whole = (self.characters or 0) + (self.lost or 0)
        return (self.lost or 0) / whole if whole else 0.0
