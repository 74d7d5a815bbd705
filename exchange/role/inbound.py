# SPDX-License-Identifier: Apache-2.0
"""
Inbound: slices are proven, written, flushed, noted and only then acknowledged.

Every slice is proven against the signed root on arrival, so resume needs no trust and a damaged one
is asked for again. With the last slice a message is whole and owed to its applications;
`role.handover` hands it over. One thread calls `step`; a daemon has one for each lane, so that a flash
message does not wait for the flush of a bulky one. A message comes in one lane, so they share nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from exchange.codec import compression, envelope_form
from exchange.codec.suite import ContentKey, PrivateKey, key_info, slice_associated
from exchange.edge.broker import Arrival, Parcel
from exchange.edge.hub_store import MessageKey
from exchange.edge.inbox import INLINE_BYTES, Handed, Inbox, Incoming
from exchange.edge.slice_files import SliceFiles
from exchange.errors import Reject, Retry
from exchange.model.envelope import Envelope, Manifest, check_manifest
from exchange.model.identity import Address
from exchange.model.instant import milliseconds
from exchange.model.limits import MIB
from exchange.model.merkle import leaf_hash, verify_path
from exchange.model.ranges import Indices
from exchange.model.receipt import ReceiptKind
from exchange.model.segment import KeyRecord
from exchange.role.answers import Answers
from exchange.role.lane import Lane
from exchange.role.posting import Posting
from exchange.role.reading import Envelopes, Reading, ReadNotice, ReadReceipt, ReadSegment, check_egress
from exchange.role.settling import Settling
from exchange.role.surroundings import Surroundings

TAKE = 64  # arrivals in a batch
TAKE_BYTES = 4 * MIB
REMEMBERED = 1024  # messages whose keys are kept at hand
DAMAGED_MOST = 3  # damaged slices of one message before it is returned


@dataclass(slots=True)
class _Arriving:
    """A message that is arriving, with what opens its slices."""

    message: Incoming
    envelope: Envelope
    key: ContentKey
    leaf_salt: bytes
    applications: tuple[str, ...]
    origin: str
    received: Indices
    damaged: int = 0


@dataclass(slots=True)
class _Taking:
    """What one batch of segments comes to, before it is committed."""

    fresh: dict[MessageKey, Incoming] = field(default_factory=dict)
    filled: dict[MessageKey, bytes] = field(
        default_factory=dict
    )  # small ones whose row stands without payload
    over: set[MessageKey] = field(default_factory=set)  # returned: what else the batch has of it is dropped
    moved: dict[MessageKey, _Arriving] = field(default_factory=dict)
    redelivered: dict[MessageKey, int] = field(default_factory=dict)
    touched: set[Path] = field(default_factory=set)
    returned: list[tuple[Incoming, list[Handed]]] = field(default_factory=list)
    owed: list[Parcel] = field(default_factory=list)


class Inbound:
    """
    The receiving side of one daemon.

    lanes: the express one first; applications: names that are configured here;
    check_room: raises Retry EX-505 while the disk is nearly full.
    """

    def __init__(
        self,
        inbox: Inbox,
        around: Surroundings,
        *,
        lanes: Sequence[Lane],
        posting: Posting,
        settling: Settling,
        answers: Answers,
        keys: Sequence[PrivateKey],
        applications: frozenset[str],
        whole: Callable[[Sequence[str]], None],
        receipts_came: Callable[[], None] = lambda: None,
        envelopes: Envelopes | None = None,
        check_room: Callable[[], None] = lambda: None,
        alarm: Callable[[Reject, Arrival], None] = lambda _refusal, _arrival: None,
        checkpoint: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._inbox = inbox
        self._slices = SliceFiles(inbox.folder)  # of this thread alone
        self._around = around
        self._lanes = lanes
        self._posting = posting
        self._settling = settling
        self._answers = answers
        self._keys = keys
        self._applications = applications
        self._whole = whole
        self._receipts_came = receipts_came
        self._check_room = check_room
        self._alarm = alarm
        self._checkpoint = checkpoint
        self._reading = Reading()
        self._envelopes = envelopes or Envelopes()
        self._arriving: OrderedDict[MessageKey, _Arriving] = OrderedDict()
        self._dropped = False

    def step(self) -> bool:
        """
        One turn: a batch from each lane; whether anything came.

        Raises:
            Retry: EX-505, EX-506, EX-902, disk or database; the lanes are dropped until there is room again.
        """
        try:
            self._check_room()
            if self._dropped:
                self._inbox.ping()
                self._slices.ping()
                self._dropped = False
            return self._turn()
        except Retry:
            self._drop()
            raise

    @property
    def takes(self) -> bool:
        """Whether it goes on taking; not while disk, database or room is lacking."""
        return not self._dropped

    def _drop(self) -> None:
        """Forget what is in hand: it was not acknowledged, and comes again."""
        self._dropped = True
        for lane in self._lanes:
            lane.drop()
        self._arriving.clear()
        self._slices.close_files()

    def _turn(self) -> bool:
        came = False
        for lane in self._lanes:
            if arrivals := lane.take(most=TAKE, most_bytes=TAKE_BYTES):
                self._take(lane, arrivals)
                came = True
        return came

    def close(self) -> None:
        self._slices.close_files()

    # ---- a batch

    def _take(self, lane: Lane, arrivals: Sequence[Arrival]) -> None:
        segments, receipts, notices, unbelievable = self._read(arrivals)
        self._checkpoint("arrived")
        # Notices first: one may name a receiver more, of a message that the receipts would end without it.
        for notice, refusal in self._settling.notices(notices):
            self._alarm(refusal, notice.arrival)
            unbelievable.append(notice.arrival)
        if self._settling.receipts(receipts):
            self._receipts_came()
        unbelievable += self._take_segments(segments)
        self._checkpoint("taken")
        buried = {id(arrival) for arrival in unbelievable}
        lane.settle([arrival for arrival in arrivals if id(arrival) not in buried])
        lane.bury(unbelievable)
        self._checkpoint("acknowledged")

    def _read(
        self, arrivals: Sequence[Arrival]
    ) -> tuple[list[ReadSegment], list[ReadReceipt], list[ReadNotice], list[Arrival]]:
        trust = self._around.view().trust
        segments: list[ReadSegment] = []
        receipts: list[ReadReceipt] = []
        notices: list[ReadNotice] = []
        unbelievable: list[Arrival] = []
        for arrival in arrivals:
            try:
                read = self._reading.read(arrival, trust)
                check_egress(read)
            except Reject as refusal:
                self._alarm(refusal, arrival)
                unbelievable.append(arrival)
                continue
            if isinstance(read, ReadSegment):
                segments.append(read)
            elif isinstance(read, ReadReceipt):
                receipts.append(read)
            else:
                notices.append(read)
        return segments, receipts, notices, unbelievable

    # ---- segments

    def _take_segments(self, segments: Sequence[ReadSegment]) -> list[Arrival]:
        """Take slices in; those that are another message under a known id are given back."""
        if not segments:
            return []
        keys = {_key_of(segment) for segment in segments}
        for key in self._arriving.keys() & keys:
            self._arriving.move_to_end(key)  # what this batch needs is not what is forgotten for it
        known = self._inbox.known(keys - self._arriving.keys())
        taking = _Taking()
        unbelievable: list[Arrival] = []
        for segment in segments:
            try:
                self._take_one(taking, segment, known)
            except Reject as refusal:
                self._alarm(refusal, segment.arrival)
                unbelievable.append(segment.arrival)
        self._commit(taking)
        return unbelievable

    def _take_one(self, taking: _Taking, segment: ReadSegment, known: dict[MessageKey, Incoming]) -> None:
        key = _key_of(segment)
        if key in taking.over:
            return
        arriving = self._arriving.get(key)
        if arriving is None:
            if key in known and known[key].stage != "receiving":
                _check_same(known[key], segment)
                self._again(taking, segment, known[key])
                return
            arriving = self._open(taking, segment, known.get(key))
            if arriving is None:
                return
            known.setdefault(key, arriving.message)
        _check_same(arriving.message, segment)
        index = segment.cut.piece.index
        if index in arriving.received:
            self._again(taking, segment, arriving.message)
            return
        data = self._slice(taking, arriving, segment)
        if segment.arrival.redelivered:
            taking.redelivered[key] = taking.redelivered.get(key, 0) + 1
        if data is not None:
            self._keep(taking, arriving, index, data)

    def _again(self, taking: _Taking, segment: ReadSegment, message: Incoming) -> None:
        """It came before: the same receipt again, once, with the last segment."""
        if segment.cut.piece.index == message.segments - 1:
            taking.owed += self._answers.given(message.key, message.priority)

    def _open(self, taking: _Taking, segment: ReadSegment, begun: Incoming | None) -> _Arriving | None:
        """
        Open a message with one of our keys; None, and a return owed, where it cannot be opened.

        Raises:
            Reject: EX-207, it comes without one: the hub sends none such, nor is it known who was to have it.
        """
        own = [k for k in segment.cut.keys if k.receiver.participant == self._around.me]
        if not own:
            raise Reject("EX-207", who=self._around.me)
        try:
            secret = self._unwrap(segment, own[0].receiver, own[0].wrapped)
            manifest = self._manifest(segment, secret)
        except Reject as refusal:
            self._return_all(taking, segment, [k.receiver for k in own], refusal)
            return None
        message = begun or _incoming(segment, manifest)
        applications = self._applications_of(taking, segment, message, own, new=begun is None)
        if not applications:
            return None
        arriving = _Arriving(
            message=message,
            envelope=segment.envelope,
            key=secret,
            leaf_salt=secret.leaf_salt(),
            applications=applications,
            origin=f"{segment.envelope.sender}|{manifest.key}",
            received=message.received,
        )
        if begun is None:
            taking.fresh[message.key] = message
        if message.size_bytes > INLINE_BYTES and not self._slices.make_place(message.key, len(message.parts)):
            arriving.received = Indices(message.segments)  # where it had begun, its slices were lost since
        self._remember(message.key, arriving)
        return arriving

    def _applications_of(
        self,
        taking: _Taking,
        segment: ReadSegment,
        message: Incoming,
        own: Sequence[KeyRecord],
        *,
        new: bool,
    ) -> tuple[str, ...]:
        """Those that are here; for those that are not, a signed return, once."""
        receivers = list(dict.fromkeys(record.receiver for record in own))
        strangers = [r for r in receivers if r.application not in self._applications]
        here = tuple(r.application for r in receivers if r.application in self._applications)
        if strangers and (new or not here):
            refusal = Reject("EX-501", found=strangers[0].application, who=self._around.me)
            self._return_some(
                taking, segment, message if here else replace(message, stage="done"), strangers, refusal
            )
        return here

    def _unwrap(self, segment: ReadSegment, receiver: Address, wrapped: bytes) -> ContentKey:
        info = key_info(self._around.suite.name, segment.envelope.sender, receiver, segment.digest)
        for key in self._keys:
            try:
                return ContentKey(self._around.suite, key.unwrap(wrapped, info))
            except ValueError:
                continue
        raise Reject("EX-207", who=str(receiver))

    def _manifest(self, segment: ReadSegment, key: ContentKey) -> Manifest:
        envelope = segment.envelope
        try:
            plain = key.open_manifest(envelope.manifest, envelope.message_id)
        except ValueError as e:
            raise Reject("EX-207", who=self._around.me) from e
        manifest = envelope_form.read_manifest(plain)
        check_manifest(manifest, envelope)
        return manifest

    def _remember(self, key: MessageKey, arriving: _Arriving) -> None:
        self._arriving[key] = arriving
        if len(self._arriving) > REMEMBERED:
            oldest, _ = self._arriving.popitem(last=False)
            self._slices.close_files(oldest)

    # ---- one slice

    def _slice(self, taking: _Taking, arriving: _Arriving, segment: ReadSegment) -> bytes | None:
        """The proven plaintext of a slice; None where it is damaged, and then it is asked for again."""
        piece = segment.cut.piece
        try:
            return self._proven(arriving, segment)
        except Reject as refusal:
            arriving.damaged += 1
            if arriving.damaged > DAMAGED_MOST:
                receivers = [Address(self._around.me, a) for a in arriving.applications]
                self._return_all(taking, segment, receivers, refusal)
                self._arriving.pop(arriving.message.key, None)
            else:
                one = Indices.of(arriving.message.segments, [piece.index])
                taking.owed.append(self._answers.missing(arriving.message.key, one))
            return None

    def _proven(self, arriving: _Arriving, segment: ReadSegment) -> bytes:
        piece, message = segment.cut.piece, arriving.message
        last = piece.index == message.segments - 1
        associated = slice_associated(segment.digest, piece.index, last, piece.compressed)
        try:
            data = arriving.key.open_slice(
                segment.cut.sealed, salt=piece.salt, index=piece.index, associated=associated
            )
        except ValueError as e:
            raise Reject("EX-401", index=piece.index, count=message.segments, reason=str(e)) from e
        if piece.compressed:
            data = compression.decompress(data, piece.size, piece.index)
        leaf = leaf_hash(arriving.leaf_salt, data)
        root = arriving.envelope.root
        if len(data) != piece.size or not verify_path(
            leaf, piece.index, count=message.segments, path=piece.path, root=root
        ):
            reason = "it does not belong to the signed root"
            raise Reject("EX-401", index=piece.index, count=message.segments, reason=reason)
        return data

    def _keep(self, taking: _Taking, arriving: _Arriving, index: int, data: bytes) -> None:
        message = arriving.message
        arriving.received |= Indices.of(message.segments, [index])
        if message.size_bytes <= INLINE_BYTES:  # one segment: it goes into its row
            if message.key in taking.fresh:
                taking.fresh[message.key] = replace(
                    message, payload=data, received=arriving.received, stage="whole"
                )
            else:
                taking.filled[message.key] = data
        else:
            place = index * message.segment_bytes
            taking.touched |= self._slices.write(message.key, message.parts, place, data)
        taking.moved[message.key] = arriving

    # ---- the commit

    def _commit(self, taking: _Taking) -> None:
        self._checkpoint("written")
        self._slices.flush(taking.touched)
        self._checkpoint("flushed")
        now_ms = self._around.now_ms()
        whole = [a for a in taking.moved.values() if a.received.whole]
        with self._inbox.writing() as connection:
            self._inbox.begin(connection, list(taking.fresh.values()), now_ms)
            self._inbox.fill(connection, taking.filled)
            received = {k: a.received for k, a in taking.moved.items()}
            self._inbox.advance(connection, received, now_ms, redelivered=taking.redelivered)
            owed = [(a.message, application, a.origin) for a in whole for application in a.applications]
            self._inbox.owe(connection, owed, now_ms)
            for message, handed in taking.returned:
                self._inbox.begin(connection, [message], now_ms)
                self._inbox.owe(connection, [(message, h.application, "") for h in handed], now_ms)
                self._inbox.answered(connection, handed)
                if message.stage == "done":  # else it goes on arriving for those that are here
                    self._inbox.end(connection, message.key)
            self._posting.promise(connection, taking.owed)
            self._posting.strike_off(connection)
        self._checkpoint("committed")
        self._posting.post(taking.owed)
        for arriving in whole:
            self._arriving.pop(arriving.message.key, None)
            self._slices.close_files(arriving.message.key)
            self._envelopes.keep(arriving.message.digest, arriving.envelope)
        if whole:
            self._whole(sorted({application for a in whole for application in a.applications}))

    def _return_all(
        self, taking: _Taking, segment: ReadSegment, receivers: Sequence[Address], refusal: Reject
    ) -> None:
        """The message can never be handed over: a signed return for each address it came for."""
        message = replace(_incoming(segment, Manifest(key="", parts=())), stage="done")
        taking.fresh.pop(message.key, None)
        taking.moved.pop(message.key, None)
        taking.over.add(message.key)
        self._return_some(taking, segment, message, receivers, refusal)

    def _return_some(
        self,
        taking: _Taking,
        segment: ReadSegment,
        message: Incoming,
        receivers: Sequence[Address],
        refusal: Reject,
    ) -> None:
        about = self._answers.about(segment.envelope, segment.digest)
        handed: list[Handed] = []
        for receiver in dict.fromkeys(receivers):
            issued = self._answers.issue(ReceiptKind.RETURNED, about, receiver, refusal)
            taking.owed.append(self._answers.parcel(issued))
            handed.append(self._answers.handed(message.key, receiver, "returned", issued, refusal))
        taking.returned.append((message, handed))

    # ---- what does not come

    def ask_again(self, *, quiet_ms: int) -> int:
        """Ask for the missing segments of messages of which nothing has come for *quiet_ms*; how many."""
        now_ms = self._around.now_ms()
        messages = self._inbox.quiet(since_ms=now_ms - quiet_ms)
        for message in messages:
            parcel = self._answers.missing(message.key, message.received.missing)
            with self._inbox.writing() as connection:
                self._posting.promise(connection, [parcel])
            self._posting.post([parcel])
            self._inbox.asked(message.key, now_ms)
        return len(messages)


def _key_of(segment: ReadSegment) -> MessageKey:
    return MessageKey(segment.envelope.sender.participant, segment.envelope.message_id)


def _check_same(message: Incoming, segment: ReadSegment) -> None:
    if message.digest != segment.digest:
        raise Reject(
            "EX-402",
            message_id=message.key.message_id,
            sender=message.key.sender,
            found=segment.digest,
            wanted=message.digest,
        )


def _incoming(segment: ReadSegment, manifest: Manifest) -> Incoming:
    envelope = segment.envelope
    return Incoming(
        key=_key_of(segment),
        digest=segment.digest,
        envelope=segment.cut.envelope,
        origin_key=manifest.key,
        parts=manifest.parts,
        priority=envelope.priority,
        size_bytes=envelope.size_bytes,
        segments=envelope.segments,
        segment_bytes=envelope.segment_bytes,
        received=Indices(envelope.segments),
        stage="receiving",
        expires_ms=milliseconds(envelope.expires),
    )


__all__ = ["Inbound"]
