# SPDX-License-Identifier: Apache-2.0
"""Folders that people share: nothing is overwritten, and names are found that are free."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from exchange import Retry
from exchange.edge import shelf
from exchange.edge.shelf import Shelf, disk_errors, make_folder, move_new


@pytest.fixture(params=["kernel", "looked up before"])
def renaming(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways: the kernel's own rename-unless-taken, and that of file systems that do not have it."""
    if request.param != "kernel":
        monkeypatch.setattr(shelf, "_rename_unless_taken", lambda *_: errno.EINVAL)


@pytest.mark.usefixtures("renaming")
def test_a_file_or_folder_moves_to_a_name_that_is_free(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("file")
    (tmp_path / "b").mkdir()
    (tmp_path / "b/inside").write_text("folder")
    make_folder(tmp_path / "there")
    move_new(tmp_path / "a", tmp_path / "there/a")
    move_new(tmp_path / "b", tmp_path / "there/b")
    assert (tmp_path / "there/a").read_text() == "file"
    assert (tmp_path / "there/b/inside").read_text() == "folder"
    assert not (tmp_path / "a").exists()


@pytest.mark.usefixtures("renaming")
@pytest.mark.parametrize("kind", ["file", "empty folder", "dangling link"])
def test_what_is_there_is_never_replaced(tmp_path: Path, kind: str) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    if kind == "file":
        source.write_text("new")
        target.write_text("old")
    elif kind == "empty folder":
        source.mkdir()
        target.mkdir()
    else:
        source.write_text("new")
        target.symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        move_new(source, target)
    assert source.exists()
    assert os.path.lexists(target)


@pytest.mark.usefixtures("renaming")
def test_a_source_that_has_gone_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        move_new(tmp_path / "gone", tmp_path / "target")


def test_another_file_system_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "_rename_unless_taken", lambda *_: errno.EXDEV)
    with pytest.raises(OSError) as raised:
        move_new(tmp_path / "a", tmp_path / "b")
    assert raised.value.errno == errno.EXDEV


def test_a_c_library_without_the_call_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: object())
    (tmp_path / "a").write_text("x")
    move_new(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").exists()


def test_a_folder_that_is_there_already_is_no_error(tmp_path: Path) -> None:
    make_folder(tmp_path / "a")
    make_folder(tmp_path / "a")
    assert (tmp_path / "a").is_dir()


def test_a_free_name_is_taken_as_it_is_and_others_get_the_first_number(tmp_path: Path) -> None:
    for name in ("Report.docx", "report (2).DOCX", "other (2).txt"):
        (tmp_path / name).touch()
    found = Shelf(tmp_path)
    assert found.free("new.txt") == "new.txt"
    assert found.free("other.txt") == "other.txt"
    assert found.free("REPORT.docx") == "REPORT (3).docx"


def test_a_name_is_free_only_with_all_that_stands_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt.reason.txt").touch()
    (tmp_path / "A (2).txt.meta.json").touch()
    assert Shelf(tmp_path).free("a.txt", beside=(".reason.txt", ".meta.json")) == "a (3).txt"


def test_what_others_put_there_is_seen_and_what_we_put_is_remembered(tmp_path: Path) -> None:
    found = Shelf(tmp_path)
    assert found.free("a.txt") == "a.txt"
    (tmp_path / "a.txt").touch()
    os.utime(tmp_path, ns=(1, 1))
    assert found.free("a.txt") == "a (2).txt"
    found.note("a (2).txt")
    assert found.free("a.txt") == "a (3).txt"


def test_what_the_system_refuses_means_later_with_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(Retry) as raised, disk_errors(tmp_path):
        (tmp_path / "missing" / "x").write_text("x")
    assert raised.value.code == "EX-506"
    assert raised.value.text() == f"{tmp_path / 'missing' / 'x'} cannot be written: No such file or directory"


def test_an_error_without_words_of_its_own_is_said_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(Retry, match=f"{tmp_path} cannot be written: odd"), disk_errors(tmp_path):
        raise OSError("odd")
