# SPDX-License-Identifier: Apache-2.0
"""
What the commands share: the language, the ways of telling, and the questions at a terminal.

Messages go to standard error, results to standard output. No command's own work is here.
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from exchange.texts import say

F = TypeVar("F", bound=Callable[..., Any])
_shown: ContextVar[bool] = ContextVar("whether a JSON document was shown", default=False)

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)
COLUMN_GAP = "  "
FOLD = "    "  # before what goes on in the next line


def lang() -> str:
    """`--lang` of the whole command, else the locale's, else English."""
    context = click.get_current_context(silent=True)
    chosen = context.find_root().params.get("lang") if context else None
    return str(chosen) if chosen else language_of(os.environ)


def language_of(environment: Mapping[str, str]) -> str:
    """`zh` where the *environment*'s locale is Chinese, else `en`."""
    names = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next((name for name in names if name), "").startswith("zh") else "en"


def words(key: str, **values: object) -> str:
    """The sentence *key* in the command's language."""
    return say(key, lang(), **values)


def tell(key: str, **values: object) -> None:
    """A message to whoever runs the command: on standard error, so that results stay clean."""
    click.echo(words(key, **values), err=True)


def show(key: str, **values: object) -> None:
    """A sentence that is the result itself: on standard output."""
    click.echo(words(key, **values))


def show_json(document: object) -> None:
    """One document on standard output, nothing else."""
    _shown.set(True)
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def begin_json() -> None:
    """A command begins: nothing was shown."""
    _shown.set(False)


def show_failure(*, code: str, text: str, hint: str, exit_code: int) -> None:
    """Why there is no result, for a program that asked for one document; not after a result."""
    if not _shown.get():
        show_json({"error": {"code": code, "text": text, "hint": hint, "exit_code": exit_code}})


def show_table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """
    *rows* under *titles*, in columns that are as wide as what stands in them.

    Where the terminal is too narrow, what does not fit goes on in a second line, in columns of its own.
    """
    lines = [list(titles), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)]
        for number, (start, end) in enumerate(_folded(widths, room())):
            text = COLUMN_GAP.join(cells[start:end]).rstrip()
            if text or not number:
                click.echo((FOLD if number else "") + text)


def _folded(widths: Sequence[int], most: int | None) -> list[tuple[int, int]]:
    """Which columns stand in one line together, when a line has room for so many characters, *most*."""
    folds: list[tuple[int, int]] = []
    start, used = 0, 0
    for number, width in enumerate(widths):
        gap = len(COLUMN_GAP) if number > start else len(FOLD) if folds else 0
        if most is not None and number > start and used + gap + width > most:
            folds.append((start, number))
            start, used, gap = number, 0, len(FOLD)
        used += gap + width
    return [*folds, (start, len(widths))]


def room() -> int | None:
    """Characters in a line of the terminal; None where nobody sees lines: in a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def folded(words_: Sequence[str], first: int) -> str:
    """*words_* in one line; where the terminal is too narrow, all after the *first* ones in a second."""
    present = [word for word in words_ if word]
    line, most = COLUMN_GAP.join(present), room()
    if most is None or _width(line) <= most:
        return line
    return COLUMN_GAP.join(present[:first]) + "\n" + FOLD + COLUMN_GAP.join(present[first:])


def show_fields(fields: Mapping[str, object]) -> None:
    """One `name  value` a line, the values in a column; what is empty is left out."""
    shown = {name: str(value) for name, value in fields.items() if value not in (None, "")}
    widest = max(map(_width, shown), default=0)
    for name, value in shown.items():
        click.echo(name + " " * (widest - _width(name)) + COLUMN_GAP + value)


def local(at: datetime, timespec: str = "seconds") -> str:
    """*at* as people here read it, with its offset."""
    return at.astimezone().isoformat(sep=" ", timespec=timespec)


def config_option(command: F) -> F:
    """`--config FILE`, which must be given."""
    return click.option("--config", type=FILE, required=True, help=say("cli.config.help"))(command)


def json_option(command: F) -> F:
    """`--json`: one document on standard output, nothing else."""
    return click.option("--json", "as_json", is_flag=True, help=say("cli.json.help"))(command)


def yes_option(command: F) -> F:
    """`--yes`: what was to be compared has been compared."""
    return click.option("--yes", "-y", is_flag=True, help=say("cli.yes.help"))(command)


def fingerprint_option(command: F) -> F:
    """`--fingerprint TEXT`: what the other side read out."""
    return click.option("--fingerprint", metavar="TEXT", help=say("cli.fingerprint.help"))(command)


def compared(shown: str, *, given: str | None, yes: bool, question: str) -> bool:
    """
    Whether the fingerprint *shown* here is the one that the other side has.

    *given* decides if it was given; else a person at the terminal is asked *question*; with neither,
    and without *yes*, the answer is no.
    """
    if given is not None:
        return _digits(given) == _digits(shown)
    if yes:
        return True
    return sys.stdin.isatty() and click.confirm(words(question), err=True)


def who_does_it(given: str | None = None) -> str:
    """Who runs this command: as named, else the person behind sudo, else whose process this is."""
    if given or os.environ.get("SUDO_USER"):
        return given or os.environ["SUDO_USER"]
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return f"uid {os.getuid()}"


def _digits(text: str) -> str:
    return "".join(text.lower().replace(":", "").split())


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if _is_wide(character) else 1 for character in text)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
