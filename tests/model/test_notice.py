# SPDX-License-Identifier: Apache-2.0
"""Who may steer what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exchange.model.notice import BY_HUB, BY_PARTICIPANT, NoticeKind
from exchange.model.receipt import HUB
from tests.refusals import refusal
from tests.wire import CIVIL_AFFAIRS, NOON, notice


def test_every_kind_has_an_author() -> None:
    assert set(NoticeKind) == BY_HUB | BY_PARTICIPANT


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind in BY_HUB])
def test_the_hub_gives_its_kinds(kind: NoticeKind) -> None:
    assert notice(kind=kind, by=HUB).kind is kind


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind in BY_PARTICIPANT])
def test_a_participant_gives_its_kinds(kind: NoticeKind) -> None:
    assert notice(kind=kind, by=CIVIL_AFFAIRS.name).kind is kind


@pytest.mark.parametrize("kind", [kind for kind in NoticeKind if kind not in BY_PARTICIPANT])
def test_a_participant_cannot_steer_for_the_hub(kind: NoticeKind) -> None:
    assert refusal(notice, kind=kind, by=CIVIL_AFFAIRS.name) == "EX-203"


def test_the_hub_does_not_ask_itself_for_a_directory() -> None:
    assert refusal(notice, kind=NoticeKind.DIRECTORY_WANTED) == "EX-203"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"notice_id": "42"}, "EX-110"),
        ({"message_id": "42"}, "EX-110"),
        ({"by": "somebody"}, "EX-110"),
        ({"sender": "440500.finance"}, "EX-110"),
        ({"receiver": "x" * 256}, "EX-104"),
        ({"version": -1}, "EX-104"),
    ],
)
def test_a_value_that_cannot_be_is_refused(changes: dict[str, Any], code: str) -> None:
    assert refusal(notice, **changes) == code


def test_it_may_be_about_no_message() -> None:
    about_none = notice(kind=NoticeKind.DIRECTORY_CHANGED, message_id="", sender="", receiver="", ranges="")
    assert about_none.message_id == ""


def test_its_time_is_cut_to_what_the_wire_carries() -> None:
    assert notice(at=NOON + timedelta(microseconds=1)).at == NOON
