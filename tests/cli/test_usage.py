# SPDX-License-Identifier: Apache-2.0
"""Wrong usage and the help's headings come in the language that was asked for."""

from __future__ import annotations

import ast
from pathlib import Path

import click
import pytest

from cli.main import main
from exchange.texts import TEXTS

Captured = pytest.CaptureFixture[str]
SAID_TO_PROGRAMMERS = {
    "Arguments take exactly one parameter declaration, got {length}: {decls}.",
    "Boolean option {decl!r} cannot use the same flag for true/false.",
    "Could not determine name for option with declarations {decls!r}",
    "DeprecationWarning: The command {name!r} is deprecated.{extra_message}",
    "DeprecationWarning: The {param_type} {name!r} is deprecated.{extra_message}",
    "Name '{name}' defined twice",
    "Value must be an iterable.",
    "Invalid start character for option ({option})",
    "Unknown color {colour!r}",
    "Choice({choices})",
    "Confirm the action without prompting.",
    "%(prog)s, version %(version)s",
    "env var: {var}",
}
NOT_IN_USE = ("UUID", "does not match the format", "values are required", "No options defined but")
FILES = ("core", "decorators", "exceptions", "formatting", "parser", "termui", "types")


def sentences() -> set[str]:
    """All that the installed click says through gettext."""
    found = set()
    for name in FILES:
        source = (Path(click.__file__).parent / f"{name}.py").read_text("utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "ngettext"):
                texts = [
                    a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
                ]
                found.update(texts)
    return found


def test_all_that_click_says_to_a_person_is_translated() -> None:
    wanted = {s for s in sentences() - SAID_TO_PROGRAMMERS if not any(word in s for word in NOT_IN_USE)}
    assert {s for s in wanted if f"click.{s}" not in TEXTS} == set()


def test_nothing_is_translated_that_click_does_not_say() -> None:
    ours = {key.removeprefix("click.") for key in TEXTS if key.startswith("click.")}
    assert ours - sentences() == {"required"}  # named by a variable there


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        (["nothing"], "No such command 'nothing'", "没有命令 'nothing'"),
        (["message", "show"], "Missing argument 'ID'", "缺少参数 'ID'"),
        (["hub", "check"], "Missing option '--config'", "缺少选项 '--config'"),
        (["hub", "run", "--config", "x", "--workers", "99"], "is not in the range", "不在范围 1<=x<=64 之内"),
        (["message", "list", "--config", "x", "--state", "y"], "is not one of", "不在可选值之列"),
        (["hub", "check", "--config"], "requires an argument", "需要一个值"),
    ],
)
def test_wrong_usage_is_told_in_either_language(
    words: list[str], english: str, chinese: str, capsys: Captured
) -> None:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert english in said
    assert said.startswith(("Usage: govbus", "Error: "))
    assert main(["--lang=zh", *words]) == 2
    said = capsys.readouterr().err
    assert chinese in said
    assert said.startswith(("用法：", "错误："))


def test_the_headings_of_the_help_are_translated_whatever_was_spoken_before(capsys: Captured) -> None:
    for _ in range(2):
        assert main(["send", "--help"]) == 0
        shown = capsys.readouterr().out
        assert "Options:" in shown
        assert "Show this message and exit." in shown
        assert main(["--lang", "zh", "send", "--help"]) == 0
        shown = capsys.readouterr().out
        assert "选项:" in shown
        assert "显示此说明并退出。" in shown


def test_after_a_command_click_speaks_as_before(capsys: Captured) -> None:
    """Its language is the whole process's: what runs later must not find it changed."""
    for words in (["--lang", "zh", "send", "--help"], ["--lang", "zh", "nothing"]):
        main(words)
        capsys.readouterr()
        with click.Context(click.Command("x", params=[click.Option(["--y"])])) as context:
            assert context.get_help().startswith("Usage:")
            assert "Options:" in context.get_help()
