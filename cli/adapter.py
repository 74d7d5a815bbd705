# SPDX-License-Identifier: Apache-2.0
"""
`govbus adapter`: run, check, list.

Owns options and what is shown; `exchange.role.adapter_service` is the daemon.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
from pathlib import Path
from typing import Any

import click

from cli.context import config_option, json_option, lang, show_json, show_table, words
from cli.findings import report
from cli.running import run_until_told
from cli.wiring import clock, rabbit
from exchange.adapter import Adapter
from exchange.edge import logs
from exchange.edge.held_directory import HeldDirectory
from exchange.edge.installed import installed_adapters, load_adapter_class
from exchange.edge.settings import AdapterSettings, load_adapter
from exchange.edge.settings_text import toml
from exchange.role.daemon_checkup import Department
from exchange.role.stores import Stores, known_troubles, running_pid
from exchange.texts import LANGUAGES, TEXTS, say

_FIELD = re.compile(r"\s+(\w+)\s*:.*?#\s*(.+)$")  # a field of a settings class, with the comment on its line
_PAIRS = {pair[0]: pair for key, pair in TEXTS.items() if key.startswith("hot-folder.")}


@click.group(help=say("adapter.help"))
def adapter() -> None:
    """A department's daemon."""


@adapter.command(help=say("adapter.run.help"))
@config_option
def run(config: Path) -> None:
    """Run the daemon until it is told to stop."""
    from exchange.role.adapter_service import AdapterService

    logs.set_up()
    settings = load_adapter(config)
    logs.set_up(lang=settings.participant.lang)
    facts = {
        "participant": settings.participant.id,
        "applications": list(settings.applications),
        "pid": os.getpid(),
    }
    run_until_told(lambda: AdapterService(settings), facts)


# ---- list


@adapter.command("list", help=say("adapter.list.help"))
@json_option
def list_(as_json: bool) -> None:
    """The installed adapters, each with the settings that it takes."""
    found = [_described(name) for name in sorted(installed_adapters())]
    if as_json:
        show_json(found)
        return
    for each in found:
        click.echo(f"{each['name']}  {each['about']}")
        rows = [[s["key"], s["default"], s["meaning"]] for s in each["settings"]]
        if rows:
            show_table([words(f"adapter.setting.{name}") for name in ("key", "default", "meaning")], rows)
        click.echo()


def _described(name: str) -> dict[str, Any]:
    cls = load_adapter_class(name)
    about = in_language((inspect.getdoc(cls) or "").partition("\n")[0])
    return {
        "name": name,
        "class": f"{cls.__module__}:{cls.__qualname__}",
        "about": about,
        "settings": _keys(cls),
    }


def _keys(cls: type[Adapter]) -> list[dict[str, str]]:
    """The fields of its settings class; what each means stands in the comment on its line."""
    meant = _comments(cls.Settings)
    return [
        {"key": field.name, "default": _default(field), "meaning": in_language(meant.get(field.name, ""))}
        for field in dataclasses.fields(cls.Settings)
    ]


def in_language(english: str) -> str:
    """A sentence that stands in an adapter's code, in the language asked for, where the texts have it."""
    return _PAIRS.get(english, (english, english))[LANGUAGES.index(lang())]


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return toml(field.default_factory())
    return words("settings.page.needed") if field.default is dataclasses.MISSING else toml(field.default)


def _comments(settings: type) -> dict[str, str]:
    try:
        lines = inspect.getsource(settings).splitlines()
    except (OSError, TypeError):  # made without a source file
        return {}
    found = (_FIELD.match(line) for line in lines)
    return {line[1]: line[2] for line in found if line}


# ---- check


@adapter.command(help=say("adapter.check.help"))
@config_option
@json_option
@click.pass_context
def check(context: click.Context, config: Path, as_json: bool) -> None:
    """Ask what is wrong or stuck."""
    settings = load_adapter(config)
    name = f"{settings.participant.id} check"
    questions = _department(settings).questions(broker=lambda: rabbit(settings.broker, name))
    report(context, questions, as_json=as_json)


def _department(settings: AdapterSettings) -> Department:
    folder = settings.stores.folder
    return Department(
        settings,
        clock=clock,
        open_stores=lambda: Stores.open(settings),
        trust=lambda: HeldDirectory(settings.trust, settings.participant.keys, clock).trust,
        pid=lambda: running_pid(folder),
        troubles=lambda: known_troubles(folder),
    )
