# SPDX-License-Identifier: Apache-2.0
"""The hot folder's in/: what a delivery becomes."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.directory.arrivals import REMEMBERED_SECONDS, Arrivals
from adapters.directory.layout import Layout
from exchange import BytesPart, Delivery, Retry
from exchange.model.digest import sha256
from exchange.testing import HOSTILE_NAMES
from tests.adapters.hot_folders import HotFolder, delivery, opened


@pytest.fixture
def hot(tmp_path: Path) -> Iterator[HotFolder]:
    with opened(tmp_path / "hot") as folder:
        yield folder


def test_a_message_of_one_part_is_one_file(hot: HotFolder) -> None:
    outcome = hot.adapter.deliver(delivery("m1", ("关于预算的通知.docx", b"text")))
    assert hot.names("in") == {"关于预算的通知.docx"}
    assert hot.text("in/关于预算的通知.docx") == "text"
    assert outcome.text == "stored as 关于预算的通知.docx"


def test_a_message_of_several_parts_is_a_folder_with_a_description(hot: HotFolder) -> None:
    hot.adapter.deliver(
        delivery(
            "m1", ("通知.docx", b"1"), ("附件.xlsx", b"2"), attributes={"year": "2026"}, conversation="c1"
        )
    )
    assert hot.names("in") == {"通知/通知.docx", "通知/附件.xlsx", "通知/meta.json"}
    meta = json.loads(hot.text("in/通知/meta.json"))
    assert (meta["from"], meta["to"]) == ("440500.tax/registry", "440500.finance/files")
    assert (meta["message_id"], meta["type"], meta["conversation"]) == ("m1", "file.any.v1", "c1")
    assert meta["parts"][1] == {
        "file": "附件.xlsx", "name": "附件.xlsx", "role": "attachment", "size_bytes": 1,
        "media_type": "application/octet-stream", "digest": str(sha256(b"2")),
    }  # fmt: skip


def converted(*parts: tuple[str, bytes], originals: list[tuple[str, bytes]]) -> Delivery:
    """*parts*, some of which were made from *originals*."""
    sent = delivery("m1", *originals).parts
    return replace(delivery("m1", *parts), originals=sent)


def test_of_what_was_converted_the_original_is_kept_beside_in(hot: HotFolder) -> None:
    outcome = hot.adapter.deliver(converted(("通知.ofd", b"ofd"), originals=[("通知.docx", b"docx")]))
    assert hot.names("in") == {"通知.ofd"}
    assert hot.text("originals/通知.docx") == "docx"
    assert outcome.text == "stored as 通知.ofd"


def test_the_originals_of_several_parts_are_a_folder_under_the_same_name(hot: HotFolder) -> None:
    parts = [("通知.ofd", b"ofd"), ("附件.csv", b"2")]
    hot.adapter.deliver(converted(*parts, originals=[("通知.docx", b"docx")]))
    assert hot.names("in") == {"通知/通知.ofd", "通知/附件.csv", "通知/meta.json"}
    assert hot.names("originals") == {"通知/通知.docx"}
    (said,) = json.loads(hot.text("in/通知/meta.json"))["originals"]
    assert (said["name"], said["digest"]) == ("通知.docx", str(sha256(b"docx")))


def test_the_originals_of_two_messages_do_not_overwrite_each_other(hot: HotFolder) -> None:
    for number in ("1", "2"):
        made = converted(("a.pdf", b"pdf"), originals=[("a.docx", number.encode())])
        hot.adapter.deliver(replace(made, message_id=f"m{number}"))
    assert hot.names("originals") == {"a.docx", "a (2).docx"}


def test_what_arrives_and_its_original_have_one_number(hot: HotFolder) -> None:
    (hot.root / "in" / "a.pdf").write_text("there")
    hot.adapter.deliver(converted(("a.pdf", b"pdf"), originals=[("a.docx", b"1")]))
    assert (hot.names("in"), hot.names("originals")) == ({"a.pdf", "a (2).pdf"}, {"a (2).docx"})
    (hot.root / "in" / "a (2).pdf").unlink()
    made = converted(("a.pdf", b"pdf"), originals=[("a.docx", b"2")])
    hot.adapter.deliver(replace(made, message_id="m2"))
    assert hot.names("in") == {"a.pdf", "a (3).pdf"}
    assert hot.names("originals") == {"a (2).docx", "a (3).docx"}


def test_a_folder_and_that_of_its_originals_have_one_name(hot: HotFolder) -> None:
    (hot.root / "originals" / "通知").mkdir(parents=True)
    parts = [("通知.ofd", b"ofd"), ("附件.csv", b"2")]
    hot.adapter.deliver(converted(*parts, originals=[("通知.docx", b"docx")]))
    assert {name.partition("/")[0] for name in hot.names("in")} == {"通知 (2)"}
    assert hot.text("originals/通知 (2)/通知.docx") == "docx"


def test_parts_of_the_same_name_stand_side_by_side(hot: HotFolder) -> None:
    parts = [("a.txt", b"1"), ("A.TXT", b"2"), ("x/a.txt", b"3"), ("meta.json", b"4")]
    hot.adapter.deliver(delivery("m1", *parts))
    assert hot.names("in/a") == {"a.txt", "A (2).TXT", "a (3).txt", "meta (2).json", "meta.json"}


@pytest.mark.parametrize(
    ("meta", "name", "described"),
    [("needed", "a.txt", False), ("needed", "../a.txt", True), ("always", "a.txt", True),
     ("never", "../a.txt", False)],
)  # fmt: skip
def test_the_original_name_is_described_where_it_is_needed(
    tmp_path: Path, meta: str, name: str, described: bool
) -> None:
    with opened(tmp_path / "hot", meta=meta) as hot:
        hot.adapter.deliver(delivery("m1", (name, b"x")))
        assert ("a.txt.meta.json" in hot.names("in")) is described
        if described:
            assert json.loads(hot.text("in/a.txt.meta.json"))["parts"][0]["name"] == name


def test_never_describe_means_folders_too(tmp_path: Path) -> None:
    with opened(tmp_path / "hot", meta="never") as hot:
        hot.adapter.deliver(delivery("m1", ("a.txt", b"1"), ("b.txt", b"2")))
        assert hot.names("in") == {"a/a.txt", "a/b.txt"}


def test_the_same_delivery_again_leaves_one_file(hot: HotFolder) -> None:
    once, again = (hot.adapter.deliver(delivery("m1", ("a.txt", b"x"))) for _ in range(2))
    assert hot.names("in") == {"a.txt"}
    assert once == again


def test_the_same_delivery_after_a_restart_is_not_put_again_although_the_file_was_taken(
    tmp_path: Path,
) -> None:
    with opened(tmp_path / "hot") as hot:
        hot.adapter.deliver(delivery("m1", ("a.txt", b"x")))
        (hot.root / "in/a.txt").unlink()
    with opened(tmp_path / "hot") as hot:
        hot.adapter.deliver(delivery("m1", ("a.txt", b"x")))
        assert hot.names("in") == set()


def test_names_that_clash_get_a_number_and_nothing_is_overwritten(hot: HotFolder) -> None:
    for index, name in enumerate(["报告.docx", "报告.docx", "Report.docx", "REPORT.DOCX"]):
        hot.adapter.deliver(delivery(f"m{index}", (name, name.encode() + bytes([index]))))
    assert hot.names("in") == {"报告.docx", "报告 (2).docx", "Report.docx", "REPORT (2).DOCX"}
    assert len(hot.contents("in")) == 4


def test_a_file_that_appears_under_the_chosen_name_at_the_last_moment_is_not_overwritten(
    hot: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exchange.edge import shelf

    rename = shelf._rename_unless_taken

    def late(source: Path, target: Path) -> int:
        if target.name == "a.txt":
            target.write_text("somebody else's")
        return rename(source, target)

    monkeypatch.setattr(shelf, "_rename_unless_taken", late)
    hot.adapter.deliver(delivery("m1", ("a.txt", b"ours")))
    assert hot.text("in/a.txt") == "somebody else's"
    assert hot.text("in/a (2).txt") == "ours"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_becomes_a_plain_file_in_the_folder(tmp_path: Path, name: str) -> None:
    with opened(tmp_path / "hot", meta="never") as hot:
        before = {path for path in tmp_path.rglob("*") if hot.root not in path.parents}
        hot.adapter.deliver(delivery("m1", (name, b"x")))
        [found] = (hot.root / "in").iterdir()
        assert found.read_bytes() == b"x"
        assert {path for path in tmp_path.rglob("*") if hot.root not in path.parents} == before


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=4))
def test_whatever_the_wire_calls_them_all_parts_arrive(
    names: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with opened(tmp_path_factory.mktemp("any") / "hot") as hot:
        data = [str(index).encode() for index in range(len(names))]
        hot.adapter.deliver(delivery("m1", *zip(names, data, strict=True)))
        found = [path for path in (hot.root / "in").rglob("*") if path.is_file()]
        assert sorted(p.read_bytes() for p in found if not p.name.endswith("meta.json")) == data


def test_a_message_id_that_is_no_id_never_becomes_a_path(hot: HotFolder, tmp_path: Path) -> None:
    hot.adapter.deliver(delivery("../../../escaped", ("a.txt", b"x")))
    assert not list(tmp_path.rglob("escaped*"))
    assert hot.names("in") == {"a.txt"}


def test_a_disk_that_refuses_is_said_as_ex_506_and_leaves_nothing_in_sight(
    hot: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(Retry) as raised:
            hot.adapter.deliver(delivery("m1", ("a.txt", b"x")))
    assert raised.value.code == "EX-506"
    assert hot.names("in") == set()
    hot.adapter.deliver(delivery("m1", ("a.txt", b"x")))
    assert hot.names("in") == {"a.txt"}


def test_nothing_is_put_into_the_empty_place_of_a_share_that_went_away(
    hot: HotFolder, tmp_path: Path
) -> None:
    hot.root.rename(tmp_path / "elsewhere")
    hot.root.mkdir()
    with pytest.raises(Retry, match="EX-506"):
        hot.adapter.deliver(delivery("m1", ("a.txt", b"x")))
    assert list(hot.root.iterdir()) == []


def test_a_part_is_saved_by_its_own_means(hot: HotFolder) -> None:
    class Spooled(BytesPart):
        __slots__ = ()

        def open(self) -> BinaryIO:
            raise AssertionError("a large part is linked, not read")

        def save(self, path: Path) -> None:
            path.write_bytes(b"linked")

    message = replace(delivery("m1"), parts=(Spooled("a.bin", b"", "x/y", "body", sha256(b"")),))
    hot.adapter.deliver(message)
    assert hot.text("in/a.bin") == "linked"


def test_what_an_interrupted_delivery_left_is_removed_or_finished_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exchange import files

    with opened(tmp_path / "hot") as hot:
        with monkeypatch.context() as patch, suppress(Retry):
            patch.setattr(files, "replace", lambda path, data: (_ for _ in ()).throw(Retry("EX-506")))
            hot.adapter.deliver(delivery("m1", ("half.txt", b"1")))
        with monkeypatch.context() as patch, suppress(Retry):
            patch.setattr(files, "move_new", lambda *_: (_ for _ in ()).throw(Retry("EX-506")))
            hot.adapter.deliver(delivery("m2", ("whole.txt", b"2")))
        assert len(list((hot.root / ".govbus/arriving").iterdir())) == 2
    with opened(tmp_path / "hot") as hot:
        assert hot.names(".govbus/arriving") == set()
        assert hot.names("in") == {"whole.txt"}


def test_records_of_what_arrived_are_forgotten_after_their_time(tmp_path: Path) -> None:
    with opened(tmp_path / "hot") as hot:
        wall = [0.0]
        arrivals = Arrivals(Layout(hot.root), hot.adapter.settings, lambda: wall[0])
        arrivals.put(delivery("m1", ("a.txt", b"1")))
        [record] = (hot.root / ".govbus/delivered").iterdir()
        os.utime(record, (0, 0))
        wall[0] = REMEMBERED_SECONDS - 1.0
        arrivals.put(delivery("m1", ("a.txt", b"1")))
        assert hot.names("in") == {"a.txt"}
        wall[0] += 3601
        arrivals.put(delivery("m2", ("b.txt", b"2")))
        assert not record.exists()


def test_what_is_delivered_may_be_read_by_the_group_and_nobody_else(hot: HotFolder) -> None:
    hot.adapter.deliver(delivery("m1", ("a.txt", b"x")))
    mode = stat.S_IMODE((hot.root / "in/a.txt").stat().st_mode)
    assert mode & 0o047 == 0o040
