# SPDX-License-Identifier: Apache-2.0
"""Commands that a sentence names can be typed as they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import main
from cli.typable import typable
from exchange.errors import Reject


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    path = tmp_path / "hub.toml"
    path.write_text("[hub]\n")
    return path


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    path = tmp_path / "my adapter.toml"
    path.write_text("[participant]\n")
    return path


def test_a_command_gets_the_settings_file_that_it_takes(hub: Path, adapter: Path) -> None:
    assert typable("`govbus dead list` names them", hub) == f"`govbus dead list --config {hub}` names them"
    assert typable("see `govbus message show ID`!", adapter) == (
        f"see `govbus message show ID --config '{adapter}'`!"
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "run `govbus hub init` again",  # takes none
        "`govbus broker status DIR` or the broker's own tools",
        "`govbus adapter run --config …`",  # has it
        "`govbus --debug …` shows where",
        "`govbus evidence export` and `govbus message recall` are not there yet",
        "`timedatatl` is another program",
    ],
)
def test_what_needs_none_stays_as_it_is(sentence: str, hub: Path, adapter: Path) -> None:
    assert typable(sentence, hub) == sentence
    assert typable(sentence, adapter) == sentence
    assert typable(sentence, None) == sentence


def test_what_a_sentence_cannot_name_has_its_place_in_the_command(hub: Path) -> None:
    for named, place in (("dead show", "ID"), ("participant grant", "ID WORD…")):
        assert typable(f"`govbus {named}`", hub) == f"`govbus {named} {place} --config {hub}`"
        assert typable(f"`govbus {named} x`", hub) == f"`govbus {named} x --config {hub}`"


def test_what_the_other_side_does_is_not_given_our_file(hub: Path, adapter: Path) -> None:
    for theirs, ours in (("participant resume X", adapter), ("adapter check", hub)):
        assert typable(f"`govbus {theirs}`", ours) == f"`govbus {theirs}`"


def test_the_hint_of_an_error_is_typable(
    hub: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_config: Path) -> None:
        raise Reject("EX-304", found=9)

    monkeypatch.setattr("cli.message.open_side", refuse)
    for words in (["--config", str(hub)], [f"--config={hub}"]):
        assert main(["message", "list", *words]) == 1
        assert f"`govbus route versions --config {hub}`" in capsys.readouterr().err
