# SPDX-License-Identifier: Apache-2.0
"""
The peer: an AS2 library doing complete exchanges on every core of this machine.

Makes the peer's environment (.venv-as2, from a lock file with digests) the first time, runs one process a
core, and adds up their exchanges. What a cycle is stands in `benchmarks.peer.cycle`. It runs in memory:
no broker, network, disk or database, which the bus has, so the comparison favours the peer.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import PROJECT, Child, Children
from benchmarks.usage import Recorder, Usage

HOME = PROJECT / ".venv-as2"
LOCK = PROJECT / "benchmarks" / "peer" / "requirements.lock"


@dataclass(frozen=True, slots=True)
class PeerRun:
    """What the peer's processes did together."""

    per_second: float
    used: tuple[Usage, ...]


def cores() -> int:
    return len(os.sched_getaffinity(0))


def interpreter() -> Path:
    """The peer's own Python, set up when it is missing or its lock has changed."""
    python, mark = HOME / "bin" / "python", HOME / ".made-from"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not (python.exists() and mark.exists() and mark.read_text() == wanted):
        print(f"Making the AS2 peer's environment {HOME.name}", file=sys.stderr)
        venv.create(HOME, with_pip=True, clear=True)
        pip = [
            str(python),
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--quiet",
            "install",
            "--require-hashes",
        ]
        subprocess.run([*pip, "-r", str(LOCK)], check=True, stdout=sys.stderr)
        mark.write_text(wanted)
    return python


def measure(text: str, cycles: int, *, processes: int | None = None) -> PeerRun:
    """*cycles* exchanges of *text* in each of *processes*, all at once."""
    python = str(interpreter())
    count = processes or cores()
    order = {"text": text, "cycles": cycles}
    with Children() as children:
        peers = [
            children.add(Child(f"AS2 peer {n + 1}", [python, "-m", "benchmarks.peer.cycle"], order=order))
            for n in range(count)
        ]
        for peer in peers:
            peer.hear("ready")
        with Recorder({peer.pid: "AS2 peer" for peer in peers}) as recorder:
            for peer in peers:
                peer.tell("go")
            done = [peer.hear("done") for peer in peers]
    return PeerRun(sum(one["cycles"] / one["seconds"] for one in done), recorder.used())
