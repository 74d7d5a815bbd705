# SPDX-License-Identifier: Apache-2.0
"""
`govbus adapter`: run, check, list.

Owns options and what is shown; `exchange.role.adapter_service` is the daemon.
"""

from __future__ import annotations

import dataclasses
import inspect
import logging
import os
import re
import signal
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from cli.context import config_option, json_option, show_json, show_table, words
from cli.findings import report
from cli.wiring import clock, rabbit
from exchange.adapter import Adapter
from exchange.edge import logs, spool
from exchange.edge.anchors import Anchors
from exchange.edge.backlog import Backlog
from exchange.edge.held_directory import HeldDirectory
from exchange.edge.installed import adapter_faults, installed_adapters, load_adapter_class
from exchange.edge.keystore import load_identity
from exchange.edge.seen_heads import SeenHeads
from exchange.edge.settings import AdapterSettings, load_adapter
from exchange.edge.trust import Trust
from exchange.role import checkup, daemon_checkup
from exchange.role.adapter_service import Stores, known_troubles, running_pid
from exchange.role.checkup import Question
from exchange.texts import say

_FIELD = re.compile(r"\s+(\w+)\s*:.*?#\s*(.+)$")  # a field of a settings class, with the comment on its line

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


# ---- list


@adapter.command("list", help=say("adapter.list.help"))
@json_option
def list_(as_json: bool) -> None:
    """The installed adapters, each with the settings that it takes."""
    found = [_described(name) for name in sorted(installed_adapters())]
    if as_json:
        show_json(found)
        return
    for each in found:
        click.echo(f"{each['name']}  {each['about']}")
        rows = [[s["key"], s["default"], s["meaning"]] for s in each["settings"]]
        if rows:
            show_table([words(f"adapter.setting.{name}") for name in ("key", "default", "meaning")], rows)
        click.echo()


def _described(name: str) -> dict[str, Any]:
    cls = load_adapter_class(name)
    about = (inspect.getdoc(cls) or "").partition("\n")[0]
    return {
        "name": name,
        "class": f"{cls.__module__}:{cls.__qualname__}",
        "about": about,
        "settings": _keys(cls),
    }


def _keys(cls: type[Adapter]) -> list[dict[str, str]]:
    """The fields of its settings class; what each means stands in the comment on its line."""
    meant = _comments(cls.Settings)
    return [
        {"key": field.name, "default": _default(field), "meaning": meant.get(field.name, "")}
        for field in dataclasses.fields(cls.Settings)
    ]


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return repr(field.default_factory())
    return words("settings.page.needed") if field.default is dataclasses.MISSING else repr(field.default)


def _comments(settings: type) -> dict[str, str]:
    try:
        lines = inspect.getsource(settings).splitlines()
    except (OSError, TypeError):  # made without a source file
        return {}
    found = (_FIELD.match(line) for line in lines)
    return {line[1]: line[2] for line in found if line}


# ---- check


@adapter.command(help=say("adapter.check.help"))
@config_option
@json_option
@click.pass_context
def check(context: click.Context, config: Path, as_json: bool) -> None:
    """Ask what is wrong or stuck."""
    report(context, _questions(load_adapter(config)), as_json=as_json)


class _Department:
    """What the questions look at, opened when the first of them does: what is broken fails there."""

    def __init__(self, settings: AdapterSettings) -> None:
        self.settings = settings
        self.me = settings.participant.id
        self.now = clock()

    @cached_property
    def own(self) -> bytes:
        return load_identity(self.settings.participant.keys).certificate

    @cached_property
    def anchors(self) -> Anchors:
        return Anchors.load(self.settings.trust.anchors, self.settings.trust.crl)

    @cached_property
    def trust(self) -> Trust:
        return HeldDirectory(self.settings.trust, self.settings.participant.keys, clock).trust

    @cached_property
    def stores(self) -> Stores:
        return Stores.open(self.settings)

    @cached_property
    def backlog(self) -> Backlog:
        return Backlog(self.stores.engine)

    @cached_property
    def pid(self) -> int | None:
        return running_pid(self.settings.stores.folder)

    def broker(self) -> checkup.Findings:
        broker = rabbit(self.settings.broker, f"{self.me} check")
        try:
            yield from daemon_checkup.broker(broker, self.me, running=self.pid is not None)
        finally:
            broker.close()

    def disk(self) -> checkup.Findings:
        free = spool.free_bytes(self.stores.folder)
        return checkup.disk(free, self.settings.stores.disk_threshold_bytes)

    def process(self) -> checkup.Findings:
        return daemon_checkup.process(self.pid, known_troubles(self.settings.stores.folder))

    def applications(self) -> checkup.Findings:
        return daemon_checkup.applications(adapter_faults(self.settings), len(self.settings.applications))


def _questions(settings: AdapterSettings) -> list[Question]:
    it = _Department(settings)
    ask = daemon_checkup
    return [
        Question("identity", lambda: ask.identity(it.trust, it.me, it.own, it.now)),
        Question("certificates", lambda: ask.certificates(it.anchors, it.trust.directory, it.own, it.now)),
        Question("revocations", lambda: checkup.revocation_lists(it.anchors, it.now)),
        Question("directory", lambda: ask.directory_age(it.trust.directory, it.now)),
        Question("clock", lambda: ask.clock(it.trust.directory, it.backlog.hub_spoke(), it.now)),
        Question("ledger", lambda: ask.ledger_head(SeenHeads(it.stores.engine))),
        Question("applications", it.applications),
        Question("disk", it.disk),
        Question("broker", it.broker),
        Question("daemon", it.process),
        Question("outbox", lambda: ask.sending(it.backlog, it.now)),
        Question("inbox", lambda: ask.receiving(it.backlog, it.now)),
    ]
