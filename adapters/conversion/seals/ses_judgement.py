# SPDX-License-Identifier: Apache-2.0
"""
The judgement of an SES_Signature: the description it protects, the signer, the seal, the maker, the times.

The seal vouches for its signers (it lists their certificates) and its maker for the seal; so trust
comes from the maker's chain, and a signer's own chain that ends nowhere is a remark only.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta

from adapters.conversion.seals import libcrypto
from adapters.conversion.seals.algorithms import SIGNATURES, digest_named
from adapters.conversion.seals.certificates import Certificate
from adapters.conversion.seals.libcrypto import Unsupported
from adapters.conversion.seals.ofd_signatures import Description
from adapters.conversion.seals.proofs import (
    Trust,
    certificate_of,
    signature_findings,
    trust_findings,
    validity_findings,
)
from adapters.conversion.seals.ses_signature import NotReadable, Seal, SesSignature, read_seal, read_ses
from adapters.conversion.seals.time_stamps import stamp_findings
from adapters.conversion.seals.verdicts import Finding, SealVerdict, invalid, outcome_of, remark, unproven
from exchange.texts import Phrase

SKEW = timedelta(minutes=10)  # by which a signer's clock may be ahead of ours
MAKER, SIGNER = Phrase("seals.the-maker"), Phrase("seals.the-signer")


def judge_ses(data: bytes, description: Description, trust: Trust, *, seal_file: bytes | None) -> SealVerdict:
    """
    The verdict on the signature *data* of *description*, its files aside.

    Args:
        seal_file: the seal that lies beside it; None where none is named.
    """
    try:
        read = read_ses(data)
    except NotReadable as e:
        told = {"what": description.value_path, "reason": str(e)[:200]}
        finding = unproven(Phrase("seals.value-unreadable", told))
        return SealVerdict(id="", outcome=finding.outcome, findings=(finding,))
    signer, maker = certificate_of(read.signed.certificate), certificate_of(read.seal.made.certificate)
    findings = (
        *_description_findings(read, description),
        *_signer_findings(read, signer, trust),
        *_seal_findings(read.seal, maker, trust, when=read.at or trust.at),
        *_seal_file_findings(read.seal, seal_file),
        *_use_findings(read, trust),
    )
    return SealVerdict(
        id="",
        outcome=outcome_of(findings),
        findings=findings,
        form=read.form,
        seal_id=read.seal.id,
        seal_name=read.seal.name,
        signer=signer.subject if signer else "",
        maker=maker.subject if maker else "",
        signed_at=read.at,
        picture=read.seal.picture,
    )


def description_digests(description: Description, algorithm: str) -> Iterator[bytes]:
    """
    The digests of the description that its signature may hold: by the signature's own, then by the files'.

    Raises:
        Unsupported: the machine has none of them.
    """
    named = SIGNATURES.get(algorithm)
    wanted = dict.fromkeys(filter(None, (named.digest if named else "", digest_named(description.check))))
    for name in wanted:
        yield libcrypto.digest(name, description.data)


def _description_findings(read: SesSignature, description: Description) -> Iterator[Finding]:
    try:
        same = any(
            hmac.compare_digest(each, read.digest)
            for each in description_digests(description, read.signed.algorithm)
        )
    except Unsupported as e:
        yield unproven(Phrase("seals.no-algorithm", {"lacking": str(e)}))
        return
    if not same:
        yield invalid(Phrase("seals.description-altered", {"what": description.path}))


def _signer_findings(read: SesSignature, signer: Certificate | None, trust: Trust) -> Iterator[Finding]:
    if signer is None:
        yield unproven(Phrase("seals.certificate-unreadable", {"who": SIGNER}))
        return
    wrong = Phrase("seals.signature-wrong", {"name": signer.subject})
    yield from signature_findings(read.signed, signer, wrong=wrong)
    when = read.at or trust.at
    yield from validity_findings(signer, when, trust.at, whose=SIGNER)
    yield from _listing_findings(read.seal, signer)
    for each in trust_findings(
        signer, trust, when, untrusted=Phrase("seals.signer-untrusted", {"name": signer.subject})
    ):
        yield remark(each.phrase)


def _listing_findings(seal: Seal, signer: Certificate) -> Iterator[Finding]:
    """Whether the seal says that *signer* may use it."""
    if signer.raw in seal.certificates:
        return
    told = {"name": signer.subject}
    if not seal.certificates and not seal.digests:
        yield unproven(Phrase("seals.no-signers-listed", told))
        return
    try:
        if any(_is_digest(signer.raw, name, value) for name, value in seal.digests):
            return
    except Unsupported as e:
        yield unproven(Phrase("seals.no-algorithm", {"lacking": str(e)}))
        return
    yield invalid(Phrase("seals.signer-not-listed", told))


def _is_digest(certificate: bytes, name: str, value: bytes) -> bool:
    digest = digest_named(name) or "sm3"
    return hmac.compare_digest(libcrypto.digest(digest, certificate), value)


def _seal_findings(
    seal: Seal, maker: Certificate | None, trust: Trust, *, when: datetime
) -> Iterator[Finding]:
    if maker is None:
        yield unproven(Phrase("seals.certificate-unreadable", {"who": MAKER}))
        return
    wrong = Phrase("seals.seal-altered", {"name": seal.name, "maker": maker.subject})
    yield from signature_findings(seal.made, maker, wrong=wrong)
    made_at = seal.created or seal.begins or when
    yield from validity_findings(maker, made_at, trust.at, whose=MAKER)
    key = "seals.maker-untrusted" if trust.anchors else "seals.no-anchors"
    yield from trust_findings(maker, trust, made_at, untrusted=Phrase(key, {"name": maker.subject}))
    if not seal.picture.data:
        yield remark(Phrase("seals.no-picture"))


def _seal_file_findings(seal: Seal, seal_file: bytes | None) -> Iterator[Finding]:
    if seal_file is None:
        return
    try:
        same = read_seal(seal_file).raw == seal.raw
    except NotReadable:
        same = False
    if not same:
        yield invalid(Phrase("seals.other-seal"))


def _use_findings(read: SesSignature, trust: Trust) -> Iterator[Finding]:
    """Whether the seal was used in its time."""
    seal = read.seal
    if read.at is None:
        yield unproven(Phrase("seals.no-time"))
        return
    if read.at > trust.at + SKEW:
        yield invalid(Phrase("seals.signed-in-future", {"when": read.at, "at": trust.at}))
    told = {"name": seal.name, "from": seal.begins, "until": seal.ends, "when": read.at}
    if seal.begins is None or seal.ends is None:
        yield unproven(Phrase("seals.no-validity", {"name": seal.name}))
    elif not seal.begins <= read.at <= seal.ends:
        yield invalid(Phrase("seals.seal-not-valid-then", told))
    elif seal.ends < trust.at:
        yield remark(Phrase("seals.seal-expired-since", told))
    if read.time_stamp:
        yield from stamp_findings(read.time_stamp, read.signed.signature, trust)
