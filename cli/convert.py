# SPDX-License-Identifier: Apache-2.0
"""
`govbus convert`: one file into another format, as the receiving side would do it, or why not.

Owns options and what is shown; `exchange.role.file_conversion` explains and converts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cli.context import FILE, json_option, lang, show, show_json, tell, words
from cli.conversions import measured, measured_lines
from exchange.converter import Converter, Report
from exchange.edge.conversion_process import ConversionProcess, installed_detectors, known_converters
from exchange.edge.settings import load_adapter
from exchange.errors import EXIT_NO
from exchange.model.format import format_name, format_word, is_format
from exchange.role.file_conversion import Explained, Tools, convert_file, explain
from exchange.texts import Phrase, say


class Format(click.ParamType[str]):
    """A word or a media type."""

    name = "format"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not is_format(value):
            self.fail(words("convert.format.unknown", found=value), param, ctx)
        return format_name(value)


@click.command(help=say("convert.help"))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--to", "wanted", type=Format(), required=True, metavar="FORMAT", help=say("convert.to.help"))
@click.option("--out", type=FILE, help=say("convert.out.help"))
@click.option("--from", "declared", type=Format(), metavar="FORMAT", help=say("convert.from.help"))
@click.option("--config", type=FILE, help=say("convert.config.help"))
@click.option("--allow-lossy", is_flag=True, help=say("convert.allow-lossy.help"))
@click.option("--explain", "only_explain", is_flag=True, help=say("convert.explain.help"))
@json_option
@click.pass_context
def convert(
    context: click.Context,
    file: Path,
    wanted: str,
    out: Path | None,
    declared: str | None,
    config: Path | None,
    allow_lossy: bool,
    only_explain: bool,
    as_json: bool,
) -> None:
    """Convert FILE."""
    if out is None and not only_explain:
        raise click.UsageError(words("convert.out.missing"))
    sections = load_adapter(config).conversion.sections if config else {}
    tools = Tools(known_converters(sections), installed_detectors())
    with ConversionProcess() as process:
        found = explain(file, wanted, tools, process, declared=declared or "", allow_lossy=allow_lossy)
        if only_explain or out is None:
            _show_explained(file, found, as_json=as_json)
            if found.way is None or found.is_barred:
                context.exit(EXIT_NO)
            return
        begun = time.monotonic()
        report = convert_file(found, file, out.absolute(), process)
        _show_done(file, out, found, report, seconds=time.monotonic() - begun, as_json=as_json)


# ---- explained


def _show_explained(file: Path, found: Explained, *, as_json: bool) -> None:
    if as_json:
        show_json(_facts(file, found))
        return
    show("convert.found", file=file.name, format=format_word(found.format))
    for note in found.found.notes:
        show("convert.note", note=note)
    if found.found.trouble is not None:
        show("convert.trouble", reason=found.found.trouble)
    _show_way(found)


def _show_way(found: Explained) -> None:
    word = format_word(found.wanted)
    if found.way is None and found.is_barred:
        return  # what it is could not be seen, so that which ways there are says nothing
    if found.way is None:
        show("convert.only-lossy" if found.lossy_way else "convert.no-way", wanted=word)
        for each in found.lacking:
            show("convert.lacking", converter=_name(each), reason=each.trouble())
        formats = ", ".join(map(format_word, found.reachable))
        show("convert.reachable" if formats else "convert.reachable.none", formats=formats)
    elif not found.way:
        show("convert.nothing", wanted=word)
    for number, step in enumerate(_steps(found), 1):
        key = "convert.step.lossy" if step["lossy"] else "convert.step"
        shown = {name: format_word(step[name]) for name in ("from", "to")}
        values = {"found": shown["from"], "wanted": shown["to"]}
        show(key, number=number, converter=step["converter"], cost=step["cost"], **values)


def _steps(found: Explained) -> Iterator[dict[str, Any]]:
    here = found.format
    for each in found.way or found.lossy_way or ():
        there = format_name(each.produces)
        yield {"converter": _name(each), "from": here, "to": there, "cost": each.cost, "lossy": each.lossy}
        here = there


def _facts(file: Path, found: Explained) -> dict[str, Any]:
    trouble = found.found.trouble
    return {
        "file": str(file),
        "format": found.format,
        "wanted": found.wanted,
        "trouble": None if trouble is None else _said(trouble),
        "notes": [_said(note) for note in found.found.notes],
        "way": None if found.way is None else list(_steps(found)),
        "lossy_way": list(_steps(found)) if found.way is None and found.lossy_way else None,
        "reachable": list(found.reachable),
        "lacking": {_name(each): _said(each.trouble() or "") for each in found.lacking},
    }


def _name(converter: Converter) -> str:
    return type(converter).__name__


def _said(line: str | Phrase) -> str:
    return say(line.key, lang(), **line.values) if isinstance(line, Phrase) else line


# ---- done


def _show_done(
    file: Path, out: Path, found: Explained, report: Report, *, seconds: float, as_json: bool
) -> None:
    if as_json:
        done = {
            "out": str(out),
            "characters": report.characters,
            "losses": [_said(each) for each in report.losses],
            "remarks": [_said(each) for each in report.notes],
            "lost": report.lost,
            "pages_before": report.pages_before,
            "pages": report.pages,
            "faces": dict(report.fonts),
            **measured(report),
            "seconds": round(seconds, 3),
        }
        show_json(_facts(file, found) | done)
        return
    key = "convert.done" if report.characters is None else "convert.done.text"
    show(key, out=out, format=format_word(found.wanted), characters=report.characters)
    for loss in report.losses:
        tell("convert.lost", loss=loss)
    for note in report.notes:
        tell("convert.note", note=note)
    for asked, taken in report.fonts:
        tell("conversion.certificate.face", asked=asked, taken=taken)
    if report.lost:
        tell("conversion.certificate.characters", characters=report.characters, lost=report.lost)
    for key, values in measured_lines(report):
        tell(key, **values)
