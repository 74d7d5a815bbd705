# SPDX-License-Identifier: Apache-2.0
"""The shipped systemd units: understood by systemd, and in agreement with the program and with the page."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from cli.main import root
from exchange.errors import EXIT_BAD_CONFIG, EXIT_USAGE

PROJECT = Path(__file__).parents[2]
UNITS = sorted((PROJECT / "deploy/systemd").glob("*.service"))
PAGE = (PROJECT / "docs/how-to/operate.md").read_text(encoding="utf-8")
INSTALLED = "/opt/govbus/bin/govbus"
HERE = str(Path(sys.executable).with_name("govbus"))


def settings(unit: Path) -> dict[str, list[str]]:
    """What a unit says, by key."""
    said: dict[str, list[str]] = {}
    for key, value in re.findall(r"^([A-Za-z]+)=(.*)$", unit.read_text(), re.MULTILINE):
        said.setdefault(key, []).append(value)
    return said


def verified(text: str, folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """What systemd says of a unit, without it or any other being started; its program is the one here."""
    file = folder / name.replace("@.", "@finance.")
    file.write_text(text.replace(INSTALLED, HERE))
    command = ["systemd-analyze", "verify", "--man=no", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_there_is_one_for_the_hub_and_one_for_each_department() -> None:
    assert [unit.name for unit in UNITS] == ["govbus-adapter@.service", "govbus-hub.service"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_it(unit: Path, tmp_path: Path) -> None:
    result = verified(unit.read_text(), tmp_path, unit.name)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("word", "wrong"), [("KillMode=", "KilMode="), ("Type=exec", "Type=excel"), (INSTALLED, "/opt/nothing")]
)
def test_a_slip_would_be_noticed(word: str, wrong: str, tmp_path: Path) -> None:
    result = verified(UNITS[0].read_text().replace(word, wrong), tmp_path, UNITS[0].name)
    assert result.stderr != ""


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_command_that_it_starts_exists_with_its_options(unit: Path) -> None:
    (line,) = settings(unit)["ExecStart"]
    program, *words = shlex.split(line)
    assert program == INSTALLED
    command: click.Command = root
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None, line
        command = found
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_it_comes_back_after_a_reboot_and_after_a_crash_but_not_with_a_bad_configuration(unit: Path) -> None:
    said = settings(unit)
    assert said["WantedBy"] == ["multi-user.target"]
    assert said["Restart"] == ["on-failure"]
    assert said["RestartPreventExitStatus"] == [f"{EXIT_BAD_CONFIG} {EXIT_USAGE}"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_it_is_started_again_however_often_and_never_in_a_storm(unit: Path) -> None:
    said = settings(unit)
    assert said["StartLimitIntervalSec"] == ["0"]  # else systemd gives up while a broker is away
    assert int(said["RestartSec"][0]) >= 10


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_page_names_the_unit_and_every_path_in_it(unit: Path) -> None:
    said = settings(unit)
    values = " ".join(said["ExecStart"] + said["WorkingDirectory"] + said["ReadWritePaths"])
    paths = {word.replace("%i", "finance") for word in values.split() if word.startswith("/")}
    assert len(paths) >= 3
    assert [path for path in {unit.name, *paths} if path not in PAGE] == []
    assert f"User={said['User'][0]}" in unit.read_text()
    assert f"--user-group {said['User'][0]}" in PAGE
