# SPDX-License-Identifier: Apache-2.0
"""
Verifying the ledger: everything is read again, page by page, and shown to the auditor.

Owns the reading and where to begin. What is wrong with what was read is judged in
`exchange.model.ledger_audit`. Memory holds one page, and nobody is held up: what has a number never
changes, so the pages need not be of one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from exchange.edge.ledger import (
    ENTRY,
    HEAD,
    NODE,
    NUMBER,
    PAGE,
    VERIFIED,
    Ledger,
    entry_of,
    head_of,
    nodes,
    size_of,
)
from exchange.edge.tables import reading, writing
from exchange.edge.trust import Trust
from exchange.errors import Halt, Reject
from exchange.model.ledger_audit import Auditor, Flaw, FlawKind
from exchange.model.ledger_head import SignedHead
from exchange.model.merkle import leaf_hash, node_count, subtrees
from exchange.model.receipt import HUB

Holds = Callable[[SignedHead], bool]  # whether the signature is the hub's
Progress = Callable[[int], None]  # so many entries more


def signed_by_hub(trust: Trust) -> Holds:
    """Heads are the hub's when they hold under a certificate that was the hub's when they were made."""

    def holds(signed: SignedHead) -> bool:
        try:
            verifier = trust.verifier(HUB, signed.certificate, at=signed.at)
        except Reject:
            return False
        return verifier.verify(signed.head.to_bytes(), signed.signature)

    return holds


class Verification:
    """
    One pass over the ledger, from the contents of its entries alone.

    Args:
        holds: tells whether a head's signature is the hub's.
        incremental: begin where the last clean pass was `remember`ed, if a signed head still stands there.
    """

    def __init__(self, ledger: Ledger, *, holds: Holds, incremental: bool = False) -> None:
        self._engine = engine = ledger.engine
        self._holds = holds
        with reading(engine) as connection:
            # Hashes and heads first: entries are numbered meanwhile, and those must not seem to be more.
            self._last_position = connection.execute(sa.select(sa.func.max(NODE.c.position))).scalar_one()
            self._last_head = connection.execute(_HEADS.order_by(HEAD.c.size.desc()).limit(1)).first()
            self.size = size_of(connection)
            self._auditor = self._resumed(connection) if incremental else Auditor()
        self.start = self._auditor.size

    @property
    def held(self) -> int:
        """The size of the last head that held."""
        return self._auditor.held

    def flaws(self, progress: Progress = lambda entries: None) -> Iterator[Flaw]:
        """Everything that does not fit, as it is found; *progress* is told of each page."""
        yield from self._beginning()
        for first in range(self.start, self.size, PAGE):
            stop = min(first + PAGE, self.size)
            yield from self._judged(self._page(first, stop))
            progress(stop - first)
        yield from self._auditor.finish()
        yield from self._ending()

    def remember(self) -> None:
        """Let the next incremental pass begin at the last head that held: to be called after a clean one."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(VERIFIED))
            connection.execute(sa.insert(VERIFIED), {"id": 1, "size": self.held})

    def _resumed(self, connection: sa.Connection) -> Auditor:
        remembered = connection.execute(sa.select(VERIFIED.c.size)).scalar()
        row = connection.execute(_HEADS.where(HEAD.c.size == remembered)).first() if remembered else None
        signed = self._believed(row) if row else None
        if signed is None:
            return Auditor()
        try:
            peaks = subtrees(range(signed.size))
            found = nodes(connection, peaks)
        except Halt:
            return Auditor()
        auditor = Auditor(signed.size, (found[each] for each in peaks))
        return auditor if not auditor.head(signed.head) else Auditor()

    def _page(self, first: int, stop: int) -> _Page:
        span = {"first": first, "stop": stop}
        kept = {"first": node_count(first), "stop": node_count(stop)}
        with reading(self._engine) as connection:
            return _Page(
                range(first, stop),
                {row.number: _leaf(row) for row in connection.execute(_ENTRIES, span)},
                {row.position: _hash(row) for row in connection.execute(_KEPT, kept)},
                {row.size: row for row in connection.execute(_HEADS_OF, span)},
            )

    def _judged(self, page: _Page) -> Iterator[Flaw]:
        for number in page.numbers:
            completed = range(node_count(number), node_count(number + 1))
            kept = [page.kept.get(position) for position in completed]
            yield from self._auditor.entry(page.leaves.get(number), kept)
            if number + 1 in page.heads:
                yield from self._head(page.heads[number + 1])

    def _head(self, row: Any) -> list[Flaw]:
        signed = self._believed(row)
        if signed is None:
            return [Flaw(FlawKind.HEAD_SIGNATURE, row.size, 0, row.size - 1)]
        return self._auditor.head(signed.head)

    def _believed(self, row: Any) -> SignedHead | None:
        try:
            signed = head_of(row)
        except _UNREADABLE:
            return None
        return signed if isinstance(row.signature, bytes) and self._holds(signed) else None

    def _beginning(self) -> list[Flaw]:
        """A head of the empty ledger says little, but what it says must be right."""
        with reading(self._engine) as connection:
            row = connection.execute(_HEADS.where(HEAD.c.size == 0)).first()
        return self._head(row) if row and self.start == 0 else []

    def _ending(self) -> Iterator[Flaw]:
        """What goes on after the last entry."""
        following, head = node_count(self.size), self._last_head
        if self._last_position is not None and self._last_position >= following:
            yield Flaw(FlawKind.HASH_SURPLUS, following, self.size, self.size)
        if head is not None and head.size > self.size:
            signed = self._believed(head)
            kind = FlawKind.HEAD_BEYOND if signed else FlawKind.HEAD_SIGNATURE
            yield Flaw(kind, head.size, self.size, head.size - 1)


@dataclass(frozen=True, slots=True)
class _Page:
    """Entries of some numbers, by leaf hash, the hashes kept for them, and the heads right after them."""

    numbers: range
    leaves: Mapping[int, bytes | None]
    kept: Mapping[int, bytes]
    heads: Mapping[int, Any]


_UNREADABLE = (Reject, ValueError, TypeError, OverflowError)  # what a row does that was altered by hand
_NO_LEAF = leaf_hash(b"no entry has this content")


def _leaf(row: Any) -> bytes | None:
    """The leaf of what stands there now; None where nothing does."""
    if row.body is None:
        return None
    try:
        return entry_of(row).leaf
    except _UNREADABLE:
        return _NO_LEAF


def _hash(row: Any) -> bytes:
    return row.hash if isinstance(row.hash, bytes) else b""


def _within(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    return sa.and_(column >= sa.bindparam("first"), column < sa.bindparam("stop"))


_HEADS = sa.select(HEAD)
_HEADS_OF = sa.select(HEAD).where(HEAD.c.size > sa.bindparam("first"), HEAD.c.size <= sa.bindparam("stop"))
_KEPT = sa.select(NODE).where(_within(NODE.c.position))
_ENTRIES = (
    sa.select(NUMBER.c.number, ENTRY.c.kind, ENTRY.c.subject, ENTRY.c.at, ENTRY.c.body)
    .select_from(NUMBER.outerjoin(ENTRY, NUMBER.c.entry == ENTRY.c.id))
    .where(_within(NUMBER.c.number))
)
