# SPDX-License-Identifier: Apache-2.0
"""
`govbus route`: import, export, list, show, explain, simulate, diff, versions, rollback.

Owns how routing tables are read in, shown and told about. `exchange.model.route` decides what they
mean and `exchange.edge.routing_store` keeps them.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

import click

from cli.context import (
    config_option,
    json_option,
    lang,
    local,
    show,
    show_json,
    show_table,
    tell,
    who_does_it,
    words,
)
from cli.routing_shown import (
    asked,
    cells,
    counts,
    difference_facts,
    facts,
    searched,
    shift_facts,
    show_changes,
    show_rule,
    told_import,
    version_facts,
    went,
)
from cli.wiring import clock
from exchange.codec.routing_csv import read_queries, write_csv
from exchange.codec.routing_file import read_table
from exchange.codec.routing_xml import write_xml
from exchange.edge.ledger import Ledger
from exchange.edge.routing_store import RoutingStore
from exchange.edge.settings import load_hub
from exchange.edge.tables import open_engine
from exchange.errors import EXIT_NO, NotFound, Reject
from exchange.model import instant
from exchange.model.decision import Query
from exchange.model.identity import Address, message_type
from exchange.model.priority import Priority
from exchange.model.route import RoutingTable, Rule
from exchange.model.route_difference import difference
from exchange.model.route_simulation import ShiftKind, sample, simulate
from exchange.texts import Phrase, say

CHANGES_SHOWN = 40  # to a person; --json and a larger --limit tell more
RULES_SHOWN = 200
STEP = 500  # rules between two looks at the progress bar
SAMPLES_MOST = 10_000  # changed rules that simulate makes a message of


class Moment(click.ParamType[datetime]):
    """A time as people write it; without an offset it is local."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return instant.cut(datetime.fromisoformat(value).astimezone())
        except ValueError:
            self.fail(words("route.wrong-time", found=value), param, ctx)


class Parsed(click.ParamType[object]):
    """A word that the model's own parser understands."""

    def __init__(self, name: str, parse: Callable[[str], object]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> object:
        try:
            return self._parse(value)
        except Reject as e:
            self.fail(e.text(lang()), param, ctx)


ADDRESS = Parsed("ADDRESS", Address.parse)
TYPE = Parsed("TYPE", message_type)
SOURCE = click.Path(path_type=Path, dir_okay=False, allow_dash=True, exists=True)

_author = click.option("--author", default=None, help=say("route.author.help"))
_comment = click.option("--comment", default="", help=say("route.comment.help"))
_version = click.option("--version", "number", type=click.IntRange(min=1), help=say("route.version.help"))
_at = click.option("--at", type=Moment(), help=say("route.at.help"))


@click.group(help=say("route.help"))
def route() -> None:
    """Which applications receive which messages."""


# ---- changing


@route.command("import", help=say("route.import.help"))
@click.argument("file", type=SOURCE)
@config_option
@_author
@_comment
@click.option("--dry-run", is_flag=True, help=say("route.dry-run.help"))
@json_option
def import_(file: Path, config: Path, author: str | None, comment: str, dry_run: bool, as_json: bool) -> None:
    """Put a file's rules in force; exit 65 names the line that is wrong, and nothing has changed."""
    store = _store(config)
    before = store.current_version()
    if dry_run:
        found = difference(store.table(), RoutingTable(_watched(file)), limit=CHANGES_SHOWN)
        told_import(found, None, as_json=as_json)
        return
    after = store.import_table(_watched(file), author=who_does_it(author), comment=comment)
    told_import(store.diff(before, after, limit=CHANGES_SHOWN), store.describe(after), as_json=as_json)


@route.command(help=say("route.rollback.help"))
@click.argument("version", type=click.IntRange(min=1))
@config_option
@_author
@_comment
@json_option
def rollback(version: int, config: Path, author: str | None, comment: str, as_json: bool) -> None:
    """Put the rules of an earlier version in force again, as a new version."""
    store = _store(config)
    before = store.current_version()
    reason = comment or words("route.rolled-back", version=version)
    after = store.rollback(version, author=who_does_it(author), comment=reason)
    told_import(store.diff(before, after, limit=CHANGES_SHOWN), store.describe(after), as_json=as_json)


# ---- reading


@route.command(help=say("route.export.help"))
@click.argument("file", type=click.File("wb", atomic=True, lazy=False), default="-")
@config_option
@_version
@_at
@click.option("--format", "form", type=click.Choice(("xml", "csv")), help=say("route.format.help"))
def export(file: BinaryIO, config: Path, number: int | None, at: datetime | None, form: str | None) -> None:
    """Write a version to a file, or to standard output."""
    store = _store(config)
    version = _chosen(store, number, at)
    rules = store.rules(version)
    name = str(getattr(file, "name", ""))
    is_csv = form == "csv" or (form is None and name.lower().endswith(".csv"))
    for piece in write_csv(rules, lang=lang()) if is_csv else write_xml(rules):
        file.write(piece)


@route.command("list", help=say("route.list.help"))
@click.argument("text", required=False, default="")
@config_option
@_version
@_at
@click.option("--limit", type=click.IntRange(min=0), default=RULES_SHOWN, help=say("route.limit.help"))
@json_option
def list_(
    text: str, config: Path, number: int | None, at: datetime | None, limit: int, as_json: bool
) -> None:
    """The rules of a version, in table order, those that contain TEXT."""
    store = _store(config)
    version = _chosen(store, number, at)
    rules = store.rules(version)
    wanted = (rule for rule in rules if text in searched(rule))
    found = list(islice(wanted, limit + 1 if limit else None))
    shown = found[:limit] if limit else found
    if as_json:
        show_json(
            {"version": version, "rules": [facts(rule) for rule in shown], "more": len(shown) < len(found)}
        )
        return
    titles = ("id", "type", "from", "to", "attributes", "deliver", "terms")
    show_table([words(f"route.column.{title}") for title in titles], [cells(rule) for rule in shown])
    if len(shown) < len(found):
        tell("route.more", limit=limit)


@route.command("show", help=say("route.show.help"))
@click.argument("rule_id", metavar="ID")
@config_option
@_version
@_at
@json_option
def show_one(rule_id: str, config: Path, number: int | None, at: datetime | None, as_json: bool) -> None:
    """One rule, in full."""
    store = _store(config)
    rule = store.table(_chosen(store, number, at)).rule(rule_id)
    if rule is None:
        raise NotFound("EX-905", what=Phrase("route.thing"), found=rule_id)
    if as_json:
        show_json(facts(rule))
        return
    show_rule(rule)


@route.command(help=say("route.versions.help"))
@config_option
@click.option("--limit", type=click.IntRange(min=0), default=0, help=say("route.limit.help"))
@json_option
def versions(config: Path, limit: int, as_json: bool) -> None:
    """Who put what in force, and when; the newest first."""
    found = _store(config).versions()
    shown = found[:limit] if limit else found
    if as_json:
        show_json([version_facts(version) for version in shown])
        return
    titles = ("version", "at", "author", "rules", "digest", "comment")
    rows = [(v.number, local(v.at), v.author, v.rules, v.digest.value.hex()[:12], v.comment) for v in shown]
    show_table([words(f"route.column.{title}") for title in titles], rows)


@route.command(help=say("route.diff.help"))
@click.argument("a", type=click.IntRange(min=0), required=False)
@click.argument("b", type=click.IntRange(min=0), required=False)
@config_option
@click.option("--limit", type=click.IntRange(min=1), default=CHANGES_SHOWN, help=say("route.limit.help"))
@json_option
def diff(a: int | None, b: int | None, config: Path, limit: int, as_json: bool) -> None:
    """What makes version B of version A; the last change where none is named."""
    store = _store(config)
    current = store.current_version()
    after = current if b is None else b
    before = max(after - 1, 0) if a is None else a
    found = store.diff(before, after, limit=limit)
    if as_json:
        show_json({"before": before, "after": after, **difference_facts(found)})
        return
    show("route.compared", before=before, after=after, **counts(found))
    show_changes(found)


@route.command(help=say("route.explain.help"))
@config_option
@click.option("--type", "type_name", type=TYPE, required=True, help=say("route.type.help"))
@click.option("--from", "sender", type=ADDRESS, required=True, help=say("route.from.help"))
@click.option("--to", type=ADDRESS, multiple=True, help=say("route.to.help"))
@click.option("--attribute", "pairs", multiple=True, metavar="NAME=VALUE", help=say("route.attribute.help"))
@click.option("--priority", type=click.Choice([p.value for p in Priority]), default="routine",
              help=say("route.priority.help"))  # fmt: skip
@_version
@_at
@json_option
def explain(
    config: Path, type_name: str, sender: Address, to: tuple[Address, ...], pairs: tuple[str, ...],
    priority: str, number: int | None, at: datetime | None, as_json: bool,
) -> None:  # fmt: skip
    """Where a message would go and why; exit 1 where it would be refused."""
    store = _store(config)
    version = _chosen(store, number, at)
    query = Query(type_name, sender, tuple(dict.fromkeys(to)), _attributes(pairs), Priority(priority))
    found = store.table(version).explain(query, at or clock())
    if as_json:
        show_json({"version": version, **found.document(lang())})
    else:
        for line in found.sentences(lang()):
            click.echo(line)
        tell("route.explained", version=version)
    if found.decision is None:
        click.get_current_context().exit(EXIT_NO)


@route.command("simulate", help=say("route.simulate.help"))
@click.argument("file", type=SOURCE)
@config_option
@click.option("--messages", type=SOURCE, help=say("route.messages.help"))
@_at
@json_option
def simulate_(file: Path, config: Path, messages: Path | None, at: datetime | None, as_json: bool) -> None:
    """What would become of messages if FILE were in force; exit 1 where one that passes would be lost."""
    before, after = _store(config).table(), RoutingTable(_watched(file))
    queries = _samples(before, after) if messages is None else _queries(messages)
    found = list(simulate(before, after, queries, at=at or clock()))
    lost = sum(shift.kind is ShiftKind.LOST for shift in found)
    if as_json:
        show_json({"asked": len(queries), "lost": lost, "shifts": [shift_facts(shift) for shift in found]})
    else:
        for shift in found:
            show(f"route.shift.{shift.kind.value}", query=asked(shift.query), before=went(shift.before),
                 after=went(shift.after))  # fmt: skip
        show("route.simulated", asked=len(queries), shifted=len(found), lost=lost)
    if lost:
        click.get_current_context().exit(EXIT_NO)


# ---- what the commands need


def _store(config: Path) -> RoutingStore:
    engine = open_engine(load_hub(config).database_url)
    ledger = Ledger(engine)
    ledger.create()
    return RoutingStore(engine, clock, ledger=ledger)


def _chosen(store: RoutingStore, number: int | None, at: datetime | None) -> int:
    """The version that is asked for; 0 = none has ever been in force."""
    if number is not None:
        return store.describe(number).number
    return store.current_version() if at is None else store.at(at)


def _attributes(pairs: Iterable[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.BadParameter(words("route.wrong-attribute", found=pair), param_hint="--attribute")
        found[name] = value
    return found


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """*file*, seekable; `-` is standard input, kept in a temporary file meanwhile."""
    if str(file) != "-":
        with file.open("rb") as source:
            yield source
        return
    with tempfile.TemporaryFile() as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.seek(0)
        yield cast(BinaryIO, kept)


def _watched(file: Path) -> Iterator[Rule]:
    """The rules of *file*, with a progress bar where somebody is looking."""
    with _opened(file) as source:
        size = source.seek(0, os.SEEK_END)
        source.seek(0)
        label, quiet = words("route.importing"), not sys.stderr.isatty()
        with click.progressbar(length=max(size, 1), label=label, file=sys.stderr, hidden=quiet) as bar:
            for number, rule in enumerate(read_table(source), 1):
                yield rule
                if not number % STEP:
                    bar.update(max(0, source.tell() - bar.pos))
            bar.update(max(0, size - bar.pos))


def _queries(file: Path) -> list[Query]:
    with _opened(file) as source:
        return list(read_queries(source))


def _samples(before: RoutingTable, after: RoutingTable) -> list[Query]:
    """A message for each rule that the two tables do not share."""
    found = difference(before, after, limit=SAMPLES_MOST)
    rules = [rule for change in found.changes for rule in (change.before, change.after) if rule]
    return [sample(rule) for rule in rules]
