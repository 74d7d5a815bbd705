# SPDX-License-Identifier: Apache-2.0
"""
The directory: who takes part, with which keys, and what may be sent where.

One value serves both sides: the hub builds it from its database, a daemon reads it from the signed
document that the hub gave it. It holds certificates as bytes and never judges them; that is
`edge.trust`'s work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from exchange.errors import Reject
from exchange.model.digest import Digest
from exchange.model.identity import credit_code, participant_id
from exchange.model.receipt import HUB
from exchange.model.route import Rule

LIFE = timedelta(hours=24)  # a view is used no longer than this after it was issued
OVERLAP = timedelta(minutes=10)  # how long the hub admits the version before the current one


class Standing(Enum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Certificate:
    """
    An X.509 certificate as registered: for signing, and for TLS towards the broker.

    der: its bytes; revoked_at: None while it is good.
    """

    digest: Digest  # SHA-256 of der
    der: bytes
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None = None

    def is_good(self, at: datetime) -> bool:
        return self.revoked_at is None and self.not_before <= at < self.not_after


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A receiver's public encryption key; the newest one is used, older ones still open what was sent."""

    raw: bytes
    since: datetime


@dataclass(frozen=True, slots=True)
class Participant:
    """
    One organisation on the bus; the hub is listed as `hub`, without a credit code.

    grants: words such as `flash`, `urgent`, or names that routing rules ask for;
    limits: by name, where they differ from the defaults.
    """

    id: str
    name: str
    credit_code: str
    suite: str
    certificates: tuple[Certificate, ...]
    encryption_keys: tuple[EncryptionKey, ...] = ()
    standing: Standing = Standing.ACTIVE
    grants: frozenset[str] = frozenset()
    limits: Mapping[str, int] = field(default_factory=dict)
    versions: tuple[int, ...] = (1,)  # of the wire format that it understands

    def __post_init__(self) -> None:
        if self.id != HUB:
            participant_id(self.id)
            credit_code(self.credit_code)

    def certificate(self, digest: Digest) -> Certificate | None:
        return next((c for c in self.certificates if c.digest == digest), None)


@dataclass(frozen=True, slots=True)
class Directory:
    """
    One version of the directory, whole or as one participant's view of it.

    rules: of the routing table, those that can concern the participant it was made for.
    """

    version: int
    issued: datetime
    expires: datetime
    participants: Mapping[str, Participant]
    rules: tuple[Rule, ...] = ()
    routing_version: int = 0

    def participant(self, name: str) -> Participant:
        """
        The participant called *name*.

        Raises:
            Reject: EX-301, there is none.
        """
        found = self.participants.get(name)
        if found is None:
            raise Reject("EX-301", found=name)
        return found
