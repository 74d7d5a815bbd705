# SPDX-License-Identifier: Apache-2.0
"""
Outbound: sealed messages leave as segments, the urgent before the bulky, in a window.

What the hub's queues have confirmed is remembered, so a restart goes on where it stopped. One
thread calls `step`; others leave orders, which the next step carries out.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from exchange.codec import compression, segment_form
from exchange.codec.suite import ContentKey, key_info, slice_associated
from exchange.edge.broker import SEGMENT, Bell, Flight, Outcome, Parcel, Publisher, let_land
from exchange.edge.outbox import Outbox, Transfer
from exchange.edge.payload import Payload
from exchange.errors import Reject, Retry
from exchange.model import topology
from exchange.model.identity import Address
from exchange.model.journey import Event
from exchange.model.limits import MIB
from exchange.model.merkle import Tree
from exchange.model.priority import Priority
from exchange.model.ranges import Indices
from exchange.model.segment import SALT_BYTES, KeyRecord, Slice, span
from exchange.role.sealing import open_payload
from exchange.role.surroundings import Surroundings

LOADED_MOST = 512  # messages of a class in memory; the others wait in the outbox
LAUNCH_PARCELS = 64  # in one flight
LAUNCH_BYTES = 1 * MIB  # of plaintext in one flight of large segments
PAUSE_MS = 500  # before a class is tried again that the hub's queue refused
LOOK_MS = 100  # how often the outbox is looked into for what other processes put there
IN_THE_AIR = {Priority.FLASH: 256, Priority.URGENT: 256, Priority.ROUTINE: 256, Priority.BULK: 8}  # segments


@dataclass(slots=True, eq=False)
class _Moving:
    """A transfer on its way: what is needed to make any of its segments."""

    transfer: Transfer
    key: ContentKey
    tree: Tree
    payload: Payload
    sender: Address
    keys: tuple[KeyRecord, ...]
    waiting: Indices  # neither confirmed nor in the air
    confirmed: Indices
    compresses: bool | None = None  # None until its first slice was probed
    held: set[str] = field(default_factory=set)  # participants that are full
    in_the_air: int = 0

    @property
    def all_held(self) -> bool:
        return bool(self.held) and all(k.receiver.participant in self.held for k in self.keys)


@dataclass(slots=True, eq=False)
class _Launched:
    """Which segments a flight carries."""

    flight: Flight
    cargo: list[tuple[_Moving, int]]
    lane: Priority


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
        checkpoint: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._outbox = outbox
        self._around = surroundings
        self._lanes = {p: express if p in topology.EXPRESS else freight for p in Priority}
        self._bell = bell
        self._checkpoint = checkpoint
        self._moving: dict[str, _Moving] = {}
        self._lines: dict[Priority, deque[_Moving]] = {p: deque() for p in Priority}
        self._loaded: dict[Priority, int] = dict.fromkeys(Priority, 0)
        self._launched: list[_Launched] = []
        self._orders: deque[Callable[[], None]] = deque()
        self._paused_until: dict[Priority, int] = {}
        self._looked_ms = 0
        self._lock = threading.Lock()

    # ---- orders, from any thread

    def send(self, transfers: Iterable[Transfer]) -> None:
        """Sealed and committed just now: no need to find them in the outbox."""
        for transfer in transfers:
            self._order(lambda t=transfer: self._start(t))  # type: ignore[misc]

    def look(self) -> None:
        """Something changed in the outbox."""
        self._order(self._look_now)

    def drop(self, message_ids: Iterable[str]) -> None:
        """These are final: send nothing more of them."""
        for message_id in message_ids:
            self._order(lambda m=message_id: self._stop(m))  # type: ignore[misc]

    def hold(self, message_id: str, participant: str) -> None:
        """The hub says that *participant* is full."""
        self._outbox.held(message_id, participant, Event.HELD, self._around.now_ms())
        self._order(lambda: self._hold(message_id, participant))

    def go(self, message_id: str, participant: str, ranges: str) -> None:
        """The hub or the receiver wants these segments, "" for all, (again)."""
        self._outbox.held(message_id, participant, Event.RESUMED, self._around.now_ms())
        self._outbox.reopen(message_id, ranges)
        self._order(lambda: self._restart(message_id))

    def add_receiver(self, message_id: str, receiver: str) -> None:
        """The hub's route names a receiver that our view did not: send all, with a key for it."""
        self._outbox.add_receiver(message_id, receiver, self._around.now_ms())
        self._outbox.reopen(message_id, "")
        self._order(lambda: self._restart(message_id))

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
        for message_id in list(self._moving):
            self._stop(message_id)
        for line in self._lines.values():
            line.clear()

    def _turn(self) -> bool:
        moved = self._obey()
        moved |= self._land()
        self._look()
        moved |= self._launch()
        return moved

    def close(self) -> None:
        """Let what is in the air land and remember it."""
        let_land([launched.flight for launched in self._launched], 5.0)
        self._land()
        for moving in self._moving.values():
            moving.payload.close()
        self._moving.clear()

    def _obey(self) -> bool:
        with self._lock:
            orders, self._orders = self._orders, deque()
        for order in orders:
            order()
        return bool(orders)

    def _look(self) -> None:
        now = self._around.now_ms()
        if now - self._looked_ms >= LOOK_MS:
            self._looked_ms = now
            self._look_now()

    def _look_now(self) -> None:
        """Fill up, class by class, from the outbox: what waits there costs no memory here."""
        if self._outbox.count_transfers() <= len(self._moving):
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
        self._loaded[transfer.priority] += 1
        self._lines[transfer.priority].append(moving)

    def _moving_of(self, transfer: Transfer) -> _Moving:
        around = self._around
        sender = Address(around.me, transfer.application)
        waiting = transfer.confirmed.missing
        if not transfer.receivers:  # our view knows no route: ask the hub with one segment
            waiting = waiting & Indices.of(transfer.segments, [0])
        return _Moving(
            transfer=transfer,
            key=ContentKey(around.suite, transfer.secret),
            tree=Tree.restore(transfer.leaves),
            payload=open_payload(transfer.parts, transfer.payload, self._outbox.place(transfer.message_id)),
            sender=sender,
            keys=tuple(self._key_records(transfer, sender)),
            waiting=waiting,
            confirmed=transfer.confirmed,
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
            self._loaded[moving.transfer.priority] -= 1

    def _hold(self, message_id: str, participant: str) -> None:
        if moving := self._moving.get(message_id):
            moving.held.add(participant)
            if moving.all_held:
                self._stop(message_id)

    def _restart(self, message_id: str) -> None:
        self._stop(message_id)
        if transfer := self._outbox.transfer(message_id):
            self._start(transfer)

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

    def _load(self, priority: Priority) -> list[tuple[_Moving, int]]:
        """The next segments of a class, taking turns between its messages."""
        cargo: list[tuple[_Moving, int]] = []
        size = 0
        line = self._lines[priority]
        air = sum(len(flight.cargo) for flight in self._launched if flight.lane is priority)
        most = min(LAUNCH_PARCELS, IN_THE_AIR[priority] - air)
        for _ in range(len(line)):
            moving = line.popleft()
            if not moving.waiting:
                continue  # everything it has is in the air: `_back` puts it in line again
            line.append(moving)
            if moving.all_held:
                continue
            for index in moving.waiting.head(max(1, LAUNCH_BYTES // moving.transfer.segment_bytes)):
                if len(cargo) >= most or size >= LAUNCH_BYTES:
                    return cargo
                cargo.append((moving, index))
                size += span(index, moving.transfer.size_bytes, moving.transfer.segment_bytes).size
        return cargo

    def _fly(self, cargo: Sequence[tuple[_Moving, int]], priority: Priority) -> None:
        parcels: list[Parcel] = []
        flown: list[tuple[_Moving, int]] = []
        for moving, index in cargo:
            try:
                parcels.append(self._parcel(moving, index))
            except Retry:
                self._paused_until[priority] = self._around.now_ms() + 10 * PAUSE_MS
                break
            flown.append((moving, index))
            self._take_off(moving, index)
        if not parcels:
            return
        self._checkpoint("built")
        flight = self._lanes[priority].launch(parcels)
        self._launched.append(_Launched(flight, flown, priority))
        self._checkpoint("launched")

    def _take_off(self, moving: _Moving, index: int) -> None:
        moving.waiting -= Indices.of(moving.waiting.count, [index])
        moving.in_the_air += 1

    def _back(self, moving: _Moving, index: int) -> None:
        """To be sent again."""
        moving.in_the_air -= 1
        line = self._lines[moving.transfer.priority]
        if not moving.waiting and moving not in line:
            line.append(moving)
        moving.waiting |= Indices.of(moving.waiting.count, [index])

    def _parcel(self, moving: _Moving, index: int) -> Parcel:
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

    def _land(self) -> bool:
        landed = [launched for launched in self._launched if launched.flight.landed]
        if not landed:
            return False
        self._launched = [launched for launched in self._launched if not launched.flight.landed]
        confirmed: dict[str, Indices] = {}
        again: dict[str, int] = {}
        for launched in landed:
            self._sort(launched, confirmed, again)
        self._checkpoint("landed")
        with self._outbox.writing() as connection:
            self._outbox.confirm(connection, confirmed)
            self._outbox.count_resent(connection, again)
        self._checkpoint("confirmed")
        for message_id, indices in confirmed.items():
            if indices.whole:
                self._stop(message_id)
        return True

    def _sort(self, launched: _Launched, confirmed: dict[str, Indices], again: dict[str, int]) -> None:
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
