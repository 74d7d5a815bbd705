# SPDX-License-Identifier: Apache-2.0
"""Files that are whole or not there: what a kill, a taken name or a file system without links leaves."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from exchange.edge import spool


class Killed(BaseException):
    """Nothing of ours runs after it."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "signing.key"


@pytest.fixture
def without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_source: object, _path: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_file_written_whole_has_its_bytes_and_rights_and_no_second_name(path: Path) -> None:
    spool.write_whole(path, b"secret", mode=0o600)
    assert path.read_bytes() == b"secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(path.parent) == ["signing.key"]


def test_a_file_that_is_there_is_not_written_over(path: Path) -> None:
    path.write_bytes(b"first")
    with pytest.raises(FileExistsError):
        spool.write_whole(path, b"second")
    assert path.read_bytes() == b"first"
    assert names(path.parent) == ["signing.key"]


@pytest.mark.usefixtures("without_links")
def test_where_there_are_no_links_it_is_renamed(path: Path) -> None:
    spool.write_whole(path, b"whole")
    assert path.read_bytes() == b"whole"
    assert names(path.parent) == ["signing.key"]


@pytest.mark.usefixtures("without_links")
def test_where_there_are_no_links_what_is_there_stays_too(path: Path) -> None:
    path.write_bytes(b"first")
    with pytest.raises(FileExistsError):
        spool.write_whole(path, b"second")
    assert path.read_bytes() == b"first"
    assert names(path.parent) == ["signing.key"]


@pytest.mark.parametrize("called", ["write", "fsync", "link"])
def test_whoever_is_killed_while_writing_leaves_no_file_and_is_not_in_the_way(
    path: Path, monkeypatch: pytest.MonkeyPatch, called: str
) -> None:
    def die(*_words: object) -> int:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(os, called, die)
        with pytest.raises(Killed):
            spool.write_whole(path, b"whole")
    assert not path.exists()
    spool.write_whole(path, b"whole")
    assert path.read_bytes() == b"whole"
    assert names(path.parent) == ["signing.key"]
