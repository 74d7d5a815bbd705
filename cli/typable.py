# SPDX-License-Identifier: Apache-2.0
"""
Commands in sentences, so that they can be typed as they stand.

A sentence names `govbus message show ID`; whoever reads it ran a command with `--config FILE`, and
needs that too. It is added where the named command takes it and the file is of its side. Where the
sentence cannot say which one, the place of what the command wants is shown as in its own help: `ID`.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import shlex
from pathlib import Path

import click

_NAMED = re.compile(r"`govbus ([a-z][^`]*)`")
_HUBS = frozenset({"hub", "participant", "route", "ledger", "enroll"})  # nouns whose --config is the hub's
_ADAPTERS = frozenset({"adapter", "send"})
_ALWAYS_AT_HUB = frozenset({"hub", "broker", "participant", "route", "ledger", "demo"})


def at_hub(noun: str, config: Path | str | None) -> bool:
    """Whether whoever runs a command of this *noun* on the settings file *config* operates the hub."""
    from cli.sides import is_hubs

    if noun in _ADAPTERS:
        return False
    return noun in _ALWAYS_AT_HUB if config is None else is_hubs(Path(config))


def typable(sentence: str, config: Path | str | None) -> str:
    """*sentence* with `--config` in each command that takes the settings file *config*."""
    if config is None:
        return sentence
    return _NAMED.sub(lambda found: f"`govbus {_completed(found[1], Path(config))}`", sentence)


def _completed(line: str, config: Path) -> str:
    words = line.split()
    if "--config" in words or "…" in words or not _fits(words[0], config):
        return line
    command, given = _command(words)
    if command is None or not any("--config" in parameter.opts for parameter in command.params):
        return line
    wanted = () if given else _wanted(command)
    return " ".join((line, *wanted, "--config", shlex.quote(str(config))))


def _command(words: list[str]) -> tuple[click.Command | None, list[str]]:
    """The command that *words* name, and what they give it."""
    if not importlib.util.find_spec(f"cli.{words[0]}"):
        return None, []
    command: click.Command = getattr(importlib.import_module(f"cli.{words[0]}"), words[0])
    if isinstance(command, click.Group):
        return (command.commands.get(words[1]) if len(words) > 1 else None), words[2:]
    return command, words[1:]


def _wanted(command: click.Command) -> tuple[str, ...]:
    """The places of what has to be named."""
    context = click.Context(command)
    arguments = (one for one in command.params if isinstance(one, click.Argument) and one.required)
    return tuple(one.make_metavar(context) for one in arguments)


def _fits(noun: str, config: Path) -> bool:
    from cli.sides import is_hubs

    return noun not in (_ADAPTERS if is_hubs(config) else _HUBS)
