# SPDX-License-Identifier: Apache-2.0
"""
The hot folder as an adapter: what each call of the contract means for files.

Out: look, claim, offer, and when every delivery is final, file away. In: put into in/, once. How
each is done without losing, doubling or misfiling stands in the modules beside this one; here is
the order of the steps. The bus behind the contract is not known here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from adapters.directory import reasons
from adapters.directory.arrivals import Arrivals
from adapters.directory.claims import PLAN, Claim, Claims, readable
from adapters.directory.filing import Filing, Move, Plan
from adapters.directory.layout import Layout, lock, recognise, refuse_unusable, remember
from adapters.directory.orders import MANIFEST, Order, fault, orders
from adapters.directory.receipts import Receipts
from adapters.directory.scan import Scanner
from adapters.directory.settings import Settings as HotFolderSettings
from exchange import Adapter, Delivery, Halt, Outcome, Outgoing, Settled, files, texts
from exchange.texts import Phrase

REASON = ".reason.txt"
NAME_LIMIT_BYTES = 255  # of the file systems


class DirectoryAdapter(Adapter):
    """A hot folder: files put into out/ are sent, what arrives appears in in/."""

    name = "directory"
    Settings: type[HotFolderSettings] = HotFolderSettings

    def __init__(
        self,
        settings: Any,
        *,
        application: str = "",
        folder: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(settings, application=application, folder=folder)
        self._clock = clock
        self._layout = Layout(settings.folder.absolute())
        self._scanner = Scanner(self._layout.out, settings, clock)
        self._claims = Claims(self._layout.claims, self._layout.out, settings)
        self._filing = Filing(self._layout)
        self._receipts = Receipts(self._layout)
        self._arrivals = Arrivals(self._layout, settings)
        self._begun: dict[str, Claim] = {}  # a file of these is still locked where it lies
        self._offered: dict[str, Claim] = {}  # not yet known to be in the outbox
        self._stored: dict[str, Claim] = {}  # in the outbox, not yet final
        self._unsure = True  # whether the disk may hold a claim that none of these three knows
        self._next_look = float("-inf")
        self._lock: int | None = None

    def concerns(self) -> Iterator[Phrase]:
        self._refuse_faults()
        refuse_unusable(self._layout, self.folder)
        yield from self._failed()

    def _failed(self) -> Iterator[Phrase]:
        try:
            names = set(os.listdir(self._layout.failed))
        except OSError:  # there is no hot folder yet: opening makes it
            return
        count = sum(name.removesuffix(REASON) in names for name in names if name.endswith(REASON))
        if count:
            yield Phrase("hot-folder.has-failed", {"count": count, "folder": self._layout.failed})

    # ---- life

    def open(self) -> None:
        self._refuse_faults()
        try:
            self._open_folders()
        except OSError as e:
            raise Halt("EX-506", what=str(e.filename or self._layout.root), reason=e.strerror) from e

    def _refuse_faults(self) -> None:
        for key, reason in self.settings.faults():
            raise Halt("EX-903", file=self.application or self.name, line="-", key=key, reason=reason)

    def _open_folders(self) -> None:
        if self.folder:
            recognise(self._layout, self.folder, lang=self.settings.lang)
        self._layout.make()
        self._lock = lock(self._layout)
        if self.folder:
            remember(self._layout, self.folder)
        self._arrivals.resume()

    def close(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # ---- application -> bus

    def collect(self) -> Iterable[Outgoing]:
        with files.disk_errors(self._layout.root):
            self._give_up_vanished()
            self._resume()
            yield from [claim.outgoing() for claim in self._offered.values()]
            if self._clock() >= self._next_look:
                self._next_look = self._clock() + self.settings.poll_seconds
                yield from self._look()

    def stored(self, key: str) -> None:
        if claim := self._offered.pop(key, None):
            self._stored[key] = claim

    def settled(self, key: str, receipt: Settled) -> None:
        with files.disk_errors(self._layout.root):
            self._resume()
            claim = self._begun.get(key) or self._offered.get(key) or self._stored.get(key)
            if self.settings.receipts and receipt.document:
                self._receipts.keep(receipt, document=readable(claim.lead.name) if claim else None)
            if claim:
                self._answered(claim, receipt)

    def _resume(self) -> None:
        """Take up what a crash or an error of the disk left half done."""
        if self._unsure:
            known = self._begun.keys() | self._offered.keys() | self._stored.keys()
            self._begun |= {claim.key: claim for claim in self._claims.standing() if claim.key not in known}
            self._unsure = False
        for claim in list(self._begun.values()):
            self._advance(claim)

    def _give_up_vanished(self) -> None:
        """What was offered in vain, since somebody took it out of the work folder, is not offered again."""
        for claim in list(self._offered.values()):
            if not claim.vanished():
                continue
            self._layout.restore(claim.folder)
            if (claim.folder / PLAN).exists():
                self._carry_out(claim)
            elif missing := claim.vanished():  # else its share was away for a moment
                names = ", ".join(missing)
                why = fault(readable(claim.lead.name), "vanished", self.settings.lang, names=names)
                self._file(claim, self._layout.failed, reason=reasons.of_fault(why))

    def _look(self) -> Iterator[Outgoing]:
        self._layout.restore(self._layout.out)
        held = {path for claim in self._begun.values() for path in claim.owed()}
        found = {
            folder: {name: each for name, each in here.items() if each.path not in held}
            for folder, here in self._scanner.look().items()
        }
        for order in orders(found, self.settings, self._clock()):
            claim = self._claimed(order)
            if claim and claim.key in self._offered:
                yield claim.outgoing()

    def _claimed(self, order: Order) -> Claim | None:
        self._unsure = True  # until this came to its end
        claim = self._claims.take(order)
        if claim:
            self._advance(claim)
        self._unsure = False
        return claim

    def _advance(self, claim: Claim) -> None:
        """Bring *claim* as far as it can go now: to the bus, to its end, or back to waiting."""
        self._begun[claim.key] = claim
        if (claim.folder / PLAN).exists():
            self._carry_out(claim)
        elif whole := self._claims.complete(claim):
            if whole.fault:
                self._file(whole, self._layout.failed, reason=reasons.of_fault(whole.fault))
            else:
                self._offered[claim.key] = whole
                del self._begun[claim.key]

    # ---- the end of a claim

    def _answered(self, claim: Claim, receipt: Settled) -> None:
        self._layout.restore(claim.folder)
        answers = reasons.Answers(claim.folder, self.settings.lang)
        if receipt.kind in reasons.FAILING:
            answers.add(receipt)
        if (claim.folder / PLAN).exists():
            self._carry_out(claim)
        elif receipt.message_state in ("failed", "partial"):
            said = reasons.of_answers(answers.all(), receipt.message_id, self.settings.lang)
            self._file(claim, self._layout.failed, reason=said)
        elif receipt.message_state == "delivered" and (changed := claim.changed_since()):
            why = fault(readable(changed.name), "changed", self.settings.lang, message_id=receipt.message_id)
            self._file(claim, self._layout.failed, reason=reasons.of_fault(why))
        elif receipt.message_state == "delivered":
            self._file(claim, self._layout.sent)

    def _file(self, claim: Claim, folder: Path, *, reason: bytes = b"") -> None:
        shelf = self._filing.shelf(folder / claim.subfolder)
        moves = _moves(claim, shelf)
        if reason:
            files.replace(claim.folder / "reason.txt", reason)
            moves.insert(0, (claim.folder / "reason.txt", moves[-1][1] + REASON))
        below = self._layout.below
        Plan(tuple(Move(below(a), below(shelf.folder / b)) for a, b in moves)).write(claim.folder / PLAN)
        self._carry_out(claim)

    def _carry_out(self, claim: Claim) -> None:
        self._filing.carry_out(claim.folder / PLAN)
        files.forget(claim.folder)
        for claims in (self._begun, self._offered, self._stored):
            claims.pop(claim.key, None)

    # ---- bus -> application

    def deliver(self, delivery: Delivery) -> Outcome:
        with files.disk_errors(self._layout.root):
            name = self._arrivals.put(delivery)
        return Outcome(text=texts.say("hot-folder.stored", self.settings.lang, name=name))


def _moves(claim: Claim, shelf: files.Shelf) -> list[tuple[Path, str]]:
    """Each file of *claim*, or their folder where several travelled, with a free name; the main one last."""
    present = claim.present()
    lead = present[0] if present else claim.lead
    if sum(each.role != MANIFEST for each in present) > 1:
        stem = files.shortened(files.split_name(lead.name)[0], NAME_LIMIT_BYTES - 30)
        return [(claim.folder / "files", shelf.free(stem, beside=(REASON,)))]
    endings = {each: each.name[len(lead.name) :] for each in present if each != lead}
    short = files.shortened(lead.name, NAME_LIMIT_BYTES - 30)  # room for a number and an ending
    base = shelf.free(short, beside=(REASON, *endings.values()))
    beside = [(claim.path(each), base + ending) for each, ending in endings.items()]
    return [*beside, (claim.path(lead), base)]
