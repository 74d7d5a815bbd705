# SPDX-License-Identifier: Apache-2.0
"""
The hub's own record of who takes part: participants, certificates, encryption keys, grants.

Every change makes a new version of the directory and an entry of the ledger, in the transaction in
which it happens. Certificates and keys are never removed, only revoked or followed by newer ones.
Which requests are granted is `role.enrollment`'s to say; nothing is judged here.

The version of the directory is the number of changes here plus the version of the routing table:
both only grow, so it grows with either.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol

import sqlalchemy as sa

from exchange.codec.directory_form import write_certificate_state, write_participant
from exchange.edge.ledger import Ledger
from exchange.edge.tables import create, insert_if_new, key_bytes, metadata, reading, writing
from exchange.errors import NotFound, Reject
from exchange.model import instant
from exchange.model.digest import Digest
from exchange.model.directory import LIFE, Certificate, Directory, EncryptionKey, Participant, Standing
from exchange.model.identity import WORD_LIMIT, grant_name
from exchange.model.ledger_entry import Entry, EntryKind
from exchange.model.rule import Rule

FRESH = timedelta(hours=1)  # how old the hub's own copy may be before it is issued again

PARTICIPANT = sa.Table(
    "participant",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("credit_code", sa.String(18), nullable=False),
    sa.Column("suite", sa.String(16), nullable=False),
    sa.Column("standing", sa.String(16), nullable=False),
    sa.Column("grants", sa.Text, nullable=False),  # JSON: a list of words
    sa.Column("limits", sa.Text, nullable=False),  # JSON: numbers by name
    sa.Column("versions", sa.Text, nullable=False),  # JSON: a list of numbers
    sa.Column("enrolled", sa.BigInteger, nullable=False),  # ms, as all times here
)
CERTIFICATE = sa.Table(
    "participant_certificate",
    metadata,
    sa.Column("digest", sa.String(80), primary_key=True),
    sa.Column("participant", sa.String(64), nullable=False, index=True),
    sa.Column("der", sa.LargeBinary(1 << 16), nullable=False),
    sa.Column("not_before", sa.BigInteger, nullable=False),
    sa.Column("not_after", sa.BigInteger, nullable=False),
    sa.Column("registered", sa.BigInteger, nullable=False),
    sa.Column("revoked", sa.BigInteger),  # NULL: it is good
)
ENCRYPTION_KEY = sa.Table(
    "participant_encryption_key",
    metadata,
    sa.Column("participant", sa.String(64), primary_key=True),
    sa.Column("raw", key_bytes(255), primary_key=True),
    sa.Column("since", sa.BigInteger, nullable=False),
)
DIRECTORY = sa.Table(
    "directory",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # 1: there is one
    sa.Column("changes", sa.BigInteger, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
)
REGISTRY_TABLES = (PARTICIPANT, CERTIFICATE, ENCRYPTION_KEY, DIRECTORY)

_CHANGES = sa.select(DIRECTORY.c.changes)


class Routes(Protocol):
    """What the registry wants to know of the routing table."""

    def version(self) -> int:
        """Of the table in force; 0 before the first one."""

    def view_for(self, participant: str) -> tuple[Rule, ...]:
        """The rules that can apply to what *participant* sends."""


class NoRoutes:
    """The routing table before there is one."""

    def version(self) -> int:
        return 0

    def view_for(self, participant: str) -> tuple[Rule, ...]:
        return ()


class Registry:
    """
    The registered participants of one hub.

    Args:
        ledger: where changes are entered; None where there is none, as in small tests.
        routes: of the hub's routing table.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], datetime],
        *,
        ledger: Ledger | None = None,
        routes: Routes | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._ledger = ledger
        self._routes = routes or NoRoutes()
        self._lock = threading.Lock()
        self._held: Directory | None = None

    def create(self) -> None:
        """Create the tables where they do not stand yet."""
        create(self._engine, *REGISTRY_TABLES)
        with writing(self._engine) as connection:
            row = {"id": 1, "changes": 0, "changed": _ms(self._now())}
            connection.execute(insert_if_new(self._engine, DIRECTORY), row)

    # ---- reading

    def version(self) -> int:
        """Of the directory, at this moment."""
        with reading(self._engine) as connection:
            changes = connection.execute(_CHANGES).scalar_one()
        return int(changes) + self._routes.version()

    def directory(self) -> Directory:
        """
        The whole directory, without the routing rules, which the hub looks up in its compiled table.

        The same value until something changes, or until it has become an hour old.
        """
        version, now = self.version(), self._now()
        with self._lock:
            if self._held is None or self._held.version != version or now - self._held.issued > FRESH:
                self._held = self._read(now)
            return self._held

    def view(self, participant: str) -> Directory:
        """
        What *participant* may know of the directory, fresh.

        Grants and limits of others are not its business.

        Raises:
            Reject: EX-301, there is no such participant.
        """
        whole = self._read(self._now())
        whole.participant(participant)
        shown = {
            name: one if name == participant else _as_others_see(one)
            for name, one in whole.participants.items()
        }
        return replace(
            whole,
            participants=MappingProxyType(shown),
            rules=self._routes.view_for(participant),
            holder=participant,
        )

    def registered_at(self, certificate: Digest) -> datetime:
        """
        When *certificate* came into the directory.

        Raises:
            NotFound: EX-905, it never did.
        """
        asked = sa.select(CERTIFICATE.c.registered).where(CERTIFICATE.c.digest == str(certificate))
        with reading(self._engine) as connection:
            found = connection.execute(asked).scalar()
        if found is None:
            raise NotFound("EX-905", what="certificate", found=certificate)
        return _at(found)

    def _read(self, now: datetime) -> Directory:
        with reading(self._engine) as connection:
            changes = connection.execute(_CHANGES).scalar_one()
            participants = _participants(connection)
        routing = self._routes.version()
        return Directory(
            version=int(changes) + routing,
            issued=now,
            expires=now + LIFE,
            participants=MappingProxyType(participants),
            routing_version=routing,
        )

    # ---- changing

    def enrol(self, participant: Participant) -> int:
        """
        Register *participant*, or what is new about it: a certificate, a key, a grant.

        What is registered already is left as it is, revoked certificates too.

        Returns:
            The version of the directory; no new one where nothing was new.

        Raises:
            Reject: EX-110, a grant is not spelled as one; EX-907, the id belongs to another organisation.
        """
        for word in participant.grants:
            grant_name(word)
        with self._changing() as connection:
            known = _participants(connection, participant.id).get(participant.id)
            if known is not None and known.credit_code != participant.credit_code:
                raise Reject("EX-907", what=participant.id, found=known.credit_code)
            merged = participant if known is None else _merged(known, participant)
            if merged != known:
                self._store(connection, known, merged)
        return self.version()

    def renew(
        self, participant: str, certificate: Certificate, encryption_key: EncryptionKey | None = None
    ) -> int:
        """Register a further *certificate*, and a newer key to encrypt to; the version."""
        keys = () if encryption_key is None else (encryption_key,)

        def renewed(one: Participant) -> Participant:
            return _merged(one, replace(one, certificates=(certificate,), encryption_keys=keys))

        return self._change(participant, renewed)

    def revoke(self, participant: str, certificate: Digest) -> int:
        """
        Take back a certificate of *participant* from now on; the version.

        Raises:
            NotFound: EX-905, it is not registered.
        """
        now = self._now()

        def revoked(one: Participant) -> Participant:
            if one.certificate(certificate) is None:
                raise NotFound("EX-905", what="certificate", found=certificate)
            return replace(one, certificates=tuple(_revoked(c, certificate, now) for c in one.certificates))

        return self._change(participant, revoked)

    def suspend(self, participant: str) -> int:
        """Let *participant* neither send nor receive; the version."""
        return self._change(participant, lambda one: replace(one, standing=Standing.SUSPENDED))

    def resume(self, participant: str) -> int:
        """Let *participant* take part again; the version."""
        return self._change(participant, lambda one: replace(one, standing=Standing.ACTIVE))

    def grant(self, participant: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> int:
        """
        Give and take grants; the version.

        Raises:
            Reject: EX-110, one to be given is not spelled as a grant.
        """
        given = frozenset(map(grant_name, add))
        return self._change(
            participant, lambda one: replace(one, grants=(one.grants | given) - frozenset(remove))
        )

    def limit(self, participant: str, limits: Mapping[str, int]) -> int:
        """Set *limits* of a participant that differ from the defaults; the version."""
        return self._change(participant, lambda one: replace(one, limits=_joined(one.limits, limits)))

    def _change(self, name: str, change: Callable[[Participant], Participant]) -> int:
        """
        Register what *change* makes of a participant; the version, a new one only if something differs.

        Raises:
            NotFound: EX-905, there is no such participant.
        """
        with self._changing() as connection:
            known = _participants(connection, name).get(name)
            if known is None:
                raise NotFound("EX-905", what="participant", found=name)
            changed = change(known)
            if changed != known:
                self._store(connection, known, changed)
        return self.version()

    @contextmanager
    def _changing(self) -> Iterator[sa.Connection]:
        """A transaction that has the registry to itself: no change is made from what another replaces."""
        with writing(self._engine) as connection:
            connection.execute(_CHANGES.with_for_update())
            yield connection

    def _store(self, connection: sa.Connection, known: Participant | None, one: Participant) -> None:
        now = self._now()
        changes = _count_change(connection, now)
        _write(connection, one, now)
        if self._ledger is not None:
            self._ledger.enter(connection, _entries(known, one, now, changes + self._routes.version()))

    def _now(self) -> datetime:
        return instant.cut(self._clock())


# ---- what a change is


def _merged(known: Participant, more: Participant) -> Participant:
    """*known* with what is new in *more*; its standing stays."""
    digests = {c.digest for c in known.certificates}
    keys = {key.raw for key in known.encryption_keys}
    fresh_keys = [key for key in more.encryption_keys if key.raw not in keys]
    return replace(
        known,
        name=more.name,
        certificates=known.certificates + tuple(c for c in more.certificates if c.digest not in digests),
        encryption_keys=_newest_first([*known.encryption_keys, *_later(known.encryption_keys, fresh_keys)]),
        grants=known.grants | more.grants,
        limits=_joined(known.limits, more.limits),
        versions=more.versions,
    )


def _later(known: Iterable[EncryptionKey], fresh: Iterable[EncryptionKey]) -> Iterator[EncryptionKey]:
    """*fresh* keys, each newer than all before: which one is the newest must never be in doubt."""
    last = max((key.since for key in known), default=None)
    for key in fresh:
        last = key.since if last is None else max(key.since, last + timedelta(milliseconds=1))
        yield replace(key, since=last)


def _as_others_see(one: Participant) -> Participant:
    return replace(one, grants=frozenset(), limits=MappingProxyType({}))


def _joined(known: Mapping[str, int], more: Mapping[str, int]) -> Mapping[str, int]:
    return MappingProxyType({**known, **more})


def _newest_first(keys: Iterable[EncryptionKey]) -> tuple[EncryptionKey, ...]:
    return tuple(sorted(keys, key=lambda key: (key.since, key.raw), reverse=True))


def _revoked(certificate: Certificate, wanted: Digest, at: datetime) -> Certificate:
    if certificate.digest != wanted or certificate.revoked_at is not None:
        return certificate
    return replace(certificate, revoked_at=at)


def _entries(known: Participant | None, one: Participant, at: datetime, version: int) -> list[Entry]:
    """What the hub shall never be able to deny of a change: the whole entry, and each certificate's fate."""
    body = write_participant(one, version)
    before = {c.digest: c for c in known.certificates} if known else {}
    changed = [c for c in one.certificates if before.get(c.digest) != c]
    return [
        Entry(EntryKind.DIRECTORY, str(version), at, body),
        Entry(EntryKind.PARTICIPANT, one.id, at, body),
        *(Entry(EntryKind.CERTIFICATE, one.id, at, write_certificate_state(c)) for c in changed),
    ]


# ---- rows


def _count_change(connection: sa.Connection, now: datetime) -> int:
    """The number of this change."""
    connection.execute(sa.update(DIRECTORY).values(changes=DIRECTORY.c.changes + 1, changed=_ms(now)))
    return int(connection.execute(_CHANGES).scalar_one())


def _write(connection: sa.Connection, one: Participant, now: datetime) -> None:
    """*one* as it shall be: its row, and the certificates and keys that it did not have."""
    row = _row(one)
    mine = PARTICIPANT.c.id == one.id
    if connection.execute(sa.update(PARTICIPANT).where(mine).values(row)).rowcount == 0:
        connection.execute(sa.insert(PARTICIPANT), {**row, "id": one.id, "enrolled": _ms(now)})
    _write_certificates(connection, one, now)
    wanted = [{"participant": one.id, "raw": k.raw, "since": _ms(k.since)} for k in one.encryption_keys]
    connection.execute(sa.delete(ENCRYPTION_KEY).where(ENCRYPTION_KEY.c.participant == one.id))
    if wanted:
        connection.execute(sa.insert(ENCRYPTION_KEY), wanted)


def _write_certificates(connection: sa.Connection, one: Participant, now: datetime) -> None:
    for c in one.certificates:
        revoked = None if c.revoked_at is None else _ms(c.revoked_at)
        mine = CERTIFICATE.c.digest == str(c.digest)
        if connection.execute(sa.update(CERTIFICATE).where(mine).values(revoked=revoked)).rowcount == 0:
            row = {
                "digest": str(c.digest), "participant": one.id, "der": c.der, "not_before": _ms(c.not_before),
                "not_after": _ms(c.not_after), "registered": _ms(now), "revoked": revoked,
            }  # fmt: skip
            connection.execute(sa.insert(CERTIFICATE), row)


def _row(one: Participant) -> dict[str, object]:
    return {
        "name": one.name,
        "credit_code": one.credit_code,
        "suite": one.suite,
        "standing": one.standing.value,
        "grants": json.dumps(sorted(one.grants)),
        "limits": json.dumps(dict(one.limits)),
        "versions": json.dumps(one.versions),
    }


def _participants(connection: sa.Connection, only: str | None = None) -> dict[str, Participant]:
    people = sa.select(PARTICIPANT).order_by(PARTICIPANT.c.id)
    certificates = sa.select(CERTIFICATE).order_by(CERTIFICATE.c.registered, CERTIFICATE.c.digest)
    keys = sa.select(ENCRYPTION_KEY)
    if only is not None:
        people = people.where(PARTICIPANT.c.id == only)
        certificates = certificates.where(CERTIFICATE.c.participant == only)
        keys = keys.where(ENCRYPTION_KEY.c.participant == only)
    rows = connection.execute(people).all()
    certificates_of: dict[str, list[Certificate]] = {row.id: [] for row in rows}
    keys_of: dict[str, list[EncryptionKey]] = {row.id: [] for row in rows}
    for row in connection.execute(certificates):
        certificates_of[row.participant].append(_certificate(row))
    for row in connection.execute(keys):
        keys_of[row.participant].append(EncryptionKey(row.raw, _at(row.since)))
    return {row.id: _participant(row, certificates_of[row.id], keys_of[row.id]) for row in rows}


def _participant(row: Any, certificates: list[Certificate], keys: list[EncryptionKey]) -> Participant:
    return Participant(
        id=row.id,
        name=row.name,
        credit_code=row.credit_code,
        suite=row.suite,
        certificates=tuple(certificates),
        encryption_keys=_newest_first(keys),
        standing=Standing(row.standing),
        grants=_grants(json.loads(row.grants)),
        limits=MappingProxyType(json.loads(row.limits)),
        versions=tuple(json.loads(row.versions)),
    )


def _grants(words: Iterable[str]) -> frozenset[str]:
    """Without those that no directory can carry: rows of earlier versions may have an empty one."""
    return frozenset(word for word in words if 0 < len(word) <= WORD_LIMIT)


def _certificate(row: Any) -> Certificate:
    revoked = None if row.revoked is None else _at(row.revoked)
    return Certificate(Digest.parse(row.digest), row.der, _at(row.not_before), _at(row.not_after), revoked)


_ms = instant.milliseconds
_at = instant.from_milliseconds
