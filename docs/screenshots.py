# SPDX-License-Identifier: Apache-2.0
"""
Draws what a terminal showed as pictures for the docs: `python -m docs.screenshots [en] [zh]`.

Plays the demo in a terminal of a hundred columns, then traces its document at the hub, and writes
`docs/pictures/*.svg`, in English and Chinese. The text of a picture is text: it can be searched and copied.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import termios
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from struct import pack

PICTURES = Path(__file__).parent / "pictures"
COLUMNS, ROWS = 100, 50
CELL, LINE, MARGIN = 8.4, 20, 16  # pixels; a cell is 0.6 of the letters' 14
LETTERS = "DejaVu Sans Mono, Noto Sans Mono CJK SC, Consolas, Menlo, monospace"
INK, PAPER, STRONG, GOOD, BAD, QUIET = "#d8dee9", "#1f2430", "#ffffff", "#a3be8c", "#ebcb8b", "#8a93a5"

_CONTROL = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\r|\n")
_NAMES = {"en": "", "zh": ".zh-CN"}


# ---- what was seen


def screen(output: str) -> list[str]:
    """The lines that a terminal shows after *output*: cursor up, erased lines and returns are followed."""
    lines, row, column, at = [""], 0, 0, 0
    for found in _CONTROL.finditer(output):
        lines[row], column = _written(lines[row], column, output[at : found.start()])
        at = found.end()
        if found[0] == "\n":
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif found[0] == "\r":
            column = 0
        elif found[2] == "A":
            row = max(0, row - int(found[1] or 1))
        elif found[2] == "K":
            lines[row] = "" if found[1] == "2" else lines[row][:column]
    lines[row], _ = _written(lines[row], column, output[at:])
    return [line.rstrip() for line in lines]


def _written(line: str, column: int, text: str) -> tuple[str, int]:
    return line[:column].ljust(column) + text + line[column + len(text) :], column + len(text)


def seen(*command: str) -> list[str]:
    """Run *command* in a terminal of `COLUMNS`; what it shows, below the line that was typed."""
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.environ.pop("COLUMNS", None)
        os.execv(sys.executable, [sys.executable, "-m", "cli.main", *command])
    parts = []
    try:
        while block := os.read(terminal, 65_536):
            parts.append(block)
    except OSError:  # the other end is closed: it has ended
        pass
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(b"".join(parts).decode())
    return screen(b"".join(parts).decode())


# ---- the picture


def picture(title: str, lines: Sequence[str]) -> str:
    """*lines* as an SVG, one text for each run of letters of the same width."""
    width = 2 * MARGIN + max(COLUMNS, *map(cells, lines)) * CELL
    height = 2 * MARGIN + LINE * len(lines)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        f' font-family="{LETTERS}" font-size="14">',
        f"  <title>{escape(title)}</title>",
        f'  <rect width="{width:g}" height="{height:g}" rx="8" fill="{PAPER}"/>',
    ]
    for number, line in enumerate(lines):
        drawn += _drawn(line, MARGIN + LINE * number + LINE * 0.7)
    return "\n".join([*drawn, "</svg>\n"])


def _drawn(line: str, y: float) -> Iterator[str]:
    ink, column = _ink(line), 0
    for _, run in groupby(line, key=lambda letter: cells(letter) == 2 or (letter == " " and "space")):
        text = "".join(run)
        wide = cells(text)
        if not text.isspace():
            place = f'x="{MARGIN + column * CELL:g}" y="{y:g}" textLength="{wide * CELL:g}"'
            yield f'  <text {place} lengthAdjust="spacingAndGlyphs" fill="{ink}">{escape(text)}</text>'
        column += wide


def _ink(line: str) -> str:
    if line.startswith("$ "):
        return STRONG
    if line.lstrip().startswith("✓"):
        return GOOD
    if re.match(r"\s+EX-\d", line):
        return BAD
    return QUIET if line.lstrip().startswith("·") else INK


def cells(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


# ---- the pictures


def draw(lang: str, folder: Path) -> None:
    """Play the demo in *folder* and draw it."""
    shown = seen("--lang", lang, "demo", "--dir", str(folder))
    first = next(number for number, line in enumerate(shown) if line.startswith("1. "))
    last = next(number for number, line in enumerate(shown) if str(folder) in line and number > first)
    _write("demo", lang, ["$ ./run demo", "…", *shown[first : last - 1]])  # but for how long it took
    config = str(folder / "hub" / "hub.toml")
    listed = json.loads(_told("message", "list", "--config", config, "--json"))
    document = next(
        m for m in listed if m["type"].startswith("document.official") and m["state"] == "delivered"
    )
    words = ["message", "trace", document["message_id"], "--config"]
    trace = seen("--lang", lang, *words, config)
    _write("trace", lang, [f"$ govbus {' '.join(words)} hub.toml", *filter(None, trace)])


def _told(*command: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *command], check=True, capture_output=True, text=True
    ).stdout


def _write(name: str, lang: str, lines: Sequence[str]) -> None:
    while lines and not lines[-1]:
        lines = lines[:-1]
    (PICTURES / f"{name}{_NAMES[lang]}.svg").write_text(picture(lines[0], lines), encoding="utf-8")


if __name__ == "__main__":
    for lang_ in sys.argv[1:] or _NAMES:
        with tempfile.TemporaryDirectory(prefix="govbus-pictures-") as place:
            draw(lang_, Path(place) / "demo")
