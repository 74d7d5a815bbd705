# SPDX-License-Identifier: Apache-2.0
"""
Consuming: several queues on one connection, a channel each, into one heap.

An arrival remembers the channel that it came on. When that channel is gone the arrival is void: the
broker delivers it again, and an acknowledgement of the old one would hit another message.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pika.exceptions

from exchange.edge.broker import Arrival, Bell, Intake
from exchange.edge.heap import ArrivalHeap
from exchange.edge.rabbit.connection import Connection, IoThread, properties_of
from exchange.edge.rabbit.frames import Properties, acknowledged, buried
from exchange.edge.rabbit.link import Link, Way, pauses
from exchange.model import topology
from exchange.model.limits import KIB, MIB
from exchange.model.priority import Priority
from exchange.texts import Phrase

_log = logging.getLogger(__name__)

BATCH_ARRIVALS = 64  # so many, or so many bytes, are a batch worth beginning
BATCH_BYTES = 256 * KIB
LINGER_SECONDS = 0.02  # that a smaller one waits for more
STREAM_SECONDS = 0.1  # without anything taken, and the stream has ended
HELD_BYTES_MOST = 24 * MIB  # with the role, before no more is read: prefetch counts messages, however large
STUCK_SECONDS = 1.0  # before a little more is read all the same

_DEATHS = "x-death"


class Tally:
    """
    Which deliveries of one channel are settled, and what the broker must be told about it.

    Tags count from 1. One multiple acknowledgement covers everything below the lowest unsettled
    tag; what is settled above it is acknowledged one by one, so that a slow arrival holds up nobody's
    prefetch.
    """

    def __init__(self) -> None:
        self._lowest = 0  # this tag and all below are settled
        self._above: set[int] = set()

    def settle(self, tags: Iterable[int]) -> tuple[int, list[int]]:
        """
        Up to where to acknowledge in one go, 0 for nothing; and which to acknowledge singly.

        The first answer is always a tag that the broker has not been told of: it knows no other.
        """
        new = sorted({tag for tag in tags if tag > self._lowest} - self._above)
        self._above.update(new)
        while self._lowest + 1 in self._above:
            self._lowest += 1
            self._above.remove(self._lowest)
        below = [tag for tag in new if tag <= self._lowest]
        return (below[-1] if below else 0), new[len(below) :]

    def bury(self, tags: Iterable[int]) -> list[int]:
        """Those that the broker must be told of, one by one."""
        wanted = sorted({tag for tag in tags if tag > self._lowest} - self._above)
        self.settle(wanted)
        return wanted


class _Lane:
    """One queue on one channel, for as long as the channel lives. On the I/O thread, but for `token`s."""

    def __init__(self, intake: RabbitIntake, queue: str, channel: Any) -> None:
        self.queue = queue
        self.priority = topology.priority_of(queue)
        self.channel = channel
        self.number: int = channel.channel_number
        self.tally = Tally()
        self._intake = intake

    def delivered(
        self, tag: int, redelivered: bool, exchange: str, properties: Properties, body: bytes
    ) -> None:
        """See `Deliveries`."""
        arrival = Arrival(
            self.queue,
            self.priority,
            exchange,
            properties.user_id,
            properties.kind,
            properties.message_id,
            body,
            redelivered,
            *_death(properties.headers),
            token=(self, tag),
        )
        self._intake.arrived(arrival)


class Patience:
    """
    Whether it is worth waiting for more before a batch is begun.

    A batch costs its transactions and flushes, however small. While a stream of routine messages runs, a
    small batch waits a fiftieth of a second; what comes after a pause, and every other class, never waits.
    """

    def __init__(self) -> None:
        self._took = 0.0
        self._since: float | None = None  # the oldest that nobody took yet came then

    def came(self, now: float) -> None:
        """Something came."""
        if self._since is None:
            self._since = now

    def took(self, count: int, now: float) -> None:
        """So many were taken; what was left over does not wait again."""
        if count:
            self._took = now
            self._since = None

    def is_over(self, heap: ArrivalHeap, now: float) -> bool:
        """Whether what is in *heap* may be taken."""
        if len(heap) >= BATCH_ARRIVALS or heap.size_bytes >= BATCH_BYTES:
            return True
        if not heap.has_only(Priority.ROUTINE):
            return True
        if self._since is None or now - self._took > STREAM_SECONDS:
            return True
        return now - self._since >= LINGER_SECONDS


class RabbitIntake(Intake):
    """
    See `Intake`. `_lock` guards the heap and what is owed to the broker, which both threads touch;
    lanes and `_fresh` belong to the I/O thread.

    thread: of this one alone, and ended with it; closed: called then.
    """

    def __init__(
        self,
        thread: IoThread,
        way: Way,
        queues: Sequence[str],
        bell: Bell,
        *,
        name: str,
        closed: Callable[[RabbitIntake], None] = lambda _intake: None,
    ) -> None:
        self._when_closed = closed
        self._thread = thread
        self._bell = bell
        self._queues = tuple(queues)
        self._lock = threading.Lock()
        self._settled = threading.Condition(self._lock)
        self._heap = ArrivalHeap()
        self._held_bytes = 0  # in the heap, and taken and not settled
        self._patience = Patience()
        self._owed: list[tuple[bool, Sequence[Arrival]]] = []  # to be buried or not, and which
        self._fresh: list[Arrival] = []
        self._timer: object = None  # set while the bell is to ring though little came
        self._lanes: set[_Lane] = set()
        self._connection: Connection | None = None
        self._pauses = {queue: pauses() for queue in queues}
        self._consumed: set[str] = set()  # queues that the broker delivers from
        self._link = Link(thread, way, name=name, up=self._up, down=self._down)

    # ---- on the role's thread ------------------------------------------------------------------

    def take(self, *, most: int, most_bytes: int) -> list[Arrival]:
        self._thread.check()
        now = time.monotonic()
        with self._lock:
            if not self._patience.is_over(self._heap, now):
                return []
            taken = self._heap.take(most=most, most_bytes=most_bytes)
            self._patience.took(len(taken), now)
            return taken

    def is_consuming(self) -> bool:
        return len(self._consumed) == len(self._queues)

    def settle(self, arrivals: Sequence[Arrival]) -> None:
        self._owe(arrivals, bury=False)

    def bury(self, arrivals: Sequence[Arrival]) -> None:
        self._owe(arrivals, bury=True)

    def close(self) -> None:
        self._link.close()
        self._thread.close()  # now, and not with its broker: a role makes a new intake after each trouble
        self._when_closed(self)

    def _owe(self, arrivals: Sequence[Arrival], *, bury: bool) -> None:
        with self._lock:
            self._let_go(arrivals)
            self._owed.append((bury, arrivals))
            first = len(self._owed) == 1
        if first:
            self._thread.call(self._pay)

    # ---- on the I/O thread ---------------------------------------------------------------------

    def _pay(self) -> None:
        """Tell the broker what was settled and buried, all in one write."""
        with self._lock:
            owed, self._owed = self._owed, []
        frames: list[bytes] = []
        for bury, arrivals in owed:
            for lane, tags in self._by_lane(arrivals).items():
                frames += _burials(lane, tags) if bury else _acknowledgements(lane, tags)
        if frames and self._connection is not None:
            self._connection.write(b"".join(frames))

    def _by_lane(self, arrivals: Iterable[Arrival]) -> dict[_Lane, list[int]]:
        """The tags of those whose channel still lives."""
        found: dict[_Lane, list[int]] = {}
        for arrival in arrivals:
            lane, tag = arrival.token
            if lane in self._lanes:
                found.setdefault(lane, []).append(tag)
        return found

    def arrived(self, arrival: Arrival) -> None:
        """Kept until the end of the turn, for one lock and one ring."""
        self._fresh.append(arrival)
        if len(self._fresh) == 1:
            self._thread.loop.at_turn(self._offer)

    def _offer(self) -> None:
        fresh, self._fresh = self._fresh, []
        with self._lock:
            for arrival in fresh:
                if arrival.token[0] in self._lanes:
                    self._heap.push(arrival)
                    self._held_bytes += len(arrival.body)
            self._patience.came(time.monotonic())
        self._ring()
        self._wait_for_room()

    def _ring(self) -> None:
        """Ring when what came may be taken; look again in a moment where it may not."""
        with self._lock:
            over = self._patience.is_over(self._heap, time.monotonic())
        if over:
            self._bell.ring()
        elif self._timer is None:
            self._timer = self._thread.later(LINGER_SECONDS, self._lingered)

    def _lingered(self) -> None:
        self._timer = None
        self._ring()

    def _wait_for_room(self) -> None:
        """
        Read no more for a moment while the role has enough in hand: the broker keeps the rest.

        The prefetch counts messages, and they are of very different sizes. A role that is stuck is
        given a turn's bytes more each time, so that the connection lives.
        """
        with self._settled:
            if self._held_bytes > HELD_BYTES_MOST:
                self._settled.wait(STUCK_SECONDS)

    def _let_go(self, arrivals: Iterable[Arrival]) -> None:
        """Under the lock: these take no room any more."""
        self._held_bytes -= sum(len(arrival.body) for arrival in arrivals)
        self._settled.notify_all()

    def _up(self, connection: Connection) -> None:
        self._connection = connection
        for queue in self._queues:
            self._open_lane(queue, connection)

    def _down(self, _reason: str) -> None:
        self._connection = None
        for lane in tuple(self._lanes):
            self._end_lane(lane)

    def _open_lane(self, queue: str, connection: Connection | None) -> None:
        """None is opened where *connection* was lost meanwhile: the one after it has one for each queue."""
        if connection is not None and connection is self._connection and connection.is_open:
            connection.channel(on_open_callback=lambda channel: self._lane_opened(connection, queue, channel))

    def _lane_opened(self, connection: Connection, queue: str, channel: Any) -> None:
        lane = _Lane(self, queue, channel)
        self._lanes.add(lane)
        connection.reader.announce_deliveries(lane.number, lane)
        channel.add_on_close_callback(lambda _, reason: self._lane_closed(lane, reason))
        channel.add_on_cancel_callback(lambda _: self._lane_cancelled(lane))
        channel.basic_qos(prefetch_count=topology.PREFETCH[lane.priority])
        # Should pika ever pass our reader by, the deliveries still come here.
        channel.basic_consume(
            queue,
            lambda _, method, properties, body: lane.delivered(
                method.delivery_tag, method.redelivered, method.exchange, properties_of(properties), body
            ),
            callback=lambda _: self._consuming(queue),
        )

    def _consuming(self, queue: str) -> None:
        self._pauses[queue] = pauses()
        self._consumed.add(queue)

    def _lane_cancelled(self, lane: _Lane) -> None:
        """The broker does not deliver from this queue any more: it was deleted, or moves to another host."""
        self._end_lane(lane)
        if lane.channel.is_open:
            lane.channel.close()
        self._read_again(lane.queue, "its consumer was cancelled")

    def _lane_closed(self, lane: _Lane, reason: BaseException) -> None:
        self._end_lane(lane)
        if isinstance(reason, pika.exceptions.ChannelClosedByBroker):
            self._read_again(lane.queue, reason.reply_text)

    def _end_lane(self, lane: _Lane) -> None:
        """What came on it and is not settled comes again."""
        if lane not in self._lanes:
            return
        self._lanes.remove(lane)
        self._consumed.discard(lane.queue)
        if self._connection is not None:
            self._connection.reader.forget(lane.number)
        with self._lock:
            self._let_go(self._heap.drop(lambda arrival: arrival.token[0] is lane))

    def _read_again(self, queue: str, reason: str) -> None:
        values = {"name": self._link.name, "queue": queue, "reason": reason}
        _log.warning(Phrase("rabbit.consumer_lost", values))
        connection = self._connection
        self._thread.later(next(self._pauses[queue]), lambda: self._open_lane(queue, connection))


def _death(headers: Mapping[str, object] | None) -> tuple[str, str]:
    """
    From which queue the broker buried it last, and to which exchange it had been published.

    The newest death stands first and is the broker's word. Older ones, and `x-first-death-queue`, may have
    been written by the sender.
    """
    deaths = headers.get(_DEATHS) if headers else None
    newest = deaths[0] if isinstance(deaths, list) and deaths else None
    words = [newest.get(name) for name in ("queue", "exchange")] if isinstance(newest, dict) else ["", ""]
    queue, exchange = (word if isinstance(word, str) else "" for word in words)
    return queue, exchange


def _acknowledgements(lane: _Lane, tags: Iterable[int]) -> list[bytes]:
    up_to, singly = lane.tally.settle(tags)
    frames = [acknowledged(lane.number, tag, multiple=False) for tag in singly]
    return [acknowledged(lane.number, up_to, multiple=True), *frames] if up_to else frames


def _burials(lane: _Lane, tags: Iterable[int]) -> list[bytes]:
    return [buried(lane.number, tag) for tag in lane.tally.bury(tags)]
