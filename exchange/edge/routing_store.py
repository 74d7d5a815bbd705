# SPDX-License-Identifier: Apache-2.0
"""
The routing table's versions, in the hub's database.

A version is a row; its rules stand in blocks of compressed lines, written before the row and
reached through it alone. So an import of any size takes no long lock, is seen whole or not at all,
and rolling back copies nothing. No version is ever changed. What a rule means is `model.route`'s
business.
"""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from exchange.edge.ledger import Ledger
from exchange.edge.tables import create, metadata, reading, writing
from exchange.errors import Halt, NotFound
from exchange.model import instant
from exchange.model.digest import Digest
from exchange.model.ledger_entry import Entry, EntryKind
from exchange.model.route import RoutingInvalid, RoutingTable, Rule, each_once
from exchange.model.route_difference import Difference, difference
from exchange.model.rule import read_line, spell
from exchange.texts import Phrase

BLOCK_RULES = 4096  # rules in a row of the database: some 40 KiB compressed
ABANDONED = timedelta(days=1)  # rules of an import that never ended are removed after this
AUTHOR_CHARACTERS = 200
COMMENT_CHARACTERS = 2000

VERSION = sa.Table(
    "route_version",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("batch", sa.String(32), nullable=False),  # whose blocks hold its rules
    sa.Column("author", sa.String(AUTHOR_CHARACTERS), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),  # ms since 1970
    sa.Column("comment", sa.String(COMMENT_CHARACTERS), nullable=False),
    sa.Column("digest", sa.String(80), nullable=False),
    sa.Column("rules", sa.Integer, nullable=False),  # how many
    sa.Index("route_version_at", "at"),
)
BATCH = sa.Table(
    "route_batch",
    metadata,
    sa.Column("batch", sa.String(32), primary_key=True),
    sa.Column("begun", sa.BigInteger, nullable=False),  # ms since 1970
)
BLOCK = sa.Table(
    "route_block",
    metadata,
    sa.Column("batch", sa.String(32), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # from 0
    sa.Column("lines", sa.LargeBinary((1 << 24) - 1), nullable=False),  # zlib, UTF-8, one rule a line
)
ROUTING_TABLES = (VERSION, BATCH, BLOCK)

_CURRENT = sa.select(sa.func.max(VERSION.c.version))
_LINES = sa.select(BLOCK.c.lines)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the table, without its rules."""

    number: int
    author: str
    at: datetime
    comment: str
    digest: Digest  # of all lines, as of `RoutingTable`
    rules: int  # how many


class RoutingStore:
    """
    The versions of one hub's routing table.

    Args:
        clock: says when a version is made.
        ledger: where each version is entered; None where there is none, as in small tests.
    """

    def __init__(
        self, engine: sa.Engine, clock: Callable[[], datetime], *, ledger: Ledger | None = None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._ledger = ledger
        self._lock = threading.Lock()
        self._held = RoutingTable()
        create(engine, *ROUTING_TABLES)

    # ---- what is in force

    def current_version(self) -> int:
        """The number of the version in force; 0 before the first. One look at an index."""
        with reading(self._engine) as connection:
            return int(connection.execute(_CURRENT).scalar() or 0)

    version = current_version  # the registry's word for it

    def current(self) -> RoutingTable:
        """
        The table in force, compiled; the same object until another version is in force.

        Whoever asks first after a change compiles; others meanwhile wait for it.
        """
        wanted = self.current_version()
        with self._lock:
            if self._held.version < wanted:
                self._held = self.table(wanted)
            return self._held

    def view_for(self, participant: str) -> tuple[Rule, ...]:
        """The rules in force that can apply to what *participant* sends."""
        return self.current().view_for(participant)

    # ---- versions

    def versions(self) -> list[Version]:
        """All versions, the newest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(VERSION).order_by(VERSION.c.version.desc())).all()
        return [_version(row) for row in rows]

    def at(self, time: datetime) -> int:
        """The version that was in force at *time*; 0 = there was none."""
        made = sa.select(sa.func.max(VERSION.c.version)).where(VERSION.c.at <= instant.milliseconds(time))
        with reading(self._engine) as connection:
            return int(connection.execute(made).scalar() or 0)

    def describe(self, version: int) -> Version:
        """
        What is known of *version*.

        Raises:
            NotFound: EX-304, there is none of that number.
        """
        return _version(self._row(version))

    def table(self, version: int | None = None) -> RoutingTable:
        """
        The compiled table of *version*; None = the one in force; 0 = the empty one before the first.

        Raises:
            NotFound: EX-304, there is none of that number.
            Halt: EX-303, its rules are not those that were imported.
        """
        number = self.current_version() if version is None else version
        if not number:
            return RoutingTable()
        row = self._row(number)
        try:
            table = RoutingTable.of_lines(self._lines(row.batch), version=number)
        except (ValueError, zlib.error) as e:
            raise _damaged(number) from e
        if str(table.digest) != row.digest:
            raise _damaged(number)
        return table

    def rules(self, version: int) -> Iterator[Rule]:
        """
        The rules of *version*, in order, read as they are asked for; 0 has none.

        Raises:
            NotFound: EX-304, there is none of that number.
        """
        return map(read_line, self._lines(self._row(version).batch)) if version else iter(())

    def diff(self, a: int, b: int, *, limit: int = 1000) -> Difference:
        """
        What makes version *b* of version *a*, with the first *limit* changes; 0 is the empty table.

        Raises:
            NotFound: EX-304, there is none of that number.
        """
        return difference(self.table(a), self.table(b), limit=limit)

    # ---- changes

    def import_table(self, rules: Iterable[Rule], *, author: str, comment: str = "") -> int:
        """
        Make *rules* the table in force; the number of the new version.

        It is in force at once and as a whole, when this returns; or not at all.

        Raises:
            RoutingInvalid: EX-303, an id stands there twice, there is no rule at all, or whatever *rules*
                itself raises.
            StoreDown: EX-902.
        """
        self._remove_abandoned()
        batch = uuid.uuid4().hex
        with writing(self._engine) as connection:
            connection.execute(sa.insert(BATCH), {"batch": batch, "begun": self._now_ms()})
        try:
            digest, count = self._write(batch, map(spell, each_once(rules)))
            if not count:
                raise RoutingInvalid("EX-303", because="route.bad.empty")
            return self._publish(batch, digest=digest, rules=count, author=author, comment=comment)
        except BaseException:
            self._remove(batch)
            raise

    def rollback(self, version: int, *, author: str, comment: str = "") -> int:
        """
        Put the rules of *version* in force again; the number of the new version.

        Raises:
            NotFound: EX-304, there is none of that number.
        """
        row = self._row(version)
        return self._publish(
            row.batch, digest=Digest.parse(row.digest), rules=row.rules, author=author, comment=comment
        )

    def _write(self, batch: str, lines: Iterator[str]) -> tuple[Digest, int]:
        """Store *lines* block by block, each in a transaction of its own; their digest and count."""
        digest, count = hashlib.sha256(), 0
        for number in range(1 << 31):
            held = list(islice(lines, BLOCK_RULES))
            if not held:
                break
            block = "".join(f"{line}\n" for line in held).encode()
            digest.update(block)
            count += len(held)
            row = {"batch": batch, "number": number, "lines": zlib.compress(block, 1)}
            with writing(self._engine) as connection:
                connection.execute(sa.insert(BLOCK), row)
        return Digest("sha256", digest.digest()), count

    def _publish(self, batch: str, *, digest: Digest, rules: int, author: str, comment: str) -> int:
        """Put the rules of *batch* in force."""
        row = {
            "batch": batch, "author": author[:AUTHOR_CHARACTERS], "comment": comment[:COMMENT_CHARACTERS],
            "digest": str(digest), "rules": rules,
        }  # fmt: skip
        number = 0
        while True:
            try:
                with writing(self._engine) as connection:
                    number = self._next(connection)
                    at = self._clock()
                    row |= {"version": number, "at": instant.milliseconds(at)}
                    connection.execute(sa.insert(VERSION), row)
                    if self._ledger is not None:
                        self._ledger.enter(connection, [_entry(row, at)])
                return number
            except IntegrityError:
                if self.current_version() < number:
                    raise  # else another import took the number meanwhile, and the next one is ours

    def _next(self, connection: sa.Connection) -> int:
        return int(connection.execute(_CURRENT).scalar() or 0) + 1

    # ---- rows

    def _row(self, version: int) -> sa.Row[tuple[object, ...]]:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(VERSION).where(VERSION.c.version == version)).one_or_none()
        if row is None:
            raise NotFound("EX-304", found=version)
        return row

    def _lines(self, batch: str) -> Iterator[str]:
        """The lines of *batch*, a block at a time: no transaction stays open meanwhile."""
        for number in range(1 << 31):
            wanted = _LINES.where(BLOCK.c.batch == batch, BLOCK.c.number == number)
            with reading(self._engine) as connection:
                block = connection.execute(wanted).scalar()
            if block is None:
                return
            yield from zlib.decompress(block).decode().split("\n")[:-1]

    def _remove_abandoned(self) -> None:
        """Remove the rules of imports that never ended."""
        before = self._now_ms() - int(ABANDONED / timedelta(milliseconds=1))
        used = sa.select(VERSION.c.batch)
        old = sa.select(BATCH.c.batch).where(BATCH.c.begun < before, BATCH.c.batch.not_in(used))
        with reading(self._engine) as connection:
            abandoned = connection.scalars(old).all()
        for batch in abandoned:
            self._remove(batch)

    def _remove(self, batch: str) -> None:
        """Unless a version has them: whoever was interrupted cannot know whether it was made."""
        used = sa.exists().where(VERSION.c.batch == batch)
        with writing(self._engine) as connection:
            connection.execute(sa.delete(BLOCK).where(BLOCK.c.batch == batch, ~used))
            connection.execute(sa.delete(BATCH).where(BATCH.c.batch == batch, ~used))

    def _now_ms(self) -> int:
        return instant.milliseconds(self._clock())


def _version(row: sa.Row[tuple[object, ...]]) -> Version:
    at = instant.from_milliseconds(row.at)
    return Version(row.version, row.author, at, row.comment, Digest.parse(row.digest), row.rules)


def _damaged(version: int) -> Halt:
    what = Phrase("route.place.version", {"version": version})
    return Halt("EX-303", what=what, reason=Phrase("route.bad.digest"))


def _entry(row: dict[str, object], at: datetime) -> Entry:
    """What the hub shall never be able to deny: whose table was in force from then on, to the last rule."""
    facts = {name: row[name] for name in ("version", "author", "comment", "digest", "rules")}
    body = json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()
    return Entry(EntryKind.ROUTING, str(row["version"]), at, body)
