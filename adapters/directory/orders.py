# SPDX-License-Identifier: Apache-2.0
"""
Which files belong together, and where they are to go.

Reads manifests and nothing else; claims nothing. Its rule: a file that a manifest names is never
sent of its own, and while a manifest in a folder is still being written, nothing without a
manifest of its own is taken from that folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.directory.manifest import MANIFEST_BYTES, Manifest, main_name, read_manifest
from adapters.directory.scan import Found
from adapters.directory.settings import Settings
from exchange import ATTACHMENT, BODY, SEAL, Reject, files, texts
from exchange.texts import Phrase

MANIFEST = "manifest"  # a role inside this adapter alone: the file is kept, not sent


@dataclass(frozen=True, slots=True)
class Fault:
    """Why files go to failed/: code, sentence, what to do, in the configured language."""

    code: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class Order:
    """
    Files that are claimed together, each with its role.

    The first one decides: claimed, all are. With a *fault* they go to failed/ instead of the bus.
    """

    files: tuple[tuple[Found, str], ...]
    manifest: Manifest = Manifest()  # noqa: RUF009  (a frozen value)
    fault: Fault | None = None


def orders(
    found: Mapping[str, Mapping[str, Found]], settings: Settings, now_seconds: float
) -> Iterator[Order]:
    """What of *found* (subfolder -> name -> file) is to be claimed now, in each folder the oldest first."""
    for here in found.values():
        yield from _Folder(here, settings, now_seconds).orders()


def fault(file: str, reason: str, lang: str, **values: object) -> Fault:
    """EX-507 about *file*, with the sentence *reason*."""
    return fault_of(Reject("EX-507", file=file, reason=Phrase(f"hot-folder.{reason}", values)), lang)


def fault_of(error: Reject, lang: str) -> Fault:
    """*error* as people will read it."""
    hint = "hot-folder.again" if error.code == "EX-507" else f"{error.code}.hint"
    return Fault(error.code, error.text(lang), texts.say(hint, lang, **error.values))


class _Folder:
    def __init__(self, here: Mapping[str, Found], settings: Settings, now_seconds: float) -> None:
        self._here = here
        self._alike: dict[str, list[str]] = {}  # names that some file systems would not tell apart
        for name in sorted(here):
            self._alike.setdefault(files.likeness(name), []).append(name)
        self._settings = settings
        self._now = now_seconds
        self._spoken_for: set[str] = set()  # names that a manifest has, whether or not it can go yet

    def orders(self) -> Iterator[Order]:
        manifests = self._manifests()
        for main, names in manifests.items():
            if order := self._with_manifest(main, names):
                yield order
        if all(self._here[name].ripe for names in manifests.values() for name in names):
            yield from self._plain()

    def _manifests(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in sorted(self._here):
            if main := main_name(name):
                found.setdefault(self._meant(main), []).append(name)
                self._spoken_for |= {name, *self._meant_perhaps(main)}
        return found

    def _meant(self, name: str) -> str:
        """The file that a manifest calls *name*: spelled so, else the only one that is alike."""
        perhaps = self._meant_perhaps(name)
        return perhaps[0] if len(perhaps) == 1 else name

    def _meant_perhaps(self, name: str) -> list[str]:
        return [name] if name in self._here else self._alike.get(files.likeness(name), [name])

    def _plain(self) -> Iterator[Order]:
        waiting = sorted(self._here.values(), key=lambda each: (each.changed_ns, each.name))
        for each in waiting:
            if each.name in self._spoken_for or not each.ripe or not self._settings.wants(each.name):
                continue
            why = self._hindrance(each.path)
            if why is None:
                yield Order(((each, BODY),))
            elif self._waited(each):
                yield Order(((each, BODY),), fault=self._fault(each.name, why))

    def _hindrance(self, path: Path) -> str | None:
        if not os.access(path, os.R_OK):
            return "unreadable"
        return "no-manifest" if self._settings.manifest_required else None

    def _with_manifest(self, main: str, names: list[str]) -> Order | None:
        if not all(self._here[name].ripe for name in names):
            return None
        if len(names) > 1:
            return self._faulty(main, names, self._fault(main, "two-manifests", names=", ".join(names)))
        try:
            data = _beginning(self._here[names[0]].path)
        except (FileNotFoundError, PermissionError):  # taken away, or locked on its share: look again
            return None
        try:
            manifest = read_manifest(data, name=names[0])
        except Reject as e:
            return self._faulty(main, names, fault_of(e, self._settings.lang), quoted=data)
        return self._whole(main, names[0], manifest)

    def _whole(self, main: str, name: str, manifest: Manifest) -> Order | None:
        wanted = [(main, BODY), *((each, ATTACHMENT) for each in manifest.attachments)]
        wanted += [(each, SEAL) for each in manifest.seal]
        named = [(self._meant(each), role) for each, role in wanted]
        self._spoken_for.update(*(self._meant_perhaps(each) for each, _ in wanted))
        there = tuple((self._here[each], role) for each, role in named if each in self._here)
        missing = [each for each, _ in named if each not in self._here]
        if missing and self._waited(self._here[name]):
            seconds = round(self._settings.patience_seconds)
            why = self._fault(name, "missing", names=", ".join(missing), seconds=seconds)
            unclear = [each for one in missing for each in self._meant_perhaps(one) if each in self._here]
            beside = tuple((self._here[each], ATTACHMENT) for each in dict.fromkeys(unclear))
            return Order((*there, *beside, (self._here[name], MANIFEST)), manifest, why)
        if missing or not all(each.ripe for each, _ in there):
            return None
        return Order((there[0], (self._here[name], MANIFEST), *there[1:]), manifest)

    def _faulty(self, main: str, names: list[str], why: Fault, quoted: bytes = b"") -> Order | None:
        # What a broken manifest names can only be guessed at: better in failed/ with it than sent alone.
        beside = [each for each in self._here if each not in self._spoken_for and _quotes(quoted, each)]
        self._spoken_for.update(beside)
        roles = {main: BODY} | dict.fromkeys(names, MANIFEST) | dict.fromkeys(beside, ATTACHMENT)
        there = tuple((self._here[each], role) for each, role in roles.items() if each in self._here)
        late = main not in self._here or not all(each.ripe for each, _ in there)
        if late and not self._waited(self._here[names[0]]):
            return None
        return Order(there, fault=why)

    def _waited(self, each: Found) -> bool:
        return self._now - each.since_seconds >= self._settings.patience_seconds

    def _fault(self, file: str, reason: str, **values: object) -> Fault:
        return fault(file, reason, self._settings.lang, **values)


def _beginning(path: Path) -> bytes:
    with path.open("rb") as reading:
        return reading.read(MANIFEST_BYTES + 1)


def _quotes(text: bytes, name: str) -> bool:
    return any(f"{a}{name}{b}".encode(errors="replace") in text for a, b in ('""', "''", "><"))
