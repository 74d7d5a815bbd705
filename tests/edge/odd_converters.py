# SPDX-License-Identifier: Apache-2.0
"""Converters that do what no converter should, for the process that holds them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from exchange import Converter, Detected, Detector, Reject, Report, Retry
from exchange.converter import Spent
from exchange.texts import Phrase


class Upper(Converter):
    """A good one."""

    accepts = ("text/plain",)
    produces = "text/upper"
    limit_seconds = 20.0

    def convert(self, source: Path, target: Path) -> Report:
        target.write_text(source.read_text().upper())
        return Report(characters=source.stat().st_size, losses=("case",))


class Shout(Upper):
    accepts = ("text/upper",)
    produces = "text/shout"

    def convert(self, source: Path, target: Path) -> Report:
        target.write_text(source.read_text() + "!")
        return Report(losses=("modesty",))


class Printing(Upper):
    def convert(self, source: Path, target: Path) -> Report:
        print('{"characters": 1}')
        sys.stdout.flush()
        os.write(1, b'{"characters": 2}\n')
        return super().convert(source, target)


class Sleeping(Upper):
    """It waits for ever, in a process of its own, whose id it leaves behind."""

    limit_seconds = 1.0

    def convert(self, source: Path, target: Path) -> Report:
        child = subprocess.Popen(["sleep", "1000"])
        source.with_suffix(".pid").write_text(f"{os.getpid()} {child.pid}")
        time.sleep(1000)
        return Report()


class LeavingChildren(Upper):
    def convert(self, source: Path, target: Path) -> Report:
        child = subprocess.Popen(["sleep", "1000"])
        source.with_suffix(".pid").write_text(str(child.pid))
        return super().convert(source, target)


class Burning(Upper):
    limit_seconds = 1.0

    def convert(self, source: Path, target: Path) -> Report:
        while True:
            pass


class Hoarding(Upper):
    memory_bytes = 300 << 20

    def convert(self, source: Path, target: Path) -> Report:
        return Report(len(b"x" * (400 << 20)))


class Overflowing(Upper):
    output_bytes = 1 << 20

    def convert(self, source: Path, target: Path) -> Report:
        target.write_bytes(b"x" * (2 << 20))
        return Report()


class Full(Upper):
    def convert(self, source: Path, target: Path) -> Report:
        raise OSError(28, "No space left on device")


class Crashing(Upper):
    def convert(self, source: Path, target: Path) -> Report:
        os.abort()


class Leaving(Upper):
    def convert(self, source: Path, target: Path) -> Report:
        os._exit(3)


class Failing(Upper):
    def convert(self, source: Path, target: Path) -> Report:
        raise ValueError("page 3 is upside down")


class Refusing(Upper):
    def convert(self, source: Path, target: Path) -> Report:
        raise Reject("EX-311", found="a", wanted="b", reason=Path("a password"))


class Idle(Upper):
    def convert(self, source: Path, target: Path) -> Report:
        return Report(characters=5)


class Linking(Upper):
    """It passes a foreign file off as its own."""

    def convert(self, source: Path, target: Path) -> Report:
        target.symlink_to("/etc/passwd")
        return Report()


class HardLinking(Upper):
    def convert(self, source: Path, target: Path) -> Report:
        target.hardlink_to(source)
        return Report()


class Talkative(Upper):
    def convert(self, source: Path, target: Path) -> Report:
        super().convert(source, target)
        return Report(losses=("x" * 10_000,) * 1000)


class Telephoning(Upper):
    """It tells whether it could reach the port that the document names."""

    def convert(self, source: Path, target: Path) -> Report:
        try:
            socket.create_connection(("127.0.0.1", int(source.read_text())), timeout=5).close()
        except OSError:
            target.write_text("unreachable")
        else:
            target.write_text("reached")
        return Report()


class Curious(Upper):
    """It writes down where it is and what it was given."""

    def convert(self, source: Path, target: Path) -> Report:
        inherited = [name for name in os.listdir("/proc/self/fd") if int(name) > 3]
        places = {os.environ["HOME"], os.environ["TMPDIR"], tempfile.gettempdir(), os.getcwd()}
        home = places == {str(target.parent)}
        secret = "GOVBUS_SECRET" in os.environ
        target.write_text(f"{len(inherited) <= 1} {home} {secret} {os.getsid(0) == os.getpid()}")
        return Report()


class Kept(Upper):
    """It counts, in its process, how many it has converted; what the document says may be its last."""

    kept = "counting"
    documents = 3

    def convert(self, source: Path, target: Path) -> Report:
        asked = source.read_text()
        _SEEN.append(asked)
        if asked == "spend" or (asked == "spend when warm" and len(_SEEN) > 1):
            raise Spent("EX-311", found="a", wanted="b", reason=f"number {len(_SEEN)}")
        if asked == "die" or (asked == "die when warm" and len(_SEEN) > 1):
            os.abort()
        if asked == "later":
            raise Retry("EX-506", after_seconds=5.0, what="a", reason="b")
        if asked == "refuse":
            raise Reject("EX-311", found="a", wanted="b", reason="c")
        if asked.startswith("start"):
            child = subprocess.Popen(["sleep", "1000"])
            target.write_text(f"{os.getpid()} {child.pid} {os.getcwd()}")
        else:
            target.write_text(f"{os.getpid()} {len(_SEEN)}")
        return Report()


class KeptToo(Kept):
    """Another one, in the same process."""


class KeptBriefly(Kept):
    kept = "brief"
    idle_seconds = 0.0


class KeptSleeping(Kept):
    limit_seconds = 1.0

    def convert(self, source: Path, target: Path) -> Report:
        if source.read_text() == "sleep":
            time.sleep(1000)
        return super().convert(source, target)


class KeptSleepingLong(KeptSleeping):
    limit_seconds = 1000.0


class KeptStarted(Kept):
    """It notes its start among its documents, and has no time for a document that starts something."""

    kept = "started"
    start_seconds = 20.0

    def start(self) -> None:
        _SEEN.append("start")


class KeptUnready(Kept):
    kept = "unready"
    start_seconds = 20.0

    def start(self) -> None:
        raise Retry("EX-511", after_seconds=7.0, program="a", reason="b")


class KeptDyingAtOnce(Kept):
    kept = "dying"
    start_seconds = 20.0

    def start(self) -> None:
        os.abort()


class Lacking(Upper):
    @classmethod
    def trouble(cls) -> Phrase:
        return Phrase("conversion.no-output")


_SEEN: list[str] = []  # of one process


class Seer(Detector):
    """It does with a file what the file says."""

    knows = ("text/upper",)

    def detect(self, source: Path) -> Detected:
        asked = source.read_text()
        if asked == "die":
            os.abort()
        if asked == "fail":
            raise ValueError(asked)
        if asked == "write":
            source.with_name("written").write_text("x")
        note = Phrase("conversion.died", {"signal": "X"})
        return Detected("text/upper", note, (note,)) if asked.isupper() else Detected()


class Blind(Seer):
    def detect(self, source: Path) -> Detected:
        return Detected()


class NotOne:
    """No converter at all."""
