# SPDX-License-Identifier: Apache-2.0
"""Conversions in their own process: what they may do, and what becomes of those that misbehave."""

from __future__ import annotations

import errno
import os
import resource
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from adapters.conversion.gb18030 import Gb18030ToUtf8
from exchange import Converter, Difference, Halt, Reject, Report, Retry, Seals, __version__
from exchange.edge import conversion_process
from exchange.edge.conversion_process import (
    ConversionProcess,
    Converted,
    convert_part,
    installed_converters,
    installed_detectors,
    known_converters,
)
from exchange.edge.spool import MODE
from tests.edge import odd_converters as odd
from tests.edge.broker_places import until


@pytest.fixture(scope="module")
def process() -> Iterator[ConversionProcess]:
    """One for all tests here: whatever a converter does, the next must find it as it was."""
    with ConversionProcess() as child:
        yield child


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.txt"
    path.write_text("hello")
    return path


def result(process: ConversionProcess, converter: Converter, source: Path) -> str:
    target = source.with_name("result")
    process.convert(converter, source, target, from_format="text/plain")
    return target.read_text()


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_what_comes_out_is_there_with_its_report(process: ConversionProcess, source: Path) -> None:
    report = process.convert(odd.Upper(), source, source.with_name("result"), from_format="text/plain")
    assert report == Report(characters=5, losses=("case",))
    assert source.with_name("result").read_text() == "HELLO"
    assert {path.name for path in source.parent.iterdir()} == {"source.txt", "result"}


def test_what_comes_out_can_be_read_as_what_the_daemon_writes_itself(
    process: ConversionProcess, source: Path
) -> None:
    target = source.with_name("made")
    process.convert(odd.Upper(), source, target, from_format="text/plain")
    assert stat.S_IMODE(target.stat().st_mode) == MODE


def test_what_a_converter_prints_is_no_answer(process: ConversionProcess, source: Path) -> None:
    assert result(process, odd.Printing(), source) == "HELLO"


def test_one_child_serves_one_conversion_after_the_other(process: ConversionProcess, source: Path) -> None:
    result(process, odd.Upper(), source)
    first = process._process
    source.with_name("result").unlink()
    result(process, odd.Upper(), source)
    assert first is not None
    assert process._process is first


def test_it_serves_one_that_has_very_many_files_open(source: Path) -> None:
    """A daemon in the midst of a thousand transfers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100)]
    try:
        with ConversionProcess() as child:
            assert result(child, odd.Upper(), source) == "HELLO"
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("converter", [odd.Sleeping(), odd.Burning()], ids=["sleeping", "burning"])
def test_one_that_takes_too_long_is_stopped(
    process: ConversionProcess, source: Path, converter: Converter
) -> None:
    with pytest.raises(Reject) as raised:
        result(process, converter, source)
    assert raised.value.code == "EX-312"
    assert raised.value.text().endswith("took longer than 1 seconds and was stopped")


@pytest.mark.parametrize("kind", [odd.Sleeping, odd.LeavingChildren])
def test_whatever_it_started_ends_with_it(
    process: ConversionProcess, source: Path, kind: type[odd.Upper]
) -> None:
    try:
        result(process, kind(), source)
    except Reject as e:
        assert e.code == "EX-312"  # noqa: PT017  (one of the two is stopped, the other ends by itself)
    pids = source.with_suffix(".pid").read_text().split()
    assert pids
    until(lambda: not any(is_running(int(pid)) for pid in pids))


@pytest.mark.parametrize(
    ("converter", "reason"),
    [
        (odd.Hoarding(), "it needs more memory than a conversion is given"),
        (odd.Overflowing(), "the converter failed: OSError(27, 'File too large')"),
        (odd.Crashing(), "its process was ended by SIGABRT"),
        (odd.Leaving(), "its process was ended by exit 3"),
        (odd.Failing(), "the converter failed: ValueError: page 3 is upside down"),
        (odd.Idle(), "it ended without a result"),
        (odd.Linking(), "it ended without a result"),
        (odd.HardLinking(), "it ended without a result"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Converter) else "",
)
def test_one_that_fails_refuses_the_document_with_the_reason(
    process: ConversionProcess, source: Path, converter: Converter, reason: str
) -> None:
    with pytest.raises(Reject) as raised:
        result(process, converter, source)
    assert raised.value.code == "EX-311"
    assert raised.value.text() == f"conversion from text/plain to text/upper failed: {reason}"
    assert [path.name for path in source.parent.iterdir()] == ["source.txt"]


def test_its_own_refusal_comes_through_in_both_languages(process: ConversionProcess, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"ab\xff")
    with pytest.raises(Reject) as raised:
        result(process, Gb18030ToUtf8(), source)
    assert "offset 2 are no GB18030" in raised.value.text()
    assert "偏移 2 处" in raised.value.text("zh")


def test_a_refusal_may_carry_anything_and_arrives_as_text(process: ConversionProcess, source: Path) -> None:
    with pytest.raises(Reject, match="from a to b failed: a password"):
        result(process, odd.Refusing(), source)


def test_a_full_disk_means_later(process: ConversionProcess, source: Path) -> None:
    with pytest.raises(Retry) as raised:
        result(process, odd.Full(), source)
    assert raised.value.code == "EX-506"
    assert "No space left on device" in raised.value.text()


def test_a_talkative_report_is_cut(process: ConversionProcess, source: Path) -> None:
    with pytest.raises(Reject, match="EX-311"):  # an answer of 10 MB is not read to its end
        result(process, odd.Talkative(), source)


def test_it_runs_without_network_where_the_system_can(process: ConversionProcess, source: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        source.write_text(str(server.getsockname()[1]))
        reached = result(process, odd.Telephoning(), source)
    assert reached == ("unreachable" if process.offline else "reached")


def test_it_has_a_folder_of_its_own_and_nothing_of_ours(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVBUS_SECRET", "x")
    with ConversionProcess() as fresh:
        assert result(fresh, odd.Curious(), source) == "True True False True"


def test_a_child_that_was_killed_is_replaced(source: Path) -> None:
    with ConversionProcess() as fresh:
        result(fresh, odd.Upper(), source)
        assert fresh._process is not None
        os.kill(fresh._process.pid, signal.SIGKILL)
        fresh._process.wait()
        source.with_name("result").unlink()
        assert result(fresh, odd.Upper(), source) == "HELLO"


def test_a_child_that_dies_with_a_job_in_hand_means_later(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion_process, "_START", "import sys; sys.stdin.readline()")
    with ConversionProcess() as fresh, pytest.raises(Retry, match="EX-506"):
        result(fresh, odd.Upper(), source)


def test_a_child_that_is_stuck_is_stopped(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion_process, "_START", "import time; time.sleep(1000)")
    monkeypatch.setattr(conversion_process, "GRACE_SECONDS", -19.5)
    with ConversionProcess() as fresh:
        with pytest.raises(Reject, match="EX-312"):
            result(fresh, odd.Upper(), source)
        assert fresh._process is None


def test_closing_ends_the_child(source: Path) -> None:
    fresh = ConversionProcess()
    result(fresh, odd.Upper(), source)
    assert fresh._process is not None
    pid = fresh._process.pid
    fresh.close()
    fresh.close()
    until(lambda: not is_running(pid))


# ---- a part, by as many steps as it takes


def test_a_part_goes_the_whole_way(process: ConversionProcess, source: Path) -> None:
    converted = convert_part(
        source, "text/plain", accepts=["text/shout"], folder=source.parent,
        converters=[odd.Shout(), odd.Upper()], process=process,
    )  # fmt: skip
    assert converted.path.read_text() == "HELLO!"
    assert converted.format == "text/shout"
    assert converted.report == Report(characters=None, losses=("case", "modesty"))


def test_the_steps_of_a_way_are_one_report() -> None:
    first = Report(9, lost=1, pages_before=3, pages=4, fonts=(("a", "b"),))
    last = Report(8, lost=2, pages_before=4, pages=5, fonts=(("a", "c"), ("d", "e")))
    whole = Converted(Path("x"), "a/b", (first, last)).report
    assert whole == Report(8, lost=3, pages_before=3, pages=5, fonts=(("a", "c"), ("d", "e")))
    assert Converted(Path("x"), "a/b", (first, Report())).report.lost == 1
    assert Converted(Path("x"), "a/b", (Report(), Report())).report.lost is None


def test_of_a_way_the_worst_difference_counts_and_the_seals_at_both_ends() -> None:
    near, far = Difference(3, 1, 2), Difference(9, 2, 2)
    steps = (
        Report(difference=far, seals_before=Seals(2), seals_after=Seals(unproven=1)),
        Report(difference=near, seals_before=Seals(unproven=1), seals_after=Seals()),
        Report(seals_after=Seals(invalid=1)),
    )
    whole = Converted(Path("x"), "a/b", steps).report
    assert whole == Report(difference=far, seals_before=Seals(2), seals_after=Seals(invalid=1))
    assert Converted(Path("x"), "a/b", (Report(),)).report.difference is None


def test_a_part_that_fits_stays_where_it_is(process: ConversionProcess, source: Path) -> None:
    converted = convert_part(
        source, "text/Plain", accepts=["text/*"], folder=source.parent, converters=[], process=process
    )
    assert (converted.path, converted.format, converted.reports) == (source, "text/plain", ())
    assert converted.report == Report()


def test_a_part_to_which_no_way_leads_is_refused(process: ConversionProcess, source: Path) -> None:
    with pytest.raises(Reject, match="EX-310"):
        convert_part(source, "a/b", accepts=["c/d"], folder=source.parent, converters=[], process=process)


# ---- what is installed


def test_the_shipped_converter_is_installed() -> None:
    assert Gb18030ToUtf8 in {type(converter) for converter in installed_converters()}


def test_a_converter_that_lacks_something_here_is_known_but_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points = [EntryPoint("lacking", "tests.edge.odd_converters:Lacking", "govbus.converters")]
    monkeypatch.setattr(conversion_process, "entry_points", lambda group: points)
    assert installed_converters() == ()
    assert [str(each.trouble()) for each in known_converters()] == ["it ended without a result"]


def test_an_installed_converter_knows_with_what_it_came() -> None:
    assert {each.release for each in installed_converters()} == {f"govbus {__version__}"}


def test_the_shipped_detector_is_installed() -> None:
    assert [type(detector).__name__ for detector in installed_detectors()] == ["DocumentDetector"]


def test_a_process_that_cannot_be_started_leaves_no_folder_however_often_it_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would hold a descriptor until the daemon ends, and it tries again every ten seconds."""

    def no_room(*_words: object, **_more: object) -> None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(subprocess, "Popen", no_room)
    (tmp_path / "source").write_text("a")
    with ConversionProcess() as process:
        for _ in range(2):
            with pytest.raises(Retry, match="EX-506"):
                process.convert(
                    odd.Upper(), tmp_path / "source", tmp_path / "target", from_format="text/plain"
                )
        assert [each.name for each in tmp_path.iterdir()] == ["source"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("no.such.module:X", "No module named"),
        ("tests.edge.odd_converters:Missing", "has no attribute 'Missing'"),
        ("tests.edge.odd_converters:NotOne", "not a Converter"),
    ],
)
def test_a_converter_that_cannot_be_loaded_halts_with_its_name(
    monkeypatch: pytest.MonkeyPatch, value: str, reason: str
) -> None:
    point = EntryPoint("odd", value, conversion_process.CONVERTERS)
    monkeypatch.setattr(conversion_process, "entry_points", lambda group: [point])
    with pytest.raises(Halt) as raised:
        installed_converters()
    assert raised.value.code == "EX-910"
    assert reason in raised.value.hint()
    assert "the converter odd cannot be loaded" in raised.value.hint()
