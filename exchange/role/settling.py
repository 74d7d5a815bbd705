# SPDX-License-Identifier: Apache-2.0
"""
Settling: receipts come back to the sender, are proven, and close what was open; notices are obeyed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from exchange.codec import receipt_form
from exchange.codec.suite import PrivateKey, Suite, private_info
from exchange.edge.outbox import Outbox, Own, ReceiptRow
from exchange.errors import Reject
from exchange.model.instant import milliseconds
from exchange.model.notice import Notice, NoticeKind
from exchange.model.receipt import HUB, PrivatePart, Receipt
from exchange.role.lacking import Lacking
from exchange.role.outbound import Outbound
from exchange.role.reading import ReadNotice, ReadReceipt
from exchange.role.surroundings import Surroundings

LET_GO_MOST = 10_000  # flows whose last `go` is remembered; who is forgotten waits for the hub to ask again


class Settling:
    """
    What a sender's daemon does with what comes back.

    directory_moved: told which version the hub speaks of; directory_came: given a signed view;
    lacking: what the hub asks for about receivers that our view does not know.
    """

    def __init__(
        self,
        outbox: Outbox,
        around: Surroundings,
        outbound: Outbound,
        *,
        keys: Sequence[PrivateKey],
        directory_moved: Callable[[int], None],
        directory_came: Callable[[Notice], None],
        lacking: Lacking | None = None,
        checkpoint: Callable[[str], None] = lambda _step: None,
    ) -> None:
        self._outbox = outbox
        self._around = around
        self._outbound = outbound
        self._keys = keys
        self._directory_moved = directory_moved
        self._directory_came = directory_came
        self._lacking = lacking or Lacking(around.view, want=lambda: None)
        self._checkpoint = checkpoint
        # When the hub said the last `go`, by message and participant.
        self._let_go: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    def receipts(self, reads: Sequence[ReadReceipt]) -> list[ReceiptRow]:
        """
        Enter receipts, durably, and move their deliveries; those that were new.

        A receipt about another envelope under the same id is kept but moves nothing.
        """
        if not reads:
            return []
        mine = [read for read in reads if read.receipt.sender.participant == self._around.me]
        own = self._outbox.own([read.receipt.message_id for read in mine])
        rows = [
            self._row(read, own[read.receipt.message_id])
            for read in mine
            if read.receipt.message_id in own and own[read.receipt.message_id].digest == read.receipt.envelope
        ]
        with self._outbox.writing() as connection:
            fresh = self._outbox.record(connection, rows, now_ms=self._around.now_ms())
        self._checkpoint("receipts recorded")
        for read in mine:
            self._learn(read.receipt)
        heard = [read.receipt.message_id for read in mine]
        self._outbound.heard(heard, ended=[row.message_id for row in fresh if row.kind != "accepted"])
        return fresh

    def _row(self, read: ReadReceipt, own: Own) -> ReceiptRow:
        receipt = read.receipt
        return ReceiptRow(
            receipt_id=receipt.receipt_id,
            message_id=receipt.message_id,
            receiver=str(receipt.receiver) if receipt.receiver else "",
            kind=receipt.kind.value,
            by=receipt.by,
            at_ms=milliseconds(receipt.at),
            code=receipt.code,
            text=_sentence(self.private_part(receipt)),
            document=read.arrival.body,
            application=own.application,
            key=own.key,
        )

    def private_part(self, receipt: Receipt) -> PrivatePart | None:
        """What the receipt says to us alone; None where it says nothing, or nothing that we can read."""
        return said_privately(receipt, self._keys, self._around.suite)

    def _learn(self, receipt: Receipt) -> None:
        if receipt.by == HUB:
            self._around.saw_head(receipt.ledger_head)
            if receipt.directory_version is not None:
                self._directory_moved(receipt.directory_version)

    def notices(self, reads: Sequence[ReadNotice]) -> list[tuple[ReadNotice, Reject]]:
        """Do what the hub's notices say, doing it again is harmless; those that cannot be obeyed, and why."""
        refused: list[tuple[ReadNotice, Reject]] = []
        for read in reads:
            try:
                self._obey(read.notice)
            except Reject as refusal:
                refused.append((read, refusal))
        return refused

    def _obey(self, notice: Notice) -> None:
        if notice.by != HUB:
            return
        if notice.kind is NoticeKind.HOLD:
            if not self._is_overtaken(notice):
                self._outbound.hold(notice.message_id, notice.receiver)
        elif notice.kind in (NoticeKind.GO, NoticeKind.MISSING):
            self._remember(notice)
            go = partial(self._outbound.go, notice.message_id, notice.receiver, notice.ranges)
            self._lacking.unless_lacking(notice.message_id, notice.receiver, go)
        elif notice.kind is NoticeKind.KEY_NEEDED:
            add = partial(self._outbound.add_receiver, notice.message_id, notice.receiver)
            self._lacking.unless_lacking(notice.message_id, notice.receiver, add)
        elif notice.kind is NoticeKind.DIRECTORY_CHANGED:
            self._directory_moved(notice.version)
        else:  # a directory; the hub gives no other kind
            self._directory_came(notice)

    def _remember(self, notice: Notice) -> None:
        """Only a `go`: what is `missing` is sent for other reasons, and the hub may still hold the rest."""
        if notice.kind is NoticeKind.GO:
            self._let_go[notice.message_id, notice.receiver] = notice.at
            self._let_go.move_to_end((notice.message_id, notice.receiver))
            if len(self._let_go) > LET_GO_MOST:
                self._let_go.popitem(last=False)

    def _is_overtaken(self, hold: Notice) -> bool:
        """
        Whether the hub has said `go` since: several workers and a redelivery may turn the two around.

        Obeyed late, the `hold` would stay: the hub believes that we are sending. One that is wrongly
        ignored costs segments that are sent twice.
        """
        let_go = self._let_go.get((hold.message_id, hold.receiver))
        return let_go is not None and hold.at <= let_go


def said_privately(receipt: Receipt, keys: Sequence[PrivateKey], suite: Suite) -> PrivatePart | None:
    """What *receipt* says to the holder of *keys* alone; None: nothing, or nothing that they can read."""
    if not receipt.private:
        return None
    info = private_info(suite.name, receipt.receipt_id, receipt.sender)
    for key in keys:
        try:
            plain = key.unwrap(receipt.private, info)
            if suite.hash(plain) == receipt.private_digest:
                return receipt_form.read_private(plain)
        except (ValueError, Reject):
            continue
    return None


def _sentence(private: PrivatePart | None) -> str:
    if private is None:
        return ""
    rows = "" if private.rows is None else f" [{private.rows}]"
    return "\n".join((private.text + rows, *private.reports)).strip()
