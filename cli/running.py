# SPDX-License-Identifier: Apache-2.0
"""
How `hub run` and `adapter run` run, and how their processes end.

Owns the signals, and which ends are final: 2 and 78 say to whoever supervises the process that trying
again mends nothing, every other code that it may. What only a person can mend is final, whatever code
it has elsewhere: started again and again, it would only raise the same alarm again and again.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Mapping
from typing import Protocol

import click

from exchange.errors import EXIT_BAD_CONFIG, EXIT_UNREACHABLE, Halt
from exchange.texts import Phrase, hint_of

log = logging.getLogger("govbus")


class Service(Protocol):
    """What runs until it is told to stop."""

    def run(self, ready: Callable[[], None]) -> None: ...
    def stop(self) -> None: ...


def run_until_told(
    open_service: Callable[[], Service], facts: Mapping[str, object], *, at_hub: bool = False
) -> None:
    """
    Open and run a service, and stop it on SIGTERM and SIGINT.

    at_hub: it is the hub's, whose operator reads its log.

    Raises:
        Exit: 78, a person must act; the log says on what.
        GovbusError: what can pass by itself, as it is.
    """
    try:
        service = open_service()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: service.stop())
        service.run(lambda: log.info(Phrase("log.ready"), extra={**facts, "state": "ready"}))
    except Halt as halt:
        if halt.exit_code in (EXIT_BAD_CONFIG, EXIT_UNREACHABLE):
            raise
        hint = Phrase(hint_of(halt.code, at_hub=at_hub), halt.values)
        log.critical(halt, extra={"code": halt.code, "reason": hint})
        raise click.exceptions.Exit(EXIT_BAD_CONFIG) from halt
    log.info(Phrase("log.stopped"), extra={**facts, "state": "stopped"})
