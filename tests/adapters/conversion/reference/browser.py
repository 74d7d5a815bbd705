# SPDX-License-Identifier: Apache-2.0
"""
A headless Chromium that is spoken to through a pipe: it opens a page, answers expressions, takes pictures.

Knows the DevTools protocol as far as that and no OFD. No port is opened; the browser ends with its
pipe, and its profile goes with it.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # a test container has no user namespaces; the page is ours
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--no-first-run",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # what is shown comes from this machine alone
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--remote-debugging-pipe",
)


class Browser:
    """One Chromium with one open page."""

    def __init__(self) -> None:
        self._profile = tempfile.mkdtemp(prefix="govbus-browser-")
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        program = shutil.which("chromium") or "/usr/bin/chromium"
        # The protocol wants descriptors 3 and 4, and a shell is the one who can number them.
        script = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        profile = f"--user-data-dir={self._profile}"
        self._process = subprocess.Popen(
            ["bash", "-c", script, "browser", program, *_FLAGS, profile, "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "TMPDIR": self._profile, "HOME": self._profile},
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._number, self._heard, self._session = 0, b"", ""
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        answer = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = answer["sessionId"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Of its first process."""
        return self._process.pid

    def close(self) -> None:
        """End the browser and everything it started."""
        os.close(self._to)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._from)
        shutil.rmtree(self._profile, ignore_errors=True)

    def evaluate(self, expression: str) -> Any:
        """The value of *expression* in the page; a promise is awaited."""
        answer = self._ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(json.dumps(answer["exceptionDetails"], ensure_ascii=False)[:2000])
        return answer["result"].get("value")

    def picture(self, width: int, height: int) -> bytes:
        """The upper left *width* x *height* pixels of the page, as PNG."""
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        shot = self._ask("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    def _ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        question = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            question["sessionId"] = self._session
        _write(self._to, json.dumps(question).encode() + b"\0")
        while True:
            answer = json.loads(self._line())
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def _line(self) -> bytes:
        parts = [self._heard]
        while b"\0" not in parts[-1]:
            block = os.read(self._from, 1 << 20)
            assert block, "the browser has ended; is Debian's chromium installed (./run setup browser)?"
            parts.append(block)
        line, _, self._heard = b"".join(parts).partition(b"\0")
        return line


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def folder() -> Path:
    """Where the reference set-up lies."""
    return Path(__file__).parent


__all__ = ["Browser", "folder"]
