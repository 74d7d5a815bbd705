# SPDX-License-Identifier: Apache-2.0
"""
A hub worker: reads, admits, forwards, proves; batch by batch, several batches in the air.

Transaction 1 pins what is first seen; then everything is published and confirmed; transaction 2
marks it, records receipts and the ledger's entries, and promises what is owed; then it is
acknowledged. No transaction spans a network wait, and only what is marked forwarded is a duplicate.
Any number of workers share the queues and the database.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from exchange.codec import segment_form
from exchange.edge.broker import SEGMENT, Arrival, Bell, Outcome, Parcel, Publisher, let_land
from exchange.edge.dead_letters import DeadLetters
from exchange.edge.hub_refusals import HubRefusals
from exchange.edge.hub_store import FlowKey, HubStore, Known, MessageKey, NewMessage
from exchange.edge.ledger import Ledger
from exchange.edge.tables import Connection
from exchange.errors import Reject, Retry
from exchange.model import topology
from exchange.model.identity import Address
from exchange.model.instant import milliseconds
from exchange.model.journey import State
from exchange.model.ledger_entry import Entry, EntryKind
from exchange.model.ledger_head import LedgerHead
from exchange.model.limits import LIMITS, MIB, Limits
from exchange.model.notice import NoticeKind
from exchange.model.ranges import Indices
from exchange.model.receipt import HUB, ReceiptKind
from exchange.role.admission import Admitted, judge
from exchange.role.alarm import Alarm
from exchange.role.batch import (
    Batch,
    Course,
    Sent,
    about_of,
    admission_of,
    changed_since,
    issued_key,
    key_of,
    message_of,
    receipt_key,
)
from exchange.role.desk import Desk, entry_of, parcel_again, receipt_parcel, record_of, record_of_ours
from exchange.role.issuing import About, Issued, issue
from exchange.role.lane import Lane
from exchange.role.posting import Posting
from exchange.role.rates import EXPRESS_BYTES_A_SECOND, ExpressRate
from exchange.role.reading import Reading, ReadReceipt, ReadSegment, check_ingress
from exchange.role.surroundings import Surroundings
from exchange.role.turning_away import tell_of, tell_of_refused, turn_away

log = logging.getLogger("govbus")

TAKE = 64  # arrivals in a batch
TAKE_BYTES = 4 * MIB
IN_THE_AIR = 4  # batches
PINNED = 8192  # messages whose course is remembered
HOLD_MS = 1000  # how long a full flow is not tried again by this worker


class Worker:
    """
    One hub worker; its thread calls `step`.

    express, freight: (lane, publisher) for the classes that must not wait, and for the others.
    """

    def __init__(
        self,
        store: HubStore,
        ledger: Ledger,
        posting: Posting,
        surroundings: Surroundings,
        *,
        express: tuple[Lane, Publisher],
        freight: tuple[Lane, Publisher],
        bell: Bell,
        desk: Desk,
        limits: Limits = LIMITS,
        express_bytes_a_second: int = EXPRESS_BYTES_A_SECOND,
        checkpoint: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._dead = DeadLetters(store.engine)
        self._refusals = HubRefusals(store.engine)
        self.posting = posting
        self._around = surroundings
        self._lanes = {True: express, False: freight}
        self._bell = bell
        self._desk = desk
        self._limits = limits
        self._checkpoint = checkpoint
        self._reading = Reading(limits)
        self._rate = ExpressRate(express_bytes_a_second)
        self._courses: OrderedDict[MessageKey, Course] = OrderedDict()
        self._air: deque[Batch] = deque()
        self._dropped = False
        self._alarm = Alarm([express[1], freight[1]], surroundings)

    def step(self) -> bool:
        """
        One turn: take a batch if there is room, finish those that landed; whether anything moved.

        Raises:
            Retry: the database or the broker is away; the lanes are dropped until both are back.
        """
        try:
            if self._dropped:
                self._store.ping()
                self._dropped = False
            self._alarm.bear()
            return self._turn()
        except Retry:
            self.drop()
            raise

    def is_consuming(self) -> bool:
        """Whether the broker delivers from all classes."""
        return all(lane.is_consuming() for lane, _ in self._lanes.values())

    def drop(self) -> None:
        """Forget what is in hand: it was not acknowledged, and comes again."""
        self._dropped = True
        for lane, _ in self._lanes.values():
            lane.drop()
        self._air.clear()
        self._courses.clear()

    def _turn(self) -> bool:
        moved = self._begin(express=True)
        if len(self._air) < IN_THE_AIR:
            moved |= self._begin(express=False)
        moved |= self._finish()
        moved |= self.posting.collect()
        if not moved:
            self.posting.tidy()
        return moved

    def close(self) -> None:
        """Finish what is in the air; nothing new is taken."""
        let_land([batch.flight for batch in self._air if batch.flight is not None], 5.0)
        self._finish()
        self.posting.close()

    # ---- from the queue into the air

    def _begin(self, *, express: bool) -> bool:
        intake, publisher = self._lanes[express]
        if publisher.is_blocked():
            return False
        arrivals = intake.take(most=TAKE, most_bytes=TAKE_BYTES)
        if not arrivals:
            return False
        batch = Batch(arrivals, express=express)
        segments, receipts = self._read(batch)
        self._checkpoint("read")
        self._pin(batch, segments, receipts)
        self._checkpoint("pinned")
        for segment in segments:
            self._forward(batch, segment)
        for receipt in receipts:
            self._relay(batch, receipt)
        if batch.sent:
            batch.flight = publisher.launch([sent.parcel for sent in batch.sent])
        self._checkpoint("published")
        self._air.append(batch)
        return True

    def _read(self, batch: Batch) -> tuple[list[ReadSegment], list[ReadReceipt]]:
        """Prove what arrived; notices are heeded at once."""
        trust = self._around.view().trust
        segments: list[ReadSegment] = []
        receipts: list[ReadReceipt] = []
        for arrival in batch.arrivals:
            try:
                read = self._reading.read(arrival, trust)
                check_ingress(read)
                if isinstance(read, ReadSegment):
                    segments.append(read)
                elif isinstance(read, ReadReceipt):
                    receipts.append(read)
                else:
                    batch.owed += self._desk.heed(read.notice)
            except Reject as refusal:
                self._turn_away(batch, arrival, refusal)
        return segments, receipts

    def _turn_away(self, batch: Batch, arrival: Arrival, refusal: Reject, about: About | None = None) -> None:
        """
        What cannot be believed is parked for a person, entered as an alarm, and refused, signed.

        It ends no delivery: a message of which one segment was altered on the way is still good.
        """
        turned = turn_away(arrival, refusal, about, self._around, self._desk)
        batch.turned_away.setdefault(turned.refusal.key, turned)

    # ---- transaction 1

    def _pin(self, batch: Batch, segments: Sequence[ReadSegment], receipts: Sequence[ReadReceipt]) -> None:
        """Give every message in the batch its course: from memory, from the database, or judged now."""
        wanted = {key_of(s): s for s in segments}
        asked = {receipt_key(r) for r in receipts}
        for key in {*wanted, *asked}:
            if key in self._courses:
                self._courses.move_to_end(key)  # what this batch needs is not what is forgotten for it
        strange = {key: s for key, s in wanted.items() if key not in self._courses}
        asked = {key for key in asked if key not in self._courses}
        if not strange and not asked:
            return
        with self._store.writing() as connection:
            known = self._store.known(connection, [*strange, *asked])
            fresh = [self._first_seen(batch, s) for key, s in strange.items() if key not in known]
            if fresh:
                batch.fresh = self._store.insert(connection, fresh)
                batch.issued = [one for one in batch.issued if issued_key(one) in batch.fresh]
                admitted = [strange[new.key] for new in fresh if new.key in batch.fresh]
                self._ledger.enter(connection, [admission_of(one, self._around) for one in admitted])
                self._enter_issued(connection, batch)
                known |= self._store.first_known(connection, fresh)
        for key, one in known.items():
            self._remember(key, one)

    def _first_seen(self, batch: Batch, segment: ReadSegment) -> NewMessage:
        """Judge a message; a refused one is remembered too, and its refusal is owed."""
        envelope, now = segment.envelope, self._around.now()
        view = self._around.view_since(envelope.directory_version)  # its sender may have it from a worker
        admitted = Admitted((), envelope.priority, envelope.expires)
        refused = None
        try:
            self._check_head(batch, envelope.ledger_head, envelope.sender.participant)
            passes = judge(envelope, view.trust.directory, view.table, now=now, limits=self._limits)
            sender = view.trust.directory.participant(envelope.sender.participant)
            self._rate.spend(envelope, sender, milliseconds(now))
            admitted = passes
        except Reject as refusal:
            batch.issued.append(self._desk.refuse(about_of(segment), refusal))
            tell_of_refused(about_of(segment), refusal)
            refused = State(batch.issued[-1].receipt.kind.value)
        return NewMessage(
            key=key_of(segment),
            application=envelope.sender.application,
            digest=segment.digest,
            type=envelope.type,
            priority=admitted.priority,
            size_bytes=envelope.size_bytes,
            segments=envelope.segments,
            created_ms=milliseconds(envelope.created),
            expires_ms=milliseconds(admitted.expires),
            admitted_ms=milliseconds(now),
            routing_version=view.trust.directory.routing_version,
            receivers=admitted.receivers,
            refused=refused,
            named=() if refused is None else envelope.to,
        )

    def _check_head(self, batch: Batch, head: LedgerHead | None, who: str) -> None:
        """A participant that has seen another ledger is not refused, and is every reason for alarm."""
        if head is not None and not self._ledger.agrees(head):
            reason = f"{who} has seen {head.root} at size {head.size}"
            alarm = Reject("EX-209", what="the hub", reason=reason)
            log.error(alarm, extra={"code": alarm.code})
            batch.entries.append(Entry(EntryKind.ALARM, who, self._around.now(), str(alarm).encode()))

    def _enter_issued(self, connection: Connection, batch: Batch) -> None:
        """Receipts of ours, durably and in the ledger, before they are posted."""
        issued, batch.issued = batch.issued, []
        records = [record_of_ours(one) for one in issued]
        fresh = self._store.record(connection, records, now_ms=self._around.now_ms())
        new = {record.receipt_id for record in fresh}  # another worker may have refused the same meanwhile
        self._given(connection, batch, [one for one in issued if one.receipt.receipt_id in new])

    def _given(self, connection: Connection, batch: Batch, issued: Sequence[Issued]) -> None:
        self._ledger.enter(connection, [entry_of(one.receipt, one.document, self._around) for one in issued])
        self._promise(connection, batch, [receipt_parcel(one.receipt, one.document) for one in issued])

    def _enter_turned_away(self, connection: Connection, batch: Batch) -> None:
        """What is not believed: each no once; whoever comes with it again hears the same again."""
        turned = list(batch.turned_away.values())
        first = self._refusals.enter(connection, [one.refusal for one in turned])
        fresh = [one for one in turned if first[one.refusal.id] == one.refusal.id]
        known = [first[one.refusal.id] for one in turned if first[one.refusal.id] != one.refusal.id]
        for one in fresh:
            self._dead.park(connection, one.letter)
            tell_of(one)
        self._ledger.enter(connection, [one.alarm for one in fresh])
        declined = [one.issued for one in fresh if one.issued is not None]
        self._store.keep(connection, [record_of(one.receipt, one.document) for one in declined])
        self._given(connection, batch, declined)
        again = self._store.given(connection, known) if known else ()
        self._promise(connection, batch, [parcel_again(record) for record in again])

    def _promise(self, connection: Connection, batch: Batch, parcels: Sequence[Parcel]) -> None:
        self.posting.promise(connection, parcels)
        batch.promised.extend(parcels)

    def _remember(self, key: MessageKey, known: Known) -> None:
        self._courses[key] = Course(known, dict(known.forwarded))
        if len(self._courses) > PINNED:
            self._courses.popitem(last=False)

    def _course(self, batch: Batch, flow: FlowKey) -> Course:
        """As remembered, or, where newer ones took its place meanwhile, as it was when the batch began."""
        key = message_of(flow)
        return self._courses.get(key) or batch.courses[key]

    # ---- on to the receivers

    def _forward(self, batch: Batch, segment: ReadSegment) -> None:
        key = key_of(segment)
        course = self._courses[key]
        batch.courses[key] = course
        if course.known.digest != segment.digest:
            self._turn_away(batch, segment.arrival, changed_since(segment, course), about_of(segment))
            return
        if course.known.outcome != "open":
            if key not in batch.fresh:
                self._answer_again(batch, segment)
            return
        for participant in course.known.participants:
            self._forward_to(batch, segment, course, FlowKey(*key, participant))

    def _forward_to(self, batch: Batch, segment: ReadSegment, course: Course, flow: FlowKey) -> None:
        index = segment.cut.piece.index
        if index in course.forwarded[flow.participant] and self._is_forwarded(flow, index):
            self._answer_again(batch, segment)
            return
        lacking = course.lacks_keys(segment, flow.participant)
        if lacking or course.paused.get(flow.participant, 0) > self._around.now_ms():
            batch.refused.add(flow)
            self._ask_for_keys(batch, flow, course, lacking)
            return
        own = [key for key in segment.cut.keys if key.receiver.participant == flow.participant]
        body = segment_form.for_receiver(
            segment.cut, [k for k in own if k.receiver in course.known.receivers]
        )
        parcel = Parcel(
            topology.OUT,
            topology.egress_key(flow.participant, course.known.priority),
            body,
            SEGMENT,
            flow.message_id,
            HUB,
        )
        batch.sent.append(Sent(parcel, flow, index))
        batch.abouts[flow] = about_of(segment)

    def _is_forwarded(self, flow: FlowKey, index: int) -> bool:
        """Ask the database before anything is dropped: another worker may have heeded a `missing`."""
        key = message_of(flow)
        with self._store.reading() as connection:
            known = self._store.known(connection, [key]).get(key)
        if known is None:
            return False
        self._remember(key, known)
        return index in known.forwarded.get(flow.participant, Indices(known.segments))

    def _ask_for_keys(self, batch: Batch, flow: FlowKey, course: Course, lacking: Iterable[Address]) -> None:
        for receiver in lacking:
            if str(receiver) not in course.keyless:
                course.keyless.add(str(receiver))
                batch.owed.append(self._desk.ask(NoticeKind.KEY_NEEDED, flow, receiver=str(receiver)))

    def _answer_again(self, batch: Batch, segment: ReadSegment) -> None:
        """The same message again gets the same receipts again: once, with its last segment."""
        if segment.cut.piece.index == segment.envelope.segments - 1:
            batch.owed += map(parcel_again, self._store.receipts(key_of(segment)))

    def _relay(self, batch: Batch, read: ReadReceipt) -> None:
        """A receiver's receipt goes on to the sender of the message, if there is such a delivery."""
        course = self._courses.get(receipt_key(read))
        receipt = read.receipt
        if course is None or receipt.receiver not in course.known.receivers:
            what = f"{receipt.message_id} at {receipt.receiver}"
            self._turn_away(batch, read.arrival, Reject("EX-905", what="delivery", found=what))
        elif receipt.envelope != course.known.digest:
            reason = "it speaks of another envelope"
            refusal = Reject("EX-201", what="the receipt", who=receipt.by, reason=reason)
            self._turn_away(batch, read.arrival, refusal)
        else:
            self._check_head(batch, receipt.ledger_head, receipt.by)
            batch.sent.append(Sent(receipt_parcel(receipt, read.arrival.body), receipt=read))

    # ---- from the air into transaction 2

    def _finish(self) -> bool:
        landed = [batch for batch in self._air if batch.flight is None or batch.flight.landed]
        if not landed:
            return False
        for batch in landed:
            self._account(batch)
        done = [batch for batch in landed if not batch.again]
        for batch in landed:
            if batch.again:
                self._launch_again(batch)
        if not done:
            return True
        self._air = deque(batch for batch in self._air if batch not in done)
        self._commit(done)
        self._checkpoint("marked")
        for batch in done:
            intake, _ = self._lanes[batch.express]
            intake.settle(batch.arrivals)
        self._checkpoint("settled")
        self.posting.post([parcel for batch in done for parcel in batch.promised])
        self._checkpoint("posted")
        return True

    def _account(self, batch: Batch) -> None:
        """Sort a landed flight's parcels by what became of them."""
        outcomes = batch.flight.outcomes if batch.flight else ()
        batch.again = []
        for sent, outcome in zip(batch.sent, outcomes, strict=True):
            if outcome is Outcome.LOST:
                batch.again.append(sent)
            elif sent.flow is None:
                self._relayed(batch, sent, outcome)
            elif outcome is Outcome.CONFIRMED:
                batch.confirmed.setdefault(sent.flow, []).append(sent.index)
            else:
                batch.refused.add(sent.flow)
                course = self._course(batch, sent.flow)
                course.paused[sent.flow.participant] = self._around.now_ms() + HOLD_MS

    def _relayed(self, batch: Batch, sent: Sent, outcome: Outcome) -> None:
        assert sent.receipt is not None  # what is no segment is a receipt
        batch.receipts.append(sent.receipt)
        if outcome is not Outcome.CONFIRMED:  # the sender's queue is full: it is owed until there is room
            batch.owed.append(sent.parcel)

    def _launch_again(self, batch: Batch) -> None:
        _, publisher = self._lanes[batch.express]
        batch.sent, batch.again = batch.again, []
        batch.flight = publisher.launch([sent.parcel for sent in batch.sent])

    def _commit(self, batches: Sequence[Batch]) -> None:
        now_ms = self._around.now_ms()
        signed = {flow: issued for batch in batches for flow, issued in self._foreseen(batch)}
        with self._store.writing() as connection:
            self._store.lock(connection, [key for batch in batches for key in batch.concerned])
            for batch in batches:
                self._mark(connection, batch, signed, now_ms)
            self.posting.strike_off(connection)

    def _foreseen(self, batch: Batch) -> Iterable[tuple[FlowKey, list[Issued]]]:
        """Sign `accepted` before the transaction where it is plain that the flow completes in it."""
        for flow, indices in batch.confirmed.items():
            course = self._course(batch, flow)
            landed = Indices.of(course.known.segments, indices)
            if (course.forwarded[flow.participant] | landed).whole:
                yield flow, self._accept(batch, flow, course)

    def _accept(self, batch: Batch, flow: FlowKey, course: Course) -> list[Issued]:
        receivers = [r for r in course.known.receivers if r.participant == flow.participant]
        about = batch.abouts[flow]
        return [issue(self._around, ReceiptKind.ACCEPTED, about, receiver=receiver) for receiver in receivers]

    def _mark(
        self, connection: Connection, batch: Batch, signed: Mapping[FlowKey, list[Issued]], now_ms: int
    ) -> None:
        refused = dict.fromkeys(batch.refused, 0)  # in part, too: what was dropped is waited for
        progress = self._store.mark(connection, batch.confirmed, refused, now_ms=now_ms)
        for flow, one in progress.items():
            course = self._course(batch, flow)
            course.forwarded[flow.participant] = one.forwarded
            if one.completed and not one.accepted:
                batch.issued += signed.get(flow) or self._accept(batch, flow, course)
            if one.newly_held:
                batch.owed.append(self._desk.ask(NoticeKind.HOLD, flow))
        relayed = {r.receipt.receipt_id: r for r in batch.receipts}
        records = [record_of(r.receipt, r.arrival.body) for r in relayed.values()]
        for record in self._store.record(connection, records, now_ms=now_ms):  # only what is new is history
            read = relayed[record.receipt_id]
            batch.entries.append(entry_of(read.receipt, read.arrival.body, self._around))
        self._ledger.enter(connection, batch.entries)
        self._enter_turned_away(connection, batch)
        self._enter_issued(connection, batch)
        self._promise(connection, batch, batch.owed)
