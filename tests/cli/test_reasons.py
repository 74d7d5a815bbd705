# SPDX-License-Identifier: Apache-2.0
"""Why something was refused, said from what is known of it: whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cli.reasons import next_step, sentence, step, told
from exchange.edge.queries import FoundReceipt
from exchange.model.receipt import HUB
from exchange.texts import Phrase
from tests.district import now


def receipt(code: str, *, by: str = HUB, text: str = "", reason: Phrase | None = None) -> FoundReceipt:
    return FoundReceipt("r", "rejected", "m", "440500.finance", "", by, now(), code, text, b"", reason)


@pytest.fixture(params=["[hub]", "[participant]"], ids=["at the hub", "at a department"])
def at_hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[bool]:
    """A command on a settings file of either side is under way; whether it is the hub's."""
    config = tmp_path / "some.toml"
    config.write_text(request.param)
    context = click.Context(click.Command("x"))
    context.params["config"] = config
    with context.scope(cleanup=False):
        yield request.param == "[hub]"


def test_what_the_author_wrote_is_said_as_it_is_and_its_hint_stands_in_it(at_hub: bool) -> None:
    found = receipt("EX-301", text="no such receiver. look again")
    assert (sentence(found), next_step(found)) == ("no such receiver. look again", "")


def test_a_noted_reason_is_said_with_its_values_and_the_step_for_who_reads_it(at_hub: bool) -> None:
    found = receipt("EX-302", reason=Phrase("EX-302", {"type": "t.v1", "sender": "a/b", "to": "c/d"}))
    assert sentence(found) == "no route for t.v1 from a/b to c/d"
    assert ("--type t.v1 --from a/b" in next_step(found)) is at_hub


def test_a_code_alone_is_said_whole_or_not_at_all(at_hub: bool) -> None:
    assert (sentence(receipt("EX-204")), sentence(receipt("EX-000"))) == ("", "")
    assert sentence(receipt("")) == ""
    assert step("EX-407") == step("EX-000") == ""
    assert step("EX-404") == "send it again with a later deadline"


def test_what_another_wrote_for_the_sender_is_not_known_at_the_hub(at_hub: bool) -> None:
    found = sentence(receipt("EX-502", by="440500.tax"))
    assert (found == "the reason is written for the sender alone; the receiver can tell it too") is at_hub


def test_a_code_its_sentence_and_the_step_are_lines() -> None:
    assert list(told("EX-404", "it expired", "send again")) == ["EX-404  it expired", "next: send again"]
    assert list(told("EX-404", "", "")) == ["EX-404"]
    assert list(told("", "", "")) == []
