# SPDX-License-Identifier: Apache-2.0
"""
`govbus hub`: init, run, check.

Owns options and what is shown; `exchange.role.founding` makes a hub, `exchange.role.hub_service`
runs it, `exchange.role.checkup` asks the questions.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import click

from cli.context import FILE, FOLDER, config_option, json_option, lang, local, show, show_json, tell, words
from cli.findings import report
from cli.running import run_until_told
from cli.wiring import authority, broker_admin, clock, office, rabbit, registry
from exchange.codec.suite_intl import INTL
from exchange.edge import lease, logs, spool
from exchange.edge.anchors import Anchors, certificates_in, fingerprint, read_file
from exchange.edge.broker_admin import BrokerAdmin
from exchange.edge.dead_letters import DeadLetters
from exchange.edge.hub_backlog import HubBacklog
from exchange.edge.hub_store import HubStore
from exchange.edge.keystore import load_identity
from exchange.edge.ledger import Ledger
from exchange.edge.private_node import PrivateNode
from exchange.edge.settings import HubSettings, load_hub
from exchange.edge.tables import Engine, open_engine, reading
from exchange.errors import BrokerDown
from exchange.model import instant
from exchange.model.directory import Directory
from exchange.role import checkup, founding, stuck, succession
from exchange.role.checkup import Question
from exchange.role.enrollment import open_hub_login
from exchange.role.founding import Founded, Wanted
from exchange.texts import say


@click.group(help=say("hub.help"))
def hub() -> None:
    """The hub."""


# ---- init


@hub.command(help=say("hub.init.help"))
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--broker", "brokers", multiple=True, required=True, help=say("hub.init.broker.help"))
@click.option("--broker-ca", type=FILE, help=say("hub.init.broker-ca.help"))
@click.option("--broker-admin", "admin_url", default="", help=say("hub.init.broker-admin.help"))
@click.option("--broker-admin-ca", "admin_ca", type=FILE, help=say("hub.init.broker-admin-ca.help"))
@click.option("--database", default="", help=say("hub.init.database.help"))
@click.option("--suite", type=click.Choice([INTL.name]), default=INTL.name, help=say("hub.init.suite.help"))
@click.option("--name", help=say("hub.init.name.help"))
@json_option
def init(
    folder: Path,
    brokers: tuple[str, ...],
    broker_ca: Path | None,
    admin_url: str,
    admin_ca: Path | None,
    database: str,
    suite: str,
    name: str | None,
    as_json: bool,
) -> None:
    """Make a hub in DIR, or finish one that was cut off."""
    node = _private_node(brokers)
    wanted = Wanted(
        name=name or words("hub.init.name"),
        broker_urls=brokers if node is None else (node.url,),
        broker_ca=_broker_ca(node, broker_ca),
        broker_node=None if node is None else node.directory,
        broker_admin=_admin_url(node, admin_url),
        broker_admin_ca=b"" if admin_ca is None else read_file(admin_ca),
        database=database,
        suite=suite,
        lang=lang(),
    )
    founded = founding.found(folder, wanted, at=clock())
    _establish(founded, node, wanted.name)
    _show_founded(founded, as_json)


def _establish(founded: Founded, node: PrivateNode | None, name: str) -> None:
    settings = founded.settings
    engine = open_engine(settings.database_url)
    founding.create_tables(engine, registry(settings, engine))
    if node is not None:
        node.trust(read_file(settings.trust.anchors))
    open_hub_login(broker_admin(settings))
    try:
        office(settings).establish_hub(name)
    except BrokerDown:
        if node is None:
            tell("hub.init.install-ca", anchors=settings.trust.anchors)
        raise


def _private_node(brokers: Sequence[str]) -> PrivateNode | None:
    """The private node that was given, running; None where addresses were."""
    folders = [word for word in brokers if "://" not in word]
    if not folders:
        return None
    if len(brokers) > 1:
        raise click.UsageError(words("hub.init.one-node"))
    node = PrivateNode(Path(folders[0]))
    if not node.status().running:
        raise BrokerDown("EX-901", where=folders[0], reason=words("hub.init.node-stopped", where=folders[0]))
    return node


def _broker_ca(node: PrivateNode | None, given: Path | None) -> bytes:
    if given is not None:
        return read_file(given)
    if node is None:
        raise click.UsageError(words("hub.init.needs", option="--broker-ca"))
    return read_file(node.ca_file)


def _admin_url(node: PrivateNode | None, given: str) -> str:
    if node is None and not given:
        raise click.UsageError(words("hub.init.needs", option="--broker-admin"))
    return "" if node is not None else given


def _show_founded(founded: Founded, as_json: bool) -> None:
    settings = founded.settings
    mark = fingerprint(founded.identity.certificate)
    if as_json:
        facts = {
            "config": str(settings.file),
            "made": founded.made,
            "kept": founded.kept,
            "fingerprint": mark,
        }
        show_json(facts)
        return
    for key, steps in (("hub.init.made", founded.made), ("hub.init.kept", founded.kept)):
        if steps:
            tell(key, what=", ".join(words(f"hub.init.step.{step}") for step in steps))
    show("hub.init.done", config=settings.file)
    tell("hub.init.fingerprint", fingerprint=mark)
    tell("hub.init.next", config=settings.file)


# ---- run


@hub.command(help=say("hub.run.help"))
@config_option
@click.option("--workers", type=click.IntRange(1, 64), default=2, help=say("hub.run.workers.help"))
def run(config: Path, workers: int) -> None:
    """Run the hub until it is told to stop."""
    from exchange.role.hub_service import HubService

    logs.set_up()
    logs.set_up(lang=load_hub(config).hub.lang)
    facts = {"workers": workers, "pid": os.getpid()}
    run_until_told(lambda: HubService(config.absolute(), workers), facts, at_hub=True)


# ---- renew


@hub.command(help=say("hub.renew.help"))
@config_option
@click.option("--certificate", type=FILE, help=say("hub.renew.certificate.help"))
@click.option("--request", "request_file", type=FILE, help=say("hub.renew.request.help"))
@click.option("--at-once", is_flag=True, help=say("hub.renew.at-once.help"))
@json_option
def renew(
    config: Path, certificate: Path | None, request_file: Path | None, at_once: bool, as_json: bool
) -> None:
    """Take the next step towards the hub's next certificate."""
    settings = load_hub(config)
    if request_file is not None:
        spool.replace(request_file, succession.ask(settings.hub.keys))
        show("hub.renew.requested", path=request_file)
        return
    done = succession.succeed(
        registry(settings, open_engine(settings.database_url)),
        settings.hub.keys,
        authority=authority(settings),
        anchors=Anchors.load(settings.trust.anchors, settings.trust.crl),
        at=clock(),
        given=() if certificate is None else certificates_in(read_file(certificate), str(certificate)),
        at_once=at_once,
    )
    if as_json:
        ready = instant.spell(done.ready)
        show_json({"certificate": str(done.certificate), "ready": ready, "done": done.done})
        return
    key = "hub.renew.done" if done.done else "hub.renew.announced"
    show(key, fingerprint=fingerprint(done.certificate), ready=local(done.ready))


# ---- check


@hub.command(help=say("hub.check.help"))
@config_option
@json_option
@click.pass_context
def check(context: click.Context, config: Path, as_json: bool) -> None:
    """Ask what is wrong or will be soon."""
    report(context, _questions(load_hub(config)), as_json=as_json, at_hub=True)


class _Hub:
    """What the questions look at, opened when the first of them does: what is broken fails there."""

    def __init__(self, settings: HubSettings) -> None:
        self.settings = settings
        self.now = clock()

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self.settings.database_url)

    @cached_property
    def directory(self) -> Directory:
        return registry(self.settings, self.engine).directory()

    @cached_property
    def own(self) -> bytes:
        return load_identity(self.settings.hub.keys).certificate

    @cached_property
    def anchors(self) -> Anchors:
        return Anchors.load(self.settings.trust.anchors, self.settings.trust.crl)

    @cached_property
    def admin(self) -> BrokerAdmin:
        return broker_admin(self.settings)

    @cached_property
    def backlog(self) -> HubBacklog:
        HubStore(self.engine)  # a hub that never ran has no tables yet
        DeadLetters(self.engine)
        return HubBacklog(self.engine)

    def deliveries(self) -> checkup.Findings:
        way = rabbit(self.settings.broker, "hub check")
        try:
            yield from stuck.deliveries(self.backlog.waiting(), way.depths, self.directory, self.now)
        finally:
            way.close()

    def processes(self) -> checkup.Findings:
        way = rabbit(self.settings.broker, "hub check")
        try:
            yield from stuck.processes(way.depths, lease.was_held(self.engine, "janitor"), self.now)
        finally:
            way.close()

    def database(self) -> checkup.Findings:
        entries = Ledger(self.engine).size()
        yield checkup.good("database", version=self.directory.version, entries=entries)

    def clocks(self) -> checkup.Findings:
        head = Ledger(self.engine).head()
        with reading(self.engine) as connection:
            there = instant.from_milliseconds(lease.database_time(connection))
        skew = timedelta(seconds=self.settings.limits.clock_skew_seconds)
        return checkup.clocks(clock(), there, head.at if head else None, skew=skew)

    def disk(self) -> checkup.Findings:
        free = spool.free_bytes(self.settings.hub.folder)
        return checkup.disk(free, self.settings.watch.disk_threshold_bytes)


def _questions(settings: HubSettings) -> list[Question]:
    it = _Hub(settings)
    return [
        Question("database", it.database),
        Question("identity", lambda: checkup.hub_is_listed(it.directory, it.own, it.anchors, it.now)),
        Question("certificates", lambda: checkup.certificates(it.anchors, it.directory, it.own, it.now)),
        Question("revocations", lambda: checkup.revocation_lists(it.anchors, it.now)),
        Question("clock", it.clocks),
        Question("disk", it.disk),
        Question("participants", lambda: stuck.participants(it.directory)),
        Question("deliveries", it.deliveries),
        Question("dead", lambda: stuck.dead(it.backlog.dead_since(it.now - stuck.FRESH))),
        Question("topology", lambda: checkup.queues(rabbit(settings.broker, "hub check"), it.directory)),
        Question("hub", it.processes),
        Question("logins", lambda: checkup.logins(it.admin, it.directory, it.now)),
        Question("broker", lambda: checkup.broker_health(it.admin, it.directory)),
    ]
