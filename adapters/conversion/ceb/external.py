# SPDX-License-Identifier: Apache-2.0
"""
An external converter, for what cannot be decoded here.

It runs inside the walls of the conversion that asked for it: without network, with its limits, in its
folder, and whatever it starts ends with the conversion. Its exit code says nothing; its result does.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from adapters.conversion.ceb.settings import SOURCE, TARGET
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

SAID_CHARACTERS = 300  # of what it wrote, in a refusal


def run(command: tuple[str, ...], source: Path, target: Path, *, limit_seconds: float) -> None:
    """
    Make *target* of *source* by *command*.

    Raises:
        Unreadable: it cannot be started, took too long, or made nothing.
    """
    words = [each.replace(SOURCE, str(source)).replace(TARGET, str(target)) for each in command]
    try:
        ended = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit_seconds, check=False
        )
    except subprocess.TimeoutExpired as e:
        told = {"command": words[0], "limit": round(limit_seconds)}
        raise Unreadable(Phrase("ceb.command-late", told)) from e
    except OSError as e:
        told_ = {"command": words[0], "reason": e.strerror or str(e)}
        raise Unreadable(Phrase("ceb.command-not-started", told_)) from e
    if not target.is_file() or not target.stat().st_size:
        said = (ended.stderr or ended.stdout).decode("utf-8", "replace").strip()[-SAID_CHARACTERS:]
        raise Unreadable(
            Phrase("ceb.command-failed", {"command": words[0], "reason": said or ended.returncode})
        )
