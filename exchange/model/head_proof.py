# SPDX-License-Identifier: Apache-2.0
"""
A ledger head with the proof that it only adds to heads that somebody has seen before.

Owns the one spelling in which daemons cite heads and the hub answers, inside notices. Who keeps
which head, and what happens when a proof fails, is the roles' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from exchange.errors import Reject
from exchange.model.digest import Digest
from exchange.model.ledger_head import LedgerHead
from exchange.model.merkle import verify_consistency

CITED_MOST = 4  # heads in one question: the last proven, and what was seen since
_CITED = re.compile(r"(0|[1-9][0-9]{0,17}) (\S{1,140})", re.ASCII)
_FORM = "HEAD;SIZE ROOT HASH,HASH;…"


@dataclass(frozen=True, slots=True)
class CitedHead:
    """What is remembered of a head: how long the ledger was, and its root."""

    size: int
    root: Digest

    def __str__(self) -> str:
        return f"{self.size} {self.root}"

    @classmethod
    def of(cls, head: LedgerHead) -> CitedHead:
        return cls(head.size, head.root)

    @classmethod
    def parse(cls, text: str) -> CitedHead:
        """
        The head cited as *text*.

        Raises:
            Reject: EX-110 or EX-112, it is none.
        """
        found = _CITED.fullmatch(text)
        if not found:
            raise Reject("EX-110", what="cited head", found=text[:80], wanted="SIZE ROOT")
        return cls(int(found[1]), Digest.parse(found[2]))


def cite(heads: Iterable[LedgerHead]) -> str:
    """*heads* as a question asks about them: each once, the first ones if there are too many."""
    return ";".join(list(dict.fromkeys(str(CitedHead.of(head)) for head in heads))[:CITED_MOST])


def cited(text: str) -> tuple[CitedHead, ...]:
    """
    The heads that a question asks about.

    Raises:
        Reject: EX-110, EX-112, it is misspelled; EX-103, there are too many.
    """
    words = text.split(";") if text else []
    if len(words) > CITED_MOST:
        raise Reject("EX-103", what="the number of cited heads", found=len(words), limit=CITED_MOST)
    return tuple(CitedHead.parse(word) for word in words)


@dataclass(frozen=True, slots=True)
class Link:
    """One cited head, and the path of RFC 9162 from it to the present one; () also where there is none."""

    cited: CitedHead
    path: tuple[bytes, ...]

    def leads_to(self, head: LedgerHead) -> bool:
        """Whether the ledger under *head* begins with all that the cited head covered."""
        c = self.cited
        return verify_consistency(c.size, c.root, new_size=head.size, new_root=head.root, path=self.path)


@dataclass(frozen=True, slots=True)
class HeadProof:
    """The present head, linked to those that were asked about."""

    head: LedgerHead
    links: tuple[Link, ...] = ()

    def __str__(self) -> str:
        links = (f"{link.cited} {','.join(node.hex() for node in link.path)}" for link in self.links)
        return ";".join((self.head.to_bytes().hex(), *links))

    @classmethod
    def parse(cls, text: str) -> HeadProof:
        """
        The proof spelled as *text*.

        Raises:
            Reject: EX-104, EX-110 or EX-112, it is none.
        """
        head, *links = text.split(";")
        try:
            return cls(LedgerHead.from_bytes(bytes.fromhex(head)), tuple(map(_link, links)))
        except ValueError:
            raise Reject("EX-110", what="head proof", found=text[:80], wanted=_FORM) from None


def _link(text: str) -> Link:
    words, _, path = text.rpartition(" ")
    return Link(CitedHead.parse(words), tuple(bytes.fromhex(node) for node in path.split(",") if node))
