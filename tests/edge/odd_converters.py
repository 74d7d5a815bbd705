# SPDX-License-Identifier: Apache-2.0
"""Converters that do what no converter should, for the process that holds them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from exchange import Converter, Reject, Report


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
        home = os.environ["HOME"] == os.environ["TMPDIR"] == os.getcwd() == str(target.parent)
        secret = "GOVBUS_SECRET" in os.environ
        target.write_text(f"{len(inherited) <= 1} {home} {secret} {os.getsid(0) == os.getpid()}")
        return Report()


class NotOne:
    """No converter at all."""
