# SPDX-License-Identifier: Apache-2.0
"""
`govbus adapter`: run, check, list.

Owns options and what is shown; `exchange.role.adapter_service` is the daemon.
"""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path

import click

from cli.context import config_option
from exchange.edge import logs
from exchange.edge.settings import load_adapter
from exchange.texts import say

log = logging.getLogger("govbus")


@click.group(help=say("adapter.help"))
def adapter() -> None:
    """A department's daemon."""


@adapter.command(help=say("adapter.run.help"))
@config_option
def run(config: Path) -> None:
    """Run the daemon until it is told to stop."""
    from exchange.role.adapter_service import AdapterService

    logs.set_up()
    settings = load_adapter(config)
    service = AdapterService(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: service.stop())
    facts = {
        "participant": settings.participant.id,
        "applications": list(settings.applications),
        "pid": os.getpid(),
    }
    service.run(ready=lambda: log.info("ready", extra=facts))
    log.info("stopped", extra=facts)
