# SPDX-License-Identifier: Apache-2.0
"""
The verification of all seals and signatures of an OFD document: what is looked at, in its order.

Files first (each protected digest), then the description that holds those digests, then the signature
over it, then the seal and its maker, and at each step who vouches and whether it was his time. Every
step that can be taken is taken, so that a verdict names all that is wrong and not just the first.

Source: GM/T 0031-2014 5.4 and 6.4, GB/T 38540-2020 6.4 and 7.4, GB/T 33190-2016 18.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from adapters.conversion.containers import Container
from adapters.conversion.seals.cms import is_cms
from adapters.conversion.seals.cms_judgement import judge_cms
from adapters.conversion.seals.der import time_in
from adapters.conversion.seals.files import Digests, cover_findings, file_findings, unprotected_in
from adapters.conversion.seals.ofd_signatures import (
    Damaged,
    Description,
    Listed,
    described,
    found_in,
    listed_in,
    unlisted,
)
from adapters.conversion.seals.proofs import Trust
from adapters.conversion.seals.ses_judgement import judge_ses
from adapters.conversion.seals.verdicts import Finding, SealVerdict, outcome_of, unproven
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

VALUE_BYTES = 32 << 20  # of one signature with its seal and picture


def verify_seals(ofd_path: Path, anchors: Sequence[bytes], at: datetime) -> tuple[SealVerdict, ...]:
    """
    A verdict on each seal and signature of the document, in its order; none, where it has none.

    Args:
        anchors: certificates in DER that are trusted, as `anchors_of` reads them.
        at: the time that is taken for now.

    Raises:
        Unreadable: it is no OFD package. NotReadable: an anchor is no certificate.
    """
    trust = Trust.of(anchors, at)
    with Container(ofd_path) as package:
        return tuple(_Verification(package, trust).verdicts())


class _Verification:
    """The verification of one package; digests of files are taken once."""

    def __init__(self, package: Container, trust: Trust) -> None:
        self._package = package
        self._trust = trust
        self._digests = Digests(package)
        self._seen: set[str] = set()

    def verdicts(self) -> Iterator[SealVerdict]:
        for each in listed_in(self._package):
            if isinstance(each, Damaged):
                yield _verdict(each.path, [unproven(each.why)])
            else:
                yield self._listed(each)
        for name in unlisted(self._package, self._seen):
            yield _verdict(name, [unproven(Phrase("seals.unlisted", {"what": name}))])

    def _listed(self, listed: Listed) -> SealVerdict:
        try:
            description = described(self._package, listed)
        except Unreadable as e:
            values = {"what": listed.path, "reason": e.reason}
            return _verdict(listed.id, [unproven(Phrase("seals.description-unreadable", values))])
        self._seen.add(description.path)
        findings = list(file_findings(description, self._digests))
        unprotected = unprotected_in(description, self._package)
        findings += cover_findings(listed.document, self._package, unprotected)
        verdict = self._value(description, listed)
        findings += verdict.findings
        return replace(
            verdict,
            id=listed.id,
            outcome=outcome_of(tuple(findings)),
            findings=tuple(findings),
            signed_at=verdict.signed_at or time_in(description.told_at),
            stamps=description.stamps,
            protected=tuple(each.path for each in description.references),
            unprotected=unprotected,
        )

    def _value(self, description: Description, listed: Listed) -> SealVerdict:
        try:
            name = found_in(self._package, description.folder, description.value_path)
            data = self._package.read(name, VALUE_BYTES)
        except Unreadable as e:
            values = {"what": description.value_path, "reason": e.reason}
            return _verdict(listed.id, [unproven(Phrase("seals.value-unreadable", values))])
        self._seen.add(name)
        if is_cms(data):
            return judge_cms(data, description, self._trust)
        seal_file = self._seal_file(description)
        return judge_ses(data, description, self._trust, seal_file=seal_file)

    def _seal_file(self, description: Description) -> bytes | None:
        """The seal as a file of its own; what is wrong with it shows as a protected file."""
        if not description.seal_path:
            return None
        name = found_in(self._package, description.folder, description.seal_path)
        self._seen.add(name)
        try:
            return self._package.read(name, VALUE_BYTES)
        except Unreadable:
            return b""


def _verdict(name: str, findings: list[Finding]) -> SealVerdict:
    return SealVerdict(id=name, outcome=outcome_of(tuple(findings)), findings=tuple(findings))
