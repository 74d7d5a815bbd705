# SPDX-License-Identifier: Apache-2.0
"""
A fenced lease on the database: one process at a time does what must be done by one.

A lease is a row with an epoch that grows each time somebody takes it. Whoever holds it carries the
epoch as a `Fence` into every transaction, and `guard` refuses the transaction when a later epoch
exists: a holder that slept through its own expiry, however long, can do no harm. Expiry itself only
decides when others may take over; it counts by the database's clock, since the holders' clocks differ.

This module does not know what is guarded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from exchange.edge.tables import create, insert_if_new, metadata, reading, writing
from exchange.errors import Retry
from exchange.model import instant

SECONDS = 10.0  # how long others wait for a holder that has died

LEASE = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("holder", sa.String(200), nullable=False),  # "": nobody; else for people to read
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False),  # milliseconds since 1970
)

Clock = Callable[[sa.Connection], int]  # milliseconds since 1970


class LeaseLost(Retry):
    """Another has taken the lease: EX-920. Nothing of the transaction was written."""


@dataclass(frozen=True, slots=True)
class Fence:
    """What a holder shows: the lease *name*, taken for the *epoch*-th time."""

    name: str
    epoch: int


def database_time(connection: sa.Connection) -> int:
    """Now, by the database's clock, in milliseconds since 1970."""
    return int(connection.exec_driver_sql(_NOW[connection.dialect.name]).scalar_one())


_NOW = {
    "sqlite": "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    "postgresql": "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
    "mysql": "SELECT timestampdiff(MICROSECOND, '1970-01-01', utc_timestamp(3)) DIV 1000",
}
_NOW["mariadb"] = _NOW["mysql"]


class Lease:
    """
    One process's view of the lease *name*.

    Args:
        holder: says to people who holds it, such as `hub-2 pid 4711`.
        seconds: how long it lasts from each renewal.
    """

    def __init__(
        self,
        engine: sa.Engine,
        name: str,
        *,
        holder: str,
        seconds: float = SECONDS,
        clock: Clock = database_time,
    ) -> None:
        self._engine = engine
        self._name = name
        self._holder = holder
        self._milliseconds = int(seconds * 1000)
        self._clock = clock
        self._fence: Fence | None = None

    def hold(self) -> Fence | None:
        """
        Keep the lease, or take it when nobody has it; None while another holds it.

        To be called again and again: it reads one row, and writes only when a third of the time is gone.
        """
        with reading(self._engine) as connection:
            row = connection.execute(_ROW, {"name": self._name}).one_or_none()
            now = self._clock(connection)
        if row and self._is_ours(row.epoch):
            fresh = row.until - now > self._milliseconds * 2 // 3
            return self._fence if fresh else self._take()
        if row and row.until > now:
            self._fence = None
            return None
        return self._take()

    def release(self) -> None:
        """Let others take it at once; nothing happens where it is not ours."""
        if self._fence is None:
            return
        ours = sa.and_(LEASE.c.name == self._name, LEASE.c.epoch == self._fence.epoch)
        with writing(self._engine) as connection:
            connection.execute(sa.update(LEASE).where(ours).values(holder="", until=0))
        self._fence = None

    def _is_ours(self, epoch: int) -> bool:
        return self._fence is not None and epoch == self._fence.epoch

    def _take(self) -> Fence | None:
        """Renew or take over, decided anew under the row's lock."""
        with writing(self._engine) as connection:
            empty = {"name": self._name, "holder": "", "epoch": 0, "until": 0}
            connection.execute(insert_if_new(self._engine, LEASE), empty)
            row = connection.execute(_LOCKED, {"name": self._name}).one()
            now = self._clock(connection)
            if not self._is_ours(row.epoch) and row.until > now:
                self._fence = None
                return None
            epoch = row.epoch if self._is_ours(row.epoch) else row.epoch + 1
            values = {"holder": self._holder, "epoch": epoch, "until": now + self._milliseconds}
            connection.execute(sa.update(LEASE).where(LEASE.c.name == self._name).values(values))
        self._fence = Fence(self._name, epoch)
        return self._fence


_ROW = sa.select(LEASE.c.epoch, LEASE.c.until).where(LEASE.c.name == sa.bindparam("name"))
_LOCKED = _ROW.with_for_update()


def was_held(engine: sa.Engine, name: str) -> datetime | None:
    """Until when the lease *name* lasts or lasted, long ago where it was given back; None: it never was."""
    create_lease(engine)
    with reading(engine) as connection:
        row = connection.execute(_ROW, {"name": name}).one_or_none()
    return None if row is None else instant.from_milliseconds(row.until)


def guard(connection: sa.Connection, fence: Fence) -> None:
    """
    Let this transaction write only while *fence* is the latest; nobody can take the lease before it ends.

    Raises:
        LeaseLost: EX-920, a later epoch exists.
    """
    row = connection.execute(_LOCKED, {"name": fence.name}).one_or_none()
    found = row.epoch if row else 0
    if found != fence.epoch:
        raise LeaseLost("EX-920", name=fence.name, found=found, wanted=fence.epoch, after_seconds=1.0)


def create_lease(engine: sa.Engine) -> None:
    """Create the leases' table where it does not stand yet."""
    create(engine, LEASE)
