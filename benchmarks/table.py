# SPDX-License-Identifier: Apache-2.0
"""
Plain tables for people, in columns that line up whatever the script.

Knows nothing of figures. A Chinese character takes two columns of a terminal, a combining mark none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence

GAP = "  "


def width(text: str) -> int:
    """The columns that *text* takes in a terminal."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """*text* filled with blanks to *columns*; what is longer stays whole."""
    blanks = " " * max(0, columns - width(text))
    return blanks + text if right else text + blanks


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, words: Collection[int] = (0,)) -> str:
    """
    Lines of a table; the columns in *words* stand to the left, figures to the right.

    Raises:
        ValueError: a row has not as many cells as there are heads.
    """
    for row in rows:
        if len(row) != len(heads):
            raise ValueError(f"{len(row)} cells under {len(heads)} heads: {row}")
    columns = [max(width(line[at]) for line in (heads, *rows)) for at in range(len(heads))]
    rule = ["─" * one for one in columns]
    return "\n".join(_line(line, columns, words) for line in (heads, rule, *rows))


def _line(cells: Sequence[str], columns: Sequence[int], words: Collection[int]) -> str:
    filled = (padded(cell, columns[at], right=at not in words) for at, cell in enumerate(cells))
    return GAP.join(filled).rstrip()


def number(value: float) -> str:
    """A figure with three meaningful digits, thousands apart."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if size >= 0.1 or size == 0 else f"{value:.4f}"
