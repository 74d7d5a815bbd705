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


# ---- a further name


@pytest.fixture
def handing_on(tmp_path: Path) -> Path:
    """A folder that hands its group on, another than ours where we may belong to another."""
    folder = tmp_path / "hot"
    folder.mkdir()
    os.chown(folder, -1, 54321 if os.geteuid() == 0 else os.getgroups()[-1])
    folder.chmod(0o2770)
    return folder


def test_a_link_belongs_to_the_group_of_a_folder_that_hands_it_on(handing_on: Path, tmp_path: Path) -> None:
    spool.write_new(tmp_path / "made", b"whole")
    spool.link_or_copy(tmp_path / "made", handing_on / "arrived")
    state = (handing_on / "arrived").stat()
    assert state.st_gid == handing_on.stat().st_gid
    assert stat.S_IMODE(state.st_mode) == spool.MODE & ~_umask()


def _umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found


def test_where_a_group_is_not_ours_to_give_it_is_a_copy(
    handing_on: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_words: object) -> None:
        raise PermissionError(errno.EPERM, "not yours")

    other = handing_on.stat().st_gid + 1
    real = Path.stat
    monkeypatch.setattr(os, "chown", refuse)
    spool.write_new(tmp_path / "made", b"whole")
    link = handing_on / "arrived"

    def seen(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = real(path, follow_symlinks=follow_symlinks)
        return os.stat_result((*found[:5], other, *found[6:])) if path == link else found

    monkeypatch.setattr(Path, "stat", seen)
    spool.link_or_copy(tmp_path / "made", link)
    assert link.read_bytes() == b"whole"
    assert (real(link).st_nlink, real(tmp_path / "made").st_nlink) == (1, 1)
