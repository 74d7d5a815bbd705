# SPDX-License-Identifier: Apache-2.0
"""
The ledger in the hub's database: entries, their numbers, the tree's hashes and the signed heads.

Whoever has something to record enters it in the transaction in which it happens; entries wait there
without a number. One sequencer, behind a fence, gives numbers and keeps the hash of every subtree that
becomes complete, so that any proof is one look-up. Rows are inserted and never changed; only what waits
for its number is taken out again.

This module signs nothing and judges nothing: signatures come in made, and `ledger_audit` verifies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from exchange.edge.lease import Fence, guard
from exchange.edge.tables import create, execute_many, insert_if_new, metadata, reading, writing
from exchange.errors import Halt, NotFound
from exchange.model import instant
from exchange.model.digest import Digest
from exchange.model.ledger_entry import Entry, EntryKind, Inclusion, NumberedEntry
from exchange.model.ledger_head import LedgerHead, SignedHead
from exchange.model.merkle import Frontier, consistency_path, inclusion_path, node_count, root_at, subtrees
from exchange.texts import Phrase

BATCH = 1000  # entries numbered in one transaction: 10 ms that other writers of an SQLite file wait
PAGE = 1000  # entries read at a time
ROOTS_HELD = 1000  # participants cite the heads of the last minutes, again and again

# SQLite counts rows by itself only under this very type.
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TEXT = sa.String(200).with_variant(sa.String(200, collation="ascii_bin"), "mysql", "mariadb")

ENTRY = sa.Table(
    "ledger_entry",
    metadata,
    sa.Column("id", _NUMBER, primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("subject", _TEXT, nullable=False, index=True),
    sa.Column("at", sa.BigInteger, nullable=False),  # milliseconds since 1970
    sa.Column("body", sa.LargeBinary(1 << 24), nullable=False),
)
WAITING = sa.Table(
    "ledger_waiting",
    metadata,
    sa.Column("entry", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("leaf", sa.LargeBinary(64), nullable=False),
)
NUMBER = sa.Table(
    "ledger_number",
    metadata,
    sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("entry", _NUMBER, nullable=False, unique=True),
)
NODE = sa.Table(
    "ledger_node",
    metadata,
    sa.Column(
        "position", _NUMBER, primary_key=True, autoincrement=False
    ),  # see exchange.model.merkle.position
    sa.Column("hash", sa.LargeBinary(64), nullable=False),
)
HEAD = sa.Table(
    "ledger_head",
    metadata,
    sa.Column("size", _NUMBER, primary_key=True, autoincrement=False),
    sa.Column("root", sa.String(160), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),  # milliseconds since 1970
    sa.Column("signature", sa.LargeBinary(1024), nullable=False),
    sa.Column("certificate", sa.String(160), nullable=False),
)
VERIFIED = sa.Table(
    "ledger_verified",  # how far `verify --incremental` has come
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", _NUMBER, nullable=False),
)
LEDGER_TABLES = (ENTRY, WAITING, NUMBER, NODE, HEAD, VERIFIED)


class Growth(NamedTuple):
    """What a round of numbering did: entries *numbered*, and the ledger's *size* and *root* after it."""

    numbered: int
    size: int
    root: Digest


class Ledger:
    """The ledger of one hub."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._roots: dict[
            int, Digest
        ] = {}  # what was asked for lately; roots of numbered entries never change

    def create(self) -> None:
        """Create the tables where they do not stand yet."""
        create(self.engine, *LEDGER_TABLES)

    # ---- writing

    def enter(self, connection: sa.Connection, entries: Sequence[Entry]) -> None:
        """
        Record *entries* in the caller's transaction: with it they are in the ledger for good, or never were.

        Their numbers come later, in this order among themselves.
        """
        if not entries:
            return
        ids = _entered(connection, [_row_of(entry) for entry in entries])
        waiting = [{"entry": each, "leaf": entry.leaf} for each, entry in zip(ids, entries, strict=True)]
        execute_many(connection, _WAIT, waiting)

    def sequence(self, fence: Fence, *, limit: int = BATCH) -> Growth:
        """
        Number up to *limit* of the entries that wait, the oldest first.

        Raises:
            LeaseLost: EX-920, another sequencer has taken over; nothing was numbered.
            Halt: EX-921, hashes that the tree stands on are gone, or stand already where new ones belong.
        """
        with reading(self.engine) as connection:
            if not connection.execute(_WAITING, {"limit": 1}).first():
                return _grown(0, _frontier(connection))
        with writing(self.engine) as connection:
            guard(connection, fence)
            waiting = connection.execute(_WAITING, {"limit": limit}).all()
            frontier = _frontier(connection)
            if waiting:
                _number(connection, frontier, waiting)
        return _grown(len(waiting), frontier)

    def publish(self, fence: Fence, signed: SignedHead) -> None:
        """
        Keep a signed head; one of the same size that is there already stays.

        Raises:
            LeaseLost: EX-920, another sequencer has taken over; the head was not kept.
        """
        row = {
            "size": signed.size,
            "root": str(signed.root),
            "at": instant.milliseconds(signed.at),
            "signature": signed.signature,
            "certificate": str(signed.certificate),
        }
        with writing(self.engine) as connection:
            guard(connection, fence)
            connection.execute(insert_if_new(self.engine, HEAD), row)

    # ---- reading

    def head(self, size: int | None = None) -> SignedHead | None:
        """The latest signed head, or the one of *size*; None where there is none."""
        chosen = _HEADS.limit(1) if size is None else _HEADS.where(HEAD.c.size == size)
        with reading(self.engine) as connection:
            row = connection.execute(chosen).first()
        return head_of(row) if row else None

    def size(self) -> int:
        """Entries that have a number."""
        with reading(self.engine) as connection:
            return size_of(connection)

    def waiting(self) -> int:
        """Entries that wait for a number."""
        with reading(self.engine) as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(WAITING)).scalar_one()

    def root(self, size: int) -> Digest:
        """The root that the stored hashes give for *size*; Halt EX-921 where some are gone."""
        with reading(self.engine) as connection:
            return root_at(size, lambda positions: nodes(connection, positions))

    def agrees(self, head: LedgerHead) -> bool:
        """
        Whether *head*, which somebody was shown and cites, is of this ledger; if not, there is another one.

        Cheap enough to be asked about every envelope and receipt.
        """
        if head.size not in self._roots:
            if head.size > self.size():
                return False
            if len(self._roots) >= ROOTS_HELD:
                self._roots.clear()
            self._roots[head.size] = self.root(head.size)
        return self._roots[head.size] == head.root

    def inclusion(self, number: int, size: int) -> Inclusion:
        """
        The proof that entry *number* stands in the ledger of *size*.

        Raises:
            NotFound: EX-905, there is no such entry, or not yet at that size.
            Halt: EX-921, hashes that the proof needs are gone.
        """
        with reading(self.engine) as connection:
            row = connection.execute(_ONE, {"number": number}).first()
            if row is None or not number < size <= row.last + 1:
                raise NotFound("EX-905", what=Phrase("ledger.thing.entry"), found=f"{number} / {size}")
            path = inclusion_path(number, size, nodes=lambda positions: nodes(connection, positions))
        return Inclusion(entry_of(row), number, size, path)

    def consistency(self, old_size: int, new_size: int) -> tuple[bytes, ...]:
        """
        The proof that the ledger of *new_size* begins with the ledger of *old_size*.

        Raises:
            NotFound: EX-905, the ledger has not been that long, or the sizes are the wrong way round.
            Halt: EX-921, hashes that the proof needs are gone.
        """
        with reading(self.engine) as connection:
            if not 0 <= old_size <= new_size <= size_of(connection):
                raise NotFound("EX-905", what=Phrase("ledger.thing.sizes"), found=f"{old_size} … {new_size}")
            return consistency_path(old_size, new_size, nodes=lambda wanted: nodes(connection, wanted))

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[NumberedEntry]:
        """The entries with numbers from *start* up to, without, *stop*; a page in memory at a time."""
        last = self.size() if stop is None else stop
        for first in range(start, last, PAGE):
            with reading(self.engine) as connection:
                page = connection.execute(_NUMBERED, {"start": first, "stop": min(first + PAGE, last)}).all()
            yield from (NumberedEntry(row.number, entry_of(row)) for row in page)

    def about(self, subject: str) -> list[NumberedEntry]:
        """What is recorded about *subject*, by number; what still waits for one is not in it."""
        with reading(self.engine) as connection:
            rows = connection.execute(_ABOUT, {"subject": subject}).all()
        return [NumberedEntry(row.number, entry_of(row)) for row in rows]


def size_of(connection: sa.Connection) -> int:
    """How many entries are numbered."""
    last: int | None = connection.execute(sa.select(sa.func.max(NUMBER.c.number))).scalar_one()
    return 0 if last is None else last + 1


def nodes(connection: sa.Connection, positions: Sequence[int]) -> Mapping[int, bytes]:
    """
    The hashes at *positions*, all of them.

    Raises:
        Halt: EX-921, one is gone.
    """
    found = {row.position: row.hash for row in connection.execute(_NODES, {"positions": list(positions)})}
    for each in positions:
        if each not in found:
            raise Halt("EX-921", reason=Phrase("ledger.broken.hash-missing", {"position": each}))
    return found


def head_of(row: Any) -> SignedHead:
    """The signed head in a row of HEAD."""
    head = LedgerHead(row.size, Digest.parse(row.root), instant.from_milliseconds(row.at))
    return SignedHead(head, row.signature, Digest.parse(row.certificate))


def entry_of(row: Any) -> Entry:
    """The entry in a row of ENTRY."""
    at = instant.from_milliseconds(row.at)
    return Entry(EntryKind(row.kind), row.subject, at, row.body)


def _row_of(entry: Entry) -> dict[str, object]:
    at = instant.milliseconds(entry.at)
    return {"kind": entry.kind.value, "subject": entry.subject, "at": at, "body": entry.body}


def _entered(connection: sa.Connection, rows: Sequence[dict[str, object]]) -> Sequence[int]:
    """Insert *rows*; their ids, in order."""
    if connection.dialect.name != "sqlite":
        return connection.scalars(_ENTER, rows).all()
    # SQLite has one writer at a time and entries are never deleted, so the next ids are known.
    last: int | None = connection.execute(_LAST_ID).scalar_one()
    ids = range((last or 0) + 1, (last or 0) + 1 + len(rows))
    execute_many(connection, _ENTER_AS, [{"id": each, **row} for each, row in zip(ids, rows, strict=True)])
    return ids


def _frontier(connection: sa.Connection) -> Frontier:
    size = size_of(connection)
    peaks = subtrees(range(size))
    found = nodes(connection, peaks)
    return Frontier(size, (found[each] for each in peaks))


def _number(connection: sa.Connection, frontier: Frontier, waiting: Sequence[Any]) -> None:
    ids, first = [row.entry for row in waiting], frontier.size
    numbers = [{"number": number, "entry": each} for number, each in enumerate(ids, first)]
    try:
        execute_many(connection, _NODE, _completed(frontier, (row.leaf for row in waiting)))
        execute_many(connection, _NUMBERS, numbers)
    except sa.exc.IntegrityError as e:
        raise Halt("EX-921", reason=Phrase("ledger.broken.goes-on", {"number": first - 1})) from e
    # By name, not by range: an entry of a transaction that is not committed yet may have a smaller id.
    connection.execute(_TAKEN, {"ids": ids})


def _completed(frontier: Frontier, leaves: Iterable[bytes]) -> list[dict[str, object]]:
    position = node_count(frontier.size)
    hashes = [each for leaf in leaves for each in frontier.append(leaf)]
    return [{"position": at, "hash": each} for at, each in enumerate(hashes, position)]


def _grown(numbered: int, frontier: Frontier) -> Growth:
    return Growth(numbered, frontier.size, frontier.root)


_ENTER = sa.insert(ENTRY).returning(ENTRY.c.id, sort_by_parameter_order=True)
_NODE, _NUMBERS = sa.insert(NODE), sa.insert(NUMBER)
_ENTER_AS = sa.insert(ENTRY)
_LAST_ID = sa.select(sa.func.max(ENTRY.c.id))
_WAIT = sa.insert(WAITING)
_WAITING = sa.select(WAITING).order_by(WAITING.c.entry).limit(sa.bindparam("limit"))
_TAKEN = sa.delete(WAITING).where(WAITING.c.entry.in_(sa.bindparam("ids", expanding=True)))
_NODES = sa.select(NODE).where(NODE.c.position.in_(sa.bindparam("positions", expanding=True)))
_HEADS = sa.select(HEAD).order_by(HEAD.c.size.desc())
_READ = sa.select(NUMBER.c.number, ENTRY.c.kind, ENTRY.c.subject, ENTRY.c.at, ENTRY.c.body).select_from(
    NUMBER.join(ENTRY, NUMBER.c.entry == ENTRY.c.id)
)
_NUMBERED = _READ.where(
    NUMBER.c.number >= sa.bindparam("start"), NUMBER.c.number < sa.bindparam("stop")
).order_by(NUMBER.c.number)
_EACH = NUMBER.alias()
_LAST = sa.select(sa.func.max(_EACH.c.number)).scalar_subquery().label("last")
_ONE = _READ.add_columns(_LAST).where(NUMBER.c.number == sa.bindparam("number"))
_ABOUT = _READ.where(ENTRY.c.subject == sa.bindparam("subject")).order_by(NUMBER.c.number)
