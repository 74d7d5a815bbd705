# SPDX-License-Identifier: Apache-2.0
"""Parts become what the application accepts, and the sender is told how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.conversion.detection import DocumentDetector
from adapters.conversion.gb18030 import Gb18030ToUtf8
from exchange import BytesPart, Reject, Report, Retry
from exchange.edge.conversion_pool import ConversionPool
from exchange.model.conversion import Conversion, ConversionStep, Difference, Seals
from exchange.model.digest import sha256
from exchange.role.converting import Converting, Fidelity
from exchange.role.handover import FilePart, Prepared
from exchange.texts import Phrase
from tests.adapters.conversion import documents as made
from tests.edge.odd_converters import Upper

GB = "text/plain;charset=gb18030"
UTF = "text/plain;charset=utf-8"


@pytest.fixture
def converting() -> Iterator[Converting]:
    made = Converting([UTF, "image/*"], [Gb18030ToUtf8()])
    yield made
    made.close()


def part(data: bytes, media_type: str, name: str = "通知.txt") -> BytesPart:
    return BytesPart(name, data, media_type, "body", sha256(data))


def test_parts_that_fit_are_left_alone_and_no_process_starts(converting: Converting, tmp_path: Path) -> None:
    parts = (part(b"x", UTF), part(b"y", "image/png"))
    assert converting(parts, tmp_path / "place") == Prepared(parts)
    assert not (tmp_path / "place").exists()


def test_an_application_that_names_no_formats_gets_everything_as_it_is(tmp_path: Path) -> None:
    parts = (part(b"x", GB),)
    assert Converting([], [Gb18030ToUtf8()])(parts, tmp_path) == Prepared(parts)


def test_a_part_in_memory_and_one_in_a_file_are_converted(converting: Converting, tmp_path: Path) -> None:
    data = "财政局".encode("gb18030")
    path = tmp_path / "0"
    path.write_bytes(data)
    on_disk = FilePart("附件.txt", GB, "attachment", len(data), sha256(data), path)
    parts, lines, _ = converting((part(data, GB), on_disk, part(b"z", "image/png")), tmp_path / "place")
    assert [p.open().read() for p in parts] == ["财政局".encode(), "财政局".encode(), b"z"]
    assert [(p.name, p.media_type, p.role, p.size_bytes) for p in parts[:2]] == [
        ("通知.txt", UTF, "body", 9), ("附件.txt", UTF, "attachment", 9),
    ]  # fmt: skip
    assert parts[0].digest == sha256("财政局".encode())
    assert lines == (
        f"通知.txt: {GB} -> {UTF}, 3 characters",
        f"附件.txt: {GB} -> {UTF}, 3 characters",
    )
    assert path.read_bytes() == data


def test_a_handover_that_is_tried_again_converts_again(converting: Converting, tmp_path: Path) -> None:
    for _ in range(2):
        parts, _, _ = converting((part("文".encode("gb18030"), GB),), tmp_path)
        assert parts[0].open().read() == "文".encode()
    assert len(list((tmp_path / "converted").glob("part-*"))) == 1


def test_what_was_lost_stands_in_the_report_in_the_language_of_the_daemon(tmp_path: Path) -> None:
    made = Converting(["text/upper"], [Upper()], lang="zh")
    try:
        _, lines, _ = made((part(b"abc", "text/plain", "a.txt"),), tmp_path)
    finally:
        made.close()
    assert lines == ("a.txt：text/plain -> text/upper，共 3 个字符; 未能保留：case",)


class Noting(Upper):
    """It has something to say besides."""

    def convert(self, source: Path, target: Path) -> Report:
        target.write_text("ABC")
        return Report(3, notes=("macros were left out", Phrase("office.wps-is-word")))


def test_what_else_is_worth_saying_stands_behind_it(tmp_path: Path) -> None:
    noting = Converting(["text/upper"], [Noting()])
    try:
        _, lines, _ = noting((part(b"abc", "text/plain", "a.txt"),), tmp_path)
    finally:
        noting.close()
    assert lines == (
        "a.txt: text/plain -> text/upper, 3 characters; macros were left out, "
        "WPS here is Word 97 binary under the name .wps",
    )


def test_a_part_that_cannot_be_converted_refuses_the_message(converting: Converting, tmp_path: Path) -> None:
    with pytest.raises(Reject, match="EX-311"):
        converting((part(b"\xff\xff", GB),), tmp_path)
    with pytest.raises(Reject, match="EX-310"):
        converting((part(b"%PDF", "application/pdf"),), tmp_path)


def test_a_place_that_cannot_be_made_means_later(converting: Converting, tmp_path: Path) -> None:
    (tmp_path / "place").write_text("in the way")
    with pytest.raises(Retry, match="EX-506"):
        converting((part(b"a", GB),), tmp_path / "place")


# ---- what a part is, by its content


@pytest.fixture
def seeing() -> Iterator[Converting]:
    made = Converting(
        [UTF, "pdf"],
        [Gb18030ToUtf8()],
        by_type={"picture.v1": ["image/png"], "any.v1": []},
        detectors=[DocumentDetector()],
    )
    yield made
    made.close()


def test_a_part_is_what_its_content_is_whatever_was_declared(seeing: Converting, tmp_path: Path) -> None:
    gb = part("财政局".encode("gb18030"), UTF)
    pdf = part(made.pdf(), "application/octet-stream", "a.bin")
    parts, lines, _ = seeing((gb, pdf), tmp_path)
    assert [p.open().read() for p in parts] == ["财政局".encode(), made.pdf()]
    assert [p.media_type for p in parts] == [UTF, "application/pdf"]
    assert lines == (f"通知.txt: {GB} -> {UTF}, 3 characters",)


def test_a_part_on_disk_is_called_what_it_is(seeing: Converting, tmp_path: Path) -> None:
    path = tmp_path / "0"
    path.write_bytes(made.pdf())
    on_disk = FilePart("a", "application/msword", "body", path.stat().st_size, sha256(made.pdf()), path)
    parts, lines, _ = seeing((on_disk,), tmp_path / "place")
    assert (parts[0].media_type, parts[0].digest, lines) == ("application/pdf", sha256(made.pdf()), ())


def test_a_part_that_fits_and_is_called_what_it_is_not_gets_the_suffix_of_what_it_is_and_that_is_said(
    seeing: Converting, tmp_path: Path
) -> None:
    declared = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    wrong, right = part(made.pdf(), declared, "通知.docx"), part(b"plain", UTF, "附件.txt")
    parts, lines, certificates = seeing((wrong, right), tmp_path)
    assert [(p.name, p.media_type) for p in parts] == [("通知.pdf", "application/pdf"), ("附件.txt", UTF)]
    assert parts[0].digest == wrong.digest
    assert lines == ("通知.docx: it is pdf, and is handed over as 通知.pdf",)
    assert certificates == ()


def test_so_it_does_beside_a_part_that_is_converted(seeing: Converting, tmp_path: Path) -> None:
    wrong, gb = part(made.pdf(), "application/pdf", "通知.docx"), part("财政局".encode("gb18030"), GB)
    parts, lines, certificates = seeing((wrong, gb), tmp_path)
    assert [p.name for p in parts] == ["通知.pdf", "通知.txt"]
    assert [line.partition(": ")[0] for line in lines] == ["通知.docx", "通知.txt"]
    assert len(certificates) == 1


def test_a_part_that_cannot_be_opened_is_refused_with_the_reason_where_it_must_be_converted(
    seeing: Converting, tmp_path: Path
) -> None:
    locked = part(made.word_97(flags=0x100), "application/msword")
    with pytest.raises(Reject, match=r"EX-311 .* protected by a password"):
        seeing((locked,), tmp_path)


def test_a_part_that_cannot_be_opened_is_delivered_where_it_need_not_be(
    seeing: Converting, tmp_path: Path
) -> None:
    locked = part(made.pdf(trailer="/Encrypt 4 0 R"), "application/pdf", "通知.pdf")
    assert seeing((locked,), tmp_path) == Prepared((locked,))


def test_an_application_may_want_what_cannot_be_converted_as_it_was_sent(tmp_path: Path) -> None:
    keeping = Converting([UTF], [Gb18030ToUtf8()], detectors=[DocumentDetector()], unconvertible="original")
    locked = part(made.word_97(flags=0x100), "application/msword", "a.doc")
    foreign, good = part(made.pdf(), "application/pdf", "b.pdf"), part("财".encode("gb18030"), GB, "c.txt")
    with closing(keeping):
        parts, lines, certificates = keeping((locked, foreign, good), tmp_path)
    assert parts[:2] == (locked, foreign)
    assert parts[2].open().read() == "财".encode()
    assert [each.part for each in certificates] == ["c.txt"]
    assert lines[0].startswith("a.doc: application/msword, delivered as it was sent, since it could not be ")
    assert "EX-311" in lines[0]
    assert "protected by a password" in lines[0]
    assert "EX-310" in lines[1]


def test_what_is_below_its_fidelity_goes_back_whatever_becomes_of_what_cannot_be_converted(
    tmp_path: Path,
) -> None:
    keeping = Converting(
        ["text/upper"], [Forgetful()], fidelity=Fidelity(most_lost=0.24), unconvertible="original"
    )
    with closing(keeping), pytest.raises(Reject, match="EX-314"):
        keeping((part(b"abcd", "text/plain", "a.txt"),), tmp_path)


def test_a_message_type_may_have_formats_of_its_own(seeing: Converting, tmp_path: Path) -> None:
    pdf = part(made.pdf(), "application/pdf", "通知.pdf")
    assert seeing((pdf,), tmp_path, "document.official.v1") == Prepared((pdf,))
    assert seeing((pdf,), tmp_path, "any.v1") == Prepared((pdf,))
    with pytest.raises(Reject, match="EX-310"):
        seeing((pdf,), tmp_path, "picture.v1")


def test_applications_share_the_processes_of_a_pool(tmp_path: Path) -> None:
    pool = ConversionPool(1)
    both = [Converting([UTF], [Gb18030ToUtf8()], pool=pool) for _ in range(2)]
    for number, converting in enumerate(both):
        converting((part("文".encode("gb18030"), GB),), tmp_path / str(number))
    with pool.process() as process:
        assert process._process is not None
    pool.close()


# ---- the certificate, and what an application bears


class Forgetful(Upper):
    """It loses one character of four, and says so."""

    release = "city 1.0"

    @classmethod
    def version(cls) -> str:
        return "Forgetfulness 2"

    def convert(self, source: Path, target: Path) -> Report:
        target.write_text("ABC")
        return Report(
            3,
            ("a character",),
            lost=1,
            pages_before=2,
            pages=1,
            fonts=(("仿宋", "Noto"),),
            difference=Difference(240, 2, 2),
            seals_before=Seals(1, 2, 3),
            seals_after=Seals(),
        )


def forgetful(**fidelity: Any) -> Converting:
    return Converting(["text/upper"], [Forgetful()], fidelity=Fidelity(**fidelity))


def test_each_conversion_has_its_certificate(tmp_path: Path) -> None:
    converting = forgetful()
    prepared = converting((part(b"abcd", "text/plain", "a.txt"), part(b"X", "text/upper")), tmp_path)
    converting.close()
    assert prepared.conversions == (
        Conversion(
            part="a.txt",
            found="text/plain",
            source=sha256(b"abcd"),
            result=sha256(b"ABC"),
            steps=(ConversionStep("Forgetful", "city 1.0, Forgetfulness 2", "text/upper"),),
            characters=3,
            lost=1,
            pages_before=2,
            pages=1,
            faces=(("仿宋", "Noto"),),
            difference=Difference(240, 2, 2),
            seals_before=Seals(1, 2, 3),
            seals_after=Seals(),
        ),
    )
    assert prepared.conversions[0].lost_share == 0.25


def test_below_its_fidelity_the_message_is_refused(tmp_path: Path) -> None:
    converting = forgetful(most_lost=0.24)
    with pytest.raises(Reject) as raised:
        converting((part(b"abcd", "text/plain", "a.txt"),), tmp_path)
    converting.close()
    assert raised.value.code == "EX-314"
    assert raised.value.text().startswith("the conversion of a.txt lost 1 of 4 characters")


def test_below_its_fidelity_an_application_may_want_what_was_sent(tmp_path: Path) -> None:
    converting, sent = forgetful(most_lost=0.24, below="original"), part(b"abcd", "text/plain", "a.txt")
    prepared = converting((sent,), tmp_path)
    converting.close()
    assert prepared.parts == (sent,)
    assert [each.delivered for each in prepared.conversions] == [False]
    line = "a.txt: text/plain -> text/upper, 3 characters; lost: a character; "
    assert prepared.reports == (
        line + "that is less than the application wants, and the original was delivered",
    )


def test_what_looks_too_different_is_refused_with_its_page(tmp_path: Path) -> None:
    converting = forgetful(most_different=0.02)
    with pytest.raises(Reject) as raised:
        converting((part(b"abcd", "text/plain", "a.txt"),), tmp_path)
    converting.close()
    assert raised.value.code == "EX-315"
    said = "a.txt looks different after its conversion: page 2 differs by 2.40%, the application bears 2.00%"
    assert raised.value.text().startswith(said)


def test_what_looks_too_different_may_be_wanted_as_it_was_sent(tmp_path: Path) -> None:
    converting = forgetful(most_different=0.02, below="original")
    prepared = converting((part(b"abcd", "text/plain", "a.txt"),), tmp_path)
    converting.close()
    assert [each.delivered for each in prepared.conversions] == [False]


def test_what_looks_as_different_as_is_borne_is_faithful_enough(tmp_path: Path) -> None:
    converting = forgetful(most_different=0.024)
    assert converting((part(b"abcd", "text/plain", "a.txt"),), tmp_path).conversions[0].delivered
    converting.close()


def test_what_was_not_counted_is_faithful_enough(tmp_path: Path) -> None:
    converting = Converting(["text/upper"], [Upper()], fidelity=Fidelity(most_lost=0.0, most_different=0.0))
    assert converting((part(b"a", "text/plain"),), tmp_path).conversions[0].delivered
    converting.close()
