# SPDX-License-Identifier: Apache-2.0
"""How a list is narrowed, and how a moment may be written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import pytest
from click.testing import CliRunner

from cli.narrowing import moment, narrowing
from cli.wiring import clock
from exchange.edge.queries import Wanted


def asked(*words: str, states: tuple[str, ...] = ("open", "failed")) -> Wanted:
    """What a command that is narrowed gets from *words*."""
    got: list[Wanted] = []

    @click.command()
    @narrowing(states=states)
    def command(wanted: Wanted) -> None:
        got.append(wanted)

    result = CliRunner().invoke(command, words)
    assert result.exit_code == 0, result.output
    return got[0]


def read(text: str) -> datetime:
    found = moment(click.Context(click.Command("x")), click.Option(["--since"]), text)
    assert found is not None
    return found


def test_nothing_said_narrows_nothing_but_the_number() -> None:
    assert asked() == Wanted(limit=50)


def test_everything_that_is_said_is_there() -> None:
    words = ("--state", "open", "--type", "document.*", "--from", "a", "--to", "b", "--limit", "3")
    assert asked(*words) == Wanted("open", "document.*", "a", "b", None, 3)


def test_a_list_without_states_has_no_such_option() -> None:
    with pytest.raises(AssertionError, match="No such option"):
        asked("--state", "open", states=())


@pytest.mark.parametrize(("text", "age"), [("90s", 90), ("5m", 300), ("2h", 7200), ("3d", 259_200)])
def test_an_age_counts_back_from_now(text: str, age: int) -> None:
    before = clock() - timedelta(seconds=age)
    assert before <= read(text) <= clock() - timedelta(seconds=age)


def test_a_time_with_its_zone_is_that_time() -> None:
    assert read("2026-11-21T16:00:00+08:00") == datetime(2026, 11, 21, 8, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-21", "2026-11-21T08:00"])
def test_a_time_without_a_zone_is_of_this_place(text: str) -> None:
    assert read(text) == datetime.fromisoformat(text).astimezone()


@pytest.mark.parametrize("text", ["yesterday", "5 m", "", "5w", "2026-13-01"])
def test_anything_else_is_wrong_usage(text: str) -> None:
    with pytest.raises(click.BadParameter):
        read(text)
