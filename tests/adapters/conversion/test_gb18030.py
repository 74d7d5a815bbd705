# SPDX-License-Identifier: Apache-2.0
"""GB18030 text to UTF-8: exact, strict, and flat in memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.conversion import gb18030
from adapters.conversion.gb18030 import Gb18030ToUtf8
from exchange import Reject

texts = st.text(st.characters(exclude_categories=["Cs"]))


def convert(data: bytes, folder: Path) -> tuple[bytes, int | None]:
    source, target = folder / "source", folder / "target"
    source.write_bytes(data)
    target.unlink(missing_ok=True)
    report = Gb18030ToUtf8().convert(source, target)
    return target.read_bytes(), report.characters


@settings(max_examples=100, deadline=None)
@given(text=texts, block=st.integers(1, 7))
def test_every_character_comes_through_wherever_blocks_are_cut(
    text: str, block: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("text")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gb18030, "BLOCK_BYTES", block)
        assert convert(text.encode("gb18030"), folder) == (text.encode(), len(text))


@pytest.mark.parametrize("encoding", ["gb2312", "gbk", "gb18030"])
def test_the_subsets_are_read_as_well(encoding: str, tmp_path: Path) -> None:
    assert convert("中华人民共和国\r\n".encode(encoding), tmp_path)[0] == "中华人民共和国\r\n".encode()


def test_an_empty_text_stays_empty(tmp_path: Path) -> None:
    assert convert(b"", tmp_path) == (b"", 0)


@pytest.mark.parametrize("block", [1, 2, 3, 4, 5, 1 << 20])
@pytest.mark.parametrize(
    ("defect", "data", "offset"),
    [
        ("no_such_byte", "通知".encode("gb18030") + b"\xff", 4),
        ("trail_byte_out_of_range", b"ab\xb9\x20", 2),
        ("four_bytes_unassigned", b"abc\xfe\x39\xfe\x39", 3),
        ("cut_in_two_bytes", b"a\xb9", 1),
        ("cut_in_four_bytes", b"ab\x81\x30\x81", 2),
    ],
)
def test_bytes_that_are_no_gb18030_are_refused_with_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defect: str, data: bytes, offset: int, block: int
) -> None:
    monkeypatch.setattr(gb18030, "BLOCK_BYTES", block)
    with pytest.raises(Reject) as raised:
        convert(data, tmp_path)
    assert raised.value.code == "EX-311"
    assert f"at offset {offset} are no GB18030" in raised.value.text()
    assert f"偏移 {offset} 处" in raised.value.text("zh")


def test_memory_is_flat(tmp_path: Path) -> None:
    data = "预算".encode("gb18030") * (4 << 20)
    (tmp_path / "source").write_bytes(data)
    tracemalloc.start()
    try:
        Gb18030ToUtf8().convert(tmp_path / "source", tmp_path / "target")
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 12 << 20
