# SPDX-License-Identifier: Apache-2.0
"""Where a file of the hot folder ends: sent/ or failed/, with its receipts and reasons."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange import Settled, texts
from tests.adapters.hot_folders import NOON, HotFolder, opened, receipt


@pytest.fixture
def hot(tmp_path: Path) -> Iterator[HotFolder]:
    with opened(tmp_path / "hot") as folder:
        yield folder


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
        assert hot.text("failed/a.txt.reason.txt").count(hint) == 1


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


def test_an_attachment_written_to_after_it_was_claimed_is_filed_as_changed(hot: HotFolder) -> None:
    hot.put("a.txt.govbus.toml", 'attachments = ["b.txt"]')
    hot.put("a.txt")
    with hot.put("b.txt", b"half").open("ab") as writing:
        [outgoing] = hot.look(2)
        hot.adapter.stored(outgoing.key)
        writing.write(b" and the rest")
    hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
    assert hot.names("sent") == set()
    assert "b.txt" in hot.text("failed/a.reason.txt")


def test_an_attachment_saved_once_more_while_it_was_locked_goes_as_it_was_then(
    hot: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    hot.put("a.txt.govbus.toml", 'attachments = ["b.txt"]')
    hot.put("a.txt")
    hot.put("b.txt", b"first")
    real = os.rename

    def locked(source: object, target: object) -> None:
        if str(source).endswith("out/b.txt"):
            raise PermissionError(13, "Permission denied", str(source))
        real(source, target)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", locked)
        assert hot.look(2) == []
    hot.put("b.txt", b"saved once more")
    [outgoing] = hot.look()
    hot.adapter.stored(outgoing.key)
    hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
    assert hot.text("sent/a/b.txt") == "saved once more"
