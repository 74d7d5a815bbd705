# SPDX-License-Identifier: Apache-2.0
"""
Deliveries into in/: one file for a message of one part, else a folder for the message.

What was converted also goes into originals/, as it was sent, under the message's name.

Everything is written and flushed in the work folder; then the record of the message id says which
name it will get; then one rename makes it appear. A delivery that comes again finds its record and
does only what is left, which is nothing, also when somebody has taken the file away meanwhile.
Names from the wire are texts: what they become is decided in `exchange.files`.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from adapters.directory.filing import Filing, Move, Plan
from adapters.directory.layout import Layout
from adapters.directory.settings import Settings
from exchange import Delivery, Part, files

META = ".meta.json"
META_IN_FOLDER = "meta.json"
REMEMBERED_SECONDS = 30 * 86400  # longer than any redelivery after a crash; the daemon's inbox knows longer
TIDYING_SECONDS = 3600


class Arrivals:
    """The in/ of one hot folder."""

    def __init__(
        self, layout: Layout, settings: Settings, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._layout = layout
        self._settings = settings
        self._filing = Filing(layout)
        self._wall_clock = wall_clock
        self._tidied = wall_clock()

    def put(self, delivery: Delivery) -> str:
        """
        *delivery* in in/, once; the name it has there.

        Raises:
            OSError, or Retry EX-506: the disk refuses; call again.
        """
        self._tidy()
        record, work = self._places(delivery.message_id)
        if not record.exists():
            files.forget(work)
            self._prepared(delivery, work).write(record)
        return self._finished(record, work)

    def resume(self) -> None:
        """Finish what a crash left; what was not yet written down comes again from the daemon."""
        for work in self._layout.arriving.iterdir():
            record = self._layout.delivered / f"{work.name}.json"
            if record.exists():
                self._finished(record, work)
            else:
                files.forget(work)

    def _finished(self, record: Path, work: Path) -> str:
        plan = self._filing.carry_out(record)
        files.forget(work)
        return Path(plan.moves[-1].target).name

    def _prepared(self, delivery: Delivery, work: Path) -> Plan:
        inside = work / "files"
        files.make_folder(work)
        named = _saved(delivery.parts, inside)
        single = len(named) == 1
        here = inside / named[0][0] if single else inside
        before = self._originals(delivery, work / "originals", single=single)
        wanted = named[0][0] if single else _folder_name(delivery)
        if before is None:
            name = self._shelf().free(wanted, beside=(META,))
            moves = [self._move(here, name)]
        else:
            name, name_before = self._free(wanted, before.name if single else wanted)
            target = self._layout.originals / name_before
            moves = [Move(self._layout.below(before), self._layout.below(target)), self._move(here, name)]
        meta = _legible(_meta(delivery, named))
        if not single and self._describes(True):
            files.write_new(inside / META_IN_FOLDER, meta)
        elif single and self._describes(here.name != named[0][1].name):
            files.write_new(work / META_IN_FOLDER, meta)
            moves.insert(0, self._move(work / META_IN_FOLDER, name + META))
        return Plan(tuple(moves))

    def _originals(self, delivery: Delivery, inside: Path, *, single: bool) -> Path | None:
        """What was converted, in the form in which the parts go into in/: one file, or a folder."""
        if not delivery.originals:
            return None
        named = _saved(delivery.originals, inside)
        return inside / named[0][0] if single else inside

    def _free(self, name: str, name_before: str) -> tuple[str, str]:
        """Names in in/ and originals/, with one number for both, so that people see what belongs together."""
        here, there = self._shelf(), self._filing.shelf(self._layout.originals)
        pairs = zip(files.candidates(name), files.candidates(name_before), strict=True)
        return next(
            (now, before)
            for now, before in pairs
            if here.is_free(now, beside=(META,)) and there.is_free(before)
        )

    def _shelf(self) -> files.Shelf:
        return self._filing.shelf(self._layout.arrived)

    def _move(self, source: Path, name: str) -> Move:
        return Move(self._layout.below(source), self._layout.below(self._layout.arrived / name))

    def _describes(self, needed: bool) -> bool:
        return self._settings.meta == "always" or (needed and self._settings.meta == "needed")

    def _places(self, message_id: str) -> tuple[Path, Path]:
        plain = re.fullmatch(r"[0-9a-f-]{36}", message_id)
        name = message_id if plain else hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()
        return self._layout.delivered / f"{name}.json", self._layout.arriving / name

    def _tidy(self) -> None:
        now = self._wall_clock()
        if now - self._tidied < TIDYING_SECONDS:
            return
        self._tidied = now
        for record in self._layout.delivered.iterdir():
            with suppress(FileNotFoundError):
                old = now - record.stat().st_mtime > REMEMBERED_SECONDS
                if old and not (self._layout.arriving / record.stem).exists():
                    record.unlink()


def _folder_name(delivery: Delivery) -> str:
    stem, _ = files.split_name(files.safe_name(delivery.body.name))
    return files.safe_name(stem)


def _saved(parts: Sequence[Part], folder: Path) -> list[tuple[str, Part]]:
    """Every part in the new *folder*, with the name that it got there."""
    files.make_folder(folder)
    named = list(_named(parts))
    for name, part in named:
        part.save(folder / name)
    return named


def _named(parts: Sequence[Part]) -> Iterator[tuple[str, Part]]:
    taken = {files.likeness(META_IN_FOLDER)}
    for part in parts:
        name = files.safe_name(part.name)
        free = next(each for each in files.candidates(name) if files.likeness(each) not in taken)
        taken.add(files.likeness(free))
        yield free, part


def _legible(document: dict[str, Any]) -> bytes:
    """JSON in which Chinese reads as such, and what is invisible is spelled out."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text).encode()


def _meta(delivery: Delivery, named: list[tuple[str, Part]]) -> dict[str, Any]:
    return {
        "message_id": delivery.message_id,
        "type": delivery.type,
        "from": str(delivery.sender),
        "to": str(delivery.receiver),
        "priority": delivery.priority.value,
        "created": delivery.created.isoformat(),
        "attributes": dict(delivery.attributes),
        "conversation": delivery.conversation,
        "in_reply_to": delivery.in_reply_to,
        "parts": [
            {
                "file": name, "name": part.name, "role": part.role, "media_type": part.media_type,
                "size_bytes": part.size_bytes, "digest": str(part.digest),
            }
            for name, part in named
        ],
        "originals": [
            {
                "name": part.name, "media_type": part.media_type, "size_bytes": part.size_bytes,
                "digest": str(part.digest),
            }
            for part in delivery.originals
        ],
    }  # fmt: skip
