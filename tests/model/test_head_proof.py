# SPDX-License-Identifier: Apache-2.0
"""Heads are cited and proven in one spelling, and a link holds only where the ledger was added to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import Reject
from exchange.model.head_proof import CITED_MOST, CitedHead, HeadProof, Link, cite, cited
from exchange.model.ledger_head import LedgerHead
from exchange.model.merkle import Frontier, Tree, consistency_path, leaf_hash

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def leaves(count: int, salt: bytes = b"") -> list[bytes]:
    return [leaf_hash(salt, b"%d" % number) for number in range(count)]


def head(count: int, salt: bytes = b"") -> LedgerHead:
    return LedgerHead(count, Tree(leaves(count, salt)).root, AT)


def linked(old: int, new: int, salt: bytes = b"") -> HeadProof:
    frontier = Frontier()
    stored = [node for leaf in leaves(new, salt) for node in frontier.append(leaf)]
    path = consistency_path(
        old, new, nodes=lambda wanted: {position: stored[position] for position in wanted}
    )
    return HeadProof(head(new, salt), (Link(CitedHead.of(head(old, salt)), path),))


@given(st.integers(1, 40), st.integers(0, 40))
def test_a_proof_reads_back_as_it_was_spelled_and_its_link_holds(old: int, more: int) -> None:
    proof = linked(old, old + more)
    assert HeadProof.parse(str(proof)) == proof
    assert proof.links[0].leads_to(proof.head)


def test_a_link_from_another_ledger_leads_nowhere() -> None:
    proof = linked(3, 8)
    foreign = Link(CitedHead.of(head(3, b"other")), proof.links[0].path)
    assert not foreign.leads_to(proof.head)


def test_a_shorter_ledger_leads_nowhere() -> None:
    assert not Link(CitedHead.of(head(8)), ()).leads_to(head(3))


def test_a_head_is_cited_once_and_not_more_than_the_most() -> None:
    assert cited(cite([head(3), head(3)])) == (CitedHead.of(head(3)),)
    assert len(cited(cite(head(count) for count in range(1, 9)))) == CITED_MOST


def test_nothing_is_cited_by_nothing() -> None:
    assert (cite([]), cited("")) == ("", ())


@pytest.mark.parametrize("text", ["3", "3 ", "03 sha256:00", "-1 sha256:00", "3 md5:00", " 3 x", "3 x y"])
def test_a_misspelled_citation_is_refused(text: str) -> None:
    with pytest.raises(Reject):
        cited(text)


def test_too_many_citations_are_refused() -> None:
    one = str(CitedHead.of(head(3)))
    with pytest.raises(Reject, match="EX-103"):
        cited(";".join([one] * (CITED_MOST + 1)))


@pytest.mark.parametrize("text", ["", "zz", "00", ";", "00;3 x 00"])
def test_a_misspelled_proof_is_refused(text: str) -> None:
    with pytest.raises(Reject):
        HeadProof.parse(text)


@given(st.text(max_size=60))
def test_any_text_is_a_proof_or_is_refused(text: str) -> None:
    try:
        HeadProof.parse(text)
    except Reject:
        return
    raise AssertionError(f"{text!r} is no proof")
