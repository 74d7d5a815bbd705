# SPDX-License-Identifier: Apache-2.0
"""
One entry of the ledger, the leaf that it is in the tree, and the proof that it stands there.

Owns the canonical bytes under a leaf hash. They name the body by its digest, so that an entry can be
proven to someone who is not shown its body. What a body says is the business of whoever made it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from exchange.errors import Reject
from exchange.model import instant
from exchange.model.digest import Digest, sha256
from exchange.model.ledger_head import LedgerHead, moment
from exchange.model.merkle import leaf_hash, verify_inclusion

_PREAMBLE = "govbus ledger entry 1"
_SUBJECT = re.compile(r"[!-~]{1,200}", re.ASCII)  # one line, no spaces: never to look like two fields


class EntryKind(StrEnum):
    """What an entry records."""

    MESSAGE = "message"  # admitted; its subject is the message id
    RECEIPT = "receipt"  # given or passed on; its subject is the message id
    DIRECTORY = "directory"  # a version
    ROUTING = "routing"  # a version of the routing table
    PARTICIPANT = "participant"  # enrolled, suspended, resumed
    CERTIFICATE = "certificate"  # issued, revoked
    ALARM = "alarm"
    DEAD_LETTER = "dead-letter"  # a person took it off the list, or had it sent once more


@dataclass(frozen=True, slots=True)
class Entry:
    """
    What the hub wants never to be able to deny.

    Raises:
        Reject: EX-110, a subject that could be read as something else; EX-104, a time without a zone.
    """

    kind: EntryKind
    subject: str  # what it is about, and how it is found: a message id, a participant id, a version
    at: datetime  # by the hub's clock; cut to the millisecond, UTC
    body: bytes  # the document itself: a receipt, a directory version, …

    def __post_init__(self) -> None:
        if not _SUBJECT.fullmatch(self.subject):
            wanted = "1 to 200 visible ASCII characters"
            raise Reject("EX-110", what="ledger entry subject", found=self.subject[:80], wanted=wanted)
        object.__setattr__(self, "at", moment(self.at))

    @property
    def leaf(self) -> bytes:
        """Its leaf hash."""
        return leaf_hash(leaf_bytes(self.kind, self.subject, at=self.at, body=sha256(self.body)))


def leaf_bytes(kind: str, subject: str, *, at: datetime, body: Digest) -> bytes:
    """The canonical form of an entry: what its leaf hash is taken of."""
    lines = (_PREAMBLE, f"kind {kind}", f"subject {subject}", f"at {instant.spell(at)}", f"body {body}", "")
    return "\n".join(lines).encode("ascii")


@dataclass(frozen=True, slots=True)
class NumberedEntry:
    """An entry that has its place."""

    number: int  # from 0: the leaf index of RFC 9162
    entry: Entry


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The proof that *entry* stands at *number* of a ledger that was *size* long."""

    entry: Entry
    number: int  # from 0: the leaf index of RFC 9162
    size: int
    path: tuple[bytes, ...]

    def holds_under(self, head: LedgerHead) -> bool:
        """Whether it proves the entry to whoever trusts *head*."""
        leaf, root = self.entry.leaf, head.root
        return head.size == self.size and verify_inclusion(
            leaf, self.number, size=self.size, path=self.path, root=root
        )
