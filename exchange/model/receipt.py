# SPDX-License-Identifier: Apache-2.0
"""
A receipt: one signed statement about a delivery.

The public part is what the hub reads and records; the private part is readable by the sender of
the message alone. A receipt has no receipt of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from exchange.errors import Reject
from exchange.model import instant
from exchange.model.conversion import Conversion
from exchange.model.digest import Digest
from exchange.model.identity import Address, check_number, check_word, message_id, participant_id
from exchange.model.ledger_head import LedgerHead
from exchange.model.priority import Priority


class ReceiptKind(Enum):
    """What a receipt states about its delivery."""

    ACCEPTED = "accepted"  # 受理
    REJECTED = "rejected"  # 拒收
    DELIVERED = "delivered"  # 送达
    RETURNED = "returned"  # 退回
    SIGNED_FOR = "signed-for"  # 签收
    EXPIRED = "expired"  # 过期
    RECALLED = "recalled"  # 撤回

    @property
    def is_final(self) -> bool:
        """Whether the delivery is over with it."""
        return self is not ReceiptKind.ACCEPTED

    @property
    def is_good(self) -> bool:
        """Whether the message is where it was meant to be."""
        return self in (ReceiptKind.DELIVERED, ReceiptKind.SIGNED_FOR)


BY_HUB = frozenset({ReceiptKind.ACCEPTED, ReceiptKind.REJECTED, ReceiptKind.EXPIRED, ReceiptKind.RECALLED})
BY_RECEIVER = frozenset(
    {ReceiptKind.DELIVERED, ReceiptKind.RETURNED, ReceiptKind.SIGNED_FOR, ReceiptKind.EXPIRED}
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    The public part, and the private part as it travels.

    message_id, sender, receiver: which delivery; receiver is None where a message was refused as a whole;
    envelope: the digest of the envelope that it speaks of;
    by: the participant that signs, or `hub`; at: by its clock;
    code: "" or an error code; directory_version: the current one, in the hub's receipts;
    private: encrypted to the sender, b"" where there is nothing to add.
    """

    receipt_id: str
    kind: ReceiptKind
    message_id: str
    sender: Address
    receiver: Address | None
    envelope: Digest
    priority: Priority
    by: str
    at: datetime
    certificate: Digest
    code: str = ""
    directory_version: int | None = None
    ledger_head: LedgerHead | None = None
    private_digest: Digest | None = None
    private: bytes = b""

    def __post_init__(self) -> None:
        message_id(self.receipt_id)
        message_id(self.message_id)
        object.__setattr__(self, "at", instant.cut(self.at))
        if self.code:
            check_word("code", self.code)
        if self.directory_version is not None:
            check_number("directory version", self.directory_version)
        if self.by != HUB:
            participant_id(self.by)
        if (self.by == HUB and self.kind not in BY_HUB) or (self.by != HUB and self.kind not in BY_RECEIVER):
            raise Reject("EX-203", who=self.by, what=f"give a receipt {self.kind.value}")
        if self.by != HUB and (self.receiver is None or self.receiver.participant != self.by):
            raise Reject("EX-203", who=self.by, what=f"sign for {self.receiver}")


HUB = "hub"  # the hub's own name where a participant's would stand


@dataclass(frozen=True, slots=True)
class PrivatePart:
    """
    What the receiver tells the sender alone.

    text: a sentence; rows: records stored; reports: conversion reports, one line each;
    conversions: their certificates; salt: keeps the digest of a guessable sentence from being guessed.
    """

    text: str = ""
    rows: int | None = None
    reports: tuple[str, ...] = ()
    salt: str = ""
    conversions: tuple[Conversion, ...] = ()
