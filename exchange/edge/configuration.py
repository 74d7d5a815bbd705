# SPDX-License-Identifier: Apache-2.0
"""
A TOML file as a frozen dataclass, and every complaint with file, line and key.

Owns the reading; which keys there are is said by the dataclasses that are filled. Unknown keys,
wrong types and missing values are errors, never guesses. A value of the environment,
`GOVBUS_<SECTION>_<KEY>`, goes before the file's. Relative paths are relative to the file.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import re
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from exchange.errors import ConfigInvalid
from exchange.texts import Phrase

_NOTHING: Mapping[str, Any] = types.MappingProxyType({})
T = TypeVar("T")
Keys = tuple[str, ...]

PREFIX = "GOVBUS_"
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_TWICE = ("Cannot overwrite a value", "Cannot declare", "Duplicate inline table key")  # as tomllib says it
_HEADER = re.compile(r"\s*\[+([^\[\]]+)\]+\s*(?:#.*)?$")
_ASSIGNMENT = re.compile(r"\s*([\w.\"' -]+?)\s*=")
_OTHER_FILES = {"<": "settings.is-xml", "-----BEGIN": "settings.is-pem", "{": "settings.is-json"}


@dataclass(frozen=True, slots=True)
class Source:
    """
    Where values come from: a file's text, and what the environment puts in its place.

    overrides: the variable that gave a value, by its keys.
    """

    path: Path
    text: str
    overrides: Mapping[Keys, str] = field(default_factory=dict)

    def fault(self, keys: Keys, reason: str, **values: object) -> ConfigInvalid:
        """The complaint about the value at *keys*; *reason* names a sentence."""
        why = Phrase(reason, values)
        if variable := self.overrides.get(keys):
            return ConfigInvalid("EX-917", file=str(self.path), key=variable, reason=why)
        line, key = self.line(keys), ".".join(keys)
        return ConfigInvalid("EX-903", file=str(self.path), line=line, key=key, reason=why)

    def line(self, keys: Keys) -> int:
        """The line on which *keys* stand; of what is missing, that of the section it belongs to; else 1."""
        lines = _lines(self.text)
        known = (lines[keys[:length]] for length in range(len(keys), 0, -1) if keys[:length] in lines)
        return next(known, 1)


def read(path: Path, cls: type[T], environment: Mapping[str, str], **more: object) -> T:
    """
    The settings *cls* in the file *path*.

    Args:
        environment: its `GOVBUS_…` variables go before the file's values.
        more: fields of *cls* that no file may set.

    A class may have `mistaken_for(table)`, which names the sentence about a file that is not its own at all.

    Raises:
        ConfigInvalid: EX-903, with file, line and key; EX-917, with the variable; EX-904, the file cannot
            be read.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigInvalid("EX-904", file=str(path), reason=getattr(e, "strerror", None) or str(e)) from e
    table = _parsed(path, text)
    if other := getattr(cls, "mistaken_for", lambda _table: "")(table):
        raise Source(path.absolute(), text).fault((next(iter(table)),), other)
    source = Source(path.absolute(), text, _override(table, cls, environment))
    return fill(cls, table, source, more=more)


def fill(
    cls: type[T],
    table: Mapping[str, Any],
    source: Source,
    *,
    at: Keys = (),
    more: Mapping[str, Any] = _NOTHING,
) -> T:
    """
    A *cls* with the values of *table*, which stands at the keys *at* of *source*, and with *more*.

    A class may have `faults()`, which yields (key, reason) for values that cannot work together.

    Raises:
        ConfigInvalid: EX-903.
    """
    hints = typing.get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init and f.name not in more}  # type: ignore[arg-type]
    for key in table:
        if key not in fields:
            near = difflib.get_close_matches(key, fields, 1)
            reason = "settings.unknown-key.near" if near else "settings.unknown-key"
            raise source.fault((*at, key), reason, near="".join(near))
    values: dict[str, Any] = dict(more)
    for name, one in fields.items():
        if name in table:
            values[name] = _value(hints[name], table[name], source, (*at, name))
        elif dataclasses.is_dataclass(hints[name]):  # absent, but its keys may all have defaults
            values[name] = fill(typing.cast(type, hints[name]), {}, source, at=(*at, name))
        elif one.default is MISSING and one.default_factory is MISSING:
            raise source.fault((*at, name), "settings.missing")
        elif _is_path(hints[name]) and isinstance(one.default, Path):
            values[name] = source.path.parent / one.default
    return _checked(cls(**values), source, at)


def variable(keys: Keys) -> str:
    """The environment variable that goes before the value at *keys*."""
    return PREFIX + "_".join(keys).upper().replace("-", "_")


# ---- values


def _value(wanted: Any, found: Any, source: Source, keys: Keys) -> Any:
    origin, inner = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (typing.Union, types.UnionType):
        if found == "":
            return None  # TOML has no other word for nothing
        return _value(next(one for one in inner if one is not type(None)), found, source, keys)
    if origin is typing.Literal:
        return _choice(inner, found, source, keys)
    if dataclasses.is_dataclass(wanted):
        _want(dict, found, source, keys)
        return fill(typing.cast(type, wanted), found, source, at=keys)
    if origin is tuple:
        _want(list, found, source, keys)
        return tuple(_value(inner[0], item, source, keys) for item in found)
    if origin is not None and issubclass(origin, Mapping):
        _want(dict, found, source, keys)
        return {name: _value(inner[1], item, source, (*keys, name)) for name, item in found.items()}
    return _plain(wanted, found, source, keys)


def _plain(wanted: Any, found: Any, source: Source, keys: Keys) -> Any:
    if wanted in (Any, object):
        return found
    if wanted is Path:
        _want(str, found, source, keys)
        return source.path.parent / Path(found).expanduser()
    if wanted is float and type(found) is int:
        return float(found)
    _want(wanted, found, source, keys)
    return found


def _want(wanted: type, found: Any, source: Source, keys: Keys) -> None:
    if type(found) is not wanted:
        kind = Phrase(f"settings.kind.{wanted.__name__}", {})
        raise source.fault(keys, "settings.wrong-type", found=f"{found!r}"[:60], wanted=kind)


def _choice(allowed: tuple[Any, ...], found: Any, source: Source, keys: Keys) -> Any:
    if found not in allowed:
        words = ", ".join(map(str, allowed))
        raise source.fault(keys, "settings.wrong-choice", found=f"{found!r}"[:60], wanted=words)
    return found


def _is_path(wanted: Any) -> bool:
    return wanted is Path or Path in typing.get_args(wanted)


def _checked(made: T, source: Source, at: Keys) -> T:
    faults = getattr(made, "faults", None)
    for key, reason in faults() if callable(faults) else ():
        raise source.fault((*at, *key.split(".")), "settings.fault", text=reason)
    return made


# ---- the environment


def _override(table: dict[str, Any], cls: type, environment: Mapping[str, str]) -> dict[Keys, str]:
    """Put the environment's values into *table*; which variable gave which."""
    given: dict[Keys, str] = {}
    for keys, wanted in _settable(cls, table, ()):
        name = variable(keys)
        if name in environment:
            _put(table, keys, _from_text(wanted, environment[name]))
            given[keys] = name
    return given


def _settable(cls: type, table: Mapping[str, Any], at: Keys) -> Iterator[tuple[Keys, Any]]:
    hints = typing.get_type_hints(cls)
    for one in dataclasses.fields(cls):
        wanted: Any = hints[one.name]
        keys = (*at, one.name)
        inner = typing.get_args(wanted)
        below = table.get(one.name)
        if dataclasses.is_dataclass(wanted):
            yield from _settable(typing.cast(type, wanted), below if isinstance(below, dict) else {}, keys)
        elif isinstance(below, dict) and len(inner) == 2 and dataclasses.is_dataclass(inner[1]):
            section: Any = inner[1]
            for name, item in below.items():  # sections with names of their own: those that the file has
                yield from _settable(section, item if isinstance(item, dict) else {}, (*keys, name))
        elif isinstance(below, dict):
            yield from (((*keys, name), type(item)) for name, item in below.items())
        else:
            yield keys, wanted


def _put(table: dict[str, Any], keys: Keys, value: Any) -> None:
    for key in keys[:-1]:
        below = table.setdefault(key, {})
        if not isinstance(below, dict):
            return  # the file is wrong there, and is told so
        table = below
    table[keys[-1]] = value


def _from_text(wanted: Any, text: str) -> Any:
    """What *text* would be in TOML; a text that is no such value stays text, and is refused for it."""
    kinds = {wanted, *typing.get_args(wanted)}
    if typing.get_origin(wanted) is tuple or wanted is list:
        return [word.strip() for word in text.split(",") if word.strip()]
    if bool in kinds and text in ("true", "false"):
        return text == "true"
    if kinds & {int, float}:
        try:
            return tomllib.loads(f"x = {text}")["x"]
        except tomllib.TOMLDecodeError:
            return text
    return text


# ---- lines


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        where = _AT_LINE.search(str(e))
        line = int(where[1]) if where else text.count("\n") + 1
        raise _no_toml(path, text, line, _AT_LINE.sub("", str(e))) from e


def _no_toml(path: Path, text: str, line: int, said: str) -> ConfigInvalid:
    """What is wrong with a file that is no TOML: it is another kind of file, or a key stands there twice."""
    reason: object = next(
        (Phrase(key) for start, key in _OTHER_FILES.items() if text.startswith(start)), said
    )
    key = "TOML"
    if said.startswith(_TWICE):
        line, key = _statement_at(text, line)
        reason = Phrase("settings.twice")
    return ConfigInvalid("EX-903", file=str(path), line=line, key=key, reason=reason)


def _statement_at(text: str, line: int) -> tuple[int, str]:
    """Where the statement that goes on to *line* begins, and the key that it sets, with its section."""
    lines = text.splitlines()[:line]
    begun = max(n for n, one in enumerate(lines) if _HEADER.match(one) or _ASSIGNMENT.match(one))
    if header := _HEADER.match(lines[begun]):
        return begun + 1, header[1].strip()
    section = next((found[1].strip() for one in reversed(lines[:begun]) if (found := _HEADER.match(one))), "")
    key = _ASSIGNMENT.match(lines[begun])
    return begun + 1, ".".join(filter(None, (section, key[1] if key else "")))


@functools.lru_cache(maxsize=8)
def _lines(text: str) -> Mapping[Keys, int]:
    """The line of each key in *text*, which is known to be TOML."""
    found: dict[Keys, int] = {}
    section: Keys = ()
    for number, statement in _statements(text):
        if statement.lstrip().startswith("["):
            section = _first_path(tomllib.loads(statement))
            _note(found, section, number)
        else:
            for keys in _paths(tomllib.loads(statement)):
                _note(found, (*section, *keys), number)
    return found


def _note(found: dict[Keys, int], keys: Keys, number: int) -> None:
    for length in range(1, len(keys) + 1):
        found.setdefault(keys[:length], number)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each header or assignment with the number of its first line; a value may go on over several lines."""
    lines = text.splitlines()
    start = 0
    while start < len(lines):
        end = start + 1
        while not _is_toml("\n".join(lines[start:end])):
            end += 1
        statement = "\n".join(lines[start:end])
        if tomllib.loads(statement):
            yield start + 1, statement
        start = end


def _is_toml(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _first_path(table: Any) -> Keys:
    if isinstance(table, list):
        return _first_path(table[0])
    if not isinstance(table, dict) or not table:
        return ()
    key = next(iter(table))
    return (key, *_first_path(table[key]))


def _paths(table: Mapping[str, Any]) -> Iterator[Keys]:
    for key, value in table.items():
        yield (key,)
        if isinstance(value, dict):
            yield from ((key, *below) for below in _paths(value))
