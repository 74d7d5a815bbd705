# SPDX-License-Identifier: Apache-2.0
"""One daemon serves one stores folder, and leaves word of what it waits for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from exchange.edge.settings import load_adapter
from exchange.errors import Retry
from exchange.role.stores import OneDaemon, Stores, known_troubles, note_troubles, running_pid

HOLDER = """
import sys
from pathlib import Path
from exchange.role.stores import OneDaemon
held = OneDaemon(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def elsewhere(tmp_path: Path) -> subprocess.Popen[str]:
    """Another process that serves the folder."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    return other


def test_a_second_daemon_is_turned_away_and_told_which_is_there(
    tmp_path: Path, elsewhere: subprocess.Popen[str]
) -> None:
    with elsewhere:
        with pytest.raises(Retry, match="EX-908") as turned_away:
            OneDaemon(tmp_path)
        assert turned_away.value.values["pid"] == str(elsewhere.pid)
        assert running_pid(tmp_path) == elsewhere.pid
        elsewhere.kill()


def test_a_killed_daemon_holds_nothing(tmp_path: Path, elsewhere: subprocess.Popen[str]) -> None:
    with elsewhere:
        elsewhere.kill()
        elsewhere.wait()
    assert running_pid(tmp_path) is None
    OneDaemon(tmp_path).release()


def test_asking_takes_nothing_away(tmp_path: Path) -> None:
    assert running_pid(tmp_path) is None
    held = OneDaemon(tmp_path)
    held.release()
    assert running_pid(tmp_path) is None


def test_a_folder_that_is_not_there_has_no_daemon(tmp_path: Path) -> None:
    assert running_pid(tmp_path / "none") is None


def test_troubles_are_read_as_they_were_noted(tmp_path: Path) -> None:
    assert known_troubles(tmp_path) == {}
    note_troubles(tmp_path, {"inbound": "EX-901 消息代理"})
    assert known_troubles(tmp_path) == {"inbound": "EX-901 消息代理"}


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", '"x"'])
def test_a_garbled_note_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "troubles.json").write_text(text)
    assert known_troubles(tmp_path) == {}


def test_stores_where_no_folder_can_be_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    lines = ["[participant]", 'id = "440500.finance"', "[broker]", 'urls = ["amqps://x/y"]', 'ca = "c"']
    config = tmp_path / "adapter.toml"
    config.write_text("\n".join([*lines, "[stores]", 'folder = "file/stores"']))
    with pytest.raises(Retry, match="EX-506"):
        Stores.open(load_adapter(config))
