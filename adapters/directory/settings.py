# SPDX-License-Identifier: Apache-2.0
"""
What the configuration of a hot folder may say.

The fields and their comments are the reference; `open` of the adapter asks `faults` whether they
can work. No folder is touched here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from exchange import Adapter, Address, Reject, message_type
from exchange.texts import Phrase

IGNORED = (
    "~$*", "*.tmp", "*.part", ".*",  # of office programs, downloads and hidden
    "*.crdownload", "*.filepart", "*.partial", "thumbs.db", "desktop.ini",  # of browsers, Windows
    "*.reason.txt",  # ours, carried back from failed/ together with its file
)  # fmt: skip


@dataclass(frozen=True)
class Settings(Adapter.Settings):
    """The settings of the `directory` adapter."""

    folder: Path  # the hot folder; out, in, sent, failed and receipts are made in it
    type: str = ""  # message type of files for which neither a subfolder nor a manifest names one
    to: tuple[str, ...] = ()  # their receivers, such as 440500.tax/registry; none = the routing table decides
    priority: Literal["", "flash", "urgent", "routine", "bulk"] = ""  # empty = by size
    poll_seconds: float = 2.0  # between two looks into out/; a file is taken when two found it unchanged
    pattern: str = "*"  # only files like this are taken, such as *.docx; upper and lower case are the same
    ignore: tuple[str, ...] = ()  # never taken, besides ~$*, *.tmp, *.part and hidden files
    folders: Mapping[str, str] = field(default_factory=dict)  # subfolder of out/ -> its message type
    media_types: Mapping[str, str] = field(default_factory=dict)  # ending such as .txt -> its media type
    manifest_required: bool = False  # a file waits until a manifest speaks for it
    patience_seconds: float = 600.0  # how long a manifest waits for its files, or a file for its manifest
    receipts: bool = True  # keep every signed receipt in receipts/
    meta: Literal["needed", "always", "never"] = "needed"  # when a .meta.json tells about what arrived
    lang: Literal["en", "zh"] = "en"  # of the reason files; none = the daemon's

    def ignores(self, name: str) -> bool:
        """Whether a file called *name* is none of ours."""
        return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in (*IGNORED, *self.ignore))

    def wants(self, name: str) -> bool:
        """Whether a file called *name* is sent of its own."""
        return fnmatchcase(name.lower(), self.pattern.lower())

    def faults(self) -> Iterator[tuple[str, Phrase]]:
        """Each key that cannot work, with the reason."""
        yield from self._misspelled()
        for key in ("poll_seconds", "patience_seconds"):
            if getattr(self, key) < 0:
                yield key, Phrase("hot-folder.not-negative")

    def _misspelled(self) -> Iterator[tuple[str, Phrase]]:
        checks = [("type", message_type, self.type)] if self.type else []
        checks += [("to", lambda text: str(Address.parse(text)), address) for address in self.to]
        checks += [(f"folders.{name}", message_type, type_) for name, type_ in self.folders.items()]
        for key, check, text in checks:
            try:
                check(text)
            except Reject as e:
                yield key, Phrase(e.code, e.values)
