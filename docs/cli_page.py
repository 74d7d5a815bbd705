# SPDX-License-Identifier: Apache-2.0
"""Writes docs/reference/cli.md, in both languages, from the commands: `python -m docs.cli_page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from cli.main import root, spoken
from exchange.texts import say

REFERENCE = Path(__file__).parent / "reference"
PAGES = {"cli.md": "en", "cli.zh-CN.md": "zh"}


def page(lang: str) -> str:
    """The page of all commands in *lang*."""
    with click.Context(root, info_name="govbus") as context:
        context.params["lang"] = lang
        spoken(root, lang)
        lines = [f"# {say('cli.page', lang)}", "", say("cli.page.rules", lang), "", *_options(root, lang), ""]
        for noun in root.list_commands(context):
            command = root.get_command(context, noun)
            assert command is not None
            lines += [f"## govbus {noun}", ""]
            lines += _noun(command, lang, context)
        return "\n".join(lines)


def _noun(command: click.Command, lang: str, parent: click.Context) -> Iterator[str]:
    with click.Context(command, info_name=command.name, parent=parent) as context:
        if not isinstance(command, click.Group):
            yield from _verb(command, lang, context)
            return
        yield from (str(command.help), "")
        for name in command.list_commands(context):
            verb = command.get_command(context, name)
            assert verb is not None
            yield from (f"### govbus {command.name} {name}", "")
            with click.Context(verb, info_name=name, parent=context) as below:
                yield from _verb(verb, lang, below)


def _verb(command: click.Command, lang: str, context: click.Context) -> Iterator[str]:
    yield from ("    " + " ".join([context.command_path, *_pieces(command, context)]), "")
    yield from (str(command.help), "")
    if options := list(_options(command, lang)):
        yield from (*options, "")


def _pieces(command: click.Command, context: click.Context) -> Iterator[str]:
    """Arguments, then what must be given; the rest stands in the table."""
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            yield from parameter.get_usage_pieces(context)
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.required:
            yield _spelled(parameter)
    if any(isinstance(parameter, click.Option) and not parameter.required for parameter in command.params):
        yield "…"


def _options(command: click.Command, lang: str) -> Iterator[str]:
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
    if not options:
        return
    yield from (say("cli.page.columns", lang), "|---|---|")
    for option in options:
        yield f"| `{_cell(_spelled(option))}` | {_cell(str(option.help or ''))} |"


def _spelled(option: click.Option) -> str:
    if option.is_flag:
        return ", ".join(option.opts)
    if isinstance(option.type, click.Choice):
        value = "|".join(map(str, option.type.choices))
    else:
        value = option.metavar or option.type.name.upper()
    return f"{', '.join(option.opts)} {value}" + (" …" if option.multiple else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write every page."""
    for name, lang in PAGES.items():
        (REFERENCE / name).write_text(page(lang), encoding="utf-8")


if __name__ == "__main__":
    main()
