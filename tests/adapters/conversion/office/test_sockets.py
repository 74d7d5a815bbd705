# SPDX-License-Identifier: Apache-2.0
"""What a killed office left in /tmp goes with the next one; what anybody answers on stays."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.conversion.office import sockets

OURS = f"OSL_PIPE_{os.geteuid()}_"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """We stand in it, since a socket's path has at most 107 bytes; `live` is answered on, `dead` is not."""
    with closing(socket.socket(socket.AF_UNIX)) as live, closing(socket.socket(socket.AF_UNIX)) as dead:
        before = Path.cwd()
        os.chdir(tmp_path)
        live.bind(OURS + "live")
        live.listen()
        dead.bind(OURS + "dead")
        (tmp_path / (OURS + "file")).touch()
        with closing(socket.socket(socket.AF_UNIX)) as of_others:
            of_others.bind("OSL_PIPE_99999_dead")
        dead.close()
        yield Path(".")
        os.chdir(before)


def left(place: Path) -> set[str]:
    return {path.name for path in place.iterdir()}


def test_only_what_nobody_answers_on_is_removed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "FRESH_SECONDS", -1.0)
    sockets.sweep((place,))
    assert left(place) == {OURS + "live", OURS + "file", "OSL_PIPE_99999_dead"}


def test_an_office_that_is_just_starting_is_left_alone(place: Path) -> None:
    sockets.sweep((place,))
    assert OURS + "dead" in left(place)
