# SPDX-License-Identifier: Apache-2.0
"""A daemon believes no ledger head that does not follow from those it saw before."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from exchange.edge.seen_heads import SeenHeads
from exchange.edge.tables import open_engine
from exchange.errors import Reject
from exchange.model.ledger_entry import Entry, EntryKind
from exchange.role.head_watch import HeadWatch
from exchange.role.hub_view import Documents
from tests.ledgers import NOON, Desk, signer


class Eye:
    """A daemon's watch, and the hub that it asks."""

    def __init__(self, folder: Path, hub: Desk) -> None:
        self.heads = SeenHeads(open_engine(str(folder / "daemon.db")))
        ticks = count(1)
        self.watch = HeadWatch(self.heads, lambda: next(ticks))
        self.hub = hub

    def ask(self, hub: Desk | None = None, *, newest: object = None) -> object:
        """One round: cite, let the hub answer, judge."""
        question = self.watch.cite(newest)  # type: ignore[arg-type]
        return self.watch.judge(self.answer(question, hub))

    def answer(self, question: str, hub: Desk | None = None) -> str:
        ledger = (hub or self.hub).ledger
        return Documents(None, ledger, signer()).proof_since(question)  # type: ignore[arg-type]


@pytest.fixture
def hub(tmp_path: Path) -> Desk:
    made = Desk(str(tmp_path / "hub.db"))
    made.grow(5)
    made.sign()
    return made


@pytest.fixture
def eye(tmp_path: Path, hub: Desk) -> Eye:
    return Eye(tmp_path, hub)


def another(folder: Path, entries: int) -> Desk:
    """A ledger that says something else from its first entry on."""
    made = Desk(str(folder / "another.db"))
    made.enter(*(Entry(EntryKind.ALARM, f"x-{n}", NOON, b"") for n in range(entries)))
    made.ledger.sequence(made.fence)
    made.sign()
    return made


def test_the_first_head_is_taken_as_it_is(eye: Eye) -> None:
    assert eye.ask() == eye.heads.proven()
    assert eye.heads.proven().size == 5  # type: ignore[union-attr]


def test_a_hub_without_a_head_proves_nothing(tmp_path: Path) -> None:
    eye = Eye(tmp_path, Desk(str(tmp_path / "hub.db")))
    assert eye.ask() is None
    assert eye.heads.proven() is None


def test_a_ledger_that_grew_is_followed(eye: Eye, hub: Desk) -> None:
    eye.ask()
    hub.grow(7)
    hub.sign()
    eye.ask()
    assert eye.heads.proven().size == 12  # type: ignore[union-attr]
    assert eye.heads.alarm() is None


def test_the_same_head_again_is_no_alarm(eye: Eye) -> None:
    assert eye.ask() == eye.ask()


def test_another_ledger_raises_the_alarm_and_is_not_believed(eye: Eye, tmp_path: Path) -> None:
    before = eye.ask()
    with pytest.raises(Reject, match="EX-209"):
        eye.ask(another(tmp_path, 9))
    assert eye.heads.proven() == before
    alarm = eye.heads.alarm()
    assert alarm is not None
    assert (alarm.seen.split()[0], alarm.shown.split()[0], alarm.proven_since) == ("5", "9", False)


def test_a_ledger_that_shrank_raises_the_alarm(eye: Eye, tmp_path: Path) -> None:
    eye.ask()
    with pytest.raises(Reject, match="EX-209"):
        eye.ask(another(tmp_path, 2))


def test_a_head_that_only_a_receipt_showed_must_be_linked_too(eye: Eye, hub: Desk, tmp_path: Path) -> None:
    eye.ask()
    forked = another(tmp_path, 6).ledger.head()
    assert forked is not None
    hub.grow(5)
    hub.sign()
    with pytest.raises(Reject, match="EX-209"):
        eye.ask(newest=forked.head)


def test_an_alarm_stays_and_says_whether_the_ledger_was_whole_again_since(eye: Eye, tmp_path: Path) -> None:
    eye.ask()
    with pytest.raises(Reject):
        eye.ask(another(tmp_path, 9))
    eye.ask()
    alarm = eye.heads.alarm()
    assert alarm is not None
    assert alarm.proven_since


def test_an_answer_to_an_older_question_is_passed_over(eye: Eye, hub: Desk) -> None:
    eye.ask()
    old = eye.answer(eye.watch.cite(None))
    hub.grow(3)
    hub.sign()
    eye.ask()
    assert eye.watch.judge(old) is None
    assert eye.heads.proven().size == 8  # type: ignore[union-attr]


def test_a_garbled_answer_is_refused_and_changes_nothing(eye: Eye) -> None:
    before = eye.ask()
    with pytest.raises(Reject, match="EX-110"):
        eye.watch.judge("garbled")
    assert (eye.heads.proven(), eye.heads.alarm()) == (before, None)


def test_what_is_known_survives_a_restart(eye: Eye, tmp_path: Path) -> None:
    before = eye.ask()
    assert SeenHeads(open_engine(str(tmp_path / "daemon.db"))).proven() == before
