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

from exchange import Address, Priority, Reject, files, message_type
from exchange.texts import Phrase

ENDINGS = (".govbus.toml", ".govbus.xml")
PRIORITIES = tuple(priority.value for priority in Priority)
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


def read_manifest(data: bytes, *, name: str) -> Manifest:
    """
    The manifest called *name* with the content *data*.

    Raises:
        Reject: EX-507, with line, key and reason.
    """
    if len(data) > MANIFEST_BYTES:
        raise _wrong(name, 1, "-", Phrase("hot-folder.manifest.too-long", {"limit": MANIFEST_BYTES}))
    entries = _from_xml(data, name) if name.lower().endswith(".xml") else _from_toml(data, name)
    values = {entry.key: _checked(entry, name) for entry in entries}
    manifest = Manifest(**values)
    _check_once(entries, manifest, name)
    return manifest


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str
    value: Any
    line: int


def _wrong(name: str, line: int, key: str, reason: Phrase | str) -> Reject:
    where = Phrase("hot-folder.manifest.where", {"line": line, "key": key, "reason": reason})
    return Reject("EX-507", file=name, reason=where)


def _because(reason: str, **values: object) -> Phrase:
    return Phrase(f"hot-folder.manifest.{reason}", values)


# ---- the two spellings


def _from_toml(data: bytes, name: str) -> list[_Entry]:
    text = _text(data, name)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        line = _line_in(str(e), text)
        key = "".join(text.splitlines()[line - 1 : line]).partition("=")[0].strip()
        raise _wrong(name, line, key or "-", str(e)) from e
    return [_Entry(key, value, _line_of(key, text)) for key, value in table.items()]


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as e:
        raise _wrong(name, data.count(b"\n", 0, e.start) + 1, "-", _because("not-utf-8")) from e


def _from_xml(data: bytes, name: str) -> list[_Entry]:
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        root = files.read_xml(data, limit_bytes=MANIFEST_BYTES, what=name)
    except Reject as e:
        line = _line_in(str(e), data.decode(errors="replace"))
        raise _wrong(name, line, "-", Phrase(e.code, e.values)) from e
    if root.name != "manifest":
        raise _wrong(name, root.line, root.name, _because("root"))
    found: dict[str, _Entry] = {}
    for child in root.children:
        _gather(child, found, name)
    return list(found.values())


def _gather(child: files.PlainElement, found: dict[str, _Entry], name: str) -> None:
    key = _PLURALS.get(child.name, child.name)
    if child.name == "attribute":
        entry = found.setdefault(key, _Entry(key, {}, child.line))
        entry.value[child.attributes.get("name", "")] = child.text
    elif key in _LISTS:
        found.setdefault(key, _Entry(key, [], child.line)).value.append(child.text)
    elif key in found:
        raise _wrong(name, child.line, key, _because("twice"))
    else:
        found[key] = _Entry(key, child.text, child.line)


# ---- what may stand there


def _checked(entry: _Entry, name: str) -> Any:
    check = _CHECKS.get(entry.key)
    if check is None:
        raise _wrong(name, entry.line, entry.key, _because("unknown-key", wanted=", ".join(_CHECKS)))
    try:
        return check(entry.value)
    except Reject as e:
        raise _wrong(name, entry.line, entry.key, Phrase(e.code, e.values)) from e
    except _Unfit as e:
        reason = _because(str(e), found=str(entry.value)[:80], wanted=e.wanted)
        raise _wrong(name, entry.line, entry.key, reason) from e


def _check_once(entries: list[_Entry], manifest: Manifest, name: str) -> None:
    used = {files.likeness(main_name(name) or "")}
    for entry in entries:
        if entry.key in ("attachments", "seal"):
            names = {files.likeness(each) for each in getattr(manifest, entry.key)}
            if names & used:
                raise _wrong(name, entry.line, entry.key, _because("named-twice"))
            used |= names


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
