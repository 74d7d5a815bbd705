# SPDX-License-Identifier: Apache-2.0
"""
The warm office of a kept process: started with the first document, asked for each.

It runs beside us in the same walls, in the kept process's folder, as a script of the system's Python
with one LibreOffice; documents are copied in and results moved out, so that it never sees where they
lie. When it does not answer as it should, the process is spent.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, Any

from adapters.conversion.office import endings, fonts, installation, profile, sockets, walls
from exchange import Retry
from exchange.texts import Phrase

FONTS = "fonts.conf"  # in the folder of the kept process
WORKER = Path(__file__).with_name("worker.py")
WORD_97 = "MS Word 97"  # the office's name of that filter
_WORDS = (str(installation.SYSTEM_PYTHON), "-I", WORKER.name)
START_AGAIN_SECONDS = 30.0  # when no office could be started


class OfficeFailed(Exception):
    """The office did not convert the document: *gone* = it is no more; else it refused, and is well."""

    def __init__(self, reason: str, *, gone: bool) -> None:
        self.reason = reason
        self.gone = gone
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Work:
    """What is asked of an office: by which of its filters it reads and writes."""

    reads: str
    writes: str
    source_suffix: str
    target_suffix: str


class Office:
    """
    One office and the script that speaks to it.

    Raises:
        Retry: EX-511, it cannot be started.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        profile.write_profile(folder / "profile")
        fonts.write_fonts(folder / FONTS)
        shutil.copyfile(WORKER, folder / WORKER.name)  # where it lies may be hidden from it
        sockets.sweep()
        self._process = self._started()
        said = self._heard()
        if "ready" not in said:
            self.close()
            reason = said.get("gone", "")
            raise Retry("EX-511", after_seconds=START_AGAIN_SECONDS, program="LibreOffice", reason=reason)

    def _started(self) -> subprocess.Popen[str]:
        folder = str(self._folder)
        return subprocess.Popen(
            [*_WORDS, str(installation.program()), f"govbus-{uuid.uuid4().hex}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=_environment(),
            cwd=folder,
            preexec_fn=lambda: walls.wall_in(folder),
        )

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def convert(self, source: Path, target: Path, work: Work) -> None:
        """
        *target* of *source*.

        Raises:
            OfficeFailed: it refused the document, or died of it.
        """
        with self._room() as room:
            inside = room / f"document{work.source_suffix}"
            made = room / f"result{work.target_suffix}"
            shutil.copyfile(source, inside)
            said = self._asked(
                {
                    "source": str(inside.relative_to(self._folder)),
                    "target": str(made.relative_to(self._folder)),
                    "reads": work.reads,
                    "writes": work.writes,
                    "table_ends": work.writes == WORD_97 and endings.is_a_table(source),
                }
            )
            if "done" not in said:
                reason = said.get("refused") or said.get("gone") or ""
                raise OfficeFailed(reason, gone="refused" not in said)
            if not made.is_file():
                raise OfficeFailed("", gone=False)
            shutil.move(made, target)

    @contextmanager
    def _room(self) -> Iterator[Path]:
        room = self._folder / f"document-{next(self._numbers)}"
        room.mkdir()
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)

    def _asked(self, job: dict[str, Any]) -> dict[str, Any]:
        try:
            _pipe(self._process.stdin).write(json.dumps(job) + "\n")
            _pipe(self._process.stdin).flush()
        except BrokenPipeError:
            return {"gone": ""}
        return self._heard()

    def _heard(self) -> dict[str, Any]:
        line = _pipe(self._process.stdout).readline()
        said: dict[str, Any] = json.loads(line) if line.endswith("\n") else {"gone": ""}
        return said


_WARM: list[Office] = []  # the one of this process, which lives as long as it


def warm() -> Office:
    """The office of this kept process."""
    if not _WARM:
        _WARM.append(Office(Path.cwd()))
    return _WARM[0]


def refusal_of(failed: OfficeFailed) -> Phrase:
    """Why, in words of the catalogue."""
    if failed.gone:
        return Phrase("office.died", {"reason": failed.reason})
    return Phrase("office.refused", {"reason": failed.reason})


def _environment() -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
        "SAL_DISABLE_OPENCL": "1",
        "SAL_NO_MOUSEGRABS": "1",
    }


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None  # both are pipes
    return stream
