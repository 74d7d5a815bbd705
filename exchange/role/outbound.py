# SPDX-License-Identifier: Apache-2.0
"""
Outbound: sealed messages leave as segments, the urgent before the bulky, in a window.

What the hub's queues have confirmed is remembered, so a restart goes on where it stopped. What the hub
has not forwarded is bounded: a full receiver, or a hub that is away, does not fill the hub's queues. What
it never speaks of is offered again. One thread calls `step`; others leave orders for the next step.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from exchange.codec import compression, segment_form
from exchange.codec.suite import ContentKey, key_info, slice_associated
from exchange.edge.broker import SEGMENT, Bell, Outcome, Parcel, Publisher, let_land, parted
from exchange.edge.outbox import Outbox, Transfer
from exchange.errors import Reject, Retry
from exchange.model import topology
from exchange.model.identity import Address
from exchange.model.journey import Event
from exchange.model.limits import MIB
from exchange.model.merkle import Tree
from exchange.model.priority import Priority
from exchange.model.ranges import Indices
from exchange.model.segment import SALT_BYTES, KeyRecord, Slice, span
from exchange.role.awaited import Awaited
from exchange.role.moving import Launched, Moving, age
from exchange.role.reopened import Reopened
from exchange.role.sealing import open_payload
from exchange.role.surroundings import Surroundings
from exchange.texts import Phrase

log = logging.getLogger("govbus")

LOADED_MOST = 512  # messages of a class in memory; the others wait in the outbox
LAUNCH_PARCELS = 64  # in one flight
LAUNCH_BYTES = 1 * MIB  # of plaintext in one flight of large segments
LAND_PARCELS = 128  # that landed are noted at once; fewer wait for those still in the air,
LAND_MS = 20  # so long at most
UNREADABLE_MS = 30_000  # before a message is tried again whose payload could not be read
PAUSE_MS = 500  # before a class is tried again that the hub's queue refused
WINDOW_BYTES = 512 * MIB  # of one class, that the hub has and has not spoken of
SILENCE_MS = 10_000  # between two looks for messages that the hub never speaks of
LOOK_MS = 100  # how often the outbox is looked into for what other processes put there
IN_THE_AIR = 256  # segments of a class
BULK_BYTES_IN_THE_AIR = 2 * MIB  # and a flight more: a flash message waits behind them in the broker's log


class Outbound:
    """
    The sending side of one daemon.

    express, freight: publishers for flash and urgent, and for routine and bulk, so that a window
    full of bulk never stands before a flash message.
    """

    def __init__(
        self,
        outbox: Outbox,
        surroundings: Surroundings,
        *,
        express: Publisher,
        freight: Publisher,
        bell: Bell,
        window_bytes: int = WINDOW_BYTES,
        checkpoint: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._window = window_bytes
        self._awaited: Awaited | None = None  # None until it was read from the outbox
        self._gone: dict[Priority, int] = dict.fromkeys(Priority, 0)  # bytes, of what is moving
        self._listened_ms = 0
        self._outbox = outbox
        self._around = surroundings
        self._lanes = {p: express if p in topology.EXPRESS else freight for p in Priority}
        self._bell = bell
        self._checkpoint = checkpoint
        self._moving: dict[str, Moving] = {}
        self._lines: dict[Priority, deque[Moving]] = {p: deque() for p in Priority}
        self._loaded: dict[Priority, int] = dict.fromkeys(Priority, 0)
        self._launched: list[Launched] = []
        self._orders: deque[Callable[[], None]] = deque()
        self._reopened = Reopened()
        self._paused_until: dict[Priority, int] = {}
        self._looked_ms = 0
        self._landed_ms = 0  # since when something that landed is not noted; 0: nothing is
        self._lock = threading.Lock()

    # ---- orders, from any thread

    def send(self, transfers: Iterable[Transfer]) -> None:
        """Sealed and committed just now: no need to find them in the outbox."""
        for transfer in transfers:
            self._order(lambda t=transfer: self._start(t))  # type: ignore[misc]

    def look(self) -> None:
        """Something changed in the outbox."""
        self._order(self._look_now)

    def heard(self, message_ids: Sequence[str], *, ended: Sequence[str] = ()) -> None:
        """The hub has spoken of these, and what it said is in the outbox; *ended*: perhaps its last word."""
        if message_ids:
            with self._lock:  # no bell: it is soon enough with the next turn
                self._orders.extend((lambda: self._rest(ended), lambda: self._heard(message_ids)))

    def hold(self, message_id: str, participant: str) -> None:
        """The hub says that *participant* is full."""
        self._outbox.held(message_id, participant, Event.HELD, self._around.now_ms())
        self.heard([message_id], ended=[message_id])

    def go(self, message_id: str, participant: str, ranges: str) -> None:
        """The hub or the receiver wants these segments, "" for all, (again)."""
        self._outbox.held(message_id, participant, Event.RESUMED, self._around.now_ms())
        self._reopen(message_id, ranges)

    def add_receiver(self, message_id: str, receiver: str) -> None:
        """The hub's route names a receiver that our view did not: send all, with a key for it."""
        self._outbox.add_receiver(message_id, receiver, self._around.now_ms())
        self._reopen(message_id, "")

    def _reopen(self, message_id: str, ranges: str) -> None:
        with self._reopened.meanwhile(message_id, ranges):
            self._outbox.reopen(message_id, ranges)
        self._order(lambda: self._begin_anew(message_id, ranges))

    def _order(self, order: Callable[[], None]) -> None:
        with self._lock:
            self._orders.append(order)
        self._bell.ring()

    # ---- the story

    def step(self) -> bool:
        """
        One turn; whether anything moved.

        Raises:
            Retry: the outbox, a payload or the broker is away; what is in memory is read anew afterwards.
        """
        try:
            return self._turn()
        except Retry:
            self._reset()
            raise

    def _reset(self) -> None:
        """Forget what is in memory: the outbox knows what was confirmed, receivers know what comes twice."""
        self._launched.clear()
        self._landed_ms = 0
        for message_id in list(self._moving):
            self._stop(message_id)
        for line in self._lines.values():
            line.clear()

    def _turn(self) -> bool:
        if self._awaited is None:
            self._awaited = self._still_awaited()
        moved = self._obey()
        moved |= self._land()
        self._look()
        self._listen(self._awaited)
        moved |= self._launch()
        return moved

    def close(self) -> None:
        """Let what is in the air land and remember it."""
        let_land([launched.flight for launched in self._launched], 5.0)
        self._land(at_once=True)
        for moving in self._moving.values():
            moving.payload.close()
        self._moving.clear()

    def _obey(self) -> bool:
        with self._lock:
            orders, self._orders = self._orders, deque()
        moved = bool(orders)
        try:
            while orders:
                orders[0]()
                orders.popleft()
        finally:  # the database was away: that one and those behind it are obeyed when it is back
            with self._lock:
                self._orders.extendleft(reversed(orders))
        return moved

    def _look(self) -> None:
        now = self._around.now_ms()
        if now - self._looked_ms >= LOOK_MS:
            self._looked_ms = now
            self._look_now()

    def _look_now(self) -> None:
        """Fill up, class by class, from the outbox: what waits there costs no memory here."""
        if not self._outbox.has_transfers_beyond(len(self._moving)):
            return
        for priority, loaded in self._loaded.items():
            if loaded <= LOADED_MOST // 2:
                mine = [m for m, moving in self._moving.items() if moving.transfer.priority is priority]
                for transfer in self._outbox.transfers(priority, besides=mine, most=LOADED_MOST - loaded):
                    self._start(transfer)

    # ---- transfers in memory

    def _start(self, transfer: Transfer) -> None:
        if transfer.message_id in self._moving or transfer.confirmed.whole:
            return
        if self._loaded[transfer.priority] >= LOADED_MOST:
            return  # it stays in the outbox until there is room
        moving = self._moving_of(transfer)
        self._moving[transfer.message_id] = moving
        self._gone[transfer.priority] += moving.gone_bytes
        if not moving.waiting:
            self._await(moving)
        self._loaded[transfer.priority] += 1
        self._lines[transfer.priority].append(moving)

    def _moving_of(self, transfer: Transfer) -> Moving:
        around = self._around
        sender = Address(around.me, transfer.application)
        waiting = transfer.confirmed.missing
        if not transfer.receivers:  # our view knows no route: ask the hub with one segment
            waiting = waiting & Indices.of(transfer.segments, [0])
        return Moving(
            transfer=transfer,
            key=ContentKey(around.suite, transfer.secret),
            tree=Tree.restore(transfer.leaves),
            payload=open_payload(transfer.parts, transfer.payload, self._outbox.place(transfer.message_id)),
            sender=sender,
            keys=tuple(self._key_records(transfer, sender)),
            waiting=waiting,
            confirmed=transfer.confirmed,
            gone=len(transfer.confirmed),
        )

    def _key_records(self, transfer: Transfer, sender: Address) -> Iterable[KeyRecord]:
        trust = self._around.view().trust
        for receiver in map(Address.parse, transfer.receivers):
            try:
                public = trust.receiver_key(receiver.participant)
            except Reject:
                continue  # unknown here: the hub refuses it, or asks when it knows better
            info = key_info(self._around.suite.name, sender, receiver, transfer.digest)
            yield KeyRecord(receiver, public.wrap(transfer.secret, info))

    def _stop(self, message_id: str) -> None:
        moving = self._moving.pop(message_id, None)
        if moving is not None:
            moving.payload.close()
            moving.waiting = Indices(moving.waiting.count)
            self._gone[moving.transfer.priority] -= moving.gone_bytes
            self._loaded[moving.transfer.priority] -= 1

    def _rest(self, message_ids: Iterable[str]) -> None:
        """Send nothing more of those that are over, or whose receivers are all on hold."""
        for message_id in message_ids:
            if message_id in self._moving and self._outbox.transfer(message_id) is None:
                self._stop(message_id)

    def _restart(self, message_id: str) -> None:
        self._stop(message_id)
        if transfer := self._outbox.transfer(message_id):
            self._start(transfer)
        if moving := self._moving.get(message_id):
            moving.asked_for = True

    def _begin_anew(self, message_id: str, ranges: str) -> None:
        self._restart(message_id)  # what lands of it from here on is not noted
        self._reopened.remove(message_id, ranges)

    # ---- the hub's silence

    def _still_awaited(self) -> Awaited:
        """What was sent before we were started, and is not spoken of."""
        awaited, now = Awaited(), self._around.now_ms()
        for one in self._outbox.awaited():
            awaited.add(one.message_id, one.priority, one.size_bytes, receivers=one.receivers, now_ms=now)
        return awaited

    def _await(self, moving: Moving) -> None:
        """The hub's queues have all that can be sent of it now."""
        transfer = moving.transfer
        if self._awaited is None or transfer.answered or (moving.heard and len(transfer.receivers) == 1):
            return
        self._awaited.add(
            transfer.message_id,
            transfer.priority,
            moving.gone_bytes,
            receivers=len(transfer.receivers),
            now_ms=self._around.now_ms(),
        )
        if moving.heard:  # perhaps of all its deliveries
            self.heard([transfer.message_id])

    def _heard(self, message_ids: Iterable[str]) -> None:
        for message_id in message_ids:
            if moving := self._moving.get(message_id):
                moving.heard = True
            awaited = self._awaited
            if awaited is None or message_id not in awaited:
                continue
            if awaited.has_one_receiver(message_id) or not self._outbox.awaits(message_id):
                awaited.remove(message_id)

    def _listen(self, awaited: Awaited) -> None:
        """
        Offer again what the hub never spoke of: it may have been lost in the hub's own queue.

        One segment is enough. A hub that knows the message answers as it did before; one that does
        not admits it, and its receiver asks for the rest.
        """
        now = self._around.now_ms()
        if now - self._listened_ms < SILENCE_MS:
            return
        self._listened_ms = now
        for message_id, receivers in awaited.due(now):
            if self._outbox.offer_again(message_id, last=receivers > 0):
                self._restart(message_id)
            else:
                awaited.remove(message_id)

    # ---- launching

    def _launch(self) -> bool:
        launched = False
        for priority in Priority:
            while self._may_launch(priority) and (cargo := self._load(priority)):
                self._fly(cargo, priority)
                launched = True
                if priority is Priority.BULK:
                    break  # the urgent may have come meanwhile
        return launched

    def _may_launch(self, priority: Priority) -> bool:
        paused = self._paused_until.get(priority, 0)
        return (
            bool(self._lines[priority]) and self._lanes[priority].room() and paused <= self._around.now_ms()
        )

    def _load(self, priority: Priority) -> list[tuple[Moving, int]]:
        """The next segments of a class, taking turns between its messages."""
        cargo: list[tuple[Moving, int]] = []
        size, now_ms = 0, self._around.now_ms()
        line = self._lines[priority]
        most = min(LAUNCH_PARCELS, self._air_left(priority))
        for _ in range(len(line)):
            moving = line.popleft()
            if not moving.waiting:
                continue  # everything it has is in the air: `_back` puts it in line again
            line.append(moving)
            if moving.not_before_ms > now_ms:
                continue
            for index in moving.waiting.head(max(1, LAUNCH_BYTES // moving.transfer.segment_bytes)):
                if len(cargo) >= most or size >= LAUNCH_BYTES:
                    return cargo
                if not self._may_go(moving, size):
                    break
                cargo.append((moving, index))
                size += span(index, moving.transfer.size_bytes, moving.transfer.segment_bytes).size
        return cargo

    def _air_left(self, priority: Priority) -> int:
        """How many segments of a class may take off now."""
        air = [launched for launched in self._launched if launched.lane is priority]
        if priority is Priority.BULK and sum(each.size_bytes for each in air) >= BULK_BYTES_IN_THE_AIR:
            return 0
        return IN_THE_AIR - sum(len(each.cargo) for each in air)

    def _may_go(self, moving: Moving, loaded: int) -> bool:
        """Whether its class's window has room for it; the first one always gets on, so that all do."""
        priority = moving.transfer.priority
        silent = 0 if self._awaited is None else self._awaited.bytes_of(priority)
        if moving.asked_for or silent + self._gone[priority] + loaded < self._window:
            return True
        if silent or loaded:
            return False
        begun = (each for each in self._moving.values() if each.transfer.priority is priority and each.gone)
        return moving is min(begun, key=age, default=moving)

    def _fly(self, cargo: Sequence[tuple[Moving, int]], priority: Priority) -> None:
        parcels: list[Parcel] = []
        flown: list[tuple[Moving, int]] = []
        now_ms = self._around.now_ms()
        for moving, index in cargo:
            if moving.not_before_ms > now_ms:
                continue
            try:
                parcels.append(self._parcel(moving, index))
            except Retry as why:  # the others of its class need not wait for it
                moving.not_before_ms = now_ms + UNREADABLE_MS
                name, facts = moving.transfer.message_id, {"code": why.code, "reason": why}
                log.warning(Phrase("log.waits", {"name": name}), extra=facts)
                continue
            flown.append((moving, index))
            self._take_off(moving, index)
        if not parcels:
            return
        self._checkpoint("built")
        flight = self._lanes[priority].launch(parcels)
        size_bytes = sum(len(parcel.body) for parcel in parcels)
        self._launched.append(Launched(flight, flown, priority, size_bytes))
        self._checkpoint("launched")

    def _take_off(self, moving: Moving, index: int) -> None:
        moving.waiting -= Indices.of(moving.waiting.count, [index])
        moving.in_the_air += 1
        self._count_gone(moving, 1)

    def _count_gone(self, moving: Moving, segments: int) -> None:
        before = moving.gone_bytes
        moving.gone += segments
        self._gone[moving.transfer.priority] += moving.gone_bytes - before

    def _back(self, moving: Moving, index: int) -> None:
        """To be sent again."""
        moving.in_the_air -= 1
        self._count_gone(moving, -1)
        line = self._lines[moving.transfer.priority]
        if not moving.waiting and moving not in line:
            line.append(moving)
        moving.waiting |= Indices.of(moving.waiting.count, [index])

    def _parcel(self, moving: Moving, index: int) -> Parcel:
        transfer = moving.transfer
        place = span(index, transfer.size_bytes, transfer.segment_bytes)
        data = moving.payload.read(place.offset, place.size)
        if moving.compresses is None:
            moving.compresses = compression.pays(data)
        packed = compression.compress(data) if moving.compresses else data
        compressed = "zstd" if moving.compresses and len(packed) < len(data) else ""
        salt = self._around.draw(SALT_BYTES)
        last = index == transfer.segments - 1
        sealed = moving.key.seal_slice(
            packed if compressed else data,
            salt=salt,
            index=index,
            associated=slice_associated(transfer.digest, index, last, compressed),
        )
        piece = Slice(index, place.offset, place.size, salt, compressed, moving.tree.path(index))
        body = segment_form.write(transfer.envelope, moving.keys, piece, sealed)
        return self._addressed(body, transfer)

    def _addressed(self, body: bytes, transfer: Transfer) -> Parcel:
        me = self._around.me
        return Parcel(topology.ingress(me), transfer.priority.value, body, SEGMENT, transfer.message_id, me)

    # ---- landing

    def _land(self, *, at_once: bool = False) -> bool:
        landed, flying = parted(self._launched, lambda launched: launched.flight)
        if not landed or not (at_once or self._is_worth_noting(landed)):
            return False
        self._landed_ms = 0
        self._launched = flying
        confirmed: dict[str, Indices] = {}
        again: dict[str, int] = {}
        for launched in landed:
            self._sort(launched, confirmed, again)
        self._checkpoint("landed")
        with self._outbox.writing() as connection:
            confirmed = {of: self._reopened.besides(of, indices) for of, indices in confirmed.items()}
            self._outbox.confirm(connection, confirmed)
            self._outbox.count_resent(connection, again)
        self._checkpoint("confirmed")
        for message_id, indices in confirmed.items():
            moving = self._moving[message_id]
            if indices.whole or not (moving.transfer.receivers or moving.in_the_air):
                self._await(moving)
            if indices.whole:
                self._stop(message_id)
        return True

    def _is_worth_noting(self, landed: Sequence[Launched]) -> bool:
        """Whether not to wait for others that will land in a moment, so that one transaction does for all."""
        now = self._around.now_ms()
        self._landed_ms = self._landed_ms or now
        return (
            len(landed) == len(self._launched)
            or sum(len(launched.cargo) for launched in landed) >= LAND_PARCELS
            or any(launched.lane is Priority.BULK for launched in landed)
            or now - self._landed_ms >= LAND_MS
        )

    def _sort(self, launched: Launched, confirmed: dict[str, Indices], again: dict[str, int]) -> None:
        for (moving, index), outcome in zip(launched.cargo, launched.flight.outcomes, strict=True):
            message_id = moving.transfer.message_id
            if self._moving.get(message_id) is not moving:
                continue  # it was restarted meanwhile: the database knows better
            if outcome is Outcome.CONFIRMED:
                moving.in_the_air -= 1
                moving.confirmed |= Indices.of(moving.confirmed.count, [index])
                confirmed[message_id] = moving.confirmed
                continue
            self._back(moving, index)
            if outcome is Outcome.LOST:
                again[message_id] = again.get(message_id, 0) + 1
            else:
                self._paused_until[launched.lane] = self._around.now_ms() + PAUSE_MS
