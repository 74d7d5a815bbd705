# SPDX-License-Identifier: Apache-2.0
"""
What must be on the disk when something was said to somebody outside.

Each mark of a recording is a promise; held against what a power cut at that very moment would leave if
nothing unsynced had survived. The stores themselves are opened from it, so SQLite recovers as it does
after a real one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from exchange.codec import segment_form
from exchange.edge.authority import Authority
from exchange.edge.broker import NOTICE, RECEIPT, SEGMENT, Parcel
from exchange.edge.held_directory import HeldDirectory
from exchange.edge.hub_rows import flow, message
from exchange.edge.hub_rows import receipt as hub_receipt
from exchange.edge.hub_store import HubStore
from exchange.edge.inbox import Inbox, handover, incoming
from exchange.edge.keystore import load_decryption_keys, load_signer
from exchange.edge.ledger import ENTRY, Ledger
from exchange.edge.outbox import Outbox, StoredPart, outgoing
from exchange.edge.outbox import receipt as own_receipt
from exchange.edge.settings import load_adapter, load_hub
from exchange.edge.tables import open_engine, reading
from exchange.errors import GovbusError
from exchange.model import topology
from exchange.model.ranges import Indices
from exchange.role.hub_service import HubParts
from tests.durability.disk import NOTHING
from tests.durability.recording import Recording, Scene

HUB, SENDER, RECEIVER = "hub", "sender", "receiver"


class Left:
    """What a power cut left: the stores, opened again."""

    def __init__(self, folder: Path, scene: Scene) -> None:
        self.folder = folder
        paths = {
            HUB: scene.hub_database,
            SENDER: scene.database(scene.sender),
            RECEIVER: scene.database(scene.receiver),
        }
        for path in paths.values():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
        self._engines = {who: open_engine(str(folder / path)) for who, path in paths.items()}
        Ledger(self._engines[HUB]).create()
        HubStore(self._engines[HUB])
        Outbox(self._engines[SENDER], folder / scene.outbox)
        Inbox(self._engines[RECEIVER], folder / scene.inbox)
        for name, engine in self._engines.items():
            with reading(engine) as connection:
                assert connection.exec_driver_sql("PRAGMA quick_check").scalar_one() == "ok", name

    def first(self, who: str, table: sa.Table, **wanted: object) -> Any:
        """The first row of a store's *table* with these values; None where there is none."""
        where = [table.c[name] == value for name, value in wanted.items()]
        with reading(self._engines[who]) as connection:
            return connection.execute(sa.select(table).where(*where)).first()

    def close(self) -> None:
        for engine in self._engines.values():
            engine.dispose()


@dataclass(frozen=True)
class Sent:
    """One message: the names of its parts, and all its bytes."""

    parts: tuple[str, ...]
    payload: bytes


class Promises:
    """The promises of one recording, and what is there of them."""

    def __init__(self, recording: Recording, work: Path) -> None:
        self._recording = recording
        self._scene = recording.scene
        self._work = work

    @cached_property
    def _sent(self) -> Mapping[str, Sent]:
        """By message id, as the sender's outbox has it in the end."""
        contents = self._recording.papers.contents
        engine = open_engine(str(self._recording.end / self._scene.database(self._scene.sender)))
        with reading(engine) as connection:
            rows = connection.execute(sa.select(outgoing)).all()
        engine.dispose()
        found = {}
        for row in rows:
            parts = tuple(part.name for part in _stored_parts(row))
            found[row.message_id] = Sent(parts, b"".join(contents[name] for name in parts))
        return found

    def broken(self) -> list[str]:
        """Every promise that a power cut at its moment would have broken, with what was lacking."""
        complaints: list[str] = []
        left: Left | None = None
        for moment in self._recording.moments():
            if not moment.mark:
                if left is not None:
                    left.close()
                    left = None
                continue
            if left is None:
                shutil.rmtree(self._work, ignore_errors=True)
                moment.disk.left(self._work, NOTHING)
                left = Left(self._work, self._scene)
            complaints += [f"{moment}: {lacking}" for lacking in self._lacking(moment.mark, left)]
        return complaints

    def kinds(self) -> set[str]:
        """The kinds of promises that the recording holds."""
        marks = [moment.mark.split() for moment in self._recording.moments() if moment.mark]
        kinds = {words[0] for words in marks}
        for words in marks:
            if words[0] in ("publish", "acknowledge"):
                queue, parcel = self._recording.parcels[int(words[1])]
                kinds.add(f"{words[0]} {parcel.kind} {queue.rsplit('.', 1)[0]}")
        return kinds

    def _lacking(self, mark: str, left: Left) -> Iterator[str]:
        kind, *words = mark.split()
        promise = _PROMISES.get(kind)
        return iter(()) if promise is None else promise(self, left, *words)

    # ---- to those who set it up

    def _founded(self, left: Left) -> Iterator[str]:
        try:
            parts = HubParts.open(load_hub(left.folder / "hub/hub.toml", {}))
            Authority.load(parts.settings.hub.authority)
            parts.store.engine.dispose()
        except GovbusError as lacking:
            yield f"the hub does not open: {lacking}"

    def _enrolled(self, left: Left) -> Iterator[str]:
        yield from self._founded(left)
        for name in (self._scene.sender, self._scene.receiver):
            try:
                settings = load_adapter(left.folder / name / "adapter.toml", {})
                trust = HeldDirectory(settings.trust, settings.participant.keys, _now).trust
                trust.verifier(name, load_signer(settings.participant.keys).certificate)
                load_decryption_keys(settings.participant.keys)
            except GovbusError as lacking:
                yield f"{name} is not enrolled: {lacking}"
            if left.first(HUB, ENTRY, subject=name) is None:
                yield f"the ledger does not know {name}"

    # ---- to the applications

    def _stored(self, left: Left, key: str) -> Iterator[str]:
        row = left.first(SENDER, outgoing, key=key)
        if row is None:
            yield "it is not in the outbox"
        elif self._kept(left, row) != self._sent[row.message_id].payload:
            yield "its payload is not in the outbox"

    def _kept(self, left: Left, row: Any) -> bytes:
        if row.payload is not None:
            return bytes(row.payload)
        folder = left.folder / self._scene.outbox / row.message_id
        return b"".join(_padded(folder / part.file, part.size_bytes) for part in _stored_parts(row))

    def _delivered(self, left: Left, message_id: str) -> Iterator[str]:
        folder = left.folder / self._scene.receiver / self._scene.hot / "in"
        found = {path.name: path.read_bytes() for path in folder.rglob("*.*")}
        for name in self._sent[message_id].parts:
            if found.get(name) != self._recording.papers.contents[name]:
                yield f"{name} is not whole in in/"

    def _settled(self, left: Left, message_id: str, kind: str) -> Iterator[str]:
        if left.first(SENDER, own_receipt, message_id=message_id, kind=kind) is None:
            yield "the receipt is not in the outbox"

    def _filed(self, left: Left, message_id: str, state: str) -> Iterator[str]:
        ended = {"delivered": "sent", "failed": "failed"}.get(state)
        for name in self._sent[message_id].parts if ended else ():
            folder = left.folder / self._scene.sender / self._scene.hot / str(ended)
            found = [path.read_bytes() for path in folder.rglob(name)]
            if found != [self._recording.papers.contents[name]] and name in self._recording.papers.dropped:
                yield f"{name} is not in {ended}/"

    # ---- to the broker

    def _published(self, left: Left, number: str) -> Iterator[str]:
        _, parcel = self._recording.parcels[int(number)]
        if parcel.kind == SEGMENT and parcel.exchange == topology.ingress(self._scene.sender):
            row = left.first(SENDER, outgoing, message_id=parcel.message_id)
            if row is None or not row.envelope or row.envelope not in parcel.body:
                yield "its envelope is not in the outbox"
        elif parcel.kind == SEGMENT:
            yield from self._admitted(left, parcel)
        elif parcel.kind == RECEIPT and parcel.exchange == topology.ingress(self._scene.receiver):
            yield from self._answered(left, parcel)
        elif parcel.kind == RECEIPT and b"<by>hub</by>" in parcel.body:
            yield from self._recorded(left, parcel)

    def _acknowledged(self, left: Left, number: str) -> Iterator[str]:
        queue, parcel = self._recording.parcels[int(number)]
        at_hub = queue.startswith("hub.")
        if parcel.kind == SEGMENT:
            yield from self._forwarded(left, parcel) if at_hub else self._received(left, parcel)
        elif parcel.kind == RECEIPT and at_hub:
            yield from self._recorded(left, parcel)
        elif parcel.kind == RECEIPT:
            if left.first(SENDER, own_receipt, document=parcel.body) is None:
                yield "the receipt is not in the outbox"
        else:
            assert parcel.kind == NOTICE

    # ---- what each of them comes to

    def _admitted(self, left: Left, parcel: Parcel) -> Iterator[str]:
        if left.first(HUB, message, message_id=parcel.message_id) is None:
            yield "the hub does not know the message"
        if left.first(HUB, ENTRY, subject=parcel.message_id, kind="message") is None:
            yield "the ledger does not know the message"

    def _forwarded(self, left: Left, parcel: Parcel) -> Iterator[str]:
        yield from self._admitted(left, parcel)
        row = left.first(HUB, flow, message_id=parcel.message_id)
        if row is None:
            if left.first(HUB, hub_receipt, message_id=parcel.message_id, kind="rejected") is None:
                yield "it was neither forwarded nor refused"
        elif _index(parcel) not in Indices.from_bytes(row.segments, row.forwarded):
            yield f"segment {_index(parcel)} is not marked as forwarded"

    def _recorded(self, left: Left, parcel: Parcel) -> Iterator[str]:
        if left.first(HUB, hub_receipt, document=parcel.body) is None:
            yield "the hub does not have the receipt"
        if left.first(HUB, ENTRY, body=parcel.body, kind="receipt") is None:
            yield "the ledger does not have the receipt"

    def _received(self, left: Left, parcel: Parcel) -> Iterator[str]:
        row = left.first(RECEIVER, incoming, message_id=parcel.message_id)
        if row is None:
            yield "it is not in the inbox"
        elif row.stage == "done":
            if left.first(RECEIVER, handover, message_id=parcel.message_id, state="delivered") is None:
                yield "it is done, and was not delivered"
        elif _index(parcel) not in Indices.from_bytes(row.segments, row.received):
            yield f"segment {_index(parcel)} is not marked as received"
        elif not self._holds(left, row, _index(parcel)):
            yield f"the data of segment {_index(parcel)} are not there"

    def _holds(self, left: Left, row: Any, index: int) -> bool:
        payload = self._sent[row.message_id].payload
        start, stop = index * row.segment_bytes, (index + 1) * row.segment_bytes
        if row.payload is not None:
            return bool(row.payload == payload)
        folder = left.folder / self._scene.inbox / f"{row.sender}~{row.message_id}"
        sizes = [len(self._recording.papers.contents[name]) for name in self._sent[row.message_id].parts]
        parts = [_padded(folder / f"{number}.part", size) for number, size in enumerate(sizes)]
        return b"".join(parts)[start:stop] == payload[start:stop]

    def _answered(self, left: Left, parcel: Parcel) -> Iterator[str]:
        row = left.first(RECEIVER, handover, receipt=parcel.body)
        if row is None or row.state != "delivered":
            yield "the inbox does not have the receipt"
        else:
            yield from self._delivered(left, row.message_id)


_PROMISES: Mapping[str, Callable[..., Iterator[str]]] = {
    "founded": Promises._founded,
    "enrolled": Promises._enrolled,
    "stored": Promises._stored,
    "delivered": Promises._delivered,
    "settled": Promises._settled,
    "filed": Promises._filed,
    "publish": Promises._published,
    "acknowledge": Promises._acknowledged,
}


def _now() -> datetime:
    return datetime.now(UTC)


def _index(parcel: Parcel) -> int:
    return segment_form.cut(parcel.body).piece.index


def _stored_parts(row: Any) -> list[StoredPart]:
    return [StoredPart(*words) for words in json.loads(row.parts)]


def _padded(path: Path, size: int) -> bytes:
    """A file's bytes; what is lacking of it, or of the whole file, is none that anything was made of."""
    found = path.read_bytes() if path.exists() else b""
    return found + b"\xff" * (size - len(found))
