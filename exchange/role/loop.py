# SPDX-License-Identifier: Apache-2.0
"""
A thread that calls a step for as long as there is something to do, and waits for its bell when there is not.

What a step raises decides what happens next: Retry pauses the loop, Halt and bugs stop the process
with a reason. Nothing is swallowed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from exchange.edge.broker import Bell
from exchange.errors import Retry
from exchange.texts import Phrase

log = logging.getLogger("govbus")


class Loop:
    """
    One working thread.

    step: returns whether anything moved; quiet_seconds: the longest wait between two steps.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], bool],
        *,
        bell: Bell,
        failed: Callable[[str, BaseException], None],
        quiet_seconds: float = 0.25,
    ) -> None:
        self.name = name
        self.bell = bell
        self.trouble: str | None = None  # why it is waiting, for `check` and the health page
        self._step = step
        self._failed = failed
        self._quiet = quiet_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end after its present step."""
        self._stop.set()
        self.bell.ring()

    def join(self, seconds: float) -> bool:
        """Wait for its end; whether it ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._turn()
        except BaseException as e:  # noqa: BLE001  the settlement of a thread: its process must hear of it
            self._failed(self.name, e)

    def _turn(self) -> None:
        try:
            moved = self._step()
        except Retry as later:
            if self.trouble != str(later):
                log.warning(
                    Phrase("log.waits", {"name": self.name}), extra={"code": later.code, "reason": later}
                )
            self.trouble = str(later)
            self._stop.wait(min(later.after_seconds, 30.0))
            return
        self.trouble = None
        if not moved:
            self.bell.wait(self._quiet)
