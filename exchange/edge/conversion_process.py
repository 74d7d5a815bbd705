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
from typing import IO, Any

from exchange.converter import Converter, Report, format_name, plan
from exchange.edge.spool import sync_folder
from exchange.errors import Halt, Reject, Retry
from exchange.texts import CODES, TEXTS, Phrase

CONVERTERS = "govbus.converters"
GRACE_SECONDS = 10.0  # beyond a job's limit, before the child itself is taken for stuck
LOSSES, LOSS_CHARACTERS = 100, 500  # what a report may say, at most

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from exchange.edge.conversion_child import serve; serve()"
)


@dataclass(frozen=True, slots=True)
class Converted:
    """A part in a format that the application accepts: where it is, and what each step said."""

    path: Path
    format: str
    reports: tuple[Report, ...] = ()  # one a step; none = nothing was to be done

    @property
    def report(self) -> Report:
        """All steps as one: the characters of the last, the losses of all."""
        characters = self.reports[-1].characters if self.reports else None
        return Report(characters, tuple(loss for each in self.reports for loss in each.losses))


def installed_converters() -> tuple[Converter, ...]:
    """
    Every installed converter, by name.

    Raises:
        Halt: EX-910, one cannot be loaded.
    """
    points = sorted(entry_points(group=CONVERTERS), key=lambda point: point.name)
    return tuple(_loaded(point) for point in points)


def convert_part(
    part: Path,
    from_format: str,
    *,
    accepts: Sequence[str],
    folder: Path,
    converters: Sequence[Converter],
    process: ConversionProcess,
) -> Converted:
    """
    The file *part* in one of the formats that an application *accepts*, by the cheapest way.

    Args:
        folder: where the result stays, in a folder of its own; the caller removes it.

    Raises:
        Reject: EX-310, no way leads there; EX-311, a step failed; EX-312, a step took too long.
        Retry: EX-506, there is no room, or the process cannot be started.
    """
    way = plan(from_format, accepts, converters)
    if not way:
        return Converted(part, format_name(from_format))
    place = Path(tempfile.mkdtemp(dir=folder, prefix="converted-"))
    reports: list[Report] = []
    here, form = part, format_name(from_format)
    for number, converter in enumerate(way):
        target = place / str(number)
        reports.append(process.convert(converter, here, target, from_format=form))
        here, form = target, format_name(converter.produces)
    return Converted(here, form, tuple(reports))


class ConversionProcess:
    """
    The child process: started when it is first needed, kept for what follows, one thread's own.

    To start it costs as much as to start Python; a conversion in it costs a fork.

    Attributes:
        offline: whether the last conversion ran without network; None before the first.
    """

    def __init__(self) -> None:
        self.offline: bool | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ConversionProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child and what it has running."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)

    def convert(self, converter: Converter, source: Path, target: Path, *, from_format: str) -> Report:
        """
        One step: *target*, a new file, from *source*; durable when this returns.

        Raises:
            Reject: EX-311, it cannot be converted; EX-312, it took too long.
            Retry: EX-506, there is no room, or no process can be started.
        """
        folder = Path(tempfile.mkdtemp(dir=target.parent, prefix="work-"))
        try:
            fresh = folder / "target"
            answer = self._asked(
                _job(converter, source.absolute(), fresh.absolute()), converter.limit_seconds
            )
            report = _report(answer, converter, from_format)
            self.offline = answer.get("offline") is True
            _settle(fresh, converter, from_format)
            fresh.rename(target)
            sync_folder(target.parent)
        except OSError as e:
            raise _away(target, e.strerror or str(e)) from e
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return report

    def _asked(self, job: bytes, limit_seconds: float) -> dict[str, Any]:
        process = self._running()
        try:
            os.write(_descriptor(process.stdin), job)
            return _heard(process, limit_seconds + GRACE_SECONDS)
        except TimeoutError:
            self.close()
            return {"late": True}
        except BaseException:  # whatever it was: what the child says next would answer another question
            self.close()
            raise

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._process = _started()
        return self._process


# ---- the child


def _started() -> subprocess.Popen[bytes]:
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": "/nonexistent"}
    return subprocess.Popen(
        [sys.executable, "-I", "-c", _START, json.dumps(sys.path)],
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


def _end(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _descriptor(stream: IO[bytes] | None) -> int:
    assert stream is not None  # both are pipes
    return stream.fileno()


def _job(converter: Converter, source: Path, target: Path) -> bytes:
    kind = type(converter)
    job = {
        "converter": f"{kind.__module__}:{kind.__qualname__}",
        "source": str(source),
        "target": str(target),
        "folder": str(target.parent),
        "limit_seconds": converter.limit_seconds,
        "memory_bytes": converter.memory_bytes,
        "output_bytes": converter.output_bytes,
    }
    return json.dumps(job).encode() + b"\n"


# ---- its answers


def _report(answer: Mapping[str, Any], converter: Converter, found: str) -> Report:
    wanted = format_name(converter.produces)
    if "late" in answer:
        limit = round(converter.limit_seconds)
        raise Reject("EX-312", found=found, wanted=wanted, limit=limit)
    if "full" in answer:
        raise _away(Path(wanted), str(answer["full"]))
    if "reject" in answer:
        raise _refusal(answer)
    if "bug" in answer:
        raise _failed(found, wanted, Phrase("conversion.bug", {"error": _last_line(answer["bug"])}))
    if "died" in answer:
        raise _failed(found, wanted, Phrase("conversion.died", {"signal": str(answer["died"])}))
    characters = answer.get("characters")
    losses = tuple(str(loss)[:LOSS_CHARACTERS] for loss in answer.get("losses", ())[:LOSSES])
    return Report(characters if isinstance(characters, int) else None, losses)


def _refusal(answer: Mapping[str, Any]) -> Reject:
    code, values = str(answer["reject"]), answer.get("values", {})
    if code not in CODES:
        code = "EX-311"
    return Reject(code, **{name: _value(each) for name, each in values.items() if name != "code"})


def _value(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    if plain.get("phrase") not in TEXTS:
        return "?"
    return Phrase(plain["phrase"], {name: _value(each) for name, each in plain["values"].items()})


def _settle(fresh: Path, converter: Converter, found: str) -> None:
    """Make sure that there is a file, and nothing but a file, and that it is on the disk."""
    try:
        state = fresh.lstat()
    except FileNotFoundError:
        state = None
    if state is None or not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
        raise _failed(found, format_name(converter.produces), Phrase("conversion.no-output"))
    descriptor = os.open(fresh, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _failed(found: str, wanted: str, reason: Phrase) -> Reject:
    return Reject("EX-311", found=found, wanted=wanted, reason=reason)


def _away(what: Path, reason: str) -> Retry:
    return Retry("EX-506", after_seconds=10.0, what=str(what), reason=reason)


def _last_line(text: object) -> str:
    lines = str(text).strip().splitlines()
    return lines[-1][:500] if lines else ""


def _loaded(point: EntryPoint) -> Converter:
    try:
        made = point.load()()
    except Exception as e:
        reason = Phrase("conversion.not-installed", {"name": point.name, "error": repr(e)})
        raise Halt("EX-910", what=point.value, install=reason) from e
    if not isinstance(made, Converter):
        reason = Phrase("conversion.not-installed", {"name": point.name, "error": "not a Converter"})
        raise Halt("EX-910", what=point.value, install=reason)
    return made
