# SPDX-License-Identifier: Apache-2.0
"""A small authority and identities under it, for tests about keys, certificates and the directory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from exchange.edge.anchors import Anchors, read_certificate
from exchange.edge.authority import Authority
from exchange.edge.keystore import Identity, install, make_encryption_key, make_folder, make_signing_key
from exchange.model.directory import LIFE, Directory, EncryptionKey, Participant, Standing
from exchange.model.identity import credit_check_character
from exchange.model.receipt import HUB

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FINANCE, TAX = "440500.finance", "440500.tax"


def credit_code(number: int = 1) -> str:
    """One of any number of valid unified social credit codes."""
    first = f"11440500{number:09d}"
    return first + credit_check_character(first)


@dataclass
class Clock:
    """A clock that stands until a test moves it."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **more: float) -> None:
        self.at += timedelta(**more)


@dataclass(frozen=True)
class Party:
    """One identity in a folder of its own, as a participant of the directory."""

    id: str
    keys: Path
    identity: Identity
    encryption_key: bytes

    def listed(self, *, standing: Standing = Standing.ACTIVE, grants: Iterable[str] = ()) -> Participant:
        keys = () if self.id == HUB else (EncryptionKey(self.encryption_key, NOON),)
        return Participant(
            id=self.id,
            name=f"Office {self.id}",
            credit_code="" if self.id == HUB else credit_code(len(self.id)),
            suite="intl-1",
            certificates=(read_certificate(self.identity.certificate),),
            encryption_keys=keys,
            standing=standing,
            grants=frozenset(grants),
        )


@dataclass
class Town:
    """An authority, and whoever it has certified."""

    folder: Path
    name: str = "town authority"
    authority: Authority = field(init=False)

    def __post_init__(self) -> None:
        self.authority = Authority.make(self.folder / "authority", self.name, at=NOON)

    @property
    def anchors(self) -> Anchors:
        return Anchors.of([self.authority.certificate])

    def party(self, who: str, *, at: datetime = NOON) -> Party:
        keys = self.folder / who
        make_folder(keys)
        key = make_signing_key(keys)
        raw = make_encryption_key(keys)
        identity = install(keys, [self.authority.issue(key.public_key(), who, at=at)])
        return Party(who, keys, identity, raw)


def directory(*people: Participant, version: int = 7, holder: str = "", issued: datetime = NOON) -> Directory:
    """A directory of *people*, good for a day."""
    return Directory(
        version=version,
        issued=issued,
        expires=issued + LIFE,
        participants=MappingProxyType({one.id: one for one in people}),
        holder=holder,
    )
