# SPDX-License-Identifier: Apache-2.0
"""
The child process in which documents are converted and looked at; it ends with its parent.

It has started Python and loaded converters, and has never opened a document; each document gets a
fork of it inside walls, or a kept process where its converter names one. It speaks JSON, one line a
job and one line an answer, and believes nothing that a fork says beyond its form.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import select
import traceback
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any, TypeVar

from exchange.converter import Converter, Spent
from exchange.detector import Detector
from exchange.edge.conversion_kept import KeptProcesses, remove
from exchange.edge.conversion_walls import ANSWERS, ParentGone, cause, fork, is_out_of_time
from exchange.errors import Reject, Retry
from exchange.model.conversion import Difference, Seals
from exchange.texts import Phrase

T = TypeVar("T")
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})


def serve(folder: str) -> None:
    """Answer jobs until the parent closes our input; *folder* is ours, and gone when this ends."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a converter prints is no answer
    kept = KeptProcesses(Path(folder), _done)
    try:
        for job in _jobs(kept):
            os.write(answers, json.dumps(_answer(job, kept)).encode() + b"\n")
    except (ParentGone, BrokenPipeError):
        pass
    finally:
        kept.close()
        remove(Path(folder))


def _jobs(kept: KeptProcesses) -> Iterator[dict[str, Any]]:
    there = select.poll()
    there.register(0, select.POLLIN)
    line = b""
    while True:
        seconds = kept.end_idle()
        if not there.poll(None if seconds is None else seconds * 1000 + 1):
            continue
        block = os.read(0, 1 << 16)
        if not block:
            return
        line += block
        if line.endswith(b"\n"):
            yield json.loads(line)
            line = b""


def _answer(job: dict[str, Any], kept: KeptProcesses) -> dict[str, Any]:
    try:
        _work_of(job)
    except Exception as e:  # noqa: BLE001  (a module of somebody else's: whatever it raises is the answer)
        return {"bug": repr(e)}
    return kept.answer(job) if job.get("kept") else _once(job)


def load(name: str, kind: type[T]) -> T:
    """The *kind* called `package.module:Class`, made."""
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    made = found()
    if not isinstance(made, kind):
        raise TypeError(f"{name} is no {kind.__name__}")
    return made


def _work_of(job: dict[str, Any]) -> Converter | Detector:
    if "detector" in job:
        return load(job["detector"], Detector)
    converter = load(job["converter"], Converter)
    if job.get("given"):
        converter.configure(job["given"])
    return converter


def _once(job: dict[str, Any]) -> dict[str, Any]:
    """The answer of a fork that does nothing else."""

    def work(offline: bool) -> None:
        answer = _done(job) | {"offline": offline}
        os.write(ANSWERS, json.dumps(answer).encode() + b"\n")

    child = fork(job, work)
    try:
        said, late = child.hear(job["limit_seconds"])
    finally:
        status = child.end()
    return _judged(said, status, late)


def _judged(said: bytes, status: int, late: bool) -> dict[str, Any]:
    if late or is_out_of_time(status):
        return {"late": True}
    try:
        answer = json.loads(said)
    except ValueError:
        return {"died": cause(status)}
    return answer if isinstance(answer, dict) else {"died": cause(status)}


# ---- inside the walls


def _done(job: dict[str, Any]) -> dict[str, Any]:
    try:
        worker = _work_of(job)
        if isinstance(worker, Detector):
            return _detected(worker, Path(job["source"]))
        if job.get("start"):
            worker.start()
            return {"started": True}
        return _converted(worker, job)
    except Reject as e:
        spent = {"spent": True} if isinstance(e, Spent) else {}
        return {"reject": e.code, "values": _plain_values(e.values), **spent}
    except Retry as e:
        return {"retry": e.code, "after_seconds": e.after_seconds, "values": _plain_values(e.values)}
    except OSError as e:
        return {"full": e.strerror} if e.errno in _NO_ROOM else {"bug": repr(e)}
    except Exception as e:  # noqa: BLE001  (a converter is somebody else's code: whatever it raises is the answer)
        return {"bug": "".join(traceback.format_exception(e))[-4000:]}


def _converted(converter: Converter, job: dict[str, Any]) -> dict[str, Any]:
    report = converter.convert(Path(job["source"]), Path(job["target"]))
    return {
        "characters": report.characters,
        "losses": [_plain(each) for each in report.losses],
        "notes": [_plain(each) for each in report.notes],
        "lost": report.lost,
        "pages_before": report.pages_before,
        "pages": report.pages,
        "fonts": [list(pair) for pair in report.fonts],
        "difference": _counts(report.difference),
        "seals_before": _counts(report.seals_before),
        "seals_after": _counts(report.seals_after),
    }


def _counts(measured: Difference | Seals | None) -> list[int] | None:
    return None if measured is None else list(astuple(measured))


def _detected(detector: Detector, source: Path) -> dict[str, Any]:
    found = detector.detect(source)
    return {
        "format": found.format,
        "trouble": _plain(found.trouble) if found.trouble else None,
        "notes": [_plain(note) for note in found.notes],
    }


def _plain_values(values: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: object) -> Any:
    if isinstance(value, Phrase):
        return {"phrase": value.key, "values": {name: _plain(each) for name, each in value.values.items()}}
    return value if isinstance(value, str | int | float) else str(value)
