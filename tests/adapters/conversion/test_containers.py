# SPDX-License-Identifier: Apache-2.0
"""ZIP containers are read within limits, by names that are forgiven their spelling and nothing else."""

from __future__ import annotations

import io
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.conversion.containers import Container, Limits, joined, plain_name
from adapters.conversion.unreadable import Missing, Unreadable


def packed(*entries: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as writing:
        for name, data in entries:
            info = zipfile.ZipInfo("x")
            info.filename = name  # ZipInfo itself would mend it
            info.compress_type = zipfile.ZIP_DEFLATED
            writing.writestr(info, data)
    return out.getvalue()


def key_of(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Unreadable) as caught:
        read_all(data, limits or Limits())
    return caught.value.reason.key


def read_all(data: bytes, limits: Limits) -> list[bytes]:
    with Container(data, limits) as container:
        return [container.read(name) for name in container.names]


def test_an_entry_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(packed(("x/y.xml", b"<a/>")))
    with Container(tmp_path / "a") as container:
        assert container.names == ("x/y.xml",)
        assert container.read("x/y.xml") == b"<a/>"
        assert container.size_bytes("x/y.xml") == 4


@pytest.mark.parametrize("name", ["/Doc_0/Res/A.png", "Doc_0\\Res\\A.png", "./Doc_0/x/../Res/a.PNG"])
def test_spelling_is_forgiven(name: str) -> None:
    with Container(packed(("Doc_0/Res/a.png", b"1"))) as container:
        assert container.read(name) == b"1"


def test_backslashes_in_the_container_itself_are_forgiven() -> None:
    with Container(packed(("Doc_0\\Res\\a.png", b"1"))) as container:
        assert container.names == ("Doc_0/Res/a.png",)


def test_case_counts_where_two_entries_differ_in_nothing_else() -> None:
    with Container(packed(("A", b"upper"), ("a", b"lower"))) as container:
        assert (container.read("a"), container.read("A")) == (b"lower", b"upper")


@pytest.mark.parametrize("name", ["../etc/passwd", "a/../../b", "C:\\x", "..\\x"])
def test_a_name_that_climbs_out_is_not_there(name: str) -> None:
    with Container(packed((name, b"1"), ("b", b"2"))) as container:
        assert container.names == ("b",)
        assert len(container.hostile) == 1
        with pytest.raises(Missing):
            container.read(name)


@pytest.mark.parametrize("size", [5, 5 << 20])
@pytest.mark.parametrize("stated", [0, 4])
def test_an_entry_is_read_no_further_than_its_container_states(
    size: int, stated: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    read = zipfile.ZipExtFile.read

    def counted(self: zipfile.ZipExtFile, n: int = -1) -> bytes:
        taken.append(n)
        return read(self, n)

    data = bytearray(packed(("a", bytes(size))))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<L", stated)
    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    assert key_of(bytes(data)) == "conversion.container.entry-longer"
    assert taken == [stated + 1]


def test_a_long_entry_is_read_in_pieces() -> None:
    data = bytes(range(256)) * (10 << 10)
    with Container(packed(("a", data))) as container:
        assert container.read("a") == data


def test_of_two_entries_with_one_name_the_last_counts_and_it_is_said() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = packed(("a", b"1"), ("a", b"2"))
    with Container(data) as container:
        assert container.read("a") == b"2"
        assert container.doubled == ["a"]


def test_a_gbk_name_is_understood() -> None:
    raw = packed(("zz.png", b"1")).replace(b"zz.png", "章".encode("gb18030") + b".png")
    with Container(raw) as container:
        assert container.names == ("章.png",)


def test_a_missing_entry_is_named() -> None:
    with Container(packed(("a", b"1"))) as container, pytest.raises(Missing, match=r"b\.xml"):
        container.read("b.xml")


@pytest.mark.parametrize(
    ("limits", "key"),
    [
        (Limits(entries=1), "conversion.container.entries"),
        (Limits(total_bytes=1000), "conversion.container.large"),
        (Limits(entry_bytes=1000), "conversion.container.entry-large"),
        (Limits(ratio=10, ratio_from_bytes=1000), "conversion.container.bomb"),
    ],
)
def test_what_exceeds_a_limit_is_refused_by_name(limits: Limits, key: str) -> None:
    assert key_of(packed(("a", bytes(5000)), ("b", b"1")), limits) == key


def test_a_container_that_is_encrypted_is_refused() -> None:
    data = bytearray(packed(("a", b"1")))
    directory = data.index(b"PK\1\2")
    data[directory + 8] |= 1
    assert key_of(bytes(data)) == "conversion.container.encrypted"


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\3\4" + bytes(100), b"%PDF-1.4"])
def test_what_is_no_container_is_refused(data: bytes) -> None:
    assert key_of(data) == "conversion.container.damaged"


def test_an_entry_whose_bytes_were_changed_is_refused() -> None:
    data = bytearray(packed(("a", b"hello hello hello")))
    data[data.index(b"a", 30) + 3] ^= 0xFF
    assert key_of(bytes(data)) == "conversion.container.entry-damaged"


def test_entries_that_share_bytes_are_refused() -> None:
    data = bytearray(packed(("a", bytes(1000)), ("b", bytes(1000))))
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1)
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    assert key_of(bytes(data)) == "conversion.container.damaged"


def test_a_relative_name_starts_at_its_part_and_an_absolute_one_at_the_root() -> None:
    assert joined("Doc_0/Res", "a.png") == "Doc_0/Res/a.png"
    assert joined("Doc_0/Res", "../Pages\\p.xml") == "Doc_0/Pages/p.xml"
    assert joined("Doc_0", "/OFD.xml") == "OFD.xml"
    assert joined("Doc_0", "") == "Doc_0"


@settings(derandomize=True)
@given(st.text(max_size=40))
def test_a_plain_name_never_leaves_the_container(name: str) -> None:
    plain = plain_name(name)
    assert plain is None or (not plain.startswith("/") and ".." not in plain.split("/"))


@settings(derandomize=True)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_container_or_the_named_refusal(data: bytes) -> None:
    with suppress(Unreadable):
        assert len(read_all(packed(("a", b"1"))[:40] + data, Limits())) <= 1
