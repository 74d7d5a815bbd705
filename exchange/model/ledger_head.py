# SPDX-License-Identifier: Apache-2.0
"""
A ledger head: how long the ledger was, what stood in it, and when; and the head with the hub's signature.

Owns the canonical bytes that are signed and that travel in receipts and envelopes. It signs and
verifies nothing itself. One head has one spelling, so that equal heads are equal bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from exchange.errors import Reject
from exchange.model import instant
from exchange.model.digest import Digest

_PREAMBLE = "govbus ledger head 1"  # signed along: no other document of the hub's begins so
_FORM = re.compile(rf"{_PREAMBLE}\nsize (0|[1-9][0-9]{{0,17}})\nroot ([^\n]+)\nat ([^\n]+)\n", re.ASCII)


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """
    What the ledger was at one moment.

    Raises:
        Reject: EX-104, a negative size or a time without a zone.
    """

    size: int  # entries: it covers the numbers 0 .. size - 1
    root: Digest  # RFC 9162 tree hash over their leaves
    at: datetime  # when it was made, by the hub's clock; cut to the millisecond, UTC

    def __post_init__(self) -> None:
        if self.size < 0:
            raise Reject("EX-104", what="ledger head size", found=self.size, wanted="0 or more")
        object.__setattr__(self, "at", moment(self.at))

    def to_bytes(self) -> bytes:
        """The canonical form: four lines of ASCII, and what the hub signs."""
        lines = (_PREAMBLE, f"size {self.size}", f"root {self.root}", f"at {instant.spell(self.at)}", "")
        return "\n".join(lines).encode("ascii")

    @classmethod
    def from_bytes(cls, data: bytes) -> LedgerHead:
        """
        The head whose canonical form is *data*.

        Raises:
            Reject: EX-104, EX-110 or EX-112, it is not one.
        """
        spelled = _FORM.fullmatch(data.decode("ascii", "replace"))
        if not spelled:
            raise Reject("EX-104", what="ledger head", found=repr(data[:80]), wanted=_PREAMBLE)
        size, root, at = spelled.groups()
        return cls(int(size), Digest.parse(root), instant.parse(at))


def moment(at: datetime) -> datetime:
    """
    *at* as the ledger knows it: UTC, cut to the millisecond, so that it reads back as it was written.

    Raises:
        Reject: EX-104, it has no zone and could be any of several moments.
    """
    if at.tzinfo is None:
        raise Reject("EX-104", what="ledger time", found=at.isoformat(), wanted="a time with its zone")
    return instant.cut(at)


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A ledger head and the hub's word for it."""

    head: LedgerHead
    signature: bytes  # over head.to_bytes()
    certificate: Digest  # of the hub's, which verifies it

    @property
    def size(self) -> int:
        return self.head.size

    @property
    def root(self) -> Digest:
        return self.head.root

    @property
    def at(self) -> datetime:
        return self.head.at
