# SPDX-License-Identifier: Apache-2.0
"""
Whose signature is believed, and under which key a receiver reads.

One `Trust` stands for one version of the directory, at the hub and at a daemon alike. It is asked
about every message, so what cannot change within a version (binding, chain, key) is proven once and
kept; what can (dates, revocation) is looked at each time. What was proven goes on to the next
version with `renewed`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from exchange.codec.suite import PublicKey, Verifier
from exchange.codec.suite_intl import INTL, IntlPublicKey
from exchange.edge.anchors import Anchors, verifier_of
from exchange.errors import Reject, Retry
from exchange.model import instant
from exchange.model.digest import Digest
from exchange.model.directory import Certificate, Directory, Participant, Standing

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Known:
    """A certificate that was proven to be its owner's."""

    verifier: Verifier
    active: bool  # its owner's standing
    not_before: datetime
    until: datetime  # its end, or its revocation if that came first


@dataclass(slots=True)
class _Proven:
    """What outlives a version of the directory: (suite, owner, certificate) -> verifier, raw key -> key."""

    verifiers: dict[tuple[str, str, bytes], Verifier] = field(default_factory=dict)
    keys: dict[bytes, PublicKey] = field(default_factory=dict)


class Trust:
    """
    The directory, with its certificates held against the trust anchors.

    Args:
        directory: one version, whole or a view.
        anchors: whose certificates are believed, with their revocation lists.
        clock: the time, aware.
    """

    def __init__(
        self, directory: Directory, anchors: Anchors, clock: Clock, *, proven: _Proven | None = None
    ) -> None:
        self.directory = directory
        self.anchors = anchors
        self._clock = clock
        self._proven = proven or _Proven()
        self._known: dict[tuple[str, bytes], _Known] = {}
        self._newest: dict[str, PublicKey] = {}

    def renewed(self, directory: Directory, anchors: Anchors | None = None) -> Trust:
        """
        The same for another version of the directory.

        What was proven stays proven, unless other *anchors* come with it.
        """
        kept = self._proven if anchors is None else None
        return Trust(directory, anchors or self.anchors, self._clock, proven=kept)

    def verifier(self, who: str, certificate: Digest, *, at: datetime | None = None) -> Verifier:
        """
        What proves signatures of *who*, a participant id or `hub`, under *certificate*.

        Args:
            at: judge what was signed then and is at rest since, whatever its author's standing now;
                by default what comes in now.

        Raises:
            Reject: EX-301, no such participant; EX-204, it is suspended; EX-202, the certificate is not
                registered; EX-205, it was revoked or is out of date; EX-214, nobody vouches for it.
        """
        known = self._known.get((who, certificate.value))
        if known is None:
            known = self._learn(who, certificate)
        if at is None and not known.active:
            raise Reject("EX-204", who=who)
        when = at or self._clock()
        if not known.not_before <= when < known.until:
            raise Reject("EX-205", found=certificate, who=who)
        return known.verifier

    def receiver_key(self, participant: str) -> PublicKey:
        """
        The key under which *participant* reads: its newest.

        Raises:
            Reject: EX-301, no such participant; EX-204, it is suspended; EX-207, it has none.
        """
        found = self._newest.get(participant)
        if found is None:
            found = self._newest[participant] = self.receiver_key_all(participant)[0]
        return found

    def receiver_key_all(self, participant: str) -> tuple[PublicKey, ...]:
        """Every key that *participant* has published, the newest first; errors as `receiver_key`."""
        return self._public_keys(self._active(participant))

    def reading_key(self, participant: str) -> PublicKey:
        """
        The same whatever its standing: who is suspended is told so, and nobody else is.

        Raises:
            Reject: EX-301, no such participant; EX-207, it has none.
        """
        return self._public_keys(self.directory.participant(participant))[0]

    def participant(self, name: str) -> Participant:
        """
        The participant called *name*.

        Raises:
            Reject: EX-301, there is none.
        """
        return self.directory.participant(name)

    def check_current(self) -> None:
        """
        Hold the directory against the clock.

        Raises:
            Retry: EX-213, it expired: nothing new is sealed under it.
        """
        if self._clock() >= self.directory.expires:
            raise Retry("EX-213", after_seconds=2.0, expires=instant.spell(self.directory.expires))

    def _learn(self, who: str, certificate: Digest) -> _Known:
        one = self.directory.participant(who)
        registered = one.certificate(certificate)
        if registered is None:
            raise Reject("EX-202", found=certificate, who=who)
        until = registered.not_after if registered.revoked_at is None else registered.revoked_at
        active = one.standing is Standing.ACTIVE
        proven = self._prove(registered, one)
        known = _Known(proven, active, registered.not_before, min(until, registered.not_after))
        self._known[who, certificate.value] = known
        return known

    def _active(self, who: str) -> Participant:
        one = self.directory.participant(who)
        if one.standing is not Standing.ACTIVE:
            raise Reject("EX-204", who=who)
        return one

    def _prove(self, certificate: Certificate, owner: Participant) -> Verifier:
        name = (owner.suite, owner.id, certificate.digest.value)
        found = self._proven.verifiers.get(name)
        if found is None:
            found = verifier_of(certificate.der, owner.suite, owner.id)
            self.anchors.check(certificate.der, owner.id, at=self._clock())
            self._proven.verifiers[name] = found
        return found

    def _public_keys(self, one: Participant) -> tuple[PublicKey, ...]:
        keys = sorted(one.encryption_keys, key=lambda key: key.since, reverse=True)
        if not keys:
            raise Reject("EX-207", who=one.id)
        return tuple(self._public_key(key.raw, one.suite) for key in keys)

    def _public_key(self, raw: bytes, suite: str) -> PublicKey:
        if suite != INTL.name:
            raise Reject("EX-210", found=suite, wanted=INTL.name)
        found = self._proven.keys.get(raw)
        if found is None:
            found = self._proven.keys[raw] = IntlPublicKey(raw)
        return found
