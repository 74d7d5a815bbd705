# SPDX-License-Identifier: Apache-2.0
"""
Lines of letters joined into paragraphs.

A line belongs to the one above where that one ran to the edge of the text, both look alike and
nothing stands between them. What is set in the middle or at the right edge says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from adapters.conversion.ofd_writing.geometry import Box
from adapters.conversion.reconstruction.blocks import Letter, Line, Paragraph, Run

LOOSE = 1.6  # sizes of a letter: a line that ends this far from the edge was ended there by its writer
FAR = 2.6  # sizes of a letter from line to line: beyond it another paragraph begins
WORDS_APART = 0.25  # sizes of a letter between two that belong to different words


def lines_of(letters: Iterable[Letter]) -> list[Line]:
    """Letters on one base line, together and from left to right, with blanks for the gaps between words."""
    rows: list[list[Letter]] = []
    for letter in sorted(letters, key=lambda each: (each.box.bottom, each.box.left)):
        if rows and letter.box.bottom - rows[-1][0].box.bottom <= letter.box.height * 0.4:
            rows[-1].append(letter)
        else:
            rows.append([letter])
    return [Line(tuple(_spaced(sorted(row, key=lambda each: each.box.left)))) for row in rows]


def _spaced(row: Sequence[Letter]) -> Iterable[Letter]:
    for number, letter in enumerate(row):
        before = row[number - 1] if number else None
        if before is not None and not before.text.isspace() and not letter.text.isspace():
            gap = letter.box.left - before.box.right
            if gap > WORDS_APART * letter.look.size and not (_is_wide(before.text) and _is_wide(letter.text)):
                place = Box(before.box.right, letter.box.top, letter.box.left, letter.box.bottom)
                yield Letter(" ", place, before.look)
        yield letter


def _is_wide(text: str) -> bool:
    """Whether this is a letter of a script that sets no blanks between words."""
    return bool(text) and ord(text[0]) >= 0x2E80


def paragraphs_of(lines: Sequence[Line], edges: Box) -> list[Paragraph]:
    """*lines*, from the top down, as paragraphs of a text that stands within *edges*."""
    found: list[list[Line]] = []
    for line in lines:
        if found and _goes_on(found[-1], line, edges):
            found[-1].append(line)
        else:
            found.append([line])
    return [_paragraph(each, edges) for each in found]


def _goes_on(above: Sequence[Line], line: Line, edges: Box) -> bool:
    last, size = above[-1], above[-1].size
    if abs(line.size - size) > 0.6 or _alignment(last, edges) != "both":
        return False
    if edges.right - last.box.right > LOOSE * size:
        return False
    if line.box.left - edges.left > 0.8 * size:
        return False
    return line.box.bottom - last.box.bottom <= FAR * size


def _alignment(line: Line, edges: Box) -> str:
    left, right = line.box.left - edges.left, edges.right - line.box.right
    if left > LOOSE * line.size and abs(left - right) <= line.size:
        return "center"
    if left > 0.3 * edges.width and right < left / 3:
        return "right"
    return "both"


def _paragraph(lines: Sequence[Line], edges: Box) -> Paragraph:
    first, last = lines[0].box, lines[-1].box
    box = Box(
        min(each.box.left for each in lines), first.top, max(each.box.right for each in lines), last.bottom
    )
    align = _alignment(lines[0], edges)
    pitch = (last.bottom - first.bottom) / (len(lines) - 1) if len(lines) > 1 else 0.0
    indent = max(0.0, first.left - edges.left) if align == "both" else 0.0
    end = max(0.0, edges.right - first.right) if align == "right" else 0.0
    return Paragraph(_runs(lines), box, align, indent, end, pitch)


def _runs(lines: Sequence[Line]) -> tuple[Run, ...]:
    letters: list[Letter] = []
    for line in lines:
        if letters and not _is_wide(letters[-1].text) and not letters[-1].text.isspace():
            last = letters[-1]
            letters.append(Letter(" ", last.box, last.look))
        letters += line.letters
    grouped = groupby(letters, key=lambda letter: letter.look)
    return tuple(Run("".join(letter.text for letter in run), look) for look, run in grouped)
