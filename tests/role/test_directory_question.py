# SPDX-License-Identifier: Apache-2.0
"""When a daemon asks for the directory."""

from __future__ import annotations

import pytest

from exchange.role.directory_question import DIRECTORY_AGE_MS, PAUSE_MS, REPEAT_MS, DirectoryQuestion

NOW = 1_800_000_000_000
OLD = DIRECTORY_AGE_MS + 1


@pytest.fixture(name="question")
def _question() -> DirectoryQuestion:
    made = DirectoryQuestion()
    made.asked(NOW)
    return made


def test_a_daemon_that_comes_up_asks_at_once() -> None:
    assert DirectoryQuestion().is_due(NOW, age_ms=0)


def test_who_has_asked_and_was_answered_does_not_ask_again(question: DirectoryQuestion) -> None:
    question.answered()
    assert not question.is_due(NOW + REPEAT_MS, age_ms=0)


def test_what_nobody_answered_is_asked_again_but_seldom(question: DirectoryQuestion) -> None:
    """It was in the air when the connection broke: a change that it asked about would not be heard of."""
    assert not question.is_due(NOW + REPEAT_MS - 1, age_ms=0)
    assert question.is_due(NOW + REPEAT_MS, age_ms=0)


def test_a_change_heard_of_within_the_pause_is_asked_for_after_it(question: DirectoryQuestion) -> None:
    question.want()
    assert not question.is_due(NOW + PAUSE_MS - 1, age_ms=0)
    assert question.is_due(NOW + PAUSE_MS, age_ms=0)


def test_an_old_view_is_asked_for_seldom_so_that_a_hub_that_is_away_finds_few_questions(
    question: DirectoryQuestion,
) -> None:
    assert not question.is_due(NOW + REPEAT_MS - 1, age_ms=OLD)
    assert question.is_due(NOW + REPEAT_MS, age_ms=OLD)


def test_after_each_answer_that_is_of_no_use_the_pause_is_twice_as_long_up_to_a_bound(
    question: DirectoryQuestion,
) -> None:
    at = NOW
    for times in range(1, 20):
        question.in_vain()
        pause = min(PAUSE_MS * 2**times, REPEAT_MS)
        assert not question.is_due(at + pause - 1, age_ms=0)
        assert question.is_due(at + pause, age_ms=0)
        at += pause
        question.asked(at)
    question.answered()
    question.want()
    assert question.is_due(at + PAUSE_MS, age_ms=0)
