# SPDX-License-Identifier: Apache-2.0
"""The routing table's page says what is so: its commands are run, its files read, its tables complete."""

from __future__ import annotations

import io
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import main
from cli.route import route
from exchange.codec.routing_csv import COLUMNS, heading, read_csv
from exchange.codec.routing_xml import read_xml

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "routing-table.md").read_text()
CONFIGURATION = """
[broker]
urls = ["amqps://localhost:5671/govbus"]
ca = "trust/anchors.pem"
"""
REST = "…"  # on a line of its own: whatever else is shown


def fences(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def steps() -> Iterator[tuple[str, list[str]]]:
    """Each command of the page, with the lines that the page shows after it."""
    for fence in fences("console"):
        for step in re.split(r"^\$ ", fence, flags=re.MULTILINE)[1:]:
            command, *shown = step.splitlines()
            yield command, shown


def test_every_command_of_the_page_answers_as_the_page_shows(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    (tmp_path / "hub.toml").write_text(CONFIGURATION)
    shutil.copy(ROOT / "routing_tables" / "city.xml", tmp_path)
    code = 0
    for command, shown in steps():
        program, *arguments = shlex.split(command)
        match program:
            case "cat":
                Path(arguments[0]).write_text("\n".join([*shown, ""]))
            case "echo":
                assert shown == [str(code)]
            case _:
                code = main(arguments)
                out, err = capfd.readouterr()
                compare((out + err).splitlines(), shown, command)


def compare(found: list[str], shown: list[str], command: str) -> None:
    if shown and shown[-1] == REST:
        shown = shown[:-1]
        found = found[: len(shown)]
    assert found == shown, command


def test_the_files_of_the_page_are_tables() -> None:
    (xml,), (csv,) = fences("xml"), fences("csv")
    in_xml = {rule.id: rule for rule in read_xml(io.BytesIO(xml.encode()))}
    in_csv = {rule.id: rule for rule in read_csv(io.BytesIO(csv.encode()))}
    assert len(in_xml) == 4
    assert in_xml["titles-of-jinping"].deliver == in_csv["titles-of-jinping"].deliver


def test_the_page_lists_every_column_in_both_languages() -> None:
    for name in COLUMNS:
        assert f"| `{name}` | {heading(name, 'zh')} |" in PAGE


def test_the_page_shows_every_command() -> None:
    shown = {shlex.split(command)[2] for command, _ in steps() if command.startswith("govbus")}
    assert shown == set(route.commands)
