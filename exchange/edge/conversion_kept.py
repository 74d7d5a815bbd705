# SPDX-License-Identifier: Apache-2.0
"""
Processes that are kept from one document to the next, because what they start is slow to start.

A converter that names a kept process runs in it, inside the same walls, beside whatever it has
started there. The process is replaced when it fails, when it has had its number of documents, and
when nothing was asked of it for a while; a document that fails in one that was warm gets one more
try in a fresh one, and the second answer counts.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchange.edge.conversion_walls import ANSWERS, Fork, cause, fork, is_out_of_time

Answer = dict[str, Any]
Work = Callable[[dict[str, Any]], Answer]


@dataclass(slots=True)
class Kept:
    """One of them: the pipe by which it gets jobs, and how many it has had."""

    fork: Fork
    jobs: int
    folder: Path
    served: int = 0
    idle_from: float = 0.0
    idle_seconds: float = 0.0

    def ask(self, job: dict[str, Any]) -> Answer:
        """Its answer; one with `died` or `late` is its last."""
        try:
            os.write(self.jobs, json.dumps(job).encode() + b"\n")
        except BrokenPipeError:
            return {"died": "SIGPIPE"}
        said, late = self.fork.hear(job["limit_seconds"])
        if late:
            return {"late": True}
        try:
            answer: Answer = json.loads(said)
        except ValueError:
            return {"died": ""}
        return answer

    def end(self) -> str:
        """Kill it with all that it started, and remove its folder; how it had ended, if it had."""
        os.close(self.jobs)
        status = self.fork.end()
        remove(self.folder)
        return "late" if is_out_of_time(status) else cause(status)


class KeptProcesses:
    """
    All of them, by name.

    work: what each of them does with a job, inside.
    """

    def __init__(self, folder: Path, work: Work) -> None:
        self._folder = folder
        self._work = work
        self._kept: dict[str, Kept] = {}

    def answer(self, job: dict[str, Any]) -> Answer:
        """What becomes of *job* in the process that it names."""
        name = job["kept"]
        warm = name in self._kept
        answer = self._asked(name, job)
        if warm and name not in self._kept and _is_failure(answer):
            answer = self._asked(name, job)
        return answer

    def end_idle(self) -> float | None:
        """End those that nothing was asked of; in how many seconds to look again, None = none is left."""
        now = time.monotonic()
        for name, kept in list(self._kept.items()):
            if kept.idle_from + kept.idle_seconds <= now:
                self._end(name)
        return min((kept.idle_from + kept.idle_seconds - now for kept in self._kept.values()), default=None)

    def close(self) -> None:
        """End all."""
        for name in list(self._kept):
            self._end(name)

    def _asked(self, name: str, job: dict[str, Any]) -> Answer:
        if name not in self._kept:
            refused = self._start(name, job)
            if refused is not None:
                return refused
        kept = self._kept[name]
        answer = kept.ask(job)
        kept.served += 1
        kept.idle_from, kept.idle_seconds = time.monotonic(), job["idle_seconds"]
        if _is_failure(answer):
            ended = self._end(name)
            if "died" in answer:
                return {"late": True} if ended == "late" else {"died": ended}
        elif kept.served >= job["documents"]:
            self._end(name)
        return answer

    def _start(self, name: str, job: dict[str, Any]) -> Answer | None:
        """Start one, with what it keeps; why it could not be, which is never the document's fault."""
        kept = self._kept[name] = self._forked(job)
        if not job["start_seconds"]:
            return None
        answer = kept.ask({**job, "start": True, "limit_seconds": job["start_seconds"]})
        if "started" in answer:
            return None
        self._end(name)
        if "retry" in answer:
            return answer
        reason = ", ".join(sorted(answer))
        return {"retry": "EX-511", "after_seconds": 30.0, "values": {"program": name, "reason": reason}}

    def _forked(self, job: dict[str, Any]) -> Kept:
        folder = Path(tempfile.mkdtemp(dir=self._folder, prefix="kept-"))
        reading, writing = os.pipe()
        made = fork({**job, "folder": str(folder)}, lambda offline: _serve(self._work, offline), jobs=reading)
        os.close(reading)
        return Kept(made, writing, folder)

    def _end(self, name: str) -> str:
        return self._kept.pop(name).end()


def remove(folder: Path) -> None:
    """Remove *folder* though something that was just killed may still be writing its last into it."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.02)


def _is_failure(answer: Answer) -> bool:
    """Whether the process is no good any more, for all we know."""
    return not answer.keys().isdisjoint({"died", "late", "bug", "spent"})


def _serve(work: Work, offline: bool) -> None:
    """The side of the kept process."""
    with open(0, "rb", closefd=False) as jobs, suppress(BrokenPipeError):
        for line in jobs:
            answer = work(json.loads(line)) | {"offline": offline}
            os.write(ANSWERS, json.dumps(answer).encode() + b"\n")
