# SPDX-License-Identifier: Apache-2.0
"""Processes that are kept for the next document: when they are replaced, and that they leave nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exchange import Converter, Reject, Retry
from exchange.edge import working_folder
from exchange.edge.conversion_process import ConversionProcess
from exchange.edge.working_folder import WorkingFolder
from tests.edge import odd_converters as odd
from tests.edge.broker_places import until
from tests.edge.test_conversion_process import is_running

Ask = Callable[..., str]


@pytest.fixture
def process() -> Iterator[ConversionProcess]:
    with ConversionProcess() as child:
        yield child


@pytest.fixture
def ask(process: ConversionProcess, tmp_path: Path) -> Ask:
    """What a kept converter answers to a document that says something."""

    def asked(text: str, converter: Converter | None = None) -> str:
        source, target = tmp_path / "source", tmp_path / "target"
        source.write_text(text)
        target.unlink(missing_ok=True)
        process.convert(converter or odd.Kept(), source, target, from_format="text/plain")
        return target.read_text()

    return asked


def test_one_process_converts_one_document_after_the_other(ask: Ask) -> None:
    first, second = ask("a").split(), ask("b").split()
    assert (first[1], second[1]) == ("1", "2")
    assert first[0] == second[0]


def test_converters_of_one_name_share_it(ask: Ask) -> None:
    assert ask("a").split()[0] == ask("b", odd.KeptToo()).split()[0]


def test_it_is_replaced_after_its_number_of_documents(ask: Ask) -> None:
    assert [ask("a").split()[1] for _ in range(5)] == ["1", "2", "3", "1", "2"]


def test_a_refusal_leaves_it_as_it_is(ask: Ask) -> None:
    ask("a")
    with pytest.raises(Reject, match="failed: c"):
        ask("refuse")
    assert ask("a").endswith(" 3")


def test_what_the_machine_lacks_means_later(ask: Ask) -> None:
    with pytest.raises(Retry) as raised:
        ask("later")
    assert (raised.value.code, raised.value.after_seconds) == ("EX-506", 5.0)


@pytest.mark.parametrize("text", ["spend when warm", "die when warm"])
def test_a_document_that_fails_in_a_warm_one_gets_one_more_try_in_a_fresh_one(ask: Ask, text: str) -> None:
    ask("a")
    assert ask(text).endswith(" 1")
    assert ask("a").endswith(" 2")


@pytest.mark.parametrize(("text", "reason"), [("spend", "number 1"), ("die", "ended by SIGABRT")])
def test_the_second_answer_counts_and_the_next_document_is_unharmed(ask: Ask, text: str, reason: str) -> None:
    ask("a")
    with pytest.raises(Reject) as raised:
        ask(text)
    assert raised.value.text().endswith(reason)
    assert ask("a").endswith(" 1")


def test_what_is_slow_to_start_is_started_once_before_the_first_document(ask: Ask) -> None:
    assert [ask("a", odd.KeptStarted()).split()[1] for _ in range(2)] == ["2", "3"]


@pytest.mark.parametrize(
    ("converter", "seconds", "said"),
    [
        (odd.KeptUnready(), 7.0, "a cannot be started: b"),
        (odd.KeptDyingAtOnce(), 30.0, "dying cannot be started: died"),
    ],
    ids=["unready", "dying"],
)
def test_a_process_that_cannot_start_means_later_and_never_a_refusal(
    ask: Ask, converter: Converter, seconds: float, said: str
) -> None:
    for _ in range(2):
        with pytest.raises(Retry) as raised:
            ask("a", converter)
        assert (raised.value.code, raised.value.after_seconds) == ("EX-511", seconds)
        assert raised.value.text() == said


def test_one_that_hangs_is_replaced(ask: Ask) -> None:
    with pytest.raises(Reject, match="EX-312"):
        ask("sleep", odd.KeptSleeping())
    assert ask("a").endswith(" 1")


def test_one_that_was_killed_between_documents_is_replaced(ask: Ask) -> None:
    os.kill(int(ask("a").split()[0]), signal.SIGKILL)
    assert ask("a").endswith(" 1")


def test_one_of_which_nothing_is_asked_ends(ask: Ask) -> None:
    pid, child, folder = ask("start", odd.KeptBriefly()).split()
    until(lambda: not is_running(int(pid)) and not is_running(int(child)) and not Path(folder).exists())


def test_it_has_a_folder_of_its_own_that_goes_with_it(process: ConversionProcess, ask: Ask) -> None:
    pid, child, folder = ask("start").split()
    assert Path(folder).is_dir()
    process.close()
    assert not Path(folder).parent.exists()
    assert not is_running(int(pid))
    until(lambda: not is_running(int(child)))


def test_a_child_that_is_killed_takes_it_along(process: ConversionProcess, ask: Ask) -> None:
    pid, child, folder = ask("start").split()
    assert process._process is not None
    process._process.kill()
    process._process.wait()
    until(lambda: not is_running(int(pid)))
    os.kill(int(child), signal.SIGKILL)  # what a converter starts, it must bind to itself
    process.close()
    assert not Path(folder).exists()


DAEMON = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from exchange.edge.conversion_process import ConversionProcess
from tests.edge import odd_converters as odd
here = Path(sys.argv[1])
(here / "source").write_text("start")
process = ConversionProcess()
process.convert(odd.Kept(), here / "source", here / "target", from_format="text/plain")
print((here / "target").read_text(), flush=True)
(here / "source").write_text("sleep")
process.convert(odd.KeptSleepingLong(), here / "source", here / "target2", from_format="text/plain")
"""


def test_a_daemon_that_is_killed_in_mid_conversion_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    words = [sys.executable, "-c", DAEMON, str(tmp_path), str(Path(__file__).parents[2])]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        pid, child, folder = daemon.stdout.readline().split()
        daemon.kill()
    until(lambda: not any(is_running(int(each)) for each in (pid, child)))
    until(lambda: not Path(folder).parent.exists())


# ---- its folder


def test_a_folder_that_nobody_holds_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_folder, "FRESH_SECONDS", -1.0)
    left = tmp_path / f"{working_folder.PREFIX}left"
    (left / "profile").mkdir(parents=True)
    held = WorkingFolder(tmp_path)
    assert not left.exists()
    second = WorkingFolder(tmp_path)
    assert held.path.exists()
    for each in (held, second):
        each.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_young_folder_may_be_about_to_be_held(tmp_path: Path) -> None:
    young = tmp_path / f"{working_folder.PREFIX}young"
    young.mkdir()
    WorkingFolder(tmp_path).remove()
    assert young.exists()


def test_a_folder_is_made_where_temporary_files_are() -> None:
    folder = WorkingFolder()
    assert folder.path.parent == Path(tempfile.gettempdir())
    folder.remove()


# ---- detection, inside the same walls


@pytest.mark.parametrize("text", ["nothing", "die", "fail", "write"])
def test_a_detector_that_fails_knows_nothing(process: ConversionProcess, tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    assert process.detect([odd.Seer()], tmp_path / "file").format == "application/octet-stream"
    assert not (tmp_path / "written").exists() or (tmp_path / "written").stat().st_size == 0


def test_the_first_detector_that_knows_a_file_is_believed(process: ConversionProcess, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("LOUD")
    found = process.detect([odd.Blind(), odd.Seer()], tmp_path / "file")
    assert found.format == "text/upper"
    assert [str(each) for each in (found.trouble, *found.notes)] == ["its process was ended by X"] * 2
