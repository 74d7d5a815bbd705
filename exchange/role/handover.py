# SPDX-License-Identifier: Apache-2.0
"""
Handover: whole messages are converted, given to their application once, and answered for.

Only after the application has stored a message durably is `delivered` signed and committed, with
the inbox row, in one transaction. One thread per application calls `step`; conversions run beside
it (`role.preparing`), so that one that takes long holds up no other class and no other sender.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from exchange.adapter import Adapter, BytesPart, Delivery, Outcome, Part
from exchange.edge import spool
from exchange.edge.broker import Parcel
from exchange.edge.inbox import Handed, Inbox, Incoming, Waiting
from exchange.errors import Halt, Reject, Retry
from exchange.model import instant
from exchange.model.conversion import Conversion
from exchange.model.digest import Digest
from exchange.model.envelope import Envelope, ManifestPart
from exchange.model.identity import Address
from exchange.model.limits import MIB
from exchange.model.priority import Priority
from exchange.model.ranges import Indices
from exchange.model.receipt import PrivatePart, ReceiptKind
from exchange.role.answers import Answers
from exchange.role.issuing import Issued
from exchange.role.posting import Posting
from exchange.role.preparing import Preparation, Preparing, Start, at_once
from exchange.role.reading import Envelopes
from exchange.role.surroundings import Surroundings
from exchange.texts import say

BATCH = 64  # small messages handed over before one commit
BATCH_BYTES = 4 * MIB
BATCH_MS = 500  # of a batch, after which no further message is begun in it
TRIES_MOST = 5  # of an adapter that fails with a bug, before the message is returned
PAUSE_MS = (1_000, 5_000, 30_000, 120_000)  # between those tries


class Prepared(NamedTuple):
    """Parts as an application accepts them; a line about each that was converted, and its certificate."""

    parts: tuple[Part, ...]
    reports: tuple[str, ...] = ()
    conversions: tuple[Conversion, ...] = ()


Convert = Callable[[Sequence[Part], Path, str, Priority], Prepared]
_Made = tuple[Delivery, Prepared]


@dataclass(frozen=True, slots=True)
class FilePart:
    """
    A part in the spool.

    shared: several applications are to have it, and what one does with its file must not reach the others.
    """

    name: str
    media_type: str
    role: str
    size_bytes: int
    digest: Digest
    path: Path
    shared: bool = False

    def open(self) -> BinaryIO:
        return self.path.open("rb")

    def save(self, path: Path) -> None:
        (spool.copy_new if self.shared else spool.link_or_copy)(self.path, path)


@dataclass(frozen=True, slots=True)
class _Result:
    """How one handover ended, with what is to be committed and posted."""

    handed: Handed
    parcels: tuple[Parcel, ...] = ()


class Handover:
    """
    Hands over to one application.

    convert: turns the parts of a message type into what the application accepts, in a folder of its own;
    start: runs conversions; ready: called when one is done, so that `step` is called again;
    envelopes: those that inbound has read, so that they are not read twice.
    """

    def __init__(
        self,
        inbox: Inbox,
        around: Surroundings,
        adapter: Adapter,
        *,
        application: str,
        posting: Posting,
        answers: Answers,
        convert: Convert | None = None,
        envelopes: Envelopes | None = None,
        start: Start = at_once,
        ready: Callable[[], None] = lambda: None,
        checkpoint: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._inbox = inbox
        self._around = around
        self._adapter = adapter
        self._me = Address(around.me, application)
        self._posting = posting
        self._answers = answers
        self._convert = convert
        self._envelopes = envelopes or Envelopes()
        self._checkpoint = checkpoint
        if convert is None:
            self._preparing = Preparing(self._delivery, start=at_once, most=BATCH)
        else:
            self._preparing = Preparing(self._delivery, start=start, ready=ready)

    def step(self) -> bool:
        """
        Begin with what waits, and hand over what is ready, a batch at most; whether there was anything.

        A batch ends when it has taken long: what was handed over is answered for, and what is more urgent
        than the rest goes first, before the next that takes its time.
        """
        begun_ms = self._around.now_ms()
        begun = self._begin(begun_ms)
        ready = self._ready()
        if not ready:
            return begun
        before = self._inbox.delivered_before([(x.waiting.application, x.waiting.origin) for x in ready])
        handed: list[Preparation[_Made]] = []
        results: list[_Result] = []
        size = 0
        for one in ready:
            results.append(self._hand(one, before))
            handed.append(one)
            before.add((one.waiting.application, one.waiting.origin))
            size += one.waiting.message.size_bytes
            if size >= BATCH_BYTES or self._around.now_ms() - begun_ms >= BATCH_MS:
                break
        self._commit(results)
        # Before the broker is told, which may be away: what is committed is not handed over again.
        self._preparing.done(ready if self._convert is None else handed)  # what took no time is not kept
        self._answer(results)
        return True

    def close(self) -> None:
        """Prepare nothing more; what is not handed over is prepared again by the next daemon."""
        self._preparing.close()

    def _begin(self, now_ms: int) -> bool:
        waiting = self._inbox.waiting(
            self._me.application,
            now_ms=now_ms,
            most=BATCH,
            lines=self._preparing.lines,
            ranks=self._preparing.full,
        )
        return self._preparing.begin(
            Preparation(one, self._envelopes.take(one.message.digest, one.message.envelope))
            for one in waiting
        )

    def _ready(self) -> list[Preparation[_Made]]:
        """What can be handed over, but for what nobody is to have any more since it was begun."""
        ready = self._preparing.ready()[:BATCH]
        if self._convert is None or not ready:
            return ready
        keys = [one.waiting.message.key for one in ready]
        still = self._inbox.still_waiting(self._me.application, keys)
        self._preparing.done([one for one in ready if one.waiting.message.key not in still])
        return [one for one in ready if one.waiting.message.key in still]

    def _commit(self, results: Sequence[_Result]) -> None:
        self._checkpoint("handed over")
        with self._inbox.writing() as connection:
            self._inbox.handed(connection, [result.handed for result in results])
            self._posting.promise(connection, _parcels(results))
            self._posting.strike_off(connection)
        self._checkpoint("handover committed")

    def _answer(self, results: Sequence[_Result]) -> None:
        """
        Out with what was promised, and away with what nobody needs.

        Raises:
            Retry: EX-901, the broker is away; what was promised is posted when it is back.
        """
        self._posting.post(_parcels(results))
        self._checkpoint("answered")
        for result in results:
            if result.handed.state != "waiting":
                self._clear(result.handed)

    def _clear(self, handed: Handed) -> None:
        place = self._inbox.slices.place(handed.key)
        if place.exists() and self._inbox.stage_of(handed.key) == "done":
            spool.forget(place)

    # ---- one handover

    def _hand(self, one: Preparation[_Made], before: set[tuple[str, str]]) -> _Result:
        waiting, envelope = one.waiting, one.envelope
        if (waiting.application, waiting.origin) in before:
            private = PrivatePart(text=say("receipt.had-before", self._around.lang))
            return self._over(waiting, envelope, ReceiptKind.DELIVERED, private=private)
        expired = self._expired(one)
        if expired is not None:
            return self._over(waiting, envelope, ReceiptKind.EXPIRED, expired)
        try:
            delivery, prepared = one.result()
            outcome = self._adapter.deliver(delivery)
        except Reject as refusal:
            return self._over(waiting, envelope, ReceiptKind.RETURNED, refusal)
        except SpoolGone as gone:
            return self._ask_again(waiting, gone)
        except (Retry, Halt) as later:
            return self._later(waiting, later)
        except Exception as bug:  # noqa: BLE001  an adapter is somebody else's code: this is its wall
            return self._bug(waiting, envelope, bug)
        return self._over(waiting, envelope, ReceiptKind.DELIVERED, private=_private(outcome, prepared))

    def _expired(self, one: Preparation[_Made]) -> Reject | None:
        message = one.waiting.message
        if message.expires_ms > self._around.now_ms():
            return None
        return Reject(
            "EX-404", message_id=message.key.message_id, expires=instant.readable(one.envelope.expires)
        )

    def _delivery(self, one: Preparation[_Made]) -> _Made:
        """
        What the application gets, converted; perhaps in another thread than the one that hands it over.

        Raises:
            Reject: it cannot be had, or expired meanwhile; Retry: later.
        """
        message, envelope = one.waiting.message, one.envelope
        if (expired := self._expired(one)) is not None:
            raise expired
        sent: tuple[Part, ...] = tuple(self._parts(message))
        prepared = Prepared(sent)
        if self._convert is not None:
            place = self._inbox.slices.place(message.key) / self._me.application
            prepared = self._convert(sent, place, envelope.type, envelope.priority)
        parts = prepared.parts
        delivery = Delivery(
            message_id=envelope.message_id,
            sender=envelope.sender,
            receiver=self._me,
            type=envelope.type,
            priority=envelope.priority,
            created=envelope.created,
            parts=parts,
            key=message.origin_key,
            attributes=envelope.attributes,
            conversation=envelope.conversation,
            in_reply_to=envelope.in_reply_to,
            originals=tuple(old for old, new in zip(sent, parts, strict=True) if old.digest != new.digest),
        )
        return delivery, prepared

    def _parts(self, message: Incoming) -> list[Part]:
        if message.payload is None:
            shared = self._inbox.is_shared(message.key)
            return [self._file_part(message, n, part, shared) for n, part in enumerate(message.parts)]
        parts: list[Part] = []
        start = 0
        for part in message.parts:
            data = message.payload[start : start + part.size_bytes]
            start += part.size_bytes
            found = self._around.suite.hash(data)
            if found != part.digest:
                raise Reject("EX-504", name=part.name, reason=f"its digest is {found}, not {part.digest}")
            parts.append(BytesPart(part.name, data, part.media_type, part.role, part.digest))
        return parts

    def _file_part(self, message: Incoming, number: int, part: ManifestPart, shared: bool) -> FilePart:
        path = self._inbox.slices.part_path(message.key, number)
        if not path.exists() or path.stat().st_size != part.size_bytes:
            raise SpoolGone(message)
        return FilePart(part.name, part.media_type, part.role, part.size_bytes, part.digest, path, shared)

    # ---- how it ends

    def _over(
        self,
        waiting: Waiting,
        envelope: Envelope,
        kind: ReceiptKind,
        refusal: Reject | None = None,
        private: PrivatePart | None = None,
    ) -> _Result:
        about = self._answers.about(envelope, waiting.message.digest)
        issued: Issued = self._answers.issue(kind, about, self._me, refusal, private)
        handed = self._answers.handed(waiting.message.key, self._me, kind.value, issued, refusal)
        return _Result(handed, (self._answers.parcel(issued),))

    def _later(self, waiting: Waiting, why: Retry | Halt) -> _Result:
        seconds = why.after_seconds if isinstance(why, Retry) else 60.0
        return self._wait(waiting, int(seconds * 1000), why.code, why.text(), tries=waiting.tries)

    def _ask_again(self, waiting: Waiting, gone: SpoolGone) -> _Result:
        """The spool was lost or damaged: take nothing for granted and have every segment sent again."""
        message = waiting.message
        nothing = Indices(message.segments)
        self._inbox.forget_slices(message.key, nothing, self._around.now_ms())
        handed = Handed(
            message.key, self._me.application, "waiting", waiting.tries, 0, gone.code, gone.text()
        )
        return _Result(handed, (self._answers.missing(message.key, nothing.missing),))

    def _bug(self, waiting: Waiting, envelope: Envelope, bug: Exception) -> _Result:
        tries = waiting.tries + 1
        reason = "".join(traceback.format_exception(bug))[-4000:]
        if tries < TRIES_MOST:
            return self._wait(waiting, PAUSE_MS[tries - 1], "EX-503", reason, tries=tries)
        last = f"{type(bug).__name__}: {bug}"
        refusal = Reject("EX-503", adapter=self._adapter.name, times=tries, reason=last)
        result = self._over(waiting, envelope, ReceiptKind.RETURNED, refusal)
        return _Result(_with_reason(result.handed, reason), result.parcels)

    def _wait(self, waiting: Waiting, pause_ms: int, code: str, reason: str, *, tries: int) -> _Result:
        not_before = self._around.now_ms() + pause_ms
        handed = Handed(waiting.message.key, self._me.application, "waiting", tries, not_before, code, reason)
        return _Result(handed)


class SpoolGone(Retry):
    """The spool no longer has what the inbox says it has: its segments are to be asked for again."""

    def __init__(self, message: Incoming) -> None:
        self.message = message
        super().__init__("EX-403", after_seconds=5.0, ranges="all", message_id=message.key.message_id)


def _parcels(results: Sequence[_Result]) -> list[Parcel]:
    return [parcel for result in results for parcel in result.parcels]


def _private(outcome: Outcome | None, prepared: Prepared) -> PrivatePart | None:
    if outcome is None and not prepared.reports:
        return None
    said = outcome or Outcome()
    return PrivatePart(said.text, said.rows, prepared.reports, conversions=prepared.conversions)


def _with_reason(handed: Handed, reason: str) -> Handed:
    return Handed(
        handed.key, handed.application, handed.state, handed.tries, handed.not_before_ms, handed.code, reason,
        handed.receipt_id, handed.receipt,
    )  # fmt: skip
