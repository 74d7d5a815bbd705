# SPDX-License-Identifier: Apache-2.0
"""
Whether a signature is its signer's, and whether somebody trusted vouches for a certificate.

Each answer is a list of findings; none means that all is well. The words for what could not be done
(no SM2 on this machine, an unknown algorithm) are chosen here, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.conversion.seals import libcrypto
from adapters.conversion.seals.algorithms import SIGNATURES, WEAK_DIGESTS
from adapters.conversion.seals.certificates import (
    CHAIN_MOST,
    Certificate,
    issuers_of,
    read_certificate,
    readable,
)
from adapters.conversion.seals.der import signature_in_der
from adapters.conversion.seals.libcrypto import DEFAULT_IDENTITY, Unsupported
from adapters.conversion.seals.ses_signature import NotReadable, Signed
from adapters.conversion.seals.verdicts import Finding, invalid, remark, unproven
from exchange.texts import Phrase

Phrases = tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """
    Whom the verifier trusts, and the time that it takes for now.

    intermediates: certificates that came along and may stand between an end and an anchor.
    """

    anchors: tuple[Certificate, ...]
    at: datetime
    intermediates: tuple[Certificate, ...] = ()

    @classmethod
    def of(cls, anchors: Sequence[bytes], at: datetime) -> Trust:
        """
        Trust in *anchors*, certificates in DER.

        Raises:
            NotReadable: one of them is no certificate.
        """
        return cls(tuple(read_certificate(each) for each in anchors), at)

    def with_intermediates(self, certificates: Sequence[bytes]) -> Trust:
        """The same, with certificates that came along."""
        return Trust(self.anchors, self.at, readable(certificates))


def signature_findings(
    signed: Signed, key: Certificate, *, wrong: Phrase, digest: str = ""
) -> Iterator[Finding]:
    """
    What is wrong with *signed*, a signature by the holder of *key*.

    Args:
        wrong: says that it is not; digest: where the algorithm leaves it open.
    """
    algorithm = SIGNATURES.get(signed.algorithm)
    if algorithm is None or not key.key_kind:
        yield unproven(Phrase("seals.algorithm-unknown", {"algorithm": signed.algorithm}))
        return
    if algorithm.kind != key.key_kind and (algorithm.kind, key.key_kind) != ("ec", "sm2"):
        values = {"algorithm": signed.algorithm, "key": key.key_kind.upper()}
        yield invalid(Phrase("seals.key-of-other-kind", values))
        return
    name = "sm3" if key.key_kind == "sm2" else (algorithm.digest or digest)
    if not name:
        yield unproven(Phrase("seals.algorithm-unknown", {"algorithm": signed.algorithm}))
        return
    if key.weak:
        yield remark(Phrase("seals.weak-key", {"name": key.subject}))
    if name in WEAK_DIGESTS:
        yield remark(Phrase("seals.weak-signature", {"digest": name.upper()}))
    yield from _checked(signed, key, name, wrong)


def _checked(signed: Signed, key: Certificate, digest: str, wrong: Phrase) -> Iterator[Finding]:
    try:
        if not any(_verifies(key, signed.signature, each, digest) for each in signed.messages):
            yield invalid(wrong)
    except Unsupported as e:
        yield unproven(_unsupported(key, e))


def _verifies(key: Certificate, signature: bytes, message: bytes, digest: str) -> bool:
    sm2 = key.key_kind == "sm2"
    written = signature_in_der(signature) if sm2 else signature
    identity = DEFAULT_IDENTITY if sm2 else None
    return libcrypto.verifies(key.key, written, message, digest=digest, identity=identity)


def _unsupported(key: Certificate, error: Unsupported) -> Phrase:
    if key.key_kind == "sm2":
        return Phrase("seals.no-sm2", {"lacking": str(error)})
    return Phrase("seals.no-algorithm", {"lacking": str(error)})


# ---- chains


def trust_findings(end: Certificate, trust: Trust, when: datetime, *, untrusted: Phrase) -> Iterator[Finding]:
    """
    What keeps *end* from leading to an anchor at the time *when*.

    Args:
        untrusted: says that no anchor vouches for it.
    """
    search = _Search(trust, when)
    if not search.leads(end, ()):
        yield unproven(search.obstacle or untrusted)


class _Search:
    """
    A depth-first search for an anchor; the number of signatures that it checks is bounded.

    obstacle: why a way ended that might have led there.
    """

    def __init__(self, trust: Trust, when: datetime) -> None:
        self._trust = trust
        self._when = when
        self._left = 4 * CHAIN_MOST
        self.obstacle: Phrase | None = None

    def leads(self, here: Certificate, behind: tuple[Certificate, ...]) -> bool:
        """Whether a chain goes from *here* to an anchor."""
        if any(each.raw == here.raw for each in self._trust.anchors):
            return True
        if len(behind) == CHAIN_MOST or here in behind:
            return False
        onward = (*issuers_of(here, self._trust.anchors), *issuers_of(here, self._trust.intermediates))
        return any(self._steps(here, each, (*behind, here)) for each in onward)

    def _steps(self, here: Certificate, issuer: Certificate, behind: tuple[Certificate, ...]) -> bool:
        anchored = any(each.raw == issuer.raw for each in self._trust.anchors)
        if not self._left or not (issuer.authority or anchored):
            return False
        if not anchored and not issuer.covers(self._when):
            self.obstacle = Phrase("seals.issuer-expired", {"name": issuer.subject})
            return False
        self._left -= 1
        return self._issued(here, issuer) and self.leads(issuer, behind)

    def _issued(self, here: Certificate, issuer: Certificate) -> bool:
        signed = Signed(issuer.raw, here.algorithm, here.signature, (here.signed,))
        wrong = Phrase("seals.issuer-signature-wrong", {"name": here.subject, "issuer": issuer.subject})
        found = [each for each in signature_findings(signed, issuer, wrong=wrong) if not _is_remark(each)]
        if found:
            self.obstacle = found[0].phrase
        return not found


def _is_remark(finding: Finding) -> bool:
    return finding.outcome == "valid"


def validity_findings(
    certificate: Certificate, when: datetime, at: datetime, *, whose: Phrase
) -> Iterator[Finding]:
    """What is to be said of a *certificate*'s time: of signing (*when*), and today (*at*)."""
    told = {"who": whose, "name": certificate.subject, "from": certificate.begins, "until": certificate.ends}
    if not certificate.covers(when):
        yield invalid(Phrase("seals.certificate-not-valid-then", told))
    elif not certificate.covers(at):
        yield remark(Phrase("seals.certificate-expired-since", told))


def certificate_of(data: bytes) -> Certificate | None:
    """The certificate that *data* is; None where it is none."""
    try:
        return read_certificate(data)
    except NotReadable:
        return None
