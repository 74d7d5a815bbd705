# SPDX-License-Identifier: Apache-2.0
"""
The judgement of a digital signature in PKCS #7 or CMS: what it signs, who signed, and who vouches.

It has no seal that vouches for its signer, so the signer's own chain must lead to an anchor.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace

from adapters.conversion.seals import libcrypto
from adapters.conversion.seals.certificates import Certificate
from adapters.conversion.seals.cms import CmsSignature, read_cms
from adapters.conversion.seals.der import time_in
from adapters.conversion.seals.libcrypto import Unsupported
from adapters.conversion.seals.ofd_signatures import Description
from adapters.conversion.seals.proofs import (
    Trust,
    certificate_of,
    signature_findings,
    trust_findings,
    validity_findings,
)
from adapters.conversion.seals.ses_judgement import SIGNER, SKEW, description_digests
from adapters.conversion.seals.ses_signature import NotReadable
from adapters.conversion.seals.verdicts import Finding, SealVerdict, invalid, outcome_of, unproven
from exchange.texts import Phrase

FORM = "CMS"


def judge_cms(data: bytes, description: Description, trust: Trust) -> SealVerdict:
    """The verdict on the signature *data* of *description*, its files aside; all its signers must stand."""
    try:
        signatures = read_cms(data)
    except NotReadable as e:
        told = {"what": description.value_path, "reason": str(e)[:200]}
        finding = unproven(Phrase("seals.value-unreadable", told))
        return SealVerdict(id="", outcome=finding.outcome, findings=(finding,), form=FORM)
    findings = tuple(each for one in signatures for each in _findings(one, description, trust))
    signers = [certificate_of(each.signed.certificate) for each in signatures]
    return SealVerdict(
        id="",
        outcome=outcome_of(findings),
        findings=findings,
        form=FORM,
        signer=", ".join(each.subject for each in signers if each),
        signed_at=signatures[0].at,
    )


def _findings(signature: CmsSignature, description: Description, trust: Trust) -> Iterator[Finding]:
    signer = certificate_of(signature.signed.certificate)
    if signer is None:
        yield unproven(Phrase("seals.no-certificate"))
        return
    wrong = Phrase("seals.signature-wrong", {"name": signer.subject})
    try:
        content = _content(signature, description)
        if content is None:
            yield invalid(Phrase("seals.description-altered", {"what": description.path}))
            content = (signature.content or b"",)
        messages = (signature.attributes,) if signature.attributes else content
    except Unsupported as e:
        yield unproven(Phrase("seals.no-algorithm", {"lacking": str(e)}))
        return
    signed = replace(signature.signed, messages=messages)
    yield from signature_findings(signed, signer, wrong=wrong, digest=signature.digest)
    yield from _time_findings(signature, description, signer, trust)


def _content(signature: CmsSignature, description: Description) -> tuple[bytes, ...] | None:
    """
    The forms of the content that the signature may be over; None: it is of another description.

    Raises:
        Unsupported: the machine cannot take the digest.
    """
    digests = tuple(description_digests(description, signature.signed.algorithm))
    forms = (description.data, *digests)
    if signature.content is not None:
        forms = tuple(each for each in forms if hmac.compare_digest(each, signature.content))
    if signature.attributes:
        forms = tuple(each for each in forms if _is_attested(each, signature))
    return forms or None


def _is_attested(content: bytes, signature: CmsSignature) -> bool:
    if signature.message_digest is None or not signature.digest:
        return False
    return hmac.compare_digest(libcrypto.digest(signature.digest, content), signature.message_digest)


def _time_findings(
    signature: CmsSignature, description: Description, signer: Certificate, trust: Trust
) -> Iterator[Finding]:
    when = signature.at or time_in(description.told_at)
    if when is None:
        yield unproven(Phrase("seals.no-time"))
        when = trust.at
    if when > trust.at + SKEW:
        yield invalid(Phrase("seals.signed-in-future", {"when": when, "at": trust.at}))
    yield from validity_findings(signer, when, trust.at, whose=SIGNER)
    key = "seals.signer-untrusted" if trust.anchors else "seals.no-anchors"
    with_intermediates = trust.with_intermediates(signature.certificates)
    yield from trust_findings(
        signer, with_intermediates, when, untrusted=Phrase(key, {"name": signer.subject})
    )
