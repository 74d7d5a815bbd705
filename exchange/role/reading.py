# SPDX-License-Identifier: Apache-2.0
"""
Reading what arrived: from bytes to values that are proven to be their author's.

The same for hub and daemons. An envelope is verified once and remembered by the digest of its
bytes; whether its signer is still to be believed is asked every time.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

from exchange.codec import envelope_form, receipt_form, segment_form, signature
from exchange.codec.segment_form import Cut
from exchange.edge.broker import Arrival
from exchange.edge.trust import Trust
from exchange.errors import Reject
from exchange.model import topology
from exchange.model.digest import Digest
from exchange.model.envelope import Envelope, check_extensions, check_limits
from exchange.model.limits import LIMITS, Limits
from exchange.model.notice import Notice
from exchange.model.receipt import HUB, Receipt
from exchange.model.segment import check_place

REMEMBERED = 4096  # envelopes
SHARED = 512  # between inbound and handover


@dataclass(frozen=True, slots=True)
class Opened:
    """A verified envelope."""

    envelope: Envelope
    digest: Digest


@dataclass(frozen=True, slots=True)
class ReadSegment:
    """A segment, its envelope proven; its slice is for receivers to prove."""

    arrival: Arrival
    cut: Cut
    envelope: Envelope
    digest: Digest


@dataclass(frozen=True, slots=True)
class ReadReceipt:
    """A receipt, proven to be its author's."""

    arrival: Arrival
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class ReadNotice:
    """A notice, proven to be its author's."""

    arrival: Arrival
    notice: Notice


Read = ReadSegment | ReadReceipt | ReadNotice


class Envelopes:
    """
    Verified envelopes that another thread of this process will ask for soon, by their digest.

    Only a memory: who does not find one here reads it again.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Digest, Envelope] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, digest: Digest, envelope: Envelope) -> None:
        """*envelope* was proven to have this *digest*."""
        with self._lock:
            self._kept[digest] = envelope
            if len(self._kept) > SHARED:
                self._kept.popitem(last=False)

    def take(self, digest: Digest, document: bytes) -> Envelope:
        """The envelope of this *digest*, for the last time; where it was not kept, read from *document*."""
        with self._lock:
            kept = self._kept.pop(digest, None)
        return kept or envelope_form.read(signature.take_apart(document, "the envelope").content)


class Reading:
    """Reads arrivals for one thread."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._opened: OrderedDict[bytes, Opened] = OrderedDict()

    def read(self, arrival: Arrival, trust: Trust) -> Read:
        """
        What *arrival* is, proven.

        Raises:
            Reject: 1xx, 2xx: it is not what it may be, or not of whom it says.
        """
        body = arrival.body
        if segment_form.is_segment(body):
            return self._segment(arrival, trust)
        if body.startswith(receipt_form.RECEIPT_OPEN):
            by, certificate = receipt_form.claimed_author(body)
            return ReadReceipt(
                arrival, receipt_form.open_receipt(body, trust.verifier(by, certificate), who=by)
            )
        if body.startswith(receipt_form.NOTICE_OPEN):
            by, certificate = receipt_form.claimed_author(body)
            return ReadNotice(
                arrival, receipt_form.open_notice(body, trust.verifier(by, certificate), who=by)
            )
        raise Reject("EX-101", what="the document", reason="it is no segment, receipt or notice")

    def _segment(self, arrival: Arrival, trust: Trust) -> ReadSegment:
        cut = segment_form.cut(arrival.body, limits=self._limits)
        opened = self.open(cut.envelope, trust)
        envelope = opened.envelope
        check_place(cut.piece, envelope.size_bytes, envelope.segment_bytes)
        return ReadSegment(arrival, cut, envelope, opened.digest)

    def open(self, document: bytes, trust: Trust) -> Opened:
        """The envelope *document*, verified now or earlier, by a signer who is believed now."""
        fingerprint = hashlib.sha256(document).digest()
        opened = self._opened.get(fingerprint)
        if opened is not None:
            trust.verifier(opened.envelope.sender.participant, opened.envelope.certificate)
            return opened
        opened = self._opened[fingerprint] = self._verify(document, trust)
        if len(self._opened) > REMEMBERED:
            self._opened.popitem(last=False)
        return opened

    def _verify(self, document: bytes, trust: Trust) -> Opened:
        claim = envelope_form.claim(document)
        verifier = trust.verifier(claim.sender.participant, envelope_form.claimed_certificate(document))
        envelope, digest = envelope_form.open_signed(
            document, verifier, who=claim.sender.participant, limits=self._limits
        )
        assert envelope.sender == claim.sender  # both were read from the only place where it can stand
        check_limits(envelope, self._limits)
        check_extensions(envelope)
        return Opened(envelope, digest)


def check_ingress(read: Read) -> str:
    """
    Hold what was read at the hub against the way it came in; the participant that sent it.

    Raises:
        Reject: EX-206, it came in through another's door; EX-106, the transport says otherwise.
    """
    arrival = read.arrival
    door = topology.participant_of(arrival.exchange) or "nobody"
    author = _author(read)
    if author != door or arrival.user_id != door:
        raise Reject("EX-206", found=f"{arrival.exchange} as {arrival.user_id or 'nobody'}", wanted=author)
    if isinstance(read, ReadSegment):
        _check_transport(arrival, read.envelope)
    return author


def _author(read: Read) -> str:
    if isinstance(read, ReadSegment):
        return read.envelope.sender.participant
    return read.receipt.by if isinstance(read, ReadReceipt) else read.notice.by


def _check_transport(arrival: Arrival, envelope: Envelope) -> None:
    if arrival.priority is not envelope.priority:
        raise Reject("EX-106", what="priority", found=arrival.priority.value, wanted=envelope.priority.value)
    if arrival.message_id != envelope.message_id:
        raise Reject("EX-106", what="message id", found=arrival.message_id[:40], wanted=envelope.message_id)


def check_egress(read: Read) -> None:
    """
    What a daemon reads came from the hub's exchange.

    Raises:
        Reject: EX-206, anybody else put it there; EX-106, the transport names another message.
    """
    arrival = read.arrival
    if arrival.exchange != topology.OUT or arrival.user_id != HUB:
        raise Reject("EX-206", found=f"{arrival.exchange} as {arrival.user_id or 'nobody'}", wanted=HUB)
    if isinstance(read, ReadSegment) and arrival.message_id != read.envelope.message_id:
        raise Reject(
            "EX-106", what="message id", found=arrival.message_id[:40], wanted=read.envelope.message_id
        )
