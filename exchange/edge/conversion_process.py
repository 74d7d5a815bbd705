# SPDX-License-Identifier: Apache-2.0
"""
Conversions, run where they can do no harm: in a child process, with limits, by themselves.

Owns that process and the judgement of what comes out of it: an answer counts only if the file is
there. What is converted into what is decided in `exchange.converter`.
"""

from __future__ import annotations

import errno
import json
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import IO, Any, TypeVar

from exchange.converter import Converter, Report, format_name, plan
from exchange.detector import UNKNOWN, Detected, Detector
from exchange.edge.conversion_answers import away, failed, found_in, report_of
from exchange.edge.spool import MODE, sync_folder
from exchange.edge.working_folder import WorkingFolder
from exchange.errors import Halt
from exchange.texts import Phrase

CONVERTERS, DETECTORS = "govbus.converters", "govbus.detectors"
_NO_SETTINGS: Mapping[str, Mapping[str, Any]] = {}
END_SECONDS = 20.0  # for the child to end what it has running and to remove its folder
GRACE_SECONDS = 10.0  # beyond a job's limit, before the child itself is taken for stuck

T = TypeVar("T")
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from exchange.edge.conversion_child import serve; serve(sys.argv[2])"
)


@dataclass(frozen=True, slots=True)
class Converted:
    """A part in a format that the application accepts: where it is, and what each step said."""

    path: Path
    format: str
    reports: tuple[Report, ...] = ()  # one a step; none = nothing was to be done
    way: tuple[Converter, ...] = ()

    @property
    def report(self) -> Report:
        """
        All steps as one: the characters of the last, the losses, notes and faces of all.

        The difference is the worst that was measured: of the steps of which it can be.
        """
        if not self.reports:
            return Report()
        first, last = self.reports[0], self.reports[-1]
        lost = [each.lost for each in self.reports if each.lost is not None]
        differences = [each.difference for each in self.reports if each.difference is not None]
        return Report(
            last.characters,
            tuple(loss for each in self.reports for loss in each.losses),
            tuple(note for each in self.reports for note in each.notes),
            lost=sum(lost) if lost else None,  # at least so many: not every step is counted
            pages_before=first.pages_before,
            pages=last.pages,
            fonts=tuple(dict(pair for each in self.reports for pair in each.fonts).items()),
            difference=max(differences, key=lambda each: each.worst, default=None),
            seals_before=first.seals_before,
            seals_after=last.seals_after,
        )


def installed_converters(sections: Mapping[str, Mapping[str, Any]] = _NO_SETTINGS) -> tuple[Converter, ...]:
    """
    Every installed converter that works on this machine, by name.

    Args:
        sections: the settings of each section of `[conversion]`.

    Raises:
        Halt: EX-910, one cannot be loaded; EX-904, a file that its settings name cannot be read.
    """
    return tuple(each for each in known_converters(sections) if each.trouble() is None)


def known_converters(sections: Mapping[str, Mapping[str, Any]] = _NO_SETTINGS) -> tuple[Converter, ...]:
    """As `installed_converters`, with those that lack something here."""
    return tuple(_configured(point, sections) for point in _points(CONVERTERS))


def installed_detectors() -> tuple[Detector, ...]:
    """
    Every installed detector, by name.

    Raises:
        Halt: EX-910, one cannot be loaded.
    """
    return tuple(_loaded(point, Detector) for point in _points(DETECTORS))


def convert_part(
    part: Path,
    from_format: str,
    *,
    accepts: Sequence[str],
    folder: Path,
    converters: Sequence[Converter],
    process: ConversionProcess,
    allow_lossy: bool = False,
) -> Converted:
    """
    The file *part* in one of the formats that an application *accepts*, by the cheapest way.

    Args:
        folder: where the result stays, in a folder of its own; the caller removes it.

    Raises:
        Reject: EX-310, EX-313, no way leads there; EX-311, a step failed; EX-312, a step took too long.
        Retry: EX-506, there is no room, or the process cannot be started.
    """
    way = plan(from_format, accepts, converters, allow_lossy=allow_lossy)
    if not way:
        return Converted(part, format_name(from_format))
    place = Path(tempfile.mkdtemp(dir=folder, prefix="converted-"))
    reports: list[Report] = []
    here, form = part, format_name(from_format)
    for number, converter in enumerate(way):
        target = place / str(number)
        reports.append(process.convert(converter, here, target, from_format=form))
        here, form = target, format_name(converter.produces)
    return Converted(here, form, tuple(reports), way)


class ConversionProcess:
    """
    The child process: started when it is first needed, kept for what follows, one thread's at a time.

    To start it costs as much as to start Python; a conversion in it costs a fork. It has a temporary
    folder, which goes when it goes.

    Attributes:
        offline: whether the last conversion ran without network; None before the first.
    """

    def __init__(self) -> None:
        self.offline: bool | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: WorkingFolder | None = None
        self._interrupted = False

    def __enter__(self) -> ConversionProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the child end what it has running, and itself."""
        self._end(patience=END_SECONDS)

    def interrupt(self) -> None:
        """
        From another thread: what is being done fails with Retry, and nothing more is done after it.

        Whoever uses the process clears up behind it.
        """
        self._interrupted = True  # before the look at the process: who starts one just now looks after it
        process = self._process
        if process is not None:
            process.kill()

    def convert(self, converter: Converter, source: Path, target: Path, *, from_format: str) -> Report:
        """
        One step: *target*, a new file, from *source*; durable when this returns.

        Raises:
            Reject: EX-311, it cannot be converted; EX-312, it took too long.
            Retry: EX-506, there is no room, or no process can be started; or what the converter says.
        """
        folder = Path(tempfile.mkdtemp(dir=target.parent, prefix="work-"))
        try:
            fresh = folder / "target"
            job = _job(converter, source.absolute(), fresh.absolute())
            tries = 2 if converter.kept else 1
            answer = self._asked(job, (converter.limit_seconds + converter.start_seconds) * tries)
            report = report_of(answer, converter, from_format)
            self.offline = answer.get("offline") is True
            _settle(fresh, converter, from_format)
            fresh.rename(target)
            sync_folder(target.parent)
        except OSError as e:
            raise away(target, e.strerror or str(e)) from e
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return report

    def detect(self, detectors: Sequence[Detector], source: Path) -> Detected:
        """
        What the first of *detectors* that knows it says that *source* is.

        One that fails knows nothing; so a file that no detector can bear has no format.

        Raises:
            Retry: EX-506, no process can be started.
        """
        for detector in detectors:
            try:
                answer = self._asked(_look(detector, source.absolute()), detector.limit_seconds)
            except OSError as e:
                raise away(source, e.strerror or str(e)) from e
            found = found_in(answer)
            if found.format != UNKNOWN or found.trouble is not None:
                return found
        return Detected()

    def _asked(self, job: dict[str, Any], limit_seconds: float) -> dict[str, Any]:
        process = self._running()
        try:
            if self._interrupted:
                raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
            os.write(_descriptor(process.stdin), json.dumps(job).encode() + b"\n")
            return _heard(process, limit_seconds + GRACE_SECONDS)
        except TimeoutError:
            self._end(patience=0.0)
            return {"late": True}
        except BaseException:  # whatever it was: what the child says next would answer another question
            self._end(patience=0.0)
            raise

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end(patience=0.0)
        if self._process is None:
            folder = WorkingFolder()
            try:
                self._process = _started(folder.path)
            except BaseException:
                folder.remove()
                raise
            self._folder = folder
        return self._process

    def _end(self, *, patience: float) -> None:
        process, self._process = self._process, None
        folder, self._folder = self._folder, None
        if process is not None:
            _end(process, patience)
        if folder is not None:
            folder.remove()


# ---- the child


def _started(folder: Path) -> subprocess.Popen[bytes]:
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": "/nonexistent"}
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _START, json.dumps(sys.path), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd="/",
        env=environment,
        start_new_session=True,
    )


def _heard(process: subprocess.Popen[bytes], seconds: float) -> dict[str, Any]:
    """
    The child's next line.

    Raises:
        TimeoutError: there is none in time. BrokenPipeError: the child is dead.
    """
    deadline = time.monotonic() + seconds
    reading, line = _descriptor(process.stdout), b""
    there = select.poll()  # not select(), which knows no descriptor above 1,023
    there.register(reading, select.POLLIN)
    while not line.endswith(b"\n"):
        if not there.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError
        block = os.read(reading, 1 << 16)
        if not block:
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
        line += block
    answer: dict[str, Any] = json.loads(line)
    return answer


def _end(process: subprocess.Popen[bytes], patience: float) -> None:
    """The end of its input tells it to end; what it has running ends with it in any case."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _descriptor(stream: IO[bytes] | None) -> int:
    assert stream is not None  # both are pipes
    return stream.fileno()


def _job(converter: Converter, source: Path, target: Path) -> dict[str, Any]:
    return {
        "converter": _name(converter),
        "source": str(source),
        "target": str(target),
        "folder": str(target.parent),
        "limit_seconds": converter.limit_seconds,
        "memory_bytes": converter.memory_bytes,
        "output_bytes": converter.output_bytes,
        "kept": converter.kept,
        "documents": converter.documents if converter.kept else 1,
        "idle_seconds": converter.idle_seconds,
        "start_seconds": converter.start_seconds,
        "given": dict(converter.given),
    }


def _look(detector: Detector, source: Path) -> dict[str, Any]:
    return {
        "detector": _name(detector),
        "source": str(source),
        "folder": "/",
        "limit_seconds": detector.limit_seconds,
        "memory_bytes": detector.memory_bytes,
        "output_bytes": 0,
    }


def _name(worker: object) -> str:
    kind = type(worker)
    return f"{kind.__module__}:{kind.__qualname__}"


# ---- what it made, and who makes it


def _settle(fresh: Path, converter: Converter, found: str) -> None:
    """Make sure that there is a file, and nothing but a file, and that it is on the disk."""
    try:
        state = fresh.lstat()
    except FileNotFoundError:
        state = None
    if state is None or not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
        raise failed(found, format_name(converter.produces), Phrase("conversion.no-output"))
    descriptor = os.open(fresh, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fchmod(descriptor, MODE)  # its maker kept it from everybody else
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _points(group: str) -> list[EntryPoint]:
    return sorted(entry_points(group=group), key=lambda point: point.name)


def _configured(point: EntryPoint, sections: Mapping[str, Mapping[str, Any]]) -> Converter:
    made = _released(_loaded(point, Converter), point)
    if made.section in sections:
        made.configure(sections[made.section])
    return made


def _released(converter: Converter, point: EntryPoint) -> Converter:
    if point.dist is not None:
        converter.release = f"{point.dist.name} {point.dist.version}"
    return converter


def _loaded(point: EntryPoint, kind: type[T]) -> T:
    try:
        made = point.load()()
    except Exception as e:
        reason = Phrase("conversion.not-installed", {"name": point.name, "error": repr(e)})
        raise Halt("EX-910", what=point.value, install=reason) from e
    if not isinstance(made, kind):
        reason = Phrase("conversion.not-installed", {"name": point.name, "error": f"not a {kind.__name__}"})
        raise Halt("EX-910", what=point.value, install=reason)
    return made
