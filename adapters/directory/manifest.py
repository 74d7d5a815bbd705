# SPDX-License-Identifier: Apache-2.0
"""
The manifest beside a file: `report.docx.govbus.toml` or `report.docx.govbus.xml`.

Owns its two spellings and what may stand in it. Every complaint names the line and the key.
Which files there are is not known here, only what their names may look like.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from adapters.directory.settings import PRIORITIES
from exchange import Address, Reject, files, message_type, texts

ENDINGS = (".govbus.toml", ".govbus.xml")
MANIFEST_BYTES = 64 << 10  # a manifest is written by hand or by a few lines of code


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says; what it leaves out is empty, and the settings decide."""

    type: str = ""
    to: tuple[str, ...] = ()
    priority: str = ""
    media_type: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()  # names of files in the same folder
    seal: tuple[str, ...] = ()  # likewise
    expires_after_seconds: float | None = None
    conversation: str | None = None
    in_reply_to: str | None = None
    follows: str | None = None


def main_name(name: str) -> str | None:
    """The file that a manifest called *name* speaks for; None when *name* is no manifest's."""
    for ending in ENDINGS:
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return None


def read_manifest(data: bytes, *, name: str, lang: str = "en") -> Manifest:
    """
    The manifest called *name* with the content *data*.

    Raises:
        Reject: EX-507, with line, key and reason in *lang*.
    """
    reader = _Reader(name, lang)
    if len(data) > MANIFEST_BYTES:
        raise reader.wrong(1, "-", "too-long", limit=MANIFEST_BYTES)
    entries = reader.xml(data) if name.lower().endswith(".xml") else reader.toml(data)
    values = {entry.key: reader.checked(entry) for entry in entries}
    manifest = Manifest(**values)
    _check_once(reader, entries, manifest)
    return manifest


def _check_once(reader: _Reader, entries: list[_Entry], manifest: Manifest) -> None:
    used = {files.likeness(main_name(reader.name) or "")}
    for entry in entries:
        if entry.key in ("attachments", "seal"):
            names = {files.likeness(name) for name in getattr(manifest, entry.key)}
            if names & used:
                raise reader.wrong(entry.line, entry.key, "named-twice")
            used |= names


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str
    value: Any
    line: int


class _Reader:
    def __init__(self, name: str, lang: str) -> None:
        self.name = name
        self.lang = lang

    def wrong(self, line: int, key: str, reason: str, **values: object) -> Reject:
        return self._wrong(line, key, texts.say(f"hot-folder.manifest.{reason}", self.lang, **values))

    def _wrong(self, line: int, key: str, reason: str) -> Reject:
        where = texts.say("hot-folder.manifest.where", self.lang, line=line, key=key, reason=reason)
        return Reject("EX-507", file=self.name, reason=where)

    # ---- the two spellings

    def toml(self, data: bytes) -> list[_Entry]:
        text = self._text(data)
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as e:
            line = _line_in(str(e), text)
            key = text.splitlines()[line - 1].partition("=")[0].strip() if text else "-"
            raise self._wrong(line, key or "-", str(e)) from e
        return [_Entry(key, value, _line_of(key, text)) for key, value in table.items()]

    def _text(self, data: bytes) -> str:
        try:
            return data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as e:
            raise self.wrong(data.count(b"\n", 0, e.start) + 1, "-", "not-utf-8") from e

    def xml(self, data: bytes) -> list[_Entry]:
        data = data.removeprefix(b"\xef\xbb\xbf")
        try:
            root = files.read_xml(data, limit_bytes=MANIFEST_BYTES, what=self.name)
        except Reject as e:
            raise self._wrong(_line_in(str(e), data.decode(errors="replace")), "-", e.text(self.lang)) from e
        if root.name != "manifest":
            raise self.wrong(root.line, root.name, "root")
        found: dict[str, _Entry] = {}
        for child in root.children:
            self._gather(child, found)
        return list(found.values())

    def _gather(self, child: files.PlainElement, found: dict[str, _Entry]) -> None:
        key = _PLURALS.get(child.name, child.name)
        if child.name == "attribute":
            entry = found.setdefault(key, _Entry(key, {}, child.line))
            entry.value[child.attributes.get("name", "")] = child.text
        elif key in _LISTS:
            found.setdefault(key, _Entry(key, [], child.line)).value.append(child.text)
        elif key in found:
            raise self.wrong(child.line, key, "twice")
        else:
            found[key] = _Entry(key, child.text, child.line)

    # ---- what may stand there

    def checked(self, entry: _Entry) -> Any:
        check = _CHECKS.get(entry.key)
        if check is None:
            raise self.wrong(entry.line, entry.key, "unknown-key", wanted=", ".join(_CHECKS))
        try:
            return check(entry.value)
        except Reject as e:
            raise self._wrong(entry.line, entry.key, e.text(self.lang)) from e
        except _Unfit as e:
            found = str(entry.value)[:80]
            raise self.wrong(entry.line, entry.key, str(e), found=found, wanted=e.wanted) from e


class _Unfit(Exception):
    """The name of a sentence, and what was wanted."""

    def __init__(self, reason: str, wanted: str = "") -> None:
        super().__init__(reason)
        self.wanted = wanted


def _string(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Unfit("not-text")
    return value.strip()


def _strings(value: object) -> tuple[str, ...]:
    return tuple(_string(each) for each in (value if isinstance(value, list) else [value]))


def _addresses(value: object) -> tuple[str, ...]:
    return tuple(str(Address.parse(each)) for each in _strings(value))


def _priority(value: object) -> str:
    if _string(value) not in PRIORITIES:
        raise _Unfit("one-of", ", ".join(PRIORITIES))
    return _string(value)


def _neighbours(value: object) -> tuple[str, ...]:
    names = _strings(value)
    if any("/" in name or "\\" in name or name in (".", "..") or "\0" in name for name in names):
        raise _Unfit("same-folder")
    if len({files.likeness(name) for name in names}) < len(names):
        raise _Unfit("named-twice")
    return names


def _attributes(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise _Unfit("not-table")
    if not all(key and isinstance(each, str) for key, each in value.items()):
        raise _Unfit("not-text")
    return value


def _seconds(value: object) -> float:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        with suppress(ValueError):
            if 0 < float(value) < float("inf"):
                return float(value)
    raise _Unfit("not-seconds")


_LISTS = frozenset({"to", "attachments", "seal"})
_PLURALS = {"attachment": "attachments", "attribute": "attributes"}  # how XML says one of them
_CHECKS: dict[str, Callable[[object], Any]] = {
    "type": lambda value: message_type(_string(value)),
    "to": _addresses,
    "priority": _priority,
    "media_type": _string,
    "attributes": _attributes,
    "attachments": _neighbours,
    "seal": _neighbours,
    "expires_after_seconds": _seconds,
    "conversation": _string,
    "in_reply_to": _string,
    "follows": _string,
}


def _line_in(complaint: str, text: str) -> int:
    found = re.search(r"line (\d+)", complaint)
    lines = max(1, len(text.splitlines()))
    return min(int(found[1]), lines) if found else lines


def _line_of(key: str, text: str) -> int:
    name = re.escape(key)
    found = re.search(rf"""^[ \t]*(?:\[+[ \t]*)?["']?{name}["']?[ \t]*[=.\]]""", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1
