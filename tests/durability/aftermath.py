# SPDX-License-Identifier: Apache-2.0
"""
After a power cut: everything starts again from what was left, goes on to its end, and is counted.

The broker had power all the time and gives again what was not acknowledged.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from exchange.edge.dead_letters import DeadLetters
from exchange.edge.inbox import incoming
from exchange.edge.ledger_audit import Verification, signed_by_hub
from exchange.edge.outbox import outgoing, receipt
from exchange.edge.owed import owed
from exchange.edge.tables import Engine, reading
from tests.city import FINANCE, OFFICE
from tests.durability.disk import Luck
from tests.durability.offices import GIVEN, HOT, goes_on
from tests.durability.recording import Moment, Recording

DROPPED, PROMISED = "dropped", f"stored {GIVEN}"  # marks: before them, files are their owners' care
ARRIVED = (
    "notice.txt",
    "关于拨款的通知.txt",
    "empty.txt",
    "plan.bin",
    "letter/letter.docx",
    "letter/annex.xlsx",
)
SENT = (*ARRIVED, "letter/letter.docx.govbus.toml")
FAILED = ("stray.txt", "stray.txt.govbus.toml")
MESSAGES = 5  # that arrive, besides the one that was given

Count = Counter[Any]


class Aftermath:
    """What came of one recording after the power went at one moment of it."""

    def __init__(
        self, recording: Recording, moment: Moment, work: Path, luck: Luck | Callable[[str], Luck]
    ) -> None:
        shutil.rmtree(work, ignore_errors=True)
        moment.disk.left(work, luck)
        self._contents = recording.papers.contents
        self._promised = moment.number >= recording.number_of(PROMISED)
        lost = moment.number < recording.number_of(DROPPED)  # who dropped them knows it, and does it again
        held = recording.held_at(moment.number)
        self._offices = goes_on(work, recording.cast, held, again=recording.papers if lost else None)
        self._folder = work

    def close(self) -> None:
        self._offices.close()

    def flaws(self) -> list[str]:
        """Whatever is not as it would be if nothing had happened."""
        arrived = self._files(FINANCE, "in")
        given = self._promised or any(name == GIVEN for name, _ in arrived)
        wanted, found = self._wanted(given=given), {"arrived": arrived, **self._found()}
        lacking = [
            f"{what}: lacking {wanted[what] - found[what]}" for what in wanted if wanted[what] - found[what]
        ]
        surplus = [
            f"{what}: too much {found[what] - wanted[what]}" for what in wanted if found[what] - wanted[what]
        ]
        return [*lacking, *surplus, *self._ledger_flaws()]

    def _wanted(self, *, given: bool) -> Mapping[str, Count]:
        messages = MESSAGES + given
        return {
            "arrived": self._named((*ARRIVED, GIVEN) if given else ARRIVED),
            "sent": self._named(SENT),
            "failed": self._named(FAILED),
            "outcomes": Counter(delivered=messages, failed=1),
            "receipts": Counter(accepted=messages, delivered=messages, rejected=1),
            "filed receipts": Counter(xml=2 * messages + 1),
            "ledger": Counter(message=messages + 1, receipt=2 * messages + 1),
            "waiting": Counter(),
        }

    def _found(self) -> dict[str, Count]:
        office = self._offices.daemons[OFFICE].outbox
        entries = self._offices.ledger.entries()
        return {
            "sent": self._files(OFFICE, "sent"),
            "failed": self._files(OFFICE, "failed"),
            "outcomes": Counter(self._column(office._engine, outgoing.c.outcome)),
            "receipts": Counter(self._column(office._engine, receipt.c.kind)),
            "filed receipts": Counter(path.suffix[1:] for path in self._below(OFFICE, "receipts")),
            "ledger": Counter(each.entry.kind.value for each in entries),
            "waiting": Counter(self._waiting()),
        }

    def _waiting(self) -> Iterator[str]:
        """Whatever somebody still owes, or has given up."""
        office, finance = (self._offices.daemons[name] for name in (OFFICE, FINANCE))
        hub = self._offices.hub_store.engine
        for engine in (hub, office.outbox._engine, finance.outbox._engine):
            yield from (f"owed {each}" for each in self._column(engine, owed.c.id))
        for stage in self._column(finance.outbox._engine, incoming.c.stage):
            if stage != "done":
                yield f"inbox {stage}"
        yield from ["unnumbered"] * self._offices.ledger.waiting()
        yield from ["dead letter"] * DeadLetters(hub).count()
        for line in self._offices.node.lines.values():
            yield from [line.name] * (len(line.waiting) + bool(line.held_bytes))
        for folder in ("out", ".govbus/claims", ".govbus/arriving"):
            yield from (f"{path}" for path in (*self._below(OFFICE, folder), *self._below(FINANCE, folder)))

    def _ledger_flaws(self) -> list[str]:
        offices = self._offices
        return [
            f"ledger: {flaw}"
            for flaw in Verification(offices.ledger, holds=signed_by_hub(offices.view.trust)).flaws()
        ]

    # ---- reading

    def _column(self, engine: Engine, column: sa.Column[Any]) -> list[Any]:
        with reading(engine) as connection:
            return list(connection.scalars(sa.select(column)))

    def _below(self, name: str, folder: str) -> list[Path]:
        return [path for path in (self._folder / name / HOT / folder).rglob("*") if path.is_file()]

    def _files(self, name: str, folder: str) -> Count:
        """Names and contents of what people find there, but for what explains it."""
        root = self._folder / name / HOT / folder
        return Counter(
            (str(path.relative_to(root)), path.read_bytes())
            for path in self._below(name, folder)
            if not path.name.endswith(("meta.json", ".reason.txt"))
        )

    def _named(self, names: Iterable[str]) -> Count:
        return Counter((name, self._contents[Path(name).name]) for name in names)
