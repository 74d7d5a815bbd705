# SPDX-License-Identifier: Apache-2.0
"""`govbus dead`: what nobody could take, at the hub and at a department."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from exchange.adapter import Content, Outgoing
from exchange.codec.receipt_form import NOTICE_OPEN
from exchange.edge.dead_letters import DeadLetter, DeadLetters
from exchange.edge.ledger import Ledger
from exchange.edge.tables import writing
from exchange.model.instant import milliseconds
from tests.district import (
    AT_CIVIL,
    CIVIL,
    FILES,
    FINANCE,
    TYPE,
    District,
    eventually,
    make_district,
    now,
    said,
)

FIELDS = ["id", "at", "queue", "sender", "message_id", "code", "reason"]


@pytest.fixture
def district(tmp_path: Path) -> District:
    return make_district(tmp_path)


def dead(district: District, *words: object, side: str = "hub", code: int = 0) -> str:
    config = district.hub_config if side == "hub" else district.config(side)
    return said("dead", *words, "--config", config, code=code)


def told(district: District, *words: object, side: str = "hub") -> Any:
    return json.loads(dead(district, *words, "--json", side=side))


def test_nothing_dead_is_an_empty_list(district: District) -> None:
    assert told(district, "list") == told(district, "list", side=FINANCE) == []


def test_what_the_hub_parked_is_listed_and_shown(district: District) -> None:
    at = milliseconds(now())
    letters = [
        DeadLetter(f"id-{n}", at + n, "hub.routine", FINANCE, "m", "EX-204", f"reason {n}") for n in range(3)
    ]
    store = DeadLetters(district.engine)
    with writing(district.engine) as connection:
        for letter in letters:
            store.park(connection, letter)
    listed = told(district, "list", "--limit", "2")
    assert [list(one) for one in listed] == [FIELDS] * 2
    assert [one["id"] for one in listed] == ["id-2", "id-1"]
    assert told(district, "show", "id-0")["reason"] == "reason 0"
    assert "hub.routine" in dead(district, "list")


def test_a_dead_letter_is_shown_with_what_to_do(
    district: District, capsys: pytest.CaptureFixture[str]
) -> None:
    letter = DeadLetter("x", milliseconds(now()), "hub.routine", FINANCE, "m", "EX-204", "suspended")
    store = DeadLetters(district.engine)
    with writing(district.engine) as connection:
        store.park(connection, letter)
    assert main(["dead", "show", "x", "--config", str(district.hub_config), "--lang", "zh"]) == 0
    assert f"`govbus participant resume ID --config {district.hub_config}` 恢复" in capsys.readouterr().err


def test_what_an_application_does_not_take_is_listed_with_its_traceback(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    with district.running(FINANCE, CIVIL) as services:

        def broken(_delivery: object) -> None:
            raise ZeroDivisionError("a defect of the adapter")

        (joined,) = services[CIVIL].daemon.applications
        monkeypatch.setattr(joined.adapter, "deliver", broken)
        thing = Outgoing(key="a", type=TYPE, parts=[Content("x", b"x")], to=[AT_CIVIL])
        (taken,), _ = services[FINANCE].daemon.submission.take(FILES, [thing])
        (letter,) = eventually(lambda: told(district, "list", side=CIVIL))
    assert (letter["message_id"], letter["code"], letter["sender"]) == (taken.message_id, "EX-503", FINANCE)
    shown = dead(district, "show", taken.message_id, side=CIVIL)
    assert "Traceback" in shown
    table = dead(district, "list", side=CIVIL)
    assert "ZeroDivisionError: a defect of the adapter" in table
    assert "Traceback" not in table


@pytest.fixture
def parked(district: District) -> list[str]:
    """Letters on the hub's list: two that came to it, and a notice of its own."""
    at = milliseconds(now())
    letters = [
        DeadLetter("one", at, "hub.routine", FINANCE, "m", "EX-201", "altered", b"<segment"),
        DeadLetter("two", at, "hub.routine", CIVIL, "n", "EX-201", "altered", b"<segment"),
        DeadLetter(
            "own", at, f"to.{CIVIL}.urgent", "hub", "o", "EX-409", "not taken", NOTICE_OPEN + b"</notice>"
        ),
    ]
    with writing(district.engine) as connection:
        for letter in letters:
            district.parts.dead.park(connection, letter)
    return [letter.id for letter in letters]


def test_letters_are_taken_off_the_list_by_name_or_all(district: District, parked: list[str]) -> None:
    done = dead(district, "discard", "one", "--reason", "told them")
    assert done.startswith(f"off the list: one  EX-201  {FINANCE}")
    assert {letter["id"] for letter in told(district, "list")} == {"two", "own"}
    dead(district, "discard", "--all")
    assert told(district, "list") == []
    district.number_entries()
    bodies = [
        json.loads(one.entry.body) for id_ in ("one", "two") for one in Ledger(district.engine).about(id_)
    ]
    assert [(body["done"], body["why"]) for body in bodies] == [("discarded", "told them"), ("discarded", "")]


def test_where_there_is_none_discarding_all_says_so(
    district: District, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dead", "discard", "--all", "--config", str(district.hub_config)]) == 0
    assert capsys.readouterr().err.strip() == "there are none"


def test_what_the_hub_sent_goes_out_once_more_and_what_came_to_it_does_not(
    district: District, parked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert dead(district, "requeue", "own").startswith("sent once more")
    assert district.parts.owed.count() == 1
    assert main(["dead", "requeue", "one", "--config", str(district.hub_config)]) == 1
    said_ = capsys.readouterr().err
    assert "EX-412  dead letter one is not sent again" in said_
    assert f"`govbus dead discard one --config {district.hub_config}`" in said_


@pytest.mark.parametrize("words", [["discard"], ["discard", "one", "--all"], ["requeue"]])
def test_which_letters_are_meant_must_be_said(district: District, words: list[str]) -> None:
    dead(district, *words, code=2)


@pytest.mark.parametrize("verb", ["discard", "requeue"])
def test_a_department_has_no_list_of_its_own_to_take_letters_off(district: District, verb: str) -> None:
    dead(district, verb, "one", side=FINANCE, code=2)


@pytest.mark.parametrize("side", ["hub", FINANCE])
def test_a_letter_that_is_not_there_is_the_answer_no(district: District, side: str) -> None:
    dead(district, "show", "nothing", side=side, code=1)
