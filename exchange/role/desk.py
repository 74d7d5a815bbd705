# SPDX-License-Identifier: Apache-2.0
"""
The hub's desk: the notices it heeds, and what it says to those it cannot serve.

A worker brings what it read; what the desk promises goes into the worker's second transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from exchange.edge.broker import NOTICE, RECEIPT, Parcel
from exchange.edge.hub_refusals import Refusal, spelled
from exchange.edge.hub_store import FlowKey, HubStore, MessageKey, ReceiptRecord
from exchange.errors import Reject
from exchange.model import topology
from exchange.model.identity import Address, participant_id
from exchange.model.instant import milliseconds
from exchange.model.ledger_entry import Entry, EntryKind
from exchange.model.notice import Notice, NoticeKind
from exchange.model.priority import Priority
from exchange.model.ranges import Indices
from exchange.model.receipt import HUB, PrivatePart, Receipt, ReceiptKind
from exchange.role.issuing import About, Issued, issue, notify
from exchange.role.surroundings import Surroundings


class Desk:
    """Answers notices and writes refusals in the hub's name."""

    def __init__(
        self,
        store: HubStore,
        around: Surroundings,
        *,
        view_for: Callable[[str], bytes],
        proof_since: Callable[[str], str],
    ) -> None:
        self._store = store
        self._around = around
        self._view_for = view_for
        self._proof_since = proof_since

    def heed(self, notice: Notice) -> list[Parcel]:
        """
        Do what a participant's *notice* asks for; what is owed for it.

        Raises:
            Reject: it asks for what is not its author's.
        """
        if notice.kind is NoticeKind.DIRECTORY_WANTED:
            return [self._directory(notice)]
        return self._missing(notice)

    def _directory(self, notice: Notice) -> Parcel:
        notice_id, document = notify(
            self._around,
            NoticeKind.DIRECTORY,
            version=self._around.view().version,
            head=self._proof_since(notice.head),
            body=self._view_for(notice.by),
        )
        return notice_parcel(notice.by, notice_id, document)

    def _missing(self, notice: Notice) -> list[Parcel]:
        sender = participant_id(notice.sender.partition("/")[0])
        key = FlowKey(sender, notice.message_id, notice.by)
        with self._store.writing() as connection:
            known = self._store.known(connection, [MessageKey(sender, notice.message_id)])
            found = known.get(MessageKey(sender, notice.message_id))
            if found is None or notice.by not in found.participants:
                raise Reject("EX-905", what="delivery", found=f"{notice.message_id} at {notice.by}")
            wanted = Indices.parse(found.segments, notice.ranges) if notice.ranges else None
            again = self._store.reopen(connection, key, wanted, self._around.now_ms())
        return [] if again is None else [self.ask(NoticeKind.MISSING, key, str(again.in_one_notice))]

    def ask(self, kind: NoticeKind, flow: FlowKey, ranges: str = "", receiver: str = "") -> Parcel:
        """A notice to the sender of a flow's message about that flow."""
        notice_id, document = notify(
            self._around,
            kind,
            message_id=flow.message_id,
            receiver=receiver or flow.participant,
            ranges=ranges,
        )
        return notice_parcel(flow.sender, notice_id, document)

    def refuse(self, about: About, refusal: Reject, receiver: Address | None = None) -> Issued:
        """A signed receipt that says no, with the reason for the sender alone."""
        kind = ReceiptKind.EXPIRED if refusal.code == "EX-404" else ReceiptKind.REJECTED
        try:
            reader = self._around.view().trust.reading_key(about.sender.participant)
        except Reject:
            reader = None
        private = PrivatePart(text=self._around.reason(refusal))
        issued = issue(
            self._around, kind, about, receiver=receiver, code=refusal.code, private=private, reader=reader
        )
        return replace(issued, refusal=refusal)


def notice_parcel(participant: str, notice_id: str, document: bytes) -> Parcel:
    """A notice to *participant*, in its urgent queue."""
    key = topology.egress_key(participant, Priority.URGENT)
    return Parcel(topology.OUT, key, document, NOTICE, notice_id, HUB)


def receipt_parcel(receipt: Receipt, document: bytes) -> Parcel:
    """A receipt on its way to the sender of the message that it speaks of."""
    key = topology.egress_key(receipt.sender.participant, receipt.priority.of_receipts)
    return Parcel(topology.OUT, key, document, RECEIPT, receipt.receipt_id, HUB)


def record_of(receipt: Receipt, document: bytes, refusal: Refusal | None = None) -> ReceiptRecord:
    """A receipt as the hub's store keeps it."""
    return ReceiptRecord(
        receipt_id=receipt.receipt_id,
        key=MessageKey(receipt.sender.participant, receipt.message_id),
        receiver=str(receipt.receiver) if receipt.receiver else "",
        kind=receipt.kind.value,
        by=receipt.by,
        at_ms=milliseconds(receipt.at),
        code=receipt.code,
        priority=receipt.priority,
        document=document,
        refusal=refusal,
    )


def record_of_ours(issued: Issued) -> ReceiptRecord:
    """A receipt of the hub's own, with why it says no where it does."""
    receipt, refusal = issued.receipt, None
    if issued.refusal is not None:
        refusal = Refusal(
            id=receipt.receipt_id,
            sender=receipt.sender.participant,
            message_id=receipt.message_id,
            envelope=str(receipt.envelope),
            receiver=str(receipt.receiver) if receipt.receiver else "",
            code=issued.refusal.code,
            facts=spelled(issued.refusal),
            at_ms=milliseconds(receipt.at),
            final=True,
        )
    return record_of(receipt, issued.document, refusal)


def parcel_again(record: ReceiptRecord) -> Parcel:
    """A receipt that was given before, once more on its way to the sender of its message."""
    key = topology.egress_key(record.key.sender, record.priority.of_receipts)
    return Parcel(topology.OUT, key, record.document, RECEIPT, record.receipt_id, HUB)


def entry_of(receipt: Receipt, document: bytes, around: Surroundings) -> Entry:
    """A receipt as the ledger keeps it."""
    return Entry(EntryKind.RECEIPT, receipt.message_id, around.now(), document)
