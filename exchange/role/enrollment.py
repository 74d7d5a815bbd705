# SPDX-License-Identifier: Apache-2.0
"""
Enrolment as the hub's operator does it: examine, approve, revoke, suspend, resume.

Owns the order of the steps. Each may be repeated, and a run that was cut off is finished by running
it again: what is there already is found and kept. A participant's queues stand before the
directory names it, and its login is opened after; it is closed in the opposite order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange.codec.directory_form import sign_directory
from exchange.codec.enrollment_form import claimed_request, open_request, sign_grant
from exchange.edge.anchors import Anchors, fingerprint, read_certificate
from exchange.edge.authority import Authority
from exchange.edge.broker import Broker
from exchange.edge.broker_admin import BrokerAdmin
from exchange.edge.keystore import Identity, is_for, public_digest, request_verifier, requested_key
from exchange.edge.registry import Registry
from exchange.edge.trust import Trust
from exchange.errors import BrokerDown, NotFound, Reject
from exchange.model import instant, topology
from exchange.model.digest import Digest, sha256
from exchange.model.directory import Certificate, EncryptionKey, Participant, Standing
from exchange.model.enrollment import EnrollmentGrant, EnrollmentRequest
from exchange.model.identity import grant_name
from exchange.model.receipt import HUB
from exchange.role.logins import close_login, may_log_in, open_login

HUB_CONNECTIONS, HUB_CHANNELS = 512, 4096  # of all hub workers together


@dataclass(frozen=True, slots=True)
class Examined:
    """
    A request whose signature was proven, and what the hub knows of its author.

    fingerprint: of the new key, to be compared with the department by another way;
    renews: it is signed with a certificate that is good now, so there is nothing to compare.
    """

    request: EnrollmentRequest
    fingerprint: str
    renews: bool
    known: Participant | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    What the directory says from now on: its version, and how many connections were closed.

    owed: why the broker could not be told yet; the running hub makes up for it. None where it was.
    """

    version: int
    closed: int = 0
    owed: BrokerDown | None = None


@dataclass(frozen=True, slots=True)
class BrokerAddresses:
    """Where participants find the broker, and who vouches for it there (DER)."""

    urls: tuple[str, ...]
    authorities: tuple[bytes, ...]


class Enrollment:
    """
    The hub's enrolment office.

    Args:
        identity: the hub's own; signs grants.
        authority: the built-in one; None where certificates come from elsewhere.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        identity: Identity,
        authority: Authority | None,
        anchors: Anchors,
        broker: Broker,
        admin: BrokerAdmin,
        addresses: BrokerAddresses,
        clock: Callable[[], datetime],
    ) -> None:
        self._registry = registry
        self._identity = identity
        self._authority = authority
        self._anchors = anchors
        self._broker = broker
        self._admin = admin
        self._addresses = addresses
        self._clock = clock

    @property
    def fingerprint(self) -> str:
        """Of the hub's certificate: what a department compares before it accepts a grant."""
        return fingerprint(self._identity.certificate)

    # ---- taking part

    def examine(self, document: bytes) -> Examined:
        """
        Prove the request in *document*; nothing is changed.

        Raises:
            Reject: EX-1xx, it is no request; EX-2xx, it is not signed as it must be.
        """
        claimed = claimed_request(document)
        key = requested_key(claimed.signing_request)
        renews = claimed.signed_with != sha256(claimed.signing_request)
        if renews:
            trust = Trust(self._registry.directory(), self._anchors, self._clock)
            verifier = trust.verifier(claimed.participant, claimed.signed_with)
        else:
            verifier = request_verifier(claimed.signing_request)
        request = open_request(document, verifier, who=claimed.participant)
        known = self._registry.directory().participants.get(request.participant)
        return Examined(request, fingerprint(public_digest(key)), renews, known)

    def approve(
        self,
        examined: Examined,
        *,
        grants: Iterable[str] = (),
        chain: Sequence[bytes] = (),
        again: bool = False,
    ) -> bytes:
        """
        Let the author of a request take part; the signed grant to be sent back.

        Args:
            chain: the certificate that another authority issued for the request, and its intermediates.
            again: its old keys are lost: the new certificate takes the place of all others.

        Raises:
            Reject: EX-110, a grant is not spelled as one; EX-204, it is suspended; EX-215, it is
                enrolled under another key; EX-216, there is no certificate; EX-907, its id belongs to
                another organisation.
        """
        words = tuple(map(grant_name, grants))  # first: queues and a certificate are not taken back
        self._check_author(examined, again)
        full_chain = self._certify(examined, tuple(chain))
        self._make_queues(examined.request.participant)
        self._register(examined, read_certificate(full_chain[0]), words)
        if again:
            self._revoke_others(examined.request.participant, sha256(full_chain[0]))
        open_login(self._admin, examined.request.participant)
        return self._grant(examined.request.participant, full_chain)

    def _check_author(self, examined: Examined, again: bool) -> None:
        known, request = examined.known, examined.request
        if known is None:
            return
        if known.standing is Standing.SUSPENDED:
            raise Reject("EX-204", who=request.participant)
        if known.credit_code != request.credit_code:
            raise Reject("EX-907", what=request.participant, found=known.credit_code)
        if not (examined.renews or again or self._issued(examined)):
            raise Reject("EX-215", who=request.participant)

    def _issued(self, examined: Examined) -> Certificate | None:
        """The good certificate that an approval of the same request, cut off or repeated, has registered."""
        key = requested_key(examined.request.signing_request)
        certificates = examined.known.certificates if examined.known else ()
        now = self._clock()
        return next((c for c in certificates if c.is_good(now) and is_for(c.der, key)), None)

    def _certify(self, examined: Examined, chain: tuple[bytes, ...]) -> tuple[bytes, ...]:
        request, now = examined.request, self._clock()
        key = requested_key(request.signing_request)
        if not chain:
            issued = self._issued(examined)
            if issued is not None:
                return (issued.der,)
            if self._authority is None:
                raise Reject("EX-216", who=request.participant)
            chain = (self._authority.issue(key, request.participant, at=now),)
        if not is_for(chain[0], key):
            reason = "it was issued to another key"
            raise Reject("EX-214", found=sha256(chain[0]), who=request.participant, reason=reason)
        self._anchors.check(chain[0], request.participant, at=now)
        return chain

    def _make_queues(self, participant: str) -> None:
        self._broker.declare(
            [topology.participant_exchange(participant)],
            topology.participant_queues(participant),
            topology.ingress_bindings(participant),
        )
        self._admin.settle()

    def _register(self, examined: Examined, certificate: Certificate, grants: Iterable[str]) -> None:
        request = examined.request
        self._registry.enrol(
            Participant(
                id=request.participant,
                name=request.name,
                credit_code=request.credit_code,
                suite=request.suite,
                certificates=(certificate,),
                encryption_keys=(EncryptionKey(request.encryption_key, instant.cut(self._clock())),),
                grants=frozenset(grants),
            )
        )

    def _revoke_others(self, participant: str, kept: Digest) -> None:
        for certificate in self._registry.directory().participant(participant).certificates:
            if certificate.digest != kept and certificate.revoked_at is None:
                self._registry.revoke(participant, certificate.digest)
        self._admin.close_connections(participant, "enrolled again")

    def _grant(self, participant: str, chain: tuple[bytes, ...]) -> bytes:
        signer = self._identity.signer
        grant = EnrollmentGrant(
            participant=participant,
            at=instant.cut(self._clock()),
            chain=chain,
            anchors=(*self._anchors.roots, *self._anchors.intermediates),
            hub=self._identity.certificate,
            broker_urls=self._addresses.urls,
            broker_authorities=self._addresses.authorities,
            directory=sign_directory(self._registry.view(participant), signer),
        )
        return sign_grant(grant, signer)

    # ---- taking part no longer

    def suspend(self, participant: str) -> Recorded:
        """
        Let *participant* neither send nor receive, from this moment on; its data stay.

        Raises:
            NotFound: EX-905, there is no such participant.
        """
        version = self._registry.suspend(_named(participant))
        return self._put_out(participant, version, "suspended by the hub")

    def resume(self, participant: str) -> Recorded:
        """
        Let *participant* take part again.

        Raises:
            NotFound: EX-905, there is no such participant.
        """
        one = self._registry.directory().participants.get(_named(participant))
        if one is None:
            raise NotFound("EX-905", what="participant", found=participant)
        version = self._registry.resume(participant)
        if self._is_able(participant):
            try:
                open_login(self._admin, participant)
            except BrokerDown as e:
                return Recorded(version, owed=e)
        return Recorded(version)

    def revoke(self, participant: str, certificate: Digest | None = None) -> Recorded:
        """
        Take back *certificate*, or every one of *participant*; its connections are closed.

        The broker knows participants, not their certificates: while another one is good, the login stays
        open, and whoever has the revoked key can log in with it until the participant is suspended.

        Raises:
            NotFound: EX-905, there is no such participant or certificate.
        """
        one = self._registry.directory().participants.get(_named(participant))
        if one is None:
            raise NotFound("EX-905", what="participant", found=participant)
        wanted = [c.digest for c in one.certificates] if certificate is None else [certificate]
        for digest in wanted:
            self._registry.revoke(participant, digest)
        version = self._registry.version()
        if self._is_able(participant):
            return Recorded(version, self._admin.close_connections(participant, "revoked"))
        return self._put_out(participant, version, "certificate revoked")

    def _is_able(self, participant: str) -> bool:
        return may_log_in(self._registry.directory().participant(participant), self._clock())

    def _put_out(self, participant: str, version: int, reason: str) -> Recorded:
        """What is recorded stands, whether or not the broker can be told."""
        try:
            return Recorded(version, close_login(self._admin, participant, reason))
        except BrokerDown as e:
            return Recorded(version, owed=e)

    # ---- the hub itself

    def establish_hub(self, name: str) -> None:
        """Register the hub, and make what stands on the broker whoever takes part."""
        certificate = read_certificate(self._identity.certificate)
        suite = self._identity.signer.suite.name
        self._registry.enrol(Participant(HUB, name, "", suite, (certificate,)))
        self._broker.declare(topology.hub_exchanges(), topology.hub_queues())
        self._admin.settle()


def open_hub_login(admin: BrokerAdmin) -> None:
    """Let the hub itself log in to the broker, with every right on its own vhost."""
    admin.ensure_user(
        topology.HUB_USER,
        topology.HUB_RIGHTS,
        max_connections=HUB_CONNECTIONS,
        max_channels=HUB_CHANNELS,
    )


def _named(participant: str) -> str:
    """The hub itself is not one of those who can be put out."""
    if participant == HUB:
        raise Reject("EX-203", who="the operator", what="put the hub out of its own bus")
    return participant
