# SPDX-License-Identifier: Apache-2.0
"""
The child process in which documents are converted: it forks once for each, and ends with its parent.

It has started Python and loaded converters, and has never opened a document; each document gets a
fork of it with limits, without network and with a folder of its own, which is killed as a process
group when its time is over. It speaks JSON, one line a job and one line an answer, and believes
nothing that a fork says beyond its form.
"""

from __future__ import annotations

import ctypes
import errno
import importlib
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

from exchange.converter import Converter
from exchange.errors import Reject
from exchange.texts import Phrase

ANSWERS = 3  # the one descriptor, besides the usual three, that a fork keeps
ANSWER_BYTES = 64 << 10  # of one fork's answer
OPEN_FILES = 256
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
_NEW_USERS, _NEW_NETWORK = 0x10000000, 0x40000000  # CLONE_NEWUSER, CLONE_NEWNET of unshare(2)
_NO_NEW_PRIVILEGES, _DIE_WITH_PARENT = 38, 1  # PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG of prctl(2)


def serve() -> None:
    """Answer jobs until the parent closes our input."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a converter prints is no answer
    for line in sys.stdin.buffer:
        os.write(answers, json.dumps(_answer(json.loads(line))).encode() + b"\n")


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    try:
        converter = load(job["converter"])
    except Exception as e:  # noqa: BLE001  (a module of somebody else's: whatever it raises is the answer)
        return {"bug": repr(e)}
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _convert(converter, job, writing)
    os.close(writing)
    try:
        return _awaited(child, reading, job["limit_seconds"])
    finally:
        os.close(reading)


def load(name: str) -> Converter:
    """The converter called `package.module:Class`."""
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    made = found()
    if not isinstance(made, Converter):
        raise TypeError(f"{name} is no Converter")
    return made


# ---- the side of the child process


def _awaited(child: int, reading: int, limit_seconds: float) -> dict[str, Any]:
    deadline = time.monotonic() + limit_seconds
    said = bytearray()
    while select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
        block = os.read(reading, ANSWER_BYTES)
        said += block
        if not block or block.endswith(b"\n") or len(said) > ANSWER_BYTES:
            break
    over = time.monotonic() >= deadline
    return _judged(bytes(said), _ended(child), over)


def _ended(child: int) -> int:
    """The wait status of *child*, after everything it started has been killed."""
    try:
        os.killpg(child, signal.SIGKILL)  # it is dead or done; this is for what it left behind
    except (ProcessLookupError, PermissionError):  # it had not made its group yet, or it is gone
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def _judged(said: bytes, status: int, over: bool) -> dict[str, Any]:
    if over or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        return {"late": True}
    try:
        answer = json.loads(said)
    except ValueError:
        return {"died": _cause(status)}
    return answer if isinstance(answer, dict) else {"died": _cause(status)}


def _cause(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit {os.waitstatus_to_exitcode(status)}"


# ---- the side of the fork


def _convert(converter: Converter, job: dict[str, Any], writing: int) -> NoReturn:
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(writing, ANSWERS)
        os.closerange(
            ANSWERS + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        )  # the parent's pipes among them
        offline = _confined(job)
        answer = _tried(converter, job) | {"offline": offline}
        os.write(ANSWERS, json.dumps(answer).encode() + b"\n")
    finally:
        os._exit(0)


def _tried(converter: Converter, job: dict[str, Any]) -> dict[str, Any]:
    try:
        report = converter.convert(Path(job["source"]), Path(job["target"]))
        return {"characters": report.characters, "losses": list(report.losses)}
    except Reject as e:
        return {"reject": e.code, "values": {name: _plain(value) for name, value in e.values.items()}}
    except OSError as e:
        return {"full": e.strerror} if e.errno in _NO_ROOM else {"bug": repr(e)}
    except Exception as e:  # noqa: BLE001  (a converter is somebody else's code: whatever it raises is the answer)
        return {"bug": "".join(traceback.format_exception(e))[-4000:]}


def _plain(value: object) -> Any:
    if isinstance(value, Phrase):
        return {"phrase": value.key, "values": {name: _plain(each) for name, each in value.values.items()}}
    return value if isinstance(value, str | int | float) else str(value)


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
    seconds = max(1, round(job["limit_seconds"]))
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
