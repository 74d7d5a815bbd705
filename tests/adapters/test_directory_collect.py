# SPDX-License-Identifier: Apache-2.0
"""The hot folder's out/: what is taken, when, and where it ends."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange import Halt, Outgoing, Priority, Retry, Settled, files, texts
from tests.adapters.hot_folders import NOON, POLL, THERE, HotFolder, opened, receipt
from tests.adapters.power_cut import Disk


@pytest.fixture
def hot(tmp_path: Path) -> Iterator[HotFolder]:
    with opened(tmp_path / "hot") as folder:
        yield folder


def body(outgoing: Outgoing) -> bytes:
    source = outgoing.parts[0].source
    assert isinstance(source, Path)
    return source.read_bytes()


def taken(folder: HotFolder, looks: int = 2) -> list[str]:
    """The names of what is offered for the first time within so many looks."""
    found = folder.look(looks)
    for outgoing in found:
        folder.adapter.stored(outgoing.key)
    return sorted({part.name for outgoing in found for part in outgoing.parts})


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


# ---- where it ends


def test_a_delivered_file_goes_to_sent_and_not_before(hot: HotFolder) -> None:
    hot.put("a.txt")
    [outgoing] = hot.look(2)
    hot.adapter.stored(outgoing.key)
    hot.adapter.settled(outgoing.key, receipt("accepted", "open"))
    assert hot.names("sent") == set()
    hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
    assert hot.names("sent") == {"a.txt"}
    assert hot.names(".govbus/claims") == set()


def test_a_returned_file_goes_to_failed_with_code_sentence_and_hint_in_the_configured_language(
    tmp_path: Path,
) -> None:
    with opened(tmp_path / "hot", lang="zh") as hot:
        hot.put("报告.docx")
        [outgoing] = hot.look(2)
        said = receipt("returned", "failed", message_id="0190", code="EX-502", text="缺少印章")
        hot.adapter.settled(outgoing.key, said)
        local = NOON.astimezone().isoformat(sep=" ", timespec="seconds")
        assert hot.text("failed/报告.docx.reason.txt").splitlines() == [
            "EX-502",
            f"440500.tax/registry 退回，{local}",
            "缺少印章",
            "原因由接收应用给出：请咨询接收部门",
            "报文 0190",
        ]
        assert hot.names("failed") == {"报告.docx", "报告.docx.reason.txt"}


def test_the_reasons_of_all_receivers_that_failed_stand_in_the_reason_file(hot: HotFolder) -> None:
    hot.put("a.txt")
    [outgoing] = hot.look(2)
    hot.adapter.settled(outgoing.key, receipt("returned", "open", code="EX-502", text="no room"))
    hot.adapter.settled(outgoing.key, receipt("expired", "open", code="EX-404"))
    hot.adapter.settled(outgoing.key, receipt("delivered", "partial"))
    reason = hot.text("failed/a.txt.reason.txt")
    assert "no room" in reason
    assert "it expired before" in reason
    assert "<expires>" not in reason


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_to_do_stands_once_in_a_reason_file(tmp_path: Path, lang: str) -> None:
    """The hub's sentence has the hint in it already."""
    with opened(tmp_path / "hot", lang=lang) as hot:
        hot.put("a.txt")
        [outgoing] = hot.look(2)
        hint = texts.say("EX-302.hint", lang)
        hot.adapter.settled(
            outgoing.key, receipt("rejected", "failed", code="EX-302", text=f"no route. {hint}")
        )
        assert hot.text("failed/a.txt.reason.txt").count("route explain") == 1


def test_what_the_daemon_itself_refuses_goes_to_failed_with_the_reason(hot: HotFolder) -> None:
    hot.put("a.txt")
    [outgoing] = hot.look(2)
    said = Settled("", "rejected", None, "440500.finance", NOON, "EX-405", "too many segments", "failed", b"")
    hot.adapter.settled(outgoing.key, said)
    lines = hot.text("failed/a.txt.reason.txt").splitlines()
    assert lines[0] == "EX-405"
    assert lines[1].startswith("refused at the door of 440500.finance, ")
    assert lines[2:] == ["too many segments", "send it as `routine` or `bulk`"]
    assert hot.names("receipts") == set()


def test_receipts_are_kept_as_signed_once_each_and_named_after_the_document(hot: HotFolder) -> None:
    hot.put("a.txt")
    [outgoing] = hot.look(2)
    for said in (receipt("accepted", "open"), receipt("delivered", "delivered")) * 2:
        hot.adapter.settled(outgoing.key, said)
    assert hot.names("receipts") == {
        "a.txt.m1.accepted.440500.tax_registry.xml",
        "a.txt.m1.delivered.440500.tax_registry.xml",
    }
    name = "receipts/a.txt.m1.delivered.440500.tax_registry.xml"
    assert hot.text(name) == '<receipt kind="delivered" message="m1"/>'


def test_a_receipt_that_comes_after_the_end_is_kept_beside_the_others(hot: HotFolder) -> None:
    hot.put("a.txt")
    [outgoing] = hot.look(2)
    hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
    hot.adapter.settled(outgoing.key, receipt("signed-for", "delivered"))
    assert "a.txt.m1.signed-for.440500.tax_registry.xml" in hot.names("receipts")


def test_another_receipt_of_the_same_kind_does_not_replace_the_first(hot: HotFolder) -> None:
    hot.put("a.txt")
    [outgoing] = hot.look(2)
    hot.adapter.settled(outgoing.key, receipt("accepted", "open"))
    other = receipt("accepted", "open")
    object.__setattr__(other, "document", b"<other/>")
    hot.adapter.settled(outgoing.key, other)
    assert len(hot.names("receipts")) == 2


def test_no_receipts_are_kept_when_the_settings_say_so(tmp_path: Path) -> None:
    with opened(tmp_path / "hot", receipts=False) as hot:
        hot.put("a.txt")
        [outgoing] = hot.look(2)
        hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
        assert (hot.names("receipts"), hot.names("sent")) == (set(), {"a.txt"})


def test_a_receipt_for_an_unknown_key_is_no_error(hot: HotFolder) -> None:
    hot.adapter.settled("never heard of", receipt("delivered", "delivered"))
    assert hot.names("receipts") == {"m1.delivered.440500.tax_registry.xml"}


def test_names_that_clash_get_a_number_also_when_only_their_case_differs(hot: HotFolder) -> None:
    (hot.root / "sent/report.docx").write_text("old")
    (hot.root / "sent/REPORT (2).DOCX.reason.txt").write_text("somebody's")
    hot.put("Report.docx", b"new")
    [outgoing] = hot.look(2)
    hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
    assert hot.text("sent/report.docx") == "old"
    assert hot.text("sent/Report (3).docx") == "new"


def test_a_name_of_255_bytes_still_finds_room_for_its_reason(tmp_path: Path) -> None:
    with opened(tmp_path / "hot", type="") as hot:
        hot.put("长" * 83 + ".txt")
        hot.look(2)
        assert sorted(len(name.encode()) < 256 for name in hot.names("failed")) == [True, True]


def test_a_file_written_to_after_it_was_claimed_is_filed_as_changed(hot: HotFolder) -> None:
    with hot.put("a.txt", b"first").open("ab") as still_open:
        [outgoing] = hot.look(2)
        still_open.write(b"more")
    hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
    assert "m1 carries an earlier state" in hot.text("failed/a.txt.reason.txt")


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
