# SPDX-License-Identifier: Apache-2.0
"""
A notice: a signed control document between the hub and the daemons.

Notices steer transfers and carry the directory; they state nothing about a delivery that could
serve as evidence, receipts do that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from exchange.errors import Reject
from exchange.model import instant
from exchange.model.digest import Digest
from exchange.model.identity import Address, check_number, check_word, message_id, participant_id
from exchange.model.receipt import HUB


class NoticeKind(Enum):
    """What a notice tells, from whom to whom."""

    HOLD = "hold"  # hub -> sender: a receiver is full, wait
    GO = "go"  # hub -> sender: send these segments
    MISSING = "missing"  # receiver -> hub -> sender: these segments are needed again
    KEY_NEEDED = "key-needed"  # hub -> sender: wrap the content key for one receiver more
    DIRECTORY_CHANGED = "directory-changed"  # hub -> daemon: there is a newer version
    DIRECTORY_WANTED = "directory-wanted"  # daemon -> hub: my view, please; with the last head I saw
    DIRECTORY = "directory"  # hub -> daemon: your view, as *body*


BY_HUB = frozenset(NoticeKind) - {NoticeKind.DIRECTORY_WANTED}
BY_PARTICIPANT = frozenset({NoticeKind.MISSING, NoticeKind.DIRECTORY_WANTED})


@dataclass(frozen=True, slots=True)
class Notice:
    """
    One control document.

    message_id, sender: which message, "" where it is about none; receiver: the participant at the
    other end of the flow, an address for key-needed; ranges: segment indices as `0-4,7`;
    envelope: the digest that key-needed binds to; version: of the directory; body: an XML document.
    """

    notice_id: str
    kind: NoticeKind
    by: str
    at: datetime
    certificate: Digest
    message_id: str = ""
    sender: str = ""
    receiver: str = ""
    ranges: str = ""
    version: int = 0
    head: str = ""
    body: bytes = b""

    def __post_init__(self) -> None:
        message_id(self.notice_id)
        if self.message_id:
            message_id(self.message_id)
        if self.sender:
            Address.parse(self.sender)
        if self.receiver:
            check_word("receiver", self.receiver)
        check_number("directory version", self.version)
        object.__setattr__(self, "at", instant.cut(self.at))
        if self.by != HUB:
            participant_id(self.by)
        if self.kind not in (BY_HUB if self.by == HUB else BY_PARTICIPANT):
            raise Reject("EX-203", who=self.by, what=f"give a notice {self.kind.value}")
