# SPDX-License-Identifier: Apache-2.0
"""
Why the hub said no: the values of each refusal's sentence, kept beside its signed receipt.

The receipt itself gives only the code to whoever is not the sender; what the hub found is the hub's own to
know, and its operator is asked about it at night. One word is said once: the same no to the same
message is one row, however many of its segments come.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from exchange.edge.tables import create, execute_many, insert_if_new, metadata
from exchange.errors import GovbusError
from exchange.texts import CODES, Phrase

refusal = sa.Table(
    "hub_refusal",
    metadata,
    sa.Column("message_id", sa.String(64), primary_key=True),  # as claimed: there may be no such message
    sa.Column("sender", sa.String(64), primary_key=True),
    sa.Column("envelope", sa.String(80), primary_key=True),  # its digest, "" where none was read
    sa.Column("receiver", sa.String(129), primary_key=True),  # "": it is about the message as a whole
    sa.Column("code", sa.String(16), primary_key=True),
    sa.Column("final", sa.Boolean, primary_key=True),  # it ended deliveries; else a document was not believed
    sa.Column("id", sa.String(36), nullable=False),  # of the receipt; of the dead letter where none was given
    sa.Column("at", sa.BigInteger, nullable=False),  # ms
    sa.Column("facts", sa.Text, nullable=False),  # JSON: what fills the places of the sentence
    sa.Index("hub_refusal_at", "at"),
)

Key = tuple[str, str, str, str, str, bool]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One no of the hub; `id` is its receipt's."""

    id: str
    sender: str
    message_id: str
    envelope: str
    receiver: str
    code: str
    facts: str
    at_ms: int
    final: bool

    @property
    def key(self) -> Key:
        """What is said once."""
        return self.message_id, self.sender, self.envelope, self.receiver, self.code, self.final


class HubRefusals:
    """The refusals of one hub's database."""

    def __init__(self, engine: sa.Engine) -> None:
        create(engine, refusal)
        self._insert = insert_if_new(engine, refusal)

    def enter(self, connection: sa.Connection, refusals: Sequence[Refusal]) -> dict[str, str]:
        """
        Note *refusals*; of each the id under which the same was said first, which may be its own.

        Of two workers that say the same at once, one is first.
        """
        if not refusals:
            return {}
        execute_many(connection, self._insert, [_values(one) for one in refusals])
        ids = {"ids": list({one.message_id for one in refusals})}
        first = {_key(row): str(row.id) for row in connection.execute(_ABOUT, ids)}
        return {one.id: first[one.key] for one in refusals}

    def forget(self, connection: sa.Connection, *, before_ms: int) -> None:
        """Also of what never became a message."""
        connection.execute(sa.delete(refusal).where(refusal.c.at <= before_ms))


def spelled(refused: GovbusError) -> str:
    """The values of *refused*, to be kept: its sentence can be said from them later, in either language."""
    return json.dumps(_plain(refused.values), ensure_ascii=False, sort_keys=True)


def phrase(code: str, facts: str) -> Phrase | None:
    """The sentence of a refusal from what was kept; None of a code that is not known here (any more)."""
    return Phrase(code, _restored(json.loads(facts))) if code in CODES else None


def phrases(connection: sa.Connection, message_ids: Iterable[str]) -> Mapping[str, Phrase]:
    """By receipt, why the messages of these ids were refused."""
    rows = connection.execute(_ABOUT, {"ids": list(message_ids)})
    found = {str(row.id): phrase(row.code, row.facts) for row in rows}
    return {id_: said for id_, said in found.items() if said is not None}


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _plain_one(value) for name, value in values.items()}


def _plain_one(value: object) -> object:
    if isinstance(value, Phrase):
        return {"key": value.key, "values": _plain(value.values)}
    return str(value)


def _restored(values: Mapping[str, Any]) -> dict[str, object]:
    return {
        name: value if isinstance(value, str) else Phrase(value["key"], _restored(value["values"]))
        for name, value in values.items()
    }


def _values(one: Refusal) -> dict[str, Any]:
    return {
        "message_id": one.message_id, "sender": one.sender, "envelope": one.envelope,
        "receiver": one.receiver, "code": one.code, "final": one.final, "id": one.id,
        "at": one.at_ms, "facts": one.facts,
    }  # fmt: skip


def _key(row: sa.Row[Any]) -> Key:
    return row.message_id, row.sender, row.envelope, row.receiver, row.code, bool(row.final)


_ABOUT = sa.select(refusal).where(refusal.c.message_id.in_(sa.bindparam("ids", expanding=True)))

__all__ = ["HubRefusals", "Refusal", "phrase", "phrases", "refusal", "spelled"]
