# SPDX-License-Identifier: Apache-2.0
"""An entry's leaf covers everything that it says, and a proof ties it to a head."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from exchange.errors import Reject
from exchange.model.digest import sha256
from exchange.model.ledger_entry import Entry, EntryKind, Inclusion, leaf_bytes
from exchange.model.ledger_head import LedgerHead
from exchange.model.merkle import Tree, leaf_hash

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ENTRY = Entry(EntryKind.RECEIPT, "440500.finance", NOON, b"<receipt/>")


def test_a_leaf_is_taken_of_five_lines_that_name_the_body_by_its_digest():
    spelled = leaf_bytes("receipt", "440500.finance", at=NOON, body=sha256(b"<receipt/>"))
    assert spelled == (
        b"govbus ledger entry 1\n"
        b"kind receipt\n"
        b"subject 440500.finance\n"
        b"at 2026-11-21T12:00:00.000Z\n"
        b"body " + str(sha256(b"<receipt/>")).encode() + b"\n"
    )
    assert ENTRY.leaf == leaf_hash(spelled)


@pytest.mark.parametrize(
    "other",
    [
        replace(ENTRY, kind=EntryKind.ALARM),
        replace(ENTRY, subject="440500.tax"),
        replace(ENTRY, at=NOON + timedelta(milliseconds=1)),
        replace(ENTRY, body=b"<receipt />"),
    ],
)
def test_whatever_differs_makes_another_leaf(other: Entry):
    assert other.leaf != ENTRY.leaf


@pytest.mark.parametrize("subject", ["", "a b", "a\nat 1970", "财政局", "x" * 201])
def test_a_subject_that_could_be_read_as_something_else_is_refused(subject: str):
    with pytest.raises(Reject, match="EX-110 ledger entry subject"):
        replace(ENTRY, subject=subject)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(Reject, match="EX-104"):
        replace(ENTRY, at=datetime(2026, 11, 21, 12))  # noqa: DTZ001  (that is the point)


def test_a_proof_holds_under_the_head_that_it_was_made_for_and_no_other():
    tree = Tree([leaf_hash(b"another"), ENTRY.leaf, leaf_hash(b"third")])
    head = LedgerHead(3, tree.root, NOON)
    proof = Inclusion(ENTRY, 1, 3, tree.path(1))
    assert proof.holds_under(head)
    assert not proof.holds_under(replace(head, size=4))
    assert not proof.holds_under(replace(head, root=sha256(b"another history")))
    assert not replace(proof, entry=replace(ENTRY, body=b"altered")).holds_under(head)
    assert not replace(proof, number=0).holds_under(head)
