# SPDX-License-Identifier: Apache-2.0
"""Text objects of GB/T 33190, clause 11: characters, their glyphs by transformation, and their steps."""

from __future__ import annotations

from itertools import islice

from adapters.conversion.ofd.geometry import Point, number, numbers
from adapters.conversion.ofd.losses import Losses
from adapters.conversion.ofd.values import Face, Glyph, Run, Writing
from adapters.conversion.xml_parts import Element, attribute, children, name_of
from exchange.texts import Phrase

CHARACTERS = 500_000  # of one text object
_UNKNOWN = Face("")


def writing(element: Element, fonts: dict[str, Face], losses: Losses) -> Writing:
    """The text of a TextObject, or of a text that clips."""
    if sum(len(each.text or "") for each in children(element, "TextCode")) > CHARACTERS:
        losses.add(Phrase("conversion.ofd.too-many-characters", {"limit": CHARACTERS}))
    return Writing(
        face=fonts.get(attribute(element, "Font"), _UNKNOWN),
        size=number(attribute(element, "Size"), 3.5),
        runs=tuple(_runs(element)),
        stretch=number(attribute(element, "HScale"), 1.0) or 1.0,
        char_degrees=_quarter(attribute(element, "CharDirection")),
        read_degrees=_quarter(attribute(element, "ReadDirection")),
        weight=int(number(attribute(element, "Weight"), 400.0)),
        italic=attribute(element, "Italic").lower() in ("true", "1"),
    )


def steps(text: str, count: int) -> tuple[float, ...]:
    """
    *count* steps from a DeltaX or DeltaY: `g 3 1.5` says three times 1.5.

    A list that is too short goes on with its last step, as readers have it.
    """
    found: list[float] = []
    words = iter(text.replace(",", " ").split())
    for word in words:
        if len(found) >= count:
            break
        if word in "gG":
            times = int(number(next(words, "0"), 0.0))
            step = number(next(words, "0"), 0.0)
            found += [step] * max(0, min(times, count - len(found)))
        else:
            found.append(number(word, 0.0))
    found = found[:count]
    return tuple(found + [found[-1] if found else 0.0] * (count - len(found)))


def _runs(element: Element) -> list[Run]:
    runs: list[Run] = []
    transforms: list[Element] = []
    place: Point = (0.0, 0.0)
    left = CHARACTERS
    for each in children(element, "CGTransform", "TextCode"):
        if name_of(each) == "CGTransform":
            transforms.append(each)
            continue
        place = (number(attribute(each, "X"), place[0]), number(attribute(each, "Y"), place[1]))
        text = _characters(each.text or "")[:left]
        left -= len(text)
        if text:
            runs.append(_run(each, text, transforms, place))
        transforms = []
    return runs


def _characters(text: str) -> str:
    """Line ends and indentation around the characters belong to the file, blanks between them to the text."""
    return text.strip("\r\n\t") if text.strip() == text.strip("\r\n\t") else _inner(text)


def _inner(text: str) -> str:
    if text[:1] in ("\r", "\n", "\t"):
        text = text.lstrip()
    return text.rstrip() if "\n" in text[len(text.rstrip()) :] else text.strip("\r\n\t")


def _run(code: Element, text: str, transforms: list[Element], place: Point) -> Run:
    glyphs = tuple(_glyphs(text, transforms))
    across, down = attribute(code, "DeltaX"), attribute(code, "DeltaY")
    count = len(glyphs) - 1
    if not across and not down:
        return Run(*place, glyphs, None)
    return Run(*place, glyphs, tuple(zip(steps(across, count), steps(down, count), strict=True)))


def _glyphs(text: str, transforms: list[Element]) -> list[Glyph]:
    replaced = {}
    for each in transforms:
        position = int(number(attribute(each, "CodePosition"), 0.0))
        replaced[position] = each
    glyphs: list[Glyph] = []
    at = 0
    while at < len(text):
        transform = replaced.get(at)
        codes = int(number(attribute(transform, "CodeCount"), 1.0)) if transform is not None else 0
        if transform is None or codes < 1:
            glyphs.append(Glyph(text[at]))
            at += 1
            continue
        glyphs += _transformed(text[at : at + codes], transform)
        at += codes
    return glyphs


def _transformed(text: str, transform: Element) -> list[Glyph]:
    """
    The glyphs that stand for *text*: one a character as far as it goes, the rest of the text with the last.

    Source: GB/T 33190, 11.4, glyph transformation.
    """
    listed = numbers(next((each.text for each in children(transform, "Glyphs")), ""))
    count = int(number(attribute(transform, "GlyphCount"), float(len(listed))))
    indices = [int(index) for index in islice(listed, max(1, count))]
    if not indices:
        return [Glyph(character) for character in text]
    pieces = [text[i : i + 1] for i in range(len(indices))]
    pieces[-1] += text[len(indices) :]
    return [Glyph(piece, index) for piece, index in zip(pieces, indices, strict=True)]


def _quarter(text: str) -> int:
    return int(number(text, 0.0)) // 90 % 4 * 90
