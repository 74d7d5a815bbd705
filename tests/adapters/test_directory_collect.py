# SPDX-License-Identifier: Apache-2.0
"""The hot folder's out/: what is taken, when, and how it is offered."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange import Priority
from tests.adapters.hot_folders import POLL, THERE, HotFolder, body, opened, receipt, taken


@pytest.fixture
def hot(tmp_path: Path) -> Iterator[HotFolder]:
    with opened(tmp_path / "hot") as folder:
        yield folder


# ---- when a file is taken


def test_a_file_is_taken_at_the_second_look_that_finds_it_unchanged(hot: HotFolder) -> None:
    hot.put("report.docx", b"hello")
    assert hot.look() == []
    assert [body(each) for each in hot.look()] == [b"hello"]
    assert hot.names("out") == set()


def test_a_file_that_still_grows_is_left_alone(hot: HotFolder) -> None:
    for size in range(1, 5):
        hot.put("report.docx", b"x" * size)
        assert hot.look() == []
    assert taken(hot) == ["report.docx"]


def test_a_file_whose_time_still_changes_is_left_alone(hot: HotFolder) -> None:
    path = hot.put("report.docx", b"same size")
    for second in range(1, 4):
        os.utime(path, ns=(second * 10**9, second * 10**9))
        assert hot.look() == []
    assert taken(hot) == ["report.docx"]


def test_looks_closer_together_than_the_poll_interval_do_not_count(hot: HotFolder) -> None:
    hot.put("report.docx")
    hot.look()
    hot.clock.now += POLL / 2
    assert list(hot.adapter.collect()) == []


def test_a_file_seen_under_a_temporary_name_is_taken_at_once_when_it_is_renamed(hot: HotFolder) -> None:
    writing = hot.put("report.docx.tmp", b"half")
    hot.look()
    writing.write_bytes(b"whole")
    os.utime(writing, ns=(10**9, 10**9))
    writing.rename(hot.out / "report.docx")
    assert [body(each) for each in hot.look()] == [b"whole"]


def test_a_file_that_grows_in_the_inode_of_a_temporary_one_is_not_taken_for_renamed(hot: HotFolder) -> None:
    writing = hot.put("scratch.tmp", b"scratch")
    hot.look()
    grown = writing.rename(
        hot.out / "report.docx"
    )  # the same inode, as a file system that reuses numbers has it
    grown.write_bytes(b"being written")
    state = grown.stat()
    assert state.st_mtime_ns == state.st_ctime_ns
    assert hot.look() == []


def test_an_empty_file_is_a_message_when_it_stays_empty_for_a_while(hot: HotFolder) -> None:
    hot.put("empty.txt", b"")
    assert hot.look(4) == []
    assert [body(each) for each in hot.look()] == [b""]


def test_a_placeholder_that_is_filled_later_is_taken_with_its_content(hot: HotFolder) -> None:
    hot.put("slow.txt", b"")
    assert hot.look(3) == []
    hot.put("slow.txt", b"filled")
    assert [body(each) for each in hot.look(2)] == [b"filled"]


@pytest.mark.parametrize(
    "name",
    ["~$report.docx", "x.tmp", "X.TMP", "x.part", ".hidden", "x.crdownload", "Thumbs.db", "desktop.ini",
     "report.docx.reason.txt"],
)  # fmt: skip
def test_what_is_temporary_hidden_or_ours_is_ignored(hot: HotFolder, name: str) -> None:
    path = hot.put(name)
    assert hot.look(6) == []
    assert path.exists()


def test_links_and_foreign_folders_are_ignored(hot: HotFolder, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (hot.out / "link.txt").symlink_to(secret)
    hot.put("私人/diary.txt")
    assert hot.look(6) == []


def test_only_files_of_the_pattern_are_taken(tmp_path: Path) -> None:
    with opened(tmp_path / "hot", pattern="*.docx", ignore=("draft*",)) as hot:
        for name in ("a.docx", "B.DOCX", "c.xlsx", "Draft.docx"):
            hot.put(name)
        assert taken(hot, 3) == ["B.DOCX", "a.docx"]


def test_a_file_that_vanishes_between_look_and_claim_is_no_error(hot: HotFolder) -> None:
    gone, stays = hot.put("a.txt"), hot.put("b.txt")
    os.utime(gone, ns=(1, 1))
    hot.look()
    hot.clock.now += POLL
    offers = iter(hot.adapter.collect())
    stays.unlink()
    assert [each.parts[0].name for each in offers] == ["a.txt"]
    assert hot.names(".govbus/claims") != set()


def test_a_file_that_is_locked_on_its_share_is_tried_again(
    hot: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    hot.put("open-in-word.docx")
    real = os.rename

    def locked(source: object, target: object) -> None:
        if "open-in-word" in str(source):
            raise PermissionError(13, "Permission denied", str(source))
        real(source, target)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", locked)
        assert hot.look(4) == []
    assert (hot.out / "open-in-word.docx").exists()
    assert taken(hot) == ["open-in-word.docx"]


def test_an_attachment_that_is_locked_holds_the_message_until_it_can_be_had(
    hot: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    hot.put("a.txt.govbus.toml", 'attachments = ["b.txt"]')
    hot.put("a.txt", b"a")
    hot.put("b.txt", b"b")
    real = os.rename

    def locked(source: object, target: object) -> None:
        if str(source).endswith("out/b.txt"):
            raise PermissionError(13, "Permission denied", str(source))
        real(source, target)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", locked)
        assert hot.look(4) == []
    [outgoing] = hot.look()
    assert [part.name for part in outgoing.parts] == ["a.txt", "b.txt"]


def test_an_unreadable_file_waits_and_then_goes_to_failed_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with opened(tmp_path / "hot", patience_seconds=10) as hot:
        hot.put("private.txt")
        assert hot.look(3) == []
        assert hot.names("out") == {"private.txt"}
        assert hot.look(3) == []
        assert hot.names("failed") == {"private.txt", "private.txt.reason.txt"}


# ---- what is offered


def test_what_is_offered_carries_the_settings(tmp_path: Path) -> None:
    chosen = {"type": "notice.public.v1", "to": [str(THERE)], "priority": "urgent"}
    with opened(tmp_path / "hot", media_types={".txt": "text/plain;charset=gb18030"}, **chosen) as hot:
        hot.put("通知.txt")
        [outgoing] = hot.look(2)
    assert (outgoing.type, outgoing.to, outgoing.priority) == ("notice.public.v1", [str(THERE)], "urgent")
    assert [(p.name, p.media_type, p.role) for p in outgoing.parts] == [
        ("通知.txt", "text/plain;charset=gb18030", "body")
    ]
    assert Priority(outgoing.priority) is Priority.URGENT


def test_a_subfolder_named_like_a_type_or_in_the_settings_gives_the_type(tmp_path: Path) -> None:
    with opened(tmp_path / "hot", folders={"公文": "document.official.v1"}) as hot:
        hot.put("公文/a.txt")
        hot.put("statistics.monthly.v2/b.txt")
        hot.put("c.txt")
        types = {each.parts[0].name: each.type for each in hot.look(2)}
    assert types == {
        "a.txt": "document.official.v1",
        "b.txt": "statistics.monthly.v2",
        "c.txt": "file.any.v1",
    }


def test_what_comes_from_a_subfolder_is_filed_in_one_of_the_same_name(tmp_path: Path) -> None:
    with opened(tmp_path / "hot", folders={"公文": "document.official.v1"}) as hot:
        hot.put("公文/a.txt")
        [outgoing] = hot.look(2)
        hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
        assert hot.names("sent") == {"公文/a.txt"}


def test_the_same_thing_is_offered_under_the_same_key_until_it_is_stored(hot: HotFolder) -> None:
    hot.put("a.txt")
    first, second = hot.look(2), hot.look(2)
    assert [each.key for each in first] * 2 == [each.key for each in second]
    hot.adapter.stored(first[0].key)
    assert hot.look(3) == []


def test_after_a_restart_everything_open_is_offered_once_more_under_its_key(tmp_path: Path) -> None:
    with opened(tmp_path / "hot") as hot:
        hot.put("a.txt")
        [before] = hot.look(2)
        hot.adapter.stored(before.key)
    with opened(tmp_path / "hot", type="another.type.v1") as hot:
        [after] = hot.look(1)
    assert (after.key, after.type) == (before.key, "file.any.v1")


def test_an_old_program_s_name_in_gb18030_is_read_as_such(hot: HotFolder) -> None:
    raw = os.fsencode(hot.out) + b"/" + "报告.txt".encode("gb18030")
    Path(os.fsdecode(raw)).write_bytes(b"x")
    [outgoing] = hot.look(2)
    assert outgoing.parts[0].name == "报告.txt"
    hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
    assert [os.fsencode(name) for name in os.listdir(hot.root / "sent")] == ["报告.txt".encode("gb18030")]


def test_a_file_without_any_type_goes_to_failed_with_the_reason(tmp_path: Path) -> None:
    with opened(tmp_path / "hot", type="") as hot:
        hot.put("a.txt")
        assert hot.look(2) == []
        assert hot.text("failed/a.txt.reason.txt").startswith("EX-507\na.txt: no message type")
