# SPDX-License-Identifier: Apache-2.0
"""
The hub's janitor: what nobody comes to the hub about.

Full receivers that have room again, flows that stand still, deadlines that pass, receivers that keep
silent, dead segments, promises that were not kept, directories that changed. One of any number of
hubs does it, under a lease. Every chore may be done twice without harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exchange.codec import envelope_form, segment_form
from exchange.edge.broker import Arrival, Broker, Parcel
from exchange.edge.dead_letters import DeadLetter, DeadLetters
from exchange.edge.hub_store import FlowKey, HeldFlow, HubStore, LateFlow, MessageKey
from exchange.edge.ledger import Ledger
from exchange.edge.tables import Connection
from exchange.errors import Reject, Retry
from exchange.model import instant, topology
from exchange.model.notice import NoticeKind
from exchange.model.priority import Priority
from exchange.model.ranges import Indices
from exchange.model.receipt import HUB, ReceiptKind
from exchange.role.desk import Desk, entry_of, notice_parcel, receipt_parcel, record_of_ours
from exchange.role.issuing import About, Issued, notify
from exchange.role.lane import Lane
from exchange.role.posting import Posting
from exchange.role.standstill import Standstill
from exchange.role.surroundings import Surroundings

ROOM = {
    Priority.FLASH: 512,
    Priority.URGENT: 512,
    Priority.ROUTINE: 256,
    Priority.BULK: 48,
}  # messages in a queue
GO_SEGMENTS = 256  # let go at a time for one queue, and the rest of the message with the last of them
HELD_MOST = 500  # flows on hold that are looked at together
SILENT_MOST = 200  # the same of those that are not answered
DEATHS_MOST = 5  # dead segments of one flow before its deliveries fail
FORGET_MS = 60_000  # between two rounds of clearing what is old
DAY_MS = 86_400_000


class Janitor:
    """
    Does the hub's chores; its thread calls `step` a few times a second.

    drain: of the dead queue, consumed from only while the lease is held;
    watch_ms: how long a forwarded message may be unanswered before the receiver is asked, and one that
    is under way may stand still before the sender is.
    """

    def __init__(
        self,
        store: HubStore,
        ledger: Ledger,
        dead: DeadLetters,
        around: Surroundings,
        *,
        broker: Broker,
        drain: Lane,
        posting: Posting,
        desk: Desk,
        holds_lease: Callable[[], bool] = lambda: True,
        watch_ms: int = 120_000,
        keep_ms: int = 365 * DAY_MS,
        keep_dead_ms: int = 90 * DAY_MS,
        rows_a_round: int = 2000,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._dead = dead
        self._around = around
        self._broker = broker
        self._drain = drain
        self.posting = posting
        self._desk = desk
        self._holds_lease = holds_lease
        self._watch_ms = watch_ms
        self._keep_ms = keep_ms
        self._keep_dead_ms = keep_dead_ms
        self._rows_a_round = rows_a_round
        self._standstill = Standstill(store, broker, desk, pause_ms=watch_ms, now_ms=around.now_ms)
        self._announced = 0
        self._forgot_ms = 0

    def step(self) -> bool:
        """
        Every chore once, where this hub holds the lease; whether there was anything to do.

        Raises:
            Retry: the database or the broker is away; the dead that are in hand come again.
        """
        try:
            if self._holds_lease():
                return self._do_chores()
        except Retry:
            self._drain.drop()
            raise
        self._drain.drop()  # whoever holds it now takes the dead, those too that the broker gave us
        return False

    def _do_chores(self) -> bool:
        moved = self._drain_dead()
        moved |= self._let_go()
        moved |= self._set_going()
        moved |= self._expire()
        moved |= self._ask_the_silent()
        moved |= self._announce()
        self.posting.repost()
        self.posting.flush()
        self._forget()
        return moved

    def _promise(self, parcels: Sequence[Parcel]) -> None:
        with self._store.writing() as connection:
            self.posting.promise(connection, parcels)
        self.posting.post(parcels)

    # ---- receivers that have room again

    def _let_go(self) -> bool:
        """Let go for whom there is room, however many wait for others that are full or away."""
        room: dict[str, int] = {}
        full: dict[Priority, set[str]] = {}
        moved = False
        while held := self._store.held(full, most=HELD_MOST):
            moved |= self._let_some_go(held, room, full)
            if len(held) < HELD_MOST:
                break
        return moved

    def _let_some_go(
        self, held: Sequence[HeldFlow], room: dict[str, int], full: dict[Priority, set[str]]
    ) -> bool:
        """Those of *held* for which there is *room*; into *full* the receivers of the others."""
        room |= self._rooms([flow for flow in held if _queue_of(flow) not in room])
        going: list[tuple[HeldFlow, Indices]] = []
        for flow in held:
            queue = _queue_of(flow)
            if room[queue] > 0:
                some = flow.segments.in_one_notice  # all: it ends the hold, and names what was dropped
                room[queue] -= len(some)
                going.append((flow, some))
            else:
                full.setdefault(flow.priority, set()).add(flow.key.participant)
        parcels = [self._desk.ask(NoticeKind.GO, flow.key, str(some)) for flow, some in going]
        self._resume([flow for flow, _ in going], parcels)
        return bool(going)

    def _resume(self, flows: Sequence[HeldFlow], parcels: Sequence[Parcel]) -> None:
        with self._store.writing() as connection:
            self._store.lock(connection, [flow_message(flow.key) for flow in flows])
            for flow in flows:
                self._store.resume(connection, flow.key, self._around.now_ms())
            self.posting.promise(connection, parcels)
        self.posting.post(parcels)

    def _set_going(self) -> bool:
        """What stands still though nobody holds it: its sender has heard `go` before `hold`, or never."""
        standing = self._standstill.due()
        if standing:
            self._resume(standing, self._standstill.ask(standing))
        return bool(standing)

    def _rooms(self, held: Sequence[HeldFlow]) -> dict[str, int]:
        """How many segments each queue may be sent now."""
        queues = {_queue_of(flow): flow.priority for flow in held}
        depths = self._broker.depths(list(queues))
        roomy = {name for name, depth in depths.items() if depth.messages <= ROOM[queues[name]]}
        return {name: GO_SEGMENTS if name in roomy else 0 for name in queues}

    # ---- deadlines

    def _expire(self) -> bool:
        late = self._store.late(now_ms=self._around.now_ms())
        untouched = [flow for flow in late if flow.untouched]
        self._store.overdue([flow.key for flow in late if not flow.untouched])
        for flow in untouched:
            expires = instant.readable(instant.from_milliseconds(flow.expires_ms))
            self._end(flow, Reject("EX-404", message_id=flow.key.message_id, expires=expires))
        return bool(late)

    def _end(self, flow: LateFlow, refusal: Reject) -> None:
        """The hub's own final word on the deliveries of a flow."""
        about = About(flow.key.message_id, flow.sender, flow.digest, flow.priority)
        with self._store.reading() as connection:
            receivers = self._store.open_receivers(connection, flow.key)
        issued = [self._desk.refuse(about, refusal, receiver) for receiver in receivers]
        with self._store.writing() as connection:
            self._store.lock(connection, [flow_message(flow.key)])
            issued = self._still_due(connection, flow, issued)
            parcels = [receipt_parcel(one.receipt, one.document) for one in issued]
            records = [record_of_ours(one) for one in issued]
            self._store.record(connection, records, now_ms=self._around.now_ms())
            self._ledger.enter(connection, [entry_of(i.receipt, i.document, self._around) for i in issued])
            self.posting.promise(connection, parcels)
        self.posting.post(parcels)

    def _still_due(self, connection: Connection, flow: LateFlow, issued: Sequence[Issued]) -> list[Issued]:
        """Without those that the receiver's answer, or of what expired its first segment, has come before."""
        now = self._store.about(connection, flow.key)
        if now is None or not now.untouched:
            issued = [one for one in issued if one.receipt.kind is not ReceiptKind.EXPIRED]
        still_open = self._store.open_receivers(connection, flow.key)
        return [one for one in issued if one.receipt.receiver in still_open]

    # ---- silence

    def _ask_the_silent(self) -> bool:
        """
        A message was forwarded whole and nothing came back: have its last segment sent once more.

        Who has the message answers with the same receipt; who has lost it begins anew and asks for
        the rest. It costs one segment, whatever the message's size.
        """
        before_ms = self._around.now_ms() - self._watch_ms
        away: dict[Priority, set[str]] = {}
        asked = False
        while silent := self._store.silent(away, before_ms=before_ms, most=SILENT_MOST):
            some = self._those_who_listen(silent, away)
            for flow in some:
                self._send_again(flow.key, flow.segments)
            asked |= bool(some)
            if len(silent) < SILENT_MOST or len(some) == len(silent):
                break
        return asked  # one whose daemon is away may be silent for days: that is nothing to be busy with

    def _those_who_listen(self, silent: Sequence[HeldFlow], away: dict[Priority, set[str]]) -> list[HeldFlow]:
        """Those of *silent* whose receivers have taken all that came; into *away* the other receivers."""
        depths = self._broker.depths(list(dict.fromkeys(map(_queue_of, silent))))
        listen = []
        for flow in silent:
            depth = depths.get(_queue_of(flow))
            if depth and depth.messages == 0 and depth.consumers:
                listen.append(flow)
            else:
                away.setdefault(flow.priority, set()).add(flow.key.participant)
        return listen

    def _send_again(self, key: FlowKey, segments: Indices) -> None:
        with self._store.writing() as connection:
            again = self._store.reopen(connection, key, segments, self._around.now_ms())
            parcels = (
                [] if again is None else [self._desk.ask(NoticeKind.MISSING, key, str(again.in_one_notice))]
            )
            self.posting.promise(connection, parcels)
        self.posting.post(parcels)

    # ---- the dead

    def _drain_dead(self) -> bool:
        arrivals = self._drain.take(most=32, most_bytes=1 << 24)
        for arrival in arrivals:
            self._lay_out(arrival)
            self._drain.settle([arrival])
        return bool(arrivals)

    def _lay_out(self, arrival: Arrival) -> None:
        """Park it with its reason; a segment is asked for again, or fails its deliveries."""
        flow, index = _of_whom(arrival)
        with self._store.writing() as connection:
            segments = self._segments(connection, flow) if flow else 0
            fate = self._fate(connection, flow, index, segments) if flow else _not_taken(arrival)
            self._park(connection, arrival, flow, fate)
            late = self._store.about(connection, flow) if flow and fate.code == "EX-407" else None
        if late is not None:
            self._end(late, fate)
        elif flow is not None and fate.code == "EX-410":
            self._send_again(flow, Indices.of(segments, [index]))

    def _segments(self, connection: Connection, flow: FlowKey) -> int:
        """How many its message has; 0 = nobody knows it any more."""
        known = self._store.known(connection, [flow_message(flow)]).get(flow_message(flow))
        return known.segments if known else 0

    def _fate(self, connection: Connection, flow: FlowKey, index: int, segments: int) -> Reject:
        """What becomes of a dead segment: asked for again, the last straw, or of no matter any more."""
        deaths, receiver = self._store.count_death(connection, flow), flow.participant
        if index >= segments or not self._store.open_receivers(connection, flow):
            return Reject("EX-411", receiver=receiver)
        if deaths > DEATHS_MOST:
            return Reject("EX-407", receiver=receiver, ranges=index, times=deaths)
        return Reject("EX-410", receiver=receiver, times=deaths)

    def _park(self, connection: Connection, arrival: Arrival, flow: FlowKey | None, why: Reject) -> None:
        letter = DeadLetter(
            id=self._around.new_id(),
            at_ms=self._around.now_ms(),
            queue=arrival.first_queue or arrival.queue,
            sender=flow.sender if flow else _author(arrival),
            message_id=arrival.message_id,
            code=why.code,
            reason=why.text(self._around.lang),
            body=arrival.body,
        )
        self._dead.park(connection, letter)

    # ---- the directory

    def _announce(self) -> bool:
        """Tell everybody that there is a newer directory."""
        directory = self._around.view().trust.directory
        if directory.version <= self._announced:
            return False
        parcels = []
        for name in directory.participants:
            if name != HUB:
                notice_id, document = notify(
                    self._around, NoticeKind.DIRECTORY_CHANGED, version=directory.version
                )
                parcels.append(notice_parcel(name, notice_id, document))
        self._promise(parcels)
        self._announced = directory.version
        return True

    # ---- age

    def _forget(self) -> None:
        now_ms = self._around.now_ms()
        if now_ms - self._forgot_ms < FORGET_MS:
            return
        forgotten = self._store.forget(before_ms=now_ms - self._keep_ms, most=self._rows_a_round)
        self._forgot_ms = (
            now_ms if forgotten < self._rows_a_round else 0
        )  # where there is more, at once again
        with self._store.writing() as connection:
            self._dead.forget(connection, before_ms=now_ms - self._keep_dead_ms)


def flow_message(flow: FlowKey) -> MessageKey:
    """The message that a flow carries."""
    return MessageKey(flow.sender, flow.message_id)


def _queue_of(flow: HeldFlow) -> str:
    return topology.egress_queue(flow.key.participant, flow.priority)


def _author(arrival: Arrival) -> str:
    """Through whose door it came; the hub's own documents come through none."""
    return topology.participant_of(arrival.first_exchange) or arrival.user_id


def _not_taken(arrival: Arrival) -> Reject:
    """What a queue alone can tell: who could not take it. What a worker refused it has parked itself."""
    words = arrival.first_queue.split(".")
    taker = ".".join(words[1:-1]) if words[0] == "to" else HUB
    return Reject("EX-409", who=taker, queue=arrival.first_queue or arrival.queue)


def _of_whom(arrival: Arrival) -> tuple[FlowKey | None, int]:
    """Which flow a dead segment belonged to; none where it was on its way to the hub, or is no segment."""
    words = arrival.first_queue.split(".")
    if words[0] != "to" or not segment_form.is_segment(arrival.body):
        return None, 0
    try:
        cut = segment_form.cut(arrival.body)
        claim = envelope_form.claim(cut.envelope)
    except Reject:
        return None, 0
    return FlowKey(claim.sender.participant, claim.message_id, ".".join(words[1:-1])), cut.piece.index
