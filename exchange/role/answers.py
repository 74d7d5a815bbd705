# SPDX-License-Identifier: Apache-2.0
"""
Answers: what a receiver says to the hub about deliveries, as parcels ready to be promised.
"""

from __future__ import annotations

from exchange.edge.broker import NOTICE, RECEIPT, Parcel
from exchange.edge.hub_store import MessageKey
from exchange.edge.inbox import Handed, Inbox
from exchange.errors import Reject
from exchange.model import topology
from exchange.model.digest import Digest
from exchange.model.envelope import Envelope
from exchange.model.identity import Address
from exchange.model.notice import NoticeKind
from exchange.model.priority import Priority
from exchange.model.ranges import Indices
from exchange.model.receipt import PrivatePart, ReceiptKind
from exchange.role.issuing import About, Issued, issue, notify
from exchange.role.surroundings import Surroundings


class Answers:
    """Receipts and notices of one receiving daemon."""

    def __init__(self, inbox: Inbox, around: Surroundings) -> None:
        self._inbox = inbox
        self._around = around

    def about(self, envelope: Envelope, digest: Digest) -> About:
        return About(envelope.message_id, envelope.sender, digest, envelope.priority)

    def issue(
        self,
        kind: ReceiptKind,
        about: About,
        receiver: Address,
        refusal: Reject | None = None,
        private: PrivatePart | None = None,
    ) -> Issued:
        """A signed receipt about a delivery here; with a *refusal* its code and, privately, its sentence."""
        if refusal is not None:
            private = PrivatePart(text=self._around.reason(refusal))
        reader = None
        if private is not None:
            try:
                reader = self._around.view().trust.receiver_key(about.sender.participant)
            except Reject:
                reader = None
        code = refusal.code if refusal else ""
        return issue(self._around, kind, about, receiver=receiver, code=code, private=private, reader=reader)

    def parcel(self, issued: Issued) -> Parcel:
        """The receipt on its way, in its message's class."""
        return self._addressed(
            RECEIPT, issued.receipt.receipt_id, issued.document, issued.receipt.priority.of_receipts
        )

    def given(self, key: MessageKey, priority: Priority) -> list[Parcel]:
        """The receipts that were given for a message, once more."""
        return [
            self._addressed(RECEIPT, kept.receipt_id, kept.document, priority.of_receipts)
            for kept in self._inbox.given(key)
        ]

    def missing(self, key: MessageKey, indices: Indices) -> Parcel:
        """A notice that these segments of a message are needed (again)."""
        notice_id, document = notify(
            self._around,
            NoticeKind.MISSING,
            message_id=key.message_id,
            sender=f"{key.sender}/any",
            receiver=self._around.me,
            ranges=str(indices.in_one_notice),
        )
        return self._addressed(NOTICE, notice_id, document, Priority.ROUTINE)

    def handed(
        self, key: MessageKey, receiver: Address, state: str, issued: Issued, refusal: Reject | None
    ) -> Handed:
        """A handover that is over, with the receipt that says so."""
        return Handed(
            key=key,
            application=receiver.application,
            state=state,
            tries=0,
            not_before_ms=0,
            code=refusal.code if refusal else "",
            reason=refusal.text() if refusal else "",
            receipt_id=issued.receipt.receipt_id,
            receipt=issued.document,
        )

    def _addressed(self, kind: str, document_id: str, document: bytes, priority: Priority) -> Parcel:
        me = self._around.me
        return Parcel(topology.ingress(me), priority.value, document, kind, document_id, me)
