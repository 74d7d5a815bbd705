# SPDX-License-Identifier: Apache-2.0
"""
Settings as people read them: the commented file that enrolment writes, and the reference page.

Both are made from the settings classes and from `exchange.texts.settings`, so that neither can
forget a key. Values that are not given stand there as comments, with their defaults.
"""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING
from typing import Any

from exchange.edge.configuration import variable
from exchange.edge.settings import AdapterSettings, Application, HubSettings
from exchange.texts import say

Values = Mapping[str, Mapping[str, Any]]


def hub_file(values: Values, lang: str) -> str:
    """`hub.toml` with *values*, section by section."""
    return _file(HubSettings, values, "settings.hub-file", lang)


def adapter_file(values: Values, applications: Mapping[str, Mapping[str, Any]], lang: str) -> str:
    """`adapter.toml` with *values*, and *applications* with their adapters' own settings."""
    parts = [_file(AdapterSettings, values, "settings.adapter-file", lang)]
    parts += [_application(name, given, lang) for name, given in applications.items()]
    return "\n".join(parts)


def reference(lang: str) -> str:
    """The page that lists every key, in Markdown."""
    parts = [f"# {say('settings.page', lang)}\n", say("settings.page.rules", lang) + "\n"]
    for cls, file in ((HubSettings, "hub.toml"), (AdapterSettings, "adapter.toml")):
        parts.append(f"## {file}\n")
        parts += [_page_section(name, section, lang) for name, section in _sections(cls)]
    parts.append(_page_section("applications.NAME", Application, lang))
    return "\n".join(parts)


# ---- the file


def _file(cls: type, values: Values, title: str, lang: str) -> str:
    parts = ["".join(f"# {line}\n" for line in say(title, lang).splitlines())]
    parts += [_section(name, section, values.get(name, {}), lang) for name, section in _sections(cls)]
    return "\n".join(parts)


def _section(name: str, section: type, given: Mapping[str, Any], lang: str) -> str:
    lines = [f"# {say(_subject(section), lang)}", f"[{name}]"]
    for key, default in _keys(section):
        lines.append(f"# {say(f'{_subject(section)}.{key}', lang)}")
        if key in given:
            lines.append(f"{key} = {toml(given[key])}")
        else:
            lines.append(f"# {key} = {'' if default is MISSING else _shown(default)}".rstrip())
    return "\n".join(lines) + "\n"


def _application(name: str, given: Mapping[str, Any], lang: str) -> str:
    own = given.get("settings", {})
    head = {key: value for key, value in given.items() if key != "settings"}
    lines = [_section(f"applications.{name}", Application, head, lang), f"[applications.{name}.settings]"]
    lines += [f"{key} = {toml(value)}" for key, value in own.items()]
    return "\n".join(lines) + "\n"


# ---- the page


def _page_section(name: str, section: type, lang: str) -> str:
    lines = [
        f"### [{name}]\n",
        say(_subject(section), lang) + "\n",
        say("settings.page.columns", lang),
        "|---|---|---|---|",
    ]
    for key, default in _keys(section):
        meaning = say(f"{_subject(section)}.{key}", lang)
        shown = say("settings.page.needed", lang) if default is MISSING else f"`{_shown(default)}`"
        lines.append(f"| `{key}` | {shown} | {meaning} | `{variable((*name.split('.'), key))}` |")
    return "\n".join(lines) + "\n"


# ---- what both are made of


def _sections(cls: Any) -> Iterator[tuple[str, type]]:
    hints = typing.get_type_hints(cls)
    for one in dataclasses.fields(cls):
        section: Any = hints[one.name]
        if dataclasses.is_dataclass(section):
            yield one.name, typing.cast(type, section)
            yield from ((f"{one.name}.{name}", inner) for name, inner in _sections(section))


def _keys(section: type) -> Iterator[tuple[str, Any]]:
    """Each key with its default; an application's own settings are its adapter's to explain."""
    for one in dataclasses.fields(section):
        if one.name == "settings" and section is Application:
            continue
        if dataclasses.is_dataclass(typing.get_type_hints(section)[one.name]):
            continue  # a section of its own
        default = one.default_factory() if one.default_factory is not MISSING else one.default
        yield one.name, default


def _subject(section: type) -> str:
    return f"settings.{getattr(section, 'SUBJECT', 'limits')}"


def _shown(default: Any) -> str:
    return '""' if default is None else toml(default)


def toml(value: Any) -> str:
    """*value* as it is written in a settings file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(toml(item) for item in value)}]"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key} = {toml(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    # JSON's escapes are TOML's, but for the delete character, which no value of ours has
    return json.dumps(str(value), ensure_ascii=False)
