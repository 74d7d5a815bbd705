# SPDX-License-Identifier: Apache-2.0
"""
The adapter daemon: one process beside a department's systems, and the threads in it.

    sealer     hashes and signs what is large
    outbound   cuts, encrypts and publishes
    inbound    proves, stores and acknowledges; settles receipts; one for each lane
    collect    one per application: asks it, and tells it
    handover   one per application: gives it what arrived
    preparing  as long as there is something to convert: one for each sender and class, at most eight a class
    keeper     posts again, asks again, forgets, watches the disk and the directory

Each pair of them shares the database and a bell, nothing else. Whatever thread dies of something
unforeseen takes the process down with a reason; a restart goes on where it stopped.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from exchange.adapter import Adapter
from exchange.codec.suite import PrivateKey
from exchange.edge import spool
from exchange.edge.broker import NOTICE, Arrival, Bell, Broker, Parcel
from exchange.edge.inbox import Inbox
from exchange.edge.outbox import Outbox
from exchange.edge.owed import Owed
from exchange.errors import Reject, Retry
from exchange.model import topology
from exchange.model.limits import GIB, LIMITS, SEGMENT_BYTES
from exchange.model.notice import Notice, NoticeKind
from exchange.model.priority import Priority
from exchange.role.answers import Answers
from exchange.role.collecting import Collecting
from exchange.role.directory_question import REFUSED, DirectoryQuestion
from exchange.role.handover import Convert, Handover
from exchange.role.inbound import Inbound
from exchange.role.issuing import notify
from exchange.role.lacking import LACKING, Lacking
from exchange.role.lane import Lane
from exchange.role.loop import Loop
from exchange.role.outbound import WINDOW_BYTES, Outbound
from exchange.role.posting import Posting
from exchange.role.preparing import apart
from exchange.role.reading import Envelopes
from exchange.role.sealer import Sealer
from exchange.role.sealing import Sealing
from exchange.role.settling import Settling
from exchange.role.submission import SWEPT_MS, Submission
from exchange.role.surroundings import Surroundings
from exchange.texts import Phrase

log = logging.getLogger("govbus")

ORPHAN_MS = 3_600_000  # a spool folder without a row is an orphan when it is so old
ROOM_MS = 1_000  # between two looks at the disk
CHORES_MS = 1_000  # between two rounds of what the keeper does besides striking off
SPOOL_MS = 5_000  # between two countings of what lies in the spool
COUNT_MS = 60_000  # between two countings of what is remembered
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Habits:
    """
    How a daemon behaves where people may want it otherwise.

    quiet_ms: how long a message that is not whole may be silent before its segments are asked for again.
    """

    segment_bytes: int = SEGMENT_BYTES
    life_seconds: float = 7 * 86_400.0
    poll_ms: int = 500
    disk_threshold_bytes: int = 0
    spool_bytes: int = 64 * GIB
    quiet_ms: int = 60_000
    keep_ms: int = 90 * DAY_MS
    keep_messages: int = 1_000_000
    unforwarded_bytes: int = WINDOW_BYTES


@dataclass(frozen=True, slots=True)
class Joined:
    """One application and what joins it to the bus."""

    name: str
    adapter: Adapter
    convert: Convert | None = None


class AdapterDaemon:
    """
    Everything of one participant's daemon.

    take_directory: given a signed view, judges and keeps it; what it raises is an alarm.
    cite: the ledger heads that the hub is to prove its present one against.
    """

    def __init__(
        self,
        around: Surroundings,
        *,
        broker: Broker,
        outbox: Outbox,
        inbox: Inbox,
        owed: Owed,
        keys: Sequence[PrivateKey],
        applications: Sequence[Joined],
        take_directory: Callable[[Notice], None],
        cite: Callable[[], str] = lambda: "",
        habits: Habits = Habits(),
    ) -> None:
        self.around = around
        self.outbox = outbox
        self.inbox = inbox
        self.owed = owed
        self.habits = habits
        self.applications = applications
        self._broker = broker
        self._take_directory = take_directory
        self._cite = cite
        self._bells = {name: Bell() for name in ("outbound", "express", "freight", "sealer", "keeper")}
        self._failure: tuple[str, BaseException] | None = None
        self.ended = threading.Event()
        self._question = DirectoryQuestion()
        self._lacking = Lacking(around.view, want=self._question.want)
        self._refused: str | None = None  # why the last directory that came was
        self._chores_ms = 0
        self._room_ms = 0
        self._spool_ms = 0
        self._counted_ms = 0
        self._build(keys)

    def _build(self, keys: Sequence[PrivateKey]) -> None:
        around, broker, habits = self.around, self._broker, self.habits
        out = self._bells["outbound"]
        express, freight = broker.publisher(out), broker.publisher(out)
        replies = broker.publisher(self._bells["keeper"])
        self.posting = Posting(self.owed, around, express=replies, freight=replies)
        self.outbound = Outbound(
            self.outbox,
            around,
            express=express,
            freight=freight,
            bell=out,
            window_bytes=habits.unforwarded_bytes,
        )
        self._publishers = (express, freight, replies)
        self.sealing = Sealing(around, self.outbox.place, segment_bytes=habits.segment_bytes)
        self.sealer = Sealer(
            self.outbox, around, self.sealing, sealed=self.outbound.look, failed=self._receipts_came
        )
        self.submission = Submission(
            self.outbox,
            around,
            default_life_seconds=habits.life_seconds,
            free_bytes_least=habits.disk_threshold_bytes,
        )
        answers, envelopes = Answers(self.inbox, around), Envelopes()
        settling = Settling(
            self.outbox,
            around,
            self.outbound,
            keys=keys,
            directory_moved=self._directory_moved,
            directory_came=self._directory_came,
            lacking=self._lacking,
        )
        self.inbounds = {
            name: self._inbound(
                name, group, settling=settling, answers=answers, envelopes=envelopes, keys=keys
            )
            for name, group in (("express", topology.EXPRESS), ("freight", topology.FREIGHT))
        }
        self._collectings: list[Collecting] = []
        self._handovers: list[Handover] = []
        self._collect_bells = {joined.name: Bell() for joined in self.applications}
        self._handover_bells = {joined.name: Bell() for joined in self.applications}
        self.loops = [
            Loop("outbound", self.outbound.step, bell=out, failed=self._failed, quiet_seconds=0.1),
            *(
                Loop(f"inbound {name}", inbound.step, bell=self._bells[name], failed=self._failed)
                for name, inbound in self.inbounds.items()
            ),
            Loop(
                "sealer", self.sealer.step, bell=self._bells["sealer"], failed=self._failed, quiet_seconds=0.1
            ),
            Loop("keeper", self._keep, bell=self._bells["keeper"], failed=self._failed, quiet_seconds=1.0),
            *(self._collect_loop(joined) for joined in self.applications),
            *(self._handover_loop(joined, answers, envelopes) for joined in self.applications),
        ]

    def _inbound(
        self,
        name: str,
        group: Sequence[Priority],
        *,
        settling: Settling,
        answers: Answers,
        envelopes: Envelopes,
        keys: Sequence[PrivateKey],
    ) -> Inbound:
        queues = [topology.egress_queue(self.around.me, priority) for priority in group]
        return Inbound(
            self.inbox,
            self.around,
            lanes=[Lane(lambda: self._broker.intake(queues, self._bells[name]))],
            check_room=self._check_room if name == "express" else self._check_spool,
            posting=self.posting,
            settling=settling,
            answers=answers,
            envelopes=envelopes,
            keys=keys,
            applications=frozenset(joined.name for joined in self.applications),
            whole=self._whole,
            receipts_came=self._receipts_came,
            alarm=_alarm,
        )

    def _check_room(self) -> None:
        """As `Submission.check_room`, looked at once a second while there is room."""
        now = self.around.now_ms()
        if now - self._room_ms >= ROOM_MS:
            self.submission.check_room()
            self._room_ms = now

    def _check_spool(self) -> None:
        """
        As `_check_room`; and while applications leave what arrived, routine and bulk wait at the broker.

        What is not whole yet is let through: nothing but its last segment makes room again.

        Raises:
            Retry: EX-505, EX-510.
        """
        self._check_room()
        now = self.around.now_ms()
        if now - self._spool_ms < SPOOL_MS:
            return
        whole, arrived = self.inbox.spool_bytes()
        if whole and whole + arrived >= self.habits.spool_bytes:
            self._spool_ms = 0
            raise Retry("EX-510", after_seconds=10.0, found=whole + arrived, limit=self.habits.spool_bytes)
        self._spool_ms = now

    def _collect_loop(self, joined: Joined) -> Loop:
        collecting = Collecting(
            joined.name,
            joined.adapter,
            outbox=self.outbox,
            around=self.around,
            submission=self.submission,
            sealing=self.sealing,
            outbound=self.outbound,
            sealed_later=self._bells["sealer"].ring,
            poll_ms=self.habits.poll_ms,
        )
        self._collectings.append(collecting)
        bell = self._collect_bells[joined.name]
        return Loop(
            f"collect {joined.name}",
            collecting.step,
            bell=bell,
            failed=self._failed,
            quiet_seconds=self.habits.poll_ms / 1000,
        )

    def _handover_loop(self, joined: Joined, answers: Answers, envelopes: Envelopes) -> Loop:
        bell = self._handover_bells[joined.name]
        handover = Handover(
            self.inbox,
            self.around,
            joined.adapter,
            application=joined.name,
            posting=self.posting,
            answers=answers,
            convert=joined.convert,
            envelopes=envelopes,
            start=apart,
            ready=bell.ring,
        )
        self._handovers.append(handover)
        return Loop(
            f"handover {joined.name}", handover.step, bell=bell, failed=self._failed, quiet_seconds=1.0
        )

    # ---- life

    def start(self) -> None:
        """Open the applications, clean up after a crash, begin."""
        self.submission.sweep()
        for joined in self.applications:
            joined.adapter.open()
        for loop in self.loops:
            loop.start()

    def stop(self, seconds: float = 20.0) -> None:
        """Drain: take nothing more, finish what is in hand, let what is in the air land."""
        for loop in self.loops:
            loop.stop()
        for loop in self.loops:
            if not loop.join(seconds):
                log.warning(Phrase("log.slow-end", {"name": loop.name}))
                seconds = 0.0  # the others have had it meanwhile
        for handover in self._handovers:
            handover.close()
        with suppress(Retry):
            for collecting in self._collectings:
                collecting.note_told()
        self.outbound.close()
        self.posting.close()
        for inbound in self.inbounds.values():
            inbound.close()
        for joined in self.applications:
            joined.adapter.close()
        self._broker.close()

    def check_failure(self) -> None:
        """
        Raise what ended a thread, if one has ended.

        Raises:
            BaseException: whatever it was.
        """
        if self._failure is not None:
            raise self._failure[1]

    def troubles(self) -> Mapping[str, str]:
        """Loops that wait because something is wrong, with the reason; what the directory lacks."""
        # Each is asked once: its own thread may get over it in this very moment.
        found = {loop.name: trouble for loop in self.loops if (trouble := loop.trouble)}
        if (refused := self._refused) is not None:
            found[REFUSED] = refused
        if lacking := self._lacking.receivers:
            found[LACKING] = str(Reject("EX-301", found=", ".join(lacking)))
        return found

    def _failed(self, name: str, error: BaseException) -> None:
        log.error(Phrase("log.ended", {"name": name}), exc_info=error)
        self._failure = self._failure or (name, error)
        self.ended.set()

    # ---- between the threads

    def _whole(self, applications: Sequence[str]) -> None:
        for name in applications:
            self._handover_bells[name].ring()

    def _receipts_came(self) -> None:
        for bell in self._collect_bells.values():
            bell.ring()

    # ---- the keeper

    def _keep(self) -> bool:
        moved = self.posting.collect()
        self.posting.tidy()
        self._renew_directory()
        now = self.around.now_ms()
        if now - self._chores_ms >= CHORES_MS:  # not at each ring: a confirm is no reason to read tables
            self._chores_ms = now
            self.posting.repost()
            if self.inbounds["freight"].takes:  # else it would be sent again and again, and not taken
                self.inbounds["freight"].ask_again(quiet_ms=self.habits.quiet_ms)
            self._forget()
        return moved

    def _forget(self) -> None:
        now = self.around.now_ms()
        done = self.outbox.finished(before_ms=now)
        if done:
            for place in self.outbox.places(done):  # the rows last: by them it goes on after a crash
                spool.forget(place)
            self.outbox.forget_payload(done)
        for place in self.inbox.done_places(
            orphaned_before_ms=now - ORPHAN_MS
        ):  # what a crash left between the commit and the clearing
            spool.forget(place)
        self.outbox.forget(before_ms=now - self.habits.keep_ms)
        self.inbox.forget(before_ms=now - self.habits.keep_ms)
        self._forget_surplus(now)

    def _forget_surplus(self, now: int) -> None:
        """Counting reads a whole index: seldom, but at once again while there is something to drop."""
        if now - self._counted_ms < COUNT_MS:
            return
        self.submission.sweep(older_than_ms=SWEPT_MS)
        keep, expired_ms = self.habits.keep_messages, now - LIMITS.clock_skew_seconds * 1000
        dropped = self.outbox.forget_beyond(keep, expired_ms=int(expired_ms))
        dropped += self.inbox.forget_beyond(keep, expired_ms=int(expired_ms))
        self._counted_ms = 0 if dropped else now

    # ---- the directory

    def _directory_moved(self, version: int) -> None:
        if version > self.around.view().version:
            self._question.want()
            self._renew_directory()

    def _renew_directory(self) -> None:
        issued = self.around.view().trust.directory.issued
        age_ms = (self.around.now() - issued).total_seconds() * 1000
        if self._question.is_due(self.around.now_ms(), age_ms=age_ms):
            self._ask_for_directory()

    def _ask_for_directory(self) -> None:
        """Ask the hub for our view; a signed request, so that nobody else learns whom we may write to."""
        self._question.asked(self.around.now_ms())
        version = self.around.view().version
        notice_id, document = notify(
            self.around, NoticeKind.DIRECTORY_WANTED, version=version, head=self._cite()
        )
        me = self.around.me
        parcel = Parcel(topology.ingress(me), Priority.URGENT.value, document, NOTICE, notice_id, me)
        try:
            self.posting.post([parcel])
        except Retry as away:
            self._question.want()
            log.info(Phrase("log.directory-later"), extra={"reason": away})

    def _directory_came(self, notice: Notice) -> None:
        try:
            self._take_directory(notice)
        except Reject as refusal:
            self._refused = str(refusal)
            self._question.in_vain()
            log.error(Phrase("log.directory-refused"), extra={"code": refusal.code, "reason": refusal})
            return
        self._refused = None
        if self._lacking.look():
            self._question.answered()
        else:
            self._question.in_vain()
        self._bells["outbound"].ring()


def _alarm(refusal: Reject, arrival: Arrival) -> None:
    """What is given back becomes a dead letter at the hub; here it is said why."""
    facts = {"code": refusal.code, "reason": refusal, "message_id": arrival.message_id}
    log.error(Phrase("log.not-believed"), extra=facts)
