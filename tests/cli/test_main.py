# SPDX-License-Identifier: Apache-2.0
"""The root of the command line: global options, lazy nouns, and the wall at which errors become sentences."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

import cli.main
from cli.context import show_json
from cli.main import NOUNS, main, root
from exchange.errors import BrokerDown, ConfigInvalid, GovbusError, Halt, NotFound, Reject, Retry
from exchange.texts import TEXTS

Captured = pytest.CaptureFixture[str]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Have every noun be a command that raises."""

    def prepare(error: BaseException) -> None:
        @click.command()
        def broken() -> None:
            raise error

        monkeypatch.setattr(cli.main.Nouns, "get_command", lambda *_: broken)

    return prepare


def commands(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, (*path, name))


# ---- help


def test_help_lists_every_noun_with_what_it_is_for(capsys: Captured) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {noun} " in out for noun in root.list_commands(click.Context(root)))


def test_help_loads_no_noun() -> None:
    """It stays quick however many commands there are."""
    code = (
        "import sys, cli.main; cli.main.main(['--help']);"
        "print([m for m in sys.modules if m.startswith(('cli.', 'sqlalchemy', 'pika', 'lxml'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1]
    assert "cli.main" in loaded
    assert "sqlalchemy" not in loaded
    assert "cli.hub" not in loaded


def test_every_noun_is_a_module_with_a_command_of_its_name_and_a_line_of_help() -> None:
    context = click.Context(root)
    for noun in root.list_commands(context):
        command = root.get_command(context, noun)
        assert command is not None
        assert command.name == noun
        assert f"cli.noun.{noun}" in TEXTS
    assert {path.stem for path in Path(cli.main.__file__).parent.glob("*.py")} & set(NOUNS) == set(
        root.list_commands(context)
    )


def test_every_command_and_option_has_help_in_both_languages() -> None:
    """What was declared by a sentence of the texts can be said in either."""
    for language in ("zh", "en"):
        with click.Context(root) as context:
            context.params["lang"] = language
            for path, command in commands(cli.main.spoken(root, language)):
                helps = [command.help, *(p.help for p in command.params if isinstance(p, click.Option))]
                wrong = [h for h in helps if not h or bool(CHINESE.search(h)) != (language == "zh")]
                assert wrong == [], path


def test_help_comes_back_from_the_other_language_word_for_word() -> None:
    def english() -> list[str | None]:
        with click.Context(root) as context:
            context.params["lang"] = "en"
            found = [command for _, command in commands(cli.main.spoken(root, "en"))]
            return [
                part.help
                for c in found
                for part in (c, *c.params)
                if isinstance(part, click.Command | click.Option)
            ]

    before = english()
    with click.Context(root) as context:
        context.params["lang"] = "zh"
        for _ in commands(cli.main.spoken(root, "zh")):
            pass
    assert english() == before


@pytest.mark.parametrize("words", [["--lang", "zh", "send", "--help"], ["send", "--help", "--lang=zh"]])
def test_the_language_may_be_said_anywhere(words: list[str], capsys: Captured) -> None:
    assert main(words) == 0
    assert "紧急程度" in capsys.readouterr().out


def test_the_locale_chooses_the_language(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["--help"]) == 0
    assert "政务数据交换总线" in capsys.readouterr().out


def test_the_version_is_told(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert re.fullmatch(r"govbus, version \d+\.\d+\.\d+\n", capsys.readouterr().out)


# ---- the wall


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFound("EX-905", what="message", found="x"), 1),
        (Reject("EX-201", what="the receipt", who="hub", reason="x"), 1),
        (Reject("EX-101", what="the table", reason="x"), 65),
        (BrokerDown("EX-901", where="b", reason="x"), 69),
        (Retry("EX-506", what="the spool", reason="x"), 69),
        (ConfigInvalid("EX-903", file="f", line=3, key="k", reason="x"), 78),
        (Halt("EX-911", what="queue", reason="x"), 78),
    ],
)
def test_an_error_is_a_sentence_a_hint_and_an_exit_code(
    raising: Callable[[BaseException], None], error: GovbusError, code: int, capsys: Captured
) -> None:
    raising(error)
    assert main(["hub"]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"{error.code}  {error.text()}\ntry: {error.hint(at_hub=True)}\n"


def test_an_error_is_told_in_chinese(raising: Callable[[BaseException], None], capsys: Captured) -> None:
    error = NotFound("EX-905", what="x", found="y")
    raising(error)
    assert main(["hub", "--lang", "zh"]) == 1
    assert capsys.readouterr().err == f"EX-905  {error.text('zh')}\n建议：{error.hint('zh')}\n"


def test_a_defect_is_no_stack_trace_and_no_documented_answer(
    raising: Callable[[BaseException], None], capsys: Captured
) -> None:
    raising(ZeroDivisionError("oops"))
    assert main(["hub"]) == 70
    said = capsys.readouterr().err
    assert "ZeroDivisionError: oops" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("error", [ZeroDivisionError("oops"), NotFound("EX-905", what="x", found="y")])
def test_debug_shows_where(
    raising: Callable[[BaseException], None], error: Exception, capsys: Captured
) -> None:
    raising(error)
    main(["hub", "--debug"])
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupted_command_ends_as_a_shell_expects(raising: Callable[[BaseException], None]) -> None:
    raising(KeyboardInterrupt())
    assert main(["hub"]) == 130


@pytest.mark.parametrize("words", [["nothing"], ["hub", "nothing"], ["--lang", "fr"], ["message", "show"]])
def test_wrong_usage_is_2(words: list[str], capsys: Captured) -> None:
    assert main(words) == 2
    assert capsys.readouterr().out == ""


def test_an_unreadable_config_is_78(tmp_path: Path, capsys: Captured) -> None:
    assert main(["message", "list", "--config", str(tmp_path / "none.toml")]) == 78
    assert "EX-904" in capsys.readouterr().err


def test_an_unreachable_database_is_69(tmp_path: Path, capsys: Captured) -> None:
    config = tmp_path / "hub.toml"
    lines = [
        "[hub]",
        "[database]",
        f'url = "{tmp_path}/none/hub.db"',
        "[broker]",
        'urls = ["amqps://x/y"]',
        'ca = "c"',
    ]
    config.write_text("\n".join(lines))
    assert main(["message", "list", "--config", str(config)]) == 69
    assert "EX-902" in capsys.readouterr().err


# ---- for programs


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Callable[..., tuple[int, object, str]]:
    """Have every noun be a command with `--json` that shows *first* and raises; its code and what it said."""

    def run(error: BaseException | None, *words: str, first: object = None) -> tuple[int, object, str]:
        @click.command()
        @click.option("--json", "as_json", is_flag=True)
        @click.argument("files", nargs=-1)
        def broken(**_options: object) -> None:
            if first is not None:
                show_json(first)
            if error is not None:
                raise error

        monkeypatch.setattr(cli.main.Nouns, "get_command", lambda *_: broken)
        code = main(["message", *words])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else None, said.err

    return run


def test_a_program_that_asked_for_json_gets_the_error_as_the_one_document(
    program: Callable[..., tuple[int, object, str]],
) -> None:
    code, document, err = program(NotFound("EX-905", what="message", found="x"), "--json")
    assert (code, document) == (
        1,
        {
            "error": {
                "code": "EX-905",
                "text": NotFound("EX-905", what="message", found="x").text(),
                "hint": NotFound("EX-905", what="message", found="x").hint(),
                "exit_code": 1,
            }
        },
    )
    assert "EX-905" in err


def test_in_its_language(program: Callable[..., tuple[int, object, str]]) -> None:
    _, document, _ = program(NotFound("EX-905", what="message", found="x"), "--json", "--lang", "zh")
    assert CHINESE.search(str(document))


@pytest.mark.parametrize(
    ("error", "words", "code", "exit_code"),
    [
        (None, ["--json", "--unknown"], "usage", 2),
        (ValueError("x"), ["--json"], "bug", 70),
        (BrokerDown("EX-901", where="here", reason="x"), ["--json"], "EX-901", 69),
    ],
)
def test_whatever_the_error_is(
    program: Callable[..., tuple[int, object, str]],
    error: BaseException | None,
    words: list[str],
    code: str,
    exit_code: int,
) -> None:
    ended, document, _ = program(error, *words)
    assert isinstance(document, dict)
    found = document["error"]
    assert (ended, found["code"], found["exit_code"]) == (exit_code, code, exit_code)
    assert found["text"]


def test_a_result_that_was_shown_stays_the_only_document(
    program: Callable[..., tuple[int, object, str]],
) -> None:
    code, document, _ = program(
        NotFound("EX-905", what="message", found="x"), "--json", first={"message_id": "1"}
    )
    assert (code, document) == (1, {"message_id": "1"})


@pytest.mark.parametrize("words", [[], ["--", "--json"]])
def test_who_did_not_ask_for_json_finds_standard_output_empty(
    program: Callable[..., tuple[int, object, str]], words: list[str]
) -> None:
    assert program(NotFound("EX-905", what="message", found="x"), *words)[:2] == (1, None)
