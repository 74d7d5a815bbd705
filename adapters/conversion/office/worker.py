# SPDX-License-Identifier: Apache-2.0
"""
The side of the office: a script for the system's Python, which alone can speak to LibreOffice.

It starts one office, in the folder that it is started in, and converts one document after the other:
a line of JSON is a job, a line of JSON is the answer. It knows nothing of govbus, imports nothing of
it, and ends with the office, with its input, and with whoever started it.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

os.environ["TMPDIR"] = os.getcwd()  # before the bridge is loaded, which keeps files there, as the office does

import uno

START_SECONDS = 170.0
LOOK_SECONDS = 0.02
FONTS = "fonts.conf"  # beside the profile
RESTART = 81  # the exit status of an office that has just made its profile, and wants to be started again
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
_NEVER, _NO_UPDATE = 0, 0  # com.sun.star.document.MacroExecMode, UpdateDocMode
_OPTIONS = ("--headless", "--invisible", "--norestore", "--nologo", "--nodefault", "--nolockcheck")


class OfficeGone(Exception):
    """The office has ended, or cannot be started."""


class Office:
    """One office; what it is asked is done by itself, one thing after the other."""

    def __init__(self, program: str, pipe: str) -> None:
        self._pipe = pipe
        self._words = [
            program,
            f"-env:UserInstallation=file://{os.getcwd()}/profile",
            *_OPTIONS,
            f"--accept=pipe,name={pipe};urp;",
        ]
        self._process = self._started()
        self._context = self._reached()
        manager = self._context.ServiceManager
        self._desktop = manager.createInstanceWithContext("com.sun.star.frame.Desktop", self._context)

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": os.getcwd(), "FONTCONFIG_FILE": f"{os.getcwd()}/{FONTS}"},
            preexec_fn=die_with_parent,
        )

    def _reached(self) -> Any:
        here = uno.getComponentContext()
        resolver = here.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", here)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(Exception):  # it is not there yet
                return resolver.resolve(f"uno:pipe,name={self._pipe};urp;StarOffice.ComponentContext")
            self._look_after()
            time.sleep(LOOK_SECONDS)
        raise OfficeGone(f"no answer within {START_SECONDS:.0f} s")

    def _look_after(self) -> None:
        status = self._process.poll()
        if status == RESTART:
            self._process = self._started()
        elif status is not None:
            raise OfficeGone(f"exit {status}")

    def convert(self, job: dict[str, Any]) -> dict[str, Any]:
        """
        What became of the document.

        Raises:
            OfficeGone: the office died of it.
        """
        try:
            return self._converted(job)
        except Exception as e:
            if _is_end(e) or not self._lives():
                raise OfficeGone(_short(e)) from e
            return {"refused": _short(e)}

    def _converted(self, job: dict[str, Any]) -> dict[str, Any]:
        loading = _properties(
            FilterName=job["reads"],
            Hidden=True,
            ReadOnly=True,
            MacroExecutionMode=_NEVER,
            UpdateDocMode=_NO_UPDATE,
        )
        document = self._desktop.loadComponentFromURL(_url(job["source"]), "_blank", 0, loading)
        if document is None:
            return {"refused": "it cannot be loaded"}
        try:
            if job["table_ends"]:
                _end_with_a_paragraph(document)
            storing = _properties(FilterName=job["writes"], Overwrite=True)
            document.storeToURL(_url(job["target"]), storing)
        finally:
            document.close(True)
        return {"done": True}

    def _lives(self) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.5)  # a crash takes its moment
        return self._process.poll() is None


def _end_with_a_paragraph(document: Any) -> None:
    """Put an empty paragraph after the table that *document* ends with."""
    text = document.getText()
    parts = text.createEnumeration()
    last = None
    while parts.hasMoreElements():
        last = parts.nextElement()
    if last is not None and last.supportsService("com.sun.star.text.TextTable"):
        text.insertTextContentAfter(document.createInstance("com.sun.star.text.Paragraph"), last)


def _properties(**values: Any) -> tuple[Any, ...]:
    made = []
    for name, value in values.items():
        one = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
        one.Name, one.Value = name, value
        made.append(one)
    return tuple(made)


def _url(name: str) -> str:
    return str(uno.systemPathToFileUrl(str(Path.cwd() / name)))


def _is_end(error: Exception) -> bool:
    """The bridge to the office is broken, which is how its death is heard of."""
    return type(error).__name__ in ("DisposedException", "com.sun.star.lang.DisposedException")


def _short(error: BaseException) -> str:
    return " ".join((str(error) or type(error).__name__).split())[:300]


def die_with_parent() -> None:
    """The system kills this process when its parent is gone."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def _answers(program: str, pipe: str) -> Iterator[dict[str, Any]]:
    office = Office(program, pipe)
    yield {"ready": True}
    for line in sys.stdin:
        yield office.convert(json.loads(line))


def main() -> int:
    """Serve until the input ends; 1 when the office has gone."""
    die_with_parent()
    try:
        for answer in _answers(*sys.argv[1:]):
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    except OfficeGone as e:
        sys.stdout.write(json.dumps({"gone": str(e)}) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
