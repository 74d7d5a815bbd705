# SPDX-License-Identifier: Apache-2.0
"""
Time stamps on seals: whether a token is of this signature, and its authority's.

Without one, the time of signing is the signer's own word. A false token makes the seal invalid; one
that cannot be verified is said and changes nothing, because the seal stands without it.

Source: RFC 3161 2.4.2, GM/T 0033.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.conversion.seals import libcrypto
from adapters.conversion.seals.algorithms import digest_named
from adapters.conversion.seals.certificates import Certificate
from adapters.conversion.seals.cms import CmsSignature, read_cms
from adapters.conversion.seals.der import octets_of, oid_of, parts_of, time_of
from adapters.conversion.seals.libcrypto import Unsupported
from adapters.conversion.seals.proofs import Trust, certificate_of, signature_findings, trust_findings
from adapters.conversion.seals.ses_signature import NotReadable
from adapters.conversion.seals.verdicts import Finding, Outcome, invalid, remark
from exchange.texts import Phrase

WRONG = Phrase("seals.time-stamp-wrong")


@dataclass(frozen=True, slots=True)
class _Token:
    """A time-stamp token: digest and imprint are of what was stamped."""

    by: CmsSignature
    digest: str
    imprint: bytes
    at: datetime


def stamp_findings(token: bytes, stamped: bytes, trust: Trust) -> Iterator[Finding]:
    """What is to be said of *token*, which should stand over *stamped*."""
    try:
        read = _read(token)
    except NotReadable as e:
        yield remark(Phrase("seals.time-stamp-unreadable", {"reason": str(e)[:200]}))
        return
    try:
        if not _stands_over(read, stamped):
            yield invalid(WRONG)
            return
    except Unsupported as e:
        reason = Phrase("seals.no-algorithm", {"lacking": str(e)})
        yield remark(Phrase("seals.time-stamp-unproven", {"reason": reason}))
        return
    authority = certificate_of(read.by.signed.certificate)
    if authority is None:
        yield remark(Phrase("seals.time-stamp-unproven", {"reason": Phrase("seals.no-certificate")}))
        return
    yield from _authority_findings(read, authority, trust)


def _authority_findings(read: _Token, authority: Certificate, trust: Trust) -> Iterator[Finding]:
    signed = replace(read.by.signed, messages=(read.by.attributes or read.by.content or b"",))
    for each in signature_findings(signed, authority, wrong=WRONG, digest=read.by.digest):
        if each.outcome is Outcome.INVALID:
            yield each
            return
        if each.outcome is Outcome.NOT_VERIFIABLE:
            yield remark(Phrase("seals.time-stamp-unproven", {"reason": each.phrase}))
            return
    told = {"name": authority.subject, "when": read.at}
    untrusted = Phrase("seals.time-stamp-untrusted", told)
    doubts = tuple(
        trust_findings(
            authority, trust.with_intermediates(read.by.certificates), read.at, untrusted=untrusted
        )
    )
    yield remark(doubts[0].phrase if doubts else Phrase("seals.time-stamped", told))


# TSTInfo: version, policy, imprint, serial number, time, and more.
def _read(token: bytes) -> _Token:
    by = read_cms(token)[0]
    try:
        _, _, imprint, _, time, *_ = parts_of(by.content or b"")
        algorithm, value = parts_of(imprint)
        at = time_of(time)
        digest = digest_named(oid_of(parts_of(algorithm)[0]))
        if at is None or digest is None:
            raise NotReadable("TSTInfo")
        return _Token(by, digest, octets_of(value), at)
    except (ValueError, TypeError, IndexError, OverflowError) as e:
        raise NotReadable(str(e)) from e


def _stands_over(read: _Token, stamped: bytes) -> bool:
    attested = libcrypto.digest(read.by.digest or "sha256", read.by.content or b"")
    if read.by.attributes and attested != read.by.message_digest:
        return False
    return libcrypto.digest(read.digest, stamped) == read.imprint
