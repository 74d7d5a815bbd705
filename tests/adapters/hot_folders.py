# SPDX-License-Identifier: Apache-2.0
"""What the hot folder's tests share: a folder with its adapter, a bus that forgets nothing, deliveries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.directory import DirectoryAdapter
from exchange import Address, BytesPart, Delivery, Outgoing, Priority, Settled
from exchange.model.digest import sha256

THERE = Address.parse("440500.tax/registry")
HERE = Address.parse("440500.finance/files")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
POLL = 2.0


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class HotFolder:
    """A hot folder below *root* and its adapter."""

    def __init__(self, root: Path, **settings: Any) -> None:
        self.root = root
        self.clock = Clock()
        chosen = {"folder": root, "type": "file.any.v1", "poll_seconds": POLL} | settings
        self.adapter = DirectoryAdapter(
            DirectoryAdapter.Settings(**chosen), application="files", clock=self.clock
        )

    @property
    def out(self) -> Path:
        return self.root / "out"

    def put(self, name: str, data: bytes | str = b"content") -> Path:
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def look(self, times: int = 1) -> list[Outgoing]:
        """What the adapter offers over so many looks, the same thing again and again."""
        found: list[Outgoing] = []
        for _ in range(times):
            self.clock.now += POLL
            found += self.adapter.collect()
        return found

    def names(self, folder: str) -> set[str]:
        """The files below *folder*, hidden ones included."""
        where = self.root / folder
        return {str(path.relative_to(where)) for path in where.rglob("*") if path.is_file()}

    def text(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def contents(self, *folders: str) -> Counter[bytes]:
        """How often each content lies in *folders*, without what the adapter itself wrote there."""
        return Counter(
            path.read_bytes()
            for folder in folders
            for path in (self.root / folder).rglob("*")
            if path.is_file() and not path.name.endswith((".reason.txt", ".meta.json"))
        )


@contextmanager
def opened(root: Path, **settings: Any) -> Iterator[HotFolder]:
    folder = HotFolder(root, **settings)
    folder.adapter.open()
    try:
        yield folder
    finally:
        folder.adapter.close()


def receipt(kind: str, state: str, *, message_id: str = "m1", code: str = "", text: str = "") -> Settled:
    document = f'<receipt kind="{kind}" message="{message_id}"/>'.encode()
    return Settled(message_id, kind, THERE, THERE.participant, NOON, code, text, state, document)


def delivery(message_id: str, *parts: tuple[str, bytes], **other: Any) -> Delivery:
    made = tuple(
        BytesPart(name, data, "application/octet-stream", "attachment" if index else "body", sha256(data))
        for index, (name, data) in enumerate(parts)
    )
    given = {"type": "file.any.v1", "key": f"key of {message_id}", "attributes": {}} | other
    return Delivery(message_id, THERE, HERE, priority=Priority.ROUTINE, created=NOON, parts=made, **given)


@dataclass
class Bus:
    """The daemon's side of the contract: an outbox that knows its keys, and receipts until they are taken."""

    outbox: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    owed: dict[str, list[Settled]] = field(default_factory=dict)

    def turn(self, folder: HotFolder) -> None:
        """Collect once, and hand over the receipts that are owed; what is raised leaves the rest owed."""
        folder.clock.now += POLL
        for outgoing in folder.adapter.collect():
            if outgoing.key not in self.outbox:
                self._commit(outgoing)
            folder.adapter.stored(outgoing.key)
        for key in self.outbox:
            while self.owed[key]:
                folder.adapter.settled(key, self.owed[key][0])
                self.owed[key].pop(0)

    def _commit(self, outgoing: Outgoing) -> None:
        data = tuple(part.source.read_bytes() for part in outgoing.parts)  # type: ignore[union-attr]
        message = f"m{len(self.outbox)}"
        last = ("returned", "failed") if data[0].startswith(b"unwanted") else ("delivered", "delivered")
        self.owed[outgoing.key] = [receipt("accepted", "open", message_id=message)]
        self.owed[outgoing.key].append(receipt(*last, message_id=message, code="EX-502", text="no"))
        self.outbox[outgoing.key] = data

    @property
    def sent(self) -> Counter[bytes]:
        return Counter(content for contents in self.outbox.values() for content in contents)


def body(outgoing: Outgoing) -> bytes:
    source = outgoing.parts[0].source
    assert isinstance(source, Path)
    return source.read_bytes()


def taken(folder: HotFolder, looks: int = 2) -> list[str]:
    """The names of what is offered for the first time within so many looks."""
    found = folder.look(looks)
    for outgoing in found:
        folder.adapter.stored(outgoing.key)
    return sorted({part.name for outgoing in found for part in outgoing.parts})
