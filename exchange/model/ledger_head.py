# SPDX-License-Identifier: Apache-2.0
"""
A ledger head: how long the ledger was, what stood in it, and when; and the head with the hub's signature.

Owns the canonical bytes that are signed and that travel in receipts and envelopes. It signs and
verifies nothing itself. One head has one spelling, so that equal heads are equal bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from exchange.errors import Reject
from exchange.model.digest import Digest

_PREAMBLE = "govbus ledger head 1"  # signed along: no other document of the hub's begins so
_FORM = re.compile(
    _PREAMBLE + r"\nsize (0|[1-9][0-9]{0,17})\nroot ([a-z0-9]+:[0-9a-f]+)\n"
    r"at ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)\n",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """
    What the ledger was at one moment.

    Raises:
        Reject: EX-104, a negative size or a time that is not in UTC.
    """

    size: int  # entries: it covers the numbers 0 .. size - 1
    root: Digest  # RFC 9162 tree hash over their leaves
    at: datetime  # when it was made, by the hub's clock, UTC

    def __post_init__(self) -> None:
        if self.size < 0:
            raise Reject("EX-104", what="ledger head size", found=self.size, wanted="0 or more")
        if self.at.utcoffset() != timedelta(0):
            raise Reject("EX-104", what="ledger head time", found=self.at, wanted="a time in UTC")

    def to_bytes(self) -> bytes:
        """The canonical form: four lines of ASCII, and what the hub signs."""
        at = self.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return f"{_PREAMBLE}\nsize {self.size}\nroot {self.root}\nat {at}\n".encode("ascii")

    @classmethod
    def from_bytes(cls, data: bytes) -> LedgerHead:
        """
        The head whose canonical form is *data*.

        Raises:
            Reject: EX-104 or EX-112, it is not one.
        """
        spelled = _FORM.fullmatch(data.decode("ascii", "replace"))
        if not spelled:
            raise Reject("EX-104", what="ledger head", found=repr(data[:80]), wanted=_PREAMBLE)
        size, root, at = spelled.groups()
        return cls(int(size), Digest.parse(root), _moment(at))


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError as e:
        raise Reject("EX-104", what="ledger head time", found=text, wanted="a day that exists") from e


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A ledger head and the hub's word for it."""

    head: LedgerHead
    signature: bytes  # over head.to_bytes()
    key: str  # which of the hub's certificates verifies it

    @property
    def size(self) -> int:
        return self.head.size

    @property
    def root(self) -> Digest:
        return self.head.root

    @property
    def at(self) -> datetime:
        return self.head.at
