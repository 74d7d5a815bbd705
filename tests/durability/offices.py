# SPDX-License-Identifier: Apache-2.0
"""
A hub and two offices with hot folders, in one process, that say what they promise when they promise it.

Built in a recorded process, every promise is a mark in the journal, entered just before somebody outside
can rely on it. Built again from what a power cut left, with the broker as it was at that moment, it goes
on from there: the broker is a machine of its own and keeps its power.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.directory import DirectoryAdapter
from exchange import Content, Delivery, Outcome, Outgoing, Settled
from exchange.codec.suite_intl import IntlPrivateKey
from exchange.edge.authority import Authority
from exchange.edge.broker import Parcel
from exchange.edge.lease import LEASE
from exchange.edge.memory import MemoryNode, _Line, _Waiting
from exchange.edge.tables import writing
from exchange.model.receipt import HUB
from exchange.role.collecting import Collecting
from exchange.role.surroundings import View
from tests.city import FILES, FINANCE, OFFICE, START, Cast, Checkpoint, City, Daemon, party_of

Mark = Callable[[str], None]
HOT = "hot"  # the hot folder in an office's folder
GIVEN = "given.bin"
TYPE = "document.official.v1"
AT_FINANCE = f"{FINANCE}/{FILES}"
QUIET_STEPS = 12  # without anything moving, the hot folder's two looks included
LATER = timedelta(hours=1)  # when the power is back


# ---- the same people in every process


def write_cast(folder: Path) -> None:
    """New keys for the hub and both offices, in *folder*."""
    authority = Authority.make(folder, "city", at=START)
    people = {}
    for name in (HUB, OFFICE, FINANCE):
        key = ec.generate_private_key(ec.SECP256R1())
        people[name] = [
            _raw(key),
            authority.issue(key.public_key(), name, at=START).hex(),
            os.urandom(32).hex(),
        ]
    (folder / "people.json").write_text(json.dumps(people))


def _raw(key: ec.EllipticCurvePrivateKey) -> str:
    private, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.DER, private, none).hex()


def read_cast(folder: Path) -> Cast:
    """Who was written there."""
    parties = {}
    for name, words in json.loads((folder / "people.json").read_text()).items():
        raw, der, decryption = (bytes.fromhex(word) for word in words)
        key = serialization.load_der_private_key(raw, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        parties[name] = party_of(name, key, der, IntlPrivateKey(decryption))
    return Cast(Authority.load(folder), parties)


# ---- the broker


class MarkedNode(MemoryNode):
    """A broker in memory that marks what it takes and what it lets go."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self._mark = mark
        self.taken: list[tuple[str, Parcel]] = []  # queue and parcel, in the order of their numbers
        self._numbers: dict[int, tuple[int, _Waiting]] = {}

    def _append(self, line: _Line, waiting: _Waiting) -> None:
        number = len(self.taken)
        self.taken.append((line.name, waiting.parcel))
        self._numbers[id(waiting)] = number, waiting
        self._mark(f"publish {number}")
        super()._append(line, waiting)

    def settle(self, line: _Line, waiting: _Waiting) -> None:
        self._mark(f"acknowledge {self._numbers[id(waiting)][0]}")
        super().settle(line, waiting)

    def save(self, path: Path) -> None:
        path.write_bytes(pickle.dumps(self.taken))


def waiting_at(marks: Sequence[str]) -> list[int]:
    """The numbers of what the broker held after these *marks*."""
    held: dict[int, None] = {}
    for words in (mark.split() for mark in marks):
        if words[0] == "publish":
            held[int(words[1])] = None
        elif words[0] == "acknowledge":
            del held[int(words[1])]
    return list(held)


# ---- the applications


class MarkedFolder(DirectoryAdapter):
    """A hot folder that marks what it was told and what it answered."""

    def __init__(self, settings: object, *, folder: Path, clock: Callable[[], float], mark: Mark) -> None:
        super().__init__(settings, application=FILES, folder=folder, clock=clock)
        self._mark = mark

    def stored(self, key: str) -> None:
        self._mark(f"stored {key}")
        super().stored(key)

    def settled(self, key: str, receipt: Settled) -> None:
        self._mark(f"settled {receipt.message_id} {receipt.kind}")
        super().settled(key, receipt)
        self._mark(f"filed {receipt.message_id} {receipt.message_state}")

    def deliver(self, delivery: Delivery) -> Outcome:
        outcome = super().deliver(delivery)
        self._mark(f"delivered {delivery.message_id}")
        return outcome


@dataclass(frozen=True)
class Papers:
    """
    What the office sends.

    dropped: into out/, and flushed by whoever drops them; given: by a program that gives its file away
    and flushes nothing; those called stray are for a receiver that nobody knows.
    """

    dropped: Mapping[str, bytes]
    given: bytes

    @classmethod
    def some(cls, to: str) -> Papers:
        """Small ones, an empty one, some of several segments, one of two parts, one that nobody may have."""
        manifest = f'to = ["{to}"]\nattachments = ["annex.xlsx"]\n'
        dropped = {
            "notice.txt": b"notice",
            "关于拨款的通知.txt": os.urandom(700),
            "empty.txt": b"",
            "plan.bin": os.urandom(200_000),
            "letter.docx": os.urandom(70_000),
            "annex.xlsx": os.urandom(30_000),
            "letter.docx.govbus.toml": manifest.encode(),
            "stray.txt": b"stray",
            "stray.txt.govbus.toml": b'to = ["440500.nobody/files"]\n',
        }
        return cls(dropped, os.urandom(90_000))

    @property
    def contents(self) -> Mapping[str, bytes]:
        return {**self.dropped, GIVEN: self.given}

    def drop(self, folder: Path) -> None:
        for name, content in self.dropped.items():
            (folder / name).write_bytes(content)
            _flush(folder / name)
        _flush(folder)

    def give(self, path: Path) -> Outgoing:
        path.write_bytes(self.given)
        part = Content(GIVEN, path, take=True)
        return Outgoing(key=GIVEN, type=TYPE, to=(AT_FINANCE,), parts=[part])


class Offices(City):
    """The hub, the office that sends and the bureau that receives, below one folder."""

    def __init__(
        self, folder: Path, cast: Cast, node: MemoryNode, *, mark: Mark = lambda _text: None
    ) -> None:
        self._mark = mark
        self.collecting: dict[str, Collecting] = {}
        self.folders: dict[str, MarkedFolder] = {}
        super().__init__(folder, cast=cast, node=node)

    def start_daemon(
        self,
        name: str,
        checkpoint: Checkpoint = lambda _step: None,
        *,
        view: Callable[[], View] | None = None,
        **more: object,
    ) -> Daemon:
        adapter = self._hot_folder(name)
        adapter.open()
        self.recorders[name] = adapter  # type: ignore[assignment]  # it takes the recorder's place
        daemon = super().start_daemon(name, checkpoint, view=view, **more)  # type: ignore[arg-type]
        daemon.submission.sweep()
        self.folders[name] = adapter
        self.collecting[name] = Collecting(
            FILES,
            adapter,
            outbox=daemon.outbox,
            around=daemon.around,
            submission=daemon.submission,
            sealing=daemon.sealing,
            outbound=daemon.outbound,
            sealed_later=lambda: None,
            poll_ms=100,
        )
        return daemon

    def _hot_folder(self, name: str) -> MarkedFolder:
        settings = DirectoryAdapter.Settings(
            folder=self.folder / name / HOT, type=TYPE, to=(AT_FINANCE,), poll_seconds=0.1
        )
        own = self.folder / name / "adapter"
        own.mkdir(exist_ok=True)
        return MarkedFolder(settings, folder=own, clock=lambda: self.clock.at.timestamp(), mark=self._mark)

    # ---- time

    def step(self) -> bool:
        moved = super().step()
        for collecting in self.collecting.values():
            moved |= collecting.step()
        self.sequencer.step()
        return moved

    def rest(self, most: int = 3000) -> None:
        """Move on until nothing has moved for a while."""
        quiet = 0
        for _ in range(most):
            quiet = 0 if self.step() else quiet + 1
            self.clock.pass_(0.15)
            if quiet >= QUIET_STEPS:
                return
        raise AssertionError(f"the offices did not come to rest in {most} steps")

    def close(self) -> None:
        """Let go of files; nothing is drained."""
        for daemon in self.daemons.values():
            daemon.stop()
            daemon.outbox._engine.dispose()
        for folder in self.folders.values():
            folder.close()
        self.hub_store.engine.dispose()


def make_places(folder: Path, *names: str) -> None:
    """What an installation has made before anything runs: a folder for each participant."""
    for name in names:
        (folder / name).mkdir(parents=True)


def send_everything(folder: Path, cast: Cast, papers: Papers, mark: Mark) -> MarkedNode:
    """The whole journey, from dropped files to filed ones; the broker, which knows all that was published."""
    node = MarkedNode(mark)
    offices = Offices(folder, cast, node, mark=mark)
    papers.drop(folder / OFFICE / HOT / "out")
    mark("dropped")
    offices.rest()
    offices.daemons[OFFICE].send(papers.give(folder / OFFICE / GIVEN))
    mark(f"stored {GIVEN}")
    offices.rest()
    mark("end")
    offices.close()
    return node


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def goes_on(
    folder: Path, cast: Cast, held: Sequence[tuple[str, Parcel]], *, again: Papers | None = None
) -> Offices:
    """
    The power is back: the offices start from *folder* and go on to the end.

    held: what the broker holds and gives again; again: what its owners drop once more.
    """
    node = MemoryNode()
    offices = Offices(folder, cast, node)
    offices.clock.at += LATER
    with writing(offices.hub_store.engine) as connection:  # whoever held the lease has died long ago
        connection.execute(sa.update(LEASE).values(until=0))
    for queue, parcel in held:
        node._append(node.lines[queue], _Waiting(parcel, tries=1))
    if again is not None:
        again.drop(folder / OFFICE / HOT / "out")
    for _ in range(2):
        offices.rest()
        offices.recover()
        for daemon in offices.daemons.values():
            daemon.inbound.ask_again(quiet_ms=1000)
        offices.rest()
    return offices
