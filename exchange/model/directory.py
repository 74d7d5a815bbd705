# SPDX-License-Identifier: Apache-2.0
"""
The directory: who takes part, with which keys, and what may be sent where.

One value serves both sides: the hub builds it from its database, a daemon reads it from the signed
document that the hub gave it. It holds certificates as bytes and never judges them; that is
`edge.trust`'s work.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from exchange.errors import Halt, Reject
from exchange.model import instant
from exchange.model.digest import Digest
from exchange.model.identity import check_word, credit_code, participant_id
from exchange.model.receipt import HUB
from exchange.model.rule import Rule

GRANTS_MOST = 256  # of one participant; as in schemas/exchange/directory.xsd
LIFE = timedelta(hours=24)  # a view is used no longer than this after it was issued
OVERLAP = timedelta(minutes=10)  # how long the hub admits the version before the current one


class Standing(Enum):
    """Whether a participant takes part."""

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
        """Whether what was signed with it at that time is good."""
        end = self.not_after if self.revoked_at is None else min(self.revoked_at, self.not_after)
        return self.not_before <= at < end


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
        self._check_grants()

    def _check_grants(self) -> None:
        """A directory that has other ones is one that the schema refuses, and every daemon with it."""
        for grant in self.grants:
            check_word("name of a grant", grant)
        if len(self.grants) > GRANTS_MOST:
            found, wanted = len(self.grants), f"at most {GRANTS_MOST}"
            raise Reject("EX-104", what="number of grants", found=found, wanted=wanted)

    def certificate(self, digest: Digest) -> Certificate | None:
        return next((c for c in self.certificates if c.digest == digest), None)


@dataclass(frozen=True, slots=True)
class Directory:
    """
    One version of the directory, whole or as one participant's view of it.

    rules: of the routing table, those that can concern the participant it was made for;
    holder: that participant; "" for the whole directory, which the hub alone has.
    """

    version: int
    issued: datetime
    expires: datetime
    participants: Mapping[str, Participant]
    rules: tuple[Rule, ...] = ()
    routing_version: int = 0
    holder: str = ""

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

    def check_follows(self, held: Directory, *, at: datetime) -> None:
        """
        Hold this version against the one *held* before it.

        Raises:
            Reject: EX-208, it goes backwards, changes what a version said, or was made for another; EX-213,
                it is out of date already.
        """
        if self.holder != held.holder:
            raise Reject("EX-208", found=f"for {self.holder or HUB}", wanted=f"one for {held.holder or HUB}")
        if (self.version, self.issued) < (held.version, held.issued):
            found, wanted = (f"{one.version} ({instant.spell(one.issued)})" for one in (self, held))
            raise Reject("EX-208", found=found, wanted=f"{wanted} or later")
        if at >= self.expires:
            raise Reject("EX-213", expires=instant.spell(self.expires))

    def check_own(self, *, is_ours: Callable[[Certificate], bool], encryption_keys: Container[bytes]) -> None:
        """
        Hold what is listed under its holder's name against what is really the holder's.

        Of the encryption keys the newest counts: it is the one that others use.

        Raises:
            Halt: EX-212, a certificate or the key is another's: whoever has it could speak or read for us.
        """
        me = self.participants.get(self.holder)
        if me is None:
            return
        if not all(is_ours(c) for c in me.certificates if c.revoked_at is None):
            raise Halt("EX-212", found=self.version, what="a certificate", who=self.holder)
        newest = max(me.encryption_keys, key=lambda key: key.since, default=None)
        if newest is not None and newest.raw not in encryption_keys:
            raise Halt("EX-212", found=self.version, what="an encryption key", who=self.holder)
