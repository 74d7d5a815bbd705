# SPDX-License-Identifier: Apache-2.0
"""
The font resources of an OFD package: which font file shows which glyph under which character.

A program is embedded once for each set of characters that do not contradict one another: where two
glyphs stand for the same character, the second goes into another edition of the font. A ligature is
its first character, and its other characters are empty glyphs; so every reader shows what the PDF
shows, and finds the text. Knows fonts and characters; no page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from adapters.conversion.ofd_writing.encodings import searchable
from adapters.conversion.ofd_writing.fonts import Font, Look
from adapters.conversion.ofd_writing.identities import Identities
from adapters.conversion.ofd_writing.programs import BROKEN, EMPTY, Program

_PRIVATE_FIRST, _PRIVATE_LAST = 0xE000, 0xF8FF  # code points for glyphs that stand for no character


@dataclass(slots=True)
class Edition:
    """One font resource: its ID, its look, and the glyph for each code point; no program, no file."""

    identity: int
    look: Look
    program: Program | None
    characters: dict[int, int] = field(default_factory=dict)


class Shelf:
    """
    All font resources of one package.

    unnamed: how many glyphs were shown that stand for no character; not_embedded: names of fonts
    that the PDF does not hold; damaged: names of fonts whose programs could not be written.
    """

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._editions: dict[object, list[Edition]] = {}
        self._private: dict[object, dict[int, int]] = {}
        self._chosen: dict[tuple[object, int, str], tuple[Edition, str]] = {}
        self.unnamed = 0
        self.not_embedded: set[str] = set()
        self.damaged: set[str] = set()

    def place(self, font: Font, glyph: int, said: str) -> tuple[int, str]:
        """The ID of the font resource, and the characters in it, that show *glyph* of *font*."""
        key = ("embedded", font.key) if font.program is not None else ("named", font.look)
        known = self._chosen.get((key, glyph, said))
        if known is None:
            known = self._chosen[key, glyph, said] = self._choice(key, font, glyph, said)
        edition, characters = known
        if font.program is not None and glyph and not said:
            self.unnamed += 1
        return edition.identity, characters

    def _choice(self, key: object, font: Font, glyph: int, said: str) -> tuple[Edition, str]:
        characters = writable(searchable(said))
        if font.program is None:
            if font.drawn is None:
                self.not_embedded.add(font.look.name)
            return self._edition(key, 0, font), characters or " "
        if not characters:
            characters = self._nameless(key, glyph)
        wanted = {ord(characters[0]): glyph} | {ord(other): EMPTY for other in characters[1:]}
        if characters[0] in characters[1:]:  # "fff" cannot be told apart; the first alone shows it
            characters, wanted = characters[0], {ord(characters[0]): glyph}
        number = 0
        while True:
            edition = self._edition(key, number, font)
            if all(edition.characters.get(code, place) == place for code, place in wanted.items()):
                edition.characters |= wanted
                return edition, characters
            number += 1

    def _edition(self, key: object, number: int, font: Font) -> Edition:
        editions = self._editions.setdefault(key, [])
        if number == len(editions):
            editions.append(Edition(self._identities.next(), font.look, font.program))
        return editions[number]

    def _nameless(self, key: object, glyph: int) -> str:
        given = self._private.setdefault(key, {})
        if glyph not in given:
            given[glyph] = min(_PRIVATE_FIRST + len(given), _PRIVATE_LAST)
        return chr(given[glyph])

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Name and content of each font file; call before `resources`, for what fails here has none there."""
        for edition in self._all():
            if edition.program is None:
                continue
            try:
                content = edition.program.write(edition.characters, f"Font{edition.identity}")
            except BROKEN:
                self.damaged.add(edition.look.name)
                edition.program = None
                continue
            yield _file(edition), content

    def resources(self) -> str:
        """The `Fonts` element; "" where there is no font."""
        fonts = "".join(_element(edition) for edition in self._all())
        return f"<ofd:Fonts>{fonts}</ofd:Fonts>" if fonts else ""

    def _all(self) -> Iterator[Edition]:
        for editions in self._editions.values():
            yield from editions


def writable(said: str) -> str:
    """*said* without what XML cannot hold and what readers never draw; white space is a space."""
    return "".join(" " if each.isspace() else each for each in said if _shows(each))


def _shows(character: str) -> bool:
    if character.isspace():
        return True
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Cn")


def _file(edition: Edition) -> str:
    assert edition.program is not None
    return f"font_{edition.identity}.{edition.program.extension}"


def _element(edition: Edition) -> str:
    look = edition.look
    said = {"Bold": look.bold, "Italic": look.italic, "Serif": look.serif, "FixedWidth": look.fixed}
    flags = "".join(f' {label}="true"' for label, holds in said.items() if holds)
    named = quoteattr(writable(look.name).strip() or "Unknown")
    opening = f'<ofd:Font ID="{edition.identity}" FontName={named} FamilyName={named}{flags}'
    if edition.program is None:
        return f"{opening}/>"
    return f"{opening}><ofd:FontFile>{_file(edition)}</ofd:FontFile></ofd:Font>"
