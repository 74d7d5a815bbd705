# SPDX-License-Identifier: Apache-2.0
"""
`govbus demo`: the play of `exchange.testing.demo`, shown act by act.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from cli.context import FOLDER, lang, show, show_table, words
from exchange.errors import EXIT_NO
from exchange.testing.demo import Demo, Progress, Promise
from exchange.texts import Size, say

BAR = 40  # columns


@click.command(help=say("demo.help"))
@click.option("--dir", "directory", type=FOLDER, help=say("demo.dir.help"))
@click.option("--keep", is_flag=True, help=say("demo.keep.help"))
@click.pass_context
def demo(context: click.Context, directory: Path | None, keep: bool) -> None:
    """Build the city, play, judge, end every process."""
    folder = (directory or Path(tempfile.mkdtemp(prefix="govbus-demo-"))).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    show("demo.title", folder=folder)
    play = Demo(folder, lang())
    try:
        broken = _perform(play)
    finally:
        play.close()
    seconds = f"{time.monotonic() - started:.0f}"
    if broken:
        show("demo.failed", count=len(broken), folder=folder)
        context.exit(EXIT_NO)
    show("demo.took", seconds=seconds)
    if keep or directory is not None:
        show("demo.kept-folder", folder=folder)
    else:
        shutil.rmtree(folder)


def _perform(play: Demo) -> list[Promise]:
    """Every act; the promises that were not kept."""
    show("demo.building")
    for step in play.build():
        click.echo(f"  · {words(step)}")
    promises = [*_act("demo.act.document", play.official_document())]
    click.echo(f"\n{words('demo.act.large')}")
    with _bars() as (sending, receiving):
        kept = play.large_file(sending, receiving)
    promises += _told(kept)
    promises += _act("demo.act.subscription", play.subscription())
    promises += _act("demo.act.refusal", play.refusal())
    promises += _act("demo.act.verdict", play.verdict())
    click.echo()
    _table(play.messages())
    click.echo()
    return [promise for promise in promises if not promise.kept]


def _act(title: str, promises: Sequence[Promise]) -> Sequence[Promise]:
    click.echo(f"\n{words(title)}")
    return _told(promises)


def _told(promises: Sequence[Promise]) -> Sequence[Promise]:
    for promise in promises:
        mark = "✓" if promise.kept else "✗"
        verdict = "" if promise.kept else f"  {words('demo.broken')}"
        click.echo(f"  {mark} {words(promise.key, **promise.values)}{verdict}")
    return promises


@contextmanager
def _bars() -> Iterator[tuple[Progress, Progress]]:
    """Two bars, redrawn in place on a terminal; a line at each tenth where output is a file."""
    bars = _Bars(sys.stdout.isatty())
    yield bars.sending, bars.receiving
    bars.end()


class _Bars:
    def __init__(self, live: bool) -> None:
        self._live = live
        self._drawn = False
        self._said = -1
        self._at = {"demo.sending": (0, 0), "demo.receiving": (0, 0)}

    def sending(self, done: int, count: int) -> None:
        self._at["demo.sending"] = (done, count)

    def receiving(self, done: int, count: int) -> None:
        self._at["demo.receiving"] = (done, count)
        self._draw() if self._live else self._say(done, count)

    def _draw(self) -> None:
        if self._drawn:
            click.echo("\x1b[2A", nl=False)
        for key, (done, count) in self._at.items():
            filled = BAR * done // count if count else 0
            click.echo(f"\x1b[2K  {'█' * filled}{'░' * (BAR - filled)} {done:>4}/{count:<4} {words(key)}")
        self._drawn = True

    def _say(self, done: int, count: int) -> None:
        tenth = 10 * done // count if count else 0
        if tenth > self._said:
            self._said = tenth
            click.echo(f"  {done:>4}/{count:<4} {words('demo.receiving')}")

    def end(self) -> None:
        if self._live and self._drawn:
            click.echo()


def _table(rows: Sequence[tuple[Any, dict[str, Any]]]) -> None:
    titles = [words(f"demo.column.{c}") for c in ("what", "priority", "size", "to", "state", "receipts")]
    lines: list[list[object]] = []
    for sent, message in rows:
        first = [
            words(sent.key),
            words(f"message.priority.{message['priority']}"),
            str(Size(message["size"])),
        ]
        for number, delivery in enumerate(message["deliveries"]):
            receipts = ", ".join(f"{_kind(r['kind'])} {r['code']}".strip() for r in delivery["receipts"])
            state = _kind(delivery["state"])
            lines.append([*(first if number == 0 else [""] * 3), delivery["to"], state, receipts])
    show_table(titles, lines)


def _kind(word: str) -> str:
    """A state or a kind of receipt, which share their words."""
    return words(f"message.state.{word}")
