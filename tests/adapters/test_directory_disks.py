# SPDX-License-Identifier: Apache-2.0
"""The hot folder on disks that refuse, shares that go away, and across file systems."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from adapters.directory import layout
from exchange import Halt, Retry, files
from tests.adapters.hot_folders import POLL, HotFolder, body, opened, receipt, taken
from tests.adapters.power_cut import Disk


@pytest.fixture
def hot(tmp_path: Path) -> Iterator[HotFolder]:
    with opened(tmp_path / "hot") as folder:
        yield folder


# ---- disks and shares


def test_a_disk_that_refuses_is_said_as_ex_506(hot: HotFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    hot.put("a.txt")
    hot.look()

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(Retry) as raised:
            hot.look()
    assert raised.value.code == "EX-506"
    assert "No space left" in raised.value.text()
    assert taken(hot, 3) == ["a.txt"]


def test_folders_that_somebody_removed_are_made_again(hot: HotFolder) -> None:
    hot.put("a.txt")
    [outgoing] = hot.look(2)
    for name in ("out", "sent", "receipts"):
        (hot.root / name).rmdir()
    hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
    assert hot.look() == []
    assert hot.names("sent") == {"a.txt"}


def test_nothing_is_made_in_the_empty_place_of_a_share_that_went_away(hot: HotFolder, tmp_path: Path) -> None:
    hot.root.rename(tmp_path / "elsewhere")
    hot.root.mkdir()
    with pytest.raises(Retry, match="EX-506"):
        hot.look()
    assert list(hot.root.iterdir()) == []


def test_another_hot_folder_than_the_one_before_is_not_opened(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for _ in range(2):
        first = HotFolder(tmp_path / "hot")
        first.adapter.folder = own
        first.adapter.open()
        first.adapter.close()
    (tmp_path / "hot").rename(tmp_path / "unmounted")
    (tmp_path / "hot").mkdir()
    second = HotFolder(tmp_path / "hot")
    second.adapter.folder = own
    with pytest.raises(Halt, match="mounted"):
        second.adapter.open()
    assert list((tmp_path / "hot").iterdir()) == []


def test_of_two_that_make_a_hot_folder_at_once_the_one_that_has_it_knows_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that is turned away would leave its mark, and the other refuse its own folder ever after."""
    folders = {}
    for name in ("first", "second"):
        folders[name] = HotFolder(tmp_path / "hot")
        folders[name].adapter.folder = tmp_path / name
        (tmp_path / name).mkdir()
    has_it: list[str] = []

    def opened_by(name: str) -> None:
        with suppress(Halt):
            folders[name].adapter.open()
            has_it.append(name)

    real = layout.secrets.token_hex

    def meanwhile(size: int) -> str:
        monkeypatch.setattr(layout.secrets, "token_hex", real)
        opened_by("second")
        return real(size)

    monkeypatch.setattr(layout.secrets, "token_hex", meanwhile)
    opened_by("first")
    (name,) = has_it
    folders[name].adapter.close()
    folders[name].adapter.open()
    folders[name].adapter.close()


def asked(root: Path, own: Path | None = None, **settings: Any) -> str:
    """What a check is told that does not open the hot folder; it leaves everything as it is."""
    folder = HotFolder(root, **settings)
    folder.adapter.folder = own
    before = sorted(root.parent.rglob("*"))
    with pytest.raises(Halt) as refused:
        list(folder.adapter.concerns())
    assert sorted(root.parent.rglob("*")) == before
    return str(refused.value)


def test_a_hot_folder_that_has_no_place_is_told_before_it_is_opened(tmp_path: Path) -> None:
    assert f"no folder {tmp_path / 'gone'} to make it in" in asked(tmp_path / "gone" / "hot")
    with opened(tmp_path / "hot") as hot:
        assert list(hot.adapter.concerns()) == []


def test_a_hot_folder_that_is_yet_to_be_made_is_none_of_anybodys_concern(tmp_path: Path) -> None:
    assert list(HotFolder(tmp_path / "hot").adapter.concerns()) == []
    assert list(tmp_path.iterdir()) == []


def test_a_hot_folder_that_moved_is_told_before_it_is_opened(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    first = HotFolder(tmp_path / "hot")
    first.adapter.folder = own
    first.adapter.open()
    first.adapter.close()
    assert list(first.adapter.concerns()) == []
    first.root.rename(tmp_path / "moved")
    assert "Is its share mounted?" in asked(tmp_path / "hot", own)


def test_a_hot_folder_that_cannot_be_written_is_told_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    assert "is no folder" in asked(tmp_path / "file")
    with opened(tmp_path / "hot") as hot:
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != hot.out)
        assert f"{hot.out} is no folder, or this account may not" in asked(hot.root)


def test_a_place_that_cannot_be_looked_into_is_told_with_the_systems_reason(tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "hot-folder-id").mkdir(parents=True)
    (tmp_path / "hot" / ".govbus" / "id").mkdir(parents=True)
    assert "Is a directory" in asked(tmp_path / "hot", own)


def test_a_setting_that_cannot_work_is_told_before_it_is_opened(tmp_path: Path) -> None:
    assert "poll_seconds" in asked(tmp_path / "hot", poll_seconds=-1.0)


def test_a_second_daemon_on_the_same_folder_is_refused(hot: HotFolder) -> None:
    with pytest.raises(Halt, match=f"EX-908 .*{os.getpid()}"):
        HotFolder(hot.root).adapter.open()


def test_a_folder_that_cannot_be_made_halts(tmp_path: Path) -> None:
    with pytest.raises(Halt, match="EX-506"):
        HotFolder(tmp_path / "missing" / "hot").adapter.open()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("type", "Not A Type"),
        ("to", ("440500.tax",)),
        ("poll_seconds", -1.0),
        ("patience_seconds", -1.0),
        ("folders", {"公文": "no type"}),
    ],
)
def test_a_setting_that_cannot_work_halts_with_its_key(tmp_path: Path, key: str, value: object) -> None:
    with pytest.raises(Halt, match=f"EX-903 .*{key}"):
        HotFolder(tmp_path / "hot", **{key: value}).adapter.open()


def test_a_damaged_claim_halts_rather_than_losing_its_files(tmp_path: Path) -> None:
    with opened(tmp_path / "hot") as hot:
        hot.put("a.txt")
        [outgoing] = hot.look(2)
        record = hot.root / ".govbus/claims" / outgoing.key / "claim.json"
        record.write_text("{")
    with opened(tmp_path / "hot") as hot, pytest.raises(Halt, match="EX-904"):
        hot.look()
    record.unlink()
    with opened(tmp_path / "hot") as hot, pytest.raises(Halt, match="EX-904"):
        hot.look()
    assert (record.parent / "files/a.txt").exists()


# ---- where out/ is a file system of its own


def test_a_file_on_another_file_system_is_copied_and_its_original_removed(hot: HotFolder) -> None:
    path = hot.put("a.txt", b"x" * 3_000_000)
    with Disk(hot.root.parent, apart=True):
        [outgoing] = hot.look(2)
        assert body(outgoing) == b"x" * 3_000_000
        assert not path.exists()
        hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
    assert hot.contents("sent") == {b"x" * 3_000_000: 1}
    assert hot.names(".govbus/claims") == set()


def test_a_copied_file_whose_original_is_locked_goes_out_only_when_that_is_removed(
    hot: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = hot.put("a.txt", b"x")
    with Disk(hot.root.parent, apart=True):
        remove = os.unlink

        def locked(path: object, **other: int | None) -> None:
            if path == original:
                raise PermissionError(13, "Permission denied", str(path))
            remove(path, **other)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(os, "unlink", locked)
            assert hot.look(5) == []
        assert len(os.listdir(hot.root / ".govbus/claims")) == 1
        [outgoing] = hot.look()
    assert body(outgoing) == b"x"
    assert not original.exists()


def test_a_new_file_that_takes_the_place_of_a_copied_one_is_a_message_of_its_own(
    hot: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = hot.put("a.txt", b"first")
    with Disk(hot.root.parent, apart=True):
        remove = os.unlink

        def replaced(path: object, **other: int | None) -> None:
            if path == original:
                original.write_bytes(b"the second")
                raise PermissionError(13, "Permission denied", str(path))
            remove(path, **other)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(os, "unlink", replaced)
            first = hot.look(2)
        second = [each for each in hot.look(2) if each.key != first[0].key]
    assert [body(each) for each in first] == [b"first"]
    assert [body(each) for each in second] == [b"the second"]


def test_a_file_that_changes_while_it_is_copied_is_left_alone(
    hot: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = hot.put("a.txt", b"first")
    copy = files.copy_new

    def slow(source: Path, path: Path) -> None:
        copy(source, path)
        original.write_bytes(b"still growing")

    with Disk(hot.root.parent, apart=True):
        with monkeypatch.context() as patch:
            patch.setattr(files, "copy_new", slow)
            assert hot.look(2) == []
        assert hot.names(".govbus/claims") == set()
        [outgoing] = hot.look(2)
    assert body(outgoing) == b"still growing"


def test_a_file_that_loses_its_rights_before_it_is_copied_is_left_alone(
    hot: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    hot.put("a.txt", b"x")
    hot.look()
    answers = iter([True, False])
    monkeypatch.setattr(os, "access", lambda path, mode: next(answers))
    with Disk(hot.root.parent, apart=True):
        assert hot.look() == []
    assert hot.names("out") == {"a.txt"}


def test_a_disk_that_fails_in_the_middle_of_a_claim_is_no_lock(
    hot: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = hot.put("a.txt", b"x")
    hot.look()
    real = os.rename

    def broken(source: object, target: object) -> None:
        if source == path:
            raise OSError(5, "Input/output error", str(source))
        real(source, target)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", broken)
        with pytest.raises(Retry, match="Input/output error"):
            hot.look()
    assert taken(hot) == ["a.txt"]


def test_a_file_replaced_between_look_and_claim_waits_for_another_look(hot: HotFolder) -> None:
    first, second = hot.put("a.txt", b"1"), hot.put("b.txt", b"2")
    os.utime(first, ns=(1, 1))
    hot.look()
    hot.clock.now += POLL
    offers = iter(hot.adapter.collect())
    assert next(offers).parts[0].name == "a.txt"
    second.write_bytes(b"another")
    assert list(offers) == []
    assert [body(each) for each in hot.look(2) if each.parts[0].name == "b.txt"] == [b"another"]


@pytest.mark.parametrize("name", ["annex.txt", "a.txt.govbus.toml"])
def test_what_travels_with_a_file_and_is_replaced_between_look_and_claim_waits_for_another_look(
    hot: HotFolder, name: str
) -> None:
    """Somebody may be in the middle of saving it once more."""
    hot.put("a.txt.govbus.toml", 'attachments = ["annex.txt"]')
    hot.put("a.txt")
    hot.put("annex.txt", b"half")
    hot.put("0.txt.govbus.toml", "# nothing")
    hot.put("0.txt")
    hot.look()
    hot.clock.now += POLL
    offers = iter(hot.adapter.collect())
    assert next(offers).parts[0].name == "0.txt"
    whole = 'attachments = ["annex.txt"]  # so it is' if name.endswith("toml") else "whole"
    hot.put(name, whole)
    assert list(offers) == []
    assert hot.names("out") >= {"a.txt", "annex.txt", "a.txt.govbus.toml"}


def test_a_new_attachment_that_takes_the_place_of_a_looked_at_one_is_not_sent_twice(
    hot: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    hot.put("a.txt.govbus.toml", 'attachments = ["b.txt"]')
    hot.put("a.txt")
    path = hot.put("b.txt", b"half")
    copy = files.copy_new

    def replaced(source: Path, target: Path) -> None:
        copy(source, target)
        if source.name == "a.txt":
            path.write_bytes(b"the whole")

    with Disk(hot.root.parent, apart=True):
        monkeypatch.setattr(files, "copy_new", replaced)
        [outgoing] = hot.look(4)[:1]
        assert [part.name for part in outgoing.parts] == ["a.txt", "b.txt"]
        assert hot.names("out") == set()
        assert {each.key for each in hot.look(4)} == {outgoing.key}


@pytest.mark.parametrize("gone", ["the file", "its folder"])
def test_what_is_taken_out_of_the_work_folder_before_it_is_sent_holds_up_nothing_else(
    hot: HotFolder, gone: str
) -> None:
    """A scanner for viruses may do so. It would be offered, and its batch refused, for ever."""
    hot.put("a.txt")
    hot.put("b.txt")
    first = {each.parts[0].name: each for each in hot.look(2)}
    source = first["a.txt"].parts[0].source
    assert isinstance(source, Path)
    source.unlink() if gone == "the file" else shutil.rmtree(source.parents[1])
    assert [each.parts[0].name for each in hot.look()] == ["b.txt"]
    assert hot.names("failed") == {"a.txt.reason.txt"}
    assert "a.txt was taken away" in hot.text("failed/a.txt.reason.txt")
    assert first["a.txt"].key not in os.listdir(hot.root / ".govbus/claims")


@pytest.mark.parametrize("kind", ["delivered", "returned"])
def test_a_claim_that_somebody_removed_as_a_whole_holds_up_no_receipt(hot: HotFolder, kind: str) -> None:
    hot.put("a.txt")
    [outgoing] = hot.look(2)
    hot.adapter.stored(outgoing.key)
    shutil.rmtree(hot.root / ".govbus/claims" / outgoing.key)
    hot.adapter.settled(outgoing.key, receipt(kind, "delivered" if kind == "delivered" else "failed"))
    assert os.listdir(hot.root / ".govbus/claims") == []


def test_a_claimed_file_that_somebody_deleted_in_the_work_folder_ends_without_an_error(
    hot: HotFolder,
) -> None:
    hot.put("a.txt")
    [outgoing] = hot.look(2)
    source = outgoing.parts[0].source
    assert isinstance(source, Path)
    source.unlink()
    hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
    assert hot.names(".govbus/claims") == hot.names("sent") == set()


def test_a_system_without_locks_is_served_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(descriptor: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with opened(tmp_path / "hot") as hot:
        hot.put("a.txt")
        assert taken(hot) == ["a.txt"]
