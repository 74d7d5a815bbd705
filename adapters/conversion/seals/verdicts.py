# SPDX-License-Identifier: Apache-2.0
"""
What is said of a seal: the verdict, its reasons, and what the seal says of itself.

A verdict never comes without its reasons, and never hides what it did not look at. This module
verifies nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from exchange.texts import Phrase, say

PREFIX = "seals."  # of all sentences here, in the catalogue
REASONS_SAID = 10  # in the sentence of a verdict; all of them stand in its findings


class Outcome(StrEnum):
    """Of a whole seal, or what one finding makes of it."""

    VALID = "valid"
    INVALID = "invalid"  # something is proven wrong
    NOT_VERIFIABLE = "not-verifiable"  # nothing is proven wrong, and not everything is proven right


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing that was found.

    outcome: what it makes of the seal; VALID for a remark that leaves it valid.
    """

    outcome: Outcome
    phrase: Phrase

    @property
    def name(self) -> str:
        """The name of the reason: stable, the same in every language."""
        return self.phrase.key.removeprefix(PREFIX)

    def sentence(self, lang: str = "en") -> str:
        """The reason in words."""
        return say(self.phrase.key, lang, **self.phrase.values)


@dataclass(frozen=True, slots=True)
class Picture:
    """How the seal looks."""

    format: str  # as its maker wrote it, in lower case: png, ofd, gif, bmp, jpg, svg
    data: bytes
    width_mm: int
    height_mm: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where the seal is to be painted; boundary and clip are x, y, width, height in millimetres, or empty."""

    page: str  # the ID of a page
    boundary: tuple[float, ...]
    clip: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SealVerdict:
    """
    The verdict on one seal or signature of a document.

    Attributes:
        id: as the document lists it; the path of its file where it is not listed.
        form: "SES 1" and "SES 4" for seals, "CMS" for signatures, "" where it could not be read.
        findings: reasons and remarks, in the order in which things were looked at.
        signed_at: what the signature says of its time; the signer's own word unless a remark says more.
        protected: the files whose digests the signature holds; unprotected: those of the document that
            it does not.
    """

    id: str
    outcome: Outcome
    findings: tuple[Finding, ...]
    form: str = ""
    seal_id: str = ""
    seal_name: str = ""
    signer: str = ""
    maker: str = ""
    signed_at: datetime | None = None
    picture: Picture | None = None
    stamps: tuple[Stamp, ...] = ()
    protected: tuple[str, ...] = ()
    unprotected: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """Why it is not valid; none where it is."""
        return tuple(each for each in self.findings if each.outcome is not Outcome.VALID)

    @property
    def phrase(self) -> Phrase:
        """The verdict with its reasons, to be said in the language of whoever reads it."""
        said = Phrase(f"{PREFIX}{self.outcome.value}", {"who": self.seal_name or self.signer or self.id})
        reasons = [each.phrase for each in self.reasons]
        for place, reason in enumerate(reasons[:REASONS_SAID]):
            key = "seals.and" if place else "seals.because"
            said = Phrase(key, {"said": said, "reason": reason})
        if more := len(reasons) - REASONS_SAID:
            said = Phrase("seals.and-more", {"said": said, "count": more}) if more > 0 else said
        return said

    def sentence(self, lang: str = "en") -> str:
        """The verdict in one sentence, with its reasons."""
        return say(self.phrase.key, lang, **self.phrase.values)


def outcome_of(findings: tuple[Finding, ...]) -> Outcome:
    """The worst of *findings*."""
    found = {each.outcome for each in findings}
    for worst in (Outcome.INVALID, Outcome.NOT_VERIFIABLE):
        if worst in found:
            return worst
    return Outcome.VALID


def invalid(phrase: Phrase) -> Finding:
    """*phrase* proves the seal wrong."""
    return Finding(Outcome.INVALID, phrase)


def unproven(phrase: Phrase) -> Finding:
    """*phrase* keeps the seal from being verified."""
    return Finding(Outcome.NOT_VERIFIABLE, phrase)


def remark(phrase: Phrase) -> Finding:
    """*phrase* is worth knowing, and changes nothing."""
    return Finding(Outcome.VALID, phrase)
