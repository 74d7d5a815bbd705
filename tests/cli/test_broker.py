# SPDX-License-Identifier: Apache-2.0
"""`govbus broker` as it is typed: what it prints, where, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.broker import broker
from exchange.edge.private_node import PrivateNode
from exchange.errors import Halt


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(broker, [str(word) for word in words])


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "node"
    PrivateNode(tmp_path / "node").stop()


@pytest.mark.broker
def test_a_node_is_started_once_and_stopped(directory: Path) -> None:
    first, again = run("start", directory), run("start", directory)
    url = PrivateNode(directory).url
    assert first.stdout == f"the node runs: {url}\n"
    assert f"next: govbus hub init HUB-DIR --broker {directory}" in first.stderr
    assert "next:" not in again.stderr
    assert again.stdout == f"the node was already running: {url}\n"
    assert run("status", directory).stdout.startswith(f"state: running\naddress: {url}\nprocess: ")
    assert run("stop", directory).stdout == f"the node in {directory} is stopped\n"
    assert run("status", directory).stdout == "state: stopped\n"
    third = run("start", directory)
    assert (third.stdout, "next:" in third.stderr) == (first.stdout, False)


@pytest.mark.broker
def test_the_status_of_a_running_node_is_one_json_document(node: PrivateNode) -> None:
    result = run("status", node.directory, "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    document = json.loads(result.stdout)
    assert {key: document[key] for key in ("state", "url", "vhost", "ca_file")} == {
        "state": "running",
        "url": node.url,
        "vhost": "govbus",
        "ca_file": str(node.ca_file),
    }


def test_the_status_of_no_node_is_the_answer_no(tmp_path: Path) -> None:
    result = run("status", tmp_path)
    assert (result.exit_code, result.stdout) == (1, "state: there is no node in this folder\n")
    assert json.loads(run("status", tmp_path, "--json").stdout)["state"] == "absent"


def test_stopping_where_nothing_runs_is_done_already(tmp_path: Path) -> None:
    result = run("stop", tmp_path)
    assert (result.exit_code, result.stdout) == (0, f"no node was running in {tmp_path}\n")


def test_a_start_without_rabbitmq_ends_as_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVBUS_RABBITMQ_BIN", str(tmp_path))
    result = run("start", tmp_path / "node")
    assert isinstance(result.exception, Halt)  # cli.main says it and ends with its code
    assert result.exception.exit_code == 69
