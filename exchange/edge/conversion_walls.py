# SPDX-License-Identifier: Apache-2.0
"""
The walls around whoever reads a foreign document: a fork with limits, without network, in a folder.

Owns the fork and how it is heard and ended. It leads a process group of its own, which is killed
with all that it started; the system kills it when the child process that made it is gone. What it
does inside its walls is not this module's business.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

ANSWERS = 3  # the one descriptor, besides the usual three, that a fork keeps
ANSWER_BYTES = 64 << 10  # of one answer
OPEN_FILES = 256
_PARENT = 0  # our input, which ends with our parent
_NEW_USERS, _NEW_NETWORK = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET of unshare(2)
_TRY = (
    "import ctypes, sys; unshare = ctypes.CDLL(None).unshare; "
    f"sys.exit(all(unshare(each) for each in ({_NEW_NETWORK}, {_NEW_USERS | _NEW_NETWORK})))"
)
_NO_NEW_PRIVILEGES, _DIE_WITH_PARENT = 38, 1  # PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG of prctl(2)


class ParentGone(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Fork:
    """A process of ours inside its walls."""

    pid: int
    answers: int  # a pipe: what it says

    def hear(self, seconds: float) -> tuple[bytes, bool]:
        """
        What it says in *seconds*, a line at most, and whether the time was over.

        Raises:
            ParentGone: our own parent has gone meanwhile.
        """
        deadline = time.monotonic() + seconds
        said = bytearray()
        while _is_readable(self.answers, deadline - time.monotonic()):
            block = os.read(self.answers, ANSWER_BYTES)
            said += block
            if not block or block.endswith(b"\n") or len(said) > ANSWER_BYTES:
                break
        return bytes(said), time.monotonic() >= deadline

    def end(self) -> int:
        """Its wait status, after it and everything that it started have been killed."""
        try:
            os.killpg(self.pid, signal.SIGKILL)  # it is dead or done; this is for what it left behind
        except (ProcessLookupError, PermissionError):  # it had not made its group yet, or it is gone
            os.kill(self.pid, signal.SIGKILL)
        os.close(self.answers)
        return os.waitpid(self.pid, 0)[1]


def fork(job: dict[str, Any], work: Callable[[bool], None], *, jobs: int | None = None) -> Fork:
    """
    A fork that is confined as *job* says, does *work* (told whether it is offline) and ends.

    jobs: the descriptor that it has for its input; none = nothing.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become(job, work, writing, jobs)
    os.close(writing)
    return Fork(pid, reading)


@cache
def keeps_network_out() -> bool:
    """Whether a process of ours can be without network on this system: tried once, in one that then ends."""
    tried = subprocess.run([sys.executable, "-I", "-c", _TRY], stdin=subprocess.DEVNULL, check=False)
    return tried.returncode == 0


def cause(status: int) -> str:
    """How a process ended, in the system's words."""
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit {os.waitstatus_to_exitcode(status)}"


def is_out_of_time(status: int) -> bool:
    """Whether the system ended it because it had used its time."""
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU


def _is_readable(descriptor: int, seconds: float) -> bool:
    there = select.poll()
    there.register(descriptor, select.POLLIN)
    there.register(_PARENT, 0)  # hang-up and errors are always told
    ready = dict(there.poll(max(0.0, seconds) * 1000))
    if _PARENT in ready and descriptor not in ready:
        raise ParentGone
    return descriptor in ready


# ---- the side of the fork


def _become(job: dict[str, Any], work: Callable[[bool], None], writing: int, jobs: int | None) -> NoReturn:
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY) if jobs is None else jobs, 0)
        os.dup2(writing, ANSWERS)
        os.closerange(
            ANSWERS + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        )  # the parent's pipes among them
        work(_confined(job))
    finally:
        os._exit(0)


def _confined(job: dict[str, Any]) -> bool:
    """Limits and walls, in an order in which each can still be built; whether there is no network now."""
    os.setsid()
    system = ctypes.CDLL(None, use_errno=True)
    offline = _without_network(system)
    system.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    os.chdir(job["folder"])
    os.umask(0o077)
    os.environ.update(HOME=job["folder"], TMPDIR=job["folder"])
    tempfile.tempdir = job["folder"]  # which Python may have asked the environment for before
    seconds = max(1, round(job["limit_seconds"] * job.get("documents", 1)))
    for limit, value in (
        (resource.RLIMIT_AS, job["memory_bytes"]),
        (resource.RLIMIT_FSIZE, job["output_bytes"]),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    return offline


def _without_network(system: ctypes.CDLL) -> bool:
    # Root needs no user namespace; others may be forbidden one, and then the host's own walls must do.
    return any(system.unshare(wanted) == 0 for wanted in (_NEW_NETWORK, _NEW_USERS | _NEW_NETWORK))
